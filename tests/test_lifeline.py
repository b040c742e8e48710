"""A process that goes with its parent, however that ended."""

import signal
import subprocess
import sys
import time

from tests.demo.living import is_alive

PARENT = """
import os, time
from portal.lifeline import go_with_parent
child = os.fork()
if not child:
    go_with_parent()
    print(os.getpid(), flush=True)
time.sleep(60)
"""


def test_goes_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        deadline = time.monotonic() + 5
        while is_alive(child) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not is_alive(child)
