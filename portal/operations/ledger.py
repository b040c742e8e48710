"""The ledger (RI.1, RI.2): units of an entitlement and the money for them; every posting changes the locked balance.

Whoever changes a balance holds its lock (`operations.locks`). What an order takes of the money follows after each step
from one formula: units reserved, or used and not yet in an accepted act, at the rate that was signed.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.models.entitlement import Account, Cause, Entitlement, Purse
from portal.models.order import Order
from portal.operations.postings import post
from portal.rules.guaranteed_amount import reimbursed_rate
from portal.rules.law import N_, RuleViolation
from portal.rules.quantities import cost_tiyn
from portal.rules.service import units_a_price


def grant(session: Session, entitlement: Entitlement, units: int, now: datetime) -> None:
    """Units that the programme gives become available; the entitlement is new and has none yet."""
    entitlement.granted = entitlement.available = units
    session.flush()
    _post(session, entitlement, Account.GRANTED, Account.AVAILABLE, units, Cause.PROGRAMME, now)


def raise_by(session: Session, entitlement: Entitlement, units: int, now: datetime) -> None:
    """The programme gives more units: first those taken away but in use, then those gone back, then new ones."""
    kept = min(units, entitlement.excess)
    entitlement.excess -= kept
    units -= kept
    back = min(units, entitlement.returned)
    new = units - back
    entitlement.granted += new
    _move(session, entitlement, Account.RETURNED, Account.AVAILABLE, back, Cause.PROGRAMME, now)
    entitlement.available += new
    _post(session, entitlement, Account.GRANTED, Account.AVAILABLE, new, Cause.PROGRAMME, now)


def lower(session: Session, entitlement: Entitlement, units: int, now: datetime) -> int:
    """The programme gives so many units fewer: what is free goes back at once; says how much is still in use.

    Nothing that is set aside or rendered is lost. What is still in use goes back as soon as it is free (`excess`).
    """
    back = min(units, entitlement.available)
    _move(session, entitlement, Account.AVAILABLE, Account.RETURNED, back, Cause.PROGRAMME, now)
    entitlement.excess += units - back
    return units - back


def reserve(session: Session, entitlement: Entitlement, order: Order, now: datetime) -> None:
    """Keep a new order; set all its units aside, and the money for them."""
    if order.units > entitlement.available:
        raise RuleViolation(
            N_("Only %(left_volume)s are free. Somebody may have ordered at the same moment: order less."),
            "RI.1",
            left_volume=(entitlement.available, entitlement.service),
        )
    order.reserved = order.units
    order.reserved_tiyn = reserved_tiyn(order)
    session.add(order)
    _move(session, entitlement, Account.AVAILABLE, Account.RESERVED, order.units, Cause.ORDER_PLACED, now, order.id)
    entitlement.reserved_tiyn += order.reserved_tiyn
    _pay(session, entitlement, Purse.BUDGET, Purse.RESERVED, order.reserved_tiyn, Cause.ORDER_PLACED, now, order.id)


def release(session: Session, entitlement: Entitlement, order: Order, now: datetime) -> int:
    """What the order reserved and did not use is free again; says how many units."""
    units = order.reserved
    order.reserved = 0
    _free(session, entitlement, Account.RESERVED, units, Cause.ORDER_ENDED, now, order.id)
    hold_money(session, entitlement, order, Cause.ORDER_ENDED, now)
    return units


def use(session: Session, entitlement: Entitlement, order: Order, entry_id: UUID, units: int, now: datetime) -> None:
    """A visit uses units of its order: those reserved, or when the order is over, what it gave back (RI.4).

    A visit of the last days may be written down after the order has ended; then its units come from where they went.
    """
    if order.ended_on is None:
        source = Account.RESERVED
        order.reserved -= units
    else:
        source = Account.AVAILABLE if entitlement.closed_on is None else Account.RETURNED
    order.used += units
    _move(session, entitlement, source, Account.USED, units, Cause.VISIT, now, order.id, entry_id)
    if source is not Account.RESERVED:
        hold_money(session, entitlement, order, Cause.VISIT, now)


def left_for_visits(entitlement: Entitlement, order: Order) -> int:
    """How many units a visit may still take: of the order, and of where its units are now."""
    if order.ended_on is None:
        return order.reserved
    rest = entitlement.available if entitlement.closed_on is None else entitlement.returned
    return min(order.units - order.used, rest)


def unuse(session: Session, entitlement: Entitlement, order: Order, entry_id: UUID, units: int, now: datetime) -> None:
    """A struck visit gives its units back: to the order while it runs, else to where the order's rest went."""
    order.used -= units
    if order.ended_on is None:
        order.reserved += units
        _move(session, entitlement, Account.USED, Account.RESERVED, units, Cause.VISIT_STRUCK, now, order.id, entry_id)
        return
    _free(session, entitlement, Account.USED, units, Cause.VISIT_STRUCK, now, order.id, entry_id)
    hold_money(session, entitlement, order, Cause.VISIT_STRUCK, now)


