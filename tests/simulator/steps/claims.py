"""Claims: repaid in parts, or set off in the provider's next payments; also too much, twice, or by two at once."""

from functools import partial

from portal import db
from portal.operations import claims, set_offs
from portal.rules.claims import ClaimStatus
from tests.simulator import papers
from tests.simulator.rows import Wrong
from tests.simulator.steps import step
from tests.simulator.world import World


@step(5)
def repay(world: World) -> bool:
    """The provider has paid back some of a claim or all of it; the same document again changes nothing."""
    claim = pick_claim(world)
    if claim is None:
        return False
    tiyn = world.rng.choice([claim.left, claim.left, claim.left // 2, claim.left + 1])
    reference = world.rng.choice([*sorted(claim.references), f"{world.rng.randrange(10**9)}"])
    known = reference in claim.references
    allowed = known or (claim.status is ClaimStatus.OPEN and 0 < tiyn <= claim.left)
    clerk = world.clerk(claim.act.office)
    allowed = allowed and claim.act.office.has(clerk)
    done = world.attempt(
        lambda s: claims.repay(s, claim.id, world.today, reference, tiyn, clerk, world.now), allowed=allowed, again=True
    )
    if done is not None and not known:
        claim.settled += tiyn
        claim.references.add(reference)
    world.touch(claim)
    return True


@step(7)
def choose_set_off(world: World) -> bool:
    """The office chooses to keep a claim back from the provider's next payments."""
    claim = pick_claim(world)
    if claim is None:
        return False
    clerk = world.clerk(claim.act.office)
    allowed = claim.is_set_off or (claim.status is ClaimStatus.OPEN and claim.left > 0)
    allowed = allowed and claim.act.office.has(clerk)
    done = world.attempt(lambda s: set_offs.choose(s, claim.id, clerk, world.now), allowed=allowed, again=True)
    claim.is_set_off = claim.is_set_off or done is not None
    world.touch(claim)
    return True


@step(10)
def conclude_set_offs(world: World) -> bool:
    """The worker counts what was kept from payments that are made for its claims, once."""
    with db.reading() as session:
        due = set_offs.due(session, 50)
    made = [act.payment for act in world.acts if act.payment and act.payment.concludes]
    kept = sum(len(payment.kept) - len(payment.counted) for payment in made)
    if len(due) != kept:
        raise Wrong(f"{len(due)} set-offs are to count for their claims, expected {kept}")
    for one in due:
        world.attempt(partial(set_offs.conclude, settlement_id=one, now=world.now), allowed=True, again=True)
    for payment in made:
        for claim in set(payment.kept) - payment.counted:
            claim.under_way -= payment.kept[claim]
            claim.settled += payment.kept[claim]
            payment.counted.add(claim)
            world.touch(claim)
        world.touch(payment)
    return bool(due)


def pick_claim(world: World) -> papers.Claim | None:
    """One of the claims, mostly one of which something is still to come."""
    claims = world.claims
    waiting = [claim for claim in claims if claim.left]
    return world.pick(waiting if waiting and world.chance(0.9) else claims)
