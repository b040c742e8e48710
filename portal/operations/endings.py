"""What ends an entitlement: its last day, a death, a departure, a programme closed early (R83.6, RI.4)."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.clock import ALMATY
from portal.models.act import Act
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person import Person
from portal.models.programme import Measure, Programme
from portal.models.service_log import LogEntry
from portal.operations import answers, entitlements, executions, ledger, locks
from portal.operations.step import move
from portal.rules.acts import LIVE, ActAction, ActStatus
from portal.rules.acts import MOVES as ACT_MOVES
from portal.rules.law import N_
from portal.rules.objections import Settlement
from portal.rules.orders import CloseReason, OrderStatus
from portal.rules.parameters import FIRST_DAY

_NOT_SENT = (ActStatus.DRAWN_UP, ActStatus.SIGNED)


def died(session: Session, person: Person, on: date, actor: Actor, now: datetime) -> None:
    """A death: everything ends on that day; what was rendered stays payable, without the recipient's signature."""
    locks.person(session, person.id).died_on = on
    _about(session, person, "death", actor, now)
    _end_all(session, Entitlement.person_id == person.id, CloseReason.DEATH, on, actor, now)


def departed(session: Session, person: Person, on: date, actor: Actor, now: datetime) -> None:
    """A departure: everything ends on that day."""
    locks.person(session, person.id).departed_on = on
    _about(session, person, "departure", actor, now)
    _end_all(session, Entitlement.person_id == person.id, CloseReason.DEPARTURE, on, actor, now)


def came_back(session: Session, person: Person, actor: Actor, now: datetime) -> None:
    """A return to the country: the person is served again from a programme, or its newer version, that arrives."""
    locks.person(session, person.id).departed_on = None
    _about(session, person, "return", actor, now)


def programme_closed(session: Session, programme: Programme, on: date, actor: Actor, now: datetime) -> None:
    """E-Sobes closed a programme: its entitlements end on that day."""
    locks.person(session, programme.person_id)
    programme.closed_at = now
    programme.close_reason = CloseReason.PROGRAMME_CLOSED.value
    record(
        session,
        actor,
        now,
        thing="programmes",
        thing_id=programme.id,
        action="close",
        about=programme.person_id,
        after="closed",
    )
    mine = select(Measure.id).where(Measure.programme_id == programme.id)
    _end_all(session, Entitlement.measure_id.in_(mine), CloseReason.PROGRAMME_CLOSED, on, actor, now)


def is_closed(session: Session, programme: Programme, on: date) -> bool:
    """Whether a programme is closed and nothing of it lasts beyond that day."""
    mine = select(Entitlement.id).join(Measure).where(Measure.programme_id == programme.id)
    later = mine.where(or_(Entitlement.closed_on.is_(None), Entitlement.closed_on > on))
    return programme.closed_at is not None and not session.scalar(select(later.exists()))


def expire(session: Session, entitlement_id: UUID, today: date, now: datetime) -> bool:
    """The last day has passed: the entitlement ends on it. False when it is over already or lasts."""
    entitlement = locks.entitlement(session, entitlement_id)
    if entitlement.closed_on is not None or entitlement.ends_on >= today:
        return False
    end_entitlement(session, entitlement, CloseReason.EXPIRED, entitlement.ends_on, SYSTEM, now)
    return True


def close_order(session: Session, order_id: UUID, today: date, now: datetime) -> bool:
    """The days of an order have passed: it ends on its last one, and what it did not use is free again (R83.6).

    False when it is over already or lasts.
    """
    order, entitlement = locks.order(session, order_id)
    if order.status is not OrderStatus.ACCEPTED or order.ends_on >= today:
        return False
    answers.close(session, order, entitlement, CloseReason.EXPIRED, order.ends_on, SYSTEM, now)
    return True


def end_entitlement(
    session: Session, entitlement: Entitlement, reason: CloseReason, on: date, actor: Actor, now: datetime
) -> None:
    """Close the entitlement's orders on their day, strike what was logged after it, return what was not used.

    One that ended before is brought to the earlier day, when what ended it becomes known late. The caller holds the
    locks of the person and the entitlement.
    """
    last_day = min(on, entitlement.ends_on)
    _end_orders(session, entitlement, reason, last_day, actor, now)
    entitlement.closed_on = last_day
    entitlement.close_reason = reason.value
    entitlement.reminder_due_on = entitlement.blocked_on = None
    _strike_later(session, entitlement, last_day, reason, actor, now)
    ledger.return_rest(session, entitlement, now)
    entitlement.excess = 0
    session.flush()
    executions.owe_return(session, entitlement, now)
    if reason is CloseReason.PROGRAMME_CLOSED:
        entitlements.wake(session, entitlement.person_id, entitlement.service, entitlements.tomorrow(now))
    record(
        session,
        actor,
        now,
        thing="entitlements",
        thing_id=entitlement.id,
        action="close",
        about=entitlement.person_id,
        after=reason.value,
        returned=entitlement.returned,
    )


