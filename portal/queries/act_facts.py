"""An act beside everything it is compared with: what the automatic checks look at (R42.9, R42.10).

The provider asks it before sending, the office after: both see the very same findings.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from portal.models.act import Act, ActLine
from portal.models.document import Document
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Specialist
from portal.models.reference import GuaranteedAmount
from portal.models.service_log import LogEntry
from portal.rules.act_lines import LineValue
from portal.rules.check_facts import ActFacts, SignatureFacts, Visit, VisitTime
from portal.rules.orders import OrderStatus
from portal.rules.quantities import LAW_TIME, day_of
from portal.rules.roles import Role
from portal.rules.service import CLASSIFIER_CODE, GOODS, HOURLY, Service
from portal.rules.sheets import signatories
from portal.rules.terms import add_months
from portal.signing.envelopes import parse, sha256_hex

_RUNNING = frozenset({OrderStatus.ACCEPTED, OrderStatus.STOPPED, OrderStatus.CLOSED})


def of(session: Session, act: Act, today: date | None = None) -> ActFacts:
    """The facts of an act; an act that was not sent yet counts as sent `today`."""
    order = session.get_one(Order, act.order_id)
    recipient = session.get_one(Person, act.recipient_id)
    documents = _documents(session, act, order)
    held = _held(session, act)
    facts = _of_order(session, act, order, documents, [_visit(entry, person_id) for entry, person_id in held])
    return replace(
        facts,
        sent_on=day_of(act.submitted_at) if act.submitted_at else (today or act.submit_due_on),
        is_sent=act.submitted_at is not None,
        unsigned_sheets=_unsigned_sheets(act, documents, recipient.died_on is not None),
        unchanged_since_signed=_unchanged(documents[act.document_id], [entry for entry, _ in held]),
        died_on=recipient.died_on,
        departed_on=recipient.departed_on,
        guaranteed_on=_guaranteed_on(session, order, [visit.day for visit in facts.visits]),
        of_recipient=_elsewhere(session, _others(act).where(LogEntry.service == act.service, _of_recipient(act))),
        of_specialists=_elsewhere(session, _others(act).where(_of_specialists(act))),
    )


def _of_order(
    session: Session, act: Act, order: Order, documents: Mapping[UUID, Document], visits: Sequence[Visit]
) -> ActFacts:
    """The act with its visits beside its order and its entitlement."""
    entitlement = session.get_one(Entitlement, order.entitlement_id)
    return ActFacts(
        service=act.service,
        month=act.month,
        units=act.units,
        amount_tiyn=act.amount_tiyn,
        lines=[_line(row) for row in act.lines],
        visits=visits,
        order_status=order.status,
        order_signed=_signed_by(documents[order.document_id], Role.RECIPIENT),
        accepted_on=_accepted_on(order),
        order_starts_on=order.starts_on,
        order_ends_on=_last_day(order),
        ordered=order.units,
        used=order.used,
        granted=entitlement.granted,
        entitlement_used=entitlement.used,
        year_minutes=_year_minutes(session, act),
        submit_due_on=act.submit_due_on,
        sent_on=act.submit_due_on,
        signatures=_signatures(documents[act.document_id]),
    )


def _documents(session: Session, act: Act, order: Order) -> Mapping[UUID, Document]:
    """The documents of the act, its sheets and its order, with their signatures, by their ids."""
    wanted = {act.document_id, order.document_id, *(sheet.document_id for sheet in act.sheets)}
    found = session.scalars(
        select(Document).where(Document.id.in_(wanted)).options(selectinload(Document.signatures))
    ).all()
    return {document.id: document for document in found}


def _line(row: ActLine) -> LineValue:
    return LineValue(row.units, row.price_tiyn, row.guaranteed_tiyn, row.rate_tiyn, row.amount_tiyn, row.surcharge_tiyn)


def _last_day(order: Order) -> date:
    """The last day that counts: an event ends an order on its day, everything else not before the moment it came.

    So a newer version that shortens a measure to a day that has passed takes nothing from what the office has.
    """
    if order.ended_on is None or order.ended_at is None:
        return order.ends_on
    over_on = order.ended_on if order.ended_by_id else max(order.ended_on, day_of(order.ended_at))
    return min(order.ends_on, over_on)


def _accepted_on(order: Order) -> date | None:
    return day_of(order.answered_at) if order.answered_at and order.status in _RUNNING else None


def _signed_by(document: Document, role: Role) -> bool:
    return any(signature.role is role for signature in document.signatures)


def _signatures(document: Document) -> list[SignatureFacts]:
    """Every signature was checked when it was taken; it stays valid as long as the bytes are those that were signed."""
    whole = sha256_hex(document.body) == document.sha256
    return [SignatureFacts(signature.role, whole) for signature in document.signatures]


def _unsigned_sheets(act: Act, documents: Mapping[UUID, Document], died: bool) -> int:
    """How many sheets lack a signature; the recipient's over the act, which holds their rows, counts for the sheets."""
    needed = signatories(act.service, recipient_died=died)
    of_act = {signature.role for signature in documents[act.document_id].signatures} & {Role.RECIPIENT}
    signed = [
        of_act | {signature.role for signature in documents[sheet.document_id].signatures} for sheet in act.sheets
    ]
    return sum(not needed <= roles for roles in signed)


