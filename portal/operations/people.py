"""People as programmes name them (R34.1): the recipient and who acts for them, kept once and brought up to date."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.person import Person, Representation
from portal.operations import choice, locks, sms
from portal.queries import people, reference
from portal.rules.identifiers import normal_phone
from portal.rules.programmes import NewPerson, NewProgramme, NewRepresentative
from portal.rules.quantities import day_of


def keep(session: Session, new: NewProgramme) -> tuple[Person, Person | None]:
    """The recipient and the representative of a programme, locked; new, or brought up to date by what it says.

    Two messages about the same people wait for each other here, whoever of them is named as what.
    """
    found = _claim(session, new)
    person = found[new.person.iin]
    _update(session, person, new.person)
    if new.representative is None:
        return person, None
    representative = found[new.representative.iin]
    _set_phone(session, representative, new.representative.phone)
    return person, representative


def represent(
    session: Session,
    programme_id: UUID,
    recipient: Person,
    representative: Person | None,
    new: NewRepresentative | None,
    now: datetime,
) -> None:
    """From today the recipient is represented as this programme says; whom it no longer names loses the right (P5)."""
    kind, today = new.kind if new else None, day_of(now)
    held = session.scalars(
        select(Representation).where(
            Representation.programme_id == programme_id,
            or_(Representation.valid_to.is_(None), Representation.valid_to >= today),
        )
    ).all()
    lasting = [one for one in held if representative and (one.person_id, one.kind) == (representative.id, kind)]
    for one in held:
        if one not in lasting:
            one.valid_to = today - timedelta(days=1)
    if representative is not None and not lasting:
        session.add(
            Representation(
                person_id=representative.id,
                recipient_id=recipient.id,
                kind=kind,
                valid_from=today,
                programme_id=programme_id,
            )
        )
    session.flush()


def change_phone(session: Session, person: Person, phone: str, actor: Actor, now: datetime) -> None:
    """A person has another phone: what is owed goes there, and of what nobody could be told, they are told (R34.2)."""
    person = locks.person(session, person.id)
    person.phone = phone
    session.flush()
    sms.redirect(session, person)
    record(session, actor, now, thing="people", thing_id=person.id, action="change_phone", about=person.id)
    today = day_of(now)
    for one in (person, *people.represented(session, person.id, today)):
        choice.invite_untold(session, one, now)


def _claim(session: Session, new: NewProgramme) -> dict[str, Person]:
    """The people of a programme by their IIN, made where nobody knows them, locked in the order of their IIN."""
    rows = [_row(new.person, new.person.language)]
    if new.representative is not None:
        rows.append(_row(new.representative, new.person.language))
    rows.sort(key=lambda row: row["iin"])
    session.execute(insert(Person).values(rows).on_conflict_do_nothing(index_elements=[Person.iin]))
    found = session.scalars(
        select(Person)
        .where(Person.iin.in_([row["iin"] for row in rows]))
        .order_by(Person.iin)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {person.iin: person for person in found}


def _row(new: NewPerson | NewRepresentative, language: str) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "iin": new.iin,
        "last_name": new.last_name,
        "first_name": new.first_name,
        "middle_name": "",
        "language": language,
        "address": "",
    }


def _update(session: Session, person: Person, new: NewPerson) -> None:
    """What the programme says of its person."""
    place = reference.place(session, new.place)
    person.last_name, person.first_name, person.middle_name = new.last_name, new.first_name, new.middle_name
    person.birth_date, person.language, person.address = new.birth_date, new.language, new.address
    person.place_code = place.code if place else None
    session.flush()
    _set_phone(session, person, new.phone)


def _set_phone(session: Session, person: Person, said: str | None) -> None:
    """A phone is not forgotten when the programme says none."""
    if said:
        person.phone = normal_phone(said)
        session.flush()
        sms.redirect(session, person)
