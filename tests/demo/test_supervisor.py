"""The demo's parent process: starts, watches, stops, and leaves nothing behind."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from portal.demo.surroundings import SurroundingsError, check_address, environment, open_directory
from tests.demo.living import await_death, living

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {"DATABASE_URL": "postgresql://elsewhere/portal"}


class Running:
    """A made-up demo that was started."""

    def __init__(self, data: Path, port: int, kind: str, given: Mapping[str, str]) -> None:
        self.data, self.port = data, port
        self._began = time.monotonic()
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | dict(given)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.demo.made_up", "demo", str(port), str(data), kind],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment, cwd=ROOT,
        )  # fmt: skip

    def await_greeting(self) -> str:
        """What it printed until it was ready."""
        assert self.process.stdout is not None
        printed = ""
        while "Ctrl-C" not in printed:
            line = self.process.stdout.readline()
            assert line, self.end()
            printed += line
        return printed

    def end(self, how: signal.Signals | None = None) -> tuple[int, str, str]:
        """Exit status, output and error output, after the signal `how`."""
        if how is not None:
            self.process.send_signal(how)
        output, errors = self.process.communicate(timeout=40)
        return self.process.returncode, output, errors

    def events(self) -> list[str]:
        """What its processes noted."""
        path = self.data / "events"
        return path.read_text("utf-8").splitlines() if path.exists() else []


class Demos:
    """Starts made-up demos in directories of the test, and ends what a failed test leaves."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.port = free_port()
        self._sockets = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        self._started: list[Running] = []

    def start(self, kind: str = "plain", data: str = "деректер қоры", **given: str) -> Running:
        """A demo of this `kind` in the directory `data`."""
        told = {"XDG_RUNTIME_DIR": str(self._sockets), **given}
        self._started.append(Running(self.place / data, self.port, kind, told))
        return self._started[-1]

    def clean(self) -> None:
        """Kill the demos that still run; the kernel sees to their children."""
        for running in self._started:
            if running.process.poll() is None:
                running.process.kill()
                running.process.communicate()
        await_death(self.place, 15)
        shutil.rmtree(self._sockets)


@pytest.fixture
def demos(tmp_path: Path) -> Iterator[Demos]:
    made = Demos(tmp_path)
    yield made
    made.clean()
    shutil.rmtree(tmp_path)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_prints_where_and_who_and_stops_all_in_order(demos: Demos, how: signal.Signals) -> None:
    demo = demos.start()
    printed = demo.await_greeting()
    for expected in (f"http://127.0.0.1:{demo.port}/?lang=kk", "?lang=ru", "/demo/phones", "Айгүл signs in with"):
        assert expected in printed
    assert any("postgres" in found for found in living(demo.data))
    status, _, errors = demo.end(how)
    assert (status, errors) == (0, "")
    assert demo.events() == ["step with postgresql", "serve stopped", "worker stopped"]
    assert living(demo.data) == []


def test_the_second_start_is_quick_and_skips_what_was_done(demos: Demos) -> None:
    first = demos.start()
    first.await_greeting()
    first.end(signal.SIGTERM)
    began = time.monotonic()
    second = demos.start()
    second.await_greeting()
    assert time.monotonic() - began < 5
    assert second.events().count("step with postgresql") == 1
    second.end(signal.SIGTERM)
    changed = demos.start("deaf")
    changed.await_greeting()
    assert changed.events().count("step with postgresql") == 2


def test_killed_hard_it_leaves_nothing_and_starts_again_at_once(demos: Demos) -> None:
    demo = demos.start()
    demo.await_greeting()
    demo.end(signal.SIGKILL)
    again = demos.start()
    again.await_greeting()
    again.end(signal.SIGKILL)
    await_death(again.data, 10)


def test_another_database_is_used_as_it_is_and_asked_every_time(demos: Demos) -> None:
    for _ in range(2):
        demo = demos.start(DATABASE_URL="mine://elsewhere")
        demo.await_greeting()
        assert not (demo.data / "postgres").exists()
        demo.end(signal.SIGTERM)
    assert demo.events().count("step with mine") == 2


def test_a_process_that_dies_stops_everything_and_is_told_of(demos: Demos) -> None:
    demo = demos.start("dies", **ELSEWHERE)
    status, _, errors = demo.end()
    assert status == 1
    assert "'dies' ended with status 3" in errors
    assert "out of luck" in errors
    assert demo.events()[-2:] == ["serve stopped", "worker stopped"]
    assert living(demo.data) == []


