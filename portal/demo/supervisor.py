"""The demo's parent process: sets up, starts everything, watches it and stops it in the right order.

It imports nothing of the portal itself, so it stays small; what takes memory runs in its children. It must be the main
thread of its process: the kernel ends the children when that thread is gone.
"""

import contextlib
import hashlib
import itertools
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

from portal.demo import processes
from portal.demo.locks import HeldError, hold
from portal.demo.postgres import EmbeddedPostgres, PostgresError
from portal.demo.processes import Child, Command
from portal.demo.surroundings import SurroundingsError, address, check_address, environment, open_directory

PACKAGE = Path(__file__).resolve().parent.parent
DEFAULT_DATA = PACKAGE.parent / ".data"
HEALTHY_SECONDS = 60
STOP_SECONDS = 8
ORPHAN_SECONDS = 15
WATCH_SECONDS = 0.1
PAGES = ("phones", "clock", "keys")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the demo consists of.

    `steps` run one after another and end; `waves` are what then runs, in the order in which it is stopped; `greeting`
    prints what people should know. While `fingerprint` stays the same the steps are not needed again.
    """

    steps: Sequence[Command]
    waves: Sequence[Sequence[Command]]
    greeting: Command | None
    fingerprint: str


class _StoppedError(Exception):
    """Somebody asked the demo to stop."""


class _DiedError(Exception):
    """Something that should run does not; the message says what."""


def the_portal(host: str, port: int, *, empty: bool) -> Plan:
    """The portal with its worker and the demo's stand-ins."""
    load = () if empty else (_portal("demo", "load"),)
    serve = _portal("serve", "--host", host, "--port", str(port))
    return Plan(
        steps=(_portal("migrate"), _portal("import", "all"), _portal("demo", "keys"), *load),
        waves=((_portal("demo", "stand-ins"), serve), (_portal("worker"),)),
        greeting=None if empty else _portal("demo", "people"),
        fingerprint=_fingerprint(empty=empty),
    )


def run(port: int, data: Path, empty: bool, host: str, plan: Plan | None = None) -> int:
    """Run the demo until it is asked to stop, and stop all of it; the exit status, 1 when something went wrong."""
    demo = _Demo(port, data.absolute(), host, plan or the_portal(host, port, empty=empty))
    with _signals_to(demo.ask_to_stop):
        try:
            demo.up()
        except _StoppedError:
            _say("Everything has stopped.")
            return 0
        except (SurroundingsError, PostgresError, _DiedError) as error:
            print(error, file=sys.stderr)
            return 1


