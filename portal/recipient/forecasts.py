"""What will lapse, on her pages: the forecast of an entitlement, and the ways out as links (R34.1, R83.6)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from portal.format import day, duration
from portal.i18n import gettext as _
from portal.models.entitlement import Entitlement
from portal.queries import entitlements
from portal.queries.entitlements import ListedEntitlement, Served
from portal.queries.recipient_orders import ListedOrder
from portal.rules.forecast import Forecast, WayOut, forecast, pace_since
from portal.rules.orders import OVER, OrderStatus
from portal.rules.quantities import MINUTES_AN_HOUR
from portal.rules.service import HOURLY


class Way(NamedTuple):
    """A way out: what to do, and the page on which it is done."""

    text: str
    href: str


class Shown(NamedTuple):
    """A forecast with its sentence and its ways out."""

    figures: Forecast
    sentence: str
    ways: list[Way]


def served(session: Session, recipient_id: UUID, today: date) -> dict[UUID, Served]:
    """What makes the pace of each of a recipient's entitlements."""
    return entitlements.served(session, recipient_id, pace_since(today, date.min), today)


def shown(
    entitlement: Entitlement | ListedEntitlement,
    orders: Iterable[ListedOrder],
    pace: Mapping[UUID, Served],
    today: date,
) -> Shown | None:
    """The forecast of an entitlement that is open, by the hour, not blocked and not lowered; None for every other one.

    From what a newer programme took away nothing more can be ordered, so there is no advice to give.
    """
    is_over = entitlement.closed_on is not None or entitlement.ends_on < today
    if entitlement.service not in HOURLY or is_over or entitlement.blocked_on is not None or entitlement.excess:
        return None
    running = [one for one in orders if one.entitlement_id == entitlement.id and one.status not in OVER]
    known = pace.get(entitlement.id)
    figures = forecast(
        entitlement.service,
        available_minutes=entitlement.available,
        ends_on=entitlement.ends_on,
        orders=running,
        used_minutes=known.minutes if known else 0,
        served_since=known.since if known else None,
        today=today,
    )
    return Shown(figures, _sentence(figures), [_way(one, entitlement, running) for one in figures.ways_out])


def _sentence(figures: Forecast) -> str:
    if figures.is_fine:
        return _("It goes well: at this pace nothing will be lost.")
    lost = {"hours": duration(figures.lost_minutes // MINUTES_AN_HOUR * MINUTES_AN_HOUR), "day": day(figures.ends_on)}
    if figures.pace_days:
        return _("At this pace you lose %(hours)s. The last day is %(day)s.", **lost)
    if figures.planned_minutes:
        return _("With what is ordered so far you lose %(hours)s. The last day is %(day)s.", **lost)
    return _("If nothing changes, you lose %(hours)s. The last day is %(day)s.", **lost)


def _way(way: WayOut, entitlement: Entitlement | ListedEntitlement, running: list[ListedOrder]) -> Way:
    if way is WayOut.CHOOSE:
        return Way(_("Choose a provider and order hours"), _choose(entitlement.id))
    if way is WayOut.SECOND_PROVIDER:
        return Way(_("Order your free hours, also with a second provider"), _choose(entitlement.id))
    order = next((one for one in running if one.status is OrderStatus.ACCEPTED), running[0])
    href = url_for("recipient.show_order", order_id=order.id)
    if way is WayOut.MORE_HOURS:
        return Way(_("Agree on more hours a week with your provider (order %(number)s)", number=order.number), href)
    if order.status is OrderStatus.ACCEPTED:
        return Way(_("Change the provider: stop order %(number)s, then choose again", number=order.number), href)
    return Way(_("Take order %(number)s back, then choose another provider", number=order.number), href)


def _choose(entitlement_id: UUID) -> str:
    return url_for("recipient.choose_provider", entitlement_id=entitlement_id)
