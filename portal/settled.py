"""A process that has started: what it made until then stays, so the garbage collector need not look at it again."""

import gc

NEW_OBJECTS = 10_000
"""A page makes thousands of objects and drops them itself; looking for cycles after every 700 takes a tenth of it."""


def settle() -> None:
    """Call once, when everything that stays has been made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
