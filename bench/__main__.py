"""`script/bench`: builds the data set, measures, prints. Absolute figures are the machine's; the ratios are ours."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from bench import books, dataset, memory
from bench.cases import NOW, draw, prepare
from bench.databases import Databases, Sides
from bench.dataset import FULL, SMALL, Size
from bench.measure import HEAD, Measured, measure
from bench.works import works
from portal import clock, create_app
from portal.config import Config
from portal.db import database
from portal.demo.postgres import EmbeddedPostgres, PostgresError
from portal.settled import settle

NAMES = ("choice", "home", "hours", "order", "visit", "act")
EVERY = (*NAMES, *books.MEASURES, "memory")
ROUNDS = 10
WRITES_MUCH = {"max_wal_size": "4GB", "checkpoint_timeout": "15min"}
"""A server that is meant for it: the demo's is small, and would stop for each 256 MB."""
CASES_A_ROUND = 20


def main() -> int:
    """Exit status 0 when everything that was asked for was measured, whatever came out."""
    asked = _arguments()
    names = asked.only or EVERY
    try:
        with _server(asked.data) as databases:
            if set(names) & set(NAMES):
                _compare(databases, SMALL if asked.small else FULL, [name for name in NAMES if name in names])
            for name in [name for name in books.MEASURES if name in names]:
                for said in books.MEASURES[name](databases, books.SMALL if asked.small else books.FULL):
                    print(said, flush=True)
        if "memory" in names:
            print(memory.measure().said, flush=True)
    except (PostgresError, memory.DemoError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description="Measures the portal against raw psycopg.")
    parser.add_argument("--small", action="store_true", help="a tenth of the data, for a quick look")
    parser.add_argument("--only", action="append", choices=EVERY, help="this alone; may be repeated")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the data set here and use it again")
    return parser.parse_args()


@contextmanager
def _server(data: Path | None) -> Iterator[Databases]:
    with ExitStack() as at_end:
        place = data or Path(at_end.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench-")))
        yield Databases(at_end.enter_context(EmbeddedPostgres(place / "postgres", settings=WRITES_MUCH)).url)


def _compare(databases: Databases, size: Size, names: Sequence[str]) -> None:
    name = f"bench_{size.people}"
    count = CASES_A_ROUND * (ROUNDS + 1)
    print(f"The data set: {size.said}", flush=True)
    if not databases.has(name):
        databases.make(name, lambda url: fill(url, size, count))
    sides = databases.sides(name)
    print(f"\n{HEAD}", flush=True)
    for measured in run(sides, names, count, ROUNDS):
        print(measured.said, flush=True)


def fill(url: str, size: Size, count: int) -> None:
    """Build the data set and what the works need in it."""
    seconds = dataset.build(url, size)
    print(f"  built in {seconds:.0f} s", flush=True)
    prepare(url, count)


def run(sides: Sides, names: Sequence[str], count: int, rounds: int) -> Iterator[Measured]:
    """Measure the named works one after another, with `count` cases each."""
    app = create_app(Config.from_env({"SECRET_KEY": "bench" * 8, "DATABASE_URL": sides.portal_url}))
    todo = works(app, draw(sides.portal_url, count))
    clock.use(lambda: NOW)
    settle()
    try:
        for name in names:
            work = todo[name]()
            with app.test_request_context() if work.writes else nullcontext():
                yield measure(work, (database().engine, database().reading), sides.raw_url, rounds)
    finally:
        clock.use(None)
        database().dispose()


if __name__ == "__main__":
    sys.exit(main())
