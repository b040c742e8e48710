"""Building the data sets of the bench from their `.sql`, each in one go and without needless work."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]

DEPENDENT = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE conrelid = %(table)s::regclass AND contype IN ('p', 'u', 'x')
       OR confrelid = %(table)s::regclass AND contype = 'f'
    ORDER BY contype = 'f' DESC, conname
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = %(table)s::regclass
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything: two orders for each of the `people`, ten visits an order, offers in so many places."""

    people: int = 100_000
    providers: int = 5_000
    places: int = 200

    @property
    def said(self) -> str:
        """The size in words."""
        orders, visits = 2 * self.people, 20 * self.people
        return f"{self.providers:,} providers, {self.people:,} people, {orders:,} orders, {visits:,} visits"


FULL = Size()
SMALL = Size(people=10_000, providers=500, places=20)
"""A tenth, for a quick look."""


def steps(name: str, size: Mapping[str, int]) -> list[tuple[str, str]]:
    """Each statement of a file of the bench, with its name and the numbers of the size filled in."""
    text = Path(__file__).with_name(name).read_text("utf-8")
    return re.findall(r"^-- (\w+)\n(.*?);\n", Template(text).substitute(size), re.DOTALL | re.MULTILINE)


def build(url: str, size: Size) -> float:
    """Fill a migrated database that holds reference data and nothing else; says the seconds it took."""
    started = time.perf_counter()
    with filling(url) as connection:
        # In the transaction that empties a table PostgreSQL need not log what is written into it.
        connection.execute("TRUNCATE people, providers RESTART IDENTITY CASCADE")
        for name, statement in steps("dataset.sql", asdict(size)):
            if name == "visits":
                with without_indexes(connection, "log_entries"):
                    run(connection, name, statement)
            else:
                run(connection, name, statement)
                connection.execute("ANALYZE")
    return time.perf_counter() - started


def build_bare(
    url: str, file: str, size: Mapping[str, int], tables: Sequence[str], indexes: Sequence[str] | None = None
) -> None:
    """Fill empty tables from a file, those named without their indexes; these are made afterwards, all or `indexes`."""
    with filling(url) as connection, ExitStack() as at_end:
        connection.execute("SET LOCAL max_parallel_maintenance_workers = 2")
        for table in tables:
            at_end.enter_context(without_indexes(connection, table, indexes))
        for name, statement in steps(file, size):
            run(connection, name, statement)
            connection.execute("ANALYZE " + name)


@contextmanager
def filling(url: str) -> Iterator[Connection]:
    """A transaction in which much is written quickly; afterwards the tables are tidied."""
    with psycopg.connect(url) as connection:
        connection.execute("SET work_mem = '256MB'")
        connection.execute("SET maintenance_work_mem = '1GB'")
        # The rows are right by construction: no look-ups of what they refer to.
        connection.execute("SET session_replication_role = replica")
        yield connection
    with psycopg.connect(url, autocommit=True) as connection:
        run(connection, "vacuum", "VACUUM (FREEZE, ANALYZE)")
        connection.execute("CHECKPOINT")


@contextmanager
def without_indexes(connection: Connection, table: str, again: Sequence[str] | None = None) -> Iterator[None]:
    """Fill `table` inside; its indexes and what stands on them are made anew from the rows, which is much faster.

    With names, those `again` and nothing else.
    """
    constraints = connection.execute(DEPENDENT, {"table": table}).fetchall()
    indexes = connection.execute(INDEXES, {"table": table}).fetchall()
    for of, name, _ in constraints:
        connection.execute(f"ALTER TABLE {of} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for name, definition in indexes:
        if again is None or name in again:
            run(connection, name, definition)
    if again is not None:
        return
    for of, name, definition in reversed(constraints):
        run(connection, name, f"ALTER TABLE {of} ADD CONSTRAINT {name} {definition}")


def run(connection: Connection, name: str, statement: str) -> None:
    """One statement, with its rows and seconds said."""
    begun = time.perf_counter()
    count = connection.execute(statement).rowcount
    rows = f"{count:>10,} rows" if count >= 0 else ""
    print(f"  {name:<42}{rows:>15} {time.perf_counter() - begun:6.1f} s", flush=True)
