"""The database: engine, sessions, and the only place that commits.

A write happens in `with transaction() as session:`, opened by a route or a job; nothing below commits. Pages that only
read use `get_session()`, which runs in AUTOCOMMIT on connections of its own: BEGIN and ROLLBACK, and changing a
connection from one to the other, would cost more than the mapping does.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import g, has_app_context
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker

ROLE = "portal_app"
"""In whose rights the portal works; it may not change what is written once. The migrations make it."""

OPTIONS = f"-c timezone=UTC -c role={ROLE}"


class Database:
    """Two pools of connections: one for units of work, one for reading."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.reading = _engine(url, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True)
        self.writes = sessionmaker(self.engine, expire_on_commit=False)
        self.reads = sessionmaker(self.reading, autoflush=False)

    def dispose(self) -> None:
        """Close every connection that nobody uses."""
        self.engine.dispose()
        self.reading.dispose()


def _engine(url: str, **how: Any) -> Engine:
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=8,
        hide_parameters=True,
        connect_args={"options": OPTIONS, "keepalives_idle": 60},
        **how,
    )
    event.listen(engine, "checkout", _check_alive)
    return engine


def _check_alive(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    """A server that went away has closed its end, which shows without asking it: the pool then connects anew."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


_database: Database | None = None


def connect(url: str) -> Database:
    """Use the database at `url` from now on in this process."""
    global _database  # noqa: PLW0603 - one database a process is the point
    if _database is not None:
        _database.dispose()
    _database = Database(url)
    return _database


def database() -> Database:
    """The database of this process; `connect` comes first."""
    if _database is None:
        raise RuntimeError("connect() has not been called")
    return _database


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: commits on leaving, rolls back on any error."""
    with database().writes() as session, session.begin():
        yield session


def get_session() -> Session:
    """The request's session for reading; closed with the request."""
    if not has_app_context():
        raise RuntimeError("get_session() belongs to a request; use reading() elsewhere")
    if "reads" not in g:
        g.reads = database().reads()
    session: Session = g.reads
    return session


def plain(session: Session) -> Connection:
    """For statements that give values and not objects: half the cost. What is pending is written first."""
    session.flush()
    return session.connection()


@contextmanager
def reading() -> Iterator[Session]:
    """A session for reading outside a request."""
    with database().reads() as session:
        yield session


def close_reads(_error: BaseException | None = None) -> None:
    """Give the request's connection back; called when the request ends."""
    session: Session | None = g.pop("reads", None)
    if session is not None:
        session.close()
