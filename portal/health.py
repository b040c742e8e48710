"""GET /healthz: 200 when database, migrations, worker and calendar are well, else 503 naming what is not."""

from datetime import timedelta

from flask import Blueprint, Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal import clock, migrate
from portal.db import database, reading
from portal.models.clockwork import Heartbeat
from portal.queries import reference
from portal.rules.terms import ends_soon

blueprint = Blueprint("health", __name__)
BEAT_WITHIN = timedelta(seconds=60)
WARNS = "ends on "
"""The official calendar ends soon: somebody has to act, but nothing is broken yet."""


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """What is well and what is not, in words for a machine."""
    checks = {"database": "down", "migrations": "unknown", "worker": "unknown", "calendar": "unknown"}
    try:
        checks["migrations"] = "ok" if migrate.is_current(database().engine) else "behind"
        checks["database"] = "ok"
        checks["worker"] = _worker()
        checks["calendar"] = _calendar()
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
    return f"{WARNS if ends_on >= today else 'ended on '}{ends_on}"
