"""Reading the journal: what happened to one thing, by whom (RI.6)."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.audit import AuditRow
from portal.models.person import Person
from portal.rules.roles import Role


class Happened(NamedTuple):
    """A step in the life of a thing: what, when, in what role, by whom (no name for a machine)."""

    action: str
    at: datetime
    role: Role
    last_name: str | None
    first_name: str | None

    @property
    def who(self) -> str:
        """The person who took the step, or nothing."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)


def of_thing(session: Session, thing: str, thing_id: UUID) -> list[Happened]:
    """What happened to a thing (`orders`, `acts`, …), the first step first."""
    rows = session.execute(
        select(AuditRow.action, AuditRow.at, AuditRow.role, Person.last_name, Person.first_name)
        .outerjoin(Person, Person.id == AuditRow.person_id)
        .where(AuditRow.thing == thing, AuditRow.thing_id == thing_id)
        .order_by(AuditRow.id)
    )
    return [Happened._make(row) for row in rows]
