"""The order (rulebook 6): its life from being placed to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from portal.rules.law import N_, RuleViolation, law
from portal.rules.moves import Machine, Move
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.roles import Role
from portal.rules.service import HOURLY, Service, check_hourly


class OrderStatus(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    CLOSED = "closed"


class OrderAction(StrEnum):
    """What an order undergoes."""

    ACCEPT = "accept"
    DECLINE = "decline"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"
    STOP = "stop"
    CLOSE = "close"
    REOPEN = "reopen"
    ASK_AGAIN = "ask_again"


STATUS_LABELS: Mapping[OrderStatus, str] = {
    OrderStatus.PLACED: N_("Waiting for the provider’s answer"),
    OrderStatus.ACCEPTED: N_("Accepted by the provider"),
    OrderStatus.DECLINED: N_("Declined by the provider"),
    OrderStatus.LAPSED: N_("Lapsed: the provider did not answer in time"),
    OrderStatus.WITHDRAWN: N_("Taken back by the recipient"),
    OrderStatus.STOPPED: N_("Stopped before its end"),
    OrderStatus.CLOSED: N_("Closed"),
}

MOVES: Machine[OrderStatus, OrderAction] = Machine(
    {
        (OrderStatus.PLACED, OrderAction.ACCEPT): Move(OrderStatus.ACCEPTED, Role.PROVIDER),
        (OrderStatus.PLACED, OrderAction.DECLINE): Move(OrderStatus.DECLINED, Role.PROVIDER),
        (OrderStatus.PLACED, OrderAction.LAPSE): Move(OrderStatus.LAPSED, Role.SYSTEM),
        (OrderStatus.PLACED, OrderAction.WITHDRAW): Move(OrderStatus.WITHDRAWN, Role.RECIPIENT),
        (OrderStatus.PLACED, OrderAction.CLOSE): Move(OrderStatus.CLOSED, Role.SYSTEM, Role.ESOBES),
        (OrderStatus.ACCEPTED, OrderAction.STOP): Move(OrderStatus.STOPPED, Role.RECIPIENT, Role.PROVIDER),
        (OrderStatus.ACCEPTED, OrderAction.CLOSE): Move(OrderStatus.CLOSED, Role.SYSTEM, Role.ESOBES),
        (OrderStatus.CLOSED, OrderAction.REOPEN): Move(OrderStatus.ACCEPTED, Role.SYSTEM),
        (OrderStatus.CLOSED, OrderAction.ASK_AGAIN): Move(OrderStatus.PLACED, Role.SYSTEM),
    },
    refusals={
        OrderStatus.PLACED: N_(
            "This order has not been accepted yet. It can be taken back until the provider answers."
        ),
        OrderStatus.ACCEPTED: N_("This order has already been accepted. It can only be stopped, for a listed reason."),
        OrderStatus.DECLINED: N_("The provider has already declined this order. Choose another provider."),
        OrderStatus.LAPSED: N_("This order has lapsed because it was not answered in time. Choose a provider again."),
        OrderStatus.WITHDRAWN: N_("The recipient has already taken this order back."),
        OrderStatus.STOPPED: N_("This order has already been stopped."),
        OrderStatus.CLOSED: N_("This order is already closed."),
    },
)

OVER: frozenset[OrderStatus] = frozenset(OrderStatus) - {OrderStatus.PLACED, OrderStatus.ACCEPTED}
"""Statuses in which an order is over; out of `CLOSED` only the undoing of what closed it leads."""

FINAL = OVER - {OrderStatus.CLOSED}
"""Statuses that nothing leads out of."""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it is being made out: what, from when to when, how many units of the service, in which way."""

    service: Service
    starts_on: date
    ends_on: date
    units: int
    minutes_a_day: int | None
    way: str

    @property
    def days(self) -> int:
        """Calendar days of the order, first and last included."""
        return (self.ends_on - self.starts_on).days + 1


class Ordered(Protocol):
    """The entitlement that an order draws upon."""

    @property
    def service(self) -> Service: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def closed_on(self) -> date | None: ...
    @property
    def available(self) -> int: ...


class Offered(Protocol):
    """The offer that an order is made to."""

    @property
    def service(self) -> Service: ...
    @property
    def at_home(self) -> bool: ...
    @property
    def online(self) -> bool: ...
    @property
    def withdrawn_on(self) -> date | None: ...


