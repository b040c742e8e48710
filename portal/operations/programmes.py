"""Programmes as they arrive from E-Sobes: person, measures, entitlements, and the SMS that is owed (R34.1, R34.2)."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.office import Office
from portal.models.person import Person
from portal.models.programme import Programme
from portal.operations import choice, goods, moves, people, versions
from portal.queries import reference
from portal.rules.law import N_, RuleViolation
from portal.rules.programmes import FieldProblem, NewProgramme, check_programme
from portal.rules.quantities import day_of

UNKNOWN_PLACE = N_("This is not the KATO code of a district or city that the portal knows.")


class ProgrammeRefused(Exception):  # noqa: N818 - an answer, not a fault
    """What is wrong with a programme, field by field."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("the programme was refused")
        self.problems = problems


def receive(session: Session, new: NewProgramme, actor: Actor, now: datetime) -> Programme:
    """Keep a programme that arrived, or bring the one that is held to a newer version.

    Raises `ProgrammeRefused` with all field errors, or `RuleViolation`. Two messages about one programme or one person
    wait for each other.
    """
    if problems := check(session, new, now):
        raise ProgrammeRefused(problems)
    office = _office(session, new)
    held = _held(session, new)
    if held is not None and (problems := versions.check(held, new)):
        raise ProgrammeRefused(problems)
    person, representative = people.keep(session, new)
    _check_served_here(person)
    _follow(session, person, office, actor, now)
    programme = held or _add(session, new, person, office, now)
    people.represent(session, programme.id, person, representative, new.representative, now)
    if held is not None:
        given = versions.bring(session, held, new, office, actor, now)
    else:
        given = versions.add_measures(session, programme, new, new.measures, now)
    _write_down(session, programme, actor, now)
    if given:
        choice.invite(session, programme, person, now)
    else:
        choice.invite_untold(session, person, now)
    return programme


def check(session: Session, new: NewProgramme, now: datetime) -> list[FieldProblem]:
    """Everything that is wrong with the fields of a programme, all at once."""
    problems = check_programme(new, day_of(now))
    place = reference.place(session, new.person.place)
    if place is None or reference.office_of_place(session, place.code) is None:
        problems.append(FieldProblem("programme.person.place", UNKNOWN_PLACE, "R34.1", {}))
    return [*problems, *goods.check(session, new)]


def _write_down(session: Session, programme: Programme, actor: Actor, now: datetime) -> None:
    record(
        session,
        actor,
        now,
        thing="programmes",
        thing_id=programme.id,
        action="receive",
        about=programme.person_id,
        after="received",
        version=programme.version,
    )


def _follow(session: Session, person: Person, office: Office, actor: Actor, now: datetime) -> None:
    """Whoever lives in another district now has the rest of their case there too."""
    place = reference.place(session, person.place_code or "")
    if place is not None:
        moves.follow(session, person, place, office, "", actor, now)


def _office(session: Session, new: NewProgramme) -> Office:
    place = reference.place(session, new.person.place)
    office = reference.office_of_place(session, place.code) if place else None
    if office is None:
        raise ProgrammeRefused([FieldProblem("programme.person.place", UNKNOWN_PLACE, "R34.1", {})])
    return office


def _held(session: Session, new: NewProgramme) -> Programme | None:
    """The programme that is held under this number, if any; whoever sends the same number next waits."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(new.number, 0))))
    held = session.scalars(select(Programme).where(Programme.number == new.number)).one_or_none()
    if held is not None and new.version <= held.version:
        raise RuleViolation(
            N_("The portal already holds version %(version)s of this programme."), "R34.1", version=held.version
        )
    return held


def _check_served_here(person: Person) -> None:
    """Nothing is given to somebody who has died or left (RI.4)."""
    if person.died_on is not None:
        raise RuleViolation(N_("The death of this person was reported. No programme is taken."), "RI.4")
    if person.departed_on is not None:
        raise RuleViolation(
            N_("The departure of this person was reported. Send the event of the return first."), "RI.4"
        )


def _add(session: Session, new: NewProgramme, person: Person, office: Office, now: datetime) -> Programme:
    programme = Programme(
        number=new.number,
        version=new.version,
        person_id=person.id,
        office_id=office.id,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        received_at=now,
    )
    session.add(programme)
    session.flush()
    return programme
