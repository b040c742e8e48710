"""The journal: who did what, when, for whom (RI.6); chained by SHA-256, so that no change or gap stays unseen."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, ForeignKey, Identity, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Moment, words
from portal.rules.roles import Role


class AuditRow(Base):
    """One act of one person or machine; the database lets nobody change or delete it.

    The rows about one recipient (else of one organisation, else of the portal itself) are a stream. The database
    numbers them and links each to the one before: `hash` is the SHA-256 of `previous` and of all that the row says.
    """

    __tablename__ = "audit"
    __mapper_args__ = {"eager_defaults": False}
    __table_args__ = (
        Index("ix_audit_thing", "thing", "thing_id", "id"),
        Index("ix_audit_for_person", "for_person_id", "id"),
        Index("uq_audit_stream_sequence", "stream", "sequence", unique=True),
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
    stream: Mapped[UUID] = mapped_column(server_default=FetchedValue())
    sequence: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    previous: Mapped[bytes] = mapped_column(LargeBinary, server_default=FetchedValue())
    hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=FetchedValue())


class JournalHead(Base):
    """The end of a stream: its last row's number, link and hash. Only the database's own function writes it."""

    __tablename__ = "journal_heads"
    stream: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class JournalValue(Base):
    """A personal value that a row of the journal names by its salted SHA-256 only: erasing it breaks no link."""

    __tablename__ = "journal_values"
    commitment: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    value: Mapped[str]
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)


class JournalRoot(Base):
    """The root of a day: one hash over all rows up to `upto_id` that the root before did not cover, signed."""

    __tablename__ = "journal_roots"
    day: Mapped[date] = mapped_column(primary_key=True)
    upto_id: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[Moment]
