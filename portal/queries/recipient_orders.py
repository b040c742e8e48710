"""Reading orders as the recipient sees them: where each stands, who holds it, what has become of it (rulebook 6)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Integer, bindparam, case, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.models.document import Document, DocumentKind
from portal.models.order import Order
from portal.models.provider import Provider
from portal.rules.orders import OVER, OrderStatus
from portal.rules.service import Service


class ListedOrder(NamedTuple):
    """An order as her lists show it, and what it still holds of its entitlement (units of its service)."""

    id: UUID
    number: int
    entitlement_id: UUID
    service: Service
    status: OrderStatus
    starts_on: date
    ends_on: date
    units: int
    minutes_a_day: int | None
    reserved: int
    used: int
    answer_due_on: date
    answered_at: datetime | None
    ended_on: date | None
    rank: int
    choices: int
    way: str
    hand_over_due_on: date | None
    name_kk: str
    name_ru: str


# Built once: her page asks it each time.
_OF_RECIPIENT = (
    select(
        *(getattr(Order, name) for name in ListedOrder._fields if not name.startswith("name_")),
        Provider.name_kk,
        Provider.name_ru,
    )
    .join(Provider, Provider.id == Order.provider_id)
    .where(Order.recipient_id == bindparam("recipient_id"))
    .order_by(case((Order.status.in_(OVER), 1), else_=0), Order.placed_at.desc(), Order.id)
    .limit(bindparam("most", type_=Integer))
)

_IN_CHAIN = or_(Order.id == bindparam("first_id"), Order.first_id == bindparam("first_id"))
_CHAIN = select(Order).where(_IN_CHAIN).options(joinedload(Order.provider)).order_by(Order.rank)
_LAST = select(Order.id).where(_IN_CHAIN).order_by(Order.rank.desc()).limit(1)


def of_recipient(session: Session, recipient_id: UUID, *, limit: int = 200) -> list[ListedOrder]:
    """A recipient's orders with their providers: those that wait or run first, then the latest."""
    rows = session.connection().execute(_OF_RECIPIENT, {"recipient_id": recipient_id, "most": limit})
    return [ListedOrder._make(row) for row in rows]


def get_for_recipient(session: Session, order_id: UUID, recipient_id: UUID) -> Order:
    """An order of this recipient with its provider; LookupError when it is somebody else's or is not there."""
    found = session.scalars(
        select(Order)
        .where(Order.id == order_id, Order.recipient_id == recipient_id)
        .options(joinedload(Order.provider), joinedload(Order.entitlement))
    ).one_or_none()
    if found is None:
        raise LookupError("no such order")
    return found


def answer_of(session: Session, order_id: UUID) -> Document | None:
    """The provider's signed answer to an order, if there is one."""
    kinds = [DocumentKind.ACCEPTANCE, DocumentKind.REFUSAL]
    return session.scalars(
        select(Document)
        .where(Document.subject_id == order_id, Document.kind.in_(kinds), Document.signatures.any())
        .order_by(Document.prepared_at, Document.id)
    ).first()


def chain(session: Session, order: Order) -> Sequence[Order]:
    """The orders that came of one signed document, in the order of her choices, with their providers."""
    return session.scalars(_CHAIN, {"first_id": order.chain_id}).all()


def last_of_chain(session: Session, order: Order) -> UUID:
    """The order to whoever of her choices was asked last; the order itself where it was the only choice."""
    if order.choices == 1:
        return order.id
    return session.scalars(_LAST, {"first_id": order.chain_id}).one()
