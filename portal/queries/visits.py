"""Reading visits as the recipient sees them: each as it was logged, who served, whether it stands (R42.1, R42.5).

A hand-over of goods is read in the same way; nobody serves in it.
"""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from portal.models.act import Act
from portal.models.person import Person
from portal.models.provider import Specialist
from portal.models.service_log import LogEntry
from portal.rules.acts import LIVE, ActStatus
from portal.rules.service import HOURLY
from portal.rules.terms import last_day_of_month


class Visit(NamedTuple):
    """A visit with who served, and the act that holds it."""

    entry: LogEntry
    last_name: str | None
    first_name: str | None
    act_id: UUID | None
    act_number: int | None
    act_status: ActStatus | None

    @property
    def who(self) -> str:
        """Who served; nobody in a hand-over of goods."""
        return "" if self.last_name is None else f"{self.first_name} {self.last_name}"

    @property
    def is_signed(self) -> bool:
        """Whether the recipient has signed an act with this visit that still stands."""
        return self.act_status in LIVE - {ActStatus.DRAWN_UP}


class MonthTotal(NamedTuple):
    """What was rendered of an order in one month, struck visits not counted."""

    month: date
    visits: int
    minutes: int


def of_order(session: Session, order_id: UUID, month: date) -> list[Visit]:
    """The visits of an order in a month as they happened; struck ones too, because they stay to be seen."""
    within = LogEntry.day.between(month.replace(day=1), last_day_of_month(month))
    rows = session.execute(_visits(LogEntry.order_id == order_id, within))
    return [Visit._make(row) for row in rows]


def hand_overs(session: Session, order_id: UUID) -> list[Visit]:
    """The hand-overs of an order of goods, the last one at the end; only that one can stand."""
    return [Visit._make(row) for row in session.execute(_visits(LogEntry.order_id == order_id))]


def of_act(session: Session, act_id: UUID) -> list[Visit]:
    """The visits that an act holds, as they happened."""
    return [Visit._make(row) for row in session.execute(_visits(LogEntry.act_id == act_id))]


def get_for_recipient(session: Session, entry_id: UUID, recipient_id: UUID) -> Visit:
    """A visit to this recipient; LookupError when it is somebody else's or is not there."""
    row = session.execute(_visits(LogEntry.id == entry_id, LogEntry.recipient_id == recipient_id)).one_or_none()
    if row is None:
        raise LookupError("no such visit")
    return Visit._make(row)


def months(session: Session, order_id: UUID) -> list[MonthTotal]:
    """The months of an order in which something was logged, the latest first."""
    month = func.date(func.date_trunc("month", LogEntry.day))
    counts = LogEntry.struck_at.is_(None)
    rows = session.execute(
        select(
            month,
            func.count().filter(counts),
            func.coalesce(func.sum(LogEntry.units).filter(counts), 0),
        )
        .where(LogEntry.order_id == order_id)
        .group_by(month)
        .order_by(month.desc())
    )
    return [MonthTotal._make(row) for row in rows]


# Built once: her page asks it each time.
_OF_RECIPIENT = (
    select(LogEntry.order_id, func.count(), func.sum(LogEntry.units))
    .where(
        LogEntry.recipient_id == bindparam("recipient_id"),
        LogEntry.service.in_(HOURLY),
        LogEntry.day.between(bindparam("first"), bindparam("last")),
        LogEntry.struck_at.is_(None),
    )
    .group_by(LogEntry.order_id)
)


def of_recipient(session: Session, recipient_id: UUID, month: date) -> dict[UUID, MonthTotal]:
    """For each order of a recipient, what was rendered in a month; orders without visits are left out."""
    first = month.replace(day=1)
    asked = {"recipient_id": recipient_id, "first": first, "last": last_day_of_month(month)}
    rows = session.connection().execute(_OF_RECIPIENT, asked)
    return {row[0]: MonthTotal(first, row[1], row[2]) for row in rows}


def disputed_acts(session: Session, recipient_id: UUID) -> set[UUID]:
    """Acts that hold a visit to which the recipient objects and that is not settled: they cannot be signed."""
    return set(
        session.scalars(
            select(Act.id)
            .join(LogEntry, LogEntry.act_id == Act.id)
            .where(
                LogEntry.recipient_id == recipient_id,
                LogEntry.objected_at.is_not(None),
                LogEntry.settled_at.is_(None),
                LogEntry.struck_at.is_(None),
            )
        )
    )


def _visits(*conditions: ColumnElement[bool]) -> Select[*tuple[LogEntry, str | None, str | None, UUID, int, ActStatus]]:
    return (
        select(LogEntry, Person.last_name, Person.first_name, Act.id, Act.number, Act.status)
        .outerjoin(Specialist, Specialist.id == LogEntry.specialist_id)
        .outerjoin(Person, Person.id == Specialist.person_id)
        .outerjoin(Act, Act.id == LogEntry.act_id)
        .where(*conditions)
        .order_by(LogEntry.started_at, LogEntry.recorded_at, LogEntry.id)
    )