class _Demo:
    def __init__(self, port: int, data: Path, host: str, plan: Plan) -> None:
        self._port, self._data, self._host, self._plan = port, data, host, plan
        self._asked_to_stop = False
        self._database: EmbeddedPostgres | None = None
        self._children: list[Child] = []
        self._environment: dict[str, str] = {}
        self._lock = -1

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Signal handler: only notes it, so that nothing is left half done."""
        self._asked_to_stop = True

    def up(self) -> NoReturn:
        """Everything; ends by an exception only, with all that was started stopped."""
        open_directory(self._data)
        with ExitStack() as at_end:
            self._lock = self._hold(at_end)
            check_address(self._host, self._port)
            self._environment = environment(self._data, self._host, self._port, os.environ)
            if not os.environ.get("DATABASE_URL"):
                self._start_database(at_end)
            self._prepare()
            for wave in reversed(self._plan.waves):
                children = [self._start(command) for command in wave]
                at_end.callback(processes.stop, children, STOP_SECONDS)
                self._children += children
            self._await_health()
            self._greet()
            while True:
                self._watch()

    def _hold(self, at_end: ExitStack) -> int:
        """One lock for the parent; one for its children, which a killed parent's children hold until they are gone."""
        try:
            at_end.callback(os.close, hold(self._data / "demo.lock"))
            lock = hold(self._data / "children.lock", ORPHAN_SECONDS)
        except HeldError:
            raise _DiedError(
                f"A demo is running on {self._data} already: stop it, or give --data another one."
            ) from None
        at_end.callback(os.close, lock)
        return lock

    def _start_database(self, at_end: ExitStack) -> None:
        _say("Starting PostgreSQL ...")
        self._database = at_end.enter_context(EmbeddedPostgres(self._data / "postgres"))
        self._environment["DATABASE_URL"] = self._database.url

    def _prepare(self) -> None:
        """The steps, unless they were done on this very database by this very code."""
        note = self._data / "prepared"
        ours = self._database is not None and not self._database.is_new
        if ours and note.exists() and note.read_text("utf-8") == self._plan.fingerprint:
            return
        note.unlink(missing_ok=True)
        for step in self._plan.steps:
            _say(f"{step.name} ...")
            self._run(step)
        if self._database is not None:
            note.write_text(self._plan.fingerprint, "utf-8")

    def _start(self, command: Command) -> Child:
        return processes.start(command, self._data / "logs", self._environment, lock=self._lock)

    def _run(self, command: Command) -> Child:
        """Run `command` to its end; a failure ends the demo."""
        child = self._start(command)
        try:
            while child.status is None:
                self._watch()
        finally:
            processes.stop([child], STOP_SECONDS)
        if child.status:
            raise _DiedError(child.obituary())
        return child

    def _watch(self) -> None:
        """A moment's wait; raises when it is time to stop."""
        if self._asked_to_stop:
            raise _StoppedError
        if self._database is not None and self._database.pid is None:
            raise _DiedError(f"PostgreSQL stopped by itself; its log is {self._database.log}.")
        for child in self._children:
            if child.status is not None:
                raise _DiedError(child.obituary())
        time.sleep(WATCH_SECONDS)

    def _await_health(self) -> None:
        """Until the portal says that all is well."""
        _say("Starting the portal ...")
        at = address(self._host, self._port)
        deadline = time.monotonic() + HEALTHY_SECONDS
        said = "nothing"
        while time.monotonic() < deadline:
            self._watch()
            said = _ask(at, "/healthz") or said
            if said.split(" ")[1:2] == ["200"]:
                return
        logs = ", ".join(str(child.output) for child in self._children)
        raise _DiedError(
            f"The portal is not well after {HEALTHY_SECONDS} seconds. {at}/healthz said: {said}\nLogs: {logs}"
        )

    def _greet(self) -> None:
        at = self._environment["PUBLIC_URL"].rstrip("/")
        _say(f"\nThe portal runs at {at}/\n  Kazakh       {at}/?lang=kk\n  Russian      {at}/?lang=ru")
        for page in PAGES:
            _say(f"  {page:<12} {at}/demo/{page}")
        if self._plan.greeting is not None:
            _say(f"\n{self._run(self._plan.greeting).said()}")
        _say(f"\nLogs are in {self._data / 'logs'}. Ctrl-C stops everything.")


def _portal(*arguments: str) -> Command:
    words = itertools.takewhile(lambda argument: not argument.startswith("-"), arguments)
    return Command(" ".join(("portal", *words)), (sys.executable, "-P", "-m", "portal.cli", *arguments))


def _fingerprint(*, empty: bool) -> str:
    """Changes with the code and the data that the steps work by."""
    found = hashlib.sha256(f"{sys.version} {empty}".encode())
    for path in sorted(path for ending in ("py", "csv") for path in PACKAGE.rglob(f"*.{ending}")):
        state = path.stat()
        found.update(f"{path.relative_to(PACKAGE)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _ask(at: str, path: str) -> str:
    """The status line and body of a GET, or nothing; a client's library would be larger than all the rest here."""
    server = urlsplit(at)
    request = f"GET {path} HTTP/1.0\r\nHost: {server.netloc}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((server.hostname, server.port or 80), timeout=5) as connection:
            connection.sendall(request.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode("utf-8", "replace")
    except OSError:
        return ""
    head, _, body = answer.partition("\r\n\r\n")
    return f"{head.partition(chr(13))[0]} {body.strip()[:500]}"


@contextlib.contextmanager
def _signals_to(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal (unless that is to be ignored, as under nohup) go to `handler`."""
    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in wanted}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone; the demo is not about what it prints
        print(text, flush=True)
