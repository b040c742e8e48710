"""Goods, said a second time: norms of a year, chairs that go together, terms of replacement, amounts (RM.2, RG.1)."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from portal.rules.programmes import NewMeasure, NewProgramme
from portal.rules.service import Service

if TYPE_CHECKING:
    from tests.simulator.model import Measure, Person, Programme

DATA = Path(__file__).resolve().parents[2] / "portal" / "data"
GOODS = (Service.PROSTHETICS, Service.TECHNICAL_AID, Service.WHEELCHAIR)
ITEMS = {
    Service.PROSTHETICS: ("20110101", "20120102"),
    Service.TECHNICAL_AID: ("3011007", "3012006", "601009", "601001", "602001", "605003", "605005"),
    Service.WHEELCHAIR: ("501302", "502006", "502201", "502301", "5024"),
}
MOST_AT_ONCE = 50
YEARS = {"20110101": 3, "3011007": 4, "3012006": 4, "501302": 7, "502006": 4, "502201": 4, "502301": 5, "5024": 5}
"""How long an item serves an adult (Order 287, annex 3); what is not here has no term."""
AMOUNTS: dict[str, tuple[tuple[date, int], ...]] = {
    code: ((date(2024, 1, 1), 20_000 + 1_511 * at), (date(2026, 3, 1), 21_000 + 1_613 * at))
    for at, code in enumerate(code for codes in ITEMS.values() for code in codes)
}
"""The guaranteed amounts of a piece, in tiyn: most rise once, one is set late, one falls."""
AMOUNTS["601009"] = ((date(2025, 11, 10), 26_003),)
AMOUNTS["602001"] = ((date(2024, 1, 1), 31_007), (date(2026, 2, 1), 24_001))


class Norm(NamedTuple):
    """So many pieces a year, for all items of one point of the order together; so many at `least` in one order."""

    point: str
    pieces: int
    least: int


@cache
def norm(code: str | None) -> Norm | None:
    """The norm of an item or of what stands above it; codes begin with those above them."""
    fitting = [one for one in _norms() if (code or "").startswith(one)]
    return _norms()[max(fitting, key=len)] if fitting else None


@cache
def _norms() -> dict[str, Norm]:
    with (DATA / "hygiene_norms.csv").open(encoding="utf-8") as rows:
        return {
            row["classifier_code"]: Norm(
                row["shared_norm"], int(row["yearly_norm"]), int(row["quarterly_minimum"] or 1)
            )
            for row in csv.DictReader(rows)
        }


def guaranteed(code: str, day: date) -> int | None:
    """The guaranteed amount of a piece on a day, in tiyn; None before there is one (RG.1)."""
    return next((tiyn for since, tiyn in reversed(AMOUNTS[code]) if since <= day), None)


def due_on(person: "Person", code: str | None, besides: "Measure | None") -> date:
    """The day from which an item may be given, for what was handed over under other measures (RM.2)."""
    same, beside = [date.min], []
    for of, day in _received(person, besides):
        both = code in ITEMS[Service.WHEELCHAIR] and of in ITEMS[Service.WHEELCHAIR]
        ends = _years_after(day, YEARS[of]) if of in YEARS else None
        if ends and (of == code or (both and _chair(of) == _chair(code))):
            same.append(ends)
        elif ends and both and {_chair(of), _chair(code)} != {"room", "walking"}:
            beside.append(ends)
    return max(*same, min(beside, default=date.min))


def _years_after(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _received(person: "Person", besides: "Measure | None") -> Iterator[tuple[str, date]]:
    """Each item with the last day on which it was handed over."""
    for one in person.entitlements:
        days = [visit.day for order in one.orders for visit in order.visits if not visit.struck]
        if one.service in GOODS and one.measure is not besides and days:
            yield one.measure.code or "", max(days)


def fit(sent: NewProgramme, person: "Person", held: "Programme | None") -> bool:
    """Whether the goods of a programme may be given: known items, not too many, due before they end, no chair beside
    one it excludes."""
    chairs = list(_waiting(person, held))
    for one in sent.measures:
        if one.service not in GOODS:
            continue
        most = MOST_AT_ONCE if norm(one.classifier_code) is None else 10_000
        if one.classifier_code not in ITEMS[Service(one.service)] or (one.quantity or 1) > most:
            return False
        mine = held.measures.get(one.id) if held else None
        last = min(one.valid_to, sent.valid_to)
        if norm(one.classifier_code) is None and due_on(person, one.classifier_code, mine) > last:
            return False
        if one.service == Service.WHEELCHAIR:
            if (one.quantity or 1) > 1 or not _beside(one, chairs):
                return False
            chairs.append(_chair(one.classifier_code))
    return True


def _beside(one: NewMeasure, chairs: Iterable[str]) -> bool:
    return all({_chair(one.classifier_code), other} == {"room", "walking"} for other in chairs)


def _chair(code: str | None) -> str:
    known = {"501": "room", "5020": "walking", "5022": "walking", "5023": "universal", "5024": "transport"}
    return next(kind for above, kind in known.items() if (code or "").startswith(above))


def _waiting(person: "Person", held: "Programme | None") -> Iterator[str]:
    """The chairs that somebody may still get from other programmes."""
    for one in person.entitlements:
        waits = one.closed_on is None and one.available + one.reserved > 0
        if one.service is Service.WHEELCHAIR and waits and one.measure.programme is not held:
            yield _chair(one.measure.code)
