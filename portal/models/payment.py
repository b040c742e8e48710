"""Payments to providers: the row is the truth, the transfer follows it (R42.11)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.act import Act
from portal.models.base import Base, Id, Moment, Tiyn, words
from portal.models.provider import Provider
from portal.rules.payments import MISMATCH, PaymentStatus


class Payment(Base):
    """The money for one act; one row for each act, for ever. Its id is the transfer group at the payment API.

    Goods are not paid for before `not_before_on`, while they may be returned (R42.11). `set_off_tiyn` of it is kept
    for claims against the provider; the rest is transferred.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_tiyn > 0", name="amount_is_positive"),
        CheckConstraint("set_off_tiyn BETWEEN 0 AND amount_tiyn", name="not_more_set_off_than_paid"),
        CheckConstraint(
            f"failure_code <> '{MISMATCH}' OR status IN ('asked', 'failed')", name="not_settled_while_money_is_out"
        ),
        Index("ix_payments_open", "next_try_at", postgresql_where="status IN ('approved', 'asked')"),
        Index("ix_payments_office", "office_id", "status", "due_on", "id"),
    )
    id: Mapped[Id]
    act_id: Mapped[UUID] = mapped_column(ForeignKey("acts.id"), unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), index=True)
    office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"))
    amount_tiyn: Mapped[Tiyn]
    set_off_tiyn: Mapped[Tiyn] = mapped_column(default=0)
    status: Mapped[PaymentStatus] = mapped_column(words(PaymentStatus))
    due_on: Mapped[date]
    not_before_on: Mapped[date | None]
    owed_at: Mapped[Moment]
    approved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    attempt: Mapped[int] = mapped_column(default=0)
    destination: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_try_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    transfer_id: Mapped[str | None] = mapped_column(unique=True)
    paid_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failure_code: Mapped[str | None]
    act: Mapped[Act] = relationship()
    provider: Mapped[Provider] = relationship()

    @property
    def transfer_tiyn(self) -> int:
        """What is asked of the payment system: the amount without what was set off."""
        return self.amount_tiyn - self.set_off_tiyn


class PaymentEvent(Base):
    """A signed webhook that came; only a nudge to look, kept so that the same one is known."""

    __tablename__ = "payment_events"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    received_at: Mapped[Moment]
