"""What happened to a person under one office: versions of programmes, months of visits, money, who acted."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.entitlement import Entitlement, MoneyPosting, Purse
from portal.models.order import Order
from portal.models.person import Person, Representation
from portal.models.programme import Programme
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.rules.service import HOURLY


class Version(NamedTuple):
    """A version of a programme that arrived (`receive`), or its early end (`close`)."""

    at: datetime
    action: str
    number: str
    version: str | None


class News(NamedTuple):
    """A death, a departure, a return, a mistake undone, or a move between offices; `day` is the day of the event."""

    at: datetime
    action: str
    day: str | None


NEWS = ("death", "departure", "return", "undo_death", "undo_departure", "move")
"""What the journal calls them."""


class Visits(NamedTuple):
    """The visits of an order in one month, `last_on` the last of them; struck ones count apart and have no minutes."""

    month: date
    number: int
    name_kk: str
    name_ru: str
    visits: int
    struck: int
    minutes: int
    last_on: date


class Money(NamedTuple):
    """Money for an act that was paid, claimed back from the provider, or came back."""

    at: datetime
    purse: Purse
    source: Purse
    act_id: UUID | None
    number: int | None
    name_kk: str
    name_ru: str
    tiyn: int


class Acting(NamedTuple):
    """Somebody who acts or acted for the person."""

    valid_from: date
    valid_to: date | None
    last_name: str
    first_name: str


def versions(session: Session, person_id: UUID, office_id: UUID) -> list[Version]:
    """Each version of a person's programmes, as the journal has it."""
    rows = session.execute(
        select(AuditRow.at, AuditRow.action, Programme.number, AuditRow.details["version"].astext)
        .join(Programme, Programme.id == AuditRow.thing_id)
        .where(AuditRow.for_person_id == person_id, AuditRow.thing == "programmes", Programme.office_id == office_id)
        .order_by(AuditRow.id)
    )
    return [Version._make(row) for row in rows]


def news(session: Session, person_id: UUID) -> list[News]:
    """What became known of a person, as the journal has it."""
    rows = session.execute(
        select(AuditRow.at, AuditRow.action, func.coalesce(AuditRow.after, AuditRow.before))
        .where(AuditRow.for_person_id == person_id, AuditRow.thing == "people", AuditRow.action.in_(NEWS))
        .order_by(AuditRow.id)
    )
    return [News._make(row) for row in rows]


def visits(session: Session, person_id: UUID, office_id: UUID) -> list[Visits]:
    """What was rendered, by month and order, the first month first."""
    month, counts = cast(func.date_trunc("month", LogEntry.day), Date), LogEntry.struck_at.is_(None)
    rows = session.execute(
        select(
            month,
            Order.number,
            Provider.name_kk,
            Provider.name_ru,
            func.count().filter(counts),
            func.count().filter(~counts),
            func.coalesce(func.sum(LogEntry.units).filter(counts), 0),
            func.max(LogEntry.day),
        )
        .join(Order, Order.id == LogEntry.order_id)
        .join(Provider, Provider.id == Order.provider_id)
        .where(LogEntry.recipient_id == person_id, Order.office_id == office_id, LogEntry.service.in_(HOURLY))
        .group_by(month, Order.number, Provider.name_kk, Provider.name_ru)
        .order_by(month, Order.number)
    )
    return [Visits._make(row) for row in rows]


def money(session: Session, person_id: UUID, office_id: UUID) -> list[Money]:
    """What was paid for the person, claimed back, and came back."""
    rows = session.execute(
        select(
            MoneyPosting.posted_at,
            MoneyPosting.target,
            MoneyPosting.source,
            MoneyPosting.act_id,
            Act.number,
            Provider.name_kk,
            Provider.name_ru,
            MoneyPosting.tiyn,
        )
        .join(Entitlement, Entitlement.id == MoneyPosting.entitlement_id)
        .join(Order, Order.id == MoneyPosting.order_id)
        .join(Provider, Provider.id == Order.provider_id)
        .outerjoin(Act, Act.id == MoneyPosting.act_id)
        .where(
            Entitlement.person_id == person_id,
            Entitlement.office_id == office_id,
            MoneyPosting.target.in_([Purse.PAID, Purse.CLAIMED, Purse.RECOVERED]),
        )
        .order_by(MoneyPosting.id)
    )
    return [Money._make(row) for row in rows]


def acting(session: Session, person_id: UUID) -> list[Acting]:
    """Everybody who ever acted for the person."""
    rows = session.execute(
        select(Representation.valid_from, Representation.valid_to, Person.last_name, Person.first_name)
        .join(Person, Person.id == Representation.person_id)
        .where(Representation.recipient_id == person_id)
        .order_by(Representation.valid_from, Representation.id)
    )
    return [Acting._make(row) for row in rows]
