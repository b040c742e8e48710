"""Reading entitlements as their owner sees them: what is given, what is left, where it went (R34.1, RI.1)."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, cast, func, select
from sqlalchemy.orm import Session

from portal.db import plain
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.programme import Measure
from portal.models.service_log import LogEntry
from portal.rules.entitlements import busiest_day_minutes
from portal.rules.orders import OrderStatus
from portal.rules.service import Service


class ListedEntitlement(NamedTuple):
    """An entitlement as her page shows it, with the item of the classifier if it is for goods."""

    id: UUID
    service: Service
    year: int
    quarter: int
    starts_on: date
    ends_on: date
    granted: int
    available: int
    reserved: int
    used: int
    returned: int
    excess: int
    blocked_on: date | None
    closed_on: date | None
    classifier_code: str | None

    @property
    def given(self) -> int:
        """Units that the programme gives as it stands."""
        return self.granted - self.returned - self.excess


class Served(NamedTuple):
    """What makes the pace of an entitlement: the first day that was ordered, and what was used since a day."""

    since: date
    minutes: int


_ORDERED_A_DAY = select(Order.starts_on, Order.ends_on, func.coalesce(Order.minutes_a_day, 0)).where(
    Order.recipient_id == bindparam("recipient_id"),
    Order.service == bindparam("service"),
    Order.status.in_([OrderStatus.PLACED, OrderStatus.ACCEPTED]),
    Order.starts_on <= bindparam("last"),
    Order.ends_on >= bindparam("first"),
)

# Built once: her page and the choice of a provider ask them each time.
_OF_RECIPIENT = (
    select(*(getattr(Entitlement, name) for name in ListedEntitlement._fields[:-1]), Measure.classifier_code)
    .join(Measure, Measure.id == Entitlement.measure_id)
    .where(Entitlement.person_id == bindparam("recipient_id"))
    .order_by(Entitlement.closed_on.desc().nulls_first(), Entitlement.ends_on, Entitlement.service, Entitlement.id)
)

_ONE = select(Entitlement).where(
    Entitlement.id == bindparam("entitlement_id"), Entitlement.person_id == bindparam("recipient_id")
)

_USED = (
    select(func.sum(LogEntry.units))
    .where(
        LogEntry.order_id == Order.id,
        LogEntry.day >= bindparam("first"),
        LogEntry.day < bindparam("today"),
        LogEntry.struck_at.is_(None),
    )
    .scalar_subquery()
)
_SERVED = (
    select(Order.entitlement_id, func.min(Order.starts_on), func.coalesce(cast(func.sum(_USED), BigInteger), 0))
    .where(
        Order.recipient_id == bindparam("recipient_id"),
        Order.status.in_([OrderStatus.ACCEPTED, OrderStatus.STOPPED, OrderStatus.CLOSED]),
        Order.answered_at.is_not(None),
    )
    .group_by(Order.entitlement_id)
)


def of_recipient(session: Session, recipient_id: UUID) -> list[ListedEntitlement]:
    """A recipient's entitlements, open ones first, those that end soonest before the others."""
    rows = session.connection().execute(_OF_RECIPIENT, {"recipient_id": recipient_id})
    return [ListedEntitlement._make(row) for row in rows]


def get_for_recipient(session: Session, entitlement_id: UUID, recipient_id: UUID) -> Entitlement:
    """An entitlement of this recipient; LookupError when it is somebody else's or is not there."""
    found = session.scalars(_ONE, {"entitlement_id": entitlement_id, "recipient_id": recipient_id}).one_or_none()
    if found is None:
        raise LookupError("no such entitlement")
    return found


def served(session: Session, recipient_id: UUID, first: date, today: date) -> dict[UUID, Served]:
    """For each entitlement of which something was rendered: since when, and what visits used from `first` on."""
    asked = {"recipient_id": recipient_id, "first": first, "today": today}
    rows = session.connection().execute(_SERVED, asked)
    return {row[0]: Served(row[1], row[2]) for row in rows}


def ordered_minutes_a_day(session: Session, recipient_id: UUID, service: Service, first: date, last: date) -> int:
    """What open orders already take of the busiest day between two days, all providers together (RI.3)."""
    asked = {"recipient_id": recipient_id, "service": service, "first": first, "last": last}
    ordered = plain(session).execute(_ORDERED_A_DAY, asked)
    return busiest_day_minutes(((row[0], row[1], row[2]) for row in ordered), first)
