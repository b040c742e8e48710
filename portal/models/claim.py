"""Claims against providers (R42.11, RI.5): paid money that was not due, and how it comes back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.act import Act
from portal.models.base import Base, Id, Moment, Tiyn, words
from portal.models.document import Document
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider
from portal.rules.claims import ClaimStatus, SettlementKind, SettlementStatus, days_late


class Claim(Base):
    """What a provider owes back of one payment because of one event, or of goods that came back.

    `correction` says which visits, or which goods, and how much. `set_off_from_at` is when the office chose to keep it
    back from the provider's next payments.
    """

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("amount_tiyn > 0 AND units > 0", name="claim_is_about_something"),
        CheckConstraint("settled_tiyn BETWEEN 0 AND amount_tiyn", name="not_more_than_claimed"),
        CheckConstraint("(status = 'settled') = (settled_tiyn = amount_tiyn)", name="settled_when_all_has_come"),
        CheckConstraint("status <> 'withdrawn' OR settled_tiyn = 0", name="withdrawn_only_whole"),
        Index("uq_claims_act_event", "act_id", "event_id", unique=True),
        Index("ix_claims_office", "office_id", "status", "due_on", "id"),
        Index("ix_claims_provider", "provider_id", "office_id", "number"),
    )
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=300001), unique=True)
    office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    act_id: Mapped[UUID] = mapped_column(ForeignKey("acts.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), index=True)
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_events.id"), index=True)
    correction_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"), unique=True)
    units: Mapped[int]
    amount_tiyn: Mapped[Tiyn]
    settled_tiyn: Mapped[Tiyn] = mapped_column(default=0)
    status: Mapped[ClaimStatus] = mapped_column(words(ClaimStatus))
    reason: Mapped[str]
    claimed_at: Mapped[Moment]
    due_on: Mapped[date]
    set_off_from_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    act: Mapped[Act] = relationship()
    payment: Mapped[Payment] = relationship()
    provider: Mapped[Provider] = relationship()
    correction: Mapped[Document] = relationship()
    settlements: Mapped[list["ClaimSettlement"]] = relationship(
        order_by="ClaimSettlement.recorded_at, ClaimSettlement.id", back_populates="claim"
    )

    @property
    def left_tiyn(self) -> int:
        """What is still to come back."""
        return self.amount_tiyn - self.settled_tiyn if self.status is ClaimStatus.OPEN else 0

    def days_late(self, today: date) -> int:
        """By how many days money that is still to come is late."""
        return days_late(self.due_on, today) if self.status is ClaimStatus.OPEN else 0

    @property
    def under_way_tiyn(self) -> int:
        """What of it is on its way: kept back from a payment that is not made yet, or asked of the payment system."""
        return sum(one.amount_tiyn for one in self.settlements if one.status is SettlementStatus.ASKED)


class ClaimSettlement(Base):
    """Money that comes back for a claim in one of three ways.

    Of a repayment `reference` is the number of the bank's document; of a reversal the payment system's. `payment_id` is
    the payment it is set off in, or whose transfer is reversed. A reversal is written down before it is asked for.
    """

    __tablename__ = "claim_settlements"
    __table_args__ = (
        CheckConstraint("amount_tiyn > 0", name="amount_is_positive"),
        CheckConstraint("(kind = 'repayment') = (payment_id IS NULL)", name="all_but_repayments_name_a_payment"),
        Index(
            "uq_claim_settlements_reference",
            "claim_id",
            "reference",
            unique=True,
            postgresql_where="kind = 'repayment'",
        ),
        Index(
            "uq_claim_settlements_one_set_off",
            "claim_id",
            "payment_id",
            unique=True,
            postgresql_where="kind = 'set_off' AND status <> 'failed'",
        ),
        Index("ix_claim_settlements_asked", "next_try_at", postgresql_where="status = 'asked'"),
    )
    id: Mapped[Id]
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), index=True)
    kind: Mapped[SettlementKind] = mapped_column(words(SettlementKind))
    status: Mapped[SettlementStatus] = mapped_column(words(SettlementStatus))
    amount_tiyn: Mapped[Tiyn]
    reference: Mapped[str] = mapped_column(default="")
    repaid_on: Mapped[date | None]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"), index=True)
    recorded_at: Mapped[Moment]
    recorded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    next_try_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failure_code: Mapped[str | None]
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    claim: Mapped[Claim] = relationship(back_populates="settlements")
    payment: Mapped[Payment | None] = relationship()
    recorded_by: Mapped[Person | None] = relationship()
