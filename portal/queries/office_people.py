"""People as an employment office sees them: those of its own district, and those whom no SMS can reach (R34.4)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer, OfferPlace
from portal.models.office_move import OfficeMove
from portal.models.order import Order
from portal.models.person import Person, Representation
from portal.models.programme import Programme
from portal.models.provider import Specialist
from portal.models.service_log import LogEntry
from portal.queries import reference
from portal.queries.paged import Page, page
from portal.rules.orders import OrderStatus

REACHED = "reach"
"""What the journal calls it when an office reached somebody in another way than by SMS."""

_RUNNING = (OrderStatus.PLACED, OrderStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Choosable:
    """Something from which a person may choose a provider, and how many render it where they live."""

    entitlement: Entitlement
    providers: int


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody without a phone, with what they may choose; `reached_at` is when the office last reached them."""

    person: Person
    reached_at: datetime | None
    may_choose: Sequence[Choosable]


def unreached(session: Session, office_id: UUID, today: date, number: int) -> Page[Unreached]:
    """A page of the people whom no SMS reaches and who have something to choose: never reached ones first (R34.4)."""
    reached = _reached_at()
    statement = (
        select(Person, reached)
        .where(*_without_phone(office_id, today))
        .order_by(reached.asc().nulls_first(), Person.last_name, Person.id)
    )
    found = page(session, statement, number)
    of = _choosable(session, [person for person, _ in found.rows], today)
    rows = [Unreached(person, reached_at, of[person.id]) for person, reached_at in found.rows]
    return Page(rows, found.number, found.total, found.size)


def count_unreached(session: Session, office_id: UUID, today: date, since: datetime) -> int:
    """How many of them were not reached since a moment."""
    reached = _reached_at()
    return (
        session.scalar(
            select(func.count())
            .select_from(Person)
            .where(*_without_phone(office_id, today), or_(reached.is_(None), reached < since))
        )
        or 0
    )


def reached_at(session: Session, person_id: UUID) -> datetime | None:
    """When the office last reached a person in another way than by SMS."""
    return session.scalar(select(_reached_at()).where(Person.id == person_id))


def search(session: Session, office_id: UUID, text: str, number: int) -> Page[Person]:
    """A page of the district's recipients, by name; each word of `text` is part of a name."""
    statement = (
        select(Person)
        .where(_of_district(office_id), *named(text))
        .order_by(Person.last_name, Person.first_name, Person.id)
    )
    found = page(session, statement, number)
    return Page([person for (person,) in found.rows], found.number, found.total, found.size)


def named(text: str) -> list[ColumnElement[bool]]:
    """Each word of `text` is a part of a person's name."""
    return [or_(*(column.icontains(word, autoescape=True) for column in _NAMES)) for word in text.split()]


def get_for_office(session: Session, person_id: UUID, office_id: UUID) -> Person:
    """A recipient of this office's district, now or before they moved; LookupError for everybody else."""
    before = select(OfficeMove.person_id).where(OfficeMove.from_office_id == office_id)
    known = or_(_of_district(office_id), Person.id.in_(before))
    person = session.scalars(select(Person).where(Person.id == person_id, known)).one_or_none()
    if person is None:
        raise LookupError("no such person")
    return person


def is_of_district(session: Session, person_id: UUID, office_id: UUID) -> bool:
    """Whether the person lives in this office's district and has a programme here.

    A programme that was over when they moved stays with the former office, which has no more to say.
    """
    place = session.scalar(select(Person.place_code).where(Person.id == person_id, _of_district(office_id)))
    office = reference.office_of_place(session, place) if place else None
    return office is not None and office.id == office_id


def programmes(session: Session, person_id: UUID, office_id: UUID) -> Sequence[Programme]:
    """A person's programmes that came to this office, the latest first."""
    return session.scalars(
        select(Programme)
        .where(Programme.person_id == person_id, Programme.office_id == office_id)
        .order_by(Programme.valid_to.desc(), Programme.id)
    ).all()


def entitlements(session: Session, person_id: UUID, office_id: UUID) -> Sequence[Entitlement]:
    """A person's entitlements of this office, the latest year first."""
    return session.scalars(
        select(Entitlement)
        .where(Entitlement.person_id == person_id, Entitlement.office_id == office_id)
        .options(joinedload(Entitlement.measure))
        .order_by(Entitlement.year.desc(), Entitlement.quarter.desc(), Entitlement.service, Entitlement.id)
    ).all()


def orders(session: Session, person_id: UUID, office_id: UUID, limit: int) -> Sequence[Order]:
    """A person's orders under this office, those with which something happened last first."""
    return session.scalars(
        select(Order)
        .where(Order.recipient_id == person_id, Order.office_id == office_id)
        .options(joinedload(Order.provider), joinedload(Order.first))
        .order_by(func.greatest(Order.placed_at, Order.answered_at, Order.ended_at).desc(), Order.id)
        .limit(limit)
    ).all()


