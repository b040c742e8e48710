"""Locks that end with their holder: one demo to a directory, one server to its data."""

import fcntl
import os
import time
from pathlib import Path


class HeldError(Exception):
    """Somebody else holds the lock."""


def hold(path: Path, seconds: float = 0) -> int:
    """Take the lock on the file `path`, waiting at most `seconds`; raises `HeldError`.

    Holds until the file descriptor that comes back is closed here and in every process that inherited it, so a
    killed holder leaves no lock behind.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(file)
                raise HeldError(str(path)) from None
            time.sleep(0.05)
        else:
            return file
