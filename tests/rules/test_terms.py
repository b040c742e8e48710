"""Terms in working days, calendar days and months."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules import term_table
from portal.rules.law import RuleViolation
from portal.rules.parameters import Edition
from portal.rules.terms import (
    Calendar,
    CalendarMissing,
    add_calendar_days,
    add_months,
    due_on,
    ends_soon,
    last_day_of_month,
)

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


TERMS = {term.key: term for term in term_table.ALL}


@pytest.mark.law(
    "R2.2", "R2.4", "R3.5", "R3.8", "R3.9", "R4.2", "R4.3", "R26.2", "R31.2", "R34.3", "R42.8", "R42.9", "R42.11",
    "R83.3", "R83.8", "RP.1", "RP.4",
)  # fmt: skip
@pytest.mark.parametrize(
    ("key", "event", "in_2021", "in_2023"),
    [
        ("decision", "2026-11-16", "2026-11-30", "2026-11-23"),
        ("result_to_corporation", "2026-11-30", "2026-11-29", "2026-11-29"),
        ("next_working_day", "2026-11-21", "2026-11-23", "2026-11-23"),
        ("refusal_to_accept", "2026-11-20", "2026-11-24", "2026-11-24"),
        ("hearing_notice", "2026-11-30", "2026-11-25", "2026-11-25"),
        ("hearing", "2026-11-25", "2026-11-27", "2026-11-27"),
        ("result_kept", "2026-01-31", "2026-02-28", "2026-02-28"),
        ("result_back", "2026-11-20", "2026-11-23", "2026-11-23"),
        ("proactive_consent", "2026-11-20", None, "2026-11-25"),
        ("complaint_onward", "2026-11-20", "2026-11-25", "2026-11-25"),
        ("complaint", "2026-11-20", "2026-11-27", "2026-11-27"),
        ("complaint_above", "2026-11-16", "2026-12-07", "2026-12-07"),
        ("choice", "2026-03-31", "2026-04-30", "2026-04-30"),
        ("choice_blocked", "2026-03-31", None, "2026-05-31"),
        ("answer", "2026-12-11", "2026-12-21", "2026-12-21"),
        ("to_delivery", "2026-11-20", "2026-11-25", "2026-11-25"),
        ("delivery", "2026-11-20", "2026-12-05", "2026-12-05"),
        ("pick_up", "2026-11-20", "2026-12-04", "2026-12-04"),
        ("act", "2026-11-20", "2026-12-10", "2026-12-10"),
        ("act_after_death", "2026-11-20", "2026-12-20", "2026-12-20"),
        ("check_of_assistant", "2026-04-01", "2026-04-10", "2026-04-10"),
        ("check_of_assistant", "2026-12-07", "2026-12-17", "2026-12-14"),
        ("check", "2026-12-07", "2026-12-17", "2026-12-17"),
        ("goods_in_all", "2026-11-20", "2026-12-20", "2026-12-20"),
        ("act_again", "2026-12-07", "2026-12-10", "2026-12-10"),
        ("payment", "2026-12-07", "2026-12-22", "2026-12-22"),
        ("goods_return", "2026-11-20", "2026-12-04", "2026-12-04"),
        ("goods_payment", "2026-11-20", "2026-12-20", "2026-12-20"),
        ("repayment", "2026-11-20", "2026-12-05", "2026-12-05"),
        ("stay_cancelled", "2026-12-18", "2026-12-14", "2026-12-14"),
        ("first_fitting", "2026-11-16", "2026-11-30", "2026-12-14"),
        ("fitting_again", "2026-11-16", "2026-11-19", "2026-11-25"),
        ("registration", "2026-11-16", "2026-11-23", "2026-11-23"),
        ("complaint_on_provider", "2026-11-16", "2026-11-30", "2026-11-30"),
        ("notice_to_provider", "2026-11-20", "2026-11-23", "2026-11-23"),
        ("cure", "2026-11-16", "2026-11-30", "2026-11-30"),
        ("back_again", "2026-11-16", "2027-11-16", "2027-11-16"),
    ],
)
def test_every_term_of_the_law(key: str, event: str, in_2021: str | None, in_2023: str) -> None:
    for edition, due in ((Edition.OF_2021, in_2021), (Edition.OF_2023, in_2023)):
        if due is None:
            with pytest.raises(RuleViolation, match="does not know this term"):
                due_on(TERMS[key], day(event), CALENDAR, edition)
        else:
            assert due_on(TERMS[key], day(event), CALENDAR, edition) == day(due), edition
    assert due_on(TERMS[key], day(event), CALENDAR, Edition.BY_DATE) == day(in_2023), "after July 2023"


@pytest.mark.law("RI.7")
def test_the_table_is_whole() -> None:
    """Each term is there once, cites a point, and is in the table of cases above."""
    assert len(TERMS) == len(term_table.ALL) == 36
    marks = test_every_term_of_the_law.pytestmark  # type: ignore[attr-defined]
    (cases,) = (mark.args[1] for mark in marks if mark.name == "parametrize")
    assert {case[0] for case in cases} == set(TERMS)


@pytest.mark.law("R2.2")
def test_the_edition_goes_by_the_day_of_the_event() -> None:
    decision = TERMS["decision"]
    assert decision.amount(date(2023, 6, 30), Edition.BY_DATE) == 10
    assert decision.amount(date(2023, 7, 1), Edition.BY_DATE) == 5


@pytest.mark.law("RI.7")
def test_a_term_in_working_days_needs_a_calendar() -> None:
    with pytest.raises(CalendarMissing):
        due_on(TERMS["answer"], day("2026-11-16"))


@pytest.mark.law("R3.8", "RI.7")
@given(day_of_year=st.dates(date(2026, 2, 1), date(2026, 12, 31)), n=st.integers(0, 10))
def test_a_term_before_a_day_leaves_exactly_its_working_days(day_of_year: date, n: int) -> None:
    start = CALENDAR.take_working_days(day_of_year, n)
    assert CALENDAR.working_days_left(start, day_of_year) == n


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(
    ("years", "today", "ends"),
    [
        ({2026, 2027}, "2026-11-25", "2027-12-31"),
        ({2026, 2028}, "2026-11-25", "2026-12-31"),
        ({2025, 2026}, "2027-02-01", "2026-12-31"),
    ],
    ids=["the last one", "a year is missing", "this year is missing"],
)
def test_when_the_calendar_ends(years: set[int], today: str, ends: str) -> None:
    calendar = Calendar(frozenset(), frozenset(), frozenset(years))
    assert calendar.ends_on(day(today)) == day(ends)


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(("today", "soon"), [("2027-10-31", False), ("2027-11-01", True), ("2028-01-01", True)])
def test_sixty_days_before_its_end_there_is_a_warning(today: str, soon: bool) -> None:
    assert ends_soon(day("2027-12-31"), day(today)) is soon
