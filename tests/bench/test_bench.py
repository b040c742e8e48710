"""The bench on a very small data set: it builds, every work runs on both sides, and both sides end alike. No times."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import text

from bench import books, memory
from bench.__main__ import NAMES, fill, run
from bench.books import MEASURES, Books
from bench.databases import Databases, Sides
from bench.dataset import Size
from bench.measure import Measured
from portal import clock, db, proofs
from tests.conftest import DatabaseServer

TINY = Size(people=200, providers=20, places=2)
FEW_BOOKS = Books(due=20, few=100, many=400, ledger_entitlements=50, visits=4, journal_rows=200, days=2)
CASES, ROUNDS = 6, 2
NAME = f"bench_tiny_{os.getpid()}"
"""A name for each worker: they share the server."""
COUNTED = (
    "people",
    "orders",
    "log_entries",
    "acts",
    "sheets",
    "postings",
    "audit",
    "sms_messages",
    "procrastinate_jobs",
)


@pytest.fixture(scope="module")
def databases(database_server: DatabaseServer) -> Iterator[Databases]:
    """A tiny data set on the tests' server."""
    made = Databases(database_server.url)
    made.make(NAME, lambda url: fill(url, TINY, CASES))
    yield made
    for name in (NAME, f"{NAME}_portal", f"{NAME}_raw"):
        made.drop(name)


@pytest.fixture
def sides(databases: Databases) -> Iterator[Sides]:
    """Two copies of it; the portal's own database goes back to none."""
    before = db._database
    yield databases.sides(NAME)
    db._database = before
    clock.use(None)


def counts(url: str) -> dict[str, int]:
    """How many rows each table has."""
    with psycopg.connect(url) as connection:
        return {name: _count(connection, name) for name in COUNTED}


def _count(connection: psycopg.Connection[tuple[int]], table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return row[0]


def test_the_data_set_is_as_large_as_it_says(databases: Databases) -> None:
    there = counts(databases.url_of(NAME))
    assert there["orders"] == 2 * TINY.people
    assert there["people"] == TINY.people + 3 * TINY.providers
    assert there["log_entries"] == 20 * TINY.people + CASES * 30


def test_the_indexes_are_back(databases: Databases, database_url: str) -> None:
    """Filling a table without its indexes leaves none out and changes none."""
    asked = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    found = []
    for url in (database_url, databases.url_of(NAME)):
        with psycopg.connect(url) as connection:
            found.append(connection.execute(asked).fetchall())
    assert found[0] == found[1]


def test_both_sides_end_alike(sides: Sides) -> None:
    """Raw psycopg does the very same: after all works both databases have the same rows."""
    before = counts(sides.portal_url)
    measured = list(run(sides, NAMES, CASES, ROUNDS))
    assert [one.name for one in measured if one.statements < 1 or one.raw_ms <= 0] == []
    after = counts(sides.portal_url)
    assert after == counts(sides.raw_url)
    assert {
        name: after[name] - before[name] for name in ("orders", "log_entries", "acts", "sms_messages")
    } == dict.fromkeys(("orders", "log_entries", "acts", "sms_messages"), CASES)


def test_a_line_says_whether_the_aim_is_met() -> None:
    page = Measured("a page", writes=False, statements=5, portal_ms=4, raw_ms=1, times=4)
    write = Measured("a write", writes=True, statements=5, portal_ms=2, raw_ms=1, times=2)
    assert "4.00 times the raw time" in page.said and page.said.endswith("MISSED")
    assert "0.50 of the raw rate" in write.said and not write.said.endswith("MISSED")


@pytest.fixture
def bookkeeping(database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    """Where the data sets of the sweep and the proofs are made, under names of this worker's own."""
    made, before = Databases(database_server.url), db._database
    monkeypatch.setattr(books, "PREFIX", f"bench_{os.getpid()}")
    yield made
    if db._database is not None:
        db._database.dispose()
    db._database = before
    with psycopg.connect(database_server.url, autocommit=True) as connection:
        mine = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [books.PREFIX])
        for (name,) in mine.fetchall():
            made.drop(name)


@pytest.mark.parametrize(("name", "said"), [("sweep", "20 due of 100"), ("ledger", "300 postings"), ("journal", "200")])
def test_the_books_are_right_and_measured(bookkeeping: Databases, name: str, said: str) -> None:
    """Every sweep closes what is due, or there would be no line; the ledger and the journal are proven whole."""
    lines = list(MEASURES[name](bookkeeping, FEW_BOOKS))
    assert said in lines[0]
    assert all("at least" in line or "at most" in line for line in lines)


def test_the_books_are_right_after_the_sweeps(bookkeeping: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    list(MEASURES["sweep"](bookkeeping, FEW_BOOKS))
    assert proofs.ledger() == 0
    assert f"{FEW_BOOKS.many} entitlements" in capsys.readouterr().out
    with db.reading() as session:
        closed = session.scalar(text("SELECT count(*) FROM entitlements WHERE closed_on IS NOT NULL"))
    assert closed == FEW_BOOKS.days * FEW_BOOKS.due


def test_memory_counts_a_process_and_its_children() -> None:
    found = memory.of_tree(os.getpid())
    assert found.processes >= 1
    assert found.kilobytes > 10_000
