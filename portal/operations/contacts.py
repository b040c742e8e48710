"""What passes between an office and the people of its district: reached without a phone (R34.4)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.person import Person
from portal.queries import office_people
from portal.rules.law import N_, RuleViolation
from portal.rules.roles import Role


class Way(StrEnum):
    """How an office reaches somebody without a phone."""

    VISIT = "visit"
    LETTER = "letter"
    RELATIVE = "relative"
    AT_THE_OFFICE = "at_the_office"
    OTHER = "other"


WAY_LABELS = {
    Way.VISIT: N_("We went to see the person"),
    Way.LETTER: N_("By letter"),
    Way.RELATIVE: N_("Through a relative or a neighbour"),
    Way.AT_THE_OFFICE: N_("The person came to the office"),
    Way.OTHER: N_("In another way"),
}


def reach(session: Session, person_id: UUID, way: Way, note: str, actor: Actor, now: datetime) -> Person:
    """The office told a person without a phone that a provider can be chosen; it stands in the journal (R34.4)."""
    person = _of_district(session, person_id, actor)
    if person.phone:
        raise RuleViolation(N_("This person has a phone by now, so the portal sends an SMS."), "R34.4")
    if way is Way.OTHER and not note.strip():
        raise RuleViolation(N_("Say in a few words how you reached the person."), "R34.4")
    record(
        session,
        actor,
        now,
        thing="people",
        thing_id=person.id,
        action=office_people.REACHED,
        about=person.id,
        way=way.value,
        personal={"note": note.strip()},
    )
    return person


def _of_district(session: Session, person_id: UUID, actor: Actor) -> Person:
    office_id = actor.organisation_id if actor.role is Role.OFFICE else None
    if office_id is None or not office_people.is_of_district(session, person_id, office_id):
        raise LookupError("no such person")
    return session.get_one(Person, person_id)
