"""Entitlements that an office has to look at: blocked for want of a choice, or replaced later; and moves."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session, joinedload

from portal.models.entitlement import Entitlement
from portal.models.office_move import OfficeMove
from portal.models.order import Order
from portal.models.programme import Measure
from portal.queries.office_people import named
from portal.queries.paged import Page, page
from portal.rules.orders import OVER
from portal.rules.service import GOODS, Service

BLOCKED = "blocked"
REPLACED = "replaced"
LISTS = (BLOCKED, REPLACED)


def listed(
    session: Session, office_id: UUID, which: str, today: date, number: int, service: Service | None, name: str
) -> Page[Entitlement]:
    """A page of one of the lists, the oldest first, with person and measure; of one service, of a part of a name."""
    wanted = [] if service is None else [Entitlement.service == service]
    statement = (
        select(Entitlement)
        .where(*_of(which, office_id, today), *wanted, Entitlement.person.has(and_(true(), *named(name))))
        .options(joinedload(Entitlement.person), joinedload(Entitlement.measure))
        .order_by(Entitlement.blocked_on, Entitlement.starts_on, Entitlement.id)
    )
    found = page(session, statement, number)
    return Page([one for (one,) in found.rows], found.number, found.total, found.size)


def running_orders(session: Session, entitlement_ids: Collection[UUID]) -> Sequence[Order]:
    """Orders of these entitlements that wait for an answer or run: what can still be served follows from them."""
    mine = select(Order).where(Order.entitlement_id.in_(entitlement_ids), Order.status.not_in(OVER))
    return session.scalars(mine.order_by(Order.id)).all() if entitlement_ids else []


def counts(session: Session, office_id: UUID, today: date) -> dict[str, int]:
    """How many stand on each list."""
    return {
        which: session.scalar(select(func.count()).select_from(Entitlement).where(*_of(which, office_id, today))) or 0
        for which in LISTS
    }


def moves(session: Session, person_id: UUID) -> list[OfficeMove]:
    """Between which offices a person moved, the latest first."""
    mine = (
        select(OfficeMove)
        .where(OfficeMove.person_id == person_id)
        .options(joinedload(OfficeMove.from_office), joinedload(OfficeMove.to_office))
    )
    return list(session.scalars(mine.order_by(OfficeMove.moved_at.desc(), OfficeMove.id)))


def _of(which: str, office_id: UUID, today: date) -> list[ColumnElement[bool]]:
    mine = [Entitlement.office_id == office_id, Entitlement.closed_on.is_(None)]
    if which == BLOCKED:
        return [*mine, Entitlement.blocked_on.is_not(None)]
    later = Entitlement.measure.has(Measure.valid_from < Entitlement.starts_on)
    return [*mine, Entitlement.service.in_(GOODS), Entitlement.starts_on > today, later]
