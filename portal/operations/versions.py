"""A newer version of a programme (R34.1, R42.3): its measures, matched by id, are brought to what it says now.

What gives more is available at once; what gives less takes back what is free, never what is set aside or used. A
measure that is no longer there ends today, and one that is there again lasts from today.
"""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.models.entitlement import Entitlement
from portal.models.office import Office
from portal.models.programme import Measure, Programme
from portal.operations import endings, entitlements, locks, person_events
from portal.rules.law import N_
from portal.rules.order_reasons import CloseReason
from portal.rules.programmes import FieldProblem, NewMeasure, NewProgramme, period_within
from portal.rules.quantities import day_of
from portal.rules.service import GOODS, Service


def check(held: Programme, new: NewProgramme) -> list[FieldProblem]:
    """A newer version is about the same person, and a measure stays what it is, under its id: its service and item."""
    problems = []
    if held.person.iin != new.person.iin:
        message = N_("This programme is held for another person.")
        problems.append(FieldProblem("programme.person.iin", message, "R34.1", {}))
    mine = {one.external_id: one for one in held.measures}
    for at, measure in enumerate(new.measures):
        one = mine.get(measure.id)
        if one is not None and one.service.value != measure.service:
            message = N_("This measure is held for another service. A new measure needs an id of its own.")
            problems.append(FieldProblem(f"programme.measures.{at}.service", message, "R34.1", {}))
        elif one is not None and one.service in GOODS and one.classifier_code != measure.classifier_code:
            message = N_("This measure is held for another item. A new measure needs an id of its own.")
            problems.append(FieldProblem(f"programme.measures.{at}.classifier_code", message, "R34.1", {}))
    return problems


def bring(
    session: Session, held: Programme, new: NewProgramme, office: Office, actor: Actor, now: datetime
) -> list[Entitlement]:
    """The programme that is held becomes its newer version; says what it gives anew. The caller holds the person."""
    held.version, held.valid_from, held.valid_to = new.version, new.valid_from, new.valid_to
    held.office_id = office.id
    person_events.programme_opened(session, held, now)
    said = {one.id: one for one in new.measures}
    for measure in [one for one in held.measures if one.external_id not in said]:
        _drop(session, measure, actor, now)
    given: list[Entitlement] = []
    for measure in [one for one in held.measures if one.external_id in said]:
        _bring_measure(measure, said.pop(measure.external_id), new)
        session.flush()
        given += _bring_entitlements(session, measure, held, actor, now)
    return given + add_measures(session, held, new, said.values(), now)


def add_measures(
    session: Session, programme: Programme, whole: NewProgramme, new: Iterable[NewMeasure], now: datetime
) -> list[Entitlement]:
    """Keep measures that are new, each with the entitlement of its first year; says what they give."""
    given = []
    for one in new:
        valid_from, valid_to = period_within(one, whole)
        measure = Measure(
            programme=programme,
            external_id=one.id,
            service=Service(one.service),
            classifier_code=one.classifier_code,
            quantity=one.quantity,
            unit=one.unit,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        session.add(measure)
        session.flush()
        entitlement = entitlements.renew(session, measure, now)
        given += [entitlement] if entitlement else []
    return given


def _bring_measure(measure: Measure, new: NewMeasure, whole: NewProgramme) -> None:
    measure.valid_from, measure.valid_to = period_within(new, whole)
    measure.classifier_code, measure.quantity, measure.unit = new.classifier_code, new.quantity, new.unit


def _bring_entitlements(
    session: Session, measure: Measure, held: Programme, actor: Actor, now: datetime
) -> list[Entitlement]:
    """Every year of the measure as its days are now; says what lasts again or is given for the first time."""
    given = []
    for entitlement_id in entitlements.of_measure(session, measure.id):
        entitlement = locks.entitlement(session, entitlement_id)
        last = entitlements.last_day(session, entitlement, measure)
        if last < max(day_of(now), entitlements.first_day(session, entitlement, measure)):
            _end(session, entitlement, min(last, day_of(now)), actor, now)
        elif entitlement.closed_on is None:
            entitlement.office_id = held.office_id
            entitlements.adjust(session, entitlement, measure, held, now)
        elif entitlements.reopen(session, entitlement, measure, held, now):
            entitlement.office_id = held.office_id
            given.append(entitlement)
    new = entitlements.renew(session, measure, now)
    return [*given, new] if new else given


def _end(session: Session, entitlement: Entitlement, last: date, actor: Actor, now: datetime) -> None:
    """The measure gives nothing any more in this year; what ended before that day stays as it ended."""
    if (entitlement.closed_on or date.max) > last:
        reason = CloseReason.EXPIRED if last < day_of(now) else CloseReason.PROGRAMME_CLOSED
        endings.end_entitlement(session, entitlement, reason, last, actor, now)


def _drop(session: Session, measure: Measure, actor: Actor, now: datetime) -> None:
    """A measure that is no longer in the programme ends today; one that never gave anything leaves no trace."""
    held = entitlements.of_measure(session, measure.id)
    if not held:
        measure.programme.measures.remove(measure)
        session.delete(measure)
        return
    measure.valid_to = max(measure.valid_from, min(measure.valid_to, day_of(now)))
    measure.renew_on = None
    for entitlement_id in held:
        entitlement = locks.entitlement(session, entitlement_id)
        if entitlement.closed_on is None:
            endings.end_entitlement(session, entitlement, CloseReason.PROGRAMME_CLOSED, day_of(now), actor, now)
