"""Asking to choose a provider: when a programme arrives, and once a month while nothing is chosen (R34.2, R34.3).

By edition 2023 the choice is blocked after two months, until the person activates it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person import Person
from portal.models.programme import Measure, Programme
from portal.operations import executions, locks, sms
from portal.operations.editions import edition
from portal.queries import people
from portal.rules import entitlements as rules
from portal.rules.orders import OVER
from portal.rules.quantities import day_of
from portal.rules.service import ORDERED
from portal.sms import texts

_IS_ORDERED = select(exists().where(Order.entitlement_id == bindparam("entitlement_id"), Order.status.not_in(OVER)))


def invite(session: Session, programme: Programme, person: Person, now: datetime) -> bool:
    """Owe the SMS that there is something to choose, once for each version of a programme that gives something.

    False when nobody has a phone, and the office sees it on its list (R34.4), or the SMS is owed already.
    """
    reader = people.reader(session, person, day_of(now))
    mine = select(Entitlement.id).join(Measure).where(Measure.programme_id == programme.id)
    to_choose = session.scalar(select(mine.where(Entitlement.service.in_(ORDERED)).exists()))
    text = texts.programme_arrived(reader) if to_choose else texts.programme_gives(reader)
    about = f"programme:{programme.id}:{programme.version}"
    return sms.owe(session, reader, about, text, now)


def invite_untold(session: Session, person: Person, now: datetime) -> None:
    """Once a phone is known: the SMS for programmes of which nobody could be told, and nothing is chosen yet."""
    waiting = (
        select(Measure.programme_id)
        .join(Entitlement)
        .where(
            Entitlement.person_id == person.id,
            Entitlement.closed_on.is_(None),
            or_(Entitlement.reminder_due_on.is_not(None), Entitlement.service.not_in(ORDERED)),
        )
    )
    readers = [person.id, *(one.id for one in people.representatives(session, person.id, day_of(now)))]
    for programme in session.scalars(select(Programme).where(Programme.id.in_(waiting)).order_by(Programme.id)).all():
        if not sms.was_owed(session, f"programme:{programme.id}:", readers):
            invite(session, programme, person, now)


def remind(session: Session, entitlement_id: UUID, now: datetime) -> bool:
    """Nothing was chosen for a month: an SMS asks to choose within the next one; then once a month (R34.3).

    False when no reminder is due any more, or nobody could be told.
    """
    entitlement = locks.entitlement(session, entitlement_id)
    due_on, since, today = entitlement.reminder_due_on, entitlement.waits_since, day_of(now)
    if due_on is None or since is None or due_on > today or entitlement.closed_on is not None:
        return False
    if rules.is_to_be_blocked(since, today, edition()):
        return _block(session, entitlement, now)
    entitlement.reminders_sent += 1
    entitlement.reminder_due_on = next_reminder(since, today)
    reader = people.reader(session, session.get_one(Person, entitlement.person_id), today)
    until = min(entitlement.reminder_due_on, entitlement.ends_on)
    about, told = reminder_about(entitlement.person_id, today, until), bool(reader.phone)
    sms.owe(session, reader, about, texts.choose_reminder(reader, until), now)
    record(
        session,
        SYSTEM,
        now,
        thing="entitlements",
        thing_id=entitlement.id,
        action="remind",
        about=entitlement.person_id,
        told=told,
    )
    return told


def reminder_about(person_id: UUID, today: date, until: date) -> str:
    """What a reminder is about: several measures of a person that say the same on one day are said once."""
    return f"reminder:{person_id}:{today}:{until}"


def block_about(person_id: UUID, today: date) -> str:
    """What the news of a block is about: of several measures blocked on one day it comes once."""
    return f"block:{person_id}:{today}"


def activate(session: Session, entitlement_id: UUID, actor: Actor, now: datetime) -> None:
    """The recipient, or who acts for them, takes the block off; the reminders begin anew, and E-Sobes learns it.

    Twice is once (R34.3).
    """
    entitlement = locks.entitlement(session, entitlement_id)
    if entitlement.person_id != actor.for_person_id:
        raise LookupError("no such entitlement")
    if entitlement.blocked_on is None:
        return
    entitlement.blocked_on = None
    resume(session, entitlement, now)
    executions.owe_activated(session, entitlement, now)
    _record(session, entitlement, "activate", actor, now)


def resume(session: Session, entitlement: Entitlement, now: datetime) -> None:
    """When nothing of it is ordered any more and hours are free, reminders begin again a month after today (R34.3).

    The caller holds the entitlement, and calls this whenever an order has ended or hours have become free.
    """
    waits = entitlement.reminder_due_on is None and entitlement.closed_on is None and entitlement.available > 0
    waits = waits and entitlement.blocked_on is None and entitlement.service in ORDERED
    if waits and not session.scalar(_IS_ORDERED, {"entitlement_id": entitlement.id}):
        wait(entitlement, now)


def rest(entitlement: Entitlement) -> None:
    """Nothing is free any more: nobody is asked to choose."""
    if not entitlement.available:
        entitlement.reminder_due_on = None


def wait(entitlement: Entitlement, now: datetime) -> None:
    """From today a provider can be chosen: the first reminder comes in a month, the block a month after it (R34.3).

    A stay is not chosen through the portal yet, so nobody is asked to.
    """
    if entitlement.service in ORDERED:
        entitlement.waits_since = day_of(now)
        entitlement.reminder_due_on = rules.reminder_due_on(entitlement.waits_since, 0)


def _block(session: Session, entitlement: Entitlement, now: datetime) -> bool:
    today = day_of(now)
    entitlement.blocked_on, entitlement.reminder_due_on = today, None
    reader = people.reader(session, session.get_one(Person, entitlement.person_id), today)
    sms.owe(session, reader, block_about(entitlement.person_id, today), texts.choice_blocked(reader), now)
    executions.owe_blocked(session, entitlement, now)
    _record(session, entitlement, "block", SYSTEM, now)
    return bool(reader.phone)


def _record(session: Session, entitlement: Entitlement, action: str, actor: Actor, now: datetime) -> None:
    thing_id, about = entitlement.id, entitlement.person_id
    record(session, actor, now, thing="entitlements", thing_id=thing_id, action=action, about=about)


def next_reminder(since: date, today: date) -> date:
    """The first of the monthly days after today; counted from the first one, so that a 31st stays a 31st."""
    sent = 0
    while (day := rules.reminder_due_on(since, sent)) <= today:
        sent += 1
    return day
