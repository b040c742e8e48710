"""People: they die, leave and come back; the news may come days after."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.models.person import Person
from portal.operations import person_events
from tests.simulator import expected, model
from tests.simulator.steps import step
from tests.simulator.steps.programmes import touch_whole
from tests.simulator.world import World


@step(2)
def death(world: World) -> bool:
    """A death, often known only days later; the message may come twice."""
    person = world.pick((one for one in world.people if one.died_on is None), late=False)
    if person is None or world.chance(0.4):
        return False
    return _end(world, person, "death")


@step(2)
def departure(world: World) -> bool:
    """A departure."""
    person = world.pick((one for one in world.people if one.is_here), late=False)
    if person is None or world.chance(0.4):
        return False
    return _end(world, person, "departure")


@step(2)
def comes_back(world: World) -> bool:
    """Somebody who had left is here again."""
    person = world.pick((one for one in world.people if one.departed_on and not one.died_on), late=False)
    if person is None:
        return False
    identity = person.id

    def deed(session: Session) -> None:
        person_events.came_back(session, session.get_one(Person, identity), world.today, ESOBES, world.now)

    world.attempt(deed, allowed=True, again=True)
    person.departed_on = None
    world.touch(person)
    return True


def _end(world: World, person: model.Person, event: str) -> bool:
    on = world.today - timedelta(days=world.rng.choice([0, 0, 1, 3, 10, 35]))

    def deed(session: Session) -> None:
        person_events.EVENTS[event](session, session.get_one(Person, person.id), on, ESOBES, world.now)

    world.attempt(deed, allowed=True, again=True)
    if event == "death":
        person.died_on = on
    else:
        person.departed_on = on
    world.touch(person, *expected.end_all(person, on))
    for one in person.entitlements:
        touch_whole(world, one)
    return True
