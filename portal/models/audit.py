"""The journal: who did what, when, for whom (RI.6)."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Moment, words
from portal.rules.roles import Role


class AuditRow(Base):
    """One act of one person or machine; the database lets nobody change or delete it."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_thing", "thing", "thing_id", "id"),
        Index("ix_audit_for_person", "for_person_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[Moment]
    role: Mapped[Role] = mapped_column(words(Role))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    for_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[UUID | None]
    thing: Mapped[str]
    thing_id: Mapped[UUID]
    action: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
