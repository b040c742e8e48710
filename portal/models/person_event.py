"""What became known of a person from elsewhere (R83.6, RI.4): a death, a departure, a return, a closed programme."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, Json, Moment, words
from portal.rules.returns import EventKind


class PersonEvent(Base):
    """One event, when it was and when it became known. `number` is the order in which events were carried out.

    What it did names it (`ended_by_id`, `event_id`); `before` keeps what of that it overwrote, by table and id, so
    that it can be undone exactly. It is over (`over_at`) when she has come back, or a newer version has opened the
    programme: what it did stands, and it holds no more.
    """

    __tablename__ = "person_events"
    __table_args__ = (
        CheckConstraint("(kind = 'programme_closed') = (programme_id IS NOT NULL)", name="closing_names_its_programme"),
        Index("ix_person_events_person", "person_id", "number"),
    )
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[EventKind] = mapped_column(words(EventKind))
    happened_on: Mapped[date]
    reported_at: Mapped[Moment]
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programmes.id"))
    before: Mapped[Json] = mapped_column(default=dict)
    over_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    undone_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str] = mapped_column(default="")
