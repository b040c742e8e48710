"""Reading who looked at a person's record (RI.6): rows of the journal that a page of office, provider or staff left."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.claim import Claim
from portal.models.document import Document
from portal.models.office import Office
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.queries.paged import Page, page
from portal.rules.roles import Role

LOOKED = "look"
"""What the journal calls it when somebody opened a page about a person, or about what is theirs."""
LISTED = "list"
"""What the journal calls it when somebody saw a person's name in a list."""


class Look(NamedTuple):
    """What was seen of whom; for a name in a list the thing is the person."""

    action: str
    thing: str
    thing_id: UUID
    about: UUID


class Seen(NamedTuple):
    """A look as the person reads it: when, by whom, in what role, of which organisation, at what."""

    at: datetime
    action: str
    thing: str
    role: Role
    last_name: str | None
    first_name: str | None
    name_kk: str | None
    name_ru: str | None
    number: int | None
    day: date | None

    @property
    def who(self) -> str:
        """The reader."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)


_ID: BindParameter[UUID] = bindparam("thing_id")

WHOSE: Mapping[str, tuple[str, Select[UUID]]] = {
    "person_id": ("people", select(Person.id).where(Person.id == _ID)),
    "order_id": ("orders", select(Order.recipient_id).where(Order.id == _ID)),
    "entry_id": ("log_entries", select(LogEntry.recipient_id).where(LogEntry.id == _ID)),
    "act_id": ("acts", select(Act.recipient_id).where(Act.id == _ID)),
    "document_id": ("documents", select(Document.recipient_id).where(Document.id == _ID)),
    "claim_id": ("claims", select(Act.recipient_id).join(Claim, Claim.act_id == Act.id).where(Claim.id == _ID)),
    "payment_id": (
        "payments",
        select(Act.recipient_id).join(Payment, Payment.act_id == Act.id).where(Payment.id == _ID),
    ),
}
"""By its name in an address: in which table a thing is, and how to find whose it is."""


def whose(session: Session, name: str, thing_id: UUID) -> Look | None:
    """The look at a thing that an address names; None when it is nobody's or is not there."""
    thing, statement = WHOSE[name]
    about = session.scalar(statement, {"thing_id": thing_id})
    return Look(LOOKED, thing, thing_id, about) if about else None


def written(
    session: Session, looks: Collection[Look], person_id: UUID | None, organisation_id: UUID | None, since: datetime
) -> set[Look]:
    """Which of these looks the reader's journal has since a moment."""
    rows = session.execute(
        select(AuditRow.action, AuditRow.thing, AuditRow.thing_id, AuditRow.for_person_id).where(
            AuditRow.thing.in_({look.thing for look in looks}),
            AuditRow.thing_id.in_([look.thing_id for look in looks]),
            AuditRow.action.in_((LOOKED, LISTED)),
            AuditRow.person_id == person_id,
            AuditRow.organisation_id == organisation_id,
            AuditRow.at >= since,
        )
    )
    return {Look._make(row) for row in rows}


_OF_PERSON: Select[*tuple[Any, ...]] = (
    select(
        AuditRow.at,
        AuditRow.action,
        AuditRow.thing,
        AuditRow.role,
        Person.last_name,
        Person.first_name,
        func.coalesce(Provider.name_kk, Office.name_kk),
        func.coalesce(Provider.name_ru, Office.name_ru),
        func.coalesce(Order.number, Act.number),
        LogEntry.day,
    )
    .outerjoin(Person, Person.id == AuditRow.person_id)
    .outerjoin(Provider, Provider.id == AuditRow.organisation_id)
    .outerjoin(Office, Office.id == AuditRow.organisation_id)
    .outerjoin(Order, (Order.id == AuditRow.thing_id) & (AuditRow.thing == "orders"))
    .outerjoin(Act, (Act.id == AuditRow.thing_id) & (AuditRow.thing == "acts"))
    .outerjoin(LogEntry, (LogEntry.id == AuditRow.thing_id) & (AuditRow.thing == "log_entries"))
    .where(AuditRow.for_person_id == bindparam("person_id"), AuditRow.action.in_((LOOKED, LISTED)))
    .order_by(AuditRow.id.desc())
)


def of_person(session: Session, person_id: UUID, number: int, size: int = 50) -> Page[Seen]:
    """A page of who looked at a person's record, the latest first."""
    found = page(session, _OF_PERSON.params(person_id=person_id), number, size)
    return Page([Seen._make(row) for row in found.rows], found.number, found.total, found.size)
