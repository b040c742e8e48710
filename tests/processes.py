"""The portal's own commands as processes of their own, as people and machines run them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.apps import SECRET

ROOT = Path(__file__).resolve().parents[1]


def environment(url: str = "", **given: str) -> dict[str, str]:
    """What a command is told; nothing of the tests' own environment but what Python needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    told = {"SECRET_KEY": SECRET, "PYTHONDONTWRITEBYTECODE": "1", **given}
    return kept | told | ({"DATABASE_URL": url} if url else {})


def run(*arguments: str, url: str = "", **given: str) -> subprocess.CompletedProcess[str]:
    """`portal` with arguments, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "portal.cli", *arguments],
        cwd=ROOT,
        env=environment(url, **given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def running(*arguments: str, url: str, log: Path, **given: str) -> Iterator[subprocess.Popen[bytes]]:
    """`portal` with arguments while the block lasts; killed at its end if it still runs. It writes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.cli", *arguments],
            cwd=ROOT,
            env=environment(url, **given),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def until(enough: Callable[[], object], log: Path, seconds: float = 30) -> None:
    """Wait until something is so; when it is not, the test ends with what the process wrote."""
    deadline = time.monotonic() + seconds
    while not enough():
        assert time.monotonic() < deadline, log.read_text("utf-8", "replace")
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
    return number
