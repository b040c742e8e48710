"""Child processes of the demo: each in a session of its own, and ended by the kernel when the demo is gone.

They are killed then, not asked: one that is busy or hangs would stay. Nothing may be lost by that, as nothing may be
lost when a machine stops. Their output goes to log files. `start` belongs in the main thread, to which the kernel ties
them.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

LOG_BYTES = 1_000_000
LOG_LINES = 20


@dataclass(frozen=True, slots=True)
class Command:
    """A program and its arguments, and what people call it."""

    name: str
    arguments: tuple[str, ...]


class Child:
    """A command that was started; `output` is where it writes, after what earlier ones wrote."""

    def __init__(self, command: Command, output: Path, begin: int, process: subprocess.Popen[bytes]) -> None:
        self.name = command.name
        self.output = output
        self._begin = begin
        self._process = process

    @property
    def status(self) -> int | None:
        """How it ended; none while it runs."""
        return self._process.poll()

    def said(self) -> str:
        """What it has written so far."""
        return self.output.read_bytes()[self._begin :].decode("utf-8", "replace").rstrip()

    def ask_to_stop(self) -> None:
        """Let it finish what it is at."""
        if self.status is None:
            self._process.terminate()

    def make_stop(self, deadline: float) -> None:
        """Wait until `deadline` on the monotonic clock, then kill it; what it started itself goes in any case."""
        try:
            self._process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def obituary(self) -> str:
        """That it ended, how, and the end of what it wrote."""
        status = self.status
        how = f"was killed by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
        lines = self.said().splitlines()[-LOG_LINES:]
        return "\n".join([f"'{self.name}' {how}. The end of {self.output}:", *(f"  {line}" for line in lines)])


def start(command: Command, logs: Path, environment: Mapping[str, str], *, lock: int) -> Child:
    """Start `command` with its output in `logs`. It holds the lock with the file descriptor `lock` while it lives."""
    output = logs / f"{command.name.replace(' ', '-')}.log"
    if output.exists() and output.stat().st_size > LOG_BYTES:
        output.replace(output.with_suffix(".log.old"))
    with output.open("ab") as log:
        begin = log.tell()
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command.arguments],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=dict(environment), start_new_session=True, pass_fds=[lock],
        )  # fmt: skip
    return Child(command, output, begin, process)


def stop(children: Iterable[Child], seconds: float) -> None:
    """Stop `children` side by side, those that do not within `seconds` by force."""
    going = list(children)
    for child in going:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    for child in going:
        child.make_stop(deadline)
