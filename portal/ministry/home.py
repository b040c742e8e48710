"""The ministry's start page: when the calendar ends, what of it is not confirmed, which amounts are to be set."""

from dataclasses import dataclass
from datetime import date

from flask import render_template, url_for

from portal import clock
from portal.db import get_session
from portal.i18n import gettext as _
from portal.ministry import blueprint
from portal.queries import amounts, calendar_days, reference
from portal.rules.guaranteed_amount import set_due
from portal.rules.terms import ends_soon


@dataclass(frozen=True, slots=True)
class Step:
    """What is due first, and where it is done."""

    sentence: str
    button: str = ""
    href: str = ""


@blueprint.get("/")
def home() -> str:
    """The next step first; then the calendar and the amounts as they stand."""
    session, today = get_session(), clock.today()
    calendar = reference.calendar(session)
    years = calendar_days.years(session)
    unconfirmed = [one.year for one in reversed(years) if one.unconfirmed and one.year >= today.year]
    due = set_due(today, amounts.years_set(session))
    return render_template(
        "ministry/home.html",
        step=_step(calendar.ends_on(today), due, unconfirmed, today),
        ends_on=calendar.ends_on(today),
        ends_soon=ends_soon(calendar.ends_on(today), today),
        due=due,
        days_left=calendar.working_days_left(today, due[1]) if due and calendar.ends_on(today) >= today else None,
        unconfirmed=unconfirmed,
    )


def _step(ends_on: date, due: tuple[int, date] | None, unconfirmed: list[int], today: date) -> Step:
    if ends_soon(ends_on, today):
        year = ends_on.year + 1
        sentence = _("Bring the calendar for %(year)s: without it no term can be reckoned in that year.", year=year)
        return Step(sentence, _("Bring a calendar as a file"), url_for(".bring_calendar"))
    if due:
        sentence = _("Set the guaranteed amounts for %(year)s.", year=due[0])
        return Step(sentence, _("Set an amount"), url_for(".set_amount"))
    if unconfirmed:
        sentence = _("Look whether the decree for %(year)s is out, and confirm its days.", year=unconfirmed[0])
        return Step(sentence, _("Open the year"), url_for(".year", year=unconfirmed[0]))
    return Step(_("There is nothing to do now."))
