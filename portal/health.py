"""GET /healthz: 200 when database, migrations, worker and calendar are well, else 503 naming what is not.

Beside these it says what somebody has to look at, though the portal works: days whose work is not done, and what has
waited for the SMS gateway, E-Sobes or the payment system for more than a day.
"""

from datetime import timedelta

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal import clock, migrate
from portal.db import database, reading
from portal.models.clockwork import Heartbeat
from portal.queries import reference, waiting
from portal.rules.terms import ends_soon

blueprint = Blueprint("health", __name__)
BEAT_WITHIN = timedelta(seconds=60)
WARNS = ("ends on ", "not done since ", "long: ")
"""Somebody has to act, but the portal works: no balancer is to take it away."""


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """What is well and what is not, in words for a machine."""
    unknown = ("migrations", "worker", "calendar", "days", "waiting")
    checks = {"database": "down"} | dict.fromkeys(unknown, "unknown")
    try:
        checks["migrations"] = "ok" if migrate.is_current(database().engine) else "behind"
        checks["database"] = "ok"
        checks["worker"] = _worker()
        checks["calendar"] = _calendar()
        checks["days"], checks["waiting"] = _days(), _waiting()
    except SQLAlchemyError:
        pass
    well = all(state == "ok" or state.startswith(WARNS) for state in checks.values())
    return jsonify({"status": "ok" if well else "unwell", **checks}), 200 if well else 503


def _worker() -> str:
    with reading() as session:
        beat = session.scalar(select(Heartbeat.at).where(Heartbeat.name == "worker"))
    if beat is None:
        return "never seen"
    return "ok" if clock.wall() - beat < BEAT_WITHIN else "silent"


def _calendar() -> str:
    """Whether terms can be reckoned, and for how long still (RI.7)."""
    today = clock.wall().date()
    with reading() as session:
        ends_on = reference.calendar(session).ends_on(today)
    if not ends_soon(ends_on, today):
        return "ok"
    return f"{'ends' if ends_on >= today else 'ended'} on {ends_on}"


def _days() -> str:
    """Whether the work of the days is done, by the clock that the worker does it by."""
    with reading() as session:
        last = waiting.undone_since(session, clock.today())
    return "ok" if last is None else f"not done since {last}"


def _waiting() -> str:
    """What has waited for the outside world for more than a day, and how much of it."""
    with reading() as session:
        found = waiting.long(session, clock.now(), told=bool(current_app.config["PORTAL"].esobes_url))
    return "long: " + ", ".join(f"{what} {number}" for what, number in found.items()) if found else "ok"
