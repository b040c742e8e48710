"""A demo of made-up processes: real processes and signals, and nothing of the portal. Run by the supervisor's tests.

python -m tests.demo.made_up demo PORT DATA KIND     the demo itself
python -m tests.demo.made_up serve|worker|… …        one of its processes
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import FrameType


def demo(port: str, data: str, kind: str) -> None:
    """The supervisor with a web server and a worker, and what `kind` adds."""
    from portal.demo.processes import Command
    from portal.demo.supervisor import Plan, run

    def command(name: str, *arguments: str) -> Command:
        return Command(name, (sys.executable, "-m", "tests.demo.made_up", name, *arguments))

    steps = [command("step")]
    web = [command("serve", port)]
    if kind in {"fails", "sleeps"}:
        steps.append(command(kind))
    if kind in {"dies", "deaf"}:
        web.append(command(kind))
    waves = (web, [command("worker")])
    plan = Plan(steps=steps, waves=waves, greeting=command("greet"), fingerprint=f"as {kind}")
    sys.exit(run(int(port), Path(data), empty=False, host="127.0.0.1", plan=plan))


def note(what: str) -> None:
    """Leave a line for the test to read."""
    with (Path(os.environ["PORTAL_DATA"]) / "events").open("a", encoding="utf-8") as file:
        file.write(what + "\n")


def until_asked(name: str) -> None:
    """What each of them does on SIGTERM; a moment's delay shows who was waited for."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        time.sleep(0.3)
        note(f"{name} stopped")
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Well(BaseHTTPRequestHandler):
    """Says that all is well."""

    def do_GET(self) -> None:
        """For any page."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def serve(port: str) -> None:
    """A web server with a worker of its own, which the kernel ends when the server is killed, and nothing else does."""
    until_asked("serve")
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-c", deaf])
    HTTPServer(("127.0.0.1", int(port)), Well).serve_forever()


def worker() -> None:
    """Works until it is told to stop."""
    until_asked("worker")
    time.sleep(600)


def deaf() -> None:
    """Does not listen."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def dies() -> None:
    """Begins well."""
    time.sleep(1)
    print("out of luck")
    sys.exit(3)


def fails() -> None:
    """A step that fails."""
    sys.exit("the tables are not to its liking")


def sleeps() -> None:
    """A step that takes long."""
    note("asleep")
    time.sleep(600)


PARTS: dict[str, Callable[..., None]] = {
    "demo": demo,
    "serve": serve,
    "worker": worker,
    "deaf": deaf,
    "dies": dies,
    "fails": fails,
    "sleeps": sleeps,
    "step": lambda: note(f"step with {os.environ['DATABASE_URL'].partition(':')[0]}"),
    "greet": lambda: print("Айгүл signs in with 800517400011"),
}

if __name__ == "__main__":
    PARTS[sys.argv[1]](*sys.argv[2:])
