"""Reading a provider's orders (R83.3): those to be answered soonest first; who is served, and by whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.models.document import Document, Signature
from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider, Specialist
from portal.models.service_log import LogEntry
from portal.rules.orders import OrderStatus
from portal.rules.service import HOURLY, Service

PAGE = 50


class Shown(StrEnum):
    """Which of its orders a provider looks at."""

    TO_ANSWER = "to_answer"
    RUNNING = "running"
    TO_HAND_OVER = "to_hand_over"
    ENDED = "ended"
    ALL = "all"


_STATUSES = {
    Shown.TO_ANSWER: frozenset({OrderStatus.PLACED}),
    Shown.RUNNING: frozenset({OrderStatus.ACCEPTED}),
    Shown.TO_HAND_OVER: frozenset({OrderStatus.ACCEPTED}),
    Shown.ENDED: frozenset(OrderStatus) - {OrderStatus.PLACED, OrderStatus.ACCEPTED},
    Shown.ALL: frozenset(OrderStatus),
}


@dataclass(frozen=True, slots=True)
class Load:
    """What an offer can take of a month and what running orders take of it, in minutes."""

    capacity_minutes: int
    taken_minutes: int

    @property
    def free_minutes(self) -> int:
        """What is left of a month; nought when more was promised than there is."""
        return max(self.capacity_minutes - self.taken_minutes, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list, and whether there is another one."""

    orders: Sequence[Order]
    has_more: bool


def of_provider(
    session: Session, provider_id: UUID, shown: Shown = Shown.ALL, search: str = "", page: int = 1
) -> Found:
    """A provider's orders: those to be answered first, the soonest due on top, then the others, the latest on top.

    Goods to hand over stand by their terms. `search` is the number of an order, or how the recipient's name begins.
    """
    goods = shown is Shown.TO_HAND_OVER
    wanted = [Order.hand_over_due_on.is_not(None)] if goods else []
    rows = session.scalars(
        _orders(Order.provider_id == provider_id, Order.status.in_(_STATUSES[shown]), *wanted, *_matching(search))
        .order_by(
            *((Order.hand_over_due_on,) if goods else ()),
            (Order.status != OrderStatus.PLACED),
            case((Order.status == OrderStatus.PLACED, Order.answer_due_on)),
            Order.placed_at.desc(),
            Order.id,
        )
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).all()
    return Found(rows[:PAGE], len(rows) > PAGE)


def get_for_provider(session: Session, order_id: UUID, provider_id: UUID) -> Order:
    """An order of this provider; LookupError when it is somebody else's or is not there."""
    found = _orders(Order.id == order_id, Order.provider_id == provider_id)
    order: Order | None = session.scalars(found).one_or_none()
    if order is None:
        raise LookupError("no such order")
    return order


def counts(session: Session, provider_id: UUID) -> dict[OrderStatus, int]:
    """How many orders of a provider stand where."""
    rows = session.execute(
        select(Order.status, func.count()).where(Order.provider_id == provider_id).group_by(Order.status)
    ).all()
    return dict.fromkeys(OrderStatus, 0) | {row[0]: row[1] for row in rows}


def load(session: Session, order: Order) -> Load:
    """What the offer behind an order can take of a month, and what accepted orders of it take already."""
    taken = select(func.coalesce(func.sum(Order.minutes_a_month), 0)).where(
        Order.offer_id == order.offer_id, Order.status == OrderStatus.ACCEPTED
    )
    capacity = session.scalar(select(Offer.capacity_minutes_a_month).where(Offer.id == order.offer_id))
    return Load(capacity or 0, session.scalar(taken) or 0)


def document_of(session: Session, order: Order) -> Document:
    """The signed order, with its signatures."""
    return (
        session.scalars(
            select(Document)
            .where(Document.id == order.document_id)
            .options(joinedload(Document.signatures).joinedload(Signature.person))
        )
        .unique()
        .one()
    )


def serving(session: Session, person_id: UUID, provider_id: UUID, today: date) -> Sequence[Specialist]:
    """As what a person serves for a provider today, with one row for each service; nobody logs goods (R42.1)."""
    return session.scalars(
        select(Specialist)
        .where(
            Specialist.person_id == person_id,
            Specialist.provider_id == provider_id,
            Specialist.service.in_(HOURLY),
            or_(Specialist.until_on.is_(None), Specialist.until_on >= today),
        )
        .order_by(Specialist.service, Specialist.id)
    ).all()


def served_by(session: Session, person_id: UUID, provider_id: UUID, services: Collection[Service]) -> Sequence[Order]:
    """The running orders that this person has served, whom they visited last on top."""
    last = (
        select(LogEntry.order_id, func.max(LogEntry.started_at).label("last_at"))
        .join(Specialist, Specialist.id == LogEntry.specialist_id)
        .where(Specialist.person_id == person_id, Specialist.provider_id == provider_id)
        .group_by(LogEntry.order_id)
        .subquery()
    )
    found = _orders(
        Order.provider_id == provider_id, Order.status == OrderStatus.ACCEPTED, Order.service.in_(services)
    ).join(last, last.c.order_id == Order.id)
    return session.scalars(found.order_by(last.c.last_at.desc(), Order.id).limit(PAGE)).all()


def to_serve(
    session: Session, provider_id: UUID, services: Collection[Service], search: str = "", page: int = 1
) -> Found:
    """The running orders of a provider that a specialist of these services may serve, by the recipient's name."""
    found = _orders(
        Order.provider_id == provider_id,
        Order.status == OrderStatus.ACCEPTED,
        Order.service.in_(services),
        *_matching(search),
    ).join(Person, Person.id == Order.recipient_id)
    rows = session.scalars(
        found.order_by(Person.last_name, Person.first_name, Order.id).limit(PAGE + 1).offset((page - 1) * PAGE)
    ).all()
    return Found(rows[:PAGE], len(rows) > PAGE)


def get_for_specialist(session: Session, order_id: UUID, person_id: UUID, provider_id: UUID, today: date) -> Order:
    """An order that this person may serve for this provider; LookupError otherwise."""
    order = get_for_provider(session, order_id, provider_id)
    if order.service not in {one.service for one in serving(session, person_id, provider_id, today)}:
        raise LookupError("no such order")
    return order


def provider(session: Session, provider_id: UUID) -> Provider:
    """A provider by its id."""
    return session.get_one(Provider, provider_id)


def _matching(search: str) -> list[ColumnElement[bool]]:
    """The conditions of a search; a name of a person is matched at the beginning of its parts."""
    conditions: list[ColumnElement[bool]] = []
    recipient = aliased(Person)
    for word in search.split()[:4]:
        if word.isascii() and word.isdigit():
            conditions.append(Order.number == int(word[:18]))
        else:
            named = or_(
                recipient.last_name.istartswith(word, autoescape=True),
                recipient.first_name.istartswith(word, autoescape=True),
                recipient.middle_name.istartswith(word, autoescape=True),
            )
            conditions.append(exists().where(recipient.id == Order.recipient_id, named))
    return conditions


def _orders(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(Order).where(*conditions).options(joinedload(Order.recipient))
