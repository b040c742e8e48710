"""The entitlement (R34.1, R34.3): what a measure gives for a calendar year, and when to remind of the choice."""

from dataclasses import dataclass
from datetime import date, timedelta

from portal.rules import term_table
from portal.rules.law import law
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY, INTERPRETER_MINUTES_A_YEAR
from portal.rules.service import Service, check_hourly
from portal.rules.terms import due_on


@dataclass(frozen=True, slots=True)
class Grant:
    """Minutes of a service from one day to another, both included."""

    starts_on: date
    ends_on: date
    minutes: int


@law("R34.1", "R42.2", "R42.3", "RI.2")
def grant(
    service: Service,
    *,
    programme_from: date,
    programme_to: date,
    measure_from: date,
    measure_to: date,
    arrived_on: date,
    year: int,
    quantity_minutes: int | None,
    already_granted_minutes: int,
    minutes_a_day: int | None = None,
) -> Grant | None:
    """What a measure gives in a calendar year; None when it gives nothing in it.

    Assistant: 8 hours a calendar day from the data's arrival to the end of the year or programme; interpreter: 60
    hours; less what other measures gave for the same days (assistant) or year (interpreter). The programme's own
    volume (`quantity_minutes` in all, `minutes_a_day`) lowers it and never raises it.
    """
    check_hourly(service)
    starts_on = max(programme_from, measure_from, arrived_on, date(year, 1, 1))
    ends_on = min(programme_to, measure_to, date(year, 12, 31))
    if starts_on > ends_on:
        return None
    left = _limit(service, starts_on, ends_on, minutes_a_day) - already_granted_minutes
    minutes = left if quantity_minutes is None else min(left, quantity_minutes)
    return Grant(starts_on, ends_on, minutes) if minutes > 0 else None


@law("R34.3")
def reminder_due_on(arrived_on: date, sent: int) -> date:
    """The day of the next reminder to choose a provider: one month after the data arrived, then every month.

    Reckoned from the arrival each time, so that a 31st does not slide to the 28th for good.
    """
    return due_on(term_table.CHOICE, arrived_on, times=sent + 1)


@law("R34.1", "RI.3")
def usable_minutes(
    service: Service, left_minutes: int, today: date, ends_on: date, *, busy_minutes_a_day: int = 0
) -> int:
    """How much of what is left can in fact still be served: an assistant's hours of past days do not come again.

    `busy_minutes_a_day` is what running orders already take of each day; an interpreter's hours know no day.
    """
    if service != Service.ASSISTANT:
        return left_minutes
    a_day = max(ASSISTANT_MINUTES_A_DAY.on(today) - busy_minutes_a_day, 0)
    return min(left_minutes, max((ends_on - today).days + 1, 0) * a_day)


def _limit(service: Service, starts_on: date, ends_on: date, minutes_a_day: int | None) -> int:
    if service == Service.INTERPRETER:
        return INTERPRETER_MINUTES_A_YEAR.on(starts_on)
    total = 0
    day = starts_on
    while day <= ends_on:
        limit = ASSISTANT_MINUTES_A_DAY.on(day)
        total += limit if minutes_a_day is None else min(limit, minutes_a_day)
        day += timedelta(days=1)
    return total
