"""What her entitlements and orders are for, in words: goods by their item of the classifier (R34.1)."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from portal.queries import entitlements, goods
from portal.queries.entitlements import ListedEntitlement
from portal.queries.recipient_orders import ListedOrder
from portal.recipient.words import measure_name, service_name
from portal.rules.service import GOODS


class Named(NamedTuple):
    """An entitlement and what it is for."""

    entitlement: ListedEntitlement
    name: str


def named(session: Session, whom: UUID) -> list[Named]:
    """Her entitlements; one statement, one more when there are goods."""
    mine = entitlements.of_recipient(session, whom)
    coded = [one.classifier_code for one in mine if one.service in GOODS]
    names = goods.names(session, coded) if coded else {}
    return [Named(one, measure_name(one.service, one.classifier_code, names)) for one in mine]


def names(orders: Collection[ListedOrder], mine: Sequence[Named]) -> dict[UUID, str]:
    """What each order is for."""
    known = {one.entitlement.id: one.name for one in mine}
    return {one.id: known.get(one.entitlement_id) or service_name(one.service) for one in orders}


def names_of(session: Session, whom: UUID, orders: Collection[ListedOrder]) -> dict[UUID, str]:
    """What each of these orders of hers is for; read only where there are goods among them."""
    return names(orders, named(session, whom) if any(one.service in GOODS for one in orders) else [])
