"""Set-off (R42.11): what a provider owes back is kept from the next payment that the same office makes to it.

It takes two transactions, because the payment and the claim are about different people, who are locked in one order:
first it is kept from the payment, and when the payment is made it counts for the claim.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.models.act import Act
from portal.models.claim import Claim, ClaimSettlement
from portal.models.payment import Payment
from portal.operations import claims, locks
from portal.operations.step import move
from portal.rules import claims as rules
from portal.rules.claims import SETTLEMENT_MOVES, SettlementAction, SettlementKind, SettlementStatus
from portal.rules.payments import PaymentStatus


def choose(session: Session, claim_id: UUID, actor: Actor, now: datetime) -> Claim:
    """From now on the claim is set off in the provider's next payments; chosen again, nothing changes."""
    claim = claims.lock(session, claim_id, actor)
    if claim.set_off_from_at is None:
        rules.check_settling(claim.status, claim.left_tiyn - claim.under_way_tiyn, claim.left_tiyn)
        claim.set_off_from_at = now
        claims.note(session, claim, "choose_set_off", actor, now)
    return claim


def keep(session: Session, payment: Payment, now: datetime) -> None:
    """Keep from a payment that is about to be asked for what its provider owes back, the oldest claim first.

    What an earlier attempt of it has kept stays kept. The caller holds the payment.
    """
    if payment.set_off_tiyn:
        return
    for claim in locks.claims(session, payment):
        session.refresh(claim, ["settlements"])
        tiyn = rules.set_off_tiyn(payment.transfer_tiyn, claim.left_tiyn - claim.under_way_tiyn)
        if tiyn <= 0:
            continue
        payment.set_off_tiyn += tiyn
        session.add(
            ClaimSettlement(
                claim=claim,
                kind=SettlementKind.SET_OFF,
                status=SettlementStatus.ASKED,
                amount_tiyn=tiyn,
                payment_id=payment.id,
                recorded_at=now,
            )
        )
    session.flush()


def drop(session: Session, payment: Payment, now: datetime) -> None:
    """A payment is not made after all: what was kept from it is still to come back. The caller holds the payment.

    It goes into the journal of that payment's recipient: nobody writes into two people's journals at once.
    """
    about = session.get_one(Act, payment.act_id).recipient_id
    of_payment = select(ClaimSettlement).join(Claim).where(ClaimSettlement.payment_id == payment.id, *_KEPT)
    for kept in session.scalars(of_payment.order_by(Claim.number).with_for_update(of=Claim, key_share=True)).all():
        _move(session, kept, SettlementAction.FAIL, about, now)
    payment.set_off_tiyn = 0


def due(session: Session, limit: int) -> list[UUID]:
    """What was kept from payments that are made by now, and does not count for its claim yet."""
    made = select(ClaimSettlement.id).join(Payment, Payment.id == ClaimSettlement.payment_id)
    made = made.where(Payment.status == PaymentStatus.PAID, *_KEPT)
    return list(session.scalars(made.order_by(ClaimSettlement.recorded_at, ClaimSettlement.id).limit(limit)))


def conclude(session: Session, settlement_id: UUID, now: datetime) -> bool:
    """What was kept from a payment that is made counts for its claim; False when it does already."""
    kept = session.get_one(ClaimSettlement, settlement_id)
    claim = locks.claim(session, kept.claim_id)
    session.refresh(kept)
    if kept.status is not SettlementStatus.ASKED:
        return False
    _move(session, kept, SettlementAction.CONFIRM, session.get_one(Act, claim.act_id).recipient_id, now)
    kept.settled_at = now
    claims.settle(session, claim, kept, SYSTEM, now)
    return True


_KEPT = (ClaimSettlement.kind == SettlementKind.SET_OFF, ClaimSettlement.status == SettlementStatus.ASKED)


def _move(session: Session, kept: ClaimSettlement, action: SettlementAction, about: UUID, now: datetime) -> None:
    move(session, kept, SETTLEMENT_MOVES, action, SYSTEM, now, point="R42.11", about=about)
