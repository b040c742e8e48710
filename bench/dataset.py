"""Building the data set of the bench from `dataset.sql`, in one go and without needless work."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


def steps(size: Size) -> list[tuple[str, str]]:
    """Each statement with its name."""
    text = Path(__file__).with_name("dataset.sql").read_text("utf-8")
    filled = Template(text).substitute(asdict(size))
    return re.findall(r"^-- (\w+)\n(.*?);\n", filled, re.DOTALL | re.MULTILINE)


def build(url: str, size: Size) -> float:
    """Fill a migrated database that holds reference data and nothing else; says the seconds it took."""
    started = time.perf_counter()
    with psycopg.connect(url) as connection:
        connection.execute("SET work_mem = '256MB'")
        connection.execute("SET maintenance_work_mem = '1GB'")
        # The rows are right by construction: no look-ups of what they refer to.
        connection.execute("SET session_replication_role = replica")
        # In the transaction that empties a table PostgreSQL need not log what is written into it.
        connection.execute("TRUNCATE people, providers RESTART IDENTITY CASCADE")
        for name, statement in steps(size):
            if name == "visits":
                with without_indexes(connection, "log_entries"):
                    _run(connection, name, statement)
            else:
                _run(connection, name, statement)
                connection.execute("ANALYZE")
    with psycopg.connect(url, autocommit=True) as connection:
        _run(connection, "vacuum", "VACUUM (FREEZE, ANALYZE)")
        connection.execute("CHECKPOINT")
    return time.perf_counter() - started


@contextmanager
def without_indexes(connection: Connection, table: str) -> Iterator[None]:
    """Fill `table` inside; its indexes and what stands on them are made anew from the rows, which is much faster."""
    constraints = connection.execute(DEPENDENT, {"table": table}).fetchall()
    indexes = connection.execute(INDEXES, {"table": table}).fetchall()
    for of, name, _ in constraints:
        connection.execute(f"ALTER TABLE {of} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for name, definition in indexes:
        _run(connection, name, definition)
    for of, name, definition in reversed(constraints):
        _run(connection, name, f"ALTER TABLE {of} ADD CONSTRAINT {name} {definition}")


def _run(connection: Connection, name: str, statement: str) -> None:
    begun = time.perf_counter()
    count = connection.execute(statement).rowcount
    rows = f"{count:>10,} rows" if count >= 0 else ""
    print(f"  {name:<42}{rows:>15} {time.perf_counter() - begun:6.1f} s", flush=True)
