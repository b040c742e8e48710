"""Locks, in the one order that everybody keeps: person, entitlement, order, act, payment, claim.

Each is held until the transaction ends and gives the row as it stands now. Whoever needs a later one goes through the
function that takes the earlier ones with it, so no two can wait for each other: one statement locks a row after those
above it, in the order in which it names them (FOR NO KEY UPDATE OF people, entitlements, orders), and gives all of them
as they stand after the wait. The statements are built once.
Many at once are locked in the same order: all people, by their IIN as `people.keep` does, then the rest by their ids.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Executable, Select, Uuid, any_, bindparam, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from portal.db import plain
from portal.models.act import Act
from portal.models.claim import Claim, ClaimSettlement
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.programme import Measure, Programme
from portal.models.service_log import LogEntry
from portal.rules.claims import ClaimStatus, SettlementStatus

_ID = bindparam("id", type_=Uuid)

_ABOUT = select(Act.id).where(Act.recipient_id == _ID)
_KEPT_FROM = (
    select(ClaimSettlement.claim_id)
    .join(Payment, Payment.id == ClaimSettlement.payment_id)
    .where(Payment.act_id.in_(_ABOUT), ClaimSettlement.status == SettlementStatus.ASKED)
)
_CLAIMS_AROUND = (
    select(Claim.id)
    .where(or_(Claim.act_id.in_(_ABOUT), Claim.id.in_(_KEPT_FROM)))
    .order_by(Claim.number)
    .with_for_update(key_share=True)
)
_DAYS = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))

_TO_SET_OFF = (
    select(Claim)
    .where(
        Claim.provider_id == bindparam("provider_id", type_=Uuid),
        Claim.office_id == bindparam("office_id", type_=Uuid),
        Claim.status == ClaimStatus.OPEN,
        Claim.set_off_from_at.is_not(None),
    )
    .order_by(Claim.number)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def _by_id(model: Any) -> Select[Any]:
    locked = select(model).where(model.id == _ID).with_for_update(key_share=True)
    return locked.execution_options(populate_existing=True)


_PERSON, _ACT, _PAYMENT, _ENTRY, _CLAIM = map(_by_id, (Person, Act, Payment, LogEntry, Claim))
_ENTITLEMENT = (
    select(Entitlement)
    .join(Entitlement.person)
    .options(contains_eager(Entitlement.person))
    .where(Entitlement.id == _ID)
    .with_for_update(key_share=True, of=(Person, Entitlement))
    .execution_options(populate_existing=True)
)
_ORDER = (
    select(Order)
    .join(Order.recipient)
    .join(Order.entitlement)
    .options(contains_eager(Order.recipient), contains_eager(Order.entitlement))
    .where(Order.id == _ID)
    .with_for_update(key_share=True, of=(Person, Entitlement, Order))
    .execution_options(populate_existing=True)
)
_ORDER_OF_ENTRY = select(LogEntry.order_id).where(LogEntry.id == _ID)
_ORDER_OF_ACT = select(Act.order_id).where(Act.id == _ID)
_PAYMENT_OF_CLAIM = select(Claim.payment_id).where(Claim.id == _ID)
_ACT_OF_PAYMENT = select(Payment.act_id).where(Payment.id == _ID)


def person(session: Session, person_id: UUID) -> Person:
    """The person: whoever changes what they are entitled to begins here."""
    return _get(session, _PERSON, person_id)


def entitlement(session: Session, entitlement_id: UUID) -> Entitlement:
    """The entitlement after its person: whoever changes what is in its ledger goes through here."""
    return _get(session, _ENTITLEMENT, entitlement_id)


def order(session: Session, order_id: UUID) -> tuple[Order, Entitlement]:
    """The order with its entitlement."""
    order = _get(session, _ORDER, order_id)
    return order, order.entitlement


def entitlements(session: Session, ids: Sequence[UUID], *, with_orders: bool = False) -> None:
    """Many entitlements after their people; `with_orders`: and then all their orders."""
    _people(session, select(Entitlement.person_id).where(Entitlement.id.in_(ids)))
    _all(session, Entitlement, Entitlement.id.in_(ids))
    if with_orders:
        _all(session, Order, Order.entitlement_id.in_(ids))


def orders(session: Session, ids: Sequence[UUID]) -> None:
    """Many orders after their people and entitlements."""
    _people(session, select(Order.recipient_id).where(Order.id.in_(ids)))
    _all(session, Entitlement, Entitlement.id.in_(select(Order.entitlement_id).where(Order.id.in_(ids))))
    _all(session, Order, Order.id.in_(ids))


def people_of_measures(session: Session, ids: Sequence[UUID]) -> None:
    """Many people, by measures of their programmes."""
    mine = select(Programme.person_id).join(Measure, Measure.programme_id == Programme.id)
    _people(session, mine.where(Measure.id.in_(ids)))


def entry(session: Session, entry_id: UUID) -> tuple[LogEntry, Order, Entitlement]:
    """The visit with its order and entitlement."""
    held = order(session, _first(session, _ORDER_OF_ENTRY, entry_id)[0])
    return _get(session, _ENTRY, entry_id), *held


def act(session: Session, act_id: UUID) -> Act:
    """The act after its order."""
    order(session, _first(session, _ORDER_OF_ACT, act_id)[0])
    return _get(session, _ACT, act_id)


def payment(session: Session, payment_id: UUID) -> Payment:
    """The payment after its act."""
    act(session, _first(session, _ACT_OF_PAYMENT, payment_id)[0])
    return _get(session, _PAYMENT, payment_id)


def rows(session: Session, model: type[Person | Order | Act | Payment], ids: Collection[UUID]) -> None:
    """Many rows of one kind, in the order of their ids: two who take many cannot wait for each other."""
    if ids:
        these = bindparam("ids", list(ids), ARRAY(Uuid))
        held = select(model.id).where(model.id == any_(these)).order_by(model.id).with_for_update(key_share=True)
        session.execute(held)


def claim(session: Session, claim_id: UUID) -> Claim:
    """The claim after the payment that it is about."""
    payment(session, _first(session, _PAYMENT_OF_CLAIM, claim_id)[0])
    return _get(session, _CLAIM, claim_id)


def claims(session: Session, payment: Payment) -> Sequence[Claim]:
    """The open claims that are to be set off in a payment, the oldest first; the caller holds the payment."""
    return session.scalars(_TO_SET_OFF, {"provider_id": payment.provider_id, "office_id": payment.office_id}).all()


def claims_around(session: Session, person_id: UUID) -> None:
    """Every claim that news of a person may touch, the oldest first; the caller holds the person, and no claim yet.

    They are the claims of the person's acts, and those for which something is kept from the payments of these acts.
    Several are locked at once, because the acts come one after another and not in the order of their claims.
    """
    session.execute(_CLAIMS_AROUND, {"id": person_id}).all()


def days_of(session: Session, numbers: Iterable[int]) -> None:
    """The days of people who serve, by their numbers: while they are held no visit of theirs is written down.

    They come last of all; who needs several asks for them at once.
    """
    for number in sorted(set(numbers)):
        session.execute(_DAYS, {"number": number})


def _people(session: Session, ids: Select[Any]) -> None:
    session.execute(
        select(Person.id).where(Person.id.in_(ids)).order_by(Person.iin).with_for_update(key_share=True)
    ).all()


def _all(session: Session, model: Any, which: ColumnElement[bool]) -> None:
    session.execute(select(model.id).where(which).order_by(model.id).with_for_update(key_share=True)).all()


def _first(session: Session, statement: Executable, identity: UUID) -> Any:
    row = plain(session).execute(statement, {"id": identity}).one_or_none()
    if row is None:
        raise LookupError("no such row")
    return row


def _get(session: Session, statement: Select[Any], identity: UUID) -> Any:
    found = session.scalars(statement, {"id": identity}).one_or_none()
    if found is None:
        raise LookupError("no such row")
    return found
