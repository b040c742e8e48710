"""Asking to choose a provider: when a programme arrives, and once a month while nothing is chosen (R34.2, R34.3)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM
from portal.audit import record
from portal.clock import ALMATY
from portal.models.entitlement import Entitlement, Posting
from portal.models.order import Order
from portal.models.person import Person
from portal.models.programme import Measure, Programme
from portal.operations import locks, sms
from portal.queries import people
from portal.rules import entitlements as rules
from portal.rules.orders import OVER
from portal.sms import texts

_IS_ORDERED = select(exists().where(Order.entitlement_id == bindparam("entitlement_id"), Order.status.not_in(OVER)))


def invite(session: Session, programme: Programme, person: Person, now: datetime) -> bool:
    """Owe the SMS that there is something to choose, once for each version of a programme that gives something.

    False when nobody has a phone, and the office sees it on its list (R34.4), or the SMS is owed already.
    """
    reader = people.reader(session, person, _today(now))
    about = f"programme:{programme.id}:{programme.version}"
    return sms.owe(session, reader, about, texts.programme_arrived(reader), now)


def invite_untold(session: Session, person: Person, now: datetime) -> None:
    """Once a phone is known: the SMS for programmes of which nobody could be told, and nothing is chosen yet."""
    waiting = (
        select(Measure.programme_id)
        .join(Entitlement)
        .where(
            Entitlement.person_id == person.id,
            Entitlement.closed_on.is_(None),
            Entitlement.reminder_due_on.is_not(None),
        )
    )
    readers = [person.id, *(one.id for one in people.representatives(session, person.id, _today(now)))]
    for programme in session.scalars(select(Programme).where(Programme.id.in_(waiting)).order_by(Programme.id)).all():
        if not sms.was_owed(session, f"programme:{programme.id}:", readers):
            invite(session, programme, person, now)


def remind(session: Session, entitlement_id: UUID, now: datetime) -> bool:
    """Nothing was chosen for a month: an SMS asks to choose within the next one; then once a month (R34.3).

    False when no reminder is due any more, or nobody could be told.
    """
    entitlement = locks.entitlement(session, entitlement_id)
    due_on, today = entitlement.reminder_due_on, _today(now)
    if due_on is None or due_on > today or entitlement.closed_on is not None:
        return False
    entitlement.reminders_sent += 1
    entitlement.reminder_due_on = next_reminder(_free_since(session, entitlement), today)
    reader = people.reader(session, session.get_one(Person, entitlement.person_id), today)
    until = min(entitlement.reminder_due_on, entitlement.ends_on)
    about = f"reminder:{entitlement.id}:{entitlement.reminders_sent}"
    told = sms.owe(session, reader, about, texts.choose_reminder(reader, until), now)
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


def resume(session: Session, entitlement: Entitlement, now: datetime) -> None:
    """When nothing of it is ordered any more and hours are free, reminders begin again a month after today (R34.3).

    The caller holds the entitlement, and calls this whenever an order has ended or hours have become free.
    """
    waits = entitlement.reminder_due_on is None and entitlement.closed_on is None and entitlement.available > 0
    if waits and not session.scalar(_IS_ORDERED, {"entitlement_id": entitlement.id}):
        entitlement.reminder_due_on = rules.reminder_due_on(_today(now), 0)


def _free_since(session: Session, entitlement: Entitlement) -> date:
    """Since when nothing is chosen: the end of the last order, or without one, the day the minutes were given."""
    ended = session.scalar(select(func.max(Order.ended_at)).where(Order.entitlement_id == entitlement.id))
    given = select(func.min(Posting.posted_at)).where(Posting.entitlement_id == entitlement.id)
    since: datetime = ended or session.scalars(given).one()
    return since.astimezone(ALMATY).date()


def next_reminder(since: date, today: date) -> date:
    """The first of the monthly days after today; counted from the first one, so that a 31st stays a 31st."""
    sent = 0
    while (day := rules.reminder_due_on(since, sent)) <= today:
        sent += 1
    return day


def _today(now: datetime) -> date:
    return now.astimezone(ALMATY).date()
