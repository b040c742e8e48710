"""What a second provider beside an order, or a new one instead of it, could be asked for (R34.1, RI.3)."""

from sqlalchemy.orm import Session

from portal import clock
from portal.format import duration
from portal.i18n import gettext as _
from portal.models.order import Order
from portal.queries import entitlements
from portal.recipient.entitlements import is_open
from portal.rules.entitlements import usable_units
from portal.rules.orders import OVER
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.service import HOURLY, Service


def beside(session: Session, order: Order) -> str:
    """What is free beside a running order, in words; nothing when a second provider cannot be asked."""
    entitlement = order.entitlement
    if order.service not in HOURLY or order.status in OVER or not is_open(entitlement) or not entitlement.available:
        return ""
    if order.service is not Service.ASSISTANT:
        return _("Free to order: %(hours)s.", hours=duration(entitlement.available))
    limit = ASSISTANT_MINUTES_A_DAY.on(clock.today())
    free = limit - _busy_a_day(session, order)
    if free <= 0:
        return ""
    return _(
        "Free of each day: %(free)s. In all there are %(limit)s a day.", free=duration(free), limit=duration(limit)
    )


def after(session: Session, order: Order) -> int:
    """Minutes that a new provider can be asked for once this order is stopped."""
    busy = _busy_a_day(session, order) - (order.minutes_a_day or 0)
    left = order.entitlement.available + order.reserved
    ends_on = order.entitlement.ends_on
    return usable_units(order.service, left, clock.today(), ends_on, busy_minutes_a_day=max(busy, 0))


def _busy_a_day(session: Session, order: Order) -> int:
    first = max(clock.today(), order.starts_on)
    return entitlements.ordered_minutes_a_day(session, order.recipient_id, order.service, first, order.ends_on)
