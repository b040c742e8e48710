"""What a change of the calendar would move: terms that run and are touched by it, none into the past."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules import term_table
from portal.rules.moved_terms import moved
from portal.rules.parameters import Edition
from portal.rules.terms import CalendarMissing, Term, due_on

from .builders import CALENDAR, day

pytestmark = pytest.mark.law("RI.7")
OFF = day("2026-11-18")
AFTER = replace(CALENDAR, days_off=CALENDAR.days_off | {OFF})
"""The Wednesday becomes a day off."""


@dataclass(frozen=True)
class Runs:
    """A term that runs."""

    started_on: date
    due_on: date
    term: Term = term_table.ANSWER


def begun(on: str, term: Term = term_table.ANSWER) -> Runs:
    return Runs(day(on), due_on(term, day(on), CALENDAR), term)


@pytest.mark.parametrize(
    ("running", "today", "to"),
    [
        (begun("2026-11-16"), "2026-11-17", "2026-11-24"),
        (begun("2026-11-18"), "2026-11-18", None),
        (begun("2026-11-11"), "2026-11-17", "2026-11-19"),
        (begun("2026-11-10"), "2026-11-17", None),
        (begun("2026-11-16"), "2026-11-24", None),
        (begun("2026-11-16", term_table.GOODS_PAYMENT), "2026-11-17", None),
        (Runs(day("2026-11-16"), day("2026-11-24")), "2026-11-17", None),
        (Runs(day("2026-11-16"), day("2026-12-01")), "2026-11-17", "2026-11-24"),
    ],
    ids=[
        "over the day",
        "from the day on",
        "up to the day",
        "over before it",
        "has run out",
        "calendar days",
        "is there already",
        "stands elsewhere",
    ],
)
def test_what_moves(running: Runs, today: str, to: str | None) -> None:
    found = moved([running], CALENDAR, AFTER, Edition.OF_2021, day(today))
    assert [one.to for one in found] == ([day(to)] if to else [])


def test_none_moves_into_the_past() -> None:
    """The day off is taken back late: by now the term would have ended on Monday the 23rd."""
    running = Runs(day("2026-11-16"), day("2026-11-25"))
    (one,) = moved([running], AFTER, CALENDAR, Edition.OF_2021, day("2026-11-24"))
    assert one.to == day("2026-11-24")


def test_a_year_that_would_go_is_refused() -> None:
    with pytest.raises(CalendarMissing):
        moved([begun("2026-11-16")], CALENDAR, replace(CALENDAR, years=frozenset({2025})), Edition.OF_2021, OFF)


def test_a_term_that_would_run_into_a_year_that_is_not_loaded_names_that_year() -> None:
    after = replace(CALENDAR, days_off=CALENDAR.days_off | {day("2026-12-30")})
    with pytest.raises(CalendarMissing, match="calendar for 2027"):
        moved([begun("2026-12-24")], CALENDAR, after, Edition.OF_2021, day("2026-12-24"))


@given(
    started=st.dates(date(2026, 1, 1), date(2026, 9, 1)),
    changed=st.dates(date(2026, 1, 1), date(2026, 12, 31)).filter(lambda one: one.weekday() < 5),
    term=st.sampled_from([term_table.ANSWER, term_table.CHECK, term_table.ACT_AGAIN, term_table.PAYMENT]),
)
def test_a_day_off_moves_only_what_it_lies_in_and_never_to_an_earlier_day(
    started: date, changed: date, term: Term
) -> None:
    running = Runs(started, due_on(term, started, CALENDAR), term)
    after = replace(CALENDAR, days_off=CALENDAR.days_off | {changed})
    found = moved([running], CALENDAR, after, Edition.OF_2021, started)
    touched = CALENDAR.is_working_day(changed) and started < changed <= running.due_on
    assert bool(found) is touched
    assert all(running.due_on < one.to <= running.due_on + timedelta(days=10) for one in found)
