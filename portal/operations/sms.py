"""Owing an SMS: a row in the transaction that causes it; a job sends it (R34.2)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.models.message import SmsMessage, SmsStatus
from portal.models.person import Person
from portal.queue import nudge

_OWE = insert(SmsMessage).on_conflict_do_nothing(index_elements=[SmsMessage.about]).returning(SmsMessage.id)


def owe(
    session: Session,
    person: Person,
    about: str,
    text: str,
    now: datetime,
    *,
    secret: bool = False,
    expires_at: datetime | None = None,
) -> bool:
    """Owe `person` an SMS about something, once for ever; False when no phone is known or it is owed already (R34.4).

    `about` names the cause (`programme:<id>`). A `secret` text is wiped when it is sent; after `expires_at` nothing is
    sent.
    """
    if not person.phone:
        return False
    values = {
        "id": uuid4(),
        "about": about,
        "person_id": person.id,
        "phone": person.phone,
        "text": text,
        "secret": secret,
        "status": SmsStatus.OWED,
        "attempts": 0,
        "owed_at": now,
        "next_try_at": now,
        "expires_at": expires_at,
        "gateway_ids": [],
        "delivered_ids": [],
    }
    if session.connection().execute(_OWE, values).first() is None:
        return False
    nudge(session, "send_sms")
    return True


def was_owed(session: Session, about: str, people: Collection[UUID]) -> bool:
    """Whether one of these people was ever owed an SMS about something that begins so."""
    there = select(SmsMessage.id).where(
        SmsMessage.person_id.in_(people), SmsMessage.about.startswith(about, autoescape=True)
    )
    return session.scalar(select(there.exists())) or False


def redirect(session: Session, person: Person) -> None:
    """What is still owed to a person goes to the phone they have now."""
    owed = update(SmsMessage).where(SmsMessage.person_id == person.id, SmsMessage.status == SmsStatus.OWED)
    session.execute(owed.values(phone=person.phone))
