"""Objecting to a visit and settling it (R42.5): an objected visit stays out of acts until it is settled."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.act import Act
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.provider import Specialist
from portal.models.service_log import LogEntry
from portal.operations import choice, ledger, locks
from portal.queries import people
from portal.rules.acts import LIVE, ActStatus
from portal.rules.deciding import check_decider
from portal.rules.objections import Settlement, check_not_decided, check_objection, check_reason, check_settle
from portal.rules.roles import Role
from portal.rules.service_log import ObjectionReason, check_strike


def object_to(
    session: Session, entry_id: UUID, reason: ObjectionReason, note: str, actor: Actor, now: datetime
) -> LogEntry:
    """The recipient objects to a visit: it stays out of acts until settled. The same objection again changes nothing.

    LookupError when it is not a visit to this recipient.
    """
    entry, _order, _entitlement = locks.entry(session, entry_id)
    if actor.role is not Role.RECIPIENT or entry.recipient_id != actor.for_person_id:
        raise LookupError("no such visit")
    note = note.strip()
    if entry.is_objected and (entry.objection_reason, entry.objection_note) == (reason.value, note):
        return entry
    check_reason(entry.service, reason)
    check_objection(entry, act_signed=_act_signed(session, entry))
    check_not_decided(entry.settlement)
    entry.objected_at, entry.objection_reason, entry.objection_note = now, reason.value, note
    entry.settled_at, entry.settlement, entry.settlement_note = None, None, ""
    _record(session, entry, "object", actor, now, note, reason=reason.value)
    return entry


def settle(
    session: Session, entry_id: UUID, settlement: Settlement, note: str, actor: Actor, now: datetime
) -> LogEntry:
    """End an objection: the recipient takes it back, the provider strikes the visit, the office strikes it or lets it
    stand.

    A struck visit gives its minutes back (RI.1). Nobody of an office decides about their own kin (R42.9). LookupError
    when the visit is none of the actor's.
    """
    entry, order, entitlement = locks.entry(session, entry_id)
    if not _is_concerned(session, entry, order, actor):
        raise LookupError("no such visit")
    check_settle(entry, settlement, actor.role, note)
    if actor.role is Role.OFFICE:
        check_may_decide(session, entry, actor, now)
    if settlement is Settlement.STRUCK:
        strike(session, entry, order, entitlement, note, now)
    entry.settled_at, entry.settlement, entry.settlement_note = now, settlement.value, note.strip()
    _record(session, entry, "settle", actor, now, entry.settlement_note, settlement=settlement.value)
    return entry


def strike(
    session: Session, entry: LogEntry, order: Order, entitlement: Entitlement, reason: str, now: datetime
) -> None:
    """A visit counts no more: it stays to be seen, and its minutes go back (RI.1). The caller holds its locks."""
    check_strike(entry, in_live_act=_act_status(session, entry) in LIVE)
    entry.struck_at, entry.strike_reason = now, reason.strip()
    ledger.unuse(session, entitlement, order, entry.id, entry.units, now)
    choice.resume(session, entitlement, now)


def _act_status(session: Session, entry: LogEntry) -> ActStatus | None:
    """Where the act that holds the visit stands; whoever moves an act holds its order's lock, which is ours now."""
    return session.scalar(select(Act.status).where(Act.id == entry.act_id)) if entry.act_id else None


def _act_signed(session: Session, entry: LogEntry) -> bool:
    return _act_status(session, entry) in LIVE - {ActStatus.DRAWN_UP}


def _is_concerned(session: Session, entry: LogEntry, order: Order, actor: Actor) -> bool:
    if actor.role is Role.RECIPIENT:
        return entry.recipient_id == actor.for_person_id
    if actor.role is Role.OFFICE:
        return order.office_id == actor.organisation_id
    if actor.role is Role.SPECIALIST and entry.specialist_id:
        served = session.get_one(Specialist, entry.specialist_id)
        return served.person_id == actor.person_id and served.provider_id == actor.organisation_id
    return actor.role is Role.PROVIDER and order.provider_id == actor.organisation_id


def check_may_decide(session: Session, entry: LogEntry, actor: Actor, now: datetime) -> None:
    """Nobody of an office decides on what was rendered to their own kin, or by them (R42.9)."""
    if actor.person_id is None:
        raise LookupError("nobody decides")
    served = session.get(Specialist, entry.specialist_id) if entry.specialist_id else None
    acting = people.representatives(session, entry.recipient_id, now.date())
    check_decider(
        actor.person_id,
        concerned={entry.recipient_id, *({served.person_id} if served else ()), *(person.id for person in acting)},
        relatives=people.relatives(session, actor.person_id),
        prepared_by={entry.recorded_by_id},
    )


def _record(
    session: Session, entry: LogEntry, action: str, actor: Actor, now: datetime, note: str, **details: str
) -> None:
    record(
        session,
        actor,
        now,
        thing="log_entries",
        thing_id=entry.id,
        action=action,
        about=entry.recipient_id,
        personal={"note": note} if note else None,
        **details,
    )
