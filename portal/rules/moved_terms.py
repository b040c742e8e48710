"""What a change of the calendar would do to terms that already run (RI.7): nothing, unless somebody says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Generic, Protocol, TypeVar

from portal.rules.law import law
from portal.rules.parameters import Edition
from portal.rules.terms import Calendar, CalendarMissing, Term, due_on


class Running(Protocol):
    """A term that runs: which, since when, and until which day as it was told to both sides."""

    @property
    def term(self) -> Term: ...
    @property
    def started_on(self) -> date: ...
    @property
    def due_on(self) -> date: ...


R = TypeVar("R", bound=Running)


@dataclass(frozen=True, slots=True)
class Moved(Generic[R]):
    """A running term with the day on which it would end."""

    running: R
    to: date


@law("RI.7")
def moved(running: Iterable[R], before: Calendar, after: Calendar, edition: Edition, today: date) -> list[Moved[R]]:
    """The terms that the change touches: reckoned from their start they end on another day than by the old calendar.

    A term that has run out stays as it was. None is moved into the past: whoever must act has today at least.
    Raises CalendarMissing when one would run into a year that is not loaded.
    """
    found = []
    old, new = cache(partial(_reckoned, before, edition)), cache(partial(_due_on, after, edition))
    for one in running:
        if one.due_on < today:
            continue
        to = new(one.term, one.started_on)
        if to != old(one.term, one.started_on) and (to := max(to, today)) != one.due_on:
            found.append(Moved(one, to))
    return found


def _due_on(calendar: Calendar, edition: Edition, term: Term, started_on: date) -> date:
    return due_on(term, started_on, calendar, edition)


def _reckoned(calendar: Calendar, edition: Edition, term: Term, started_on: date) -> date | None:
    """None where the calendar lacked a year."""
    try:
        return due_on(term, started_on, calendar, edition)
    except CalendarMissing:
        return None
