"""Signing in: IIN, then the code, then for whom (pages.md 5); open to everybody, as the public pages are."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import auth, clock
from portal.db import transaction
from portal.forms import ChoiceField, CodeField, IinField, InputRequired, PortalForm
from portal.i18n import gettext as _
from portal.operations import sign_in as operations
from portal.queries.people import Capacity
from portal.rules.law import N_, RuleViolation

blueprint = Blueprint("auth", __name__)
LONGEST_PATH = 1000


class IinForm(PortalForm):
    """One field: who is signing in."""

    iin = IinField(_l("Your IIN"), [InputRequired(_l("Enter your IIN: the 12 digits on your identity card"))])


class CodeForm(PortalForm):
    """One field: the code of the SMS."""

    code = CodeField(_l("Code from the SMS"), [InputRequired(_l("Enter the 6 digits of the code"))])


class CapacityForm(PortalForm):
    """One question: in what role, for whom."""

    capacity = ChoiceField(_l("For whom are you acting today?"), [InputRequired(_l("Choose for whom you are acting"))])


def address() -> str:
    """Where the request comes from, for limits on attempts."""
    return request.remote_addr or ""


def secret() -> str:
    """The key from which codes are derived."""
    key: str = current_app.config["PORTAL"].secret_key
    return key


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for the IIN; whatever it is, the next page asks for a code."""
    if wanted := safe_path(request.args.get("next", "")):
        session["next"] = wanted
    form = IinForm()
    if form.validate_on_submit():
        try:
            with transaction() as writing:
                asked = operations.ask_code(writing, form.iin.data, address(), secret(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation, "iin")
        else:
            session["code"] = str(asked)
            return redirect(url_for(".code"))
    return render_template("public/sign_in.html", form=form), form.status


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
def code() -> ResponseReturnValue:
    """Ask for the code; a right one signs in."""
    if "code" not in session:
        return redirect(url_for(".sign_in"))
    form = CodeForm()
    if form.validate_on_submit() and _is_right(form):
        return redirect(url_for(".for_whom"))
    return render_template("public/sign_in_code.html", form=form), form.status


def _is_right(form: CodeForm) -> bool:
    try:
        with transaction() as writing:
            person = operations.check_code(
                writing, UUID(session["code"]), form.code.data, address(), secret(), clock.now()
            )
    except RuleViolation as violation:
        form.refuse(violation, "code")
        return False
    if person is None:
        wrong = N_("This is not the code of the last SMS. Look again or ask for a new one.")
        form.refuse(RuleViolation(wrong, ""), "code")
        return False
    going_to = session.get("next")
    auth.sign_in(person)
    if going_to:
        session["next"] = going_to
    return True


@blueprint.route("/for-whom", methods=["GET", "POST"])
def for_whom() -> ResponseReturnValue:
    """Who may act as more than one chooses; who may act as one goes straight on."""
    if not current_user.is_authenticated:
        return redirect(url_for(".sign_in"))
    mine = auth.capacities()
    if len(mine) == 1 and request.method == "GET":
        auth.choose(mine[0].key)
        return redirect(_onward())
    form = CapacityForm()
    form.capacity.choices = [(one.key, label(one)) for one in mine]
    if mine and form.validate_on_submit() and auth.choose(form.capacity.data):
        return redirect(_onward())
    return render_template("public/for_whom.html", form=form, capacities=mine), form.status


def label(one: Capacity) -> str:
    """A capacity in words."""
    name = one.name_ru if session.get("language") == "ru" else one.name_kk
    if one.for_person_id == current_user.person.id:
        return _("For myself")
    words = {
        "recipient": _("For %(name)s", name=name),
        "provider": _("As staff of the provider: %(name)s", name=name),
        "specialist": _("As a specialist who serves people: %(name)s", name=name),
        "office": _("As staff of the office: %(name)s", name=name),
        "ministry": _("As staff of the ministry: %(name)s", name=name),
    }
    return words[one.role.value]


def _onward() -> str:
    """Where they wanted to go before signing in, if it is open to their role, else the start page of the role."""
    chosen = auth.capacity()
    wanted = session.pop("next", None)
    if chosen is None:
        return url_for(".for_whom")
    door = wanted.split("/")[1].partition("?")[0] if wanted else ""
    closed = door in {role.value for role in auth.HOMES} - {chosen.role.value}
    return wanted if wanted and not closed else url_for(auth.HOMES[chosen.role])


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session and say so."""
    auth.sign_out()
    return redirect(url_for("public.front", signed_out=1))


def safe_path(target: str) -> str | None:
    """A path of this site, or None: nobody is sent elsewhere after signing in. A long one would not fit a cookie."""
    parts = urlsplit(target)
    is_plain = target.isprintable() and "\\" not in target and len(target) <= LONGEST_PATH
    is_ours = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith("//")
    return target if is_plain and is_ours else None
