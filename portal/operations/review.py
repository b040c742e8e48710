"""The office's review of an act (R42.9–R42.11): taken up by one clerk, then accepted and owed, or returned."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.act import Act
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.operations import acts, deciding, executions, ledger, locks, sms
from portal.operations.step import move
from portal.queries import act_facts, people, reference
from portal.queries.acts import CONCLUDED
from portal.rules.acts import (
    MOVES,
    ActAction,
    ActStatus,
    ReturnReason,
    check_note,
    payment_due_on,
    resubmit_due_on,
)
from portal.rules.checks import check_act, check_holds_seen, check_no_block
from portal.rules.goods_orders import paid_between
from portal.rules.law import N_, RuleViolation
from portal.rules.moves import next_status
from portal.rules.payments import PaymentStatus, check_amount
from portal.rules.roles import Role
from portal.rules.service import GOODS
from portal.sms import texts


def take_up(session: Session, act_id: UUID, actor: Actor, now: datetime) -> Act:
    """The clerk begins the check of an act; the same clerk again changes nothing, another is told who has it."""
    act = lock(session, act_id, actor)
    if act.status is ActStatus.UNDER_REVIEW and act.taken_up_by_id == actor.person_id:
        return act
    if act.status is ActStatus.UNDER_REVIEW:
        raise _somebody_has_it(session, act)
    deciding.check(session, act, actor, now)
    move(session, act, MOVES, ActAction.TAKE_UP, actor, now, point="R42.9", about=act.recipient_id)
    act.taken_up_by_id = actor.person_id
    return act


def take_next(session: Session, actor: Actor, now: datetime) -> Act | None:
    """Take up the act whose term ends first, passing over what a colleague takes at this moment.

    What this clerk may not decide on is passed over, too. None when nothing is left for them.
    """
    waiting = (
        select(Act.id)
        .where(Act.office_id == actor.organisation_id, Act.status == ActStatus.SUBMITTED)
        .order_by(Act.check_due_on, Act.id)
    )
    for act_id in session.scalars(waiting).all():
        with suppress(RuleViolation), session.begin_nested():  # what is passed over is not held any longer
            return take_up(session, act_id, actor, now)
    return None


def take_over(session: Session, act_id: UUID, actor: Actor, now: datetime) -> Act:
    """A colleague goes on with the check, because the one who began it is away; the journal says so."""
    act = lock(session, act_id, actor)
    if act.status is not ActStatus.UNDER_REVIEW:
        raise RuleViolation(MOVES.refusals[act.status], "R42.9")
    if act.taken_up_by_id == actor.person_id:
        return act
    deciding.check(session, act, actor, now)
    record(
        session,
        actor,
        now,
        thing="acts",
        thing_id=act.id,
        action="take_over",
        about=act.recipient_id,
        before=act.status.value,
        after=act.status.value,
        taken_from=str(act.taken_up_by_id),
    )
    act.taken_up_by_id = actor.person_id
    return act


def accept(session: Session, act_id: UUID, actor: Actor, now: datetime, *, holds_seen: bool = False) -> Payment:
    """The act is right: its payment is owed in the same transaction, and E-Sobes learns what was rendered (R42.4).

    Raises while a check blocks it, or holds it and the clerk has not said that they looked (`holds_seen`). The second
    call of the same clerk gives the payment that is there.
    """
    act = lock(session, act_id, actor)
    owed = session.scalars(select(Payment).where(Payment.act_id == act.id)).one_or_none()
    if owed is not None and act.status in CONCLUDED and act.decided_by_id == actor.person_id:
        return owed
    _check_has_it(session, act, actor)
    next_status(MOVES, act.status, ActAction.ACCEPT, actor.role, "R42.9")
    deciding.check(session, act, actor, now)
    findings = check_act(act_facts.of(session, act))
    check_no_block(findings)
    check_holds_seen(findings, confirmed=holds_seen)
    seen = sorted({finding.code for finding in findings})
    move(session, act, MOVES, ActAction.ACCEPT, actor, now, point="R42.9", about=act.recipient_id, findings=seen)
    act.decided_at, act.decided_by_id = now, actor.person_id
    payment = _owe(session, act, actor, now)
    order = session.get_one(Order, act.order_id)
    ledger.owe(session, order.entitlement, order, act.id, act.units, act.amount_tiyn, now)
    executions.owe_act(session, act, now)
    return payment


def send_back(session: Session, act_id: UUID, reason: ReturnReason, note: str, actor: Actor, now: datetime) -> Act:
    """The act goes back with a listed reason and a note; the provider is told by SMS and has 3 working days (R42.9)."""
    check_note(note)
    act = lock(session, act_id, actor)
    _check_has_it(session, act, actor)
    deciding.check(session, act, actor, now)
    move(session, act, MOVES, ActAction.RETURN, actor, now, point="R42.10", about=act.recipient_id, reason=reason.value)
    act.decided_at, act.decided_by_id = now, actor.person_id
    act.reason, act.note = reason.value, note.strip()
    until = resubmit_due_on(now.date(), reference.calendar(session))
    act.resubmit_due_on = until
    acts.free(session, act)
    for person in people.staff(session, act.provider_id):
        about = f"act:{act.id}:returned:{person.id}"
        sms.owe(session, person, about, texts.act_returned(person, act.number, until), now)
    return act


def lock(session: Session, act_id: UUID, actor: Actor) -> Act:
    """The act, locked after its order as everybody does; another office's act is not found."""
    mine = select(Act.order_id).where(Act.id == act_id, Act.office_id == actor.organisation_id)
    order_id = session.scalar(mine) if actor.role is Role.OFFICE else None
    if order_id is None:
        raise LookupError("no such act")
    return locks.act(session, act_id)


def _owe(session: Session, act: Act, actor: Actor, now: datetime) -> Payment:
    """The money for the act is owed, once for its order and month (RI.2)."""
    check_amount(act.amount_tiyn, act.amount_tiyn, _owed_before_tiyn(session, act))
    not_before, act.pay_due_on = None, payment_due_on(now.date(), reference.calendar(session))
    if act.service in GOODS:
        not_before, act.pay_due_on = paid_between(now.date())
    payment = Payment(
        id=uuid4(),
        act_id=act.id,
        provider_id=act.provider_id,
        office_id=act.office_id,
        amount_tiyn=act.amount_tiyn,
        status=PaymentStatus.AWAITING,
        due_on=act.pay_due_on,
        not_before_on=not_before,
        owed_at=now,
    )
    session.add(payment)
    session.flush()
    record(
        session,
        actor,
        now,
        thing="payments",
        thing_id=payment.id,
        action="owe",
        about=act.recipient_id,
        after=payment.status.value,
        amount_tiyn=payment.amount_tiyn,
    )
    return payment


def _owed_before_tiyn(session: Session, act: Act) -> int:
    """What is owed or paid already for an act."""
    of_act = select(func.coalesce(func.sum(Payment.amount_tiyn), 0)).where(Payment.act_id == act.id)
    return int(session.scalar(of_act) or 0)


def _check_has_it(session: Session, act: Act, actor: Actor) -> None:
    if act.status is ActStatus.UNDER_REVIEW and act.taken_up_by_id != actor.person_id:
        raise _somebody_has_it(session, act)


def _somebody_has_it(session: Session, act: Act) -> RuleViolation:
    colleague = session.get(Person, act.taken_up_by_id)
    return RuleViolation(
        N_("%(name)s is checking this act. Take another one, or take it over if your colleague is away."),
        "R42.9",
        name=colleague.full_name if colleague else "",
    )
