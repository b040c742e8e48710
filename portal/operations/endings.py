"""What ends an entitlement: its last day, a death, a departure, a programme closed early (R83.6, RI.4)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person_event import PersonEvent
from portal.operations import answers, entitlements, executions, late_news, ledger, locks
from portal.operations.causes import because_of
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.returns import has_expired, last_day_of_service

OVERWRITTEN = (
    "closed_on",
    "close_reason",
    "waits_since",
    "reminder_due_on",
    "blocked_on",
    "returned",
    "excess",
    "ended_by_id",
)
"""What the end of an entitlement overwrites."""


def expire(session: Session, entitlement_id: UUID, today: date, now: datetime) -> bool:
    """The last day has passed: the entitlement ends on it. False when it is over already or lasts.

    Goods that were ordered in time may be handed over until it lasts no longer; without any it ends at once.
    """
    entitlement = locks.entitlement(session, entitlement_id)
    last_day = None if entitlement.closed_on is not None else _expired_on(session, entitlement, today)
    if last_day is None:
        return False
    end_entitlement(session, entitlement, CloseReason.EXPIRED, last_day, SYSTEM, now)
    return True


def close_order(session: Session, order_id: UUID, today: date, now: datetime) -> bool:
    """The days of an order have passed: it ends on its last one, and what it did not use is free again (R83.6).

    False when it is over already or lasts.
    """
    order, entitlement = locks.order(session, order_id)
    if order.status is not OrderStatus.ACCEPTED or not has_expired(order.ends_on, today):
        return False
    answers.close(session, order, entitlement, CloseReason.EXPIRED, order.ends_on, SYSTEM, now)
    return True


def end_entitlement(
    session: Session,
    entitlement: Entitlement,
    reason: CloseReason,
    on: date,
    actor: Actor,
    now: datetime,
    event: PersonEvent | None = None,
) -> None:
    """Close the entitlement's orders on their day, strike what was logged after it, return what was not used.

    One that ended before is brought to the earlier day, when what ended it becomes known late. All that an event does
    names it, and the event keeps what it overwrote. The caller holds the locks of the person and the entitlement.
    """
    last_day = last_day_of_service(entitlement.lasts_until, on)
    with because_of(session, event.id if event else None):
        _remember(event, entitlement, OVERWRITTEN)
        _end_orders(session, entitlement, reason, last_day, actor, now, event)
        entitlement.closed_on = last_day
        entitlement.close_reason = reason.value
        entitlement.ended_by_id = event.id if event else None
        entitlement.waits_since = entitlement.reminder_due_on = entitlement.blocked_on = None
        late_news.strike_later(session, entitlement, actor, now)
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


def _expired_on(session: Session, entitlement: Entitlement, today: date) -> date | None:
    """The day on which it ends by itself: its own last one, or that of the last order of goods; None while it lasts."""
    if not has_expired(entitlement.ends_on, today):
        return None
    if has_expired(entitlement.lasts_until, today):
        return entitlement.lasts_until
    if entitlement.reserved:
        return None
    last = session.scalar(select(func.max(Order.ended_on)).where(Order.entitlement_id == entitlement.id))
    return max(entitlement.ends_on, last or entitlement.ends_on)


def _end_orders(
    session: Session,
    entitlement: Entitlement,
    reason: CloseReason,
    last_day: date,
    actor: Actor,
    now: datetime,
    event: PersonEvent | None,
) -> None:
    mine = select(Order.id).where(Order.entitlement_id == entitlement.id).order_by(Order.id)
    for order_id in session.scalars(mine).all():
        order, _same = locks.order(session, order_id)
        running = order.status in {OrderStatus.PLACED, OrderStatus.ACCEPTED}
        if not running and (order.ended_on is None or order.ended_on <= last_day):
            continue
        _remember(event, order, ("status", "reason", "ended_on", "ended_at", "ended_by_id"))
        order.ended_by_id = event.id if event else None
        if running:
            answers.close(session, order, entitlement, reason, last_day_of_service(order.ends_on, last_day), actor, now)
        else:
            order.ended_on = last_day


def _remember(event: PersonEvent | None, thing: Entitlement | Order, names: tuple[str, ...]) -> None:
    """Keep in the event what it is about to overwrite."""
    if event is not None:
        held = {name: _plain(getattr(thing, name)) for name in names}
        of_table = {**event.before.get(thing.__tablename__, {}), str(thing.id): held}
        event.before = {**event.before, thing.__tablename__: of_table}


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
