"""GET /healthz: 200 when all is well, else 503 naming what is not."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, text

from portal import clock, db, health
from portal.jobs.tasks import beat
from portal.models.clockwork import Heartbeat, SweptDay
from portal.models.message import SmsMessage
from portal.operations.sms import owe
from tests import factories as make
from tests.apps import make_app

WELL = {
    "status": "ok",
    "database": "ok",
    "migrations": "ok",
    "worker": "ok",
    "calendar": "ok",
    "days": "ok",
    "waiting": "ok",
}
LOADED_UNTIL = date(2027, 12, 31)
"""The last day of the calendar that comes with the portal."""


@pytest.fixture(autouse=True)
def an_ordinary_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real day, whatever it is, must not let the calendar of these tests end."""
    monkeypatch.setattr(clock, "wall", lambda: datetime(2026, 11, 25, 12, tzinfo=clock.ALMATY))


@pytest.fixture(scope="module")
def app(new_database: Callable[[], str]) -> Iterator[Flask]:
    before = db._database
    yield make_app(new_database())
    db.database().dispose()
    db._database = before


def ask(app: Flask) -> tuple[int, dict[str, Any]]:
    answer = app.test_client().get("/healthz")
    assert answer.mimetype == "application/json"
    body: dict[str, Any] = answer.get_json()
    return answer.status_code, body


def beat_before(seconds: float) -> None:
    """The worker was last seen so long ago."""
    moment = clock.wall() - timedelta(seconds=seconds)
    with db.transaction() as session:
        session.execute(delete(Heartbeat))
        session.add(Heartbeat(name="worker", at=moment))


def test_all_is_well(app: Flask) -> None:
    beat(0)
    assert ask(app) == (200, WELL)


def test_a_worker_that_was_never_seen(app: Flask) -> None:
    with db.transaction() as session:
        session.execute(delete(Heartbeat))
    assert ask(app) == (503, WELL | {"status": "unwell", "worker": "never seen"})


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (55, "ok"), (65, "silent"), (3600, "silent")])
def test_a_worker_that_is_silent(app: Flask, seconds: float, state: str) -> None:
    beat_before(seconds)
    status, said = ask(app)
    assert (status, said["worker"]) == (200 if state == "ok" else 503, state)


def test_it_goes_by_the_real_clock_whatever_the_demo_says(app: Flask) -> None:
    beat_before(0)
    moved = clock.wall() + timedelta(days=4000)
    clock.use(lambda: moved)
    assert ask(app)[0] == 200


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(
    ("days_before", "status", "state"),
    [
        (61, 200, "ok"),
        (60, 200, "ends on 2027-12-31"),
        (0, 200, "ends on 2027-12-31"),
        (-1, 503, "ended on 2027-12-31"),
        (-400, 503, "ended on 2028-12-31"),
    ],
)
def test_the_calendar_that_ends(
    app: Flask, monkeypatch: pytest.MonkeyPatch, days_before: int, status: int, state: str
) -> None:
    """A calendar that ends soon is a warning; without one nothing can be reckoned."""
    day = datetime.combine(LOADED_UNTIL - timedelta(days=days_before), time(12), clock.ALMATY)
    monkeypatch.setattr(clock, "wall", lambda: day)
    beat_before(0)
    found, said = ask(app)
    assert (found, said["calendar"]) == (status, state)
    assert said["status"] == ("ok" if status == 200 else "unwell")


@pytest.mark.law("R34.2", "R42.4", "R42.11")
def test_what_waits_for_the_outside_for_more_than_a_day_is_said(app: Flask) -> None:
    beat_before(0)
    with db.transaction() as session:
        person = make.make_person(session)
        for days in (0, 2):
            assert owe(session, person, f"health:{days}", "Сәлем", clock.now() - timedelta(days=days))
    status, said = ask(app)
    assert (status, said["status"], said["waiting"]) == (200, "ok", "long: sms 1")
    with db.transaction() as session:
        session.execute(delete(SmsMessage))


@pytest.mark.parametrize(("days", "state"), [(0, "ok"), (1, "ok"), (2, "not done since {day}"), (-1, "ok")])
def test_days_whose_work_is_not_done_are_said(app: Flask, days: int, state: str) -> None:
    beat_before(0)
    day = clock.today() - timedelta(days=days)
    with db.transaction() as session:
        session.add(SweptDay(day=day, swept_at=clock.now()))
    status, said = ask(app)
    assert (status, said["status"], said["days"]) == (200, "ok", state.format(day=day))
    with db.transaction() as session:
        session.execute(delete(SweptDay))


@pytest.mark.parametrize("version", ["0001", "9999"])
def test_migrations_that_are_missing_or_unknown(app: Flask, version: str) -> None:
    beat(0)
    with db.transaction() as session:
        before = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    try:
        status, said = ask(app)
    finally:
        with db.transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": before})
    assert (status, said["migrations"], said["database"]) == (503, "behind", "ok")


def test_an_empty_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as session:
        session.execute(text("SET LOCAL ROLE NONE"))
        session.execute(text("ALTER TABLE alembic_version RENAME TO elsewhere"))
        session.execute(text("ALTER TABLE heartbeats RENAME TO elsewhere_too"))
    try:
        status, said = ask(app)
    finally:
        with db.transaction() as session:
            session.execute(text("SET LOCAL ROLE NONE"))
            session.execute(text("ALTER TABLE elsewhere RENAME TO alembic_version"))
            session.execute(text("ALTER TABLE elsewhere_too RENAME TO heartbeats"))
    assert (status, said["migrations"], said["worker"]) == (503, "behind", "unknown")


def test_a_database_that_is_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    away = db.Database("postgresql://somebody:secret@127.0.0.1:9/nothing")
    monkeypatch.setattr(db, "_database", away)
    status, said = ask(app)
    assert (status, said["database"], said["migrations"]) == (503, "down", "unknown")
    assert "secret" not in str(said)


def test_it_asks_for_nothing_and_keeps_nothing(app: Flask) -> None:
    answer = app.test_client().get("/healthz?lang=ru")
    assert health.blueprint.name == "health"
    assert "no-" in answer.headers["Cache-Control"]
