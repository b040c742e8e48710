"""`script/simulate`: as many events as wanted, on a PostgreSQL of its own or that of TEST_DATABASE_URL."""

import argparse
import logging
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from portal import arguments
from portal.demo.postgres import EmbeddedPostgres
from tests.conftest import DatabaseServer
from tests.simulator import jobs
from tests.simulator.runner import Report, SimulationFailed, run

TELL_EVERY_SECONDS = 5


def main() -> int:
    """Status 0 when the portal and the model agreed to the end."""
    parser = argparse.ArgumentParser(prog="script/simulate", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the same seed lives the same lives")
    parser.add_argument("--events", type=arguments.many, default=20_000, help="how many events, in all worlds together")
    parser.add_argument("--jobs", type=arguments.count, default=1, help="processes, for this seed and the next (1)")
    parser.add_argument("--edition", default="2021", choices=["2021", "2023"], help="by whose rules (PORTAL_EDITION)")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes and the server end, too
    logging.disable(logging.WARNING)  # lost answers of the payment system are meant
    with ExitStack() as at_end:
        server = _server(at_end)
        try:
            if asked.jobs > 1:
                report = jobs.live(server, asked.seed, asked.events, asked.jobs, asked.edition, _teller())
            else:
                report = run(asked.seed, asked.events, server.create, _teller(), server.drop, asked.edition)
        except SimulationFailed as failed:
            print(f"\nFAILED: {failed}\nKeep it: add the seed to tests/simulator/test_seeds.py", flush=True)
            return 1
        except KeyboardInterrupt:
            return 130
    for name, count in sorted(report.kinds.items()):
        print(f"  {name:32} {count:7}, not refused {report.done[name]:7}")
    for what, count in sorted(report.told.items()):
        print(f"  {what:60} {count:7}")
    _say(report)
    return 0


def _server(at_end: ExitStack) -> DatabaseServer:
    url = os.environ.get("TEST_DATABASE_URL")
    if url is None:
        place = Path(at_end.enter_context(tempfile.TemporaryDirectory(prefix="simulate-")))
        binaries = os.environ.get("SIMULATE_POSTGRES")
        server = EmbeddedPostgres(place / "postgres", fast=True, binaries=Path(binaries) if binaries else None)
        url = at_end.enter_context(server).url
    made = DatabaseServer(url.replace("postgres://", "postgresql://", 1), f"template_simulate_{os.getpid()}")
    at_end.callback(made.drop_template)
    made.make_template()
    return made


def _say(report: Report) -> None:
    lives = f"{report.events} events in {report.worlds} worlds"
    print(f"{lives}, {report.rate:.0f} a second ({report.mark})", flush=True)


class _teller:  # noqa: N801 - a function that remembers
    """Says how far it is, every few seconds."""

    def __init__(self) -> None:
        self.said = time.monotonic()

    def __call__(self, report: Report) -> None:
        if time.monotonic() - self.said > TELL_EVERY_SECONDS:
            self.said = time.monotonic()
            _say(report)


if __name__ == "__main__":
    sys.exit(main())