def acts(session: Session, person_id: UUID, office_id: UUID, limit: int) -> Sequence[Act]:
    """A person's acts that were sent to this office, the one that was decided or sent last first."""
    return session.scalars(
        select(Act)
        .where(Act.recipient_id == person_id, Act.office_id == office_id, Act.submitted_at.is_not(None))
        .options(joinedload(Act.provider))
        .order_by(func.coalesce(Act.decided_at, Act.submitted_at).desc(), Act.number.desc())
        .limit(limit)
    ).all()


def objected(session: Session, office_id: UUID, number: int) -> Page[LogEntry]:
    """A page of the visits of the district to which recipients object, the oldest objection first."""
    found = page(session, _objected(office_id).order_by(LogEntry.objected_at, LogEntry.id), number)
    return Page([entry for entry, _order in found.rows], found.number, found.total, found.size)


def count_objected(session: Session, office_id: UUID) -> int:
    """How many objections are not settled."""
    return session.scalar(select(func.count()).select_from(_objected(office_id).subquery())) or 0


def get_objected(session: Session, entry_id: UUID, office_id: UUID) -> LogEntry:
    """A visit under an order of this office that was ever objected to; LookupError otherwise."""
    entry = session.scalars(
        _visits().where(LogEntry.id == entry_id, Order.office_id == office_id, LogEntry.objected_at.is_not(None))
    ).one_or_none()
    if entry is None:
        raise LookupError("no such visit")
    return entry


_NAMES = (Person.last_name, Person.first_name, Person.middle_name)


def _visits() -> Select[*tuple[Any, ...]]:
    return (
        select(LogEntry, Order)
        .join(LogEntry.order)
        .options(
            contains_eager(LogEntry.order).options(joinedload(Order.recipient), joinedload(Order.provider)),
            joinedload(LogEntry.specialist).joinedload(Specialist.person),
        )
    )


def _objected(office_id: UUID) -> Select[*tuple[Any, ...]]:
    return _visits().where(
        Order.office_id == office_id,
        LogEntry.objected_at.is_not(None),
        LogEntry.settled_at.is_(None),
        LogEntry.struck_at.is_(None),
    )


def _of_district(office_id: UUID) -> ColumnElement[bool]:
    return Person.id.in_(select(Programme.person_id).where(Programme.office_id == office_id))


def _without_phone(office_id: UUID, today: date) -> list[ColumnElement[bool]]:
    """Nobody has a phone, neither they nor who acts for them, and there is something to choose a provider for."""
    acting = aliased(Person)
    by_phone = (
        select(Representation.id)
        .join(acting, acting.id == Representation.person_id)
        .where(
            Representation.recipient_id == Person.id,
            Representation.valid_from <= today,
            or_(Representation.valid_to.is_(None), Representation.valid_to >= today),
            func.coalesce(acting.phone, "") != "",
            acting.died_on.is_(None),
        )
    )
    return [
        func.coalesce(Person.phone, "") == "",
        Person.died_on.is_(None),
        ~by_phone.exists(),
        Person.id.in_(select(Entitlement.person_id).where(Entitlement.office_id == office_id, *_open(today))),
    ]


def _open(today: date) -> list[ColumnElement[bool]]:
    """Entitlements with free minutes from which nothing is ordered."""
    ordered = select(Order.id).where(Order.entitlement_id == Entitlement.id, Order.status.in_(_RUNNING))
    return [
        Entitlement.closed_on.is_(None),
        Entitlement.ends_on >= today,
        Entitlement.available > 0,
        ~ordered.exists(),
    ]


def _reached_at() -> ScalarSelect[Any]:
    return (
        select(func.max(AuditRow.at))
        .where(AuditRow.thing == "people", AuditRow.thing_id == Person.id, AuditRow.action == REACHED)
        .scalar_subquery()
    )


def _choosable(session: Session, persons: Collection[Person], today: date) -> defaultdict[UUID, list[Choosable]]:
    """What each of these people may choose, with the number of providers in their district."""
    rendering = (
        select(func.count())
        .select_from(OfferPlace)
        .join(Offer, Offer.id == OfferPlace.offer_id)
        .where(
            OfferPlace.place_code == Person.place_code,
            OfferPlace.service == Entitlement.service,
            Offer.withdrawn_on.is_(None),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Entitlement, rendering)
        .join(Person, Person.id == Entitlement.person_id)
        .where(Entitlement.person_id.in_([person.id for person in persons]), *_open(today))
        .order_by(Entitlement.ends_on, Entitlement.id)
    )
    of: defaultdict[UUID, list[Choosable]] = defaultdict(list)
    for entitlement, providers in rows:
        of[entitlement.person_id].append(Choosable(entitlement, providers))
    return of
