"""POST /events: a death, a departure, a return, a new phone, a programme closed (R83.6, RI.4)."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.actor import ESOBES
from portal.esobes import field_errors, inbox
from portal.esobes.guard import Problem
from portal.esobes.shapes import EventMessage, EventTaken
from portal.models.person import Person
from portal.models.programme import Programme
from portal.operations import locks, person_events
from portal.operations import people as operations
from portal.queries import people
from portal.queries.person_events import in_force, returned_on
from portal.rules.events import Known, check_is_news
from portal.rules.identifiers import is_iin, normal_phone
from portal.rules.law import N_
from portal.rules.programmes import FieldProblem
from portal.rules.returns import EventKind


def register(door: Blueprint) -> None:
    """Put the route on the door."""
    door.add_url_rule("/events", endpoint="events", view_func=receive, methods=["POST"])


def receive() -> Response:
    """202 when the event is carried out; what it ends, it ends on its day."""
    message = field_errors.read(EventMessage, inbox.body(), _problems)
    return inbox.once(message, 202, lambda session: _take(session, message, clock.now()))


def _take(session: Session, message: EventMessage, now: datetime) -> dict[str, Any]:
    problems = _problems(message)
    person = people.by_iin(session, message.iin)
    programme = None
    if person is not None and not problems:
        problems = _problems_of(person, message, now)
        programme = _programme(session, person, message)
        if message.kind == "programme_closed" and programme is None:
            problems.append(_problem("programme_number", N_("This person has no programme with this number.")))
    if problems:
        raise field_errors.refusal([field_errors.as_error(one) for one in problems])
    if person is None:
        raise Problem(404, "Unknown person", "No programme of this person is held. Send the programme first.")
    person = locks.person(session, person.id)
    _check_is_news(session, person, programme, message)
    _carry_out(session, person, programme, message, now)
    return EventTaken().model_dump()


def _problems(message: EventMessage) -> list[FieldProblem]:
    """What is wrong with an event before anybody looks whose it is."""
    problems = []
    if not is_iin(message.iin):
        problems.append(_problem("iin", N_("This is not an IIN: twelve digits, a real birth date, a check digit.")))
    if refusal := person_events.refusal_of_day(message.on, None, clock.now()):
        problems.append(_problem("on", refusal, "RI.4"))
    if message.phone is not None and normal_phone(message.phone) is None:
        problems.append(_problem("phone", N_("This is not a phone number of Kazakhstan."), "R34.2"))
    if message.kind == "phone_changed" and message.phone is None:
        problems.append(_problem("phone", N_("The new phone is missing."), "R34.2"))
    if message.kind == "programme_closed" and message.programme_number is None:
        problems.append(_problem("programme_number", N_("The number of the programme is missing.")))
    return problems


def _problems_of(person: Person, message: EventMessage, now: datetime) -> list[FieldProblem]:
    refusal = person_events.refusal_of_day(message.on, person.birth_date, now)
    return [_problem("on", refusal, "RI.4")] if refusal else []


def _carry_out(
    session: Session, person: Person, programme: Programme | None, message: EventMessage, now: datetime
) -> None:
    phone = normal_phone(message.phone or "")
    if message.kind == "phone_changed" and phone is not None:
        operations.change_phone(session, person, phone, ESOBES, now)
    elif message.kind == "programme_closed" and programme is not None:
        person_events.programme_closed(session, programme, message.on, ESOBES, now)
    else:
        person_events.EVENTS[message.kind](session, person, message.on, ESOBES, now)


def _check_is_news(session: Session, person: Person, programme: Programme | None, message: EventMessage) -> None:
    held = in_force(session, person, EventKind.PROGRAMME_CLOSED, programme) if programme is not None else ()
    closed = bool(held) and held[-1].happened_on == message.on
    known = Known(person.died_on, person.departed_on, person.phone, closed, returned_on(session, person))
    check_is_news(message.kind, message.on, normal_phone(message.phone or ""), known)


def _programme(session: Session, person: Person, message: EventMessage) -> Programme | None:
    mine = select(Programme).where(Programme.number == message.programme_number, Programme.person_id == person.id)
    return session.scalars(mine).one_or_none()


def _problem(field: str, message: str, point: str = "R34.1") -> FieldProblem:
    return FieldProblem(field, message, point, {})
