"""Whole minutes, whole tiyn."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.law import RuleViolation
from portal.rules.quantities import (
    LAW_TIME,
    cost_tiyn,
    day_of,
    minutes_between,
    month_of,
    overlap,
    span,
    whole_tiyn,
    written_day,
)

from .builders import MONDAY, TUESDAY, clock, day

MINUTES = st.integers(0, 100_000)
TIYN = st.integers(0, 10**9)


@pytest.mark.law("RI.8")
@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [("09:00", "12:00", 180), ("09:00", "09:01", 1), ("20:30", "00:00", 210), ("00:00", "23:59", 1439)],
)
def test_the_length_of_a_visit(start: str, end: str, minutes: int) -> None:
    assert minutes_between(clock(start), clock(end)) == minutes


@pytest.mark.law("R42.1")
@pytest.mark.parametrize(("start", "end"), [("12:00", "09:00"), ("09:00", "09:00"), ("00:00", "00:00")])
def test_a_visit_ends_after_it_began(start: str, end: str) -> None:
    with pytest.raises(RuleViolation, match="later than the start"):
        minutes_between(clock(start), clock(end))


@pytest.mark.law("RI.7")
def test_a_visit_until_midnight_ends_on_the_next_day() -> None:
    begun, ended = span(MONDAY, clock("22:00"), clock("00:00"))
    assert (begun.isoformat(), ended.isoformat()) == ("2026-11-16T22:00:00+05:00", "2026-11-17T00:00:00+05:00")


@pytest.mark.law("RI.7", "RI.8")
@given(st.times(), st.times())
def test_moments_and_minutes_agree(start: time, end: time) -> None:
    try:
        minutes = minutes_between(start, end)
    except RuleViolation:
        assert (end.hour, end.minute) <= (start.hour, start.minute)
    else:
        begun, ended = span(MONDAY, start, end)
        assert ended - begun == timedelta(minutes=minutes)
        assert 0 < minutes <= 24 * 60
        assert day_of(begun) == MONDAY


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(
    ("moment", "on"), [("2026-11-16T19:00:00+00:00", TUESDAY), ("2026-11-16T18:59:59+00:00", MONDAY)]
)
def test_the_day_of_a_moment_is_that_of_almaty(moment: str, on: object) -> None:
    assert day_of(datetime.fromisoformat(moment)) == on


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        day_of(datetime(2026, 11, 16, 12))  # noqa: DTZ001 - that is the fault


@pytest.mark.law("R42.8")
def test_a_month_is_named_by_its_first_day() -> None:
    assert month_of(day("2026-11-30")) == day("2026-11-01")


@pytest.mark.law("RI.3")
@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("09:00-12:00", "12:00-13:00", False),
        ("09:00-12:00", "11:59-13:00", True),
        ("09:00-12:00", "10:00-11:00", True),
        ("09:00-12:00", "07:00-09:00", False),
    ],
    ids=["one after the other", "a minute", "inside", "before"],
)
def test_two_visits_share_a_minute_or_not(first: str, second: str, shared: bool) -> None:
    one, two = (span(MONDAY, *(clock(part) for part in hours.split("-"))) for hours in (first, second))
    assert overlap(one, two) is overlap(two, one) is shared


@pytest.mark.law("RI.8")
@pytest.mark.parametrize(
    ("minutes", "price", "cost"),
    [(60, 58_993, 58_993), (1, 58_993, 983), (0, 58_993, 0), (90, 908_250, 1_362_375), (480 * 22, 58_993, 10_382_768)],
)
def test_the_cost_of_hours(minutes: int, price: int, cost: int) -> None:
    assert cost_tiyn(minutes, price) == cost


@pytest.mark.law("RI.8", "RI.2")
@given(MINUTES, TIYN)
def test_rounding_never_pays_more_and_loses_less_than_a_tiyn(minutes: int, price: int) -> None:
    cost = cost_tiyn(minutes, price)
    assert isinstance(cost, int)
    assert cost * 60 <= minutes * price < (cost + 1) * 60


@pytest.mark.law("RI.8")
@given(st.lists(MINUTES, max_size=31), TIYN)
def test_rounded_once_nothing_is_lost_to_many_roundings(visits: list[int], price: int) -> None:
    assert 0 <= cost_tiyn(sum(visits), price) - sum(cost_tiyn(minutes, price) for minutes in visits) <= len(visits)


@pytest.mark.law("RI.8")
@pytest.mark.parametrize(("minutes", "price"), [(-1, 100), (1, -100)])
def test_there_is_no_cost_below_nought(minutes: int, price: int) -> None:
    with pytest.raises(ValueError, match="never negative"):
        cost_tiyn(minutes, price)


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 60), (1, 0), (1, -60)])
def test_money_is_not_divided_by_nothing(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="divided"):
        whole_tiyn(numerator, denominator)


def test_the_laws_time_is_five_hours_ahead() -> None:
    assert LAW_TIME.utcoffset(None) == timedelta(hours=5)


@pytest.mark.law("RI.7")
@pytest.mark.parametrize("text", ["2026-W01-1", "20261231", "2026-02-30", "٢٠٢٦-١٢-٣١", "2026-12-31 ", ""])
def test_a_day_is_written_in_one_way(text: str) -> None:
    assert written_day("2026-12-31") == day("2026-12-31")
    with pytest.raises(ValueError, match=r"day|month"):
        written_day(text)