def refusal_of_day(on: date, birth_date: date | None, now: datetime) -> str | None:
    """Why an event cannot have been on that day: it is to come, before the birth, or before there was a portal."""
    if on > now.astimezone(ALMATY).date():
        return N_("The day of the event is still to come.")
    if birth_date is not None and on < birth_date:
        return N_("The day of the event is before the person’s birth.")
    if on < FIRST_DAY:
        return N_("The day of the event is before there were any programmes.")
    return None


def _end_orders(
    session: Session, entitlement: Entitlement, reason: CloseReason, last_day: date, actor: Actor, now: datetime
) -> None:
    mine = select(Order.id).where(Order.entitlement_id == entitlement.id).order_by(Order.id)
    for order_id in session.scalars(mine).all():
        order, _same = locks.order(session, order_id)
        if order.status in {OrderStatus.PLACED, OrderStatus.ACCEPTED}:
            answers.close(session, order, entitlement, reason, min(last_day, order.ends_on), actor, now)
        elif order.ended_on is not None:
            order.ended_on = min(order.ended_on, last_day)


def _strike_later(
    session: Session, entitlement: Entitlement, last_day: date, reason: CloseReason, actor: Actor, now: datetime
) -> None:
    """Visits written down for later days are struck; an act not yet sent that holds one is cancelled (RI.4)."""
    later = (
        select(LogEntry, Order)
        .join(Order)
        .outerjoin(Act, LogEntry.act_id == Act.id)
        .where(
            Order.entitlement_id == entitlement.id,
            LogEntry.day > last_day,
            LogEntry.struck_at.is_(None),
            or_(Act.id.is_(None), Act.status.in_(_NOT_SENT), Act.status.not_in(LIVE)),
        )
        .order_by(LogEntry.day, LogEntry.id)
    )
    for entry, order in session.execute(later).all():
        if entry.act_id is not None:
            _cancel_act(session, session.get_one(Act, entry.act_id), now)
        _strike(session, entitlement, order, entry, reason, now)
        record(
            session,
            actor,
            now,
            thing="log_entries",
            thing_id=entry.id,
            action="strike",
            about=order.recipient_id,
            after=reason.value,
        )


def _strike(
    session: Session, entitlement: Entitlement, order: Order, entry: LogEntry, reason: CloseReason, now: datetime
) -> None:
    """Strike a visit; an open objection to it is settled by that."""
    if entry.is_objected:
        entry.settled_at, entry.settlement = now, Settlement.STRUCK.value
    entry.struck_at, entry.strike_reason = now, reason.value
    ledger.unuse(session, entitlement, order, entry.id, entry.minutes, now)


def _cancel_act(session: Session, act: Act, now: datetime) -> None:
    if act.status in _NOT_SENT:
        move(session, act, ACT_MOVES, ActAction.CANCEL, SYSTEM, now, point="RI.4", about=act.recipient_id)
    for entry in session.scalars(select(LogEntry).where(LogEntry.act_id == act.id)):
        entry.act_id = None


def _end_all(
    session: Session, whose: ColumnElement[bool], reason: CloseReason, on: date, actor: Actor, now: datetime
) -> None:
    """End what lasts, and bring to that day what ended later; the person is locked."""
    session.flush()
    lasting = or_(Entitlement.closed_on.is_(None), Entitlement.closed_on > on)
    for entitlement_id in session.scalars(select(Entitlement.id).where(whose, lasting).order_by(Entitlement.id)).all():
        end_entitlement(session, locks.entitlement(session, entitlement_id), reason, on, actor, now)


def _about(session: Session, person: Person, action: str, actor: Actor, now: datetime) -> None:
    record(session, actor, now, thing="people", thing_id=person.id, action=action, about=person.id)


EVENTS: dict[str, Callable[[Session, Person, date, Actor, datetime], None]] = {"death": died, "departure": departed}
"""The events that end everything on their day."""
