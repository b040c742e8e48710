"""People: recipients, representatives, specialists and staff are all persons with an IIN."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id


class Person(Base):
    """Somebody the portal knows. `number` is a small key for constraints over time ranges."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("iin ~ '^[0-9]{12}$'", name="iin_is_twelve_digits"),
        CheckConstraint("language IN ('kk', 'ru')", name="language_is_known"),
    )
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    iin: Mapped[str] = mapped_column(unique=True)
    last_name: Mapped[str]
    first_name: Mapped[str]
    middle_name: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[date | None]
    language: Mapped[str] = mapped_column(default="kk")
    phone: Mapped[str | None]
    place_code: Mapped[str | None] = mapped_column(ForeignKey("places.code"), index=True)
    address: Mapped[str] = mapped_column(default="")
    died_on: Mapped[date | None]
    departed_on: Mapped[date | None]

    @property
    def full_name(self) -> str:
        """Last name, first name and patronymic, as in documents."""
        return " ".join(part for part in (self.last_name, self.first_name, self.middle_name) if part)


class Representation(Base):
    """Who may act for a recipient: a parent, a guardian, or the holder of a power of attorney (P5).

    `programme_id` is the programme that named them: a newer version that does not name them ends it.
    """

    __tablename__ = "representations"
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programmes.id"), index=True)


class Kinship(Base):
    """Two people who are kin; written both ways. Nobody of an office decides on their own kin."""

    __tablename__ = "kinships"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    relative_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
