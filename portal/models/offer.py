"""Offers: what a provider renders, where, and for how much (RG.2)."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from portal.models.base import Base, Id, Tiyn, words
from portal.rules.service import Service


class Offer(Base):
    """A service of a provider; one for each service. Prices are for an hour, tax included."""

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("price_tiyn > 0", name="price_is_positive"),
        CheckConstraint("capacity_minutes_a_month >= 0", name="capacity_is_not_negative"),
        CheckConstraint("at_home OR online", name="there_is_a_way"),
        Index(
            "uq_offers_one_a_service", "provider_id", "service", unique=True, postgresql_where="withdrawn_on IS NULL"
        ),
    )
    id: Mapped[Id]
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    service: Mapped[Service] = mapped_column(words(Service))
    price_tiyn: Mapped[Tiyn]
    capacity_minutes_a_month: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    at_home: Mapped[bool] = mapped_column(default=True)
    online: Mapped[bool] = mapped_column(default=False)
    published_on: Mapped[date]
    withdrawn_on: Mapped[date | None]


class OfferPlace(Base):
    """A district or city where an offer holds."""

    __tablename__ = "offer_places"
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"), primary_key=True)
    service: Mapped[Service] = mapped_column(words(Service), primary_key=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"), primary_key=True, index=True)
