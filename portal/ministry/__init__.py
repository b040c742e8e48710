"""The ministry's cabinet: the official calendar, the terms of the law, guaranteed amounts and the monthly index."""

import re
from datetime import date

from flask import Blueprint, abort, current_app, request

from portal import clock
from portal.auth import capacity, only_for
from portal.frame import navigation
from portal.rules.law import N_
from portal.rules.parameters import Edition
from portal.rules.roles import Role

blueprint = Blueprint("ministry", __name__, url_prefix="/ministry")
only_for(blueprint, Role.MINISTRY)

_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)


def edition() -> Edition:
    """By whose rules the portal runs."""
    return Edition(current_app.config["PORTAL"].edition)


def day_of_address(text: str) -> date:
    """The day that an address names; 404 when it names none."""
    try:
        return date.fromisoformat(_DAY.fullmatch(text)[0])  # type: ignore[index]
    except (TypeError, ValueError):
        abort(404)


def page_number() -> int:
    """The page of a list that the address asks for, from 1."""
    asked = request.args.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdecimal() and 0 < len(asked) < 5 else 1


@blueprint.context_processor
def frame() -> dict[str, object]:
    """The navigation of this door; nothing for others' error pages."""
    chosen = capacity()
    if chosen is None or chosen.role is not Role.MINISTRY:
        return {}
    return {
        "navigation": navigation(
            (N_("Home"), "ministry.home"),
            (N_("Calendar"), "ministry.years"),
            (N_("All terms"), "ministry.terms"),
            (N_("Amounts"), "ministry.amounts"),
        ),
        "today": clock.today,
    }


from portal.ministry import (  # noqa: E402 - the routes need the blueprint
    amounts,
    calendar,
    calendar_changes,
    calendar_days,
    calendar_file,
    home,
    terms,
)

__all__ = [
    "amounts",
    "blueprint",
    "calendar",
    "calendar_changes",
    "calendar_days",
    "calendar_file",
    "home",
    "terms",
]