@law("R83.1", "R34.1", "RI.1", "RI.3")
def check_new_order(new: NewOrder, entitlement: Ordered, *, overlapping_minutes_a_day: int, today: date) -> None:
    """An order stays inside its entitlement and, for an assistant, inside 8 hours a day with all other orders.

    `overlapping_minutes_a_day` is what open orders for the same days already take of a day.
    """
    check_hourly(new.service)
    if new.service != entitlement.service:
        raise RuleViolation(N_("Your programme gives another service than this order asks for."), "R83.1")
    check_period(new, entitlement, today)
    if new.service == Service.ASSISTANT:
        _check_hours_a_day(new, overlapping_minutes_a_day)
    if new.units <= 0:
        raise RuleViolation(N_("Order at least some time."), "R83.1")
    if new.units > entitlement.available:
        raise RuleViolation(
            N_("This order takes %(asked_minutes)s, and you have %(left_minutes)s left. Order less."),
            "RI.1",
            asked_minutes=new.units,
            left_minutes=entitlement.available,
        )


@law("R34.1", "R83.1", "R83.6")
def check_period(new: NewOrder, entitlement: Ordered, today: date, last_on: date | None = None) -> None:
    """The days of an order are in those of its entitlement, which is open, and have not passed.

    `last_on` is its last possible day where that is not the entitlement's own.
    """
    last_on = last_on or entitlement.ends_on
    if entitlement.closed_on is not None:
        raise RuleViolation(N_("This measure of your programme is closed. Nothing can be ordered from it."), "R83.6")
    if new.ends_on < new.starts_on:
        raise RuleViolation(N_("The last day has to be the first day or later."), "R83.1")
    if new.starts_on < today:
        raise RuleViolation(N_("The first day is in the past. Choose %(today_on)s or later."), "R83.1", today_on=today)
    if new.starts_on < entitlement.starts_on or new.ends_on > last_on:
        raise RuleViolation(
            N_("Your programme gives this service from %(starts_on)s to %(ends_on)s. Choose days between them."),
            "R34.1",
            starts_on=entitlement.starts_on,
            ends_on=last_on,
        )


def _check_hours_a_day(new: NewOrder, overlapping_minutes_a_day: int) -> None:
    limit = ASSISTANT_MINUTES_A_DAY.on(new.starts_on)
    if new.minutes_a_day is None or new.minutes_a_day <= 0:
        raise RuleViolation(N_("Say how many hours a day the assistant is needed."), "R34.1")
    if overlapping_minutes_a_day + new.minutes_a_day > limit:
        raise RuleViolation(
            N_(
                "An assistant helps at most %(limit_minutes)s a day, and %(ordered_minutes)s are already ordered "
                "for these days. You can order %(left_minutes)s a day."
            ),
            "R34.1",
            limit_minutes=limit,
            ordered_minutes=overlapping_minutes_a_day,
            left_minutes=max(limit - overlapping_minutes_a_day, 0),
        )
    if new.units != new.minutes_a_day * new.days:
        raise RuleViolation(N_("The hours of the order are the hours a day times its days."), "RI.8")


@law("R83.1", "R83.9", "R42.7")
def check_offer(offer: Offered, way: str, *, renders_here: bool) -> None:
    """The offer is open, is rendered in the way asked for and, unless online, where the recipient lives."""
    if offer.withdrawn_on is not None:
        raise RuleViolation(N_("This provider no longer offers the service. Choose another one."), "R83.1")
    if way not in {"offline", "online"} or (way == "online" and offer.service != Service.INTERPRETER):
        raise RuleViolation(N_("This service cannot be rendered in that way."), "R42.7")
    if not (offer.online if way == "online" else offer.at_home):
        raise RuleViolation(N_("This provider does not render the service in that way. Choose another way."), "R83.1")
    if way == "offline" and not renders_here:
        raise RuleViolation(N_("This provider does not come to where you live. Choose another one."), "R83.9")


@law("R83.1")
def minutes_a_month(new: NewOrder) -> int:
    """What the order takes of a provider's month, in minutes: its average for 30 days, rounded up; goods: 0."""
    if new.service not in HOURLY:
        return 0
    return min(new.units, -(-new.units * 30 // new.days))
