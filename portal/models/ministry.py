"""The ministry: who works there (rulebook 1, authorised body). There is one, so it has no table of its own."""

from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base

MINISTRY_ID = uuid5(NAMESPACE_URL, "ministry")
"""The organisation for which its staff act; the journal names it."""
NAME_KK = "Еңбек және халықты әлеуметтік қорғау министрлігі"
NAME_RU = "Министерство труда и социальной защиты населения"


class MinistryStaff(Base):
    """A person who works at the ministry."""

    __tablename__ = "ministry_staff"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    since_on: Mapped[date]
    until_on: Mapped[date | None]
