"""What is left of an entitlement, split so that every page says the same and it adds up (R34.1, RI.1)."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.queries.entitlements import ListedEntitlement
from portal.queries.recipient_orders import ListedOrder
from portal.rules.entitlements import usable_units
from portal.rules.orders import OVER


class Left(NamedTuple):
    """Units that are free to order, that orders hold, and that no day is left for."""

    free: int
    in_orders: int
    gone: int

    @property
    def usable(self) -> int:
        """What can still be served, ordered or not."""
        return self.free + self.in_orders


def left_of(entitlement: Entitlement | ListedEntitlement, orders: Iterable[Order | ListedOrder], today: date) -> Left:
    """The hours of an assistant belong to days: those of days that have passed are still in the books, but gone."""
    held = entitlement.available + entitlement.reserved
    running = [one for one in orders if one.entitlement_id == entitlement.id and one.status not in OVER]
    usable = usable_units(entitlement.service, held, today, entitlement.ends_on)
    free = min(entitlement.available, usable - sum(to_come(one, today) for one in running))
    return Left(free, usable - free, held - usable)


def to_come(order: Order | ListedOrder, today: date) -> int:
    """The most that an order can still be served for; so much is free again when it ends today."""
    if order.minutes_a_day is None:
        return order.reserved
    days = (order.ends_on - max(order.starts_on, today)).days + 1
    return min(order.reserved, order.minutes_a_day * max(days, 0))
