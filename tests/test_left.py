"""What is left of an entitlement: the parts add up, and no page promises a day that has passed (R34.1, RI.1)."""

from datetime import date

import pytest

from portal.left import Left, left_of
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.rules.orders import OrderStatus
from portal.rules.service import Service

TODAY = date(2026, 12, 22)
END = date(2026, 12, 31)
"""Ten days with today and the last one: 80 hours of an assistant."""
HOUR = 60


def entitlement(service: Service, available: int, reserved: int) -> Entitlement:
    """So many hours free and in orders, to the end of the year."""
    return Entitlement(service=service, available=available * HOUR, reserved=reserved * HOUR, ends_on=END)


def order(reserved: int, a_day: int | None, starts_on: date = date(2026, 11, 1), ends_on: date = END) -> Order:
    """An order of the entitlement, whose id is not set either."""
    return Order(
        status=OrderStatus.ACCEPTED,
        reserved=reserved * HOUR,
        minutes_a_day=a_day and a_day * HOUR,
        starts_on=starts_on,
        ends_on=ends_on,
    )


@pytest.mark.law("R34.1", "RI.1")
@pytest.mark.parametrize(
    ("service", "available", "orders", "wanted"),
    [
        pytest.param(Service.INTERPRETER, 40, [order(20, None)], (40, 20, 0), id="hours-that-know-no-day"),
        pytest.param(Service.ASSISTANT, 30, [], (30, 0, 0), id="all-can-still-be-served"),
        pytest.param(Service.ASSISTANT, 200, [], (80, 0, 120), id="more-than-there-are-days"),
        pytest.param(Service.ASSISTANT, 200, [order(60, 4)], (40, 40, 180), id="four-hours-of-each-day-are-taken"),
        pytest.param(
            Service.ASSISTANT, 200, [order(60, 4, ends_on=date(2026, 12, 26))], (60, 20, 180), id="order-ends-earlier"
        ),
        pytest.param(
            Service.ASSISTANT, 200, [order(20, 4, date(2026, 12, 27))], (60, 20, 140), id="order-begins-later"
        ),
        pytest.param(Service.ASSISTANT, 0, [order(30, 2)], (0, 30, 0), id="nothing-is-free"),
    ],
)
def test_it_adds_up(service: Service, available: int, orders: list[Order], wanted: tuple[int, int, int]) -> None:
    """Free, in orders and gone are together what the books hold."""
    held = sum(one.reserved for one in orders) // HOUR
    left = left_of(entitlement(service, available, held), orders, TODAY)
    assert left == Left(*(hours * HOUR for hours in wanted))
    assert sum(left) == (available + held) * HOUR


@pytest.mark.law("RI.1")
def test_an_order_that_is_over_holds_nothing() -> None:
    """Its hours went back when it ended."""
    over = order(0, 4)
    over.status = OrderStatus.CLOSED
    assert left_of(entitlement(Service.ASSISTANT, 200, 0), [over], TODAY) == Left(80 * HOUR, 0, 120 * HOUR)
