"""Reading orders as the recipient sees them: where each stands, who holds it, what has become of it (rulebook 6)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Integer, bindparam, case, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.models.document import Document, DocumentKind
from portal.models.order import Order
from portal.rules.orders import OVER

# Built once: her page asks it each time.
_OF_RECIPIENT = (
    select(Order)
    .where(Order.recipient_id == bindparam("recipient_id"))
    .options(joinedload(Order.provider))
    .order_by(case((Order.status.in_(OVER), 1), else_=0), Order.placed_at.desc(), Order.id)
    .limit(bindparam("most", type_=Integer))
)

_IN_CHAIN = or_(Order.id == bindparam("first_id"), Order.first_id == bindparam("first_id"))
_CHAIN = select(Order).where(_IN_CHAIN).options(joinedload(Order.provider)).order_by(Order.rank)
_LAST = select(Order.id).where(_IN_CHAIN).order_by(Order.rank.desc()).limit(1)


def of_recipient(session: Session, recipient_id: UUID, *, limit: int = 200) -> Sequence[Order]:
    """A recipient's orders with their providers: those that wait or run first, then the latest."""
    return session.scalars(_OF_RECIPIENT, {"recipient_id": recipient_id, "most": limit}).all()


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
