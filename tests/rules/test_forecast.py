"""What will lapse: the pace of eight weeks, what new orders plan, and days that do not come again (R34.1, R83.6)."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.entitlements import usable_units
from portal.rules.forecast import Forecast, WayOut, forecast, pace_since
from portal.rules.service import Service

TODAY = date(2026, 11, 6)
END = date(2026, 12, 31)
"""56 days with today and the last one: as many as the pace looks back."""
HOUR = 60


@dataclass
class Order:
    reserved: int
    starts_on: date = date(2026, 3, 1)
    ends_on: date = END
    minutes_a_day: int | None = None


def at(
    available: int,
    *orders: Order,
    used: int = 0,
    since: date | None = date(2026, 3, 1),
    service: Service = Service.INTERPRETER,
    today: date = TODAY,
    ends_on: date = END,
) -> Forecast:
    """A forecast; the interpreter's by default, whose hours know no day."""
    return forecast(
        service,
        available_minutes=available,
        ends_on=ends_on,
        orders=orders,
        used_minutes=used,
        served_since=since,
        today=today,
    )


@pytest.mark.law("R34.1", "R83.6")
@pytest.mark.parametrize(
    ("made", "expected", "lost"),
    [
        (at(0, Order(40 * HOUR), used=40 * HOUR), 40, 0),
        (at(0, Order(40 * HOUR), used=10 * HOUR), 10, 30),
        (at(20 * HOUR, Order(20 * HOUR), used=0), 0, 40),
        (at(40 * HOUR, since=None), 0, 40),
        (at(30 * HOUR, Order(10 * HOUR, starts_on=TODAY), since=TODAY), 10, 30),
        (at(0, Order(10 * HOUR, starts_on=TODAY), Order(30 * HOUR), used=5 * HOUR), 10, 30),
        (at(0, Order(10 * HOUR, starts_on=TODAY), used=50 * HOUR), 10, 0),
        (at(10 * HOUR, used=5 * HOUR), 5, 5),
        (at(0), 0, 0),
    ],
    ids=[
        "as fast as needed",
        "at a quarter of the pace",
        "nobody comes",
        "nothing was ever ordered",
        "the first order has no pace yet, its plan counts",
        "a new order plans more than the old pace",
        "never more than there is",
        "the pace goes on although no order runs",
        "nothing is left",
    ],
)
def test_what_will_lapse(made: Forecast, expected: int, lost: int) -> None:
    assert (made.expected_minutes, made.lost_minutes) == (expected * HOUR, lost * HOUR)


@pytest.mark.law("R34.1")
def test_an_assistants_past_days_do_not_come_again() -> None:
    """On the last day eight hours can be used, whatever is left."""
    made = at(100 * HOUR, service=Service.ASSISTANT, today=END, since=None)
    assert (made.days_left, made.gone_minutes, made.lost_minutes) == (1, 92 * HOUR, 8 * HOUR)


@pytest.mark.law("R34.1")
def test_a_new_order_holds_no_more_than_its_days() -> None:
    order = Order(100 * HOUR, starts_on=END - timedelta(days=1), minutes_a_day=4 * HOUR)
    assert at(0, order, service=Service.ASSISTANT, since=None).planned_minutes == 8 * HOUR


@pytest.mark.law("R83.6")
def test_after_the_last_day_nothing_is_expected() -> None:
    made = at(5 * HOUR, used=HOUR, today=END + timedelta(days=1))
    assert (made.days_left, made.expected_minutes, made.lost_minutes) == (0, 0, 5 * HOUR)


@pytest.mark.law("R34.1", "R83.6")
@pytest.mark.parametrize(
    ("made", "ways"),
    [
        (at(0, Order(40 * HOUR), used=40 * HOUR), ()),
        (at(59, Order(40 * HOUR), used=40 * HOUR), ()),
        (at(40 * HOUR, since=None), (WayOut.CHOOSE,)),
        (at(40 * HOUR, Order(5 * HOUR), used=5 * HOUR), (WayOut.MORE_HOURS, WayOut.SECOND_PROVIDER)),
        (at(0, Order(40 * HOUR), used=10 * HOUR), (WayOut.MORE_HOURS, WayOut.ANOTHER_PROVIDER)),
        (
            at(10 * HOUR, Order(40 * HOUR), used=10 * HOUR),
            (WayOut.MORE_HOURS, WayOut.SECOND_PROVIDER, WayOut.ANOTHER_PROVIDER),
        ),
    ],
    ids=["fine", "less than an hour", "nothing ordered", "free hours", "the provider does not come", "all of it"],
)
def test_the_ways_out(made: Forecast, ways: tuple[WayOut, ...]) -> None:
    assert made.ways_out == ways
    assert made.is_fine is not bool(ways)


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("served_since", "first"),
    [(date(2026, 3, 1), date(2026, 9, 11)), (date(2026, 10, 30), date(2026, 10, 30))],
    ids=["eight weeks", "since the service began"],
)
def test_the_days_that_make_the_pace(served_since: date, first: date) -> None:
    assert pace_since(TODAY, served_since) == first


@pytest.mark.law("R34.1")
def test_the_basis_of_the_figure_is_told() -> None:
    slow, new = at(0, Order(40 * HOUR), used=16 * HOUR), at(0, Order(40 * HOUR, starts_on=TODAY), since=TODAY)
    assert (slow.pace_minutes_a_week, slow.needed_minutes_a_week, slow.goes_by_plan) == (2 * HOUR, 5 * HOUR, False)
    assert (new.pace_minutes_a_week, new.goes_by_plan) == (0, True)


MINUTES = st.integers(0, 200_000)
ORDERS = st.builds(
    Order,
    reserved=MINUTES,
    starts_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    ends_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    minutes_a_day=st.none() | st.integers(1, 480),
)


@pytest.mark.law("R34.1", "R83.6", "RI.1")
@given(
    service=st.sampled_from([Service.ASSISTANT, Service.INTERPRETER]),
    available=MINUTES,
    orders=st.lists(ORDERS, max_size=4),
    used=MINUTES,
    more=MINUTES,
    since=st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    today=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_it_adds_up_and_a_faster_pace_never_loses_more(
    service: Service, available: int, orders: list[Order], used: int, more: int, since: date | None, today: date
) -> None:
    made = at(available, *orders, used=used, since=since, service=service, today=today)
    left = available + sum(order.reserved for order in orders)
    assert made.gone_minutes + made.expected_minutes + made.lost_minutes == left
    assert min(made.gone_minutes, made.expected_minutes, made.lost_minutes) >= 0
    assert made.lost_minutes <= usable_units(service, left, today, END)
    faster = at(available, *orders, used=used + more, since=since, service=service, today=today)
    assert faster.lost_minutes <= made.lost_minutes
