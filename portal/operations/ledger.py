"""The ledger of minutes (RI.1): every posting changes the balance row that is locked by this transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.models.entitlement import Account, Cause, Entitlement, Posting
from portal.models.order import Order
from portal.rules.law import N_, RuleViolation


def grant(session: Session, entitlement: Entitlement, minutes: int, now: datetime) -> None:
    """Minutes that the programme gives become available; the entitlement is new and has none yet."""
    entitlement.granted_minutes = minutes
    entitlement.available_minutes = minutes
    session.flush()
    _post(session, entitlement, Account.GRANTED, Account.AVAILABLE, minutes, Cause.PROGRAMME, now)


def raise_by(session: Session, entitlement: Entitlement, minutes: int, now: datetime) -> None:
    """The programme gives so many minutes more: first what had gone back to it, then new ones."""
    back = min(minutes, entitlement.returned_minutes)
    new = minutes - back
    entitlement.returned_minutes -= back
    entitlement.granted_minutes += new
    entitlement.available_minutes += minutes
    for source, part in ((Account.RETURNED, back), (Account.GRANTED, new)):
        if part:
            _post(session, entitlement, source, Account.AVAILABLE, part, Cause.PROGRAMME, now)


def lower(session: Session, entitlement: Entitlement, minutes: int, now: datetime) -> int:
    """The programme gives so many minutes fewer: what is free goes back, never what is reserved or used; how much."""
    back = min(minutes, entitlement.available_minutes)
    if back:
        entitlement.available_minutes -= back
        entitlement.returned_minutes += back
        _post(session, entitlement, Account.AVAILABLE, Account.RETURNED, back, Cause.PROGRAMME, now)
    return back


def reserve(session: Session, entitlement: Entitlement, order_id: UUID, minutes: int, now: datetime) -> None:
    """Set minutes aside for an order. The order's own row is the caller's."""
    if minutes > entitlement.available_minutes:
        raise RuleViolation(
            N_("Only %(left_minutes)s are free. Somebody may have ordered at the same moment: order fewer hours."),
            "RI.1",
            left_minutes=entitlement.available_minutes,
        )
    entitlement.available_minutes -= minutes
    entitlement.reserved_minutes += minutes
    _post(session, entitlement, Account.AVAILABLE, Account.RESERVED, minutes, Cause.ORDER_PLACED, now, order_id)


def release(session: Session, entitlement: Entitlement, order: Order, now: datetime) -> int:
    """What the order reserved and did not use is free again; says how many minutes."""
    minutes = order.reserved_minutes
    if minutes:
        entitlement.reserved_minutes -= minutes
        entitlement.available_minutes += minutes
        order.reserved_minutes = 0
        _post(session, entitlement, Account.RESERVED, Account.AVAILABLE, minutes, Cause.ORDER_ENDED, now, order.id)
    return minutes


def use(session: Session, entitlement: Entitlement, order: Order, entry_id: UUID, minutes: int, now: datetime) -> None:
    """A visit uses minutes of its order: those reserved, or when the order is over, what it gave back (RI.4).

    A visit of the last days may be written down after the order has ended; then its minutes come from where they went.
    """
    if order.ended_on is None:
        entitlement.reserved_minutes -= minutes
        order.reserved_minutes -= minutes
        source = Account.RESERVED
    elif entitlement.closed_on is None:
        entitlement.available_minutes -= minutes
        source = Account.AVAILABLE
    else:
        entitlement.returned_minutes -= minutes
        source = Account.RETURNED
    entitlement.used_minutes += minutes
    order.used_minutes += minutes
    _post(session, entitlement, source, Account.USED, minutes, Cause.VISIT, now, order.id, entry_id)


def left_for_visits(entitlement: Entitlement, order: Order) -> int:
    """How many minutes a visit may still take: of the order, and of where its minutes are now."""
    if order.ended_on is None:
        return order.reserved_minutes
    rest = entitlement.available_minutes if entitlement.closed_on is None else entitlement.returned_minutes
    return min(order.minutes - order.used_minutes, rest)


def unuse(
    session: Session, entitlement: Entitlement, order: Order, entry_id: UUID, minutes: int, now: datetime
) -> None:
    """A struck visit gives its minutes back: to the order while it runs, else to where the order's rest went."""
    entitlement.used_minutes -= minutes
    order.used_minutes -= minutes
    if order.ended_on is None:
        entitlement.reserved_minutes += minutes
        order.reserved_minutes += minutes
        target = Account.RESERVED
    elif entitlement.closed_on is None:
        entitlement.available_minutes += minutes
        target = Account.AVAILABLE
    else:
        entitlement.returned_minutes += minutes
        target = Account.RETURNED
    _post(session, entitlement, Account.USED, target, minutes, Cause.VISIT_STRUCK, now, order.id, entry_id)


def return_rest(session: Session, entitlement: Entitlement, now: datetime) -> int:
    """What is still available goes back when the entitlement ends, after its orders were released; says how much."""
    minutes = entitlement.available_minutes
    if minutes:
        entitlement.available_minutes = 0
        entitlement.returned_minutes += minutes
        _post(session, entitlement, Account.AVAILABLE, Account.RETURNED, minutes, Cause.RETURN, now)
    return minutes


def _post(
    session: Session,
    entitlement: Entitlement,
    source: Account,
    target: Account,
    minutes: int,
    cause: Cause,
    now: datetime,
    order_id: UUID | None = None,
    log_entry_id: UUID | None = None,
) -> None:
    session.add(
        Posting(
            entitlement_id=entitlement.id,
            source=source,
            target=target,
            minutes=minutes,
            cause=cause,
            order_id=order_id,
            log_entry_id=log_entry_id,
            posted_at=now,
        )
    )
