"""Writing the service log (R42.1): a visit is recorded or refused at once; a wrong one is struck, not erased."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.clock import ALMATY
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Specialist
from portal.models.service_log import LogEntry
from portal.operations import choice, ledger, locks, objections
from portal.queries import reference
from portal.queries import service_log as log
from portal.rules.acts import check_note
from portal.rules.law import N_, RuleViolation
from portal.rules.objections import Settlement
from portal.rules.roles import Role
from portal.rules.service import Service
from portal.rules.service_log import NewEntry, check_new_entry

_BROKEN = {
    "specialist_is_in_one_place": (
        N_("You already have a visit at this time. Nobody can be in two places at one time."),
        "RI.3",
    ),
    "uq_log_entries_form_id": (N_("This form was sent before. Open a new one."), "R42.1"),
}


def record_entry(
    session: Session, order_id: UUID, new: NewEntry, form_id: UUID, actor: Actor, now: datetime
) -> LogEntry:
    """Write a visit down and take its minutes from the order; `RuleViolation` says why it may not be (R42.1, RI.3).

    The same form sent again gives the visit that is there. Price and guaranteed amount are those of the visit's day
    (RG.3). LookupError when the order is not one of the specialist's provider and service.
    """
    order, entitlement = locks.order(session, order_id)
    specialist, number = _serving(session, order, new, actor)
    there = session.scalars(select(LogEntry).where(LogEntry.form_id == form_id)).first()
    if there is not None:
        return _the_same(there, order, actor)
    _check_on_staff(specialist, new)
    _check(session, new, order, entitlement, number, now)
    entry = _entry(session, new, order, specialist, number, form_id, now)
    session.add(entry)
    _flush(session)
    ledger.use(session, entitlement, order, entry.id, entry.units, now)
    choice.rest(entitlement)
    record(
        session,
        actor,
        now,
        thing="log_entries",
        thing_id=entry.id,
        action="record",
        about=order.recipient_id,
        order=order.number,
        minutes=entry.minutes,
    )
    return entry


def strike(session: Session, entry_id: UUID, reason: str, actor: Actor, now: datetime) -> LogEntry:
    """Strike a visit that was written down by mistake: it stays to be seen, its minutes go back (RI.1, RI.5).

    The specialist strikes their own visits, the provider any of its own; an open objection is settled by it.
    """
    entry = session.get(LogEntry, entry_id)
    if entry is None or not _may_strike(entry, actor):
        raise LookupError("no such visit")
    order, entitlement = locks.order(session, entry.order_id)
    session.refresh(entry)
    if entry.is_objected:
        return objections.settle(session, entry.id, Settlement.STRUCK, reason, actor, now)
    check_note(reason)
    objections.strike(session, entry, order, entitlement, reason, now)
    record(
        session,
        actor,
        now,
        thing="log_entries",
        thing_id=entry.id,
        action="strike",
        about=order.recipient_id,
        order=order.number,
        minutes=entry.minutes,
        personal={"reason": entry.strike_reason},
    )
    return entry


def _serving(session: Session, order: Order, new: NewEntry, actor: Actor) -> tuple[Specialist, int]:
    """The specialist who acts, with their number, holding the one lock under which a person's day may grow.

    Without it two visits of one person, written down at once under two orders, would wait for each other. Of somebody
    who left and came back, the time on the staff that the visit falls into counts.
    """
    there = (Specialist.since_on <= new.day) & (func.coalesce(Specialist.until_on, date.max) >= new.day)
    row = session.execute(
        select(Specialist, Person.number, func.pg_advisory_xact_lock(Person.number))
        .join(Person, Person.id == Specialist.person_id)
        .where(
            Specialist.person_id == actor.person_id,
            Specialist.provider_id == actor.organisation_id,
            Specialist.service == order.service,
        )
        .order_by(there.desc(), Specialist.until_on.desc().nulls_first(), Specialist.since_on.desc(), Specialist.id)
        .limit(1)
    ).first()
    if row is None or actor.role is not Role.SPECIALIST or order.provider_id != actor.organisation_id:
        raise LookupError("no such order")
    return row[0], row[1]


def _the_same(there: LogEntry, order: Order, actor: Actor) -> LogEntry:
    if there.order_id != order.id or there.recorded_by_id != actor.person_id:
        raise RuleViolation(*_BROKEN["uq_log_entries_form_id"])
    return there


def _check_on_staff(specialist: Specialist, new: NewEntry) -> None:
    if new.day < specialist.since_on or (specialist.until_on is not None and new.day > specialist.until_on):
        raise RuleViolation(
            N_("On %(day_on)s you were not on this provider’s staff. Check the day of the visit."),
            "R42.1",
            day_on=new.day,
        )


def _check(session: Session, new: NewEntry, order: Order, entitlement: Entitlement, number: int, now: datetime) -> None:
    there = now.astimezone(ALMATY)
    recipient = session.get_one(Person, order.recipient_id)
    check_new_entry(
        new,
        service=order.service,
        order=order,
        logged_that_day_all_providers=log.of_recipient_on(session, order.recipient_id, order.service, new.day),
        specialist_that_day=log.of_specialist_on(session, number, new.day),
        left_minutes=ledger.left_for_visits(entitlement, order),
        acted_months=log.acted_months(session, order.id),
        died_on=recipient.died_on,
        departed_on=recipient.departed_on,
        today=there.date(),
        now_time=there.time(),
        not_before=entitlement.starts_on,
        not_after=entitlement.ends_on,
    )


def _entry(
    session: Session,
    new: NewEntry,
    order: Order,
    specialist: Specialist,
    number: int,
    form_id: UUID,
    now: datetime,
) -> LogEntry:
    started_at, ended_at = new.span
    return LogEntry(
        id=uuid4(),
        order_id=order.id,
        recipient_id=order.recipient_id,
        service=order.service,
        specialist_id=specialist.id,
        specialist_number=number,
        day=new.day,
        started_at=started_at,
        ended_at=ended_at,
        units=new.minutes,
        places=new.places.strip() if order.service is Service.ASSISTANT else "",
        way=new.way or order.way,
        price_tiyn=order.price_tiyn,
        guaranteed_tiyn=reference.guaranteed_tiyn(session, order.service, new.day),
        form_id=form_id,
        recorded_by_id=specialist.person_id,
        recorded_at=now,
    )


def _flush(session: Session) -> None:
    """Send the visit to the database, which has the last word; the caller's transaction ends with a refusal."""
    try:
        session.flush()
    except IntegrityError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if constraint not in _BROKEN:
            raise
        raise RuleViolation(*_BROKEN[constraint]) from error


def _may_strike(entry: LogEntry, actor: Actor) -> bool:
    if actor.role is Role.PROVIDER:
        return entry.order.provider_id == actor.organisation_id
    if actor.role is not Role.SPECIALIST or entry.specialist_id is None:  # nobody serves in a hand-over of goods
        return False
    served = entry.specialist
    return served.person_id == actor.person_id and served.provider_id == actor.organisation_id
