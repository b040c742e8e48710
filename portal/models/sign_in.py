"""Signing in with a code by SMS, and the limits on attempts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, Moment


class SignInCode(Base):
    """A code that was asked for; the code itself is derived from `id` and the secret key, and kept nowhere.

    `person_id` is empty when nobody is behind the IIN: the page and its timing must not tell.
    """

    __tablename__ = "sign_in_codes"
    id: Mapped[Id]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    asked_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    tries: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Attempts(Base):
    """How often something was tried in a window of time, by a hashed key (person or address)."""

    __tablename__ = "attempts"
    key: Mapped[str] = mapped_column(primary_key=True)
    window_at: Mapped[Moment]
    count: Mapped[int]
