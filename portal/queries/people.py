"""Reading people: who is behind an IIN, and in what roles they may act."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from portal.models.entitlement import Entitlement
from portal.models.ministry import MINISTRY_ID, NAME_KK, NAME_RU, MinistryStaff
from portal.models.office import Office, OfficeStaff
from portal.models.person import Kinship, Person, Representation
from portal.models.provider import Provider, ProviderStaff, Specialist
from portal.rules.roles import Role

_NONE = cast(null(), Uuid)
_PERSON = bindparam("person", type_=Uuid)
_TODAY = bindparam("today", type_=Date)
_NAME = Person.last_name + " " + Person.first_name


@dataclass(frozen=True, slots=True)
class Capacity:
    """One way in which a person may act: in what role, for whom, for which organisation."""

    role: Role
    for_person_id: UUID | None
    organisation_id: UUID | None
    name_kk: str
    name_ru: str

    @property
    def key(self) -> str:
        """A short name for a form; means nothing outside this person's own list."""
        return f"{self.role}:{self.for_person_id or self.organisation_id}"


class Known(NamedTuple):
    """Who is signed in, as every page needs them."""

    id: UUID
    number: int
    full_name: str


# Built once: every request of somebody signed in begins with it.
_KNOWN = select(
    Person.id,
    Person.number,
    func.concat_ws(
        literal_column("' '"),
        Person.last_name,
        Person.first_name,
        func.nullif(Person.middle_name, literal_column("''")),
    ),
).where(Person.id == bindparam("person", type_=Uuid), Person.died_on.is_(None))


def known(session: Session, person_id: UUID) -> Known | None:
    """The living person with this id: nobody else goes on in a session of somebody who has died."""
    row = session.connection().execute(_KNOWN, {"person": person_id}).one_or_none()
    return Known._make(row) if row else None


def by_iin(session: Session, iin: str) -> Person | None:
    """The person with this IIN."""
    return session.scalars(select(Person).where(Person.iin == iin)).first()


def reader(session: Session, person: Person, today: date, first_id: UUID | None = None) -> Person:
    """Whom an SMS to `person` reaches: themselves, or without a phone, who acts for them and has one (R34.2).

    `first_id` comes before others who do; who no longer acts for them learns nothing.
    """
    if person.phone:
        return person
    acting = [one for one in representatives(session, person.id, today) if one.phone]
    return next((one for one in acting if one.id == first_id), acting[0] if acting else person)


def readers(session: Session, ids: Collection[UUID], today: date) -> dict[UUID, list[Person]]:
    """For each of many living people whom an SMS to them reaches; nobody where no phone is known."""
    these = bindparam("these", list(ids), ARRAY(Uuid), unique=True)
    mine = select(Person).where(Person.id == any_(these), Person.died_on.is_(None))
    found = {person.id: [person] for person in session.scalars(mine.where(Person.phone != ""))}
    # A table, not an array: PostgreSQL may look through a whole array anew for each row of a join.
    asked, each = aliased(Person), func.unnest(these).table_valued(column("id", Uuid)).render_derived()
    others = (
        select(Representation.recipient_id, Person)
        .select_from(each)
        .join(asked, asked.id == each.c.id)
        .join(Representation, Representation.recipient_id == asked.id)
        .join(Person, Person.id == Representation.person_id)
        .where(*_valid(today), Person.phone != "", Person.died_on.is_(None), asked.died_on.is_(None))
        .order_by(Person.last_name, Person.first_name, Person.id)
    )
    for recipient_id, person in session.execute(others):
        found.setdefault(recipient_id, [person])
    return found


def capacities(session: Session, person_id: UUID, today: date) -> list[Capacity]:
    """Everything this person may act as today: first themselves, then others, then organisations.

    Nobody acts as somebody who has died.
    """
    rows = session.connection().execute(_every_capacity(), {"person": person_id, "today": today}).all()
    return [Capacity(Role(row[1]), row[4], row[5], row[2], row[3] or row[2]) for row in rows]


def relatives(session: Session, person_id: UUID) -> set[UUID]:
    """Kin of a person: written kinships and legal representation, both ways."""
    kin = select(Kinship.relative_id).where(Kinship.person_id == person_id)
    kin_back = select(Kinship.person_id).where(Kinship.relative_id == person_id)
    parents = select(Representation.person_id).where(Representation.recipient_id == person_id)
    children = select(Representation.recipient_id).where(Representation.person_id == person_id)
    return set(session.scalars(union_all(kin, kin_back, parents, children)))


