"""Acts of services rendered, their lines and sheets (R42.5–R42.10)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Moment, Tiyn, words
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider, Specialist
from portal.rules.acts import ActStatus
from portal.rules.service import Service


class Act(Base):
    """The act of one order for one month; one at a time is on its way.

    A returned act is corrected by a new one that names it (RI.5). A visit that was objected to while its month was
    accepted gets a further act of its own.
    """

    __tablename__ = "acts"
    __table_args__ = (
        CheckConstraint("units > 0 AND amount_tiyn > 0", name="act_is_about_something"),
        Index(
            "uq_acts_one_a_month",
            "order_id",
            "month",
            unique=True,
            postgresql_where="status IN ('drawn_up', 'signed', 'submitted', 'under_review')",
        ),
        Index("ix_acts_office_status", "office_id", "status", "check_due_on", "id"),
        Index("ix_acts_provider_month", "provider_id", "month"),
        Index("ix_acts_ended_by", "ended_by_id", postgresql_where="ended_by_id IS NOT NULL"),
        Index("ix_acts_recipient", "recipient_id", "month"),
        Index("ix_acts_corrects", "corrects_id", postgresql_where="corrects_id IS NOT NULL"),
    )
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=200001), unique=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"))
    service: Mapped[Service] = mapped_column(words(Service))
    month: Mapped[date]
    status: Mapped[ActStatus] = mapped_column(words(ActStatus))
    units: Mapped[int]
    amount_tiyn: Mapped[Tiyn]
    surcharge_tiyn: Mapped[Tiyn]
    without_recipient: Mapped[bool] = mapped_column(default=False)
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("acts.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    drawn_up_at: Mapped[Moment]
    drawn_up_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    submit_due_on: Mapped[date]
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    check_due_on: Mapped[date | None]
    taken_up_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    resubmit_due_on: Mapped[date | None]
    pay_due_on: Mapped[date | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_events.id"))
    order: Mapped[Order] = relationship()
    recipient: Mapped[Person] = relationship(foreign_keys=recipient_id)
    provider: Mapped[Provider] = relationship()
    lines: Mapped[list["ActLine"]] = relationship(order_by="ActLine.position")
    sheets: Mapped[list["Sheet"]] = relationship(order_by="Sheet.id")


class ActLine(Base):
    """A row of the act: hours at one rate. The rate is the lower of price and guaranteed amount (RG.2)."""

    __tablename__ = "act_lines"
    __table_args__ = (CheckConstraint("rate_tiyn <= guaranteed_tiyn", name="not_above_the_guaranteed_amount"),)
    act_id: Mapped[UUID] = mapped_column(ForeignKey("acts.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    units: Mapped[int]
    price_tiyn: Mapped[Tiyn]
    guaranteed_tiyn: Mapped[Tiyn]
    rate_tiyn: Mapped[Tiyn]
    amount_tiyn: Mapped[Tiyn]
    surcharge_tiyn: Mapped[Tiyn]


class Sheet(Base):
    """The sheet of one specialist for the month (annexes 9 and 10); signed by the specialist."""

    __tablename__ = "sheets"
    id: Mapped[Id]
    act_id: Mapped[UUID] = mapped_column(ForeignKey("acts.id"), index=True)
    specialist_id: Mapped[UUID] = mapped_column(ForeignKey("specialists.id"), index=True)
    minutes: Mapped[int]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    specialist: Mapped[Specialist] = relationship()
