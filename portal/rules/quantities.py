"""Minutes, tiyn and moments (RI.8): whole numbers only, and the one place where money is rounded."""

import re
from datetime import date, datetime, time, timedelta, timezone

from portal.rules.law import N_, RuleViolation, law

LAW_TIME = timezone(timedelta(hours=5), "Asia/Almaty")
"""The one time zone of the law (RI.7)."""

MINUTES_AN_HOUR = 60
MINUTES_OF_A_DAY = 24 * MINUTES_AN_HOUR
TIYN_A_TENGE = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@law("RI.8", "RI.2")
def whole_tiyn(numerator: int, denominator: int) -> int:
    """A share of money in whole tiyn, rounded down, so that nothing is ever paid above the guaranteed amount."""
    if numerator < 0 or denominator <= 0:
        raise ValueError("Money is divided from nought up, by more than nought.")
    return numerator // denominator


@law("RI.8", "RI.2")
def cost_tiyn(units: int, price_tiyn: int, per: int = MINUTES_AN_HOUR) -> int:
    """What so many units cost at a price for `per` of them (60 minutes, or one piece), rounded down once."""
    if units < 0 or price_tiyn < 0:
        raise ValueError("Units and prices are never negative.")
    return whole_tiyn(units * price_tiyn, per)


@law("RI.8", "R42.1")
def minutes_between(start: time, end: time) -> int:
    """Whole minutes of a visit; an end of 00:00 is midnight at the end of the day. Raises when it has no length."""
    begun = start.hour * MINUTES_AN_HOUR + start.minute
    ended = end.hour * MINUTES_AN_HOUR + end.minute
    if ended == 0 and begun > 0:
        ended = MINUTES_OF_A_DAY
    if ended <= begun:
        raise RuleViolation(
            N_(
                "The end has to be later than the start. A visit that goes past midnight is written down "
                "as two visits, the first one until 00:00."
            ),
            "R42.1",
        )
    return ended - begun


@law("RI.7", "RI.8")
def span(day: date, start: time, end: time) -> tuple[datetime, datetime]:
    """The moments at which a visit begins and ends, in the law's time; raises as `minutes_between` does."""
    minutes = minutes_between(start, end)
    begins = datetime(day.year, day.month, day.day, start.hour, start.minute, tzinfo=LAW_TIME)
    return begins, begins + timedelta(minutes=minutes)


@law("RI.3")
def overlap(first: tuple[datetime, datetime], second: tuple[datetime, datetime]) -> bool:
    """True when two stretches of time share a minute; one that begins when the other ends does not."""
    return first[0] < second[1] and second[0] < first[1]


@law("RI.7")
def day_of(moment: datetime) -> date:
    """The day of an aware moment in the law's time."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs its zone.")
    return moment.astimezone(LAW_TIME).date()


@law("RI.7")
def written_day(text: str) -> date:
    """The day that is written as 2026-12-31; else ValueError. Python's own reading takes weeks, too: 2026-W01-1."""
    if not _DAY.fullmatch(text):
        raise ValueError("not a day like 2026-12-31")
    return date.fromisoformat(text)


@law("R42.8", "RI.8")
def month_of(day: date) -> date:
    """The first day of the month that `day` is in; how a month is named throughout."""
    return day.replace(day=1)
