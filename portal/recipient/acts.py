"""Acts about her: what was rendered in a month and what it costs; read and sign one (R42.5)."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import clock, read_and_sign
from portal.auth import actor
from portal.db import get_session, transaction
from portal.format import day, lang_span, moment
from portal.i18n import gettext as _
from portal.models.act import Act
from portal.models.document import Document, DocumentKind
from portal.operations import acts as operations
from portal.operations import documents
from portal.queries import acts, journal, reference, visits
from portal.queries.journal import Happened
from portal.recipient import blueprint, papers
from portal.recipient.order_life import Step
from portal.recipient.words import ACT_TONES, recipient_id, service_name, way_name
from portal.rules.acts import FINAL, MOVES, RETURN_LABELS, STATUS_LABELS, ActAction, ActStatus
from portal.rules.law import RuleViolation
from portal.rules.moves import available_actions
from portal.rules.roles import Role
from portal.rules.service import GOODS


def get_act(act_id: UUID) -> Act:
    """An act about her; LookupError for another's."""
    return acts.get_for_recipient(get_session(), act_id, recipient_id())


@blueprint.get("/acts")
def list_acts() -> ResponseReturnValue:
    """All acts about her, the latest month first."""
    found = acts.of_recipient(get_session(), recipient_id())
    return render_template(
        "recipient/acts.html", acts=found, labels=STATUS_LABELS, tones=ACT_TONES, service_name=service_name
    )


@blueprint.get("/acts/<uuid:act_id>")
def show_act(act_id: UUID) -> ResponseReturnValue:
    """One act: what is due, its life so far, its visits, the document."""
    act = get_act(act_id)
    session = get_session()
    document = session.get_one(Document, act.document_id)
    return render_template(
        "recipient/act.html",
        act=act,
        **_shown(session, act),
        document=document,
        said=documents.content(document),
        visits=visits.of_act(session, act.id),
        service_name=service_name,
        way_name=way_name,
        goods=act.service in GOODS,
    )


@blueprint.route("/acts/<uuid:act_id>/sign", methods=["GET", "POST"])
def sign_act(act_id: UUID) -> ResponseReturnValue:
    """The act in words, and her signature over it; nothing is signed for her by silence."""
    act = get_act(act_id)
    document = read_and_sign.get_document(act.document_id, DocumentKind.ACT)
    violation = None
    if request.method == "POST":
        try:
            with transaction() as session:
                operations.sign_by_recipient(session, read_and_sign.signing(document.id), actor(), clock.now())
        except RuleViolation as refused:
            violation = refused
        else:
            return redirect(url_for(".act_signed", act_id=act_id))
    back = url_for(".show_act", act_id=act_id)
    return read_and_sign.page(document, action=_("Sign the act"), back=back, violation=violation)


@blueprint.get("/acts/<uuid:act_id>/signed")
def act_signed(act_id: UUID) -> ResponseReturnValue:
    """It is signed: the number, and what happens next."""
    return render_template("recipient/act_signed.html", act=get_act(act_id))


@blueprint.get("/acts/<uuid:act_id>/document")
def act_document(act_id: UUID) -> ResponseReturnValue:
    """The very bytes that are signed."""
    return read_and_sign.download(get_session().get_one(Document, get_act(act_id).document_id))


@blueprint.get("/acts/<uuid:act_id>/signatures/<role>")
def act_signature(act_id: UUID, role: str) -> ResponseReturnValue:
    """One side's signature over them."""
    if role not in set(Role):
        abort(404)
    return papers.signature_file(get_session().get_one(Document, get_act(act_id).document_id), Role(role))


def _shown(session: Session, act: Act) -> dict[str, Any]:
    disputed = act.id in visits.disputed_acts(session, act.recipient_id)
    may_sign = ActAction.SIGN in available_actions(MOVES, act.status, Role.RECIPIENT) and act.recipient.died_on is None
    calendar = reference.calendar(session)
    is_the_portals = act.status is ActStatus.SET_ASIDE or (
        act.status is ActStatus.RETURNED and act.decided_by_id is None
    )
    return {
        "label": STATUS_LABELS[act.status],
        "tone": ACT_TONES.get(act.status, "quiet"),
        "reason": next((text for key, text in RETURN_LABELS.items() if key == act.reason), None),
        "note": act.note if is_the_portals else "",
        "disputed": disputed,
        "sign_href": url_for(".sign_act", act_id=act.id) if may_sign and not disputed else None,
        "days_left": calendar.working_days_left(clock.today(), act.submit_due_on) if may_sign else None,
        "timeline": _timeline(act, journal.of_thing(session, "acts", act.id)),
    }


def _timeline(act: Act, happened: list[Happened]) -> list[Step]:
    texts = {
        "draw_up": _("The act was drawn up."),
        ActAction.SIGN: _("The recipient signed the act."),
        ActAction.SUBMIT: _("The provider signed the act and sent it to the office."),
        ActAction.TAKE_UP: _("The office began to check the act."),
        ActAction.ACCEPT: _("The office accepted the act."),
        ActAction.RETURN: _("The office returned the act to the provider."),
        ActAction.WITHDRAW: _("The provider took the act back."),
        ActAction.CANCEL: _("The act was cancelled."),
        ActAction.CORRECT: _(STATUS_LABELS[ActStatus.SET_ASIDE]),
        ActAction.PAY: _("The provider was paid."),
    }
    done = [
        Step("done", texts[one.action], moment(one.at), one.who if one.role is Role.RECIPIENT else "")
        for one in happened
        if one.action in texts
    ]
    return done if act.status in FINAL else [*done, _now(act)]


def _now(act: Act) -> Step:
    provider = lang_span(act.provider.name_kk, act.provider.name_ru)
    due = _("due: %(day)s", day=day(act.submit_due_on))
    if act.status is ActStatus.DRAWN_UP:
        return Step("now", _("The act waits for the recipient’s signature."), due)
    if act.status is ActStatus.SIGNED:
        return Step("now", _("The provider signs the act and sends it to the office."), due, provider)
    until = act.pay_due_on if act.status is ActStatus.ACCEPTED else act.check_due_on
    text = _("The office pays.") if act.status is ActStatus.ACCEPTED else _("The office checks the act.")
    return Step("now", text, _("due: %(day)s", day=day(until)) if until else "")
