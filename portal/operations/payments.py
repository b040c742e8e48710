"""Payments (R42.11): approved by a second person, written down before they are asked for, concluded once.

What leaves the portal cannot be in one transaction with what it changes there. So an attempt is first written down as
ASKED, with its key and everything that is sent, and committed; its outcome is a transaction of its own. In between
stands `portal.payments.reconcile`, and `portal.jobs.payments` takes the three steps.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.models.act import Act
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.provider import Provider
from portal.operations import deciding, executions, late_news, ledger, locks, set_offs
from portal.operations.step import move
from portal.payments.answers import Transfer
from portal.payments.reconcile import Asked, Outcome
from portal.queries import act_facts
from portal.queue import nudge
from portal.rules.acts import MOVES as ACT_MOVES
from portal.rules.acts import ActAction
from portal.rules.checks import check_act, check_no_block
from portal.rules.deciding import check_second_person
from portal.rules.law import N_, RuleViolation
from portal.rules.payments import (
    MISMATCH,
    MOVES,
    PaymentAction,
    PaymentStatus,
    check_amount,
    check_look_again,
    check_not_out,
    first_try,
)
from portal.rules.roles import Role

LEASE = timedelta(minutes=2)
"""How long an attempt is left to the process that makes it; longer than the client's patience."""
FIRST_LOOK = timedelta(seconds=20)
LONGEST_WAIT = timedelta(hours=1)
_TO_SEND = frozenset({PaymentStatus.APPROVED, PaymentStatus.ASKED})
_TO_RELEASE = frozenset({PaymentStatus.AWAITING, PaymentStatus.FAILED})


def next_look(asked_at: datetime, now: datetime) -> datetime:
    """When an outcome that is not known yet is looked up again: each wait is as long as all before it."""
    return now + min(max(now - asked_at, FIRST_LOOK), LONGEST_WAIT)


def approve(session: Session, payment_id: UUID, actor: Actor, now: datetime) -> Payment:
    """A second person of the office releases the money (R42.9, R42.11); the same person again changes nothing.

    The checks are asked once more: what has become known since the act was accepted, such as a death, stops the money.
    """
    return _release(session, payment_id, PaymentAction.APPROVE, actor, now)


def approve_again(session: Session, payment_id: UUID, actor: Actor, now: datetime) -> Payment:
    """The cause of a refusal is mended: the payment is released for a new attempt, again by a second person."""
    return _release(session, payment_id, PaymentAction.RETRY, actor, now)


def look_again(session: Session, payment_id: UUID, actor: Actor, now: datetime) -> Payment:
    """Money is out otherwise than it was asked for: the payment system is asked anew what became of the attempt.

    Nothing is paid by it, so neither a second person nor the checks of the act are asked. While it is being looked up
    nothing changes.
    """
    payment, _clerk_id = _of_office(session, payment_id, actor)
    if payment.status is PaymentStatus.ASKED:
        return payment
    check_look_again(payment.status, payment.failure_code)
    _move(session, payment, PaymentAction.LOOK_AGAIN, actor, now, attempt=payment.attempt)
    payment.asked_at = payment.next_try_at = now
    nudge(session, "send_payments")
    return payment


def write_down(session: Session, payment_id: UUID, now: datetime) -> Asked | None:
    """The next attempt of an approved payment, with all that is sent; to be committed before it is asked for.

    What the provider owes back is kept from it. None when it is not to be asked: another process has begun it, its day
    is still to come, or all of it was kept, and it is made without a transfer. After a refusal it is first looked
    up all the same, whether an earlier attempt has paid.
    """
    payment = locks.payment(session, payment_id)
    if payment.status is not PaymentStatus.APPROVED or first_try(payment.not_before_on, now) > now:
        return None
    payment.attempt += 1
    payment.destination = session.get_one(Provider, payment.provider_id).payment_account
    payment.asked_at = now
    set_offs.keep(session, payment, now)
    _move(session, payment, PaymentAction.ASK, SYSTEM, now, attempt=payment.attempt, set_off_tiyn=payment.set_off_tiyn)
    if payment.transfer_tiyn == 0 and payment.attempt == 1:
        _confirm(session, payment, None, now)
        return None
    return _leased(session, payment, now)


def lease(session: Session, payment_id: UUID, now: datetime) -> Asked | None:
    """The attempt whose outcome is not known, left for a while to the process that looks it up; None if it is known."""
    payment = locks.payment(session, payment_id)
    return _leased(session, payment, now) if payment.status is PaymentStatus.ASKED else None


