"""The journal's pen: a row in the transaction of the act that it records (RI.6)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.models.audit import AuditRow


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
    **details: Any,
) -> None:
    """Write down that `actor` did `action` to a thing; `about` is the recipient concerned. No IIN goes into details."""
    session.add(
        AuditRow(
            at=now,
            role=actor.role,
            person_id=actor.person_id,
            for_person_id=about or actor.for_person_id,
            organisation_id=actor.organisation_id,
            thing=thing,
            thing_id=thing_id,
            action=action,
            before=before,
            after=after,
            details=details,
        )
    )
