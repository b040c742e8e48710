"""Returns (R83.6, RI.4): what ends an order, on which day, what goes back and what stays payable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from portal.rules.law import N_, RuleViolation, law
from portal.rules.orders import CloseReason


class EventKind(StrEnum):
    """What becomes known of a person from elsewhere."""

    DEATH = "death"
    DEPARTURE = "departure"
    RETURN = "return"
    PROGRAMME_CLOSED = "programme_closed"


ENDING: Mapping[EventKind, CloseReason] = {
    EventKind.DEATH: CloseReason.DEATH,
    EventKind.DEPARTURE: CloseReason.DEPARTURE,
    EventKind.PROGRAMME_CLOSED: CloseReason.PROGRAMME_CLOSED,
}
"""The events that end services on their day, and the reason that is given for it."""

UNDOABLE: frozenset[EventKind] = frozenset({EventKind.DEATH, EventKind.DEPARTURE})
"""The events that an office may undo; a closed programme is opened by a newer version of it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that ends a person's services: what it is, and the day on which it happened."""

    reason: CloseReason
    on: date


@dataclass(frozen=True, slots=True)
class Closing:
    """How an order ends: its last day, what goes back to the entitlement, what was used and stays payable."""

    reason: CloseReason
    last_day_on: date
    returned_minutes: int
    kept_minutes: int


class Dayed(Protocol):
    """A visit, for its day and length."""

    @property
    def day(self) -> date: ...
    @property
    def minutes(self) -> int: ...


D = TypeVar("D", bound=Dayed)


@law("R83.6", "R42.2", "RI.4")
def last_day_of_service(
    ends_on: date, *, died_on: date | None = None, departed_on: date | None = None, closed_on: date | None = None
) -> date:
    """The last day on which a service may be rendered: the order's own last day, or the earliest event before it.

    The day of the event itself is still a day of service: what was rendered before the hour of it stays payable.
    """
    return min(day for day in (ends_on, died_on, departed_on, closed_on) if day is not None)


@law("R83.6", "RI.4")
def to_be_struck(entries: Iterable[D], last_day_on: date) -> list[D]:
    """The visits written down for days after the last day of service: they are struck and not paid."""
    return [entry for entry in entries if entry.day > last_day_on]


@law("R83.6", "RI.1", "RI.4")
def close_on(event: Event, ends_on: date, minutes: int, entries: Iterable[Dayed]) -> Closing:
    """How `event` closes an order of so many minutes: what no visit used up to the last day goes back.

    `minutes` is what the order took of the entitlement, `entries` its visits that are not struck.
    """
    last_day_on = min(ends_on, event.on)
    kept = sum(entry.minutes for entry in entries if entry.day <= last_day_on)
    return Closing(event.reason, last_day_on, returned_minutes=max(minutes - kept, 0), kept_minutes=kept)


@law("R83.6")
def check_undo(kind: EventKind, note: str) -> None:
    """A death or a departure that was reported by mistake is undone, and who undoes it says why."""
    if kind not in UNDOABLE:
        raise RuleViolation(N_("Only a death or a departure can be undone here."), "R83.6")
    if not note.strip():
        raise RuleViolation(N_("Say in a few words how the mistake became known."), "R83.6")


@law("R83.6", "R42.2")
def has_expired(ends_on: date, today: date) -> bool:
    """Whether the last day of an order, entitlement or programme has passed; on that day itself it still holds."""
    return today > ends_on