def put_off(session: Session, payment_id: UUID, now: datetime) -> None:
    """A fault met this payment: it comes again after a lease, behind those that wait, whose money it must not hold."""
    payment = locks.payment(session, payment_id)
    if payment.status in _TO_SEND and payment.next_try_at is not None:
        payment.next_try_at = max(payment.next_try_at, now + LEASE)


def conclude(session: Session, payment_id: UUID, attempt: int, outcome: Outcome, now: datetime) -> bool:
    """Write down what became of an attempt; False when that is not known, or another process has written it down.

    An arrived payment makes its act paid, and E-Sobes learns it (R42.4). A failed one is for people to decide on.
    What is not known is looked up later: soon at first, then after as long as it has been waited for.
    """
    payment = locks.payment(session, payment_id)
    if payment.status is not PaymentStatus.ASKED or payment.attempt != attempt:
        return False
    if outcome.transfer is not None or outcome.all_kept:
        _confirm(session, payment, outcome.transfer, now)
    elif outcome.failure_code:
        _move(session, payment, PaymentAction.FAIL, SYSTEM, now, code=outcome.failure_code)
        payment.failure_code, payment.next_try_at = outcome.failure_code, None
        act = session.get_one(Act, payment.act_id)
        late_news.reach(session, act, SYSTEM, now)
        late_news.sign_anew(session, act, now)
    else:
        payment.next_try_at = next_look(payment.asked_at or now, now)
        return False
    return True


def _release(session: Session, payment_id: UUID, action: PaymentAction, actor: Actor, now: datetime) -> Payment:
    payment, clerk_id = _of_office(session, payment_id, actor)
    if payment.status is PaymentStatus.CANCELLED:
        raise RuleViolation(MOVES.refusals[payment.status], "RI.4")
    check_not_out(payment.failure_code)
    if payment.status not in _TO_RELEASE and payment.approved_by_id == clerk_id:
        return payment
    act = session.get_one(Act, payment.act_id)
    check_second_person(act.decided_by_id, clerk_id)
    deciding.check(session, act, actor, now)
    check_amount(payment.amount_tiyn, act.amount_tiyn, 0)
    _check_account(session, payment)
    check_no_block(check_act(act_facts.of(session, act)))
    _move(session, payment, action, actor, now)
    payment.approved_at, payment.approved_by_id = now, clerk_id
    payment.failure_code = None
    payment.next_try_at = first_try(payment.not_before_on, now)
    nudge(session, "send_payments")
    return payment


def _of_office(session: Session, payment_id: UUID, actor: Actor) -> tuple[Payment, UUID]:
    """The payment, locked, and who of its office acts; LookupError for everybody else."""
    payment = locks.payment(session, payment_id)
    if actor.role is not Role.OFFICE or payment.office_id != actor.organisation_id or actor.person_id is None:
        raise LookupError("no such payment")
    return payment, actor.person_id


def _check_account(session: Session, payment: Payment) -> None:
    if not session.get_one(Provider, payment.provider_id).payment_account:
        raise RuleViolation(
            N_("The provider has no account at the payment system yet. Ask the provider to open one, then approve."),
            "R42.11",
        )


def _leased(session: Session, payment: Payment, now: datetime) -> Asked:
    payment.next_try_at = now + LEASE
    act = session.get_one(Act, payment.act_id)
    seen_out = payment.failure_code == MISMATCH
    return Asked(str(payment.id), payment.attempt, payment.transfer_tiyn, payment.destination, act.number, seen_out)


def _confirm(session: Session, payment: Payment, transfer: Transfer | None, now: datetime) -> None:
    """The money is with the provider; what became known of the recipient meanwhile is applied now."""
    act = session.get_one(Act, payment.act_id)
    payment.transfer_id, payment.failure_code = transfer.id if transfer else None, None
    _move(session, payment, PaymentAction.CONFIRM, SYSTEM, now, transfer=payment.transfer_id)
    payment.paid_at, payment.next_try_at = now, None
    order = session.get_one(Order, act.order_id)
    ledger.pay(session, order.entitlement, order, act.id, payment.amount_tiyn, now)
    move(session, act, ACT_MOVES, ActAction.PAY, SYSTEM, now, point="R42.11", about=act.recipient_id)
    executions.owe_payment(session, payment, now)
    late_news.reach(session, act, SYSTEM, now)
    if payment.set_off_tiyn:
        nudge(session, "send_payments")


def _move(
    session: Session, payment: Payment, action: PaymentAction, actor: Actor, now: datetime, **details: Any
) -> None:
    about = session.get_one(Act, payment.act_id).recipient_id
    move(session, payment, MOVES, action, actor, now, point="R42.11", about=about, **details)
