"""Goods in a programme (RM.1, RM.2): each is an item of the classifier; which wheelchairs go together."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.rules.law import N_, law
from portal.rules.programmes import FieldProblem, NewMeasure, NewProgramme
from portal.rules.service import GOODS, Service

MOST_PIECES_ONCE = 50
"""More of one item at once, where no yearly norm is set, no programme can mean."""


class Chair(StrEnum):
    """The four places that wheelchairs take in a person's life (RM.2)."""

    ROOM = "room"
    WALKING = "walking"
    UNIVERSAL = "universal"
    TRANSPORT = "transport"


_CHAIRS: Mapping[str, Chair] = {
    "501": Chair.ROOM,
    "5020": Chair.WALKING,
    "5021": Chair.WALKING,
    "5022": Chair.WALKING,
    "5023": Chair.UNIVERSAL,
    "5024": Chair.TRANSPORT,
}
"""Kinds of the classifier (Order 284) by what they are to the rule of Order 287."""


_SERVICES: Mapping[str, str] = {"hygiene": Service.TECHNICAL_AID}
"""Sections of the classifier that are no service of their own: hygiene means are technical aids."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the classifier with the codes above it; of hygiene its yearly norm and its `least` order."""

    code: str
    service: str | None
    is_item: bool
    is_repair: bool = False
    side: str = ""
    above: tuple[str, ...] = ()
    norm: str | None = None
    yearly_norm: int | None = None
    least: int = 1

    @property
    def codes(self) -> tuple[str, ...]:
        """Its own code first, then those under which it stands."""
        return (self.code, *self.above)


@law("R26.1", "R34.1")
def goods_service(item: Item) -> Service | None:
    """The service that hands an item over; None for a heading of the classifier and for what is no goods."""
    service = _SERVICES.get(item.service or "", item.service)
    return next((one for one in GOODS if item.is_item and one == service), None)


@law("RM.1", "RM.2")
def chair_of(item: Item) -> Chair | None:
    """Which place a wheelchair takes; None for everything else."""
    return next((_CHAIRS[code] for code in item.codes if code in _CHAIRS), None)


@law("RM.2")
def go_together(one: Chair, other: Chair) -> bool:
    """A room and a walking chair are given together; a universal one, or one to be pushed, only alone."""
    return {one, other} == {Chair.ROOM, Chair.WALKING}


@law("R34.1", "RM.1", "RM.2")
def check_goods(new: NewProgramme, items: Mapping[str, Item], held: Collection[Chair]) -> list[FieldProblem]:
    """Goods name an item of their own service; wheelchairs go together with each other and with those `held`."""
    problems = []
    chairs = list(held)
    for at, measure in enumerate(new.measures):
        if measure.service in GOODS:
            path = f"programme.measures.{at}"
            item = items.get(measure.classifier_code or "")
            found = list(_of_item(measure, item, path))
            if item is not None and not found:
                found += _of_chair(measure, item, chairs, path)
            problems += found
    return problems


def _of_item(measure: NewMeasure, item: Item | None, path: str) -> Iterator[FieldProblem]:
    field = f"{path}.classifier_code"
    if measure.classifier_code is None:
        yield FieldProblem(field, N_("Goods need the code of their item in the classifier."), "R34.1", {})
    elif item is None or not item.is_item:
        yield FieldProblem(field, N_("This is not the code of an item of the classifier."), "R34.1", {})
    elif measure.service != goods_service(item):
        yield FieldProblem(field, N_("This item of the classifier belongs to another service."), "R34.1", {})
    elif item.yearly_norm is None and (measure.quantity or 1) > MOST_PIECES_ONCE:
        message = N_("The quantity has to be at most %(most)s in this unit.")
        yield FieldProblem(f"{path}.quantity", message, "R34.1", {"most": MOST_PIECES_ONCE})


def _of_chair(measure: NewMeasure, item: Item, chairs: list[Chair], path: str) -> Iterable[FieldProblem]:
    """At most one chair of each kind; adds it to those that the measures before it named."""
    chair = chair_of(item)
    if measure.service != Service.WHEELCHAIR or chair is None or item.is_repair:
        return []
    together = all(go_together(chair, other) for other in chairs)
    chairs.append(chair)
    problems = []
    if not together:
        message = N_("Either one room and one walking chair, or one universal chair, or one chair to be pushed.")
        problems.append(FieldProblem(f"{path}.classifier_code", message, "RM.2", {}))
    if (measure.quantity or 1) > 1:
        message = N_("A programme gives one wheelchair of a kind.")
        problems.append(FieldProblem(f"{path}.quantity", message, "RM.2", {}))
    return problems
