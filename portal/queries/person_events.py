"""Reading what became known of people (R83.6): which events hold now, and what one of them did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.models.claim import Claim
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person import Person
from portal.models.person_event import PersonEvent
from portal.models.programme import Programme
from portal.models.service_log import LogEntry
from portal.rules.claims import ClaimStatus
from portal.rules.returns import ENDING, EventKind
from portal.rules.service import HOURLY
from portal.rules.standing import StaysStruck


@dataclass(frozen=True, slots=True)
class Ended:
    """What an event ended: entitlements, with what went back of each since; orders, claims that stand; visits and
    hand-overs of goods that were struck."""

    entitlements: Sequence[tuple[Entitlement, int]]
    orders: Sequence[Order]
    visits: int
    minutes: int
    hand_overs: int
    claims: Sequence[Claim]


def in_force(
    session: Session, person: Person, kind: EventKind, programme: Programme | None = None
) -> Sequence[PersonEvent]:
    """The events of a kind that hold now, in the order in which they came: the first, then earlier days of the same.

    A departure holds until the return, a closed programme until a newer version opens it.
    """
    mine = select(PersonEvent).where(
        PersonEvent.person_id == person.id,
        PersonEvent.kind == kind,
        PersonEvent.undone_at.is_(None),
        PersonEvent.over_at.is_(None),
    )
    if programme is not None:
        mine = mine.where(PersonEvent.programme_id == programme.id)
    return session.scalars(mine.order_by(PersonEvent.number)).all()


def returned_on(session: Session, person: Person) -> date | None:
    """The day on which a person came back to the country, the last time; None when they never did."""
    mine = (PersonEvent.person_id == person.id, PersonEvent.kind == EventKind.RETURN)
    return session.scalar(select(func.max(PersonEvent.happened_on)).where(*mine))


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


def still_struck(session: Session, person_id: UUID, office_id: UUID) -> Sequence[LogEntry]:
    """Visits of a person that stayed struck when a mistake was undone, because they do not fit any more."""
    return session.scalars(
        select(LogEntry)
        .join(LogEntry.order)
        .where(
            LogEntry.recipient_id == person_id,
            Order.office_id == office_id,
            LogEntry.struck_at.is_not(None),
            LogEntry.strike_reason.in_(list(StaysStruck)),
        )
        .options(contains_eager(LogEntry.order).joinedload(Order.provider))
        .order_by(LogEntry.started_at, LogEntry.id)
    ).all()


def served(session: Session, events: Collection[PersonEvent]) -> Sequence[int]:
    """The numbers of those who made the visits that these events struck."""
    struck = select(LogEntry.specialist_number).where(
        LogEntry.ended_by_id.in_([event.id for event in events]), LogEntry.specialist_number.is_not(None)
    )
    return session.scalars(struck.distinct().order_by(LogEntry.specialist_number)).all()


def ended(session: Session, events: Collection[PersonEvent]) -> Ended:
    """What these events ended, as it stands now."""
    ids: list[UUID] = [event.id for event in events]
    entitlements = select(Entitlement).where(Entitlement.ended_by_id.in_(ids))
    orders = select(Order).where(Order.ended_by_id.in_(ids)).options(joinedload(Order.provider))
    hourly = LogEntry.service.in_(HOURLY)
    minutes = func.coalesce(func.sum(LogEntry.units).filter(hourly), 0)
    struck = select(func.count().filter(hourly), minutes, func.count().filter(~hourly))
    claims = select(Claim).where(Claim.event_id.in_(ids), Claim.status != ClaimStatus.WITHDRAWN)
    visits = session.execute(struck.where(LogEntry.ended_by_id.in_(ids))).one()
    return Ended(
        [
            (one, _gone_back(one, events))
            for one in session.scalars(entitlements.order_by(Entitlement.year, Entitlement.quarter, Entitlement.id))
        ],
        session.scalars(orders.order_by(Order.number)).all(),
        visits[0],
        int(visits[1]),
        visits[2],
        session.scalars(claims.order_by(Claim.number)).all(),
    )


def _gone_back(entitlement: Entitlement, events: Collection[PersonEvent]) -> int:
    """What went back of it since the first of these events, as far as no late visit has used it."""
    held = (event.before.get("entitlements", {}).get(str(entitlement.id)) for event in events)
    before: int = next(one["returned"] for one in held if one is not None)
    return max(entitlement.returned - before, 0)
