"""The guaranteed amount of an hour or a piece, what of a price is reimbursed, and the surcharge (RG.1–RG.3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol, Self

from portal.rules.goods import Item, goods_service
from portal.rules.law import N_, RuleViolation, law
from portal.rules.parameters import ASSISTANT_MCI_BASIS_POINTS, INTERPRETER_MCI_BASIS_POINTS, Dated
from portal.rules.quantities import TIYN_A_TENGE, whole_tiyn
from portal.rules.service import CLASSIFIER_CODE, HOURLY, Service

_WHOLE = 10_000
_SHARES: dict[Service, Dated[int]] = {
    Service.ASSISTANT: ASSISTANT_MCI_BASIS_POINTS,
    Service.INTERPRETER: INTERPRETER_MCI_BASIS_POINTS,
}

LONGEST_BASIS = 300
"""Letters of the name of a law or an order."""
HOUR_CODES = tuple(sorted(CLASSIFIER_CODE[service] for service in HOURLY))
"""The codes whose amount is for an hour; that of every other code is for a piece."""


class Held(Protocol):
    """An amount that is set."""

    @property
    def code(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def tiyn(self) -> int: ...
    @property
    def basis(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NewAmount:
    """What is to be paid for an hour or a piece of a `code` of the classifier, from which day, by which order."""

    code: str
    valid_from: date
    tiyn: int
    basis: str

    @classmethod
    def of(cls, row: Held) -> Self:
        """What a row that is set says."""
        return cls(row.code, row.valid_from, row.tiyn, row.basis)


@law("RG.1", "RG.3")
def tiyn_an_hour(service: Service, mci_tenge: int, day: date) -> int:
    """The guaranteed amount of an hour on `day`, in tiyn, from the monthly index of that day in tenge."""
    if service not in _SHARES:
        raise RuleViolation(N_("The guaranteed amount of this service is not set by the hour."), "RG.1")
    return whole_tiyn(mci_tenge * TIYN_A_TENGE * _SHARES[service].on(day), _WHOLE)


@law("RG.2", "RI.2")
def reimbursed_rate(price_tiyn: int, guaranteed_tiyn: int) -> int:
    """What the office pays of an hour or a piece: the lower of price and guaranteed amount, in tiyn."""
    return min(price_tiyn, guaranteed_tiyn)


@law("RG.2")
def surcharge_rate(price_tiyn: int, guaranteed_tiyn: int) -> int:
    """What the recipient pays of an hour or a piece: the price above the guaranteed amount, in tiyn, or 0."""
    return max(price_tiyn - guaranteed_tiyn, 0)


@law("RG.1")
def set_due(today: date, years: Collection[int]) -> tuple[int, date] | None:
    """The year whose amounts are still to be set, and by which day: 25 December of the year before.

    `years` are those that have them. It is asked for from 1 December on, and for a year that has begun without them.
    """
    year = today.year if today.year not in years else today.year + 1
    if year in years or (year > today.year and today.month < 12):
        return None
    return year, date(year - 1, 12, 25)


@law("RG.1", "RG.3")
def check_new_row(tiyn: int, valid_from: date, basis: str, today: date) -> None:
    """A new amount or index rests on an order and applies from a day to come: what was rendered keeps its amount."""
    if not basis.strip():
        raise RuleViolation(N_("Name the order that sets this figure."), "RG.1")
    if not basis.isprintable():
        raise RuleViolation(N_("There are signs in the text that cannot be printed."), "RG.1")
    if len(basis) > LONGEST_BASIS:
        raise RuleViolation(N_("A text is longer than %(limit)s characters."), "RG.1", limit=LONGEST_BASIS)
    if tiyn <= 0:
        raise RuleViolation(N_("The figure has to be above zero."), "RG.1")
    if valid_from <= today:
        raise RuleViolation(
            N_(
                "A figure applies from tomorrow at the earliest. "
                "Visits and orders up to today keep the amount of their day."
            ),
            "RG.3",
        )
    if valid_from.year > today.year + 1:
        raise RuleViolation(N_("A figure can be set for this year and the next one only."), "RG.1")


@law("RG.1", "RM.1")
def check_code(code: str, item: Item | None) -> None:
    """An amount is for an hour of an assistant or interpreter, or for a piece of an item of goods."""
    if code in HOUR_CODES:
        return
    if item is None:
        raise RuleViolation(N_("The classifier has no code %(code)s. Look it up there."), "RG.1", code=code)
    if not item.is_item:
        raise RuleViolation(
            N_("%(code)s is a heading of the classifier. Name one of the items under it."), "RG.1", code=code
        )
    if goods_service(item) is None:
        raise RuleViolation(N_("%(code)s is neither an item of goods nor a service by the hour."), "RG.1", code=code)
