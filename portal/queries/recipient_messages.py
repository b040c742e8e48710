"""Reading the SMS that were sent to a person; codes are not among them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.message import SmsMessage


def of_person(session: Session, person_id: UUID, limit: int = 100) -> Sequence[SmsMessage]:
    """A person's messages, the newest first; one-time codes are left out."""
    return session.scalars(
        select(SmsMessage)
        .where(SmsMessage.person_id == person_id, SmsMessage.secret.is_(False))
        .order_by(SmsMessage.owed_at.desc(), SmsMessage.id)
        .limit(limit)
    ).all()
