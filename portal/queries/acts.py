"""Reading acts for those who make them: the provider, the recipient, the specialists (R42.5–R42.9)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select, tuple_
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.models.act import Act, Sheet
from portal.models.document import Signature
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.person_event import PersonEvent
from portal.models.provider import Provider, Specialist
from portal.models.service_log import LogEntry
from portal.rules.acts import LIVE, WITH_OFFICE, ActStatus
from portal.rules.quantities import month_of
from portal.rules.roles import Role
from portal.rules.service import Service
from portal.rules.sheets import signatories

UNSENT = frozenset({ActStatus.DRAWN_UP, ActStatus.SIGNED})
"""Statuses in which an act is still at the provider: it lacks signatures or waits to be sent."""

CORRECTABLE = frozenset({ActStatus.RETURNED, ActStatus.WITHDRAWN, ActStatus.SET_ASIDE})
"""Statuses after which a new act of the same month names the old one (RI.5)."""

CONCLUDED = frozenset({ActStatus.ACCEPTED, ActStatus.PAID})
"""Statuses in which the office has said yes; a visit that is settled only now gets a further act."""

_SENT = frozenset({*WITH_OFFICE, *CONCLUDED})

_LATEST = (Act.month.desc(), Act.number.desc())


@dataclass(frozen=True, slots=True)
class Lacking:
    """Whose signatures an act still lacks before the provider's own: the recipient's, and specialists on sheets."""

    recipient: bool
    specialists: tuple[Person, ...]

    @property
    def nothing(self) -> bool:
        """True when only the provider's signature is missing."""
        return not self.recipient and not self.specialists


class Waiting(NamedTuple):
    """An act that waits for the recipient's signature, as their page shows it."""

    id: UUID
    number: int
    month: date
    service: Service
    units: int
    submit_due_on: date
    name_kk: str
    name_ru: str


@dataclass(frozen=True, slots=True)
class SheetToSign:
    """A sheet of a specialist with its act, and whether they have signed it."""

    sheet: Sheet
    act: Act
    is_signed: bool


def get_for_provider(session: Session, act_id: UUID, provider_id: UUID) -> Act:
    """An act of this provider with its lines and sheets; LookupError when it is not theirs."""
    return _one(session, _acts(Act.id == act_id, Act.provider_id == provider_id))


def next_to_send(session: Session, provider_id: UUID, after: UUID | None = None) -> Act | None:
    """The unsent act that lacks nobody else's signature and whose term ends first; the next one `after` an act."""
    found = _acts(Act.provider_id == provider_id, Act.status.in_(UNSENT))
    passed = session.get(Act, after) if after is not None else None
    if passed is not None and passed.provider_id == provider_id:
        found = found.where(tuple_(Act.submit_due_on, Act.number) > (passed.submit_due_on, passed.number))
    unsent = session.scalars(found.order_by(Act.submit_due_on, Act.number)).all()
    missing = lacking(session, unsent)
    return next((act for act in unsent if missing[act.id].nothing), None)


def of_recipient(session: Session, recipient_id: UUID) -> Sequence[Act]:
    """A recipient's acts, the latest month first; cancelled ones are left out."""
    return session.scalars(
        _acts(Act.recipient_id == recipient_id, Act.status != ActStatus.CANCELLED).order_by(*_LATEST)
    ).all()


def get_for_recipient(session: Session, act_id: UUID, recipient_id: UUID) -> Act:
    """An act about this recipient with its lines and sheets; LookupError when it is somebody else's."""
    return _one(session, _acts(Act.id == act_id, Act.recipient_id == recipient_id))


# Built once: her page asks it each time.
_WAITING = (
    select(
        Act.id,
        Act.number,
        Act.month,
        Act.service,
        Act.units,
        Act.submit_due_on,
        Provider.name_kk,
        Provider.name_ru,
    )
    .join(Provider, Provider.id == Act.provider_id)
    .join(Person, Person.id == Act.recipient_id)
    .where(Act.recipient_id == bindparam("recipient_id"), Act.status == ActStatus.DRAWN_UP, Person.died_on.is_(None))
    .order_by(Act.submit_due_on, Act.number)
)


def to_sign_by_recipient(session: Session, recipient_id: UUID) -> list[Waiting]:
    """Acts that wait for this recipient's signature, the one whose term ends first at the top; none after a death."""
    rows = session.connection().execute(_WAITING, {"recipient_id": recipient_id})
    return [Waiting._make(row) for row in rows]


def sheets_of_specialist(session: Session, person_id: UUID, provider_id: UUID, limit: int = 100) -> list[SheetToSign]:
    """A specialist's sheets at a provider, the latest month first; those of acts that do not stand are left out."""
    rows = session.execute(
        select(Sheet, Act)
        .join(Act, Act.id == Sheet.act_id)
        .join(Specialist, Specialist.id == Sheet.specialist_id)
        .where(
            Specialist.person_id == person_id,
            Specialist.provider_id == provider_id,
            Act.status.not_in({ActStatus.CANCELLED, ActStatus.WITHDRAWN}),
        )
        .options(joinedload(Act.recipient))
        .order_by(*_LATEST, Sheet.id)
        .limit(limit)
    ).all()
    signed = _signed(session, [row.Sheet.document_id for row in rows], Role.SPECIALIST)
    return [SheetToSign(row.Sheet, row.Act, row.Sheet.document_id in signed) for row in rows]


# Built once: every act that is drawn up asks them.
_NEWEST = (
    select(Act)
    .where(Act.order_id == bindparam("order_id"), Act.month == bindparam("month"))
    .order_by(Act.number.desc())
    .limit(1)
)
_STANDING = _NEWEST.where(Act.status.in_(LIVE))
_TO_CORRECT = _NEWEST.where(Act.status.in_(CORRECTABLE))


