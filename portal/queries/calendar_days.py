"""Reading the official calendar as its keepers see it: year by year, with the decree of each day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from portal.models.reference import CalendarDay
from portal.rules.terms import DayKind


@dataclass(frozen=True, slots=True)
class Year:
    """A year that is loaded: how many weekdays are off, how many weekend days worked, how many not confirmed yet."""

    year: int
    days_off: int
    worked: int
    unconfirmed: int


def years(session: Session) -> list[Year]:
    """Every year that is loaded, the newest first."""
    year = extract("year", CalendarDay.day)
    rows = session.execute(
        select(
            year,
            func.count().filter(CalendarDay.kind == DayKind.DAY_OFF),
            func.count().filter(CalendarDay.kind == DayKind.WORKED_WEEKEND),
            func.count().filter(~CalendarDay.confirmed),
        )
        .group_by(year)
        .order_by(year.desc())
    )
    return [Year(int(row[0]), row[1], row[2], row[3]) for row in rows]


def of_year(session: Session, year: int) -> Sequence[CalendarDay]:
    """The days of a year that are not as their weekday would have it."""
    within = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    return session.scalars(select(CalendarDay).where(within).order_by(CalendarDay.day)).all()


def every(session: Session) -> dict[date, CalendarDay]:
    """All days by their date."""
    return {one.day: one for one in session.scalars(select(CalendarDay).order_by(CalendarDay.day))}


def get(session: Session, day: date) -> CalendarDay:
    """What the calendar says of a day; LookupError when it says nothing."""
    found = session.get(CalendarDay, day)
    if found is None:
        raise LookupError("the calendar says nothing of this day")
    return found
