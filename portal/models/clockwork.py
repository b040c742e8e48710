"""What the worker leaves behind: its heartbeat and the days it has swept."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Moment


class Heartbeat(Base):
    """When a process was last seen alive, by the real clock."""

    __tablename__ = "heartbeats"
    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Moment]


class SweptDay(Base):
    """A day whose work is done; a day that was missed is swept when the worker is back."""

    __tablename__ = "swept_days"
    day: Mapped[date] = mapped_column(primary_key=True)
    swept_at: Mapped[Moment]
