"""What works on many rows at once: the day's sweep, and the proofs of the ledger and of the journal."""

import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import psycopg

from bench.databases import Databases
from bench.dataset import build_bare
from portal import db, proofs
from portal.config import Config
from portal.db import OPTIONS
from portal.jobs.sweep import sweep

PREFIX = "bench"
"""What the names of the databases begin with."""

FIRST_DAY = date(2026, 12, 2)
"""The first day on which something of the books is due."""

MOST_TIMES_FEWER = 1.3
LEAST_CLOSINGS_A_SECOND = 2_000
MOST_TIMES_AGGREGATE = 3.0
LEAST_ROWS_A_SECOND = 200_000
AGGREGATE = "SELECT count(*), sum(units) FROM (SELECT entitlement_id, sum(units) AS units FROM postings GROUP BY 1) s"
"""The plain aggregate: one sum for each entitlement, and nothing else."""
INDEXED_LATER = ("people", "programmes", "measures", "entitlements", "orders", "postings", "money_postings")
HARDLY_INDEXED = ("entitlements", "orders", "postings", "money_postings", "log_entries")
READ_BY_THE_PROOF = ("ix_postings_of_no_order", "ix_log_entries_order_day")


@dataclass(frozen=True, slots=True)
class Books:
    """How much: what is `due` on each day, of `few` and of `many` entitlements; a ledger and a journal."""

    due: int = 10_000
    few: int = 100_000
    many: int = 1_000_000
    ledger_entitlements: int = 100_000
    visits: int = 98
    journal_rows: int = 1_000_000
    days: int = 4


FULL = Books()
SMALL = Books(due=500, few=5_000, many=50_000, ledger_entitlements=2_000, journal_rows=50_000, days=3)


def measure_sweep(databases: Databases, books: Books) -> Iterator[str]:
    """The day's work with as much due among few entitlements and among many, in turn; the first day warms up."""
    figures: list[tuple[float, float]] = []
    urls = [_of_size(databases, books, entitlements) for entitlements in (books.few, books.many)]
    for number in range(books.days):
        day = FIRST_DAY + timedelta(days=number)
        few, many = (_swept(url, day, books.due) for url in urls)
        figures.append((few, many))
    warm = figures[1:]
    few, many = median(one for one, _ in warm), median(one for _, one in warm)
    times = median(many / few for few, many in warm)
    yield (
        f"{'sweep':<24}{books.due:,} due of {books.few:,} in {few:.2f} s, of {books.many:,} in {many:.2f} s: "
        f"{times:.2f} times   at most {MOST_TIMES_FEWER}{_missed(times <= MOST_TIMES_FEWER)}"
    )
    rate = books.due / many
    met = _missed(rate >= LEAST_CLOSINGS_A_SECOND)
    yield f"{'closings':<24}{rate:,.0f} a second of {books.many:,}   at least {LEAST_CLOSINGS_A_SECOND:,}{met}"


def measure_ledger(databases: Databases, books: Books, rounds: int = 3) -> Iterator[str]:
    """`verify ledger` against a plain aggregate of its postings, in turn."""
    size = {"entitlements": books.ledger_entitlements, "visits": books.visits}
    url = databases.url_of(_made(databases, "ledger", size, HARDLY_INDEXED, READ_BY_THE_PROOF))
    figures = []
    with psycopg.connect(url, autocommit=True, options=OPTIONS) as raw:
        db.connect(url)
        for _ in range(rounds):
            figures.append((_seconds(lambda: raw.execute(AGGREGATE).fetchall()), _proven(proofs.ledger)))
    plain, proof = median(one for one, _ in figures), median(one for _, one in figures)
    times = median(proof / plain for plain, proof in figures)
    postings = books.ledger_entitlements * (books.visits + 2)
    yield (
        f"{'verify ledger':<24}{postings:,} postings in {proof:.2f} s, summed in {plain:.2f} s: {times:.2f} times   "
        f"at most {MOST_TIMES_AGGREGATE:.0f}{_missed(times <= MOST_TIMES_AGGREGATE)}"
    )


def measure_journal(databases: Databases, books: Books, rounds: int = 3) -> Iterator[str]:
    """`verify journal`, in rows a second."""
    url = databases.url_of(_made(databases, "journal", {"streams": books.journal_rows // 10}, ("audit",)))
    db.connect(url)
    config = Config.from_env({"SECRET_KEY": "bench" * 8, "DATABASE_URL": url})
    rate = books.journal_rows / median(_proven(lambda: proofs.the_journal(config)) for _ in range(rounds))
    yield (
        f"{'verify journal':<24}{rate:,.0f} rows a second of {books.journal_rows:,}   "
        f"at least {LEAST_ROWS_A_SECOND:,}{_missed(rate >= LEAST_ROWS_A_SECOND)}"
    )


MEASURES: Mapping[str, Callable[[Databases, Books], Iterator[str]]] = {
    "sweep": measure_sweep,
    "ledger": measure_ledger,
    "journal": measure_journal,
}


def _of_size(databases: Databases, books: Books, entitlements: int) -> str:
    size = {"entitlements": entitlements, "days": books.days, "slots": entitlements // books.due}
    return databases.copy(_made(databases, "books", size, INDEXED_LATER), "swept")


def _made(
    databases: Databases,
    what: str,
    size: Mapping[str, int],
    tables: Sequence[str],
    indexes: Sequence[str] | None = None,
) -> str:
    """The name of a data set, which is built when there is none; its tables with all `indexes`, or those named."""
    name = "_".join((PREFIX, what, *map(str, size.values())))
    if not databases.has(name):
        print(f"{what}: {', '.join(f'{count:,} {of}' for of, count in size.items())}", flush=True)
        databases.make(name, lambda url: build_bare(url, f"{what}.sql", size, tables, indexes))
    return name


def _swept(url: str, day: date, due: int) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    db.connect(url)
    begun = time.perf_counter()
    swept = sweep(day)
    seconds = time.perf_counter() - begun
    if (swept.expired, swept.faults) != (due, 0):
        raise RuntimeError(f"of {due} due: {swept}")
    return seconds


def _proven(prove: Callable[[], int]) -> float:
    with redirect_stdout(io.StringIO()) as said:
        seconds = _seconds(prove)
    if "WRONG" in said.getvalue() or "BROKEN" in said.getvalue():
        raise RuntimeError(said.getvalue())
    return seconds


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def _missed(is_met: bool) -> str:
    return "" if is_met else " MISSED"
