"""Terms in working days, calendar days and months."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.terms import Calendar, CalendarMissing, add_calendar_days, add_months, last_day_of_month

from .builders import CALENDAR, day

IN_2026 = st.dates(date(2026, 1, 1), date(2026, 9, 15))
TERM = st.integers(0, 30)


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(
    ("on", "works"),
    [
        ("2026-11-20", True),
        ("2026-11-21", False),
        ("2026-11-22", False),
        ("2026-12-16", False),
        ("2026-08-31", True),
        ("2026-03-09", False),
        ("2025-01-05", True),
        ("2025-01-03", False),
    ],
    ids=["Friday", "Saturday", "Sunday", "holiday", "no holiday any more", "in lieu", "worked Sunday", "moved day off"],
)
def test_which_days_are_worked(on: str, works: bool) -> None:
    assert CALENDAR.is_working_day(day(on)) is works


@pytest.mark.law("RI.7", "R83.3")
@pytest.mark.parametrize(
    ("event", "n", "due"),
    [
        ("2026-11-16", 5, "2026-11-23"),
        ("2026-11-20", 5, "2026-11-27"),
        ("2026-11-21", 5, "2026-11-27"),
        ("2026-11-22", 1, "2026-11-23"),
        ("2026-12-15", 1, "2026-12-17"),
        ("2026-03-06", 5, "2026-03-16"),
        ("2026-04-30", 5, "2026-05-12"),
        ("2025-01-02", 1, "2025-01-05"),
        ("2026-11-21", 0, "2026-11-21"),
    ],
    ids=[
        "Monday",
        "Friday",
        "Saturday counts as day zero",
        "Sunday",
        "over a holiday",
        "over a day in lieu",
        "May",
        "a worked Sunday",
        "no term",
    ],
)
def test_the_day_of_the_event_is_day_zero(event: str, n: int, due: str) -> None:
    assert CALENDAR.add_working_days(day(event), n) == day(due)


@pytest.mark.law("RI.7")
def test_a_year_without_a_calendar_is_refused() -> None:
    with pytest.raises(CalendarMissing, match="calendar for 2027 is not in the portal") as refusal:
        CALENDAR.add_working_days(day("2026-12-30"), 5)
    assert refusal.value.figures == {"year": 2027}
    assert refusal.value.point == "RI.7"


def test_a_term_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        CALENDAR.add_working_days(day("2026-11-20"), -1)


def test_an_unknown_kind_of_day_is_a_fault() -> None:
    with pytest.raises(ValueError, match="holiday"):
        Calendar.from_rows([(day("2026-01-01"), "holiday")])


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(
    ("today", "due", "left"),
    [
        ("2026-11-16", "2026-11-23", 5),
        ("2026-11-22", "2026-11-23", 1),
        ("2026-11-23", "2026-11-23", 0),
        ("2026-11-25", "2026-11-23", -2),
        ("2026-11-22", "2026-11-20", 0),
    ],
    ids=["the whole term", "tomorrow", "today", "two days over", "over, but no working day since"],
)
def test_how_much_of_a_term_is_left(today: str, due: str, left: int) -> None:
    assert CALENDAR.working_days_left(day(today), day(due)) == left


@pytest.mark.law("RI.7")
@given(IN_2026, TERM)
def test_a_term_ends_on_a_working_day_with_as_many_before_it(event: date, n: int) -> None:
    due = CALENDAR.add_working_days(event, n)
    assert CALENDAR.working_days_left(event, due) == n
    assert n == 0 or CALENDAR.is_working_day(due)
    assert due >= event + timedelta(days=n)


@pytest.mark.law("RI.7")
@given(IN_2026, TERM, TERM)
def test_terms_follow_one_another(event: date, first: int, second: int) -> None:
    one_after_other = CALENDAR.add_working_days(CALENDAR.add_working_days(event, first), second)
    assert one_after_other == CALENDAR.add_working_days(event, first + second)


@pytest.mark.law("RI.7")
@given(IN_2026, st.integers(0, 5), TERM)
def test_a_later_event_is_never_due_earlier(event: date, later: int, n: int) -> None:
    assert CALENDAR.add_working_days(event + timedelta(days=later), n) >= CALENDAR.add_working_days(event, n)


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(
    ("event", "n", "due"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-11-22", 1, "2026-12-22"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-12-05", 1, "2027-01-05"),
        ("2026-05-31", 12, "2027-05-31"),
    ],
)
def test_terms_in_months(event: str, n: int, due: str) -> None:
    assert add_months(day(event), n) == day(due)


@pytest.mark.law("RI.7")
@given(st.dates(date(2021, 1, 1), date(2027, 12, 31)), st.integers(0, 36))
def test_a_month_later_is_in_the_month_after(event: date, n: int) -> None:
    later = add_months(event, n)
    assert (later.year - event.year) * 12 + later.month - event.month == n
    assert later.day == min(event.day, last_day_of_month(later).day)


@pytest.mark.law("RI.7")
def test_calendar_days_count_days_off() -> None:
    assert add_calendar_days(day("2026-12-31"), 14) == day("2027-01-14")
    assert last_day_of_month(day("2026-02-03")) == day("2026-02-28")
