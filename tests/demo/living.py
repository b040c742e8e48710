"""Which processes are left of a demo or a server."""

import os
import time
from pathlib import Path


def living(data: Path) -> list[str]:
    """What still runs with `data` as its directory or in its environment; the dead that nobody buried do not count."""
    return [command for process in Path("/proc").glob("[0-9]*") if (command := _command_if_about(process, str(data)))]


def await_death(data: Path, seconds: float) -> None:
    """Wait until nothing is left, `seconds` at most."""
    deadline = time.monotonic() + seconds
    while left := living(data):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    """True while the process runs; not when it is dead and unburied."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def _command_if_about(process: Path, data: str) -> str:
    if process.name == str(os.getpid()) or not is_alive(int(process.name)):
        return ""
    try:
        command, told = ((process / name).read_text("utf-8", "replace") for name in ("cmdline", "environ"))
        about = data in command or data in told or data in str((process / "cwd").readlink())
    except OSError:
        return ""
    return f"{process.name} {command.replace(chr(0), ' ')}" if about else ""
