"""Acts at the office: taken up by one clerk, taken over, accepted, returned; two clerks do not meet in one act."""

from portal.actor import Actor
from portal.operations import review
from portal.rules.acts import ActStatus, ReturnReason
from tests.simulator import expected, papers
from tests.simulator.steps import step
from tests.simulator.world import World


@step(30)
def take_up(world: World) -> bool:
    """A clerk begins the check; another one is told who has it."""
    act = _pick(world, ActStatus.SUBMITTED)
    if act is None:
        return False
    clerk = world.clerk(act.office)
    mine = act.status is ActStatus.UNDER_REVIEW and act.clerk is clerk
    allowed = act.office.has(clerk) and ((act.status is ActStatus.SUBMITTED and not _kin(act, clerk)) or mine)
    done = world.attempt(lambda s: review.take_up(s, act.id, clerk, world.now), allowed=allowed, again=True)
    if done is not None and not mine:
        act.status, act.clerk = ActStatus.UNDER_REVIEW, clerk
    world.touch(act)
    return True


@step(3)
def take_over(world: World) -> bool:
    """A colleague goes on with the check."""
    act = _pick(world, ActStatus.UNDER_REVIEW)
    if act is None:
        return False
    clerk = world.clerk(act.office)
    allowed = act.status is ActStatus.UNDER_REVIEW and act.office.has(clerk)
    allowed = allowed and (act.clerk is clerk or not _kin(act, clerk))
    done = world.attempt(lambda s: review.take_over(s, act.id, clerk, world.now), allowed=allowed, again=True)
    if done is not None:
        act.clerk = clerk
    world.touch(act)
    return True


@step(26)
def accept(world: World) -> bool:
    """The act is right: its money is owed, once."""
    act = _pick(world, ActStatus.UNDER_REVIEW)
    if act is None:
        return False
    clerk = _clerk(world, act)
    before = act.status in papers.AGREED and act.decided_by is clerk
    has_it = act.status is ActStatus.UNDER_REVIEW and act.clerk is clerk
    allowed = before or (has_it and not expected.is_blocked(act) and not _kin(act, clerk))
    made = world.attempt(
        lambda s: review.accept(s, act.id, clerk, world.now, holds_seen=True), allowed=allowed, again=True
    )
    if made is not None and act.payment is None:
        not_before, due = expected.paid_between(act, world.today)
        act.status, act.decided_by = ActStatus.ACCEPTED, clerk
        act.payment = papers.Payment(made.id, act, due, not_before)
    world.touch(act, act.payment)
    return True


@step(6)
def send_back(world: World) -> bool:
    """The act goes back with a reason; its visits may stand in another one."""
    act = _pick(world, ActStatus.UNDER_REVIEW)
    if act is None:
        return False
    clerk = _clerk(world, act)
    allowed = act.status is ActStatus.UNDER_REVIEW and act.clerk is clerk and not _kin(act, clerk)
    done = world.attempt(
        lambda s: review.send_back(s, act.id, ReturnReason.INCOMPLETE, "Қайта қараңыз", clerk, world.now),
        allowed=allowed,
    )
    if done is not None:
        act.decided_by = clerk
        act.free(ActStatus.RETURNED)
    world.touch(act, *act.visits)
    return True


def _pick(world: World, status: ActStatus) -> papers.Act | None:
    found = [act for act in world.acts if act.sent]
    waiting = [act for act in found if act.status is status]
    return world.pick(waiting if waiting and world.chance(0.93) else found)


def _kin(act: papers.Act, clerk: Actor) -> bool:
    return act.order.entitlement.person.is_kin_of(clerk)


def _clerk(world: World, act: papers.Act) -> Actor:
    return act.clerk if act.clerk and world.chance(0.85) else world.clerk(act.office)
