"""A process that dies at a chosen moment: around a commit, a call to the outside, or the check of a signature.

The child is a copy of this process with connections of its own. It kills itself with SIGKILL, so nothing is tidied up:
the server only sees that somebody is gone.
"""

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

import httpx

from portal import db
from tests.pen import Pen


class Moments:
    """The moments of a deed, in their order; at the chosen one the process dies."""

    def __init__(self, last: int) -> None:
        self._left = last

    def around(self, place: Any, name: str) -> None:
        """Each call of `place.name` has a moment before and a moment after it; in this process, which will end."""
        really = getattr(place, name)

        def call(*given: Any, **named: Any) -> Any:
            self.pass_by()
            result = really(*given, **named)
            self.pass_by()
            return result

        setattr(place, name, call)

    def pass_by(self) -> None:
        """One more moment has come."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def dies_at(moment: int, deed: Callable[[], object]) -> bool:
    """Do something in a child that dies at its `moment`-th moment; False when it came to its end before."""
    db.database().dispose()  # a copy of an open connection would be closed twice
    child = os.fork()
    if child == 0:
        _do(moment, deed)
    _child, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the child met a fault; see above"
    return False


def _do(moment: int, deed: Callable[[], object]) -> None:
    """What the child does; it never comes back."""
    try:
        moments = Moments(moment)
        moments.around(db.database().engine.dialect, "do_commit")
        moments.around(httpx.Client, "send")
        moments.around(Pen, "verify")
        deed()
        os._exit(0)
    except BaseException:  # whatever it is, the tests of the parent must not go on in the child
        traceback.print_exc()
        os._exit(3)
