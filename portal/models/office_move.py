"""Moves of people from one employment office to another, with what they have."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Moment
from portal.models.office import Office


class OfficeMove(Base):
    """A person's programmes and open entitlements went from one office to another; both offices see it."""

    __tablename__ = "office_moves"
    __table_args__ = (CheckConstraint("from_office_id <> to_office_id", name="offices_differ"),)
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    from_office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"), index=True)
    to_office_id: Mapped[UUID] = mapped_column(ForeignKey("offices.id"), index=True)
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    reason: Mapped[str]
    moved_at: Mapped[Moment]
    from_office: Mapped[Office] = relationship(foreign_keys=from_office_id)
    to_office: Mapped[Office] = relationship(foreign_keys=to_office_id)
