"""An order of goods on her page: until when they come, that she has them, that they came back (R83.5, R83.8)."""

from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.i18n import gettext as _
from portal.models.order import Order
from portal.queries import visits
from portal.recipient.entitlements import is_open
from portal.recipient.visits import line
from portal.rules.acts import ActStatus
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.service_log import OBJECTION_LABELS, ObjectionReason


def shown(session: Session, order: Order) -> dict[str, Any]:
    """What her page of the order says of its goods: the last hand-over, and the days until they are due."""
    last = next(reversed(visits.hand_overs(session, order.id)), None)
    due_on, said = order.hand_over_due_on, last.entry.objection_reason if last else None
    waits = order.status is OrderStatus.ACCEPTED and due_on is not None
    return {
        "handed": line(last) if last else None,
        "stands": last is not None and last.entry.struck_at is None,
        "objection": _(OBJECTION_LABELS[ObjectionReason(said)]) if said else "",
        "came_back": last is not None and last.entry.back_on is not None,
        "to_sign": last is not None and last.act_status is ActStatus.DRAWN_UP and not last.entry.is_objected,
        "goods_days_left": (due_on - clock.today()).days if waits and due_on is not None else None,
        "free_again": order.entitlement.available if is_open(order.entitlement) else 0,
        "is_handed_over": order.reason == CloseReason.HANDED_OVER,
    }
