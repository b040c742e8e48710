"""Returns (R83.6, RI.4): what ends an order, on which day, what goes back and what stays payable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from portal.rules.law import N_, RuleViolation, law
from portal.rules.orders import CLOSE_LABELS, CloseReason
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.quantities import overlap
from portal.rules.service import Service
from portal.rules.service_log import Logged


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


class StaysStruck(StrEnum):
    """Why a visit that was struck by mistake stays struck all the same."""

    HOURS_USED = "hours_used"
    SPECIALIST_ELSEWHERE = "specialist_elsewhere"
    SERVED_BY_ANOTHER = "served_by_another"
    DAY_IS_FULL = "day_is_full"


STRUCK_LABELS: Mapping[str, str] = {
    **{reason.value: text for reason, text in CLOSE_LABELS.items()},
    StaysStruck.HOURS_USED.value: N_("Its hours were used by later visits"),
    StaysStruck.SPECIALIST_ELSEWHERE.value: N_("The specialist has another visit at that time"),
    StaysStruck.SERVED_BY_ANOTHER.value: N_("Another specialist was with the recipient at that time"),
    StaysStruck.DAY_IS_FULL.value: N_("The limit of that day is used by other visits"),
}
"""Why the portal itself strikes a visit; people say it in their own words."""


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


@law("R83.6", "RI.1", "RI.2", "RI.3", "R34.1")
def stays_struck(
    visit: Logged, service: Service, left_minutes: int, of_specialist: Iterable[Logged], of_recipient: Iterable[Logged]
) -> StaysStruck | None:
    """Why a visit that was struck by mistake does not fit into the log any more; None when it stands again.

    `of_specialist`: the specialist's visits of that day, with whomever; `of_recipient`: the recipient's of this
    service, by all providers; neither has it among them. `left_minutes`: what its order and entitlement have for it.
    """
    beside = list(of_recipient)
    if visit.minutes > left_minutes:
        return StaysStruck.HOURS_USED
    if _meets(visit, of_specialist):
        return StaysStruck.SPECIALIST_ELSEWHERE
    if _meets(visit, beside):
        return StaysStruck.SERVED_BY_ANOTHER
    of_day = sum((one.minutes for one in beside), visit.minutes)
    is_full = service is Service.ASSISTANT and of_day > ASSISTANT_MINUTES_A_DAY.on(visit.day)
    return StaysStruck.DAY_IS_FULL if is_full else None


def _meets(visit: Logged, others: Iterable[Logged]) -> bool:
    return any(overlap((visit.started_at, visit.ended_at), (one.started_at, one.ended_at)) for one in others)


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
