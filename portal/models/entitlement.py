"""Entitlements and the ledger of their units (RI.1): one balance row, and every posting that made it."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Moment, words
from portal.models.person import Person
from portal.models.programme import Measure
from portal.rules.service import Service


class Account(StrEnum):
    """Where minutes of an entitlement can be; `granted` is the source of all."""

    GRANTED = "granted"
    AVAILABLE = "available"
    RESERVED = "reserved"
    USED = "used"
    RETURNED = "returned"


class Cause(StrEnum):
    """What moved the minutes."""

    PROGRAMME = "programme"
    ORDER_PLACED = "order_placed"
    ORDER_ENDED = "order_ended"
    VISIT = "visit"
    VISIT_STRUCK = "visit_struck"
    RETURN = "return"


class Entitlement(Base):
    """What a measure gives a person for one calendar year, and where its minutes are now."""

    __tablename__ = "entitlements"
    __table_args__ = (
        CheckConstraint(
            "granted_minutes = available_minutes + reserved_minutes + used_minutes + returned_minutes",
            name="minutes_add_up",
        ),
        CheckConstraint(
            "available_minutes >= 0 AND reserved_minutes >= 0 AND used_minutes >= 0 AND returned_minutes >= 0",
            name="nothing_is_negative",
        ),
        CheckConstraint("ends_on >= starts_on", name="period_has_a_length"),
        Index("uq_entitlements_one_a_year", "measure_id", "year", unique=True),
        Index(
            "ix_entitlements_reminders",
            "reminder_due_on",
            postgresql_where="closed_on IS NULL AND reminder_due_on IS NOT NULL",
        ),
        Index("ix_entitlements_open_end", "ends_on", postgresql_where="closed_on IS NULL"),
    )
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"), index=True)
    measure_id: Mapped[UUID] = mapped_column(ForeignKey("measures.id"))
    service: Mapped[Service] = mapped_column(words(Service))
    year: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    granted_minutes: Mapped[int]
    available_minutes: Mapped[int]
    reserved_minutes: Mapped[int] = mapped_column(default=0)
    used_minutes: Mapped[int] = mapped_column(default=0)
    returned_minutes: Mapped[int] = mapped_column(default=0)
    reminder_due_on: Mapped[date | None]
    reminders_sent: Mapped[int] = mapped_column(default=0)
    closed_on: Mapped[date | None]
    close_reason: Mapped[str | None]
    person: Mapped[Person] = relationship()
    measure: Mapped[Measure] = relationship()


class Posting(Base):
    """Minutes that went from one account to another; written once, never changed."""

    __tablename__ = "postings"
    __table_args__ = (CheckConstraint("minutes > 0", name="minutes_are_positive"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    entitlement_id: Mapped[UUID] = mapped_column(ForeignKey("entitlements.id"), index=True)
    source: Mapped[Account] = mapped_column(words(Account, "source"))
    target: Mapped[Account] = mapped_column(words(Account, "target"))
    minutes: Mapped[int]
    cause: Mapped[Cause] = mapped_column(words(Cause))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"), index=True)
    log_entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("log_entries.id"))
    posted_at: Mapped[Moment]
