"""Time: days, and jumps over months and the new year; the work of each day is done, as it would be."""

from datetime import datetime, time, timedelta

from portal.clock import ALMATY
from portal.jobs import sweep
from portal.rules.orders import OrderStatus
from tests.simulator import choosing, expected, late_news, model
from tests.simulator.rows import Wrong
from tests.simulator.steps import step
from tests.simulator.steps.orders import ask_next
from tests.simulator.steps.programmes import touch_whole
from tests.simulator.world import World


@step(11)
def day(world: World) -> bool:
    """The next day."""
    _go_on(world, 1)
    return True


@step(3)
def days(world: World) -> bool:
    """Several days pass; the worker makes up for each."""
    _go_on(world, world.rng.choice([2, 3, 5, 9]))
    return True


@step(1)
def jump(world: World) -> bool:
    """To the next month or, late in the year, over the new year."""
    if world.today.month >= 11 and world.chance(0.5):
        to = world.today.replace(year=world.today.year + 1, month=1, day=world.rng.randint(1, 12))
    else:
        to = (world.today.replace(day=28) + timedelta(days=5)).replace(day=world.rng.randint(1, 12))
    _go_on(world, max((to - world.today).days, 1))
    return True


def _go_on(world: World, number: int) -> None:
    for _ in range(number):
        world.now = datetime.combine(world.today + timedelta(days=1), time(7, 30), ALMATY)
        world.asked += 1
        world.done += 1
        swept = sweep.sweep(world.today)
        if swept.faults:
            raise Wrong(f"the day's work met faults: {swept}")
        if world.chance(0.05):
            sweep.sweep(world.today)
        _expect(world)
    world.now += timedelta(minutes=world.rng.randint(0, 500))


def _expect(world: World) -> None:
    """What the day's work does: lapses, ended orders, ended entitlements, the new year."""
    today, this = world.today, world.today.replace(day=1)
    limit = this if today.day > 10 else (this - timedelta(days=1)).replace(day=1)
    _lapse(world)
    for order in world.orders:
        if order.status is OrderStatus.ACCEPTED and order.ends_on < limit:
            order.end(OrderStatus.CLOSED, order.ends_on)
            world.touch(order)
    for one in world.entitlements:
        over_on = one.over_on(today) if one.closed_on is None else None
        if over_on is not None:
            world.touch(*late_news.end_entitlement(one, over_on))
            touch_whole(world, one)
    measures = [measure for person in world.people for held in person.programmes for measure in held.measures.values()]
    renewed = {one.programme.person for one in sorted(measures, key=lambda one: one.id) if _renews(world, one)}
    for person in sorted(renewed, key=lambda one: one.id):
        world.identify(person)
    for person in world.people:
        person.looked_at_again.clear()
    for one in world.entitlements:
        choosing.look(one, today)
        choosing.remind(one, today, world.edition)


def _lapse(world: World) -> None:
    """Orders without an answer lapse; then, one after another, those after which somebody else is to be asked."""
    waiting = [o for o in world.orders if o.status is OrderStatus.PLACED and o.answer_due_on < world.today]
    for order in sorted(waiting, key=lambda one: (bool(one.otherwise), one.answer_due_on, one.id)):
        order.end(OrderStatus.LAPSED, world.today)
        ask_next(world, order)
        world.touch(order)


def _renews(world: World, measure: model.Measure) -> bool:
    begins = measure.valid_from <= world.today or measure.service in measure.programme.person.looked_at_again
    lasts = begins and world.today <= min(measure.valid_to, measure.programme.sent.valid_to)
    return lasts and expected.renew(measure, world.today)
