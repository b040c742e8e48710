"""POST /programmes: a programme arrives, or a newer version of one (R34.1)."""

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.actor import ESOBES
from portal.db import get_session
from portal.esobes import field_errors, inbox
from portal.esobes.shapes import EntitlementOut, NewProgrammeMessage, ProgrammeIn, ProgrammeKept
from portal.models.entitlement import Entitlement
from portal.models.programme import Measure, Programme
from portal.operations import programmes
from portal.rules.programmes import FieldProblem, NewMeasure, NewPerson, NewProgramme, NewRepresentative
from portal.rules.service import unit_of


def register(door: Blueprint) -> None:
    """Put the route on the door."""
    door.add_url_rule("/programmes", endpoint="programmes", view_func=receive, methods=["POST"])


def receive() -> Response:
    """201 with the programme's id and what it gives; the same message again gives the same answer."""
    message = field_errors.read(NewProgrammeMessage, inbox.body(), _problems)
    try:
        return inbox.once(message, 201, lambda session: _keep(session, message))
    except programmes.ProgrammeRefused as refused:
        raise field_errors.refusal([field_errors.as_error(one) for one in refused.problems]) from None


def _problems(message: NewProgrammeMessage) -> list[FieldProblem]:
    return programmes.check(get_session(), _value(message.programme), clock.now())


def _keep(session: Session, message: NewProgrammeMessage) -> dict[str, Any]:
    programme = programmes.receive(session, _value(message.programme), ESOBES, clock.now())
    kept = ProgrammeKept(programme_id=str(programme.id), entitlements=_lasting(session, programme))
    return kept.model_dump(mode="json")


def _lasting(session: Session, programme: Programme) -> list[EntitlementOut]:
    """What the programme gives now; what has ended is not in it."""
    rows = session.execute(
        select(Entitlement, Measure.external_id)
        .join(Measure)
        .where(Measure.programme_id == programme.id, Entitlement.closed_on.is_(None))
        .order_by(Measure.external_id, Entitlement.year, Entitlement.quarter)
    ).all()
    return [
        EntitlementOut(
            entitlement_id=str(row.id),
            measure=external_id,
            service=row.service,
            year=row.year,
            quarter=row.quarter,
            quantity=row.given,
            unit=unit_of(row.service),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
        )
        for row, external_id in rows
    ]


def _value(said: ProgrammeIn) -> NewProgramme:
    person = said.person.model_dump()
    person["middle_name"] = person["middle_name"] or ""
    representative = said.representative
    return NewProgramme(
        number=said.number,
        version=said.version,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        person=NewPerson(**person),
        measures=tuple(NewMeasure(**{**one.model_dump(), "service": one.service.value}) for one in said.measures),
        representative=NewRepresentative(**representative.model_dump()) if representative else None,
    )
