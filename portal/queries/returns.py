"""What came back and why (R83.6): units returned, by service, year and reason; what was lowered too far.

A posting says what moved the units; the reason is that of the event or the ending behind it, else the newer programme.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, select
from sqlalchemy.orm import Session, contains_eager

from portal.models.entitlement import Account, Cause, Entitlement, Posting
from portal.models.order import Order
from portal.models.person import Person
from portal.models.person_event import PersonEvent
from portal.models.service_log import LogEntry
from portal.queries.paged import Page, page
from portal.rules.order_reasons import CloseReason
from portal.rules.service import Service

LOWERED = "programme_lowered"
"""The reason when a newer version of the programme gives fewer."""
TAKEN_AGAIN = "taken_again"
"""What had come back and was given or used again; such units count below nought."""

_ENDINGS = [reason.value for reason in CloseReason if reason is not CloseReason.HANDED_OVER]
"""What ends an order with something to give back; goods that came back late go with the end of the entitlement."""


class Returned(NamedTuple):
    """So many units came back of a service and year for a reason; below nought when they were taken again."""

    year: int
    service: Service
    reason: str
    units: int


class ReturnedOnce(NamedTuple):
    """One return of a person: when, of what, why, how much, with the order it came from."""

    at: datetime
    service: Service
    year: int
    quarter: int
    reason: str
    units: int
    number: int | None


_REASON: ColumnElement[str] = case(
    (Posting.source == Account.RETURNED, literal(TAKEN_AGAIN)),
    (PersonEvent.kind.is_not(None), cast(PersonEvent.kind, String)),
    (Posting.cause == Cause.PROGRAMME, literal(LOWERED)),
    (Order.reason.in_(_ENDINGS), Order.reason),
    (LogEntry.strike_reason.in_(_ENDINGS), LogEntry.strike_reason),
    else_=func.coalesce(Entitlement.close_reason, literal(LOWERED)),
)
_UNITS = case((Posting.source == Account.RETURNED, -Posting.units), else_=Posting.units)


def by_reason(session: Session, office_id: UUID, year: int | None = None) -> list[Returned]:
    """What came back to an office's programmes, of all years or of one: the latest first, by service and reason."""
    mine = [Entitlement.office_id == office_id, *([] if year is None else [Entitlement.year == year])]
    rows = session.execute(
        _returned(Entitlement.year, Entitlement.service, _REASON, func.sum(_UNITS))
        .where(*mine)
        .group_by(Entitlement.year, Entitlement.service, _REASON)
        .order_by(Entitlement.year.desc(), Entitlement.service, _REASON)
    )
    return [Returned._make(row) for row in rows]


def years(session: Session, office_id: UUID) -> list[int]:
    """Of which years the office has entitlements, the latest first."""
    mine = select(Entitlement.year).where(Entitlement.office_id == office_id).distinct()
    return list(session.scalars(mine.order_by(Entitlement.year.desc())))


def of_person(session: Session, person_id: UUID, office_id: UUID) -> list[ReturnedOnce]:
    """What came back of a person's entitlements, the latest first."""
    rows = session.execute(
        _returned(
            Posting.posted_at, Entitlement.service, Entitlement.year, Entitlement.quarter, _REASON, _UNITS, Order.number
        )
        .where(Entitlement.person_id == person_id, Entitlement.office_id == office_id)
        .order_by(Posting.posted_at.desc(), Posting.id.desc())
    )
    return [ReturnedOnce._make(row) for row in rows]


def lowered(session: Session, office_id: UUID, number: int) -> Page[Entitlement]:
    """A page of the entitlements of which the programme gives less than is in use, the most first."""
    found = page(session, _lowered(office_id).order_by(Entitlement.excess.desc(), Entitlement.id), number)
    return Page([one for one, _person in found.rows], found.number, found.total, found.size)


def count_lowered(session: Session, office_id: UUID) -> int:
    """How many they are."""
    return session.scalar(select(func.count()).where(*_too_much(office_id))) or 0


def _returned(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Posting)
        .join(Entitlement, Entitlement.id == Posting.entitlement_id)
        .outerjoin(Order, Order.id == Posting.order_id)
        .outerjoin(LogEntry, LogEntry.id == Posting.log_entry_id)
        .outerjoin(PersonEvent, PersonEvent.id == Posting.event_id)
        .where((Posting.target == Account.RETURNED) | (Posting.source == Account.RETURNED))
    )


def _lowered(office_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(Entitlement, Person)
        .join(Entitlement.person)
        .options(contains_eager(Entitlement.person))
        .where(*_too_much(office_id))
    )


def _too_much(office_id: UUID) -> Sequence[ColumnElement[bool]]:
    return (Entitlement.office_id == office_id, Entitlement.excess > 0)