def test_a_step_that_fails_ends_it_with_the_reason(demos: Demos) -> None:
    demo = demos.start("fails", **ELSEWHERE)
    status, _, errors = demo.end()
    assert status == 1
    assert "not to its liking" in errors
    assert living(demo.data) == []


def test_can_be_stopped_while_a_step_runs(demos: Demos) -> None:
    demo = demos.start("sleeps", **ELSEWHERE)
    while "asleep" not in demo.events():
        time.sleep(0.05)
    status, _, errors = demo.end(signal.SIGINT)
    assert (status, errors) == (0, "")
    assert living(demo.data) == []


def test_a_process_that_does_not_listen_is_killed(demos: Demos) -> None:
    demo = demos.start("deaf", **ELSEWHERE)
    demo.await_greeting()
    assert demo.end(signal.SIGTERM)[0] == 0
    assert living(demo.data) == []


def test_a_port_that_is_taken_is_a_sentence(demos: Demos) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        demos.port = int(taken.getsockname()[1])
        status, _, errors = demos.start(**ELSEWHERE).end()
    assert (status, errors.count("\n")) == (1, 1)
    assert f"Port {demos.port} is taken" in errors
    assert "--port" in errors
    demos.start(**ELSEWHERE).await_greeting()


def test_a_second_demo_on_the_same_directory_is_refused(demos: Demos) -> None:
    demos.start(**ELSEWHERE).await_greeting()
    demos.port = free_port()
    status, _, errors = demos.start(**ELSEWHERE).end()
    assert (status, errors.count("\n")) == (1, 1)
    assert "--data" in errors


def test_answers_come_from_the_demos_own_server(demos: Demos) -> None:
    demo = demos.start(**ELSEWHERE)
    demo.await_greeting()
    with urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/") as answer:
        assert answer.status == 200


def test_somebodys_directory_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(SurroundingsError, match="not empty"):
        open_directory(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_directory_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(SurroundingsError, match="--data"):
        open_directory(tmp_path / "letter" / "data")


@pytest.mark.parametrize(
    "host, port, message",
    [("127.0.0.1", 70000, "no port"), ("no-such-host.invalid", 8000, "no address"), ("192.0.2.1", 8000, "--host")],
)
def test_an_address_that_cannot_be_is_a_sentence(host: str, port: int, message: str) -> None:
    with pytest.raises(SurroundingsError, match=message):
        check_address(host, port)


def test_secrets_and_ports_are_kept_for_the_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    open_directory(data)
    first = environment(data, "127.0.0.1", 8000, {})
    assert environment(data, "127.0.0.1", 8000, {}) == first
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "secrets.json").stat().st_mode) == 0o600
    assert first["STRIPE_API_KEY"].startswith("sk_test_")
    assert first["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    assert len(first["SECRET_KEY"]) >= 32
    assert len(first["SMPP_PASSWORD"]) <= 8


def test_a_stand_in_whose_port_is_taken_gets_another(tmp_path: Path) -> None:
    environment(tmp_path, "127.0.0.1", 8000, {})
    before = json.loads((tmp_path / "ports.json").read_text())
    with socket.create_server(("127.0.0.1", before["smpp"])):
        told = environment(tmp_path, "127.0.0.1", 8000, {})
    after = json.loads((tmp_path / "ports.json").read_text())
    assert int(told["SMPP_PORT"]) == after["smpp"] != before["smpp"]
    assert len(set(after.values())) == len(after)


def test_what_the_environment_says_holds_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    given = {"STRIPE_API_BASE": "http://pay.example", "STRIPE_API_KEY": "sk_theirs", "SMPP_PASSWORD": "stray"}
    told = environment(tmp_path, "127.0.0.1", 8000, {**given, "no_proxy": "intranet"})
    assert told["STRIPE_API_KEY"] == "sk_theirs"
    assert "STRIPE_WEBHOOK_SECRET" not in told
    assert told["SMPP_PASSWORD"] != "stray"
    assert told["no_proxy"].startswith("intranet,127.0.0.1")


@pytest.mark.parametrize(
    "host, public",
    [("127.0.0.1", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000")],  # noqa: S104
)
def test_the_printed_address_is_one_a_browser_can_open(tmp_path: Path, host: str, public: str) -> None:
    assert environment(tmp_path, host, 8000, {})["PUBLIC_URL"] == public
