"""A move to another office (R83.7): the case goes there with its remainder, orders go on where they can.

What was acted stays with the office that the act was sent to; what is not acted yet belongs to the new one.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.models.entitlement import Entitlement
from portal.models.office import Office
from portal.models.office_move import OfficeMove
from portal.models.order import Order
from portal.models.person import Person
from portal.models.programme import Programme
from portal.models.reference import Place
from portal.operations import answers, executions, locks, sms
from portal.queries import offers, office_people, people, reference
from portal.rules.law import N_, RuleViolation
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OVER
from portal.rules.quantities import day_of
from portal.sms import texts


def move(session: Session, person_id: UUID, place_code: str, reason: str, actor: Actor, now: datetime) -> Person:
    """The office hands a person over to the office of another place."""
    person = locks.person(session, person_id)
    if actor.organisation_id is None or not office_people.is_of_district(session, person_id, actor.organisation_id):
        raise LookupError("no such person")
    place = reference.place(session, place_code)
    office = reference.office_of_place(session, place_code)
    if place is None or office is None:
        raise RuleViolation(N_("This place has no employment office. Choose a district or a city."), "R83.7")
    if office.id == actor.organisation_id:
        raise RuleViolation(N_("This place belongs to your own office. Choose a place of another office."), "R83.7")
    person.place_code = place.code
    follow(session, person, place, office, reason, actor, now)
    return person


def follow(
    session: Session, person: Person, place: Place, office: Office, reason: str, actor: Actor, now: datetime
) -> None:
    """Bring all that lasts of a person to the office of the place where they live now. The caller holds the person.

    Nothing happens when it is all there already.
    """
    session.flush()
    today = day_of(now)
    left = _programmes(session, person, office, today)
    if not left:
        return
    for from_id in sorted({programme.office_id for programme in left}):
        _hand_over(session, person, from_id, place, office, reason, actor, now)
    for programme in left:
        programme.office_id = office.id
    _bring_along(session, person, place, office, now)
    reader = people.reader(session, person, today)
    name = office.name_kk if reader.language == "kk" else office.name_ru
    sms.owe(session, reader, f"move:{person.id}:{office.id}:{now.isoformat()}", texts.moved(reader, name), now)


def catch_up(session: Session, person: Person, now: datetime) -> None:
    """What lasts again after a mistake goes to the office of the place where the person lives by now.

    The caller holds the person.
    """
    place = reference.place(session, person.place_code or "")
    office = reference.office_of_place(session, place.code) if place else None
    if place is not None and office is not None:
        session.flush()
        _bring_along(session, person, place, office, now)


def _bring_along(session: Session, person: Person, place: Place, office: Office, now: datetime) -> None:
    """Open entitlements and running orders that are elsewhere come to the office."""
    for entitlement in _entitlements(session, person, office):
        entitlement.office_id = office.id
        executions.owe_move(session, entitlement, office, place, now)
    for order_id in _orders(session, person, office):
        _carry_on(session, order_id, place, office, now)


def _hand_over(
    session: Session,
    person: Person,
    from_id: UUID,
    place: Place,
    office: Office,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """What both offices see of the move."""
    session.add(
        OfficeMove(
            person_id=person.id,
            from_office_id=from_id,
            to_office_id=office.id,
            place_code=place.code,
            reason=reason,
            moved_at=now,
        )
    )
    record(
        session,
        actor,
        now,
        thing="people",
        thing_id=person.id,
        action="move",
        about=person.id,
        before=str(from_id),
        after=str(office.id),
        personal={"reason": reason} if reason else {},
    )


def _carry_on(session: Session, order_id: UUID, place: Place, office: Office, now: datetime) -> None:
    """An order goes on under the new office when its provider renders there; otherwise it ends today (R83.7)."""
    order, entitlement = locks.order(session, order_id)
    if order.way == "online" or offers.holds_in(session, order.offer_id, place.code):
        order.office_id = office.id
    else:
        today = day_of(now)
        answers.close(session, order, entitlement, CloseReason.MOVE, min(today, order.ends_on), SYSTEM, now)


def _programmes(session: Session, person: Person, office: Office, today: date) -> list[Programme]:
    lasting = select(Programme).where(
        Programme.person_id == person.id,
        Programme.office_id != office.id,
        Programme.closed_at.is_(None),
        Programme.valid_to >= today,
    )
    return list(session.scalars(lasting.order_by(Programme.id)))


def _entitlements(session: Session, person: Person, office: Office) -> list[Entitlement]:
    """Its open entitlements that are elsewhere, locked in their order."""
    mine = select(Entitlement.id).where(
        Entitlement.person_id == person.id, Entitlement.office_id != office.id, Entitlement.closed_on.is_(None)
    )
    return [locks.entitlement(session, one) for one in session.scalars(mine.order_by(Entitlement.id)).all()]


def _orders(session: Session, person: Person, office: Office) -> list[UUID]:
    running = select(Order.id).where(
        Order.recipient_id == person.id, Order.office_id != office.id, Order.status.not_in(OVER)
    )
    return list(session.scalars(running.order_by(Order.id)))
