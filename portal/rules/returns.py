"""Returns (R83.6, RI.4): what ends services, and which is their last day."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from portal.rules.law import N_, RuleViolation, law
from portal.rules.order_reasons import CloseReason


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


@law("R83.6", "R42.2", "RI.4")
def last_day_of_service(ends_on: date, *ended_on: date | None) -> date:
    """The last day on which a service may be rendered: its own last day, or the earliest event that ends it before.

    The day of the event itself is still a day of service: what was rendered before the hour of it stays payable.
    """
    return min(day for day in (ends_on, *ended_on) if day is not None)


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
