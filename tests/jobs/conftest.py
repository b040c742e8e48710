"""Jobs in tests: a database where what they commit is real, empty of people before each test."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql

from portal import clock, db
from portal.db import Database
from portal.models import Base
from tests import apps
from tests.factories import MONDAY

REFERENCE = {"places", "offices", "calendar_days", "monthly_indexes", "classifier_items", "guaranteed_amounts"}


@pytest.fixture(scope="session")
def jobs_url(new_database: Callable[[], str]) -> str:
    """The address of the database that the tests of jobs use one after another."""
    return new_database()


@pytest.fixture
def database(jobs_url: str) -> Iterator[Database]:
    """The database of this process, without people; it is a Monday in March, and there are words for SMS."""
    before, db._database = db._database, None
    _empty(jobs_url)
    clock.use(lambda: MONDAY)
    with apps.words():
        yield db.connect(jobs_url)
    db.database().dispose()
    db._database = before


def _empty(url: str) -> None:
    """Take out everything but reference data; what is written once lets nobody but a replica do it."""
    tables = [*sorted(set(Base.metadata.tables) - REFERENCE), "procrastinate_jobs", "procrastinate_periodic_defers"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
