"""Undoing an event (R83.6): what it overwrote is what it was, visits it struck stand again, what went back is free.

An order runs on with all that it has not used, also when one of its visits was struck meanwhile. What happened since
stays: hours that a late visit has used are not given back to its order, a document that was sent back is not sent
again, money that a provider has paid back is paid again for a further act.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.models.claim import Claim
from portal.models.entitlement import Cause, Entitlement
from portal.models.order import Order
from portal.models.person_event import PersonEvent
from portal.models.service_log import LogEntry
from portal.operations import choice, claims, endings, entitlements, executions, late_news, ledger, locks
from portal.operations.causes import because_of
from portal.operations.step import move
from portal.queries import reference
from portal.queries import service_log as log
from portal.rules.answers import answer_due_on
from portal.rules.claims import ClaimStatus
from portal.rules.objections import Settlement
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import MOVES, OrderAction, OrderStatus
from portal.rules.returns import has_expired
from portal.rules.service import GOODS
from portal.rules.standing import stays_struck


def take_back(session: Session, event: PersonEvent, actor: Actor, now: datetime) -> Sequence[UUID]:
    """Restore all that the event ended and that nothing else has touched since, and say which entitlements these are.

    The person is locked.
    """
    session.flush()
    mine = select(Entitlement.id).where(Entitlement.ended_by_id == event.id).order_by(Entitlement.id)
    restored = session.scalars(mine).all()
    for entitlement_id in restored:
        entitlement = locks.entitlement(session, entitlement_id)
        with because_of(session, event.id):
            _restore(session, event, entitlement, now)
        if entitlement.closed_on is not None:  # this event may have struck for the one before it, too
            late_news.strike_later(session, entitlement, SYSTEM, now)
        record(
            session,
            actor,
            now,
            thing="entitlements",
            thing_id=entitlement.id,
            action="restore",
            about=entitlement.person_id,
            before=event.kind.value,
            after=entitlement.close_reason,
        )
        executions.owe_undone(session, entitlement, event, now)
        endings.expire(session, entitlement_id, now.date(), now)
    entitlements.look_again(session, event.person_id, now.date())
    event.undone_at, event.undone_by_id = now, actor.person_id
    session.flush()
    return restored


def _restore(session: Session, event: PersonEvent, entitlement: Entitlement, now: datetime) -> None:
    """One entitlement: first its visits, before what was set aside for orders takes the hours that are left."""
    ids = session.scalars(select(Order.id).where(Order.entitlement_id == entitlement.id).order_by(Order.id)).all()
    orders = {order_id: locks.order(session, order_id)[0] for order_id in ids}
    struck = session.scalars(
        select(LogEntry)
        .where(LogEntry.ended_by_id == event.id, LogEntry.order_id.in_(ids))
        .order_by(LogEntry.day, LogEntry.id)
    ).all()
    standing = [entry for entry in struck if _stands_again(session, entitlement, orders, entry, now)]
    _put(session, entitlement, event, now)
    for order in orders.values():
        if order.ended_by_id == event.id:
            _reopen(session, entitlement, order, event, now)
    if entitlement.closed_on is None:
        ledger.lower(session, entitlement, event.before["entitlements"][str(entitlement.id)]["excess"], now)
        choice.rest(entitlement)
        choice.resume(session, entitlement, now)
    for order in orders.values():
        ledger.hold_money(session, entitlement, order, Cause.UNDONE, now)
    session.flush()
    _settle_claims(session, event, entitlement, struck, standing, now)


def _stands_again(
    session: Session,
    entitlement: Entitlement,
    orders: dict[UUID, Order],
    entry: LogEntry,
    now: datetime,
) -> bool:
    """A struck visit stands again, unless it does not fit any more; then it says why. Its specialist is locked."""
    order = orders[entry.order_id]
    left = min(order.units - order.used, entitlement.returned)
    of_specialist = log.of_specialist_on(session, entry.specialist_number, entry.day)
    of_recipient = log.of_recipient_on(session, entry.recipient_id, entry.service, entry.day)
    stays = stays_struck(entry, entry.service, left, of_specialist, of_recipient)
    if stays is not None:
        entry.strike_reason = stays.value
        _note(session, entry, "stay_struck", stays.value, now)
        return False
    ledger.use_again(session, entitlement, order, entry.id, entry.units, now)
    if entry.settlement == Settlement.STRUCK.value and entry.settled_at == entry.struck_at:
        entry.settled_at = entry.settlement = None
    entry.struck_at, entry.strike_reason, entry.ended_by_id = None, "", None
    session.flush()
    _note(session, entry, "restore", None, now)
    return True


def _note(session: Session, entry: LogEntry, action: str, after: str | None, now: datetime) -> None:
    about = entry.recipient_id
    record(session, SYSTEM, now, thing="log_entries", thing_id=entry.id, action=action, about=about, after=after)


def _put(session: Session, entitlement: Entitlement, event: PersonEvent, now: datetime) -> None:
    held = event.before["entitlements"][str(entitlement.id)]
    entitlement.closed_on = _day(held["closed_on"])
    entitlement.close_reason = held["close_reason"]
    entitlement.waits_since = _day(held["waits_since"])
    entitlement.reminder_due_on = _day(held["reminder_due_on"])
    entitlement.blocked_on = _day(held["blocked_on"])
    entitlement.ended_by_id = _id(held["ended_by_id"])
    if entitlement.closed_on is None:
        ledger.last_again(session, entitlement, held["returned"], now)


def _reopen(session: Session, entitlement: Entitlement, order: Order, event: PersonEvent, now: datetime) -> None:
    """An order that the event closed runs again, or waits for its answer in a new term, unless its days have passed by
    then; one that had ended before has its own last day again."""
    held: dict[str, Any] = event.before["orders"][str(order.id)]
    order.reason, order.ended_on, order.ended_by_id = held["reason"], _day(held["ended_on"]), _id(held["ended_by_id"])
    order.ended_at = datetime.fromisoformat(held["ended_at"]) if held["ended_at"] else None
    running = held["status"] in {OrderStatus.PLACED, OrderStatus.ACCEPTED}
    if order.service in GOODS and order.used and (running or order.reason == CloseReason.HANDED_OVER):
        _stay_handed_over(session, order, event, now)
        return
    if not running:
        return
    if held["status"] == OrderStatus.PLACED and has_expired(order.ends_on, now.date()):
        order.reason, order.ended_on, order.ended_at = CloseReason.EXPIRED.value, order.ends_on, now
        executions.owe_order(session, order, now, event.id)
        return
    action = OrderAction.REOPEN if held["status"] == OrderStatus.ACCEPTED else OrderAction.ASK_AGAIN
    move(session, order, MOVES, action, SYSTEM, now, point="R83.6", about=order.recipient_id)
    if action is OrderAction.ASK_AGAIN:
        order.answer_due_on = answer_due_on(now.date(), reference.calendar(session))
    ledger.reserve_again(session, entitlement, order, now)
    executions.owe_order(session, order, now, event.id)


def _stay_handed_over(session: Session, order: Order, event: PersonEvent, now: datetime) -> None:
    """Goods were handed over, perhaps while the order was ended by mistake: it is over with that (R83.5)."""
    standing = select(LogEntry).where(LogEntry.order_id == order.id, LogEntry.struck_at.is_(None))
    entry = session.scalars(standing).one()
    order.reason, order.ended_on, order.ended_at = CloseReason.HANDED_OVER.value, entry.day, entry.recorded_at
    executions.owe_order(session, order, now, event.id)


def _settle_claims(
    session: Session,
    event: PersonEvent,
    entitlement: Entitlement,
    struck: Sequence[LogEntry],
    standing: Sequence[LogEntry],
    now: datetime,
) -> None:
    """A claim of which nothing has come back is withdrawn; else its visits are free for a further act."""
    made = (
        select(Claim.id)
        .join(Claim.act)
        .join(Order)
        .where(Claim.event_id == event.id, Order.entitlement_id == entitlement.id)
        .where(Claim.status != ClaimStatus.WITHDRAWN)
        .order_by(Claim.number)
    )
    for claim_id in session.scalars(made).all():
        claim = locks.claim(session, claim_id)
        session.refresh(claim, ["settlements"])
        of_act = [entry for entry in struck if entry.act_id == claim.act_id]
        if claims.is_untouched(claim) and all(entry in standing for entry in of_act):
            claims.withdraw(session, claim, now)
            continue
        for entry in of_act:
            entry.act_id = None
    session.flush()


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None
