"""Accompaniment and service sheets (R42.6, R42.7): one for each specialist and month, a row for each visit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from portal.rules.law import law
from portal.rules.roles import Role
from portal.rules.service import HOURLY, Service


class Sheeted(Protocol):
    """A visit as a sheet shows it."""

    @property
    def day(self) -> date: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def minutes(self) -> int: ...
    @property
    def specialist_id(self) -> UUID: ...


V = TypeVar("V", bound=Sheeted)


@dataclass(frozen=True, slots=True)
class SheetValue(Generic[V]):
    """The visits of one specialist in the order in which they began, and their minutes in all."""

    specialist_id: UUID
    visits: tuple[V, ...]
    minutes: int


@law("R42.1", "R42.6", "R42.7")
def by_specialist(visits: Iterable[V]) -> tuple[SheetValue[V], ...]:
    """A sheet for each specialist, those who began first coming first; every visit stands on exactly one sheet."""
    of: dict[UUID, list[V]] = {}
    for visit in sorted(visits, key=lambda visit: (visit.started_at, visit.specialist_id)):
        of.setdefault(visit.specialist_id, []).append(visit)
    return tuple(
        SheetValue(specialist_id, tuple(theirs), sum(visit.minutes for visit in theirs))
        for specialist_id, theirs in of.items()
    )


@law("R42.6", "R42.7")
def signatories(service: Service, *, recipient_died: bool) -> frozenset[Role]:
    """Who has to sign a sheet: its specialist; on an interpreter's sheet the recipient too. Goods have no sheets.

    When the recipient has died the assistant's sheet needs no signature (annex 9), and the interpreter's sheet only
    that of the interpreter (annex 10).
    """
    if service not in HOURLY:
        return frozenset()
    if service == Service.INTERPRETER:
        return frozenset({Role.SPECIALIST} if recipient_died else {Role.SPECIALIST, Role.RECIPIENT})
    return frozenset() if recipient_died else frozenset({Role.SPECIALIST})
