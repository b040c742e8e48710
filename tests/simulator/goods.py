"""The classifier of goods, read a second time: which norm an item has each year, which chairs go together (RM.2)."""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from portal.rules.programmes import NewMeasure, NewProgramme
from portal.rules.service import Service

if TYPE_CHECKING:
    from tests.simulator.model import Person, Programme

DATA = Path(__file__).resolve().parents[2] / "portal" / "data"
GOODS = (Service.PROSTHETICS, Service.TECHNICAL_AID, Service.WHEELCHAIR)
ITEMS = {
    Service.PROSTHETICS: ("20110101", "20120102"),
    Service.TECHNICAL_AID: ("3011007", "3012006", "601009", "601001", "602001", "605003", "605005"),
    Service.WHEELCHAIR: ("501302", "502006", "502201", "502301", "5024"),
}
MOST_AT_ONCE = 50


class Norm(NamedTuple):
    """So many pieces a year, for all items of one point of the order together."""

    point: str
    pieces: int


@cache
def norm(code: str | None) -> Norm | None:
    """The norm of an item or of what stands above it; codes begin with those above them."""
    fitting = [one for one in _norms() if (code or "").startswith(one)]
    return _norms()[max(fitting, key=len)] if fitting else None


@cache
def _norms() -> dict[str, Norm]:
    with (DATA / "hygiene_norms.csv").open(encoding="utf-8") as rows:
        return {
            row["classifier_code"]: Norm(row["shared_norm"], int(row["yearly_norm"])) for row in csv.DictReader(rows)
        }


def fit(sent: NewProgramme, person: "Person", held: "Programme | None") -> bool:
    """Whether the goods of a programme may be given: known items, not too many, no chair beside one it excludes."""
    chairs = list(_waiting(person, held))
    for one in sent.measures:
        if one.service not in GOODS:
            continue
        most = MOST_AT_ONCE if norm(one.classifier_code) is None else 10_000
        if one.classifier_code not in ITEMS[Service(one.service)] or (one.quantity or 1) > most:
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
