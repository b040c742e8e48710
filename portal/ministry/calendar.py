"""The official calendar, year by year: days off and worked weekends with the decree of each."""

import re
from collections.abc import Sequence

from flask import Response, abort, render_template

from portal import clock
from portal.db import get_session
from portal.ministry import blueprint
from portal.models.reference import CalendarDay
from portal.operations import calendar_file
from portal.queries import calendar_days, reference
from portal.rules.calendar_days import KIND_LABELS
from portal.rules.terms import ends_soon

_YEAR = re.compile(r"2[0-9]{3}", re.ASCII)
KINDS = {kind.value: text for kind, text in KIND_LABELS.items()}


@blueprint.get("/calendar")
def years() -> str:
    """The years that are loaded, and when the calendar ends."""
    session, today = get_session(), clock.today()
    ends_on = reference.calendar(session).ends_on(today)
    return render_template(
        "ministry/years.html",
        years=calendar_days.years(session),
        ends_on=ends_on,
        ends_soon=ends_soon(ends_on, today),
    )


@blueprint.get("/calendar/<year>/calendar.csv")
def year_as_file(year: str) -> Response:
    """The year as a file that can be mended and brought back."""
    text = calendar_file.written(_days(year))
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": "attachment"})


@blueprint.get("/calendar/<year>")
def year(year: str) -> str:
    """One year that is loaded."""
    return render_template("ministry/year.html", year=year, days=_days(year), kinds=KINDS)


def _days(year: str) -> Sequence[CalendarDay]:
    days = calendar_days.of_year(get_session(), int(year)) if _YEAR.fullmatch(year) else ()
    if not days:
        abort(404)
    return days
