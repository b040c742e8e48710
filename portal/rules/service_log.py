"""The service log (R42.1–R42.3): who served whom, when, where; what may be written down and struck."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Literal, Protocol

from portal.rules.law import N_, RuleViolation, law
from portal.rules.orders import OrderStatus
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.quantities import LAW_TIME, day_of, minutes_between, month_of, overlap, span
from portal.rules.returns import last_day_of_service
from portal.rules.service import Service, check_hourly


class Way(StrEnum):
    """How an interpreter serves (R42.7)."""

    OFFLINE = "offline"
    ONLINE = "online"


class ObjectionReason(StrEnum):
    """Why a recipient objects to a visit in the log, or to a hand-over of goods."""

    NOT_SERVED = "not_served"
    SHORTER = "shorter"
    ANOTHER_DAY_OR_TIME = "another_day_or_time"
    ANOTHER_PERSON = "another_person"
    ANOTHER_PLACE_OR_WAY = "another_place_or_way"
    BAD_QUALITY = "bad_quality"
    NOT_RECEIVED = "not_received"
    DAMAGED = "damaged"
    NOT_AS_ORDERED = "not_as_ordered"


OBJECTION_LABELS: Mapping[ObjectionReason, str] = {
    ObjectionReason.NOT_SERVED: N_("This visit did not take place"),
    ObjectionReason.SHORTER: N_("The visit was shorter"),
    ObjectionReason.ANOTHER_DAY_OR_TIME: N_("The visit was on another day or at another time"),
    ObjectionReason.ANOTHER_PERSON: N_("Another person came"),
    ObjectionReason.ANOTHER_PLACE_OR_WAY: N_("The places or the way of service are wrong"),
    ObjectionReason.BAD_QUALITY: N_("The service was badly rendered"),
    ObjectionReason.NOT_RECEIVED: N_("I have not got the goods"),
    ObjectionReason.DAMAGED: N_("The goods are damaged or do not work"),
    ObjectionReason.NOT_AS_ORDERED: N_("These are not the goods that I ordered"),
}

WAY_LABELS: Mapping[Way, str] = {Way.OFFLINE: N_("In person"), Way.ONLINE: N_("Online")}


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A visit as it is being written down; an end of 00:00 is midnight at the end of the day."""

    day: date
    start: time
    end: time
    places: str = ""
    way: Literal["offline", "online"] | None = None

    @property
    def minutes(self) -> int:
        """How long the visit was; raises when its end is not after its start."""
        return minutes_between(self.start, self.end)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The moments at which the visit began and ended; raises when its end is not after its start."""
        return span(self.day, self.start, self.end)


class Logged(Protocol):
    """A visit that is in the log and is not struck."""

    @property
    def day(self) -> date: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime: ...
    @property
    def minutes(self) -> int: ...


class LoggedOrder(Protocol):
    """The order that a visit belongs to; of one that is over, its last day and the moment at which it was ended."""

    @property
    def status(self) -> OrderStatus: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def ended_on(self) -> date | None: ...
    @property
    def ended_at(self) -> datetime | None: ...


class Entry(Protocol):
    """A visit in the log, with what has happened to it since."""

    @property
    def objected_at(self) -> datetime | None: ...
    @property
    def settled_at(self) -> datetime | None: ...
    @property
    def struck_at(self) -> datetime | None: ...


@law("R42.1", "R42.2", "R42.3", "R34.1", "R42.6", "R42.7", "R83.7", "RI.2", "RI.3", "RI.4")
def check_new_entry(
    new: NewEntry,
    *,
    service: Service,
    order: LoggedOrder,
    logged_that_day_all_providers: Sequence[Logged],
    specialist_that_day: Sequence[Logged],
    left_minutes: int,
    acted_months: Collection[date],
    died_on: date | None,
    departed_on: date | None,
    today: date,
    now_time: time,
    not_before: date,
    not_after: date,
) -> None:
    """A visit may be written down when it is over, inside its order, within every limit, and nowhere else yet.

    `logged_that_day_all_providers`: the recipient's visits of this service; `specialist_that_day`: the specialist's,
    with whomever; `left_minutes`: what the order has left; `acted_months`: first days of the order's months that an
    act covers; `not_before`: the day on which the public service was granted (R42.3); `not_after`: the last day on
    which the programme gives it (R42.2).
    """
    check_hourly(service)
    _check_over(new, today, now_time)
    _check_shape(new, service)
    _check_person(new.day, died_on, departed_on)
    _check_order(new.day, order, not_before, not_after)
    _check_stopped(new, order)
    _check_not_acted(new.day, acted_months)
    _check_places_in_time(new, service, specialist_that_day, logged_that_day_all_providers)
    _check_day(new, service, logged_that_day_all_providers)
    _check_left(new, order, left_minutes)


def _check_over(new: NewEntry, today: date, now_time: time) -> None:
    if new.day > today:
        raise RuleViolation(
            N_("%(day_on)s is still to come. Write the visit down when it is over."), "R42.1", day_on=new.day
        )
    _begun, ended_at = new.span
    if ended_at > datetime.combine(today, now_time, LAW_TIME):
        raise RuleViolation(N_("This visit ends later than now. Write it down when it is over."), "R42.1")


def _check_shape(new: NewEntry, service: Service) -> None:
    if service == Service.ASSISTANT and not new.places.strip():
        raise RuleViolation(N_("Name the places that you visited together."), "R42.6")
    if service == Service.INTERPRETER and new.way is None:
        raise RuleViolation(N_("Say whether the service was rendered in person or online."), "R42.7")


def _check_person(day: date, died_on: date | None, departed_on: date | None) -> None:
    if died_on is not None and day > died_on:
        raise RuleViolation(
            N_("The recipient died on %(died_on)s. Visits after that day cannot be written down."),
            "RI.4",
            died_on=died_on,
        )
    if departed_on is not None and day > departed_on:
        raise RuleViolation(
            N_("The recipient left on %(departed_on)s. Visits after that day cannot be written down."),
            "RI.4",
            departed_on=departed_on,
        )


_LOGGED_STATUSES = frozenset({OrderStatus.ACCEPTED, OrderStatus.STOPPED, OrderStatus.CLOSED})


def _check_order(day: date, order: LoggedOrder, not_before: date, not_after: date) -> None:
    if order.status not in _LOGGED_STATUSES or order.answered_at is None:
        raise RuleViolation(N_("Visits can be written down only for an order that the provider accepted."), "R42.1")
    last = last_day_of_service(order.ends_on, order.ended_on, not_after)
    if not order.starts_on <= day <= last:
        raise RuleViolation(
            N_("%(day_on)s is outside the order, which runs from %(starts_on)s to %(ends_on)s."),
            "R42.2",
            day_on=day,
            starts_on=order.starts_on,
            ends_on=last,
        )
    if day < (accepted_on := day_of(order.answered_at)):
        raise RuleViolation(
            N_("The provider accepted this order on %(accepted_on)s. Visits before that day are not paid."),
            "R42.3",
            accepted_on=accepted_on,
        )
    if day < not_before:
        raise RuleViolation(
            N_("The service was granted on %(granted_on)s. Visits before that day are not paid."),
            "R42.3",
            granted_on=not_before,
        )


def _check_stopped(new: NewEntry, order: LoggedOrder) -> None:
    _begun, ended_at = new.span
    if order.status is OrderStatus.STOPPED and order.ended_at is not None and ended_at > order.ended_at:
        raise RuleViolation(
            N_("The service was stopped on %(stopped_at)s. Write down what was rendered until then."),
            "R83.7",
            stopped_at=order.ended_at,
        )


def _check_not_acted(day: date, acted_months: Collection[date]) -> None:
    if month_of(day) in acted_months:
        raise RuleViolation(
            N_("The act for the month of %(day_on)s is already drawn up. Cancel that act to change its visits."),
            "R42.1",
            day_on=day,
        )


def _check_places_in_time(
    new: NewEntry, service: Service, of_specialist: Iterable[Logged], of_recipient: Iterable[Logged]
) -> None:
    for logged in of_specialist:
        if overlap(new.span, (logged.started_at, logged.ended_at)):
            raise RuleViolation(
                N_(
                    "You already have a visit from %(started_at)s to %(ended_at)s. "
                    "Nobody can be in two places at one time."
                ),
                "RI.3",
                started_at=logged.started_at,
                ended_at=logged.ended_at,
            )
    for logged in of_recipient:
        if overlap(new.span, (logged.started_at, logged.ended_at)):
            raise RuleViolation(_SERVED_TWICE[service], "RI.2", started_at=logged.started_at, ended_at=logged.ended_at)


_SERVED_TWICE: Mapping[Service, str] = {
    Service.ASSISTANT: N_("Another assistant was with this recipient from %(started_at)s to %(ended_at)s."),
    Service.INTERPRETER: N_("Another interpreter served this recipient from %(started_at)s to %(ended_at)s."),
}


def _check_day(new: NewEntry, service: Service, logged: Iterable[Logged]) -> None:
    if service != Service.ASSISTANT:
        return
    limit = ASSISTANT_MINUTES_A_DAY.on(new.day)
    before = sum(entry.minutes for entry in logged if entry.day == new.day)
    if before + new.minutes > limit:
        raise RuleViolation(
            N_(
                "On %(day_on)s %(logged_minutes)s of %(limit_minutes)s are already logged. "
                "You can add %(left_minutes)s."
            ),
            "R34.1",
            day_on=new.day,
            logged_minutes=before,
            limit_minutes=limit,
            left_minutes=max(limit - before, 0),
        )


def _check_left(new: NewEntry, order: LoggedOrder, left_minutes: int) -> None:
    if order.ended_on is not None and new.minutes > left_minutes:
        raise RuleViolation(
            N_("This order ended on %(ended_on)s and its remaining hours were given back."),
            "R83.6",
            ended_on=order.ended_on,
        )
    if new.minutes > left_minutes:
        raise RuleViolation(
            N_(
                "The visit lasts %(asked_minutes)s, and the order has %(left_minutes)s left. "
                "More hours need a new order by the recipient."
            ),
            "RI.1",
            asked_minutes=new.minutes,
            left_minutes=left_minutes,
        )


@law("RI.2", "RI.5")
def check_strike(entry: Entry, *, in_live_act: bool) -> None:
    """A visit written down by mistake is struck, not erased; never twice, and never under an act that stands."""
    if entry.struck_at is not None:
        raise RuleViolation(N_("This visit is already struck."), "RI.2")
    if in_live_act:
        raise RuleViolation(N_("This visit is part of an act. Cancel the act first, then strike the visit."), "RI.5")
