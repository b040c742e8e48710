"""A process that has started: what it made until then stays, so the garbage collector need not look at it again."""

import gc

NEW_OBJECTS = 10_000
"""A page makes a few thousand objects and drops them itself; looking for cycles after every 700 is a tenth of its time."""


def settle() -> None:
    """Call once, when everything that stays has been made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
