"""The choice of a provider: blocked after two months without one, activated by the recipient (edition 2023)."""

from portal.operations import choice
from portal.rules.service import Service
from tests.simulator import choosing
from tests.simulator.steps import step
from tests.simulator.world import World


@step(12)
def activate(world: World) -> bool:
    """A recipient, or who acts for them, takes the block off; where there is none, or not any more, nothing changes."""
    if world.edition == "2021":
        return False
    blocked = [one for one in world.entitlements if one.blocked_on]
    if world.chance(0.1):
        blocked = [one for one in world.entitlements if one.service is not Service.SANATORIUM]
    one = world.pick(blocked, late=False)
    if one is None:
        return False
    actor = world.acting_for(one.person)
    world.attempt(lambda s: choice.activate(s, one.id, actor, world.now), allowed=True, again=True)
    if one.blocked_on:
        choosing.wait(one, world.today)
    world.touch(one)
    return True
