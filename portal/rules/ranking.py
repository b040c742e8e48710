"""Ranked choice (R83.1, R83.4): one signature over up to three providers, asked one after the other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

from portal.rules.guaranteed_amount import surcharge_rate
from portal.rules.law import N_, RuleViolation, law
from portal.rules.orders import NewOrder

MOST_CHOICES = 3
"""How many providers one signed order may name."""

TWICE = N_("You have named the same provider twice. Choose another one, or leave it out.")


@law("R83.1")
def check_ranking(providers: Sequence[UUID]) -> None:
    """A ranking names at most three providers, none of them twice."""
    if len(providers) > MOST_CHOICES:
        raise RuleViolation(N_("Name at most %(most)s providers."), "R83.1", most=MOST_CHOICES)
    if len(set(providers)) < len(providers):
        raise RuleViolation(TWICE, "R83.1")


@law("R83.3", "R83.4")
def asked_later(new: NewOrder, today: date) -> NewOrder:
    """The order as the next provider is asked for it: days that have passed fall away, with an assistant’s hours.

    When all its days have passed its last day is before its first, which `check_new_order` refuses.
    """
    if new.starts_on >= today:
        return new
    later = replace(new, starts_on=today)
    return later if new.minutes_a_day is None else replace(later, units=new.minutes_a_day * later.days)


@law("R83.1", "RG.2")
def check_signed_money(price_tiyn: int, guaranteed_tiyn: int, *, signed_price_tiyn: int, signed_surcharge: int) -> None:
    """Nobody is asked for more than was signed: neither the price of an hour nor what she pays of it is higher now."""
    surcharge = surcharge_rate(price_tiyn, guaranteed_tiyn)
    if price_tiyn > signed_price_tiyn or surcharge > signed_surcharge:
        raise RuleViolation(
            N_("This provider now takes more than you signed for. It is not asked without your signature."), "RG.2"
        )


@law("R83.1")
def order_id(first_id: UUID, rank: int) -> UUID:
    """The order for the second or third choice of a chain: its id follows from both, so nobody can be asked twice."""
    return uuid5(first_id, f"choice:{rank}")
