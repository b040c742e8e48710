"""Terms (RI.7): in working days by the official calendar, in calendar days, in months; the day of the event is zero."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.rules.law import N_, RuleViolation, law

_SATURDAY = 5


class CalendarMissing(RuleViolation):
    """The official calendar of a year is not in the portal, so no term may be reckoned in it."""

    def __init__(self, year: int) -> None:
        super().__init__(
            N_("The official calendar for %(year)s is not in the portal yet. It has to be added first."),
            "RI.7",
            year=year,
        )


class DayKind(StrEnum):
    """What the calendar says of a day that is not as its weekday would have it."""

    DAY_OFF = "day_off"
    WORKED_WEEKEND = "worked_weekend"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The official calendar of the five-day week: weekdays off, weekends worked, and the years that it covers."""

    days_off: frozenset[date]
    worked_weekends: frozenset[date]
    years: frozenset[int]

    @classmethod
    @law("RI.7")
    def from_rows(cls, rows: Iterable[tuple[date, str]]) -> "Calendar":
        """A calendar of (day, kind) rows; a year is covered when it has a row. Raises ValueError at an unknown kind."""
        of_kind: dict[DayKind, set[date]] = {kind: set() for kind in DayKind}
        for day, kind in rows:
            of_kind[DayKind(kind)].add(day)
        return cls(
            days_off=frozenset(of_kind[DayKind.DAY_OFF]),
            worked_weekends=frozenset(of_kind[DayKind.WORKED_WEEKEND]),
            years=frozenset(day.year for days in of_kind.values() for day in days),
        )

    @law("RI.7")
    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`; raises CalendarMissing for a year that the calendar does not cover."""
        if day.year not in self.years:
            raise CalendarMissing(day.year)
        if day in self.worked_weekends:
            return True
        return day.weekday() < _SATURDAY and day not in self.days_off

    @law("RI.7")
    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`, which itself does not count; for 0, `day`."""
        if n < 0:
            raise ValueError("A term does not run backwards.")
        while n > 0:
            day += timedelta(days=1)
            n -= self.is_working_day(day)
        return day

    @law("RI.7")
    def working_days_left(self, today: date, due: date) -> int:
        """Working days after `today` up to and with `due`: 0 on the last day, below 0 when the term has run out."""
        if due < today:
            return -self.working_days_left(due, today)
        days = (today + timedelta(days=n) for n in range(1, (due - today).days + 1))
        return sum(self.is_working_day(day) for day in days)


@law("RI.7")
def add_calendar_days(day: date, n: int) -> date:
    """The n-th day after `day`, days off included."""
    return day + timedelta(days=n)


@law("RI.7")
def add_months(day: date, n: int) -> date:
    """The same day n months later, or the last day of that month when it is shorter."""
    months = day.year * 12 + day.month - 1 + n
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@law("RI.7")
def last_day_of_month(day: date) -> date:
    """The last day of the month that `day` is in."""
    return day.replace(day=monthrange(day.year, day.month)[1])