def return_rest(session: Session, entitlement: Entitlement, now: datetime) -> int:
    """What is still available goes back when the entitlement ends, after its orders were released; says how much."""
    units = entitlement.available
    _move(session, entitlement, Account.AVAILABLE, Account.RETURNED, units, Cause.RETURN, now)
    return units


def owe(
    session: Session, entitlement: Entitlement, order: Order, act_id: UUID, units: int, tiyn: int, now: datetime
) -> None:
    """An act of so many units was accepted: its amount is owed instead of reserved (RG.3)."""
    order.acted += units
    hold_money(session, entitlement, order, Cause.ACT, now)
    entitlement.owed_tiyn += tiyn
    _pay(session, entitlement, Purse.BUDGET, Purse.OWED, tiyn, Cause.ACT, now, order.id, act_id)


def disown(
    session: Session, entitlement: Entitlement, order: Order, act_id: UUID, units: int, tiyn: int, now: datetime
) -> None:
    """An accepted act that is not paid yet holds no longer: what was owed for it is reserved again."""
    order.acted -= units
    entitlement.owed_tiyn -= tiyn
    _pay(session, entitlement, Purse.OWED, Purse.BUDGET, tiyn, Cause.CORRECTION, now, order.id, act_id)
    hold_money(session, entitlement, order, Cause.CORRECTION, now)


def pay(session: Session, entitlement: Entitlement, order: Order, act_id: UUID, tiyn: int, now: datetime) -> None:
    """What was owed for an act has arrived at the provider."""
    entitlement.owed_tiyn -= tiyn
    entitlement.paid_tiyn += tiyn
    _pay(session, entitlement, Purse.OWED, Purse.PAID, tiyn, Cause.PAYMENT, now, order.id, act_id)


def claim(
    session: Session, entitlement: Entitlement, order: Order, act_id: UUID, units: int, tiyn: int, now: datetime
) -> None:
    """Of a paid act so many units were not due: their money is claimed back. Strike the visits afterwards."""
    order.acted -= units
    entitlement.paid_tiyn -= tiyn
    entitlement.claimed_tiyn += tiyn
    _pay(session, entitlement, Purse.PAID, Purse.CLAIMED, tiyn, Cause.CORRECTION, now, order.id, act_id)


def unclaim(
    session: Session, entitlement: Entitlement, order: Order, act_id: UUID, units: int, tiyn: int, now: datetime
) -> None:
    """A claim was made by mistake: its money counts as paid again. The visits are used again before."""
    order.acted += units
    entitlement.claimed_tiyn -= tiyn
    entitlement.paid_tiyn += tiyn
    _pay(session, entitlement, Purse.CLAIMED, Purse.PAID, tiyn, Cause.UNDONE, now, order.id, act_id)
    hold_money(session, entitlement, order, Cause.UNDONE, now)


def recover(session: Session, entitlement: Entitlement, order: Order, act_id: UUID, tiyn: int, now: datetime) -> None:
    """Money that was claimed back has come: repaid, set off or reversed."""
    entitlement.claimed_tiyn -= tiyn
    entitlement.recovered_tiyn += tiyn
    _pay(session, entitlement, Purse.CLAIMED, Purse.RECOVERED, tiyn, Cause.SETTLEMENT, now, order.id, act_id)


