"""People: they die, leave and come back; the news may come days after, with another day, or be a mistake."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.models.person import Person
from portal.operations import moves, person_events
from portal.queries import people
from portal.rules.returns import EventKind
from portal.rules.roles import Role
from portal.rules.service import Service
from tests.simulator import late_news, model, offices
from tests.simulator.papers import Act
from tests.simulator.rows import Wrong
from tests.simulator.steps import step
from tests.simulator.steps.programmes import struck_goods, tell_of_goods, touch_whole
from tests.simulator.world import World


@step(3)
def death(world: World) -> bool:
    """A death, often known only days later; the message may come twice."""
    person = world.pick(_served(world, [one for one in world.people if one.died_on is None]), late=False)
    if person is None or world.chance(0.4):
        return False
    return _becomes_known(world, person, EventKind.DEATH, _some_day(world, person))


@step(3)
def departure(world: World) -> bool:
    """A departure, now and then of somebody who is said to have died."""
    person = world.pick(_served(world, [one for one in world.people if one.departed_on is None]), late=False)
    if person is None or world.chance(0.4):
        return False
    return _becomes_known(world, person, EventKind.DEPARTURE, _some_day(world, person))


@step(2)
def another_day(world: World) -> bool:
    """The same event comes with another day, an earlier or a later one."""
    person = world.pick((one for one in world.people if not one.is_here), late=False)
    if person is None:
        return False
    kind = EventKind.DEATH if person.died_on else EventKind.DEPARTURE
    day = person.died_on or person.departed_on or world.today
    on = min(day + timedelta(days=world.rng.choice([-20, -4, -1, 1, 2, 9])), world.today)
    return _becomes_known(world, person, kind, on)


@step(3)
def undo(world: World) -> bool:
    """A death or a departure was a mistake: the office undoes it, and all that can be is as if it had not come."""
    person = world.pick((one for one in world.people if not one.is_here), late=False)
    if person is None:
        return False
    kinds = [kind for kind in (EventKind.DEATH, EventKind.DEPARTURE) if late_news.in_force(person, kind)]
    kind = world.rng.choice(kinds)
    clerk = world.clerk(person.office)
    is_theirs = person.office.has(clerk) and any(programme.office.has(clerk) for programme in person.programmes)
    done = world.attempt(
        lambda s: person_events.undo(s, person.id, kind, "Қате хабар", clerk, world.now) or True,
        allowed=is_theirs and not person.is_kin_of(clerk),
    )
    if done is None:
        world.touch(person)
        return True
    held, before = late_news.in_force(person, kind), struck_goods(person)
    if kind is EventKind.DEATH:
        person.died_on = None
    else:
        person.departed_on = None
    acts = late_news.take_back(person, held, world.today, world.elsewhere)
    offices.bring_along(person, world.today)
    tell_of_goods(world, person, before)
    _touch(world, person, acts)
    if kind is EventKind.DEATH:
        world.touch(*late_news.sign_anew(person))
    return True


@step(7)
def move(world: World) -> bool:
    """The office hands somebody over to the office of another place; now and then one that is not theirs tries to."""
    person = world.pick(world.people, late=False)
    if person is None:
        return False
    clerk = world.clerk(person.office)
    places = [place for office in world.offices for place in office.places]
    if world.chance(0.8):
        places = [place for place in places if place not in person.office.places]
    place = world.rng.choice(places) if world.chance(0.95) else "abc"
    is_theirs = any(programme.office.has(clerk) for programme in person.programmes)
    allowed = is_theirs and person.office.has(clerk) and place != "abc" and place not in person.office.places
    done = world.attempt(lambda s: moves.move(s, person.id, place, "Көшті", clerk, world.now), allowed=allowed)
    if done is not None:
        offices.live_in(person, place, world.office_of(place), world.today)
    _touch(world, person, [])
    return True


@step(2)
def comes_back(world: World) -> bool:
    """Somebody who had left is here again; of somebody who had not, it changes nothing."""
    gone = [one for one in world.people if one.departed_on]
    person = world.pick(gone if world.chance(0.9) else world.people, late=False)
    if person is None:
        return False
    identity = person.id

    def deed(session: Session) -> None:
        person_events.came_back(session, session.get_one(Person, identity), world.today, ESOBES, world.now)

    world.attempt(deed, allowed=True, again=True)
    if person.departed_on is not None:
        late_news.is_over(person, EventKind.DEPARTURE)
        person.events.append(model.Event(EventKind.RETURN, world.today))
        person.looked_at_again |= set(Service)
    person.departed_on = None
    world.touch(person)
    return True


@step(4)
def sign_in(world: World) -> bool:
    """Somebody is shown for whom they may act: for those whose programmes name them now, and nobody else."""
    who = world.rng.choice(sorted(world.representatives.values()))
    shown = world.attempt(lambda s: people.capacities(s, who, world.today), allowed=True) or []
    found = {one.for_person_id for one in shown if one.role is Role.RECIPIENT}
    if found != {person.id for person in world.people if who in person.acting.values()}:
        raise Wrong("somebody may act for others than their programmes say")
    return True


def _served(world: World, people: list[model.Person]) -> list[model.Person]:
    """Half of the time those about whom an act was accepted: what is known late concerns their money."""
    with_money = [one for one in people if _with_money(one)] if world.chance(0.6) else []
    with_goods = [one for one in with_money if any(visit.is_of_goods for visit in _with_money(one))]
    return (with_goods if world.chance(0.5) else with_money) or with_money or people


def _with_money(person: model.Person) -> list[model.Visit]:
    acts = [act for one in person.entitlements for order in one.orders for act in order.acts if act.payment]
    return [visit for act in acts for visit in act.visits if visit.act is act and not visit.struck]


def _some_day(world: World, person: model.Person) -> date:
    """A day not long ago, or one before a visit that an office has accepted."""
    visits = _with_money(person)
    visits = [visit for visit in visits if visit.is_of_goods and world.chance(0.7)] or visits
    if visits and world.chance(0.7):
        return world.rng.choice(visits).day - timedelta(days=1)
    return world.today - timedelta(days=world.rng.choice([0, 0, 1, 3, 10, 35]))


def _becomes_known(world: World, person: model.Person, kind: EventKind, on: date) -> bool:
    def deed(session: Session) -> None:
        person_events.EVENTS[kind](session, session.get_one(Person, person.id), on, ESOBES, world.now)

    world.attempt(deed, allowed=True, again=True)
    before = struck_goods(person)
    _touch(world, person, late_news.becomes_known(person, kind, on, world.today, world.elsewhere))
    tell_of_goods(world, person, before)
    return True


def _touch(world: World, person: model.Person, acts: list[Act]) -> None:
    world.touch(person, *person.programmes, *acts)
    for one in person.entitlements:
        touch_whole(world, one)
