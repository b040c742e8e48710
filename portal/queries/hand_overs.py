"""Reading hand-overs of goods (R83.5, R83.6): of an order, of a person, come back, still to be made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.service_log import LogEntry
from portal.queries import goods
from portal.queries.paged import Page, page
from portal.rules.orders import OrderStatus
from portal.rules.service import GOODS


@dataclass(frozen=True, slots=True)
class Ordered:
    """What an offer of goods offers: an item of the classifier, by its names, and the model."""

    name_kk: str
    name_ru: str
    model: str


@dataclass(frozen=True, slots=True)
class ToMake:
    """How many accepted orders a provider has still to hand over, by when the first of them, how many are late."""

    count: int
    late: int
    soonest_on: date


def ordered(session: Session, offer_ids: Collection[UUID]) -> dict[UUID, Ordered]:
    """What is ordered from these offers, by their ids; offers of services are left out."""
    rows = session.execute(
        select(Offer.id, Offer.classifier_code, Offer.model).where(
            Offer.id.in_(set(offer_ids)), Offer.classifier_code.is_not(None)
        )
    ).all()
    names = goods.names(session, (row.classifier_code for row in rows))
    return {row.id: Ordered(*names.get(row.classifier_code, ("", "")), row.model) for row in rows}


def of_order(session: Session, order_id: UUID) -> Sequence[LogEntry]:
    """The hand-overs of an order, struck ones too, as they were written down."""
    return session.scalars(_hand_overs(Order.id == order_id).order_by(LogEntry.recorded_at, LogEntry.id)).all()


def of_person(session: Session, person_id: UUID, office_id: UUID, limit: int) -> Sequence[LogEntry]:
    """What was handed over to a person under this office, the latest first; struck ones too."""
    mine = (LogEntry.recipient_id == person_id, Order.office_id == office_id)
    return session.scalars(_hand_overs(*mine).order_by(LogEntry.day.desc(), LogEntry.id).limit(limit)).all()


def get_for_provider(session: Session, entry_id: UUID, provider_id: UUID) -> LogEntry:
    """A hand-over of this provider; LookupError otherwise."""
    return _one(session, LogEntry.id == entry_id, Order.provider_id == provider_id)


def get_for_office(session: Session, entry_id: UUID, office_id: UUID) -> LogEntry:
    """A hand-over under an order of this office; LookupError otherwise."""
    return _one(session, LogEntry.id == entry_id, Order.office_id == office_id)


def came_back(session: Session, office_id: UUID, number: int) -> Page[LogEntry]:
    """A page of the goods that recipients of this office gave back, the latest first."""
    found = page(session, _came_back(office_id).order_by(LogEntry.back_on.desc(), LogEntry.id), number)
    return Page([entry for (entry,) in found.rows], found.number, found.total, found.size)


def count_came_back(session: Session, office_id: UUID) -> int:
    """How many they are."""
    return session.scalar(select(func.count()).select_from(_came_back(office_id).subquery())) or 0


def to_make(session: Session, provider_id: UUID, today: date) -> ToMake | None:
    """What a provider has still to hand over; None when it is nothing."""
    due = Order.hand_over_due_on
    row = session.execute(
        select(func.count(), func.count().filter(due < today), func.min(due)).where(
            Order.provider_id == provider_id, Order.status == OrderStatus.ACCEPTED, due.is_not(None)
        )
    ).one()
    return None if row[2] is None else ToMake(row[0], row[1], row[2])


def _came_back(office_id: UUID) -> Select[*tuple[Any, ...]]:
    return _hand_overs(Order.office_id == office_id, LogEntry.back_on.is_not(None))


def _hand_overs(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(LogEntry)
        .join(LogEntry.order)
        .where(LogEntry.service.in_(GOODS), *conditions)
        .options(contains_eager(LogEntry.order).options(joinedload(Order.recipient), joinedload(Order.provider)))
    )


def _one(session: Session, *conditions: ColumnElement[bool]) -> LogEntry:
    entry: LogEntry | None = session.scalars(_hand_overs(*conditions)).one_or_none()
    if entry is None:
        raise LookupError("no such hand-over")
    return entry
