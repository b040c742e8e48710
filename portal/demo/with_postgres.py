"""Run a command beside a PostgreSQL server of its own: `python -m portal.demo.with_postgres [options] -- COMMAND …`.

The command finds the server's address in the environment; the server and its data are gone when the command ends.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from portal.demo.postgres import EmbeddedPostgres, PostgresError


def main(arguments: list[str] | None = None) -> int:
    """Exit status of the command; 1 and a sentence when the server cannot run."""
    parser = argparse.ArgumentParser(prog="python -m portal.demo.with_postgres", description=__doc__.splitlines()[0])
    parser.add_argument("--variable", default="DATABASE_URL", help="environment variable for the address")
    parser.add_argument("--binaries", type=Path, help="directory of another PostgreSQL's programs")
    parser.add_argument("--fast", action="store_true", help="give up what only matters when the machine crashes")
    parser.add_argument("command", nargs="+", help="the command and its arguments, after --")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="portal-postgres-") as place,
            EmbeddedPostgres(Path(place) / "data", fast=asked.fast, binaries=asked.binaries) as server,
        ):
            return _run(asked.command, os.environ | {asked.variable: server.url})
    except PostgresError as error:
        print(error, file=sys.stderr)
        return 1


def _run(command: list[str], environment: dict[str, str]) -> int:
    process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", *command], env=environment)
    try:
        return process.wait()
    except (KeyboardInterrupt, SystemExit):
        process.terminate()
        process.wait()
        raise


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
