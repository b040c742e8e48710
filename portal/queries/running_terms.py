"""Terms that run: who has until when to do what, with the moment from which each is reckoned (RI.7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, String, cast, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.office import Office
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.provider import Provider
from portal.rules import term_table
from portal.rules.acts import WITH_OFFICE, ActAction, ActStatus
from portal.rules.orders import OrderAction, OrderStatus
from portal.rules.payments import PaymentStatus
from portal.rules.quantities import day_of
from portal.rules.service import Service
from portal.rules.terms import Term


class Stored(StrEnum):
    """Where the due date of a running term is kept."""

    ANSWER = "orders.answer_due_on"
    CHECK = "acts.check_due_on"
    AGAIN = "acts.resubmit_due_on"
    CORRECTED = "acts.submit_due_on"
    PAYMENT = "payments.due_on"


TERMS: dict[Stored, Term] = {
    Stored.ANSWER: term_table.ANSWER,
    Stored.AGAIN: term_table.ACT_AGAIN,
    Stored.CORRECTED: term_table.ACT_AGAIN,
    Stored.PAYMENT: term_table.PAYMENT,
}
SETTLED = (PaymentStatus.PAID, PaymentStatus.CANCELLED)
GIVEN_BACK = (ActStatus.RETURNED, ActStatus.SET_ASIDE)
UNSENT = (ActStatus.DRAWN_UP, ActStatus.SIGNED)


@dataclass(frozen=True, slots=True)
class RunningTerm:
    """A term of one order, act or payment. `number` is the order's or the act's; `holder_id` must act."""

    stored: Stored
    id: UUID
    number: int
    recipient_id: UUID
    holder_id: UUID
    service: Service
    started_on: date
    due_on: date

    @property
    def term(self) -> Term:
        """The term of the law."""
        return TERMS.get(self.stored) or term_table.CHECKS[self.service]


def running(session: Session, before: date) -> list[RunningTerm]:
    """Every term that runs and began before a day, by its kind, due date and number."""
    every = _every().subquery()
    statement = select(every).order_by(every.c.stored, every.c.due_on, every.c.number, every.c.id)
    found = (
        RunningTerm(
            stored=Stored(row.stored),
            id=row.id,
            number=row.number,
            recipient_id=row.recipient_id,
            holder_id=row.holder_id,
            service=Service(row.service),
            started_on=day_of(row.started_at),
            due_on=row.due_on,
        )
        for row in session.execute(statement)
    )
    return [one for one in found if one.started_on < before]


def holders(session: Session, terms: Iterable[RunningTerm]) -> dict[UUID, Provider | Office]:
    """Who must act, by id."""
    ids = {one.holder_id for one in terms}
    providers = session.scalars(select(Provider).where(Provider.id.in_(ids)).order_by(Provider.id))
    offices = session.scalars(select(Office).where(Office.id.in_(ids)).order_by(Office.id))
    return {one.id: one for one in (*providers, *offices)}


def _terms(
    stored: Stored,
    of: type[Order] | type[Act],
    holder: InstrumentedAttribute[UUID],
    started_at: InstrumentedAttribute[Any] | ColumnElement[Any],
    due_on: InstrumentedAttribute[Any],
    identity: InstrumentedAttribute[UUID] | None = None,
) -> Select[*tuple[Any, ...]]:
    return select(
        literal(stored.value).label("stored"),
        (identity or of.id).label("id"),
        of.number,
        of.recipient_id,
        holder.label("holder_id"),
        cast(of.service, String).label("service"),
        started_at.label("started_at"),
        due_on.label("due_on"),
    ).where(due_on.is_not(None), started_at.is_not(None))


def _last(
    identity: InstrumentedAttribute[UUID], first_at: InstrumentedAttribute[Any], *actions: StrEnum
) -> ColumnElement[Any]:
    """When a thing last underwent one of these actions, as the journal knows it; before that, `first_at`."""
    said = [action.value for action in actions]
    last = select(func.max(AuditRow.at)).where(AuditRow.thing_id == identity, AuditRow.action.in_(said))
    thing = AuditRow.thing == identity.class_.__tablename__
    return func.coalesce(last.where(thing).correlate_except(AuditRow).scalar_subquery(), first_at)


def _every() -> CompoundSelect[*tuple[Any, ...]]:
    """Each kind of term that the portal keeps a due date of, while it runs."""
    new, old = aliased(Act), aliased(Act)
    corrected = select(new.id).where(new.corrects_id == Act.id, new.status != ActStatus.CANCELLED).exists()
    asked_at = _last(Order.id, Order.placed_at, OrderAction.ASK_AGAIN)
    answers = _terms(Stored.ANSWER, Order, Order.provider_id, asked_at, Order.answer_due_on)
    checks = _terms(Stored.CHECK, Act, Act.office_id, Act.submitted_at, Act.check_due_on)
    back_at = _last(Act.id, Act.decided_at, ActAction.RETURN, ActAction.CORRECT)
    again = _terms(Stored.AGAIN, Act, Act.provider_id, back_at, Act.resubmit_due_on)
    old_back_at = _last(old.id, old.decided_at, ActAction.RETURN, ActAction.CORRECT)
    unsent = _terms(Stored.CORRECTED, Act, Act.provider_id, old_back_at, Act.submit_due_on)
    paid = _terms(Stored.PAYMENT, Act, Act.office_id, Payment.owed_at, Payment.due_on, Payment.id)
    return union_all(
        answers.where(Order.status == OrderStatus.PLACED),
        checks.where(Act.status.in_(WITH_OFFICE)),
        again.where(Act.status.in_(GIVEN_BACK), ~corrected),
        unsent.join(old, Act.corrects_id == old.id).where(
            Act.status.in_(UNSENT), Act.submit_due_on == old.resubmit_due_on
        ),
        paid.join(Payment, Payment.act_id == Act.id).where(Payment.status.not_in(SETTLED)),
    )
