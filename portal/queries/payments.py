"""Reading payments (R42.11): what is due for sending, and what an office sees of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from portal.models.act import Act
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider
from portal.queries.paged import Page, page
from portal.rules.payments import PaymentStatus

_OPEN = (PaymentStatus.APPROVED, PaymentStatus.ASKED)


class Pile(StrEnum):
    """How an office sorts its payments."""

    AWAITING = "awaiting"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PAID = "paid"


_OF_PILE: dict[Pile, tuple[PaymentStatus, ...]] = {
    Pile.AWAITING: (PaymentStatus.AWAITING,),
    Pile.FAILED: (PaymentStatus.FAILED,),
    Pile.UNKNOWN: _OPEN,
    Pile.PAID: (PaymentStatus.PAID,),
}


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment with its act, its provider, and who of the office accepted and approved it."""

    payment: Payment
    accepted_by: Person | None
    approved_by: Person | None


@dataclass(frozen=True, slots=True)
class ProviderSum:
    """What waits for one provider, in tiyn."""

    provider: Provider
    count: int
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class Heap:
    """How many payments are on a pile, and what they are worth in tiyn."""

    count: int
    amount_tiyn: int


def due(session: Session, now: datetime, limit: int) -> list[tuple[UUID, PaymentStatus]]:
    """Payments to be asked for or looked up now, of all offices, those that waited longest first."""
    rows = session.execute(
        select(Payment.id, Payment.status)
        .where(Payment.status.in_(_OPEN), Payment.next_try_at <= now)
        .order_by(Payment.next_try_at, Payment.id)
        .limit(limit)
    )
    return [(row.id, row.status) for row in rows]


def of_office(
    session: Session, office_id: UUID, pile: Pile, number: int, provider_id: UUID | None = None
) -> Page[PaymentRow]:
    """A page of an office's payments: those due first on top, paid ones the latest first."""
    conditions = [Payment.office_id == office_id, Payment.status.in_(_OF_PILE[pile])]
    if provider_id is not None:
        conditions.append(Payment.provider_id == provider_id)
    latest = (Payment.paid_at.desc(), Payment.id)
    order = latest if pile is Pile.PAID else (Payment.due_on, Payment.owed_at, Payment.id)
    found = page(session, _rows(*conditions).order_by(*order), number)
    return Page([PaymentRow(*row) for row in found.rows], found.number, found.total, found.size)


def get_for_office(session: Session, payment_id: UUID, office_id: UUID) -> PaymentRow:
    """One payment of this office; LookupError when it is another's or not there."""
    row = session.execute(_rows(Payment.id == payment_id, Payment.office_id == office_id)).one_or_none()
    if row is None:
        raise LookupError("no such payment")
    return PaymentRow(*row)


def some_of_office(session: Session, payment_ids: Sequence[UUID], office_id: UUID) -> list[PaymentRow]:
    """Several payments of this office, in the order of their terms; others are left out."""
    found = _rows(Payment.id.in_(payment_ids), Payment.office_id == office_id)
    return [PaymentRow(*row) for row in session.execute(found.order_by(Payment.due_on, Payment.owed_at, Payment.id))]


def sums_by_provider(session: Session, office_id: UUID) -> list[ProviderSum]:
    """What waits for the second signature, by provider, the largest sum first."""
    total = func.sum(Payment.amount_tiyn)
    rows = session.execute(
        select(Provider, func.count(), total)
        .join(Payment, Payment.provider_id == Provider.id)
        .where(Payment.office_id == office_id, Payment.status == PaymentStatus.AWAITING)
        .group_by(Provider.id)
        .order_by(total.desc(), Provider.id)
    )
    return [ProviderSum(provider, count, int(amount)) for provider, count, amount in rows]


def heaps(session: Session, office_id: UUID) -> dict[Pile, Heap]:
    """How much is on each pile of an office."""
    rows = session.execute(
        select(Payment.status, func.count(), func.sum(Payment.amount_tiyn))
        .where(Payment.office_id == office_id)
        .group_by(Payment.status)
    ).all()
    return {
        pile: Heap(
            sum(count for status, count, _ in rows if status in _OF_PILE[pile]),
            sum(int(amount) for status, _, amount in rows if status in _OF_PILE[pile]),
        )
        for pile in Pile
    }


def _rows(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    accepted, approved = aliased(Person), aliased(Person)
    return (
        select(Payment, accepted, approved)
        .join(Payment.act)
        .outerjoin(accepted, accepted.id == Act.decided_by_id)
        .outerjoin(approved, approved.id == Payment.approved_by_id)
        .where(*conditions)
        .options(contains_eager(Payment.act).joinedload(Act.recipient), joinedload(Payment.provider))
    )
