"""Which event is being carried out: every posting meanwhile names it, so that it can be undone exactly (R83.6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.orm import Session

_EVENT = "event_id"


@contextmanager
def because_of(session: Session, event_id: UUID | None) -> Iterator[None]:
    """Within, what is posted is caused by this event; by none, when it is None."""
    outer = session.info.get(_EVENT)
    session.info[_EVENT] = event_id
    try:
        yield
    finally:
        session.info[_EVENT] = outer


def event_id(session: Session) -> UUID | None:
    """The event that causes what is posted now, if one does."""
    found: UUID | None = session.info.get(_EVENT)
    return found
