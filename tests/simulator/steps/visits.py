"""Visits: written down, also wrongly or twice, and struck."""

from datetime import time, timedelta
from uuid import UUID

from portal.operations import service_log
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from portal.rules.service_log import NewEntry
from tests.simulator import expected, model, papers
from tests.simulator.steps import step
from tests.simulator.world import Specialist, World


@step(120)
def record(world: World) -> bool:
    """A specialist writes a visit down, mostly of today or yesterday; one in eight is none that may stand."""
    served = [o for o in world.orders if o.answered_on and not o.is_of_goods]
    running = [o for o in served if o.status is OrderStatus.ACCEPTED]
    order = world.pick(running if running and world.chance(0.85) else served, late=False)
    if order is None:
        return False
    specialist = world.rng.choice(order.offer.provider.specialists[order.entitlement.service])
    new = _new(world, order, specialist)
    at_that_time = world.busy.setdefault((specialist.id, new.day), [])
    allowed = expected.may_log(order, new, (world.today, world.minute), at_that_time)
    made = world.attempt(
        lambda s: service_log.record_entry(s, order.id, _entry(new), new.form_id, specialist.actor, world.now),
        allowed=allowed,
        again=True,
    )
    if made is not None:
        new.id = made.id
        order.log(new)
        at_that_time.append(new)
        world.touch(new)
    world.touch(order)
    return True


@step(8)
def same_form(world: World) -> bool:
    """The form of a visit is sent once more, with whatever in it: the visit is there."""
    visit = world.pick(v for o in world.pick_orders(6) for v in o.visits if not v.is_of_goods)
    if visit is None:
        return False
    order, actor = visit.order, visit.specialist.actor
    world.attempt(
        lambda s: service_log.record_entry(s, order.id, _entry(visit), visit.form_id, actor, world.now), allowed=True
    )
    world.touch(visit)
    return True


@step(12)
def strike(world: World) -> bool:
    """A visit or a hand-over was written down by mistake; it is struck, unless an act holds it."""
    visit = world.pick(v for o in world.pick_orders(6) for v in o.visits)
    if visit is None:
        return False
    actor, theirs = visit.order.offer.provider.actor, True
    if world.chance(0.5):
        theirs = not visit.is_of_goods
        actor = visit.specialist.actor if theirs else visit.order.offer.provider.anybody
    allowed = theirs and not visit.struck and not visit.held
    if world.attempt(lambda s: service_log.strike(s, visit.id, "Қате", actor, world.now), allowed=allowed) is not None:
        visit.strike()
        world.tell("struck by mistake: a hand-over" if visit.is_of_goods else "struck by mistake: a visit")
    world.touch(visit)
    return True


def _new(world: World, order: model.Order, specialist: Specialist) -> model.Visit:
    """A visit near what may be written down."""
    day = world.today - timedelta(days=world.rng.choice([0, 1, 1, 2, 3, 9]))
    if world.chance(0.1):
        day = world.rng.choice([world.today + timedelta(days=1), order.starts_on, order.ends_on, order.last_on])
    start = world.rng.randrange(7 * 60, 19 * 60, 15)
    length = world.rng.randint(300, 600) if world.chance(0.08) else world.rng.randint(20, 200)
    minutes = min(length, max(expected.left(order), 1)) if world.chance(0.8) else length
    minutes = min(minutes, 24 * 60 - 1 - start)
    amount = expected.guaranteed(order.entitlement.service, day.year)
    return model.Visit(
        papers.UNKNOWN, order, specialist, day, start, minutes, amount, UUID(int=world.rng.getrandbits(128))
    )


def _entry(visit: model.Visit) -> NewEntry:
    end = visit.start + visit.minutes
    way = "offline" if visit.order.entitlement.service is Service.INTERPRETER else None
    return NewEntry(
        visit.day,
        time(*divmod(visit.start, 60)),
        time(*divmod(end, 60)),
        "Емхана",
        way,  # type: ignore[arg-type]
    )
