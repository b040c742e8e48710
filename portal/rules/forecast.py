"""What will lapse (R34.1, R83.6): hours that nobody uses by the last day go back, so it is said while there is time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from portal.rules.entitlements import usable_units
from portal.rules.law import law
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.service import Service

WINDOW_DAYS = 56
"""The pace is that of the last eight weeks."""
LEAST_DAYS = 14
"""Before two weeks of service nobody has a pace: what the orders plan counts instead."""
FINE_MINUTES = 60
"""Less than an hour that may lapse is nothing to worry anybody with."""


class WayOut(StrEnum):
    """What a person can do so that less is lost."""

    CHOOSE = "choose"
    MORE_HOURS = "more_hours"
    SECOND_PROVIDER = "second_provider"
    ANOTHER_PROVIDER = "another_provider"


class Running(Protocol):
    """An order that waits or runs: what it still holds, and its days."""

    @property
    def reserved(self) -> int: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def minutes_a_day(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Forecast:
    """How an hourly entitlement will end if all goes on as it does now; left = gone + expected + lost, in minutes.

    `gone` are an assistant's hours of past days, which do not come again. `pace` is what was used in the last
    `pace_days`; `planned` is what new orders are made for. The forecast goes by whichever of the two gives more.
    """

    ends_on: date
    days_left: int
    gone_minutes: int
    pace_minutes: int
    pace_days: int
    planned_minutes: int
    expected_minutes: int
    lost_minutes: int
    needed_minutes_a_week: int
    ways_out: tuple[WayOut, ...]

    @property
    def is_fine(self) -> bool:
        """Whether nothing worth speaking of will lapse."""
        return self.lost_minutes < FINE_MINUTES

    @property
    def pace_minutes_a_week(self) -> int:
        """What is used in a week on average; 0 while there is no pace."""
        return self.pace_minutes * 7 // self.pace_days if self.pace_days else 0

    @property
    def goes_by_plan(self) -> bool:
        """Whether the forecast rests on what the orders plan, because they are too new for a pace."""
        return self.pace_days == 0 or self.planned_minutes > self.pace_minutes * self.days_left // self.pace_days


@law("R34.1", "R83.6")
def pace_since(today: date, starts_on: date) -> date:
    """The first day whose visits make the pace; today is not over and does not count."""
    return max(starts_on, today - timedelta(days=WINDOW_DAYS))


@law("R34.1", "R83.6", "RI.4")
def forecast(
    service: Service,
    *,
    available_minutes: int,
    ends_on: date,
    orders: Iterable[Running],
    used_minutes: int,
    served_since: date | None,
    today: date,
) -> Forecast:
    """What will lapse on `ends_on` at the present pace.

    `orders` are those that wait or run; `used_minutes` were used since `pace_since(today, served_since)`, where
    `served_since` is the first day on which the entitlement was ever ordered for (None: never).
    """
    running = list(orders)
    days_left = max((ends_on - today).days + 1, 0)
    left = available_minutes + sum(order.reserved for order in running)
    usable = usable_units(service, left, today, ends_on)
    days = (today - pace_since(today, served_since)).days if served_since else 0
    pace_days, pace = (days, used_minutes) if days >= LEAST_DAYS else (0, 0)
    at_pace = pace * days_left // pace_days if pace_days else 0
    planned = sum(_planned(service, order, today) for order in running if _is_new(order, today))
    expected = min(usable, max(at_pace, planned))
    return Forecast(
        ends_on=ends_on,
        days_left=days_left,
        gone_minutes=left - usable,
        pace_minutes=pace,
        pace_days=pace_days,
        planned_minutes=planned,
        expected_minutes=expected,
        lost_minutes=usable - expected,
        needed_minutes_a_week=-(-usable * 7 // days_left) if days_left else 0,
        ways_out=_ways_out(running, available_minutes, usable - expected, at_pace),
    )


def _is_new(order: Running, today: date) -> bool:
    return (today - order.starts_on).days < LEAST_DAYS


def _planned(service: Service, order: Running, today: date) -> int:
    """What an order is made for, as far as its days can still hold it."""
    if service is not Service.ASSISTANT:
        return order.reserved
    days = max((order.ends_on - max(today, order.starts_on)).days + 1, 0)
    return min(order.reserved, days * (order.minutes_a_day or ASSISTANT_MINUTES_A_DAY.on(today)))


def _ways_out(running: list[Running], available: int, lost: int, at_pace: int) -> tuple[WayOut, ...]:
    """The hours that are set aside but not served speak for another provider; those still free, for more orders."""
    if lost < FINE_MINUTES:
        return ()
    if not running:
        return (WayOut.CHOOSE,) if available else ()
    ways = [WayOut.MORE_HOURS, WayOut.SECOND_PROVIDER] if available else [WayOut.MORE_HOURS]
    if sum(order.reserved for order in running) > at_pace:
        ways.append(WayOut.ANOTHER_PROVIDER)
    return tuple(ways)
