"""The employment office's cabinet: acts to check, payments to approve, people to reach; of its own district only."""

from datetime import date
from uuid import UUID

from flask import Blueprint, abort, g, request

from portal import clock
from portal.auth import actor, capacity, only_for
from portal.db import get_session
from portal.frame import navigation
from portal.looks import watch
from portal.queries import reference
from portal.rules.law import N_
from portal.rules.roles import Role

blueprint = Blueprint("office", __name__, url_prefix="/office")
only_for(blueprint, Role.OFFICE)
watch(blueprint)


def office_id() -> UUID:
    """The office at which the signed-in person works."""
    mine = actor().organisation_id
    if mine is None:
        abort(403)
    return mine


def clerk_id() -> UUID:
    """The signed-in person."""
    me = actor().person_id
    if me is None:
        abort(403)
    return me


def days_left(due_on: date) -> int:
    """Working days up to a day; 0 on the day itself, below 0 when it has passed (RI.7)."""
    if "calendar" not in g:
        g.calendar = reference.calendar(get_session())
    left: int = g.calendar.working_days_left(clock.today(), due_on)
    return left


def page_number() -> int:
    """The page of a list that the address asks for, from 1."""
    asked = request.args.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdecimal() and 0 < len(asked) < 5 else 1


@blueprint.context_processor
def frame() -> dict[str, object]:
    """The navigation of this door, and the reckoning of terms for its templates; nothing for others' error pages."""
    chosen = capacity()
    if chosen is None or chosen.role is not Role.OFFICE:
        return {}
    return {
        "navigation": navigation(
            (N_("Home"), "office.home"),
            (N_("Acts"), "office.acts"),
            (N_("Payments"), "office.payments"),
            (N_("Claims"), "office.claims"),
            (N_("Objections"), "office.objections"),
            (N_("People"), "office.people"),
        ),
        "days_left": days_left,
        "today": clock.today,
    }


from portal.office import (  # noqa: E402 - the routes need the blueprint
    acts,
    approvals,
    claims,
    entitlements,
    goods,
    histories,
    home,
    moves,
    objections,
    payments,
    people,
    returns,
    reviews,
    undoing,
    unreached,
)

__all__ = [
    "acts",
    "approvals",
    "blueprint",
    "claims",
    "entitlements",
    "goods",
    "histories",
    "home",
    "moves",
    "objections",
    "payments",
    "people",
    "returns",
    "reviews",
    "undoing",
    "unreached",
]
