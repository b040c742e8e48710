"""The demo's clock: the real time, moved by what a small file says. Every process of the demo reads the same file."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from portal import clock


def source(path: Path) -> Callable[[], datetime]:
    """A clock that runs as the real one does, moved by the offset in `path`; the file is read again when it changes."""
    seen = 0
    offset = timedelta()

    def now() -> datetime:
        nonlocal seen, offset
        try:
            changed = path.stat().st_mtime_ns
        except FileNotFoundError:
            return clock.wall()
        if changed != seen:
            seen, offset = changed, timedelta(seconds=json.loads(path.read_text("utf-8"))["offset_seconds"])
        return clock.wall() + offset

    return now


def move_to(path: Path, day: date) -> None:
    """Make today `day`, the time of day as it really is."""
    offset = timedelta(days=(day - clock.wall().date()).days)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"offset_seconds": int(offset.total_seconds())}), "utf-8")
    fresh.replace(path)
