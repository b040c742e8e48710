"""The pages that say what did not work: what happened, whether anything was lost, and how to go on."""

from dataclasses import dataclass

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from portal.fields.asked import Refusal
from portal.format import violation_text
from portal.frame import same_page, way_back
from portal.i18n import gettext as _
from portal.rules.law import RuleViolation

RETRY_SECONDS = {429: 60, 503: 120}


@dataclass(frozen=True, slots=True)
class Said:
    """A page's heading, its sentences, and the link that leads on."""

    heading: str
    sentences: tuple[str, ...]
    link_text: str
    href: str


def _bad_request() -> Said:
    sentences = (_("Nothing was changed."), _("Go back, check the page and send it again."))
    return Said(_("What was sent could not be read"), sentences, _("Go back"), way_back())


def _page_too_old() -> Said:
    return Said(
        _("This page was open for too long"),
        (
            _("To protect you, the portal did not take what was sent."),
            _("Nothing was changed, and nothing that was saved before is lost."),
            _("Open the page again and send it once more. You may have to sign in first."),
        ),
        _("Open the page again"),
        same_page(),
    )


def _not_allowed() -> Said:
    sentences = (
        _("This page is for people in another role."),
        _("If you act for several people or organisations, choose the right one first."),
    )
    return Said(_("You cannot open this page"), sentences, _("Go to the front page"), url_for("public.front"))


def _not_found() -> Said:
    sentences = (
        _("The address may be mistyped, or what was here is no longer open to you."),
        _("If you came by a link on the portal, go back and open the list again."),
    )
    return Said(_("There is no such page"), sentences, _("Go to the front page"), url_for("public.front"))


def _wrong_way() -> Said:
    sentences = (_("This address only takes what a button on a page sends. Nothing was changed."),)
    return Said(_("This page cannot be opened by its address"), sentences, _("Go back"), way_back())


def _too_big() -> Said:
    sentences = (
        _("The portal takes at most 1 megabyte at a time. Nothing was changed."),
        _("Go back, shorten the text or choose a smaller file, and send it again."),
    )
    return Said(_("Too much was sent at once"), sentences, _("Go back"), way_back())


def _too_often() -> Said:
    sentences = (
        _("To protect people’s accounts, the portal waits after many attempts."),
        _("Wait a minute and try again. Nothing is lost."),
    )
    return Said(_("Too many attempts"), sentences, _("Go back"), way_back())


def _our_fault() -> Said:
    sentences = (
        _("This is our fault, not yours. What was saved before is safe; the last step was not carried out."),
        _("Try again in a few minutes. If it is urgent, your employment office can help."),
    )
    return Said(_("Something broke on the portal"), sentences, _("Go to the front page"), url_for("public.front"))


def _away() -> Said:
    sentences = (
        _("What was saved before is safe; the last step was not carried out."),
        _("Try again in a few minutes. If it is urgent, your employment office can help."),
    )
    return Said(_("The portal is not available just now"), sentences, _("Try again"), same_page())


PAGES = {
    400: _bad_request,
    403: _not_allowed,
    404: _not_found,
    405: _wrong_way,
    413: _too_big,
    429: _too_often,
    500: _our_fault,
    503: _away,
}


def show(status: int, said: Said, refusal: Refusal | None = None) -> Response:
    """The page of a status. A fault of ours is shown without asking the database for anything."""
    values = {"said": said, "refusal": refusal, "status": status}
    if status < 500:
        page = render_template("errors/page.html", **values)
    else:
        page = current_app.jinja_env.get_template("errors/page.html").render(**values)
    answer = make_response(page, status)
    if status in RETRY_SECONDS:
        answer.headers.setdefault("Retry-After", str(RETRY_SECONDS[status]))
    return answer


def _problem(error: HTTPException) -> Response:
    answer = jsonify(type="about:blank", title=error.name, status=error.code)
    answer.headers["Content-Type"] = "application/problem+json"
    answer.status_code = error.code or 500
    return answer


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error
    answer = _problem(error) if request.path.startswith("/api/") else _page(error, status)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _page(error: HTTPException, status: int) -> Response:
    if isinstance(error, CSRFError):
        return show(status, _page_too_old())
    said = PAGES.get(status, _our_fault if status >= 500 else _bad_request)
    return show(status, said())


def _refused(violation: RuleViolation) -> ResponseReturnValue:
    """A rule forbids what a button asked for: the reason, the rule's number and the way back (409)."""
    refusal = Refusal(violation_text(violation), violation.point)
    said = Said(_("This cannot be done now"), (_("Nothing was changed."),), _("Go back"), way_back())
    return show(409, said, refusal)


def _missing(error: LookupError) -> ResponseReturnValue:
    """Somebody else's thing and one that is not there are the same; a slip with a key or an index is our fault."""
    if type(error) is not LookupError:
        raise error
    return show(404, _not_found())


def _no_database(error: OperationalError | InterfaceError) -> ResponseReturnValue:
    """The database does not answer. Only the kind of the error is logged: its text may hold personal data."""
    current_app.logger.error("the database does not answer: %s", type(error.orig).__name__)
    return show(503, _away())


def register(app: Flask) -> None:
    """Answer every refusal and fault with a page that helps."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(RuleViolation, _refused)
    app.register_error_handler(LookupError, _missing)
    app.register_error_handler(OperationalError, _no_database)
    app.register_error_handler(InterfaceError, _no_database)
