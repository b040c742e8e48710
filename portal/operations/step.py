"""The step: one way to set a status, with its row in the journal, in the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.rules.moves import Machine, next_status

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


class Thing(Protocol):
    """Something with a life: an order, an act, a payment."""

    id: Any
    status: Any
    __tablename__: str


def move(
    session: Session,
    thing: Thing,
    machine: Machine[S, A],
    action: A,
    actor: Actor,
    now: datetime,
    *,
    point: str,
    about: UUID | None = None,
    personal: Mapping[str, str] | None = None,
    **details: Any,
) -> None:
    """Lead `thing` where `action` leads; raises `RuleViolation` when the rules do not allow it."""
    before = thing.status
    thing.status = next_status(machine, before, action, actor.role, point)
    record(
        session,
        actor,
        now,
        thing=thing.__tablename__,
        thing_id=thing.id,
        action=action.value,
        about=about,
        before=before.value,
        after=thing.status.value,
        personal=personal,
        **details,
    )
