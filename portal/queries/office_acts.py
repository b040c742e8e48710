"""Acts as an employment office sees them (R42.9): only those that were sent to it, only of its own district."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from portal.models.act import Act, Sheet
from portal.models.audit import AuditRow
from portal.models.document import Document, Signature
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider, Specialist
from portal.models.service_log import LogEntry
from portal.queries.paged import Page, page
from portal.rules.acts import WITH_OFFICE, ActStatus
from portal.rules.service import Service


class Stage(StrEnum):
    """How an office sorts its acts."""

    WAITING = "waiting"
    MINE = "mine"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    PAID = "paid"
    ALL = "all"


_OF_STAGE: dict[Stage, frozenset[ActStatus]] = {
    Stage.WAITING: WITH_OFFICE,
    Stage.MINE: frozenset({ActStatus.UNDER_REVIEW}),
    Stage.ACCEPTED: frozenset({ActStatus.ACCEPTED}),
    Stage.RETURNED: frozenset({ActStatus.RETURNED, ActStatus.SET_ASIDE}),
    Stage.PAID: frozenset({ActStatus.PAID}),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a clerk looks for: words are matched with names, figures with the numbers of acts and orders."""

    stage: Stage = Stage.WAITING
    provider_id: UUID | None = None
    service: Service | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class ActRow:
    """An act of a list, with who is checking it."""

    act: Act
    taken_up_by: Person | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Acts that wait for an office, by when their term ends; `mine` are being checked by the one who asks."""

    late: int
    today: int
    this_week: int
    later: int
    mine: int

    @property
    def waiting(self) -> int:
        """All that wait."""
        return self.late + self.today + self.this_week + self.later


@dataclass(frozen=True, slots=True)
class History:
    """What an office decided on the acts of a provider, and for which reasons it returned some."""

    accepted: int = 0
    returned: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


def queue(session: Session, office_id: UUID, person_id: UUID, wanted: Wanted, number: int) -> Page[ActRow]:
    """A page of the office's acts: those that wait by their term, decided ones the latest first."""
    conditions = [Act.office_id == office_id, Act.submitted_at.is_not(None), *_conditions(wanted, person_id)]
    waiting = wanted.stage in {Stage.WAITING, Stage.MINE}
    order: tuple[ColumnElement[Any], ...] = (Act.check_due_on.asc(), Act.id.asc())
    if not waiting:
        order = (Act.decided_at.desc().nulls_first(), Act.check_due_on.asc(), Act.id.asc())
    found = page(session, _rows(*conditions).order_by(*order), number)
    return Page([ActRow(*row) for row in found.rows], found.number, found.total, found.size)


def providers(session: Session, office_id: UUID) -> Sequence[Provider]:
    """Providers that have sent acts to the office, by name; for the filter."""
    theirs = select(Act.provider_id).where(Act.office_id == office_id, Act.submitted_at.is_not(None))
    return session.scalars(
        select(Provider).where(Provider.id.in_(theirs)).order_by(Provider.name_ru, Provider.id)
    ).all()


def counts(session: Session, office_id: UUID, person_id: UUID, today: date, week_ends_on: date) -> Counts:
    """How many acts are late, due today, due until the end of the week, due later, and in one's own hands."""
    due = Act.check_due_on
    row = session.execute(
        select(
            func.count().filter(due < today),
            func.count().filter(due == today),
            func.count().filter(due > today, due <= week_ends_on),
            func.count().filter(due > today, due > week_ends_on),
            func.count().filter(Act.status == ActStatus.UNDER_REVIEW, Act.taken_up_by_id == person_id),
        ).where(Act.office_id == office_id, Act.status.in_(WITH_OFFICE))
    ).one()
    return Counts(*row)


def get_for_office(session: Session, act_id: UUID, office_id: UUID) -> Act:
    """An act that was sent to this office, with everything its page shows; LookupError otherwise."""
    act = session.scalars(
        select(Act)
        .where(Act.id == act_id, Act.office_id == office_id, Act.submitted_at.is_not(None))
        .options(
            joinedload(Act.recipient),
            joinedload(Act.provider),
            joinedload(Act.order),
            selectinload(Act.lines),
            selectinload(Act.sheets).joinedload(Sheet.specialist),
        )
    ).one_or_none()
    if act is None:
        raise LookupError("no such act")
    return act


