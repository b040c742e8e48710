"""The entitlement (R34.1, R26.1, RM.2): what a measure gives for a period, and when to remind of the choice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from portal.rules import term_table
from portal.rules.law import N_, RuleViolation, law
from portal.rules.parameters import (
    ASSISTANT_MINUTES_A_DAY,
    CHOICE_BLOCK_MONTHS,
    INTERPRETER_MINUTES_A_YEAR,
    SANATORIUM_DAYS_A_YEAR,
    Edition,
)
from portal.rules.service import GOODS, Service
from portal.rules.terms import add_months, due_on

MONTHS_A_QUARTER = 3


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar year, or with a `quarter` from 1 to 4 a quarter of it."""

    year: int
    quarter: int = 0

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, (max(self.quarter, 1) - 1) * MONTHS_A_QUARTER + 1, 1)

    @property
    def next_first(self) -> date:
        """The first day of the period that follows."""
        return add_months(self.first, MONTHS_A_QUARTER if self.quarter else 12)

    @property
    def last(self) -> date:
        """The last day."""
        return self.next_first - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Volume:
    """What a measure says of its volume, in units of its service: in all, or a day.

    `yearly_norm` is there for goods that are given anew each year: at most so many pieces (R34.1).
    """

    quantity: int | None = None
    a_day: int | None = None
    yearly_norm: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Units of a service (minutes, days or pieces) from one day to another, both included."""

    starts_on: date
    ends_on: date
    units: int


@law("R34.1", "R26.1", "R42.2", "R42.3", "RI.2")
def grant(
    service: Service,
    *,
    programme_from: date,
    programme_to: date,
    measure_from: date,
    measure_to: date,
    arrived_on: date,
    period: Period,
    volume: Volume,
    already_granted: int,
    planned_from: date | None = None,
) -> Grant | None:
    """What a measure gives in a period; None when it gives nothing in it.

    Assistant: 8 hours a calendar day from the data's arrival to the end of the period or programme; interpreter: 60
    hours a year; sanatorium: one stay of 14 days a year; goods: the programme's quantity (one, when it names none)
    once for the whole measure, or up to the norm each year; less what other measures gave. The programme's own volume
    lowers what the law gives and never raises it. A volume in all is spread over quarters by their days, from
    `planned_from` on.
    """
    starts_on = max(programme_from, measure_from, arrived_on)
    ends_on = min(programme_to, measure_to)
    if not once(service, volume):
        starts_on, ends_on = max(starts_on, period.first), min(ends_on, period.last)
    if starts_on > ends_on or (service is Service.SANATORIUM and already_granted):
        return None
    left = _limit(service, starts_on, ends_on, volume) - already_granted
    if volume.a_day is not None:
        left = min(left, _of_days(starts_on, ends_on, volume.a_day))
    if volume.quantity is not None:
        planned = max(programme_from, measure_from, planned_from or arrived_on)
        left = min(left, _share(volume.quantity, period, planned, min(programme_to, measure_to)))
    return Grant(starts_on, ends_on, left) if left > 0 else None


@law("RM.2")
def once(service: Service, volume: Volume) -> bool:
    """Whether a measure gives what it gives once for all its days: goods do, but for those with a yearly norm."""
    return service in GOODS and volume.yearly_norm is None


@law("R34.1")
def period_on(service: Service, day: date, edition: Edition) -> Period:
    """The period for which a measure gives on `day`: a calendar year; an assistant's, by edition 2023, a quarter."""
    if service is Service.ASSISTANT and edition.on(day) is Edition.OF_2023:
        return Period(day.year, (day.month - 1) // MONTHS_A_QUARTER + 1)
    return Period(day.year)


@law("R34.3")
def reminder_due_on(arrived_on: date, sent: int) -> date:
    """The day of the next reminder to choose a provider: one month after the data arrived, then every month.

    Reckoned from the arrival each time, so that a 31st does not slide to the 28th for good.
    """
    return due_on(term_table.CHOICE, arrived_on, times=sent + 1)


@law("R34.3")
def is_to_be_blocked(since: date, today: date, edition: Edition) -> bool:
    """By edition 2023 the choice is blocked when nothing was chosen for two months; by 2021 never."""
    return edition.on(today) is Edition.OF_2023 and today >= add_months(since, CHOICE_BLOCK_MONTHS.on(since))


@law("R34.3")
def check_not_blocked(blocked_on: date | None) -> None:
    """Nothing is ordered from an entitlement whose choice is blocked; the person activates it first."""
    if blocked_on is not None:
        raise RuleViolation(
            N_(
                "The choice is blocked since %(blocked_on)s: for two months no provider was chosen. "
                "Open this measure on your page, activate the choice, and order then."
            ),
            "R34.3",
            blocked_on=blocked_on,
        )


@law("R34.1", "RI.3")
def usable_units(service: Service, left: int, today: date, ends_on: date, *, busy_minutes_a_day: int = 0) -> int:
    """How much of what is left can in fact still be served: an assistant's hours of past days do not come again.

    `busy_minutes_a_day` is what running orders already take of each day; other services know no day.
    """
    if service != Service.ASSISTANT:
        return left
    a_day = max(ASSISTANT_MINUTES_A_DAY.on(today) - busy_minutes_a_day, 0)
    return min(left, max((ends_on - today).days + 1, 0) * a_day)


@law("R34.1", "RI.3")
def busiest_day_minutes(ordered: Iterable[tuple[date, date, int]], first: date) -> int:
    """What orders take together of their busiest day from `first` on; each is its first and last day and its minutes.

    They take most on `first` or on a day on which one of them begins.
    """
    orders = list(ordered)
    days = {max(starts_on, first) for starts_on, _ends_on, _minutes in orders}
    return max((sum(n for begin, end, n in orders if begin <= day <= end) for day in days), default=0)


def _limit(service: Service, starts_on: date, ends_on: date, volume: Volume) -> int:
    if service in GOODS:
        return (volume.quantity or 1) if volume.yearly_norm is None else volume.yearly_norm
    if service is Service.SANATORIUM:
        return SANATORIUM_DAYS_A_YEAR.on(starts_on)
    if service is Service.INTERPRETER:
        return INTERPRETER_MINUTES_A_YEAR.on(starts_on)
    return _of_days(starts_on, ends_on)


def _of_days(starts_on: date, ends_on: date, a_day: int | None = None) -> int:
    """An assistant's minutes of these days: the law's, or `a_day` where that is less."""
    days = (starts_on + timedelta(days=n) for n in range((ends_on - starts_on).days + 1))
    limits = (ASSISTANT_MINUTES_A_DAY.on(day) for day in days)
    return sum(limit if a_day is None else min(limit, a_day) for limit in limits)


def _share(quantity: int, period: Period, planned_from: date, planned_to: date) -> int:
    """The part of a year's volume that falls to a quarter by its days; a year has all of it. No unit is lost."""
    if not period.quarter:
        return quantity
    first = max(planned_from, date(period.year, 1, 1))
    days = (min(planned_to, date(period.year, 12, 31)) - first).days + 1
    before = max((period.first - first).days, 0)
    after = max(min((period.last - first).days + 1, days), 0)
    return quantity * after // days - quantity * min(before, days) // days if days > 0 else 0
