"""Reading entitlements as their owner sees them: what is given, what is left, where it went (R34.1, RI.1)."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from portal.models.entitlement import Account, Cause, Entitlement, Posting
from portal.models.order import Order
from portal.models.provider import Provider
from portal.rules.orders import OrderStatus
from portal.rules.service import Service


class Movement(NamedTuple):
    """What an entitlement's units did for one cause: with which order of which provider, how many, since when."""

    cause: Cause
    order_id: UUID | None
    number: int | None
    name_kk: str | None
    name_ru: str | None
    source: Account
    target: Account
    units: int
    first_on: date


_ORDERED_A_DAY = select(func.sum(Order.minutes_a_day)).where(
    Order.recipient_id == bindparam("recipient_id"),
    Order.service == bindparam("service"),
    Order.status.in_([OrderStatus.PLACED, OrderStatus.ACCEPTED]),
    Order.starts_on <= bindparam("last"),
    Order.ends_on >= bindparam("first"),
)

# Built once: her page and the choice of a provider ask them each time.
_OF_RECIPIENT = (
    select(Entitlement)
    .options(joinedload(Entitlement.measure))
    .where(Entitlement.person_id == bindparam("recipient_id"))
    .order_by(Entitlement.closed_on.desc().nulls_first(), Entitlement.ends_on, Entitlement.service, Entitlement.id)
)

_ONE = select(Entitlement).where(
    Entitlement.id == bindparam("entitlement_id"), Entitlement.person_id == bindparam("recipient_id")
)


def of_recipient(session: Session, recipient_id: UUID) -> Sequence[Entitlement]:
    """A recipient's entitlements, open ones first, those that end soonest before the others."""
    return session.scalars(_OF_RECIPIENT, {"recipient_id": recipient_id}).all()


def get_for_recipient(session: Session, entitlement_id: UUID, recipient_id: UUID) -> Entitlement:
    """An entitlement of this recipient; LookupError when it is somebody else's or is not there."""
    found = session.scalars(_ONE, {"entitlement_id": entitlement_id, "recipient_id": recipient_id}).one_or_none()
    if found is None:
        raise LookupError("no such entitlement")
    return found


def movements(session: Session, entitlement_id: UUID) -> list[Movement]:
    """Where the units went: postings summed for each cause and order, in the order in which they began."""
    day = func.min(func.timezone("+05", Posting.posted_at)).label("first_at")
    rows = session.execute(
        select(
            Posting.cause,
            Posting.order_id,
            Order.number,
            Provider.name_kk,
            Provider.name_ru,
            Posting.source,
            Posting.target,
            func.sum(Posting.units),
            func.date(day),
        )
        .outerjoin(Order, Order.id == Posting.order_id)
        .outerjoin(Provider, Provider.id == Order.provider_id)
        .where(Posting.entitlement_id == entitlement_id)
        .group_by(
            Posting.cause,
            Posting.order_id,
            Order.number,
            Provider.name_kk,
            Provider.name_ru,
            Posting.source,
            Posting.target,
        )
        .order_by(func.min(Posting.id))
    )
    return [Movement._make(row) for row in rows]


def ordered_minutes_a_day(session: Session, recipient_id: UUID, service: Service, first: date, last: date) -> int:
    """What open orders already take of a day between two days, all providers together (RI.3)."""
    asked = {"recipient_id": recipient_id, "service": service, "first": first, "last": last}
    return session.scalar(_ORDERED_A_DAY, asked) or 0