def use_again(
    session: Session, entitlement: Entitlement, order: Order, entry_id: UUID, units: int, now: datetime
) -> None:
    """A visit that was struck by mistake uses its units again; they had gone back."""
    order.used += units
    _move(session, entitlement, Account.RETURNED, Account.USED, units, Cause.UNDONE, now, order.id, entry_id)


def last_again(session: Session, entitlement: Entitlement, returned: int, now: datetime) -> None:
    """The entitlement had ended by mistake: what went back since is free, as far as no late visit has used it."""
    units = max(entitlement.returned - returned, 0)
    _move(session, entitlement, Account.RETURNED, Account.AVAILABLE, units, Cause.UNDONE, now)


def reserve_again(session: Session, entitlement: Entitlement, order: Order, now: datetime) -> None:
    """An order that had ended by mistake sets aside all that it has not used, as far as it is free."""
    units = min(order.units - order.used, entitlement.available)
    order.reserved = units
    _move(session, entitlement, Account.AVAILABLE, Account.RESERVED, units, Cause.UNDONE, now, order.id)


def hold_money(session: Session, entitlement: Entitlement, order: Order, cause: Cause, now: datetime) -> None:
    """Bring what the order has reserved of the money to what its units ask for now."""
    wanted = reserved_tiyn(order)
    more = wanted - order.reserved_tiyn
    order.reserved_tiyn = wanted
    entitlement.reserved_tiyn += more
    if more > 0:
        _pay(session, entitlement, Purse.BUDGET, Purse.RESERVED, more, cause, now, order.id)
    elif more < 0:
        _pay(session, entitlement, Purse.RESERVED, Purse.BUDGET, -more, cause, now, order.id)


def reserved_tiyn(order: Order) -> int:
    """The money that an order keeps reserved: for its reserved units, and those used and not yet in an accepted act."""
    rate = reimbursed_rate(order.price_tiyn, order.guaranteed_tiyn)
    return cost_tiyn(order.reserved + order.used - order.acted, rate, units_a_price(order.service))


def _free(
    session: Session, entitlement: Entitlement, source: Account, units: int, cause: Cause, now: datetime, *of: UUID
) -> None:
    """Units that an order needs no more: what the programme took away goes back for that; once over, all; else free."""
    if entitlement.closed_on is not None:
        _move(session, entitlement, source, Account.RETURNED, units, cause, now, *of)
        return
    back = min(units, entitlement.excess)
    entitlement.excess -= back
    _move(session, entitlement, source, Account.RETURNED, back, Cause.PROGRAMME, now, *of)
    _move(session, entitlement, source, Account.AVAILABLE, units - back, cause, now, *of)


def _move(
    session: Session,
    entitlement: Entitlement,
    source: Account,
    target: Account,
    units: int,
    cause: Cause,
    now: datetime,
    *of: UUID,
) -> None:
    """Units go from one account to another; `of` is the order and the visit that they are of."""
    setattr(entitlement, source, getattr(entitlement, source) - units)
    setattr(entitlement, target, getattr(entitlement, target) + units)
    _post(session, entitlement, source, target, units, cause, now, *of)


def _post(
    session: Session,
    entitlement: Entitlement,
    source: Account,
    target: Account,
    units: int,
    cause: Cause,
    now: datetime,
    order_id: UUID | None = None,
    log_entry_id: UUID | None = None,
) -> None:
    if units:
        links = {"order_id": order_id, "log_entry_id": log_entry_id}
        post(session, entitlement, source, target, cause, now, units=units, **links)


def _pay(
    session: Session,
    entitlement: Entitlement,
    source: Purse,
    target: Purse,
    tiyn: int,
    cause: Cause,
    now: datetime,
    order_id: UUID,
    act_id: UUID | None = None,
) -> None:
    if tiyn:
        post(session, entitlement, source, target, cause, now, tiyn=tiyn, order_id=order_id, act_id=act_id)
