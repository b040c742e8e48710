"""Children that go when their parent goes, however it went.

The web server's workers live on when their parent is killed, and go on answering on its port; so each tells the kernel
that it wants to go with it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def go_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """From now on this process gets the signal `how` when the thread that made it ends; on Linux, elsewhere nothing."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        os.kill(os.getpid(), how)