def documents(session: Session, act: Act) -> dict[UUID, Document]:
    """The documents of the act, its sheets and its order with their signatures and who signed, by their ids."""
    wanted = [act.document_id, act.order.document_id, *(sheet.document_id for sheet in act.sheets)]
    found = session.scalars(
        select(Document)
        .where(Document.id.in_(wanted))
        .options(selectinload(Document.signatures).joinedload(Signature.person))
    ).all()
    return {document.id: document for document in found}


def entries(session: Session, entry_ids: Collection[UUID]) -> Sequence[LogEntry]:
    """Visits by their ids, as they happened, with who served; also those of an act that holds them no more."""
    return session.scalars(
        select(LogEntry)
        .where(LogEntry.id.in_(entry_ids))
        .options(joinedload(LogEntry.specialist))
        .order_by(LogEntry.started_at, LogEntry.id)
    ).all()


def names(session: Session, person_ids: Collection[UUID | None]) -> dict[UUID, str]:
    """Full names of people, by their ids."""
    found = session.scalars(select(Person).where(Person.id.in_({one for one in person_ids if one})))
    return {person.id: person.full_name for person in found}


def journal(session: Session, *thing_ids: UUID) -> list[tuple[AuditRow, Person | None]]:
    """What happened to an act and its payment, the first thing first, each with who did it."""
    rows = session.execute(
        select(AuditRow, Person)
        .outerjoin(Person, Person.id == AuditRow.person_id)
        .where(AuditRow.thing.in_(("acts", "payments")), AuditRow.thing_id.in_(thing_ids))
        .order_by(AuditRow.id)
    )
    return [(row, person) for row, person in rows]


def payment_of(session: Session, act_id: UUID) -> Payment | None:
    """The payment of an act, once it is owed."""
    return session.scalars(select(Payment).where(Payment.act_id == act_id)).one_or_none()


def history(session: Session, office_id: UUID, provider_id: UUID) -> History:
    """What this office decided on the provider's acts up to now; what went back after late news nobody decided."""
    rows = session.execute(
        select(Act.status, Act.reason, func.count())
        .where(
            Act.office_id == office_id,
            Act.provider_id == provider_id,
            Act.status.in_((ActStatus.ACCEPTED, ActStatus.PAID, ActStatus.RETURNED)),
            Act.decided_by_id.is_not(None),
        )
        .group_by(Act.status, Act.reason)
        .order_by(func.count().desc(), Act.reason)
    ).all()
    returned = [(reason, count) for status, reason, count in rows if status is ActStatus.RETURNED]
    return History(
        accepted=sum(count for status, _, count in rows if status is not ActStatus.RETURNED),
        returned=sum(count for _, count in returned),
        reasons={reason: count for reason, count in returned if reason},
    )


def specialists(session: Session, act: Act) -> dict[UUID, Person]:
    """The people on the act's sheets, by their ids as specialists."""
    rows = session.execute(
        select(Specialist.id, Person)
        .join(Person, Person.id == Specialist.person_id)
        .where(Specialist.id.in_([sheet.specialist_id for sheet in act.sheets]))
    )
    return {row[0]: row[1] for row in rows}


def _rows(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    taken = aliased(Person)
    return (
        select(Act, taken)
        .join(Act.order)
        .join(Act.recipient)
        .join(Act.provider)
        .outerjoin(taken, taken.id == Act.taken_up_by_id)
        .where(*conditions)
        .options(contains_eager(Act.order), contains_eager(Act.recipient), contains_eager(Act.provider))
    )


def _conditions(wanted: Wanted, person_id: UUID) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.stage is not Stage.ALL:
        conditions.append(Act.status.in_(_OF_STAGE[wanted.stage]))
    if wanted.stage is Stage.MINE:
        conditions.append(Act.taken_up_by_id == person_id)
    if wanted.provider_id is not None:
        conditions.append(Act.provider_id == wanted.provider_id)
    if wanted.service is not None:
        conditions.append(Act.service == wanted.service)
    return conditions + [_matches(word) for word in wanted.text.split()]


def _matches(word: str) -> ColumnElement[bool]:
    """A word of a search: the number of an act or order, or a part of the recipient's or the provider's name."""
    word = word.strip("№#")
    if word.isascii() and word.isdecimal():
        number = int(word) if len(word) < 18 else 0
        return or_(Act.number == number, Order.number == number)
    columns = (Person.last_name, Person.first_name, Person.middle_name, Provider.name_kk, Provider.name_ru)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
