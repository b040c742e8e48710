"""The journal's pen: a row in the transaction of the act that it records (RI.6)."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.models.audit import AuditRow, JournalValue


def record(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    thing: str,
    thing_id: UUID,
    action: str,
    about: UUID | None = None,
    before: str | None = None,
    after: str | None = None,
    personal: Mapping[str, str] | None = None,
    **details: Any,
) -> None:
    """Write down that `actor` did `action` to a thing; `about` is the recipient concerned.

    What somebody wrote in their own words, a phone, an address is `personal`: the row names it by a salted hash, so
    that it can be erased. No IIN goes into details.
    """
    whom = about or actor.for_person_id
    for name, value in (personal or {}).items():
        details[name] = _commit(session, value, whom)
    session.add(
        AuditRow(
            at=now,
            role=actor.role,
            person_id=actor.person_id,
            for_person_id=whom,
            organisation_id=actor.organisation_id,
            thing=thing,
            thing_id=thing_id,
            action=action,
            before=before,
            after=after,
            details=details,
        )
    )


def commitment(salt: bytes, value: str) -> str:
    """How a row of the journal names a personal value."""
    return "sha256:" + hashlib.sha256(salt + value.encode()).hexdigest()


def _commit(session: Session, value: str, about_id: UUID | None) -> str:
    salt = secrets.token_bytes(16)
    name = commitment(salt, value)
    session.add(JournalValue(commitment=name, salt=salt, value=value, about_id=about_id))
    return name
