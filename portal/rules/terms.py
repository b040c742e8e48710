"""Terms (RI.7): in working days by the official calendar, in calendar days, in months; the day of the event is zero.

`due_on` is the one way to a due date; `term_table` lists the terms of the law that it is asked for.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.rules.law import N_, RuleViolation, law
from portal.rules.parameters import NEW_CODE_ON, Dated, Edition

_SATURDAY = 5
WARNING_DAYS = 60
"""So many days before the loaded calendar ends the office and the ministry are warned."""


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
    def take_working_days(self, day: date, n: int) -> date:
        """The last day on which n working days still lie between it and `day`, the latter counted."""
        while n > 0:
            n -= self.is_working_day(day)
            day -= timedelta(days=1)
        return day

    @law("RI.7")
    def ends_on(self, today: date) -> date:
        """The last day up to which terms can be reckoned: the end of the unbroken row of years from this one.

        When this year itself is missing, the last day of the year before.
        """
        year = today.year
        while year in self.years:
            year += 1
        return date(year - 1, 12, 31)

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


@law("RI.7")
def ends_soon(ends_on: date, today: date) -> bool:
    """Whether the loaded calendar ends within 60 days, or has ended."""
    return (ends_on - today).days <= WARNING_DAYS


class Unit(StrEnum):
    """How a term is reckoned."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    DAY_OF_NEXT_MONTH = "day_of_next_month"
    WORKING_DAYS_BEFORE = "working_days_before"
    CALENDAR_DAYS_BEFORE = "calendar_days_before"


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A term of the law: what must be done, in how much time, after (or before) what, by whom, and what comes then.

    `amounts` hold for both editions, `amounts_of_2023` for that one where it differs; a term without `amounts` is
    new in edition 2023. The texts are English; they are put into the reader's language where they are shown.
    """

    key: str
    what: str
    unit: Unit
    amounts: Dated[int] | None
    event: str
    actor: str
    then: str
    point: str
    amounts_of_2023: Dated[int] | None = None

    @law("RI.7")
    def amount(self, day: date, edition: Edition) -> int | None:
        """How many units the term has when its event is on `day`; None where the edition does not know the term."""
        if edition is Edition.BY_DATE:
            edition = Edition.OF_2021 if day < NEW_CODE_ON else Edition.OF_2023
        newer = self.amounts_of_2023 if edition is Edition.OF_2023 else None
        amounts = newer or self.amounts
        return amounts.on(day) if amounts else None


NO_CALENDAR = Calendar(frozenset(), frozenset(), frozenset())
"""For terms that ask for none."""


@law("RI.7")
def due_on(
    term: Term,
    event_on: date,
    calendar: Calendar = NO_CALENDAR,
    edition: Edition = Edition.OF_2021,
    *,
    times: int = 1,
) -> date:
    """The last day of a term whose event is on `event_on`, or of the term so many `times` in a row.

    Raises CalendarMissing for a year that is not loaded.
    """
    amount = term.amount(event_on, edition)
    if amount is None:
        raise RuleViolation(N_("This edition of the rules does not know this term."), term.point)
    return _reckoned(term.unit, event_on, amount * times, calendar)


def _reckoned(unit: Unit, event_on: date, amount: int, calendar: Calendar) -> date:
    match unit:
        case Unit.WORKING_DAYS:
            return calendar.add_working_days(event_on, amount)
        case Unit.WORKING_DAYS_BEFORE:
            return calendar.take_working_days(event_on, amount)
        case Unit.CALENDAR_DAYS:
            return add_calendar_days(event_on, amount)
        case Unit.CALENDAR_DAYS_BEFORE:
            return add_calendar_days(event_on, -amount)
        case Unit.MONTHS:
            return add_months(event_on, amount)
        case Unit.DAY_OF_NEXT_MONTH:
            return add_months(event_on.replace(day=1), 1).replace(day=amount)
