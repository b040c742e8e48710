"""What an act comes to (R42.5, RG.2, RG.3): its lines from the log, priced, with the sheets of its specialists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from portal.rules.guaranteed_amount import reimbursed_rate
from portal.rules.law import N_, RuleViolation, law
from portal.rules.quantities import cost_tiyn, month_of
from portal.rules.service import GOODS, HOURLY, Service, units_a_price
from portal.rules.sheets import Sheeted, SheetValue, by_specialist


class Priced(Sheeted, Protocol):
    """A visit or a hand-over with its price and the guaranteed amount of its day, in tiyn (RG.3)."""

    @property
    def units(self) -> int: ...
    @property
    def price_tiyn(self) -> int: ...
    @property
    def guaranteed_tiyn(self) -> int: ...
    @property
    def is_objected(self) -> bool: ...
    @property
    def struck_at(self) -> datetime | None: ...


P = TypeVar("P", bound=Priced)


@dataclass(frozen=True, slots=True)
class LineValue:
    """A row of the act: units at one rate; the office pays `amount_tiyn`, the recipient the surcharge."""

    units: int
    price_tiyn: int
    guaranteed_tiyn: int
    rate_tiyn: int
    amount_tiyn: int
    surcharge_tiyn: int


@dataclass(frozen=True, slots=True)
class ActValue(Generic[P]):
    """An act as it is drawn up: its month, lines, sheets, what is in it, and what stays out until settled."""

    month: date
    lines: tuple[LineValue, ...]
    sheets: tuple[SheetValue[P], ...]
    entries: tuple[P, ...]
    left_out: tuple[P, ...]

    @property
    def units(self) -> int:
        """Units in all: minutes or pieces."""
        return sum(line.units for line in self.lines)

    @property
    def amount_tiyn(self) -> int:
        """What the office pays, in tiyn."""
        return sum(line.amount_tiyn for line in self.lines)

    @property
    def surcharge_tiyn(self) -> int:
        """What the recipient pays, in tiyn."""
        return sum(line.surcharge_tiyn for line in self.lines)


@law("R42.1", "R42.5", "RG.2", "RG.3", "RI.2", "RI.8")
def draw_up(entries: Iterable[P], service: Service) -> ActValue[P]:
    """The act of one month's visits of one order, or of its goods: a line for each price and guaranteed amount.

    Struck visits do not count; those under an open objection stay out (`left_out`). Money is rounded once a line.
    Raises when nothing is left to pay for.
    """
    standing = [entry for entry in entries if entry.struck_at is None]
    visits = [entry for entry in standing if not entry.is_objected]
    if not visits:
        nothing = N_("There are no visits in this month that an act could be drawn up from.")
        no_goods = N_("There are no goods in this month that an act could be drawn up for.")
        raise RuleViolation(no_goods if service in GOODS else nothing, "R42.1")
    if len(months := {month_of(visit.day) for visit in visits}) > 1:
        raise ValueError("An act covers one month.")
    return ActValue(
        month=months.pop(),
        lines=lines_of(visits, service),
        sheets=by_specialist(visits) if service in HOURLY else (),
        entries=tuple(sorted(visits, key=lambda visit: visit.started_at)),
        left_out=tuple(entry for entry in standing if entry.is_objected),
    )


@law("RG.2", "RG.3", "RI.8")
def lines_of(entries: Iterable[Priced], service: Service) -> tuple[LineValue, ...]:
    """A line for each price and guaranteed amount, in the order in which they were first used."""
    units_at: dict[tuple[int, int], int] = {}
    for entry in sorted(entries, key=lambda entry: entry.started_at):
        rate = (entry.price_tiyn, entry.guaranteed_tiyn)
        units_at[rate] = units_at.get(rate, 0) + entry.units
    return tuple(line(units, price, guaranteed, service) for (price, guaranteed), units in units_at.items())


@law("RG.2", "RI.2", "RI.8")
def line(units: int, price_tiyn: int, guaranteed_tiyn: int, service: Service) -> LineValue:
    """A row of the act; the office's part and the surcharge together are what the price makes, to the tiyn."""
    per = units_a_price(service)
    rate = reimbursed_rate(price_tiyn, guaranteed_tiyn)
    amount = cost_tiyn(units, rate, per)
    return LineValue(units, price_tiyn, guaranteed_tiyn, rate, amount, cost_tiyn(units, price_tiyn, per) - amount)
