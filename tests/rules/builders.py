"""Valid things by default; a test names only what it is about."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.quantities import LAW_TIME, span
from portal.rules.service import Service
from portal.rules.service_log import NewEntry
from portal.rules.terms import Calendar

MONDAY = date(2026, 11, 16)
TUESDAY = date(2026, 11, 17)
WEDNESDAY = date(2026, 11, 18)
ANNA = UUID(int=1)
BERIK = UUID(int=2)
NOON = datetime(2026, 11, 20, 12, tzinfo=LAW_TIME)

_OFF_2026 = "01-01 01-02 01-07 03-09 03-23 03-24 03-25 05-01 05-07 05-11 05-27 07-06 10-26 12-16"
CALENDAR = Calendar.from_rows(
    [
        *((date.fromisoformat(f"2026-{day}"), "day_off") for day in _OFF_2026.split()),
        (date(2025, 1, 3), "day_off"),
        (date(2025, 1, 5), "worked_weekend"),
        (date(2025, 12, 16), "day_off"),
    ]
)
"""The five-day week of 2026 in whole, and some days of 2025; no other year."""


def day(text: str) -> date:
    """A day in ISO form."""
    return date.fromisoformat(text)


def clock(text: str) -> time:
    """A time of day like 09:30."""
    return time.fromisoformat(text)


@dataclass(frozen=True)
class Visit:
    """A visit in the log."""

    day: date
    started_at: datetime
    ended_at: datetime
    minutes: int
    specialist_id: UUID = ANNA
    price_tiyn: int = 60_000
    guaranteed_tiyn: int = 58_993
    is_objected: bool = False
    struck_at: datetime | None = None
    objected_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def units(self) -> int:
        """Its length."""
        return self.minutes


def visit(hours: str = "09:00-12:00", on: date = MONDAY, **changes: Any) -> Visit:
    """A visit of these hours on this day."""
    start, end = (clock(part) for part in hours.split("-"))
    begun, ended = span(on, start, end)
    return replace(Visit(on, begun, ended, int((ended - begun).total_seconds()) // 60), **changes)


def entry(hours: str = "09:00-12:00", on: date = MONDAY, **changes: Any) -> NewEntry:
    """A visit that is being written down."""
    start, end = (clock(part) for part in hours.split("-"))
    return replace(NewEntry(on, start, end, places="Polyclinic No. 4"), **changes)


@dataclass(frozen=True)
class Order:
    """An accepted order for the whole of November."""

    status: OrderStatus = OrderStatus.ACCEPTED
    starts_on: date = date(2026, 11, 1)
    ends_on: date = date(2026, 11, 30)
    answered_at: datetime | None = datetime(2026, 10, 30, 15, tzinfo=LAW_TIME)
    ended_on: date | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Entitlement:
    """An assistant's hours to the end of the year."""

    service: Service = Service.ASSISTANT
    starts_on: date = date(2026, 11, 1)
    ends_on: date = date(2026, 12, 31)
    closed_on: date | None = None
    available: int = 480 * 61


@dataclass(frozen=True)
class Offer:
    """An offer of help at home."""

    service: Service = Service.ASSISTANT
    at_home: bool = True
    online: bool = False
    withdrawn_on: date | None = None


def new_order(**changes: Any) -> NewOrder:
    """Four hours a day for ten days."""
    order = NewOrder(
        service=Service.ASSISTANT,
        starts_on=day("2026-12-01"),
        ends_on=day("2026-12-10"),
        units=2400,
        minutes_a_day=240,
        way="offline",
    )
    return replace(order, **changes)


def interpreting(**changes: Any) -> NewOrder:
    """Ten hours of an interpreter within ten days."""
    return new_order(**{"service": Service.INTERPRETER, "units": 600, "minutes_a_day": None, **changes})
