"""What is known of a person: programmes with their measures, events and where they live; a part of the model."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from portal.actor import Actor
from portal.rules.returns import EventKind
from portal.rules.service import Service
from tests.simulator import goods
from tests.simulator.papers import UNKNOWN

if TYPE_CHECKING:
    from tests.simulator.model import Entitlement, Order


class Period(NamedTuple):
    """A calendar year, or a quarter of it from 1 to 4."""

    year: int
    quarter: int = 0

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.quarter * 3 - 2 if self.quarter else 1, 1)

    @property
    def last(self) -> date:
        """The last day."""
        return date(self.year, *{1: (3, 31), 2: (6, 30), 3: (9, 30)}.get(self.quarter, (12, 31)))


@dataclass(eq=False)
class Event:
    """What became known of a person; with what it overwrote, by thing, so that it can be undone."""

    kind: EventKind
    on: date
    programme: "Programme | None" = None
    is_undone: bool = False
    is_over: bool = False
    entitlements: dict["Entitlement", tuple[Any, ...]] = field(default_factory=dict)
    orders: dict["Order", tuple[Any, ...]] = field(default_factory=dict)


@dataclass(eq=False)
class Person:
    """A recipient."""

    id: UUID
    iin: str
    place: str
    office: Any
    died_on: date | None = None
    departed_on: date | None = None
    programmes: list["Programme"] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    looked_at_again: set[Service] = field(default_factory=set)
    acting: dict["Programme", UUID] = field(default_factory=dict)
    ever_acting: set[UUID] = field(default_factory=set)

    @property
    def is_here(self) -> bool:
        """Whether anything may still be given to them."""
        return self.died_on is None and self.departed_on is None

    def is_kin_of(self, clerk: Actor) -> bool:
        """Whether a clerk acts for them, or ever did: then colleagues decide."""
        return clerk.person_id in self.ever_acting

    def represent(self, programme: "Programme", who: UUID | None) -> None:
        """Who acts for them is whom the newest version of each programme names."""
        self.acting.pop(programme, None)
        if who is not None:
            self.acting[programme] = who
            self.ever_acting.add(who)

    @property
    def entitlements(self) -> list["Entitlement"]:
        """All of all programmes."""
        measures = [measure for programme in self.programmes for measure in programme.measures.values()]
        return [one for measure in measures for one in measure.entitlements.values()]

    def orders(self, service: Service) -> list["Order"]:
        """All orders of a service."""
        return [order for one in self.entitlements if one.service is service for order in one.orders]

    def row(self) -> tuple[Any, ...]:
        return self.place, self.died_on, self.departed_on


@dataclass(eq=False)
class Programme:
    """A programme; `sent` is its last version."""

    id: UUID
    person: Person
    sent: Any
    office: Any
    is_closed: bool = False
    received_on: date = date.min
    measures: dict[str, "Measure"] = field(default_factory=dict)

    def row(self) -> tuple[Any, ...]:
        return self.sent.version, self.office.id, self.is_closed


@dataclass(eq=False)
class Measure:
    """A line of a programme, with what it gave in each year."""

    programme: Programme
    external_id: str
    service: Service
    valid_from: date
    valid_to: date
    a_day: int | None
    in_all: int | None
    code: str | None = None
    by_quarter: bool = False
    id: UUID = UNKNOWN
    entitlements: dict[Period, "Entitlement"] = field(default_factory=dict)

    @property
    def norm(self) -> goods.Norm | None:
        """The norm of each year, of goods that have one."""
        return goods.norm(self.code) if self.service in goods.GOODS else None

    def period(self, day: date) -> Period:
        """The year of a day; an assistant's by edition 2023 is planned by quarters (rulebook 12)."""
        return Period(day.year, (day.month + 2) // 3 if self.by_quarter else 0)

    @property
    def is_once(self) -> bool:
        """Whether it gives once for all its days: goods without a norm."""
        return self.service in goods.GOODS and self.norm is None
