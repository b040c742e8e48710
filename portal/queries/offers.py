"""Reading offers: who renders a service where she lives, for how much, how they answered, what they have free (RG.2).

The statements are in `offer_search`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.db import plain
from portal.models.offer import OfferPlace
from portal.models.person import Person
from portal.models.provider import Specialist
from portal.models.reference import Place
from portal.queries import offer_search
from portal.rules.guaranteed_amount import surcharge_rate
from portal.rules.quantities import LAW_TIME, month_of
from portal.rules.service import Service
from portal.rules.terms import add_months, last_day_of_month

PAGE = offer_search.PAGE
"""Offers on one page."""

FIGURES_MONTHS = 12
"""How far back the figures on answers go, in months."""


_HOLDS_IN = select(
    select(OfferPlace)
    .where(OfferPlace.offer_id == bindparam("offer_id"), OfferPlace.place_code == bindparam("place_code"))
    .exists()
)


class OfferSort(StrEnum):
    """What the list is ordered by."""

    SURCHARGE = "surcharge"
    ANSWER = "answer"
    FREE = "free"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Search:
    """Whom a recipient looks for. `anywhere` means those who serve online, wherever they are."""

    service: Service
    place_code: str
    guaranteed_tiyn: int
    today: date
    reader: str = "kk"
    language: str | None = None
    way: str | None = None
    free_of_surcharge: bool = False
    anywhere: bool = False
    sort: OfferSort = OfferSort.SURCHARGE
    page: int = 1

    def on_page(self, page: int) -> "Search":
        """The same search, another page of it."""
        return replace(self, page=page)


class Found(NamedTuple):
    """An offer with its provider and with what orders of the last 12 months and this month say of it."""

    id: UUID
    provider_id: UUID
    name_kk: str
    name_ru: str
    price_tiyn: int
    capacity_minutes: int
    languages: Sequence[str]
    at_home: bool
    online: bool
    specialists: int
    answered: int
    lapsed: int
    median_seconds: float | None
    busy_minutes: int
    guaranteed_tiyn: int

    @property
    def surcharge_tiyn(self) -> int:
        """What the recipient would pay herself for an hour, in tiyn (RG.2)."""
        return surcharge_rate(self.price_tiyn, self.guaranteed_tiyn)

    @property
    def free_minutes(self) -> int:
        """Minutes of this month that no open order takes; never below nought."""
        return max(self.capacity_minutes - self.busy_minutes, 0)

    @property
    def due(self) -> int:
        """Orders whose answer was due: those answered and those that lapsed."""
        return self.answered + self.lapsed

    @property
    def answer_hours(self) -> int | None:
        """Half of the answered orders were answered within so many hours; None when there was none."""
        return None if self.median_seconds is None else max(ceil(self.median_seconds / 3600), 1)


class Counts(NamedTuple):
    """How many offers there are, and how many of them pass the filters."""

    all: int
    matching: int


def found(session: Session, search: Search) -> list[Found]:
    """One page of the offers that pass the filters, in the order asked for, down to the last tie."""
    statement = offer_search.page(search.sort.value, search.reader, search.anywhere, *_filters(search))
    rows = session.connection().execute(statement, _asked(search) | {"skip": (search.page - 1) * PAGE})
    return [Found._make((*row, search.guaranteed_tiyn)) for row in rows]


def count(session: Session, search: Search) -> Counts:
    """How many render the service in the district (or online, anywhere), and how many pass the filters."""
    row = session.connection().execute(offer_search.count(search.anywhere, *_filters(search)), _asked(search)).one()
    return Counts(row[0], row[1])


def some(session: Session, search: Search, ids: Sequence[UUID]) -> list[Found]:
    """The named offers of this service that are open, in the order named; unknown ones are left out."""
    rows = session.execute(offer_search.named(), _asked(search) | {"ids": list(ids)})
    of = {row[0]: Found._make((*row, search.guaranteed_tiyn)) for row in rows}
    return [of[identity] for identity in dict.fromkeys(ids) if identity in of]


def places(session: Session, offer_id: UUID) -> Sequence[Place]:
    """Where an offer holds, in alphabetical order."""
    of_offer = select(Place).join(OfferPlace, OfferPlace.place_code == Place.code)
    return session.scalars(of_offer.where(OfferPlace.offer_id == offer_id).order_by(Place.sort_kk, Place.code)).all()


def holds_in(session: Session, offer_id: UUID, place_code: str) -> bool:
    """Whether an offer holds in a district."""
    return plain(session).scalar(_HOLDS_IN, {"offer_id": offer_id, "place_code": place_code}) or False


class Serving(NamedTuple):
    """Somebody who serves, as a recipient may see them before choosing: first name, initial, languages, since when."""

    first_name: str
    initial: str
    languages: Sequence[str]
    since_on: date


def specialists(session: Session, provider_id: UUID, service: Service, today: date) -> list[Serving]:
    """Those who render the service for a provider today, the most experienced first."""
    rows = session.execute(
        select(Person.first_name, func.left(Person.last_name, 1), Specialist.languages, Specialist.since_on)
        .join(Person, Person.id == Specialist.person_id)
        .where(Specialist.provider_id == provider_id, Specialist.service == service, offer_search.serves_on(today))
        .order_by(Specialist.since_on, Specialist.id)
    )
    return [Serving._make(row) for row in rows]


def _asked(search: Search) -> dict[str, Any]:
    month = month_of(search.today)
    since = add_months(search.today, -FIGURES_MONTHS)
    return {
        "service": search.service,
        "place": search.place_code,
        "today": search.today,
        "guaranteed": search.guaranteed_tiyn,
        "language": search.language,
        "since": datetime.combine(since, time.min, LAW_TIME),
        "month_from": month,
        "month_to": last_day_of_month(month),
    }


def _filters(search: Search) -> tuple[bool, str | None, bool]:
    return search.language is not None, search.way, search.free_of_surcharge
