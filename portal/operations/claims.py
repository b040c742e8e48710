"""Claims (R42.11, RI.5): paid money that was not due is claimed back, and comes back in one of three ways.

The provider repays it, or the office keeps it from a later payment (`operations.set_offs`), or takes the transfer back
at the payment system (`operations.reversals`). In each the claim is locked last, after all that its money is in.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.models.act import Act
from portal.models.claim import Claim, ClaimSettlement
from portal.models.document import Document, DocumentKind
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.service_log import LogEntry
from portal.operations import act_documents, documents, executions, ledger, locks, sms
from portal.operations.step import move
from portal.queries import people
from portal.rules import claims as rules
from portal.rules.act_lines import lines_of
from portal.rules.claims import MOVES, ClaimAction, ClaimStatus, SettlementKind, SettlementStatus
from portal.rules.quantities import day_of
from portal.rules.roles import Role
from portal.rules.service import Service, unit_of
from portal.sms import texts


def make(
    session: Session,
    act: Act,
    payment: Payment,
    entitlement: Entitlement,
    later: Sequence[LogEntry],
    reason: str,
    event_id: UUID | None,
    now: datetime,
) -> Claim:
    """The money of entries of a paid act that do not count is claimed back; they are struck afterwards.

    A correction document says which they are, and what the act comes to without them (RI.5).
    """
    held = session.scalars(select(LogEntry).where(LogEntry.act_id == act.id, LogEntry.struck_at.is_(None))).all()
    old, new = (_tiyn(entries, act.service) for entries in (held, [entry for entry in held if entry not in later]))
    units = sum(entry.units for entry in later)
    claim = Claim(
        id=uuid4(),
        office_id=act.office_id,
        provider_id=act.provider_id,
        act_id=act.id,
        payment_id=payment.id,
        event_id=event_id,
        units=units,
        amount_tiyn=old - new,
        settled_tiyn=0,
        status=ClaimStatus.OPEN,
        reason=reason,
        claimed_at=now,
        due_on=rules.repay_due_on(now.date()),
    )
    claim.correction_id = _correction(session, act, claim, later, (old, new), now).id
    session.add(claim)
    session.flush()
    order = session.get_one(Order, act.order_id)
    ledger.claim(session, entitlement, order, act.id, units, claim.amount_tiyn, now)
    note(session, claim, "claim", SYSTEM, now, amount_tiyn=claim.amount_tiyn, act=act.number, reason=claim.reason)
    for person in people.staff(session, act.provider_id):
        text = texts.claim_made(person, act.number, claim.amount_tiyn, claim.due_on)
        sms.owe(session, person, f"claim:{claim.id}:{person.id}", text, now)
    executions.owe_claim(session, claim, now)
    return claim


def repay(
    session: Session, claim_id: UUID, on: date, reference: str, amount_tiyn: int, actor: Actor, now: datetime
) -> Claim:
    """The provider has paid back: the day, the number of the bank's document, how much.

    The same document for the same claim again changes nothing.
    """
    claim = lock(session, claim_id, actor)
    reference = reference.strip()
    if any(one.reference == reference for one in claim.settlements if one.kind is SettlementKind.REPAYMENT):
        return claim
    rules.check_settling(claim.status, amount_tiyn, claim.left_tiyn - claim.under_way_tiyn)
    rules.check_repaid_on(on, day_of(claim.claimed_at), day_of(now))
    repaid = ClaimSettlement(
        claim=claim,
        kind=SettlementKind.REPAYMENT,
        status=SettlementStatus.DONE,
        amount_tiyn=amount_tiyn,
        reference=reference,
        repaid_on=on,
        recorded_at=now,
        recorded_by_id=actor.person_id,
        settled_at=now,
    )
    session.add(repaid)
    settle(session, claim, repaid, actor, now)
    return claim


def settle(session: Session, claim: Claim, by: ClaimSettlement, actor: Actor, now: datetime) -> None:
    """Money of a claim has come back; a claim of which all has come is settled. The caller holds its locks."""
    act = session.get_one(Act, claim.act_id)
    order = session.get_one(Order, act.order_id)
    ledger.recover(session, order.entitlement, order, act.id, by.amount_tiyn, now)
    note(session, claim, by.kind.value, actor, now, amount_tiyn=by.amount_tiyn)
    claim.settled_tiyn += by.amount_tiyn
    if claim.settled_tiyn == claim.amount_tiyn:
        move(session, claim, MOVES, ClaimAction.SETTLE, actor, now, point="R42.11", about=act.recipient_id)
    session.flush()
    executions.owe_claim(session, claim, now, by)


def withdraw(session: Session, claim: Claim, now: datetime) -> None:
    """The claim was made by mistake: its money counts as paid again. The visits are used again before."""
    act = session.get_one(Act, claim.act_id)
    order = session.get_one(Order, act.order_id)
    move(session, claim, MOVES, ClaimAction.WITHDRAW, SYSTEM, now, point="R83.6", about=act.recipient_id)
    for person in people.staff(session, act.provider_id):
        text = texts.claim_withdrawn(person, act.number, claim.amount_tiyn)
        sms.owe(session, person, f"claim:{claim.id}:withdrawn:{person.id}", text, now)
    ledger.unclaim(session, order.entitlement, order, act.id, claim.units, claim.amount_tiyn, now)
    session.flush()
    executions.owe_claim(session, claim, now)


def is_untouched(claim: Claim) -> bool:
    """Whether nothing of an open claim has come back or is on its way: only then can it be withdrawn, whole."""
    return claim.status is ClaimStatus.OPEN and claim.settled_tiyn == 0 and claim.under_way_tiyn == 0


def lock(session: Session, claim_id: UUID, actor: Actor) -> Claim:
    """The claim, locked after its payment; another office's is not found."""
    mine = select(Claim.id).where(Claim.id == claim_id, Claim.office_id == actor.organisation_id)
    if actor.role is not Role.OFFICE or session.scalar(mine) is None:
        raise LookupError("no such claim")
    claim = locks.claim(session, claim_id)
    session.refresh(claim, ["settlements"])
    return claim


