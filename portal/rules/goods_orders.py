"""Orders of goods (R83.1–R83.9, R42.11): by the piece, delivered or picked up, handed over in a term, given back."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from portal.rules import term_table
from portal.rules.law import N_, RuleViolation, law
from portal.rules.order_reasons import CloseReason, StopReason
from portal.rules.orders import NewOrder, Ordered, OrderStatus, check_period
from portal.rules.quantities import day_of
from portal.rules.terms import due_on

LONGEST_NUMBER = 60
"""A tracking number is not longer than so many signs."""


class Getting(StrEnum):
    """How the recipient gets the goods (R83.2)."""

    DELIVERY = "delivery"
    PICK_UP = "pick_up"


class GivenBack(StrEnum):
    """Why goods came back to the provider."""

    FAULTY = "faulty"
    NOT_AS_ORDERED = "not_as_ordered"
    DOES_NOT_FIT = "does_not_fit"
    NOT_WANTED = "not_wanted"


GETTING_LABELS: Mapping[Getting, str] = {
    Getting.DELIVERY: N_("Delivered to the recipient’s address"),
    Getting.PICK_UP: N_("Picked up at the provider’s"),
}

GIVEN_BACK_LABELS: Mapping[GivenBack, str] = {
    GivenBack.FAULTY: N_("The goods came back: they are faulty"),
    GivenBack.NOT_AS_ORDERED: N_("The goods came back: they are not what was ordered"),
    GivenBack.DOES_NOT_FIT: N_("The goods came back: they do not fit"),
    GivenBack.NOT_WANTED: N_("The goods came back: the recipient does not want them"),
}


class GoodsOffered(Protocol):
    """The offer of goods that an order is made to."""

    @property
    def classifier_code(self) -> str | None: ...
    @property
    def delivers(self) -> bool: ...
    @property
    def pick_up(self) -> bool: ...
    @property
    def withdrawn_on(self) -> date | None: ...


class GoodsOrdered(Protocol):
    """An order of goods as it stands."""

    @property
    def status(self) -> OrderStatus: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def way(self) -> str: ...
    @property
    def units(self) -> int: ...
    @property
    def used(self) -> int: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def ended_on(self) -> date | None: ...
    @property
    def hand_over_due_on(self) -> date | None: ...


@law("R83.1", "R83.2", "R34.1", "RI.1", "RI.8")
def check_new(
    new: NewOrder,
    entitlement: Ordered,
    *,
    programme_until: date,
    today: date,
    signed_on: date | None = None,
    least: int = 1,
) -> None:
    """An order of goods is signed while its entitlement lasts, for no more than are free, and for at least one piece.

    `signed_on` is given when it is asked of a further provider on a later day.
    Of hygiene means it is for at least what the norm says for a quarter (`least`; Order 287, point 93), or for all
    that is left.
    """
    if new.service != entitlement.service:
        raise RuleViolation(N_("Your programme gives another service than this order asks for."), "R83.1")
    signed_on = signed_on or today
    if signed_on > entitlement.ends_on:
        raise RuleViolation(N_("This measure of your programme is closed. Nothing can be ordered from it."), "R83.6")
    check_period(new, entitlement, today, last_day(entitlement.ends_on, programme_until, signed_on))
    if new.units <= 0:
        raise RuleViolation(N_("Order at least one piece."), "R83.1")
    if new.units > entitlement.available:
        raise RuleViolation(
            N_("This order is for %(asked_volume)s, and you have %(left_volume)s left. Order fewer."),
            "RI.1",
            asked_volume=(new.units, new.service),
            left_volume=(entitlement.available, new.service),
        )
    if new.units < min(least, entitlement.available):
        raise RuleViolation(
            N_("These goods are ordered for a quarter at least: %(least_volume)s, or all that you have left."),
            "R34.1",
            least_volume=(least, new.service),
        )


@law("R83.1", "R83.2", "R83.9")
def check_offer(offer: GoodsOffered, item: str | None, way: str, *, holds_here: bool) -> None:
    """The offer is open, is the very item of the programme, comes in the way asked for and to where she lives."""
    if offer.withdrawn_on is not None:
        raise RuleViolation(N_("This provider no longer offers these goods. Choose others."), "R83.1")
    if item is None or offer.classifier_code != item:
        raise RuleViolation(N_("Your programme names another item of the classifier. Choose that one."), "R83.1")
    if not {Getting.DELIVERY: offer.delivers, Getting.PICK_UP: offer.pick_up}.get(Getting(way), False):
        raise RuleViolation(N_("These goods cannot be had in that way. Choose another way."), "R83.2")
    if not holds_here:
        raise RuleViolation(N_("This provider does not serve the place where you live. Choose another one."), "R83.9")


@law("R83.6", "R83.8")
def last_day(gives_until: date, programme_until: date, signed_on: date) -> date:
    """The last day on which ordered goods can be handed over.

    What is given yearly can be ordered until the end of the year (2023: of the quarter), and what was ordered shortly
    before comes after it: in the terms of an order and of its delivery, as long as the programme lasts.
    """
    return min(programme_until, max(gives_until, delivery_due_on(due_on(term_table.GOODS_IN_ALL, signed_on))))


@law("R83.5", "R83.8")
def hand_over_due_on(way: str, placed_on: date, accepted_on: date) -> date:
    """Until when accepted goods are handed over: delivered in 30 days from the order, or picked up in 14."""
    if way == Getting.PICK_UP:
        return due_on(term_table.PICK_UP, accepted_on)
    return due_on(term_table.GOODS_IN_ALL, placed_on)


@law("R83.8")
def delivery_due_on(sent_on: date) -> date:
    """The last day of the delivery: 15 calendar days after the goods were handed to whoever delivers them."""
    return due_on(term_table.DELIVERY, sent_on)


@law("R83.8")
def check_sent(order: GoodsOrdered, number: str, sent_on: date, today: date) -> None:
    """An accepted order that is to be delivered was handed to delivery, under a number, on a day that has come."""
    _check_accepted(order)
    if order.way != Getting.DELIVERY:
        raise RuleViolation(N_("The recipient picks these goods up, so there is nothing to send."), "R83.2")
    if not number.strip():
        raise RuleViolation(N_("Enter the tracking number."), "R83.8")
    _check_day(order, sent_on, today)


@law("R83.5", "R83.6", "RI.1", "RI.4")
def check_hand_over(
    order: GoodsOrdered,
    day: date,
    *,
    last_on: date,
    left: int,
    died_on: date | None,
    departed_on: date | None,
    today: date,
) -> None:
    """All pieces are handed over at once, to somebody who lives and is here, while the order runs.

    One that has ended meanwhile may still be written down for a day before its end, when its pieces are free; one whose
    hand-over was struck, for any day up to `last_on`, the last one of the order and of what the programme gives.
    """
    if order.used:
        raise RuleViolation(N_("It is written down already that these goods were handed over."), "RI.2")
    if order.status not in {OrderStatus.STOPPED, OrderStatus.CLOSED}:
        _check_accepted(order)
    _check_day(order, day, today)
    if day < order.starts_on:
        raise RuleViolation(
            N_("%(day_on)s is outside the order, which runs from %(starts_on)s to %(ends_on)s."),
            "R83.5",
            day_on=day,
            starts_on=order.starts_on,
            ends_on=order.ends_on,
        )
    if order.ended_on is not None and order.reason != CloseReason.HANDED_OVER:
        last_on = min(last_on, order.ended_on)
    _check_person(day, died_on, departed_on)
    if day > last_on:
        raise RuleViolation(N_("This order ended on %(ended_on)s."), "R83.6", ended_on=last_on)
    if order.units > left:
        raise RuleViolation(N_("These pieces are not free any more: they went to another order or back."), "RI.1")


@law("R83.6", "R42.11")
def check_back(handed_on: date, back_on: date, today: date) -> None:
    """Goods come back on the day on which they were handed over, or later."""
    if back_on > today:
        raise RuleViolation(N_("That day is still to come."), "R83.6")
    if back_on < handed_on:
        raise RuleViolation(
            N_("The goods were handed over on %(handed_on)s. They cannot have come back before."),
            "R83.6",
            handed_on=handed_on,
        )


@law("R83.7", "R83.8")
def check_stop(order: GoodsOrdered, reason: StopReason, today: date) -> None:
    """Goods that do not come, or are not fetched, stop the order only when their term is over."""
    due = order.hand_over_due_on
    if reason in {StopReason.NOT_DELIVERED, StopReason.NOT_PICKED_UP} and due is not None and today <= due:
        raise RuleViolation(
            N_("The goods may be handed over until %(due_on)s. For this reason the order can be stopped after it."),
            "R83.8",
            due_on=due,
        )


@law("R42.11")
def paid_between(accepted_on: date) -> tuple[date, date]:
    """The first and the last day of paying for goods: the 14th and the 30th calendar day after acceptance."""
    return due_on(term_table.GOODS_RETURN, accepted_on), due_on(term_table.GOODS_PAYMENT, accepted_on)


def _check_accepted(order: GoodsOrdered) -> None:
    if order.status is OrderStatus.PLACED:
        raise RuleViolation(N_("Accept the order first. Then its goods can be handed over."), "R83.3")
    if order.status is not OrderStatus.ACCEPTED:
        raise RuleViolation(N_("This order is over."), "R83.6")


def _check_person(day: date, died_on: date | None, departed_on: date | None) -> None:
    if died_on is not None and day > died_on:
        raise RuleViolation(
            N_("The recipient died on %(died_on)s. Nothing after that day counts."), "RI.4", died_on=died_on
        )
    if departed_on is not None and day > departed_on:
        raise RuleViolation(
            N_("The recipient left the country on %(departed_on)s. Nothing after that day counts."),
            "RI.4",
            departed_on=departed_on,
        )


def _check_day(order: GoodsOrdered, day: date, today: date) -> None:
    if day > today:
        raise RuleViolation(N_("That day is still to come."), "R83.5")
    if order.answered_at is None or day < day_of(order.answered_at):
        raise RuleViolation(N_("That day is before you accepted the order."), "R83.3")
