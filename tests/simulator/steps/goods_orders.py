"""Orders of goods: signed, sent off, handed over (late, after an end, after a mistake), and goods that come back."""

from datetime import timedelta
from uuid import UUID

from portal.operations import goods_orders
from portal.rules.goods_orders import GivenBack
from portal.rules.orders import NewOrder, OrderStatus
from tests.simulator import expected, goods, late_news, model, papers
from tests.simulator.steps import step
from tests.simulator.steps.orders import rank, sign
from tests.simulator.world import World

NOT_ACTED, ON_ITS_WAY = "not in an act", "asked payment"
ENDED = {OrderStatus.STOPPED, OrderStatus.CLOSED}


@step(32)
def place(world: World) -> bool:
    """She orders pieces of the item that her programme names, now and then another one, too many, or in a wrong way."""
    mine = [one for one in world.entitlements if one.service in goods.GOODS and one.closed_on is None]
    soon = [e for e in mine if world.today <= e.ends_on < expected.last_of_order(e, world.today)]
    one = world.pick((one for one in (soon if world.chance(0.6) else mine) if one.available), late=False)
    if one is None:
        return False
    other = world.chance(0.03)
    offers = [offer for provider in world.providers for offer in provider.offers if offer.service is one.service]
    way = world.rng.choice(["delivery", "pick_up"])
    offers = [offer for offer in offers if (offer.code == one.measure.code) is not other]
    if world.chance(0.95):
        offers = [offer for offer in offers if way in offer.ways]
    ranked = rank(world, one, offers)
    if not ranked:
        return False
    beyond = world.chance(0.06)
    pieces = one.available + 1 if beyond else world.rng.randint((one.available + 1) // 2, one.available)
    if not beyond and world.chance(0.5):
        pieces = world.rng.randint(1, min(one.available, 200))
    first = max(world.today, one.starts_on) - timedelta(days=world.chance(0.03))
    last = expected.last_of_order(one, world.today) + timedelta(days=world.chance(0.03))
    last = one.ends_on if world.chance(0.1) else max(last, first)
    sign(world, one, NewOrder(one.service, first, last, pieces, None, way), ranked)
    return True


@step(8)
def send_off(world: World) -> bool:
    """The provider hands goods to delivery; another number or day corrects the one before, the same changes nothing."""
    mine = [order for order in world.orders if order.is_of_goods]
    to_send = [one for one in mine if one.status is OrderStatus.ACCEPTED and one.way == "delivery"]
    order = world.pick(to_send if world.chance(0.9) else mine)
    if order is None:
        return False
    number = world.rng.choice([f"KZ{world.rng.randrange(10**6)}", order.sent[0] or "KZ1", " "])
    day = world.today - timedelta(days=world.rng.choice([0, 0, 0, 1, 2, -1]))
    day = order.sent[1] if order.sent[1] and world.chance(0.3) else day
    same = order.sent == (number, day)
    began = order.answered_on is not None and order.answered_on <= day <= world.today
    to_send_off = order.status is OrderStatus.ACCEPTED and order.way == "delivery"
    allowed = same or (to_send_off and began and number != " ")
    actor = order.offer.provider.actor
    done = world.attempt(
        lambda s: goods_orders.send_off(s, order.id, number, day, actor, world.now), allowed=allowed, again=True
    )
    if done is not None and not same:
        order.sent, order.hand_over_due_on = (number, day), day + timedelta(days=15)
    world.touch(order)
    return True


@step(34)
def hand_over(world: World) -> bool:
    """The provider writes down that she has them: today, for a day past, or wrongly; the same form changes nothing."""
    order = _to_hand_over(world)
    if order is None:
        return False
    day = world.today - timedelta(days=world.rng.choice([0, 0, 0, 1, 1, 2, 5]))
    if world.chance(0.2):
        around = [world.today + timedelta(days=1), order.answered_on, order.last_on, order.entitlement.closed_on]
        day = world.rng.choice([one for one in around if one is not None])
        day += timedelta(days=world.rng.choice([-1, 0, 0, 1]))
    elif order.answered_on and day < order.answered_on and world.chance(0.8):
        day = order.answered_on
    if order.ended_on and not order.is_handed_over and world.chance(0.8):
        day = min(day, order.ended_on)
    amount = goods.guaranteed(order.offer.code, order.answered_on) if order.answered_on else 0
    form = UUID(int=world.rng.getrandbits(128))
    others = (visit for one in world.pick_orders(2) for visit in one.visits if one is not order)
    other = world.pick(others) if world.chance(0.02) else None
    form = form if other is None else other.form_id
    new = model.Visit(papers.UNKNOWN, order, None, day, 0, order.minutes, amount or 0, form)
    allowed = other is None and expected.may_hand_over(order, day, world.today)
    actor = order.offer.provider.actor
    made = world.attempt(
        lambda s: goods_orders.hand_over(s, order.id, day, form, actor, world.now), allowed=allowed, again=True
    )
    if made is not None:
        new.id = made.id
        _count(world, new)
        order.log(new)
        if order.status is OrderStatus.ACCEPTED:
            order.end(OrderStatus.CLOSED, day, "handed_over")
        elif order.is_handed_over:
            order.ended_on = day
        world.touch(new)
    world.touch(order)
    return True


@step(2)
def same_form(world: World) -> bool:
    """The form of a hand-over is sent once more with another day: it is there."""
    visit = world.pick(v for o in world.pick_orders(9) for v in o.visits if v.is_of_goods)
    if visit is None:
        return False
    order, actor = visit.order, visit.order.offer.provider.actor
    world.attempt(
        lambda s: goods_orders.hand_over(s, order.id, world.today, visit.form_id, actor, world.now), allowed=True
    )
    world.touch(visit)
    return True


@step(9)
def come_back(world: World) -> bool:
    """The provider has goods back, however far their money is; while it is on its way they have to wait."""
    handed = [v for o in world.orders if o.is_of_goods for v in o.visits if not v.struck or world.chance(0.02)]
    stages = sorted({visit.stage for visit in handed})
    if not handed or (stages == [NOT_ACTED] and world.chance(0.7)):
        return False
    stage = ON_ITS_WAY if ON_ITS_WAY in stages and world.chance(0.5) else world.rng.choice(stages)
    visit = world.pick([one for one in handed if one.stage == stage])
    if visit is None:
        return False
    order, act, reason = visit.order, visit.act, world.rng.choice(list(GivenBack))
    on = world.rng.choice([world.today, world.today, visit.day, visit.day - timedelta(days=world.chance(0.2))])
    on += timedelta(days=world.chance(0.03))
    clerk = world.clerk(order.office)
    actor = order.offer.provider.actor if world.chance(0.6) else clerk
    mine = actor is not clerk or order.office.has(clerk)
    waits = act is not None and act.payment is not None and act.payment.may_be_out
    own = actor is clerk and order.entitlement.person.is_kin_of(clerk)
    allowed = visit.came_back if visit.struck else visit.day <= on <= world.today and not waits and not own
    done = world.attempt(
        lambda s: goods_orders.come_back(s, visit.id, reason, on, actor, world.now),
        allowed=mine and allowed,
        again=True,
    )
    if done is not None and not visit.struck:
        if act is None:
            visit.strike()
        else:
            late_news.take_out(act, [visit], None, reason.value)
        visit.came_back = True
    if not visit.struck or done is not None:
        world.tell(f"goods back, {stage}" + ("" if done is not None else ": refused"))
    world.touch(visit, act)
    return True


def _to_hand_over(world: World) -> model.Order | None:
    mine = [order for order in world.orders if order.is_of_goods]
    running = [order for order in mine if order.status is OrderStatus.ACCEPTED]
    over = [order for order in mine if order.status in ENDED and order.answered_on and not order.used]
    among = world.rng.choices([running, over, mine], [85, 10, 5])[0]
    return world.pick(among, late=False)


def _count(world: World, new: model.Visit) -> None:
    """Which kinds of hand-over there are."""
    order = new.order
    again = "again, " if any(visit.struck for visit in order.visits) else ""
    over = "" if order.status is OrderStatus.ACCEPTED else f"{order.status} {order.reason or 'in another way'}, "
    world.tell(f"goods handed over: {again}{over}{'today' if new.day == world.today else 'a day past'}")
    if new.day > order.entitlement.ends_on:
        world.tell("goods handed over after the period in which they were ordered")
