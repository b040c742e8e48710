"""Offers: what a provider renders, where, and for how much (RG.2)."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, false
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from portal.models.base import Base, Id, Tiyn, words
from portal.rules.service import Service


class Offer(Base):
    """A service of a provider at a price for an hour, one for each service; or a model of goods at a price a piece.

    Prices have tax included. Goods name their item of the classifier; they are delivered, picked up, or both (R83.2).
    """

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("price_tiyn > 0", name="price_is_positive"),
        CheckConstraint("capacity_minutes_a_month >= 0", name="capacity_is_not_negative"),
        CheckConstraint("at_home OR online OR delivers OR pick_up", name="there_is_a_way"),
        CheckConstraint(
            "(service IN ('prosthetics', 'technical_aid', 'wheelchair')) = (classifier_code IS NOT NULL)",
            name="goods_name_their_item",
        ),
        Index(
            "uq_offers_one_a_service",
            "provider_id",
            "service",
            unique=True,
            postgresql_where="withdrawn_on IS NULL AND classifier_code IS NULL",
        ),
        Index(
            "uq_offers_one_a_model",
            "provider_id",
            "classifier_code",
            "model",
            unique=True,
            postgresql_where="withdrawn_on IS NULL AND classifier_code IS NOT NULL",
        ),
        Index("ix_offers_item", "classifier_code", postgresql_where="classifier_code IS NOT NULL"),
    )
    id: Mapped[Id]
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    service: Mapped[Service] = mapped_column(words(Service))
    price_tiyn: Mapped[Tiyn]
    capacity_minutes_a_month: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    at_home: Mapped[bool] = mapped_column(default=True)
    online: Mapped[bool] = mapped_column(default=False)
    classifier_code: Mapped[str | None]
    model: Mapped[str] = mapped_column(default="", server_default="")
    delivers: Mapped[bool] = mapped_column(default=False, server_default=false())
    pick_up: Mapped[bool] = mapped_column(default=False, server_default=false())
    published_on: Mapped[date]
    withdrawn_on: Mapped[date | None]


class OfferPlace(Base):
    """A district or city where an offer holds."""

    __tablename__ = "offer_places"
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"), primary_key=True)
    service: Mapped[Service] = mapped_column(words(Service), primary_key=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"), primary_key=True, index=True)
