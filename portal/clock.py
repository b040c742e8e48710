"""The only module that asks the time. The law's time is UTC+5, without summer time (RI.7)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

ALMATY = timezone(timedelta(hours=5), "Asia/Almaty")


def wall() -> datetime:
    """The real moment, whatever the demo's clock says; for heartbeats and logs."""
    return datetime.now(ALMATY)


_source: Callable[[], datetime] = wall


def use(source: Callable[[], datetime] | None) -> None:
    """Take the time from `source` (the demo and the tests); None goes back to the real time."""
    global _source  # noqa: PLW0603 - one clock a process is the point
    _source = source or wall


def now() -> datetime:
    """This moment, aware, in UTC+5."""
    return _source()


def today() -> date:
    """This day in UTC+5."""
    return now().date()
