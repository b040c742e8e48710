"""Ranked choice (R83.1, R83.4): when one provider declines or does not answer, the next is asked in the same step."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.actor import SYSTEM
from portal.audit import record
from portal.models.document import Document
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.operations import documents, order_documents, orders
from portal.queries import reference
from portal.rules.law import RuleViolation
from portal.rules.quantities import day_of
from portal.rules.ranking import asked_later, check_signed_money


def ask_next(session: Session, ended: Order, entitlement: Entitlement, now: datetime) -> Order | None:
    """The order to the next of her choices that can be asked today; None when none is left.

    The caller holds the locks and has set the hours of `ended` free: in this transaction nobody else can take them.
    """
    if ended.rank == ended.choices:
        return None
    said = documents.content(session.get_one(Document, ended.document_id))
    for rank in range(ended.rank + 1, ended.choices + 1):
        try:
            order = _order(session, ended, entitlement, order_documents.part(said, rank), rank, now)
        except RuleViolation as violation:
            _pass_over(session, ended, rank, violation, now)
        else:
            orders.send(session, order, entitlement, SYSTEM, now)
            return order
    return None


def _order(
    session: Session, ended: Order, entitlement: Entitlement, said: dict[str, Any], rank: int, now: datetime
) -> Order:
    """What was signed for this choice as it can be ordered today; all rules are asked again."""
    signed, today = orders.wish_of(said), now.date()
    new = asked_later(signed.order, today)
    signed_on = day_of(session.get_one(Order, ended.chain_id).placed_at)
    offer = orders.check(session, orders.Wish(entitlement.id, signed.offer_id, new), entitlement, today, signed_on)
    guaranteed = reference.guaranteed_tiyn(session, entitlement.service, today, offer.classifier_code)
    money = said["order"]
    check_signed_money(
        offer.price_tiyn,
        guaranteed,
        signed_price_tiyn=money["price_tiyn"],
        signed_surcharge=money["surcharge_tiyn"],
    )
    return orders.new_order(
        session,
        new,
        entitlement,
        offer,
        now,
        id=UUID(money["id"]),
        first_id=ended.chain_id,
        rank=rank,
        choices=ended.choices,
        price_tiyn=offer.price_tiyn,
        guaranteed_tiyn=guaranteed,
        placed_by_id=ended.placed_by_id,
        document_id=ended.document_id,
    )


def _pass_over(session: Session, ended: Order, rank: int, violation: RuleViolation, now: datetime) -> None:
    record(
        session,
        SYSTEM,
        now,
        thing="orders",
        thing_id=ended.id,
        action="pass_over",
        about=ended.recipient_id,
        rank=rank,
        point=violation.point,
    )
