"""Transfers taken back for a claim: asked for once, looked up after a lost answer, refused; workers die in between."""

from datetime import timedelta
from typing import cast
from uuid import UUID

from portal import db
from portal.models.claim import Claim
from portal.operations import reversals
from portal.payments.client import PaymentClient
from portal.payments.reversals import AskedBack, take_back
from portal.rules.claims import ClaimStatus, SettlementKind, SettlementStatus
from tests.simulator import papers
from tests.simulator.bank import Weather
from tests.simulator.rows import Wrong
from tests.simulator.steps import step
from tests.simulator.steps.claims import pick_claim
from tests.simulator.world import World

ASKED = SettlementStatus.ASKED
LEFT_TO_ONE = timedelta(minutes=2)
SOON, LATE = timedelta(seconds=20), timedelta(hours=1)


@step(6)
def ask_back(world: World) -> bool:
    """The office takes the rest of a claim back from the transfer that paid it, if that much of it is still out."""
    claim = pick_claim(world)
    if claim is None:
        return False
    before = claim.reversals[-1:] if any(one.status is ASKED for one in claim.reversals) else []
    payment = claim.act.payment
    out = payment.transfer_out if payment else 0
    allowed = bool(before) or (claim.status is ClaimStatus.OPEN and 0 < claim.left <= out)
    clerk = world.clerk(claim.act.office)
    allowed = allowed and claim.act.office.has(clerk)
    ids: list[UUID] = []

    def note(found: Claim) -> None:
        ids[:] = [one.id for one in found.settlements if (one.kind, one.status) == (SettlementKind.REVERSAL, ASKED)]

    done = world.attempt(lambda s: reversals.ask(s, claim.id, clerk, world.now), allowed=allowed, again=True, note=note)
    if done is not None and not before:
        [identity] = ids
        asked = papers.Reversal(identity, claim, claim.left, world.now)
        claim.reversals.append(asked)
        claim.under_way += asked.amount
    world.touch(claim)
    return True


@step(16)
def take_it_back(world: World) -> bool:
    """A worker takes up a reversal that is due, or is too early or too late; it may die before the outcome is kept."""
    known = [one for act in world.acts for claim in act.claims for one in claim.reversals]
    _compare_due(world, [one for one in known if one.status is ASKED])
    waiting = [one for one in known if one.status is ASKED]
    asked = world.pick(waiting if waiting and world.chance(0.9) else known)
    if asked is None:
        return False
    due = asked.status is ASKED and asked.due_at <= world.now
    leased: list[AskedBack] = []
    world.attempt(
        lambda s: reversals.lease(s, asked.id, world.now),
        allowed=True,
        note=lambda found: leased.extend([found] if found else []),
    )
    if bool(leased) is not due:
        raise Wrong("a reversal was left to somebody at a wrong time")
    if leased:
        asked.due_at = world.now + LEFT_TO_ONE
        world.bank.now = world.now
        world.bank.weather = world.rng.choices(list(Weather), [5, 4, 2, 2])[0]
        had_come = str(asked.id) in world.bank.reversals
        outcome = take_back(leased[0], cast(PaymentClient, world.bank))
        if not world.chance(0.2):
            for _ in range(world.rng.choice([1, 1, 2])):
                world.attempt(lambda s: reversals.conclude(s, asked.id, outcome, world.now), allowed=True)
            _conclude(world, asked, Weather.FAIR if had_come else world.bank.weather)
    world.touch(asked)
    return True


def _compare_due(world: World, asked: list[papers.Reversal]) -> None:
    with db.reading() as session:
        due = reversals.due(session, world.now, 1000)
    if set(due) != {one.id for one in asked if one.due_at <= world.now}:
        raise Wrong(f"{len(due)} reversals are due, others than expected")


def _conclude(world: World, asked: papers.Reversal, weather: Weather) -> None:
    """What became of it counts once: it came back, it was refused, or it is looked up later."""
    claim = asked.claim
    if weather in {Weather.ANSWER_LOST, Weather.NOT_REACHED}:
        asked.due_at = world.now + min(max(world.now - asked.asked_at, SOON), LATE)
        return
    claim.under_way -= asked.amount
    asked.status = SettlementStatus.DONE if weather is Weather.FAIR else SettlementStatus.FAILED
    if weather is Weather.FAIR:
        claim.settled += asked.amount
