"""A demo that runs: started, asked what its phones show, told what NCALayer's window does, stopped."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from playwright.sync_api import StorageState

from portal import clock
from portal.demo import ncalayer, smpp_store
from portal.demo.clock import source
from portal.demo.esobes_receiver import FILE

ROOT = Path(__file__).resolve().parents[2]
FIRST_MOMENT = datetime(2026, 9, 10, 12, tzinfo=clock.ALMATY)
"""When the demo begins. Its story is told back from here, so that the pages are the same on every day."""
LONGEST_START = 240
LONGEST_WAIT = 60
OURS = ("DATABASE_URL", "STRIPE_", "SMPP_", "ESOBES_", "SIGNING_", "PORTAL_", "SECRET_KEY", "PUBLIC_URL")
"""What would point the demo at something else than its own stand-ins."""
T = TypeVar("T")
CODE = re.compile(r": ([0-9]{6})\.")


@dataclass
class Demo:
    """A running demo: where it is, and its directory; `signed_in` are the browsers that signed in before."""

    url: str
    data: Path
    signed_in: dict[tuple[str, str], StorageState] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day that it is in the demo."""
        return source(self.data / "clock.json")().date()

    def texts(self, phone: str | None) -> list[str]:
        """What a phone shows, oldest first."""
        return [message.text for message in smpp_store.messages(self.data, phone)]

    def told(self, phone: str | None, words: str, seen: int) -> list[str]:
        """What came after the first `seen`, once one of them has `words`: others may be on their way before it."""

        def came() -> list[str] | None:
            new = self.texts(phone)[seen:]
            return new if any(words in text for text in new) else None

        return wait(came, f"an SMS with “{words}”")

    def code(self, phone: str | None, seen: int) -> str:
        """The code on a phone in a message that came after the first `seen`."""

        def newest() -> str | None:
            found = [CODE.search(text) for text in self.texts(phone)[seen:]]
            return next((one[1] for one in reversed(found) if one), None)

        return wait(newest, "a code by SMS")

    def choose_key(self, mode: str) -> None:
        """What the person at NCALayer's window does from now on."""
        ncalayer.set_mode(self.data, mode)

    def executions(self) -> list[dict[str, Any]]:
        """What E-Sobes was told."""
        kept = self.data / FILE
        return [json.loads(line) for line in kept.read_text("utf-8").splitlines()] if kept.exists() else []

    def post(self, path: str, message: dict[str, Any]) -> httpx.Response:
        """Send a message as E-Sobes does."""
        token = json.loads((self.data / "secrets.json").read_text("utf-8"))["ESOBES_TOKEN"].split(",")[0]
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(f"{self.url}/api/esobes/v1{path}", json=message, headers=headers, timeout=30, trust_env=False)


def wait(found: Callable[[], T | None], what: str) -> T:
    """What `found` gives once it gives something."""
    deadline = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for {what}")


@contextmanager
def run(data: Path) -> Iterator[Demo]:
    """The demo in `data`, from the first moment of its story on."""
    _set_clock(data)
    port = free_port()
    command = [sys.executable, "-P", "-m", "portal.cli", "demo", "up", "--port", str(port), "--data", str(data)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment()
    ) as running:
        try:
            _await(running)
            yield Demo(f"http://127.0.0.1:{port}", data)
        finally:
            running.terminate()
            running.wait(60)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _set_clock(data: Path) -> None:
    data.mkdir(mode=0o700)
    (data / "demo.lock").touch(mode=0o600)
    offset = int((FIRST_MOMENT - clock.wall()).total_seconds())
    (data / "clock.json").write_text(json.dumps({"offset_seconds": offset}), "utf-8")


def _environment() -> dict[str, str]:
    known = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
    # NCALayer's own port may be somebody else's here.
    return {**known, "PYTHONPATH": str(ROOT), "NCALAYER_URL": f"ws://127.0.0.1:{free_port()}"}


def _await(running: "subprocess.Popen[str]") -> None:
    said = []
    deadline = time.monotonic() + LONGEST_START
    assert running.stdout is not None
    for line in running.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            return
        if time.monotonic() > deadline:
            break
    raise AssertionError("the demo did not start:\n" + "".join(said))
