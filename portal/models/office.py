"""Employment offices and who works in them (rulebook 1)."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id


class Office(Base):
    """The employment office of a district or city; cities of republican status have one city directorate."""

    __tablename__ = "offices"
    id: Mapped[Id]
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"), unique=True)
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    esobes_code: Mapped[str] = mapped_column(default="")


class OfficeStaff(Base):
    """A person who works at an office."""

    __tablename__ = "office_staff"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"), primary_key=True, index=True)
    since_on: Mapped[date]
    until_on: Mapped[date | None]
