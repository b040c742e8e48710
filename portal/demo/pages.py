"""Pages of the demo alone: what each phone shows, the clock, the key that NCALayer's stand-in uses."""

import os
from pathlib import Path

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.db import get_session
from portal.demo import ca, ncalayer, smpp_store
from portal.demo.clock import move_to
from portal.demo.people import everybody
from portal.forms import ChoiceField, DayField, InputRequired, PortalForm
from portal.i18n import gettext as _
from portal.queries import reference
from portal.rules.law import RuleViolation
from portal.rules.terms import Calendar, CalendarMissing

blueprint = Blueprint("demo", __name__, url_prefix="/demo", template_folder="templates")
MOST = 60


class ClockForm(PortalForm):
    """The day that the demo should have."""

    day = DayField(_l("Today is to be"), [InputRequired(_l("Enter the day that today is to be"))])


class KeyForm(PortalForm):
    """What happens when NCALayer is asked for a signature."""

    mode = ChoiceField(_l("When a page asks for a signature"), [InputRequired(_l("Choose what NCALayer does"))])


@blueprint.context_processor
def names() -> dict[str, object]:
    """The pages of the demo, for their navigation."""
    return {"demo_pages": [("demo.phones", _("Phones")), ("demo.clock_page", _("Clock")), ("demo.keys", _("Keys"))]}


@blueprint.get("/phones")
def phones() -> ResponseReturnValue:
    """Every SMS that reached a phone, the newest first."""
    wanted = request.args.get("phone") or None
    found = smpp_store.messages(data(), wanted)[::-1][:MOST]
    owners = {
        smpp_store.digits(one.phone): f"{one.last_name} {one.first_name}" for one in everybody().values() if one.phone
    }
    return render_template("demo/phones.html", messages=found, owners=owners, wanted=wanted)


@blueprint.route("/clock", methods=["GET", "POST"])
def clock_page() -> ResponseReturnValue:
    """Move the date; the worker does the work of the days in between."""
    form = ClockForm(data={"day": clock.today()})
    if form.validate_on_submit():
        try:
            check_day(form.day.data.year, reference.calendar(get_session()))
        except RuleViolation as violation:
            form.refuse(violation, "day")
        else:
            path: Path = current_app.config["PORTAL"].clock_file
            move_to(path, form.day.data)
            return redirect(url_for(".clock_page"))
    return render_template("demo/clock.html", form=form, now=clock.now()), form.status


@blueprint.route("/keys", methods=["GET", "POST"])
def keys() -> ResponseReturnValue:
    """Choose the key that the stand-in of NCALayer uses, or what goes wrong."""
    form = KeyForm(data={"mode": ncalayer.get_mode(data())})
    form.mode.choices = modes()
    if form.validate_on_submit():
        ncalayer.set_mode(data(), form.mode.data)
        return redirect(url_for(".keys"))
    return render_template("demo/keys.html", form=form), form.status


def modes() -> list[tuple[str, str]]:
    """What the stand-in can do, in words: first what usually happens, then what can go wrong, then each key."""
    known = [
        ("auto", _("The right key is chosen by itself")),
        ("cancel", _("The person closes the window without signing")),
        ("wrong_person", _("The key of another person is chosen")),
        ("login", _("A key for signing in is chosen, not one for signing")),
        ("expired", _("The key has expired")),
        ("revoked", _("The key was revoked")),
        ("off", _("NCALayer is not running")),
    ]
    holders = {one.iin: f"{one.last_name} {one.first_name}" for one in everybody().values()}
    plain = [name for name in ca.at_hand(ca.place(data())) if not name.endswith(("-login", "-expired", "-revoked"))]
    of_people = [(f"key:{name}", _label(holders.get(name[:12], ""), organisation="-" in name)) for name in plain]
    return known + sorted(of_people, key=lambda one: one[1])


def _label(holder: str, *, organisation: bool) -> str:
    if organisation:
        return _("Key of the organisation: %(name)s", name=holder)
    return _("Own key: %(name)s", name=holder)


def check_day(year: int, calendar: Calendar) -> None:
    """Refuse a year whose calendar is not known, as the portal itself would."""
    if year not in calendar.years:
        raise CalendarMissing(year)


def data() -> Path:
    """The demo's directory."""
    return Path(os.environ["PORTAL_DATA"])