def note(session: Session, claim: Claim, action: str, actor: Actor, now: datetime, **details: Any) -> None:
    """A row of the journal about a claim that stays where it stands."""
    about = session.get_one(Act, claim.act_id).recipient_id
    stands = claim.status.value
    record(session, actor, now, thing="claims", thing_id=claim.id, action=action, about=about, after=stands, **details)


def _tiyn(entries: Sequence[LogEntry], service: Service) -> int:
    return sum(line.amount_tiyn for line in lines_of(entries, service))


def _correction(
    session: Session, act: Act, claim: Claim, later: Sequence[LogEntry], tiyn: tuple[int, int], now: datetime
) -> Document:
    """What the portal itself puts down: the old act, the visits that do not count, the old and the new amount."""
    body = {
        "signers": [],
        "claim": {"id": str(claim.id), "due_on": claim.due_on.isoformat(), "amount_tiyn": claim.amount_tiyn},
        "act": {
            "id": str(act.id),
            "number": act.number,
            "document": str(act.document_id),
            "month": f"{act.month:%Y-%m}",
            "service": act.service.value,
        },
        "reason": claim.reason,
        "struck": [act_documents.row(entry) for entry in later],
        "units": claim.units,
        "unit": unit_of(act.service).value,
        "old_amount_tiyn": tiyn[0],
        "new_amount_tiyn": tiyn[1],
    }
    return documents.prepare(
        session,
        DocumentKind.CORRECTION,
        act.id,
        body,
        recipient_id=act.recipient_id,
        provider_id=act.provider_id,
        signer_id=None,
        now=now,
        corrects_id=act.document_id,
    )
