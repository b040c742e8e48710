"""What a change of the calendar would do, and the two buttons: the calendar only, or the terms that run as well."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.i18n import gettext as _
from portal.i18n import ngettext
from portal.ministry import blueprint, edition
from portal.ministry.calendar import KINDS
from portal.operations import calendar
from portal.operations.calendar import Plan
from portal.queries import calendar_days, running_terms
from portal.rules.calendar_days import NewDay
from portal.rules.law import N_, RuleViolation
from portal.rules.terms import DayKind

MOST_ROWS = 200
"""Of a longer list the page shows so many terms one by one, and all of them in sums."""
FIELDS = frozenset({"day", "kind", "why_kk", "why_ru", "basis", "confirmed"})


def preview(changes: Sequence[NewDay], violation: RuleViolation | None = None) -> ResponseReturnValue:
    """The page; raises RuleViolation when nothing would change or a day may not be so."""
    session = get_session()
    plan = calendar.plan(session, changes, edition(), clock.today())
    if not plan.changes:
        raise RuleViolation(N_("The calendar says this already, so nothing was changed."), "RI.7")
    shown = [one.running for one in plan.terms[:MOST_ROWS]]
    return render_template(
        "ministry/change.html",
        plan=plan,
        changes=_written(plan.changes),
        held=calendar_days.every(session),
        kinds=KINDS,
        sums=_sums(plan),
        shown=plan.terms[:MOST_ROWS],
        holders=running_terms.holders(session, shown),
        violation=violation,
    ), 409 if violation else 200


@blueprint.post("/calendar/changes")
def make_change() -> ResponseReturnValue:
    """Change the calendar; with the second button also the terms of the list that was seen."""
    changes, move = _read(request.form.get("changes", "")), request.form.get("move") == "terms"
    try:
        with transaction() as session:
            count = calendar.change(
                session, changes, edition(), actor(), clock.now(), move=move, seen=request.form.get("seen", "")
            )
    except RuleViolation as violation:
        return preview(changes, violation)
    flash(_done(count), "success")
    return redirect(url_for(".year", year=changes[0].day.year) if changes[0].kind else url_for(".years"))


def _done(count: int) -> str:
    if not count:
        return _("The calendar is changed. No term was moved.")
    return ngettext(
        "The calendar is changed, and %(num)s term was moved.",
        "The calendar is changed, and %(num)s terms were moved.",
        count,
    )


def _sums(plan: Plan) -> list[tuple[Any, date, date, int]]:
    """The same move of the same term together: the term, the day now, the new day, how many."""
    terms = {one.running.term.key: one.running.term for one in plan.terms}
    counted = Counter((one.running.term.key, one.running.due_on, one.to) for one in plan.terms)
    return [(terms[key], due_on, to, number) for (key, due_on, to), number in counted.items()]


def _written(changes: Iterable[NewDay]) -> str:
    """The changes as they go along with the page's buttons."""
    return json.dumps([{**asdict(new), "day": new.day.isoformat()} for new in changes], ensure_ascii=False)


def _read(text: str) -> list[NewDay]:
    """The changes that came back; 400 when it is not what the page sent. The rules look at them again."""
    try:
        rows = json.loads(text)
        changes = [_new_day(row) for row in rows]
    except (ValueError, TypeError, KeyError, RecursionError):
        abort(400)
    if not changes:
        abort(400)
    return changes


def _new_day(row: dict[str, Any]) -> NewDay:
    texts = (row["why_kk"], row["why_ru"], row["basis"])
    if set(row) != FIELDS or not isinstance(row["confirmed"], bool) or not all(isinstance(one, str) for one in texts):
        raise ValueError("not a day of the calendar")
    kind = None if row["kind"] is None else DayKind(row["kind"])
    return NewDay(date.fromisoformat(row["day"]), kind, *texts, confirmed=row["confirmed"])
