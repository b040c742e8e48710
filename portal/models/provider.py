"""Providers, their staff, and the people who serve (rulebook 1, 7b)."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from portal.models.base import Base, Id, words
from portal.models.person import Person
from portal.rules.service import Service


class Provider(Base):
    """Who renders services through the portal. `number` is its BIN, or the IIN of a person who is a provider."""

    __tablename__ = "providers"
    __table_args__ = (
        CheckConstraint("kind IN ('legal', 'entrepreneur', 'individual')", name="kind_is_known"),
        CheckConstraint("bin ~ '^[0-9]{12}$'", name="bin_is_twelve_digits"),
    )
    id: Mapped[Id]
    bin: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    about_kk: Mapped[str] = mapped_column(default="")
    about_ru: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    iban: Mapped[str]
    bic: Mapped[str]
    payment_account: Mapped[str] = mapped_column(default="")


class ProviderStaff(Base):
    """A person who answers orders and sends acts for a provider; a head may also sign for it."""

    __tablename__ = "provider_staff"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), primary_key=True, index=True)
    is_head: Mapped[bool] = mapped_column(default=False)


class Specialist(Base):
    """A personal assistant or an interpreter of a provider."""

    __tablename__ = "specialists"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), index=True)
    service: Mapped[Service] = mapped_column(words(Service))
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    person: Mapped[Person] = relationship()