def _held(session: Session, act: Act) -> list[tuple[LogEntry, UUID]]:
    """The visits that the act holds, each with the person who served: for two providers, yet one person (RI.3).

    Of goods the hand-over, with whoever wrote it down.
    """
    return [
        (entry, person_id)
        for entry, person_id in session.execute(
            select(LogEntry, func.coalesce(Specialist.person_id, LogEntry.recorded_by_id))
            .outerjoin(Specialist, Specialist.id == LogEntry.specialist_id)
            .where(LogEntry.act_id == act.id)
            .order_by(LogEntry.started_at, LogEntry.id)
        )
    ]


def _visit(entry: LogEntry, person_id: UUID) -> Visit:
    return Visit(
        day=entry.day,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        minutes=0 if entry.service in GOODS else entry.minutes,
        specialist_id=person_id,
        units=entry.units,
        price_tiyn=entry.price_tiyn,
        guaranteed_tiyn=entry.guaranteed_tiyn,
        recorded_at=entry.recorded_at,
        is_objected=entry.is_objected,
        is_struck=entry.struck_at is not None,
    )


def _unchanged(document: Document, held: Sequence[LogEntry]) -> bool:
    """Whether the log still says, visit by visit, what the act said when it was fixed for signing (RI.5)."""
    body = parse(document.body)
    said = {
        (row["id"], row["day"], row["start"], row["end"], row["minutes"], row.get("places", row.get("way")))
        for sheet in body.get("sheets", [])
        for row in sheet["rows"]
    } | {(row["id"], row["day"], "", "", row["units"], row["way"]) for row in body.get("hand_overs", [])}
    return said == {_as_said(entry) for entry in held}


def _as_said(entry: LogEntry) -> tuple[str, str, str, str, int, str]:
    if entry.service not in HOURLY:
        return (str(entry.id), entry.day.isoformat(), "", "", entry.units, entry.way)
    return (
        str(entry.id),
        entry.day.isoformat(),
        f"{entry.started_at.astimezone(LAW_TIME):%H:%M}",
        f"{entry.ended_at.astimezone(LAW_TIME):%H:%M}",
        entry.minutes,
        entry.places if entry.service is Service.ASSISTANT else entry.way,
    )


def _year_minutes(session: Session, act: Act) -> int:
    """What was rendered to the recipient of this service in the calendar year, by all providers."""
    first = act.month.replace(month=1, day=1)
    return (
        session.scalar(
            select(func.coalesce(func.sum(LogEntry.units), 0)).where(
                _of_recipient(act),
                LogEntry.service == act.service,
                LogEntry.day >= first,
                LogEntry.day < add_months(first, 12),
                LogEntry.struck_at.is_(None),
            )
        )
        or 0
    )


def _guaranteed_on(session: Session, order: Order, days: Collection[date]) -> dict[date, int]:
    """The guaranteed amount of each day, as the ministry's table has it now; of goods that of the acceptance (RG.3)."""
    code = CLASSIFIER_CODE.get(order.service) or session.get_one(Offer, order.offer_id).classifier_code
    rows = session.execute(
        select(GuaranteedAmount.valid_from, GuaranteedAmount.tiyn)
        .where(GuaranteedAmount.code == code)
        .order_by(GuaranteedAmount.valid_from, GuaranteedAmount.recorded_at.asc().nulls_first(), GuaranteedAmount.id)
    ).all()
    counts = _accepted_on(order) if order.service in GOODS else None
    return {day: tiyn for day in days for valid_from, tiyn in rows if valid_from <= (counts or day)}


def _others(act: Act) -> Select[LogEntry, UUID]:
    """Visits of the month and of the days beside it that stand in the log and are not in this act."""
    month, beside = act.month, timedelta(days=1)
    return (
        select(LogEntry, Specialist.person_id)
        .join(Specialist, Specialist.id == LogEntry.specialist_id)
        .where(
            LogEntry.day >= month - beside,
            LogEntry.day < add_months(month, 1) + beside,
            LogEntry.struck_at.is_(None),
            or_(LogEntry.act_id.is_(None), LogEntry.act_id != act.id),
        )
        .order_by(LogEntry.started_at, LogEntry.id)
    )


def _of_recipient(act: Act) -> ColumnElement[bool]:
    return LogEntry.recipient_id == act.recipient_id


def _of_specialists(act: Act) -> ColumnElement[bool]:
    return LogEntry.specialist_number.in_(
        select(LogEntry.specialist_number).where(LogEntry.act_id == act.id).scalar_subquery()
    )


def _elsewhere(session: Session, visits: Select[LogEntry, UUID]) -> list[VisitTime]:
    return [
        VisitTime(entry.day, entry.started_at, entry.ended_at, entry.minutes, person_id)
        for entry, person_id in session.execute(visits)
    ]
