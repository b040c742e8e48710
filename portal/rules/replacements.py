"""Replacement (RM.2): what was received is given again not earlier than its term after the day it was received."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.rules.goods import Item, chair_of, go_together
from portal.rules.law import law
from portal.rules.terms import add_months

NEVER = date.max
"""Due on no day: what is given once for life."""
_ADULT_YEARS = 18
_EITHER = frozenset({"403", "417"})
"""A computer with a screen reader or a Braille notetaker: one of them, changed after the term of the other."""


class Holder(StrEnum):
    """For whom a term is; what the portal cannot know of a person (a veteran's rights) does not shorten a term."""

    ANYBODY = "anybody"
    ADULT = "adult"
    CHILD = "child"
    VETERAN = "veteran"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Term:
    """A row of annex 3 of Order 287; `years` is None for what is given once for life."""

    holder: Holder
    years: int | None


@dataclass(frozen=True, slots=True)
class Received:
    """An item that a person has received, and the day."""

    item: Item
    on: date


Terms = Mapping[str, Sequence[Term]]
"""By code of the classifier; a term of a kind or group counts for the items under it."""


@law("RM.2")
def due_on(item: Item, received: Iterable[Received], terms: Terms, born_on: date | None) -> date | None:
    """The first day on which an item may be given again; None when nothing that was received stands in its way.

    What takes the same place counts with its own term, the latest of them. Of what it may not stand beside (another
    kind of wheelchair) one has to be over: the earliest.
    """
    if item.is_repair:
        return None
    same: list[date] = []
    beside: list[date] = []
    for one in received:
        due = None if one.item.is_repair else _term_ends(one, terms, born_on)
        if due is not None and _same(item, one.item, terms):
            same.append(due)
        elif due is not None and _excludes(item, one.item):
            beside.append(due)
    return max([*same, *([min(beside)] if beside else [])], default=None)


@law("RM.2")
def years_of(item: Item, terms: Terms, born_on: date | None, day: date) -> int | None:
    """How many years an item received on `day` has to serve; None when no term is set or it is for life."""
    term = _term(item, terms, born_on, day)
    return None if term is None else term.years


def _term_ends(one: Received, terms: Terms, born_on: date | None) -> date | None:
    term = _term(one.item, terms, born_on, one.on)
    if term is None:
        return None
    return NEVER if term.years is None else add_months(one.on, 12 * term.years)


def _term(item: Item, terms: Terms, born_on: date | None, day: date) -> Term | None:
    code = _governing(item, terms)
    if code is None:
        return None
    adult = born_on is None or add_months(born_on, 12 * _ADULT_YEARS) <= day
    mine = {Holder.ANYBODY, Holder.OTHER, Holder.ADULT if adult else Holder.CHILD}
    fitting = [term for term in terms[code] if term.holder in mine]
    return max(fitting, key=lambda term: term.years or 0, default=None)


def _governing(item: Item, terms: Terms) -> str | None:
    """The code nearest above an item for which a term is set."""
    return next((code for code in item.codes if code in terms), None)


def _same(item: Item, other: Item, terms: Terms) -> bool:
    """Whether two items take the same place: left and right do not, a child's and an adult's chair do."""
    if item.code == other.code:
        return True
    if (chair := chair_of(item)) is not None:
        return chair == chair_of(other)
    return item.side == other.side and _governing(item, terms) == _governing(other, terms)


def _excludes(item: Item, other: Item) -> bool:
    mine, theirs = chair_of(item), chair_of(other)
    if mine is not None and theirs is not None:
        return not go_together(mine, theirs)
    return {item.code, other.code} == _EITHER
