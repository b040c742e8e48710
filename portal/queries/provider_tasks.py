"""What a provider has to do and by when: orders to answer, acts to draw up, send and correct (R83.3, R42.8, R42.9)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.clock import ALMATY
from portal.models.act import Act
from portal.models.claim import Claim, ClaimSettlement
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.service_log import LogEntry
from portal.queries import hand_overs
from portal.queries.acts import CONCLUDED, UNSENT
from portal.rules.acts import LIVE, ActStatus, submit_due_on
from portal.rules.claims import ClaimStatus, SettlementStatus
from portal.rules.orders import OrderStatus
from portal.rules.payments import PaymentStatus

_GIVEN_BACK = (ActStatus.RETURNED, ActStatus.SET_ASIDE)
_FREE = (LogEntry.struck_at.is_(None), LogEntry.act_id.is_(None))


class TaskKind(StrEnum):
    """What is to be done."""

    ANSWER = "answer"
    DRAW_UP = "draw_up"
    SEND = "send"
    CORRECT = "correct"
    REPAY = "repay"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that is due: an order to answer, an act to send or to correct, a month to draw acts up for, a claim.

    `thing_id` is the order or the act; for a month it is None and `count` says for how many orders. Goods to hand over
    are one task of `count` orders, `late` of them late, due when the first is. Of a claim `tiyn` is still to be paid.
    """

    kind: TaskKind
    due_on: date
    thing_id: UUID | None = None
    number: int | None = None
    name: str = ""
    month: date | None = None
    count: int = 1
    recipient_id: UUID | None = None
    tiyn: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things are late, due today, and due within the seven days after it."""

    late: int
    today: int
    week: int


@dataclass(frozen=True, slots=True)
class Money:
    """What the office has accepted and not paid yet, and what it has paid this calendar year, in tiyn."""

    accepted_tiyn: int
    accepted_acts: int
    paid_tiyn: int
    paid_acts: int


def of_provider(session: Session, provider_id: UUID, today: date) -> list[Task]:
    """Everything a provider has to do, what is due first on top."""
    tasks = [
        *_answers(session, provider_id),
        *_drawings(session, provider_id, today),
        *_sendings(session, provider_id),
        *_corrections(session, provider_id),
        *_repayments(session, provider_id),
        *_hand_overs(session, provider_id, today),
    ]
    return sorted(tasks, key=lambda task: (task.due_on, task.kind, task.number or 0))


def counts(tasks: list[Task], today: date) -> Counts:
    """How much of it is late, due today, due in the coming week; a month counts once."""
    week = today + timedelta(days=7)
    return Counts(
        late=sum(task.due_on < today for task in tasks),
        today=sum(task.due_on == today for task in tasks),
        week=sum(today < task.due_on <= week for task in tasks),
    )


def money(session: Session, provider_id: UUID, today: date) -> Money:
    """What is on its way and what has arrived."""
    new_year = datetime(today.year, 1, 1, tzinfo=ALMATY)
    this_year = (Payment.paid_at >= new_year) & (Payment.paid_at < new_year.replace(year=today.year + 1))
    rows = session.execute(
        select(Payment.status, func.sum(Payment.amount_tiyn), func.count())
        .where(
            Payment.provider_id == provider_id,
            Payment.status != PaymentStatus.CANCELLED,
            or_(Payment.status != PaymentStatus.PAID, this_year),
        )
        .group_by(Payment.status)
    ).all()
    paid = [row for row in rows if row[0] is PaymentStatus.PAID]
    waiting = [row for row in rows if row[0] is not PaymentStatus.PAID]
    return Money(
        accepted_tiyn=sum(int(row[1]) for row in waiting),
        accepted_acts=sum(row[2] for row in waiting),
        paid_tiyn=sum(int(row[1]) for row in paid),
        paid_acts=sum(row[2] for row in paid),
    )


def _answers(session: Session, provider_id: UUID) -> Iterator[Task]:
    rows = session.execute(
        select(Order, Person)
        .join(Person, Person.id == Order.recipient_id)
        .where(Order.provider_id == provider_id, Order.status == OrderStatus.PLACED)
    )
    for order, person in rows:
        yield Task(
            TaskKind.ANSWER, order.answer_due_on, order.id, order.number, person.full_name, recipient_id=person.id
        )


def _drawings(session: Session, provider_id: UUID, today: date) -> Iterator[Task]:
    """Months that are over, or whose order has ended, with visits that may stand in an act and stand in none.

    An order with an act of that month that is not decided on yet, or is to be corrected, is not counted here.
    """
    month, other = cast(func.date_trunc("month", LogEntry.day), Date), aliased(Act)
    under_way = other.status.in_(LIVE - CONCLUDED) | _is_to_be_corrected(other)
    has_act = select(other.id).where(other.order_id == Order.id, other.month == month, under_way)
    rows = session.execute(
        select(month, func.count(LogEntry.order_id.distinct()))
        .join(Order, Order.id == LogEntry.order_id)
        .where(
            Order.provider_id == provider_id,
            *_FREE,
            or_(LogEntry.objected_at.is_(None), LogEntry.settled_at.is_not(None)),
            or_(LogEntry.day < today.replace(day=1), Order.ended_on <= today),
            LogEntry.day >= today - timedelta(days=400),
            ~has_act.exists(),
        )
        .group_by(month)
    ).all()
    for of_month, count in rows:
        yield Task(TaskKind.DRAW_UP, submit_due_on(of_month), month=of_month, count=count)


def _sendings(session: Session, provider_id: UUID) -> Iterator[Task]:
    rows = session.execute(
        select(Act, Person)
        .join(Person, Person.id == Act.recipient_id)
        .where(Act.provider_id == provider_id, Act.status.in_(UNSENT))
    )
    for act, person in rows:
        yield _about(TaskKind.SEND, act.submit_due_on, act, person)


def _corrections(session: Session, provider_id: UUID) -> Iterator[Task]:
    """Acts that were returned or set aside, of which something still stands, and which no later act follows."""
    month = cast(func.date_trunc("month", LogEntry.day), Date)
    stands = select(LogEntry.id).where(LogEntry.order_id == Act.order_id, month == Act.month, *_FREE)
    rows = session.execute(
        select(Act, Person)
        .join(Person, Person.id == Act.recipient_id)
        .where(Act.provider_id == provider_id, _is_to_be_corrected(Act), stands.exists())
    )
    for act, person in rows:
        yield _about(TaskKind.CORRECT, act.resubmit_due_on or act.submit_due_on, act, person)


def _is_to_be_corrected(act: type[Act]) -> ColumnElement[bool]:
    later = aliased(Act)
    followed = select(later.id).where(
        later.order_id == act.order_id,
        later.month == act.month,
        later.number > act.number,
        later.status.in_([*LIVE, *_GIVEN_BACK]),
    )
    return and_(act.status.in_(_GIVEN_BACK), act.resubmit_due_on.is_not(None), ~followed.exists())


def _repayments(session: Session, provider_id: UUID) -> Iterator[Task]:
    """Money that the provider has to pay back itself: neither kept from its payments nor on its way already."""
    asked = func.sum(ClaimSettlement.amount_tiyn).filter(ClaimSettlement.status == SettlementStatus.ASKED)
    under_way = select(func.coalesce(asked, 0)).where(ClaimSettlement.claim_id == Claim.id).scalar_subquery()
    left = Claim.amount_tiyn - Claim.settled_tiyn - under_way
    rows = session.execute(
        select(Claim.due_on, left, Act, Person)
        .join(Act, Act.id == Claim.act_id)
        .join(Person, Person.id == Act.recipient_id)
        .where(
            Claim.provider_id == provider_id,
            Claim.status == ClaimStatus.OPEN,
            Claim.set_off_from_at.is_(None),
            left > 0,
        )
    )
    for due_on, tiyn, act, person in rows:
        yield replace(_about(TaskKind.REPAY, due_on, act, person), tiyn=int(tiyn))


def _hand_overs(session: Session, provider_id: UUID, today: date) -> Iterator[Task]:
    found = hand_overs.to_make(session, provider_id, today)
    if found is not None:
        yield Task(TaskKind.HAND_OVER, found.soonest_on, count=found.count, late=found.late)


def _about(kind: TaskKind, due_on: date, act: Act, person: Person) -> Task:
    return Task(kind, due_on, act.id, act.number, person.full_name, act.month, recipient_id=person.id)
