"""Payments: approved by a second person, asked for, refused, unknown; workers die, webhooks come late and twice."""

from datetime import timedelta
from typing import Any

from portal import db
from portal.clock import ALMATY
from portal.operations import payments
from portal.payments import events
from portal.payments.answers import Transfer
from portal.payments.reconcile import Outcome
from portal.payments.webhooks import Event
from portal.queries.payments import due
from portal.rules.acts import ActStatus
from portal.rules.payments import PaymentStatus
from tests.simulator import expected, late_news, papers
from tests.simulator.rows import Wrong
from tests.simulator.steps import step
from tests.simulator.world import World

_TO_RELEASE = {PaymentStatus.AWAITING: payments.approve, PaymentStatus.FAILED: payments.approve_again}


@step(30)
def approve(world: World) -> bool:
    """A second person releases the money; who accepted the act may not, nor may anybody after a late death."""
    payment = _pick(world, *_TO_RELEASE)
    if payment is None:
        return False
    clerk = world.clerk(payment.act.office)
    before = payment.status not in {*_TO_RELEASE, PaymentStatus.CANCELLED} and payment.approved_by is clerk
    before = before and not payment.is_otherwise
    may = payment.status in _TO_RELEASE and payment.act.decided_by is not clerk and not payment.is_otherwise
    may = may and not payment.act.order.entitlement.person.is_kin_of(clerk)
    release = _TO_RELEASE.get(payment.status, payments.approve)
    done = world.attempt(
        lambda s: release(s, payment.id, clerk, world.now),
        allowed=before or (may and payment.act.office.has(clerk) and not expected.is_blocked(payment.act)),
        again=True,
    )
    if done is not None and not before:
        payment.status, payment.approved_by = PaymentStatus.APPROVED, clerk
    world.touch(payment)
    return True


@step(26)
def ask(world: World) -> bool:
    """The worker writes an attempt down and asks; now and then the worker dies before the outcome is written.

    What is not due yet, such as goods in their first fortnight, is neither found by the worker nor asked for.
    """
    payment = _pick(world, PaymentStatus.APPROVED)
    if payment is None:
        return False
    is_due = payment.status is PaymentStatus.APPROVED and not payment.is_too_early(world.today)
    with db.reading() as session:
        if ((payment.id, PaymentStatus.APPROVED) in due(session, world.now, 10_000)) is not is_due:
            raise Wrong("a payment is due that should not be, or is not")
    asked = world.attempt(lambda s: payments.write_down(s, payment.id, world.now) or False, allowed=True)
    begun = is_due
    if begun:
        payment.status = PaymentStatus.ASKED
        payment.attempt += 1
        _keep(world, payment)
    is_made = begun and payment.set_off == payment.act.amount
    if bool(asked) is not (begun and not is_made):
        raise AssertionError("an attempt was written down twice, or not at all")
    if is_made:
        _made(payment)
    elif begun and not world.chance(0.5 if payment.act.order.is_of_goods else 0.2):
        _conclude(world, payment, payment.attempt)
    world.touch(payment, *payment.act.visits)
    return True


@step(12)
def look_up(world: World) -> bool:
    """Another worker looks an attempt up whose outcome is not known, also when there is none, or an older one."""
    payment = _pick(world, PaymentStatus.ASKED)
    if payment is None:
        return False
    leased = world.attempt(lambda s: payments.lease(s, payment.id, world.now) or False, allowed=True)
    if bool(leased) is not (payment.status is PaymentStatus.ASKED):
        raise AssertionError("an attempt was left to somebody that is not to be looked up")
    _conclude(world, payment, payment.attempt - (1 if world.chance(0.1) else 0))
    world.touch(payment, *payment.act.visits)
    return True


@step(6)
def look_again(world: World) -> bool:
    """A clerk has money looked at again that was found out otherwise than asked; nothing else is looked at again."""
    payment = _pick(world, PaymentStatus.FAILED)
    if payment is None:
        return False
    clerk = world.clerk(payment.act.office)
    may = payment.status is PaymentStatus.ASKED or payment.is_otherwise
    done = world.attempt(
        lambda s: payments.look_again(s, payment.id, clerk, world.now),
        allowed=may and payment.act.office.has(clerk),
        again=True,
    )
    if done is not None:
        payment.status = PaymentStatus.ASKED
    world.touch(payment)
    return True


@step(8)
def webhook(world: World) -> bool:
    """The payment system tells that something happened: early, late, twice; by itself that changes nothing."""
    payment = _pick(world, PaymentStatus.ASKED)
    if payment is None:
        return False
    event = Event.model_validate(
        {
            "id": f"evt_{world.rng.randrange(10**12)}",
            "type": "transfer.created",
            "created": int(world.now.timestamp()),
            "data": {"object": {"id": "tr_1", "transfer_group": str(payment.id)}},
        }
    )
    world.attempt(lambda s: events.receive(s, event, world.now), allowed=True, again=True)
    world.touch(payment)
    return True


def _conclude(world: World, payment: papers.Payment, attempt: int) -> None:
    """What became of an attempt is written down once; a second answer, or one of an older attempt, changes nothing."""
    kind = world.rng.choices(["paid", "refused", "mismatch", "unknown"], [8, 2, 1, 2])[0]
    outcome = {"paid": _paid(world, payment), "unknown": Outcome()}.get(kind, Outcome(failure_code=kind))
    counts = payment.status is PaymentStatus.ASKED and payment.attempt == attempt
    for _ in range(world.rng.choice([1, 1, 2])):
        world.attempt(lambda s: payments.conclude(s, payment.id, attempt, outcome, world.now), allowed=True)
    if counts and outcome.transfer is not None:
        payment.transfer_id = outcome.transfer.id
        world.bank.transfers[outcome.transfer.id] = payment.act.amount - payment.set_off
        _made(payment)
    elif counts and outcome.failure_code:
        payment.status, payment.is_otherwise = PaymentStatus.FAILED, kind == "mismatch"
        late_news.reach(payment.act)
        if payment.act.order.entitlement.person.died_on is None:
            late_news.sign_anew(payment.act.order.entitlement.person)


def _keep(world: World, payment: papers.Payment) -> None:
    """What its provider owes back is kept from it once, for the oldest claim first."""
    if payment.kept:
        return
    provider, office = payment.act.order.offer.provider, payment.act.office
    for claim in world.claims:
        mine = claim.is_set_off and (claim.act.order.offer.provider, claim.act.office) == (provider, office)
        tiyn = min(claim.left if mine else 0, payment.act.amount - payment.set_off)
        if tiyn:
            payment.kept[claim] = tiyn
            claim.under_way += tiyn


def _made(payment: papers.Payment) -> None:
    """It has arrived; what became known meanwhile reaches its act now."""
    payment.status, payment.act.status = PaymentStatus.PAID, ActStatus.PAID
    payment.is_otherwise = False
    late_news.reach(payment.act)


def _paid(world: World, payment: papers.Payment) -> Outcome:
    said: dict[str, Any] = {
        "id": f"tr_{world.rng.randrange(10**12)}",
        "amount": payment.act.amount - payment.set_off,
        "currency": "kzt",
        "destination": "acct_1",
        "created": int((world.now - timedelta(seconds=5)).astimezone(ALMATY).timestamp()),
    }
    return Outcome(Transfer.model_validate(said))


def _pick(world: World, *statuses: PaymentStatus) -> papers.Payment | None:
    found = [act.payment for act in world.acts if act.payment is not None]
    waiting = [payment for payment in found if payment.status in statuses]
    return world.pick(waiting if waiting and world.chance(0.93) else found)
