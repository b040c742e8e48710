"""Owing an SMS: a row in the transaction that causes it; a job sends it (R34.2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.models.message import SmsMessage, SmsStatus
from portal.models.person import Person
from portal.queue import nudge

_OWE = insert(SmsMessage).on_conflict_do_nothing(index_elements=[SmsMessage.about]).returning(SmsMessage.id)

_OWE_MANY = insert(SmsMessage).on_conflict_do_nothing(index_elements=[SmsMessage.about]).returning(SmsMessage.about)


@dataclass(frozen=True, slots=True)
class Owed:
    """An SMS that is to be owed to somebody whose phone is known."""

    person: Person
    about: str
    text: str


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
    values = _row(Owed(person, about, text), now, secret=secret, expires_at=expires_at)
    if session.connection().execute(_OWE, values).first() is None:
        return False
    nudge(session, "send_sms")
    return True


def owe_many(session: Session, owed: Sequence[Owed], now: datetime) -> set[str]:
    """Owe many SMS; says about what they are, without those that were owed already."""
    if not owed:
        return set()
    new = set(session.connection().execute(_OWE_MANY, [_row(one, now) for one in owed]).scalars())
    if new:
        nudge(session, "send_sms")
    return new


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


def _row(owed: Owed, now: datetime, *, secret: bool = False, expires_at: datetime | None = None) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "about": owed.about,
        "person_id": owed.person.id,
        "phone": owed.person.phone,
        "text": owed.text,
        "secret": secret,
        "status": SmsStatus.OWED,
        "attempts": 0,
        "owed_at": now,
        "next_try_at": now,
        "expires_at": expires_at,
        "gateway_ids": [],
        "delivered_ids": [],
    }
