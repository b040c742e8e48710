"""The cabinet of assistants and interpreters, made for a phone: visits to log, sheets to sign, where the money is."""

from uuid import UUID

from flask import Blueprint, abort

from portal import clock
from portal.auth import actor, capacity, only_for
from portal.db import get_session
from portal.frame import navigation
from portal.looks import watch
from portal.months import written
from portal.queries import provider_orders
from portal.rules.law import N_
from portal.rules.roles import Role
from portal.rules.service import Service

blueprint = Blueprint("specialist", __name__, url_prefix="/specialist")
only_for(blueprint, Role.SPECIALIST)
watch(blueprint)


def person_id() -> UUID:
    """Who is signed in."""
    mine = actor().person_id
    if mine is None:
        abort(403)
    return mine


def provider_id() -> UUID:
    """The provider for whom they serve."""
    mine = actor().organisation_id
    if mine is None:
        abort(403)
    return mine


def services() -> set[Service]:
    """The services that they render for this provider today."""
    rows = provider_orders.serving(get_session(), person_id(), provider_id(), clock.today())
    return {row.service for row in rows}


@blueprint.context_processor
def frame() -> dict[str, object]:
    """The navigation of this door; nothing for others' error pages."""
    chosen = capacity()
    if chosen is None or chosen.role is not Role.SPECIALIST:
        return {}
    return {
        "navigation": navigation(
            (N_("People"), "specialist.home"),
            (N_("Visits"), "specialist.visits"),
            (N_("Sheets"), "specialist.sheets"),
            (N_("Money"), "specialist.money"),
        ),
        "written_month": written,
    }


from portal.specialist import home, money, new_visit, sheets, visits  # noqa: E402 - the routes need the blueprint

__all__ = ["blueprint", "home", "money", "new_visit", "sheets", "visits"]
