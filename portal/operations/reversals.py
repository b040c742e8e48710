"""Reversal of a transfer (R42.11): written down before the payment system is asked, looked up after a lost answer.

Its settlement's id is the idempotency key and is in the reversal's metadata, so it is never taken back twice (RI.2).
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.models.act import Act
from portal.models.claim import Claim, ClaimSettlement
from portal.operations import claims, locks
from portal.operations.payments import LEASE, next_look
from portal.operations.step import move
from portal.payments.reversals import AskedBack, CameBack
from portal.queue import nudge
from portal.rules import claims as rules
from portal.rules.claims import SETTLEMENT_MOVES, SettlementAction, SettlementKind, SettlementStatus


def ask(session: Session, claim_id: UUID, actor: Actor, now: datetime) -> Claim:
    """Take what is left of a claim back from the transfer that paid it; asked once more, nothing changes."""
    claim = claims.lock(session, claim_id, actor)
    if any(_is_asked(one) for one in claim.settlements):
        return claim
    tiyn = claim.left_tiyn - claim.under_way_tiyn
    rules.check_settling(claim.status, tiyn, tiyn)
    rules.check_reversal(tiyn, _out_tiyn(session, claim))
    session.add(
        ClaimSettlement(
            id=uuid4(),
            claim=claim,
            kind=SettlementKind.REVERSAL,
            status=SettlementStatus.ASKED,
            amount_tiyn=tiyn,
            payment_id=claim.payment_id,
            recorded_at=now,
            recorded_by_id=actor.person_id,
            next_try_at=now,
        )
    )
    claims.note(session, claim, "ask_back", actor, now, amount_tiyn=tiyn)
    session.flush()
    nudge(session, "send_payments")
    return claim


def due(session: Session, now: datetime, limit: int) -> list[UUID]:
    """Reversals to be asked for or looked up now, those that waited longest first."""
    asked = select(ClaimSettlement.id).where(
        ClaimSettlement.kind == SettlementKind.REVERSAL,
        ClaimSettlement.status == SettlementStatus.ASKED,
        ClaimSettlement.next_try_at <= now,
    )
    return list(session.scalars(asked.order_by(ClaimSettlement.next_try_at, ClaimSettlement.id).limit(limit)))


def lease(session: Session, settlement_id: UUID, now: datetime) -> AskedBack | None:
    """The reversal, left for a while to the process that asks for it; None when its outcome is known."""
    claim, asked = _lock(session, settlement_id)
    if not _is_asked(asked) or (asked.next_try_at or now) > now:
        return None
    asked.next_try_at = now + LEASE
    return AskedBack(claim.payment.transfer_id or "", asked.amount_tiyn, str(asked.id))


def conclude(session: Session, settlement_id: UUID, outcome: CameBack, now: datetime) -> bool:
    """Write down what became of it; False when that is not known, or is written down already."""
    claim, asked = _lock(session, settlement_id)
    if not _is_asked(asked):
        return False
    if not outcome.reversal_id and not outcome.failure_code:
        asked.next_try_at = next_look(asked.recorded_at, now)
        return False
    action = SettlementAction.CONFIRM if outcome.reversal_id else SettlementAction.FAIL
    about = session.get_one(Act, claim.act_id).recipient_id
    move(session, asked, SETTLEMENT_MOVES, action, SYSTEM, now, point="R42.11", about=about, code=outcome.failure_code)
    asked.next_try_at = None
    if outcome.reversal_id:
        asked.reference, asked.settled_at = outcome.reversal_id, now
        claims.settle(session, claim, asked, SYSTEM, now)
    else:
        asked.failure_code = outcome.failure_code
    return True


def _lock(session: Session, settlement_id: UUID) -> tuple[Claim, ClaimSettlement]:
    asked = session.get_one(ClaimSettlement, settlement_id)
    claim = locks.claim(session, asked.claim_id)
    session.refresh(asked)
    return claim, asked


def _is_asked(one: ClaimSettlement) -> bool:
    return one.kind is SettlementKind.REVERSAL and one.status is SettlementStatus.ASKED


def _out_tiyn(session: Session, claim: Claim) -> int:
    """What of the payment's transfer is still out, as far as the portal knows."""
    taken = select(func.coalesce(func.sum(ClaimSettlement.amount_tiyn), 0)).where(
        ClaimSettlement.payment_id == claim.payment_id,
        ClaimSettlement.kind == SettlementKind.REVERSAL,
        ClaimSettlement.status != SettlementStatus.FAILED,
    )
    return claim.payment.transfer_tiyn - int(session.scalar(taken) or 0) if claim.payment.transfer_id else 0