def representatives(session: Session, recipient_id: UUID, today: date) -> Sequence[Person]:
    """Who may act for a recipient today, each once; nobody who has died."""
    acting = select(Representation.person_id).where(Representation.recipient_id == recipient_id, *_valid(today))
    living = select(Person).where(Person.id.in_(acting), Person.died_on.is_(None))
    return session.scalars(living.order_by(Person.last_name, Person.first_name, Person.id)).all()


def represented(session: Session, person_id: UUID, today: date) -> Sequence[Person]:
    """For whom a person may act today, each once."""
    for_them = select(Representation.recipient_id).where(Representation.person_id == person_id, *_valid(today))
    return session.scalars(select(Person).where(Person.id.in_(for_them)).order_by(Person.id)).all()


@cache
def _every_capacity() -> Select[*tuple[Any, ...]]:
    """Built once: every request of somebody signed in begins with it."""
    every = union(_themselves(), _others(), _staff(), _serving(), _clerk(), _ministry()).subquery()
    return select(every).order_by(*every.c)


def _themselves() -> Select[tuple[int, str, str, str, UUID, UUID]]:
    entitled = select(Entitlement.id).where(Entitlement.person_id == _PERSON)
    return _recipient(1).where(Person.id == _PERSON, Person.died_on.is_(None), entitled.exists())


def _others() -> Select[tuple[int, str, str, str, UUID, UUID]]:
    for_them = select(Representation.recipient_id).where(Representation.person_id == _PERSON, *_valid(_TODAY))
    return _recipient(2).where(Person.id.in_(for_them))


def _recipient(place: int) -> Select[tuple[int, str, str, str, UUID, UUID]]:
    return select(literal(place), literal(Role.RECIPIENT.value), _NAME, literal(""), Person.id, _NONE)


def _staff() -> Select[tuple[int, str, str, str, UUID, UUID]]:
    mine = select(ProviderStaff.provider_id).where(ProviderStaff.person_id == _PERSON)
    return _organisation(3, Role.PROVIDER, Provider).where(Provider.id.in_(mine))


def _serving() -> Select[tuple[int, str, str, str, UUID, UUID]]:
    mine = select(Specialist.provider_id).where(
        Specialist.person_id == _PERSON, or_(Specialist.until_on.is_(None), Specialist.until_on >= _TODAY)
    )
    return _organisation(4, Role.SPECIALIST, Provider).where(Provider.id.in_(mine))


def _clerk() -> Select[tuple[int, str, str, str, UUID, UUID]]:
    mine = select(OfficeStaff.office_id).where(
        OfficeStaff.person_id == _PERSON, or_(OfficeStaff.until_on.is_(None), OfficeStaff.until_on >= _TODAY)
    )
    return _organisation(5, Role.OFFICE, Office).where(Office.id.in_(mine))


def _ministry() -> Select[tuple[int, str, str, str, UUID, UUID]]:
    role, identity = literal(Role.MINISTRY.value), literal(MINISTRY_ID, Uuid)
    return select(literal(6), role, literal(NAME_KK), literal(NAME_RU), _NONE, identity).where(
        MinistryStaff.person_id == _PERSON, or_(MinistryStaff.until_on.is_(None), MinistryStaff.until_on >= _TODAY)
    )


def _organisation(place: int, role: Role, of: type[Provider | Office]) -> Select[tuple[int, str, str, str, UUID, UUID]]:
    return select(literal(place), literal(role.value), of.name_kk, of.name_ru, _NONE, of.id)


def _valid(today: date | BindParameter[date]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        Representation.valid_from <= today,
        or_(Representation.valid_to.is_(None), Representation.valid_to >= today),
    )


def staff(session: Session, provider_id: UUID) -> Sequence[Person]:
    """Who works for a provider and signs for it."""
    found = select(Person).join(ProviderStaff, ProviderStaff.person_id == Person.id)
    return session.scalars(found.where(ProviderStaff.provider_id == provider_id).order_by(Person.id)).all()


def staff_of(session: Session, organisations: Collection[UUID], today: date) -> dict[UUID, list[Person]]:
    """Who works for each of many providers and offices today."""
    these = bindparam("these", list(organisations), ARRAY(Uuid), unique=True)
    of_providers = select(ProviderStaff.provider_id, Person).join(Person, Person.id == ProviderStaff.person_id)
    of_offices = select(OfficeStaff.office_id, Person).join(Person, Person.id == OfficeStaff.person_id)
    works = or_(OfficeStaff.until_on.is_(None), OfficeStaff.until_on >= today)
    found: dict[UUID, list[Person]] = {}
    for statement in (
        of_providers.where(ProviderStaff.provider_id == any_(these)),
        of_offices.where(OfficeStaff.office_id == any_(these), works),
    ):
        for organisation_id, person in session.execute(statement.order_by(Person.id)):
            found.setdefault(organisation_id, []).append(person)
    return found