def standing(session: Session, order_id: UUID, month: date) -> Act | None:
    """The newest act that holds a month of an order, if there is one (RI.2)."""
    return session.scalars(_STANDING, {"order_id": order_id, "month": month_of(month)}).first()


def holding(session: Session, entry: LogEntry) -> Act | None:
    """The act that a visit stands in, if there is one; its month may have others."""
    act = session.get(Act, entry.act_id) if entry.act_id else None
    return act if act is not None and act.status in LIVE else None


def to_correct(session: Session, order_id: UUID, month: date, after: Act | None = None) -> Act | None:
    """The last act of this month that was returned or taken back: a new one names it (RI.5).

    Not one from before the act `after`, which was corrected by then.
    """
    last = session.scalars(_TO_CORRECT, {"order_id": order_id, "month": month_of(month)}).first()
    return None if last is None or (after is not None and last.number < after.number) else last


def correction_of(session: Session, act: Act) -> Act | None:
    """The standing act that names this one as the one it corrects."""
    return session.scalars(
        select(Act)
        .where(Act.corrects_id == act.id, Act.status != ActStatus.CANCELLED)
        .order_by(Act.drawn_up_at.desc(), Act.number.desc())
    ).first()


def ended_by_mistake(session: Session, recipient_id: UUID) -> Sequence[UUID]:
    """The acts of a recipient that went back or were set aside by an event that is undone, the oldest first.

    An event that was carried out again, because only another one was a mistake, counts.
    """
    again = aliased(PersonEvent)
    still = select(again.id).where(
        again.person_id == PersonEvent.person_id,
        again.kind == PersonEvent.kind,
        again.happened_on == PersonEvent.happened_on,
        again.programme_id.is_not_distinct_from(PersonEvent.programme_id),
        again.undone_at.is_(None),
    )
    undone = select(PersonEvent.id).where(
        PersonEvent.person_id == recipient_id, PersonEvent.undone_at.is_not(None), ~still.exists()
    )
    fallen = (Act.recipient_id == recipient_id, Act.status.in_(CORRECTABLE), Act.ended_by_id.in_(undone))
    return session.scalars(select(Act.id).where(*fallen).order_by(Act.number)).all()


def unsigned(session: Session, recipient_id: UUID) -> list[Act]:
    """The acts of a recipient that an office has or had before it and that lack a signature which only a death excuses.

    The oldest first; paid ones, too, but none that went back.
    """
    sent = select(Act).where(Act.recipient_id == recipient_id, Act.status.in_(_SENT)).order_by(Act.number)
    acts = session.scalars(sent).all()
    missing = lacking(session, acts, excused=False)
    return [act for act in acts if not missing[act.id].nothing]


def lacking(session: Session, acts: Sequence[Act], *, excused: bool = True) -> dict[UUID, Lacking]:
    """For each act, whose signatures it lacks; after a death only those that the law still asks for (R42.6–R42.8).

    Not `excused`: as if nobody had died.
    """
    sheets: defaultdict[UUID, list[tuple[UUID, Person]]] = defaultdict(list)
    rows = session.execute(
        select(Sheet.act_id, Sheet.document_id, Person)
        .join(Specialist, Specialist.id == Sheet.specialist_id)
        .join(Person, Person.id == Specialist.person_id)
        .where(Sheet.act_id.in_([act.id for act in acts]))
        .order_by(Person.last_name, Person.id)
    ).all()
    for act_id, document_id, person in rows:
        sheets[act_id].append((document_id, person))
    sheets_signed = _signed(session, [row.document_id for row in rows], Role.SPECIALIST)
    acts_signed = _signed(session, [act.document_id for act in acts], Role.RECIPIENT)
    found: dict[UUID, Lacking] = {}
    for act in acts:
        died = excused and act.recipient.died_on is not None
        asked = Role.SPECIALIST in signatories(act.service, recipient_died=died)
        found[act.id] = Lacking(
            recipient=not died and act.document_id not in acts_signed,
            specialists=tuple(who for document, who in sheets[act.id] if asked and document not in sheets_signed),
        )
    return found


def payments_of(session: Session, act_ids: Collection[UUID]) -> dict[UUID, Payment]:
    """The payment of each act that has one."""
    return {row.act_id: row for row in session.scalars(select(Payment).where(Payment.act_id.in_(act_ids)))}


def payments_of_provider(session: Session, provider_id: UUID, limit: int = 500) -> Sequence[Payment]:
    """A provider's payments with their acts, those not yet made first, then the latest."""
    return session.scalars(
        select(Payment)
        .where(Payment.provider_id == provider_id)
        .options(joinedload(Payment.act).joinedload(Act.recipient))
        .order_by(Payment.paid_at.desc().nulls_first(), Payment.owed_at.desc(), Payment.id)
        .limit(limit)
    ).all()


def _acts(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(Act)
        .where(*conditions)
        .options(
            joinedload(Act.recipient),
            joinedload(Act.order),
            joinedload(Act.provider),
            selectinload(Act.lines),
            selectinload(Act.sheets).joinedload(Sheet.specialist),
        )
    )


def _one(session: Session, found: Select[Any]) -> Act:
    act: Act | None = session.scalars(found).unique().one_or_none()
    if act is None:
        raise LookupError("no such act")
    return act


def _signed(session: Session, document_ids: Collection[UUID], role: Role) -> set[UUID]:
    return set(
        session.scalars(
            select(Signature.document_id).where(Signature.document_id.in_(document_ids), Signature.role == role)
        )
    )
