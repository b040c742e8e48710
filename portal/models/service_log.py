"""The service log (R42.1): a row for each visit, as who served wrote it down; of goods their hand-over (R83.5)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Moment, Tiyn, words
from portal.models.order import Order
from portal.models.provider import Specialist
from portal.rules.quantities import day_of
from portal.rules.service import Service


class LogEntry(Base):
    """One visit, or one hand-over of goods. A struck one stays, with who struck it and why; its units went back.

    A hand-over is a moment and takes no time; nobody serves in it, so it has no specialist. Goods that came back have
    the day on which they did (`back_on`).
    """

    __tablename__ = "log_entries"
    __table_args__ = (
        CheckConstraint("units > 0", name="units_are_positive"),
        CheckConstraint(
            "CASE WHEN specialist_id IS NULL THEN ended_at = started_at"
            " ELSE units * 60 = extract(epoch FROM ended_at - started_at) END",
            name="minutes_are_those_of_the_visit",
        ),
        CheckConstraint(
            "(service IN ('assistant', 'interpreter')) = (specialist_id IS NOT NULL)"
            " AND (specialist_id IS NULL) = (specialist_number IS NULL)",
            name="somebody_serves_in_a_visit",
        ),
        Index(
            "uq_log_entries_one_hand_over",
            "order_id",
            unique=True,
            postgresql_where="specialist_id IS NULL AND struck_at IS NULL",
        ),
        ExcludeConstraint(
            (text("int8range(specialist_number, specialist_number, '[]')"), "&&"),
            (text("tstzrange(started_at, ended_at)"), "&&"),
            name="specialist_is_in_one_place",
            using="gist",
            where=text("struck_at IS NULL AND specialist_number IS NOT NULL"),
        ),
        CheckConstraint("back_on IS NULL OR (specialist_id IS NULL AND struck_at IS NOT NULL)", name="goods_come_back"),
        Index("ix_log_entries_came_back", "back_on", postgresql_where="back_on IS NOT NULL"),
        Index("ix_log_entries_ended_by", "ended_by_id", postgresql_where="ended_by_id IS NOT NULL"),
        Index("ix_log_entries_order_day", "order_id", "day", postgresql_include=["units", "struck_at"]),
        Index("ix_log_entries_recipient_day", "recipient_id", "service", "day"),
        Index("ix_log_entries_specialist_day", "specialist_number", "day"),
    )
    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    service: Mapped[Service] = mapped_column(words(Service))
    # Typed as those of a visit, which always has them: who reads them of a hand-over is at fault.
    specialist_id: Mapped[UUID] = mapped_column(ForeignKey("specialists.id"), nullable=True)
    specialist_number: Mapped[int] = mapped_column(BigInteger, nullable=True)
    day: Mapped[date]
    started_at: Mapped[Moment]
    ended_at: Mapped[Moment]
    units: Mapped[int]
    places: Mapped[str] = mapped_column(default="")
    way: Mapped[str]
    price_tiyn: Mapped[Tiyn]
    guaranteed_tiyn: Mapped[Tiyn]
    form_id: Mapped[UUID] = mapped_column(unique=True)
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    recorded_at: Mapped[Moment]
    objected_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    objection_reason: Mapped[str | None]
    objection_note: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settlement: Mapped[str | None]
    settlement_note: Mapped[str] = mapped_column(default="")
    struck_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    strike_reason: Mapped[str] = mapped_column(default="")
    back_on: Mapped[date | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_events.id"))
    act_id: Mapped[UUID | None] = mapped_column(ForeignKey("acts.id"), index=True)
    order: Mapped[Order] = relationship()
    specialist: Mapped[Specialist] = relationship()

    @property
    def minutes(self) -> int:
        """The length of a visit: its units."""
        return self.units

    @property
    def struck_on(self) -> date | None:
        """The day on which it was struck; of goods that came back the day on which they did."""
        return self.back_on or (day_of(self.struck_at) if self.struck_at else None)

    @property
    def is_objected(self) -> bool:
        """True while the recipient's objection is not settled; such a visit stays out of acts."""
        return self.objected_at is not None and self.settled_at is None
