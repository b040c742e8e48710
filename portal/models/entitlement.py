"""Entitlements and their ledger (RI.1, RI.2): one balance row, and every posting that made it.

Units are whole minutes, days or pieces, as the service has it (`rules.service.unit_of`); money is whole tiyn (RI.8).
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Moment, Tiyn, words
from portal.models.person import Person
from portal.models.programme import Measure
from portal.rules.service import Service


class Account(StrEnum):
    """Where units of an entitlement can be; `granted` is the source of all."""

    GRANTED = "granted"
    AVAILABLE = "available"
    RESERVED = "reserved"
    USED = "used"
    RETURNED = "returned"


class Purse(StrEnum):
    """Where the money for an entitlement can be; the `budget` is the source of all and has no balance here."""

    BUDGET = "budget"
    RESERVED = "reserved"
    OWED = "owed"
    PAID = "paid"
    CLAIMED = "claimed"
    RECOVERED = "recovered"


class Cause(StrEnum):
    """What moved units or money."""

    PROGRAMME = "programme"
    ORDER_PLACED = "order_placed"
    ORDER_ENDED = "order_ended"
    VISIT = "visit"
    VISIT_STRUCK = "visit_struck"
    RETURN = "return"
    ACT = "act"
    PAYMENT = "payment"
    CORRECTION = "correction"
    SETTLEMENT = "settlement"
    UNDONE = "undone"


class Entitlement(Base):
    """What a measure gives a person for one period, and where its units and the money for them are now.

    `excess` is what a newer version of the programme took away while it was reserved or used: as soon as it is free it
    goes back. `blocked_on` is the day since which the choice waits for the person to activate it (edition 2023).
    `quarter` is 0 for a whole calendar year (goods: for the measure as a whole, under its first year). Something can be
    ordered of it until `ends_on`; it lasts until `lasts_until`, which is later only for goods that were ordered shortly
    before `ends_on`.
    """

    __tablename__ = "entitlements"
    __table_args__ = (
        CheckConstraint(
            "granted = available + reserved + used + returned",
            name="units_add_up",
        ),
        CheckConstraint(
            "available >= 0 AND reserved >= 0 AND used >= 0 AND returned >= 0 AND excess >= 0",
            name="nothing_is_negative",
        ),
        CheckConstraint(
            "reserved_tiyn >= 0 AND owed_tiyn >= 0 AND paid_tiyn >= 0 AND claimed_tiyn >= 0 AND recovered_tiyn >= 0",
            name="no_money_is_negative",
        ),
        CheckConstraint("ends_on >= starts_on", name="period_has_a_length"),
        CheckConstraint("lasts_until >= ends_on", name="lasts_to_its_end"),
        CheckConstraint("reminder_due_on IS NULL OR waits_since IS NOT NULL", name="reminded_of_a_choice_that_waits"),
        CheckConstraint("quarter BETWEEN 0 AND 4", name="quarter_is_one_of_four"),
        Index("uq_entitlements_one_a_period", "measure_id", "year", "quarter", unique=True),
        Index(
            "ix_entitlements_reminders",
            "reminder_due_on",
            postgresql_where="closed_on IS NULL AND reminder_due_on IS NOT NULL",
        ),
        Index("ix_entitlements_blocked", "office_id", "blocked_on", postgresql_where="blocked_on IS NOT NULL"),
        Index("ix_entitlements_excess", "office_id", postgresql_where="excess > 0"),
        Index("ix_entitlements_ended_by", "ended_by_id", postgresql_where="ended_by_id IS NOT NULL"),
        Index("ix_entitlements_open_end", "ends_on", postgresql_where="closed_on IS NULL"),
    )
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"), index=True)
    measure_id: Mapped[UUID] = mapped_column(ForeignKey("measures.id"))
    service: Mapped[Service] = mapped_column(words(Service))
    year: Mapped[int]
    quarter: Mapped[int] = mapped_column(SmallInteger, default=0)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    lasts_until: Mapped[date]
    granted: Mapped[int]
    available: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)
    used: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    excess: Mapped[int] = mapped_column(default=0)
    reserved_tiyn: Mapped[Tiyn] = mapped_column(default=0)
    owed_tiyn: Mapped[Tiyn] = mapped_column(default=0)
    paid_tiyn: Mapped[Tiyn] = mapped_column(default=0)
    claimed_tiyn: Mapped[Tiyn] = mapped_column(default=0)
    recovered_tiyn: Mapped[Tiyn] = mapped_column(default=0)
    waits_since: Mapped[date | None]
    """Since when a provider can be chosen and none is; stays when one is, until it ends."""
    reminder_due_on: Mapped[date | None]
    reminders_sent: Mapped[int] = mapped_column(default=0)
    blocked_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    close_reason: Mapped[str | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_events.id"))
    person: Mapped[Person] = relationship()
    measure: Mapped[Measure] = relationship()

    @property
    def given(self) -> int:
        """Units that the programme gives as it stands: not those that went back or will go back."""
        return self.granted - self.returned - self.excess


class Posting(Base):
    """Units that went from one account to another; written once. `event_id` is what caused it, if any."""

    __tablename__ = "postings"
    __table_args__ = (
        CheckConstraint("units > 0", name="units_are_positive"),
        CheckConstraint("target <> 'granted' AND (source <> 'granted' OR order_id IS NULL)", name="programmes_grant"),
        Index("ix_postings_of_no_order", "entitlement_id", postgresql_where="order_id IS NULL"),
        Index("ix_postings_event", "event_id", postgresql_where="event_id IS NOT NULL"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    entitlement_id: Mapped[UUID] = mapped_column(ForeignKey("entitlements.id"), index=True)
    source: Mapped[Account] = mapped_column(words(Account, "source"))
    target: Mapped[Account] = mapped_column(words(Account, "target"))
    units: Mapped[int]
    cause: Mapped[Cause] = mapped_column(words(Cause))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    log_entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("log_entries.id"))
    posted_at: Mapped[Moment]
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_events.id"))


class MoneyPosting(Base):
    """Money that went from one purse to another; written once, never changed."""

    __tablename__ = "money_postings"
    __table_args__ = (
        CheckConstraint("tiyn > 0", name="money_is_positive"),
        Index("ix_money_postings_event", "event_id", postgresql_where="event_id IS NOT NULL"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    entitlement_id: Mapped[UUID] = mapped_column(ForeignKey("entitlements.id"), index=True)
    source: Mapped[Purse] = mapped_column(words(Purse, "source"))
    target: Mapped[Purse] = mapped_column(words(Purse, "target"))
    tiyn: Mapped[Tiyn]
    cause: Mapped[Cause] = mapped_column(words(Cause))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    act_id: Mapped[UUID | None] = mapped_column(ForeignKey("acts.id"))
    posted_at: Mapped[Moment]
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_events.id"))
