"""Orders: a recipient asks one provider for hours of one service (rulebook 6)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Moment, Tiyn, words
from portal.models.entitlement import Entitlement
from portal.models.person import Person
from portal.models.provider import Provider
from portal.rules.orders import OrderStatus
from portal.rules.service import Service


class Order(Base):
    """One order. `units` is what was ordered; `reserved`, `used`, `reserved_tiyn` are its part of the entitlement's.

    `acted` is what accepted acts hold of the used units: their money is no longer reserved but owed or paid.
    One signed document may name up to three providers (`choices`): `rank` says which of them this order asks, and
    every order after the first names the `first_id`.
    Goods are handed over by `hand_over_due_on`; those that are delivered have a tracking number and the day on which
    they were `sent_on` (R83.8). They take nothing of a provider's month (`minutes_a_month` is 0).
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("units > 0", name="units_are_positive"),
        CheckConstraint("reserved >= 0 AND used >= 0", name="nothing_is_negative"),
        CheckConstraint("reserved + used <= units", name="not_more_than_ordered"),
        CheckConstraint("acted BETWEEN 0 AND used", name="not_more_acted_than_used"),
        CheckConstraint("reserved_tiyn >= 0", name="money_is_not_negative"),
        CheckConstraint("ends_on >= starts_on", name="period_has_a_length"),
        CheckConstraint("rank BETWEEN 1 AND choices AND choices <= 3", name="rank_is_one_of_its_choices"),
        CheckConstraint("(rank = 1) = (first_id IS NULL)", name="later_choices_name_the_first"),
        Index("uq_orders_one_a_choice", "first_id", "rank", unique=True, postgresql_where="first_id IS NOT NULL"),
        Index("ix_orders_provider_status", "provider_id", "status", "answer_due_on", "id"),
        Index("ix_orders_recipient", "recipient_id", "placed_at"),
        Index(
            "ix_orders_figures",
            "provider_id",
            "service",
            "placed_at",
            postgresql_include=["status", "answered_at", "minutes_a_month", "starts_on", "ends_on"],
        ),
        Index("ix_orders_ended_by", "ended_by_id", postgresql_where="ended_by_id IS NOT NULL"),
        Index("ix_orders_unanswered", "answer_due_on", "id", postgresql_where="status = 'placed'"),
        Index("ix_orders_open_end", "ends_on", postgresql_where="status IN ('placed', 'accepted')"),
    )
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=100001), unique=True)
    entitlement_id: Mapped[UUID] = mapped_column(ForeignKey("entitlements.id"), index=True)
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"))
    office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"), index=True)
    service: Mapped[Service] = mapped_column(words(Service))
    status: Mapped[OrderStatus] = mapped_column(words(OrderStatus))
    way: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    units: Mapped[int]
    minutes_a_day: Mapped[int | None]
    minutes_a_month: Mapped[int]
    reserved: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    acted: Mapped[int] = mapped_column(default=0)
    reserved_tiyn: Mapped[Tiyn] = mapped_column(default=0)
    price_tiyn: Mapped[Tiyn]
    guaranteed_tiyn: Mapped[Tiyn]
    placed_at: Mapped[Moment]
    placed_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    answer_due_on: Mapped[date]
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_on: Mapped[date | None]
    reason: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    hand_over_due_on: Mapped[date | None]
    tracking_number: Mapped[str] = mapped_column(default="", server_default="")
    sent_on: Mapped[date | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_events.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    first_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    rank: Mapped[int] = mapped_column(SmallInteger, default=1)
    choices: Mapped[int] = mapped_column(SmallInteger, default=1)
    entitlement: Mapped[Entitlement] = relationship()
    recipient: Mapped[Person] = relationship(foreign_keys=recipient_id)
    provider: Mapped[Provider] = relationship()
    first: Mapped["Order | None"] = relationship(remote_side="Order.id")

    @property
    def chain_id(self) -> UUID:
        """The first order of the chain that this one is in."""
        return self.first_id or self.id
