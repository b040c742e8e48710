"""Where the hours of an entitlement went: every posting with its order and visit, and the money beside it (RI.1).

The statements are built once: her page asks each of them every time, and a long-served person has thousands of rows.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from portal.models.act import Act
from portal.models.entitlement import Account, Cause, MoneyPosting, Posting, Purse
from portal.models.order import Order
from portal.models.person import Person
from portal.models.person_event import PersonEvent
from portal.models.provider import Provider, Specialist
from portal.models.service_log import LogEntry
from portal.rules.orders import OrderStatus
from portal.rules.returns import EventKind
from portal.rules.terms import add_months

ROWS_A_PAGE = 40
"""On a phone each line is a card: more would be a page of a hundred screens."""


class Movement(NamedTuple):
    """One posting: how many units went from where to where, when and why; with its order and its visit."""

    id: int
    source: Account
    target: Account
    units: int
    cause: Cause
    posted_at: datetime
    order_id: UUID | None
    number: int | None
    status: OrderStatus | None
    reason: str | None
    name_kk: str | None
    name_ru: str | None
    day: date | None
    started_at: datetime | None
    ended_at: datetime | None
    strike_reason: str | None
    last_name: str | None
    first_name: str | None
    event: EventKind | None
    """What became known of the person and caused it."""


class MonthOfPostings(NamedTuple):
    """What the postings of one month did to each account; `rows` is how many, `first_id` the first."""

    month: date
    rows: int
    first_id: int
    available: int
    reserved: int
    used: int
    returned: int


class MoneyMovement(NamedTuple):
    """One posting of money: with its order and, where there is one, its act."""

    source: Purse
    target: Purse
    tiyn: int
    cause: Cause
    posted_at: datetime
    order_id: UUID
    number: int
    name_kk: str
    name_ru: str
    act_number: int | None


_ENTITLEMENT: BindParameter[UUID] = bindparam("entitlement_id")
_SERVING = aliased(Person)

# First the postings of the page, then what belongs to them: the other way round, thousands would be joined in vain.
_POSTED = aliased(
    Posting,
    select(Posting)
    .where(Posting.entitlement_id == _ENTITLEMENT)
    .order_by(Posting.posted_at.desc(), Posting.id.desc())
    .limit(bindparam("size"))
    .offset(bindparam("skipped"))
    .subquery(),
)
_MOVEMENTS: Select[*tuple[Any, ...]] = (
    select(
        _POSTED.id,
        _POSTED.source,
        _POSTED.target,
        _POSTED.units,
        _POSTED.cause,
        _POSTED.posted_at,
        _POSTED.order_id,
        Order.number,
        Order.status,
        Order.reason,
        Provider.name_kk,
        Provider.name_ru,
        LogEntry.day,
        LogEntry.started_at,
        LogEntry.ended_at,
        LogEntry.strike_reason,
        _SERVING.last_name,
        _SERVING.first_name,
        PersonEvent.kind,
    )
    .outerjoin(Order, Order.id == _POSTED.order_id)
    .outerjoin(Provider, Provider.id == Order.provider_id)
    .outerjoin(LogEntry, LogEntry.id == _POSTED.log_entry_id)
    .outerjoin(Specialist, Specialist.id == LogEntry.specialist_id)
    .outerjoin(_SERVING, _SERVING.id == Specialist.person_id)
    .outerjoin(PersonEvent, PersonEvent.id == _POSTED.event_id)
    .order_by(_POSTED.posted_at.desc(), _POSTED.id.desc())
)


def _change(account: Account) -> Any:
    moved = case((Posting.target == account, Posting.units), (Posting.source == account, -Posting.units), else_=0)
    return func.sum(moved)


_ALMATY: ColumnElement[Any] = literal_column("interval '5 hours'")
"""The law's time; '+05' would be five hours the other way, as POSIX has it."""
_MONTH = func.date(func.date_trunc("month", func.timezone(_ALMATY, Posting.posted_at)))
_MONTHS = (
    select(
        _MONTH,
        func.count(),
        func.min(Posting.id),
        _change(Account.AVAILABLE),
        _change(Account.RESERVED),
        _change(Account.USED),
        _change(Account.RETURNED),
    )
    .where(Posting.entitlement_id == _ENTITLEMENT)
    .group_by(_MONTH)
    .order_by(_MONTH)
)

_MONEY: Select[*tuple[Any, ...]] = (
    select(
        MoneyPosting.source,
        MoneyPosting.target,
        MoneyPosting.tiyn,
        MoneyPosting.cause,
        MoneyPosting.posted_at,
        MoneyPosting.order_id,
        Order.number,
        Provider.name_kk,
        Provider.name_ru,
        Act.number,
    )
    .join(Order, Order.id == MoneyPosting.order_id)
    .join(Provider, Provider.id == Order.provider_id)
    .outerjoin(Act, Act.id == MoneyPosting.act_id)
    .where(MoneyPosting.entitlement_id == _ENTITLEMENT)
    .order_by(MoneyPosting.posted_at.desc(), MoneyPosting.id.desc())
    .limit(bindparam("size"))
    .offset(bindparam("skipped"))
)


def movements(session: Session, entitlement_id: UUID, number: int) -> list[Movement]:
    """A page of the postings of an entitlement, the latest first."""
    rows = session.connection().execute(_MOVEMENTS, _page(entitlement_id, number))
    return [Movement._make(row) for row in rows]


def months(session: Session, entitlement_id: UUID) -> list[MonthOfPostings]:
    """What each month with postings did, the first month first."""
    rows = session.connection().execute(_MONTHS, {"entitlement_id": entitlement_id})
    return [MonthOfPostings._make(row) for row in rows]


def balances(changes: Iterable[MonthOfPostings], until: date) -> list[MonthOfPostings]:
    """What was on each account at the end of every month up to the one of `until`; `rows` and `first_id` stay."""
    by_month = {one.month: one for one in changes}
    month = min(by_month, default=until)
    held, said = (0, 0, 0, 0), []
    while month <= max([until, *by_month]):
        change = by_month.get(month, MonthOfPostings(month, 0, 0, 0, 0, 0, 0))
        held = tuple(a + b for a, b in zip(held, change[3:], strict=True))  # type: ignore[assignment]
        said.append(MonthOfPostings(month, change.rows, change.first_id, *held))
        month = add_months(month, 1)
    return said


def money(session: Session, entitlement_id: UUID, number: int) -> list[MoneyMovement]:
    """A page of the money of an entitlement, the latest first; one row more when there is a next page."""
    rows = session.connection().execute(_MONEY, _page(entitlement_id, number, 1))
    return [MoneyMovement._make(row) for row in rows]


def _page(entitlement_id: UUID, number: int, more: int = 0) -> dict[str, Any]:
    skipped = (number - 1) * ROWS_A_PAGE
    return {"entitlement_id": entitlement_id, "size": ROWS_A_PAGE + more, "skipped": skipped}
