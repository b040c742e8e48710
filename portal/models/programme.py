"""Individual rehabilitation programmes and their measures, as E-Sobes sends them (R34.1)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Moment, words
from portal.models.person import Person
from portal.rules.service import Service


class Programme(Base):
    """A programme of a person; `number` and `version` are those of E-Sobes."""

    __tablename__ = "programmes"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="period_has_a_length"),)
    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date] = mapped_column(index=True)
    received_at: Mapped[Moment]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    close_reason: Mapped[str | None]
    person: Mapped[Person] = relationship()
    measures: Mapped[list["Measure"]] = relationship(order_by="Measure.external_id", back_populates="programme")


class Measure(Base):
    """A line of a programme: one service, in what volume, from when to when.

    `renew_on` is the next day on which it gives something new; NULL when it never does.
    """

    __tablename__ = "measures"
    __table_args__ = (
        UniqueConstraint("programme_id", "external_id"),
        CheckConstraint("valid_to >= valid_from", name="period_has_a_length"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        Index("ix_measures_renew", "renew_on", postgresql_where="renew_on IS NOT NULL"),
    )
    id: Mapped[Id]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    external_id: Mapped[str]
    service: Mapped[Service] = mapped_column(words(Service))
    classifier_code: Mapped[str | None]
    quantity: Mapped[int | None]
    unit: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    renew_on: Mapped[date | None]
    programme: Mapped[Programme] = relationship(back_populates="measures")
