"""What the tests stand on: one PostgreSQL server a run, migrated once, a database of its own for every worker."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from portal import clock
from portal.db import Database
from portal.demo.locks import hold
from portal.demo.postgres import EmbeddedPostgres

LONGEST_WAIT = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that uses the database is marked so, whether it says it or not."""
    for item in items:
        if "database_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


class DatabaseServer:
    """A server with a migrated database full of reference data, which others are copied from."""

    def __init__(self, url: str, template: str) -> None:
        self.url = url
        self.template = template

    def url_of(self, name: str) -> str:
        """The address of the database `name`."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def create(self) -> str:
        """The address of a new database like the template."""
        name = f"test_{secrets.token_hex(6)}"
        self._do("CREATE DATABASE {} TEMPLATE {}", name, self.template)
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still in it."""
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", make_url(url).database or "")

    def make_template(self) -> None:
        """Migrate and import once a run."""
        from portal.migrate import upgrade
        from portal.operations.reference import import_all

        self._do("CREATE DATABASE {}", self.template)
        url = self.url_of(self.template)
        upgrade(url)
        database = Database(url)
        with database.writes() as session, session.begin():
            import_all(session)
        database.dispose()

    def drop_template(self) -> None:
        """At the end of the run."""
        self.drop(self.url_of(self.template))

    def _do(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """The run's server: that of TEST_DATABASE_URL, else an embedded one. All workers use it together.

    The worker that comes first starts it and, at the end, waits for the others before it stops it. It belongs to that
    worker's process, so a run that is killed leaves none behind.
    """
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    with ExitStack() as at_end:
        with _only_one(place):
            note = place / "database-server"
            if note.exists():
                server = DatabaseServer(*note.read_text("utf-8").splitlines())
            else:
                server = _start_server(place, at_end)
                note.write_text(f"{server.url}\n{server.template}", "utf-8")
            at_end.callback(os.close, hold(place / f"database-user-{os.getpid()}.lock"))
        yield server


def _start_server(place: Path, at_end: ExitStack) -> DatabaseServer:
    url = os.environ.get("TEST_DATABASE_URL")
    if url is None:
        at_end.callback(shutil.rmtree, place / "postgres", ignore_errors=True)
        url = at_end.enter_context(EmbeddedPostgres(place / "postgres", fast=True)).url
    server = DatabaseServer(url.replace("postgres://", "postgresql://", 1), f"template_{secrets.token_hex(6)}")
    at_end.callback(server.drop_template)
    at_end.callback(_take_back, place)
    server.make_template()
    return server


def _take_back(place: Path) -> None:
    """Wait until no other worker uses the server; one that begins only now will start its own."""
    with _only_one(place):
        for path in place.glob("database-user-*.lock"):
            os.close(hold(path, LONGEST_WAIT))
        (place / "database-server").unlink(missing_ok=True)


@contextmanager
def _only_one(place: Path) -> Iterator[None]:
    lock = hold(place / "database.lock", LONGEST_WAIT)
    try:
        yield
    finally:
        os.close(lock)


@pytest.fixture(scope="session")
def new_database(database_server: DatabaseServer) -> Iterator[Callable[[], str]]:
    """Makes databases with all tables and reference data, and gives their addresses; they go at the end of the run."""
    made: list[str] = []

    def make() -> str:
        made.append(database_server.create())
        return made[-1]

    yield make
    for url in made:
        database_server.drop(url)


@pytest.fixture(scope="session")
def database_url(new_database: Callable[[], str]) -> str:
    """The address of this worker's database. What tests write there they roll back."""
    return new_database()


@pytest.fixture(scope="session")
def worker_database(database_url: str) -> Iterator[Database]:
    """This worker's database with its pool of connections."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def session(worker_database: Database) -> Iterator[Session]:
    """A session whose work is rolled back after the test; commits inside it are savepoints."""
    with worker_database.engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


@pytest.fixture
def fresh_database(database_server: DatabaseServer) -> Iterator[str]:
    """The address of a database for this test alone, where commits are real."""
    url = database_server.create()
    yield url
    database_server.drop(url)


@pytest.fixture(autouse=True)
def real_time_again() -> Iterator[None]:
    """No test leaves its time to the next one."""
    yield
    clock.use(None)


At = Callable[[str | date | datetime], datetime]


@pytest.fixture
def at() -> At:
    """Sets the clock: `at("2026-03-05")` is nine in the morning of that day, `at("2026-03-05 17:30")` what it says."""

    def set_clock(moment: str | date | datetime) -> datetime:
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment) if len(moment) > len("2026-03-05") else date.fromisoformat(moment)
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(9))
        fixed = moment if moment.tzinfo else moment.replace(tzinfo=clock.ALMATY)
        clock.use(lambda: fixed)
        return fixed

    return set_clock
