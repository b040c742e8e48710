"""How much memory the whole demo takes: everything that script/server starts, after ten pages."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MOST_MEGABYTES = 700
START_SECONDS = 180
STOP_SECONDS = 30
PAGES = (
    "/?lang=kk",
    "/?lang=ru",
    "/services",
    "/help",
    "/accessibility",
    "/privacy",
    "/view",
    "/sign-in",
    "/demo/phones",
    "/demo/clock",
)


class DemoError(Exception):
    """The demo does not start; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The proportional share (PSS) of every process, summed."""

    kilobytes: int
    processes: int

    @property
    def said(self) -> str:
        """One line of the report."""
        megabytes = self.kilobytes / 1024
        missed = " MISSED" if megabytes > MOST_MEGABYTES else ""
        return (
            f"{'whole demo':<24}{megabytes:.0f} MB in {self.processes} processes   at most {MOST_MEGABYTES} MB{missed}"
        )


def measure() -> Memory:
    """Start the demo on data and a port of its own, open ten pages, and sum up; raises `DemoError`."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as place, _demo(Path(place)) as (pid, port):
        for page in PAGES:
            status = _get(port, page)
            if status != 200:
                raise DemoError(f"{page} answered {status}.")
        return of_tree(pid)


def of_tree(pid: int) -> Memory:
    """The memory of a process and of all that come from it."""
    shares = [_share(one) for one in _tree(pid)]
    return Memory(sum(shares), len(shares))


@contextmanager
def _demo(place: Path) -> Iterator[tuple[int, int]]:
    """What script/server runs once everything is set up; gives its process and its port."""
    port = _free_port()
    command = [
        sys.executable,
        "-P",
        "-m",
        "portal.cli",
        "demo",
        "up",
        "--data",
        str(place / "data"),
        "--port",
        str(port),
    ]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    log = place / "log"
    with log.open("wb") as output:
        demo = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _await(demo, port, log)
        yield demo.pid, port
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(STOP_SECONDS)


def _await(demo: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while demo.poll() is None and time.monotonic() < deadline:
        if _get(port, "/healthz") == 200:
            return
        time.sleep(0.2)
    raise DemoError(f"The demo does not start. It said:\n{log.read_text('utf-8', 'replace')}")


def _get(port: int, path: str) -> int:
    """The status of a page; 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    except OSError:
        return 0
    finally:
        connection.close()
    return answer.status


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _tree(pid: int) -> set[int]:
    parents = {int(path.parent.name): _parent(path) for path in Path("/proc").glob("[0-9]*/stat")}
    found, before = {pid}, set[int]()
    while found != before:
        before = set(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended meanwhile
        return 0


def _share(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
