"""Reading the service log (R42.1): visits of an order, a recipient, a specialist; what a day and an order have left."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.models.act import Act
from portal.models.order import Order
from portal.models.provider import Specialist
from portal.models.service_log import LogEntry
from portal.queries.acts import CONCLUDED
from portal.rules.acts import LIVE
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.quantities import day_of, month_of
from portal.rules.service import HOURLY, Service
from portal.rules.terms import last_day_of_month

_NOT_STRUCK = LogEntry.struck_at.is_(None)
_SOONEST = (LogEntry.started_at, LogEntry.id)
_LATEST = (LogEntry.started_at.desc(), LogEntry.id)

# Built once: every visit that is written down asks them.
_ON = select(LogEntry).where(LogEntry.day == bindparam("day"), _NOT_STRUCK).order_by(*_SOONEST)
_OF_RECIPIENT_ON = _ON.where(LogEntry.recipient_id == bindparam("who"), LogEntry.service == bindparam("service"))
_OF_SPECIALIST_ON = _ON.where(LogEntry.specialist_number == bindparam("who"))
_OF_MONTHS = select(Act.month, Act.status, Act.drawn_up_at).where(
    Act.order_id == bindparam("order_id"), Act.status.in_(LIVE)
)


def in_month(month: date) -> ColumnElement[bool]:
    """The visits of the month that `month` is in."""
    return LogEntry.day.between(month.replace(day=1), last_day_of_month(month))


def of_order(session: Session, order_id: UUID, month: date) -> Sequence[LogEntry]:
    """All visits of an order in a month, struck ones too, as they happened; with who served."""
    return session.scalars(
        select(LogEntry)
        .where(LogEntry.order_id == order_id, in_month(month))
        .options(joinedload(LogEntry.specialist).joinedload(Specialist.person))
        .order_by(*_SOONEST)
    ).all()


def of_specialist(session: Session, person_id: UUID, provider_id: UUID, month: date) -> Sequence[LogEntry]:
    """What a person wrote down for one provider in a month, the latest first; with whom they served."""
    return session.scalars(
        select(LogEntry)
        .join(LogEntry.specialist)
        .where(Specialist.person_id == person_id, Specialist.provider_id == provider_id, in_month(month))
        .options(contains_eager(LogEntry.specialist), joinedload(LogEntry.order).joinedload(Order.recipient))
        .order_by(*_LATEST)
    ).all()


def get_for_specialist(session: Session, entry_id: UUID, person_id: UUID, provider_id: UUID) -> LogEntry:
    """A visit that this person made for this provider; LookupError otherwise."""
    mine = select(Specialist.id).where(Specialist.person_id == person_id, Specialist.provider_id == provider_id)
    return _one(session, LogEntry.id == entry_id, LogEntry.specialist_id.in_(mine))


def get_for_provider(session: Session, entry_id: UUID, provider_id: UUID) -> LogEntry:
    """A visit under an order of this provider; LookupError otherwise, and for goods, which are no visit."""
    theirs = select(Order.id).where(Order.provider_id == provider_id, Order.id == LogEntry.order_id)
    return _one(session, LogEntry.id == entry_id, LogEntry.service.in_(HOURLY), theirs.exists())


def of_recipient_on(session: Session, recipient_id: UUID, service: Service, day: date) -> Sequence[LogEntry]:
    """What of a service a recipient had on a day, of all providers together; struck visits do not count (RI.3)."""
    return session.scalars(_OF_RECIPIENT_ON, {"who": recipient_id, "service": service, "day": day}).all()


def of_specialist_on(session: Session, specialist_number: int, day: date) -> Sequence[LogEntry]:
    """Where a person was on a day, for whichever provider; `specialist_number` is the person's number (RI.3)."""
    return session.scalars(_OF_SPECIALIST_ON, {"who": specialist_number, "day": day}).all()


def to_be_acted(session: Session, order_id: UUID, month: date) -> Sequence[LogEntry]:
    """The visits of a month that are not struck and that no standing act holds (RI.2)."""
    return session.scalars(
        select(LogEntry)
        .outerjoin(Act, Act.id == LogEntry.act_id)
        .where(
            LogEntry.order_id == order_id,
            in_month(month),
            _NOT_STRUCK,
            or_(LogEntry.act_id.is_(None), Act.status.not_in(LIVE)),
        )
        .order_by(*_SOONEST)
    ).all()


def of_act(session: Session, act_id: UUID) -> Sequence[LogEntry]:
    """The visits that an act holds, as they happened; with who served."""
    return session.scalars(
        select(LogEntry)
        .where(LogEntry.act_id == act_id)
        .options(joinedload(LogEntry.specialist).joinedload(Specialist.person))
        .order_by(*_SOONEST)
    ).all()


def acted_months(session: Session, order_id: UUID) -> set[date]:
    """The months of an order that a standing act covers, each by its first day.

    An accepted act of a month that was not over (the order had ended, perhaps by mistake) covers what it holds: what
    is rendered in the rest of the month gets a further act.
    """
    rows = session.execute(_OF_MONTHS, {"order_id": order_id})
    return {month for month, status, at in rows if status not in CONCLUDED or month_of(day_of(at)) > month}


def last_of(session: Session, specialist_number: int, order_id: UUID | None = None) -> LogEntry | None:
    """The last visit that a person wrote down, for an order or for any; what a new form begins with."""
    found = select(LogEntry).where(LogEntry.specialist_number == specialist_number, _NOT_STRUCK)
    if order_id is not None:
        found = found.where(LogEntry.order_id == order_id)
    return session.scalars(found.order_by(LogEntry.day.desc(), *_LATEST).limit(1)).first()


def left_today(session: Session, orders: Sequence[Order], day: date) -> dict[UUID, int]:
    """For each order, the minutes that may still be logged on `day`: within the order and within the day (R34.1)."""
    recipients = {order.recipient_id for order in orders}
    logged = session.execute(
        select(LogEntry.recipient_id, func.sum(LogEntry.units))
        .where(
            LogEntry.recipient_id.in_(recipients),
            LogEntry.service == Service.ASSISTANT,
            LogEntry.day == day,
            _NOT_STRUCK,
        )
        .group_by(LogEntry.recipient_id)
    ).all()
    of_day = {row[0]: row[1] for row in logged}
    limit = ASSISTANT_MINUTES_A_DAY.on(day)
    return {
        order.id: order.reserved
        if order.service is not Service.ASSISTANT
        else max(min(order.reserved, limit - of_day.get(order.recipient_id, 0)), 0)
        for order in orders
    }


def _one(session: Session, *conditions: ColumnElement[bool]) -> LogEntry:
    found = session.scalars(select(LogEntry).where(*conditions)).one_or_none()
    if found is None:
        raise LookupError("no such visit")
    return found
