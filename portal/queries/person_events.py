"""Reading what became known of people (R83.6): which events hold now, and what one of them did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.models.claim import Claim
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person import Person
from portal.models.person_event import PersonEvent
from portal.models.programme import Programme
from portal.models.service_log import LogEntry
from portal.rules.claims import ClaimStatus
from portal.rules.returns import ENDING, EventKind


@dataclass(frozen=True, slots=True)
class Ended:
    """What an event ended: entitlements, orders, visits that were struck, claims that it made and that stand."""

    entitlements: Sequence[Entitlement]
    orders: Sequence[Order]
    visits: int
    minutes: int
    claims: Sequence[Claim]


def in_force(
    session: Session, person: Person, kind: EventKind, programme: Programme | None = None
) -> Sequence[PersonEvent]:
    """The events of a kind that hold now, in the order in which they came: the first, then earlier days of the same.

    A departure holds until the return, a closed programme until a newer version opens it.
    """
    holds = {
        EventKind.DEATH: person.died_on,
        EventKind.DEPARTURE: person.departed_on,
        EventKind.PROGRAMME_CLOSED: programme.closed_at if programme else None,
    }[kind]
    if holds is None:
        return []
    came_back = select(func.coalesce(func.max(PersonEvent.number), 0)).where(
        PersonEvent.person_id == person.id, PersonEvent.kind == EventKind.RETURN
    )
    mine = select(PersonEvent).where(
        PersonEvent.person_id == person.id, PersonEvent.kind == kind, PersonEvent.undone_at.is_(None)
    )
    if kind is EventKind.DEPARTURE:
        mine = mine.where(PersonEvent.number > came_back.scalar_subquery())
    if programme is not None:
        mine = mine.where(PersonEvent.programme_id == programme.id, PersonEvent.reported_at >= holds)
    return session.scalars(mine.order_by(PersonEvent.number)).all()


def since(session: Session, first: PersonEvent) -> Sequence[PersonEvent]:
    """An event and those of the same person that ended something after it and still count, as they came."""
    return session.scalars(
        select(PersonEvent)
        .where(
            PersonEvent.person_id == first.person_id,
            PersonEvent.number >= first.number,
            PersonEvent.kind.in_(ENDING),
            PersonEvent.undone_at.is_(None),
        )
        .order_by(PersonEvent.number)
    ).all()


def ended(session: Session, events: Collection[PersonEvent]) -> Ended:
    """What these events ended, as it stands now."""
    ids: list[UUID] = [event.id for event in events]
    entitlements = select(Entitlement).where(Entitlement.ended_by_id.in_(ids))
    orders = select(Order).where(Order.ended_by_id.in_(ids)).options(joinedload(Order.provider))
    visits = select(func.count(), func.coalesce(func.sum(LogEntry.minutes), 0)).where(LogEntry.ended_by_id.in_(ids))
    claims = select(Claim).where(Claim.event_id.in_(ids), Claim.status != ClaimStatus.WITHDRAWN)
    number, minutes = session.execute(visits).one()
    return Ended(
        session.scalars(entitlements.order_by(Entitlement.year, Entitlement.id)).all(),
        session.scalars(orders.order_by(Order.number)).all(),
        number,
        int(minutes),
        session.scalars(claims.order_by(Claim.number)).all(),
    )
