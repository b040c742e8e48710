"""The provider's cabinet: orders to answer, the log, acts to draw up, sign and send, and where the money is."""

from datetime import date
from uuid import UUID

from flask import Blueprint, abort, g

from portal import clock
from portal.auth import actor, capacity, only_for
from portal.db import get_session
from portal.frame import navigation
from portal.looks import watch
from portal.months import written
from portal.queries import reference
from portal.rules.law import N_
from portal.rules.roles import Role

blueprint = Blueprint("provider", __name__, url_prefix="/provider")
only_for(blueprint, Role.PROVIDER)
watch(blueprint)


def provider_id() -> UUID:
    """The provider for whom the signed-in person acts."""
    mine = actor().organisation_id
    if mine is None:
        abort(403)
    return mine


def days_left(due_on: date) -> int:
    """Working days up to a day; 0 on the day itself, below 0 when it has passed (RI.7)."""
    if "calendar" not in g:
        g.calendar = reference.calendar(get_session())
    left: int = g.calendar.working_days_left(clock.today(), due_on)
    return left


@blueprint.context_processor
def frame() -> dict[str, object]:
    """The navigation of this door, and the reckoning of terms for its templates; nothing for others' error pages."""
    chosen = capacity()
    if chosen is None or chosen.role is not Role.PROVIDER:
        return {}
    return {
        "navigation": navigation(
            (N_("Home"), "provider.home"),
            (N_("Orders"), "provider.orders"),
            (N_("Months and acts"), "provider.months"),
            (N_("Payments"), "provider.payments"),
        ),
        "days_left": days_left,
        "today": clock.today,
        "written_month": written,
    }


@blueprint.app_template_filter("said_day")
def said_day(text: str) -> date:
    """The day that a signed document writes as 2026-03-05 or, for a month, 2026-03."""
    return date.fromisoformat(text if len(text) > len("2026-03") else f"{text}-01")


from portal.provider import (  # noqa: E402 - the routes need the blueprint
    acts,
    answers,
    goods,
    home,
    months,
    orders,
    payments,
    service_log,
    stops,
    submissions,
)

__all__ = [
    "acts",
    "answers",
    "blueprint",
    "goods",
    "home",
    "months",
    "orders",
    "payments",
    "service_log",
    "stops",
    "submissions",
]
