"""Orders: prepared, signed, answered, taken back, stopped; also too large ones, too late answers, double clicks."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.models.order import Order
from portal.operations import answers, orders
from portal.operations.orders import Wish
from portal.rules.order_reasons import DeclineReason, StopReason
from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.roles import Role
from portal.rules.service import HOURLY, Service
from tests.pen import signed
from tests.simulator import expected, model
from tests.simulator.steps import step
from tests.simulator.world import Offer, World


@step(34)
def place(world: World) -> bool:
    """A recipient orders some of what is free, now and then more than that; the click may be a double one."""
    one = world.pick((e for e in world.entitlements if e.closed_on is None and e.service in HOURLY), late=False)
    if one is None or one.available <= 0:
        return False
    offers = [offer for provider in world.providers for offer in provider.offers if offer.service is one.service]
    sign(world, one, _wish(world, one), rank(world, one, offers))
    return True


def sign(world: World, one: model.Entitlement, new: NewOrder, ranked: list[Offer]) -> None:
    """She signs an order to one or several providers in her order; perhaps with a double click."""
    allowed = expected.may_order(one, new.starts_on, new.ends_on, new.units, new.minutes_a_day, world.today)
    allowed = allowed and len({offer.id for offer in ranked}) == len(ranked)
    allowed = allowed and all(expected.comes_to(offer, one.person, new.way) for offer in ranked)
    allowed = allowed and all(offer.code == one.measure.code for offer in ranked if offer.code)
    allowed = allowed and all(expected.reimbursed_most(offer, world.today) is not None for offer in ranked)
    actor = world.acting_for(one.person)
    document: dict[str, UUID] = {}
    first, *others = [offer.id for offer in ranked]
    wish = Wish(one.id, first, new, otherwise=tuple(others))
    made = world.attempt(lambda session: _place(session, world, actor, wish, document), allowed=allowed)
    world.touch(one)
    if made is None:
        return
    order = model.Order(
        made.id,
        one,
        ranked[0],
        new.starts_on,
        new.ends_on,
        new.units,
        new.minutes_a_day,
        expected.reimbursed_most(ranked[0], world.today) or 0,
        world.today,
        expected.working_days_after(world.today, 5),
        document["id"],
        new.way,
        otherwise=ranked[1:],
        placed_by=actor.person_id,
    )
    order.chain.append(order)
    one.take(order)
    world.orders.append(order)
    world.touch(order)


@step(3)
def place_again(world: World) -> bool:
    """The signed form is sent once more, however the order stands: there is one order; nobody else's form is found."""
    order = world.pick(world.orders)
    if order is None:
        return False
    actor = world.acting_for(order.entitlement.person)
    allowed = actor.person_id == order.placed_by
    world.attempt(lambda s: orders.place(s, signed(order.document_id), actor, world.now), allowed=allowed)
    world.touch(order)
    return True


@step(34)
def answer(world: World) -> bool:
    """The provider accepts, sometimes declines, sometimes too late or twice."""
    waiting = [o for o in world.orders if o.status is OrderStatus.PLACED]
    order = world.pick(waiting if waiting and world.chance(0.95) else world.orders)
    if order is None:
        return False
    reason = world.rng.choice(_DECLINES[order.is_of_goods]) if world.chance(0.15) else None
    if reason and world.chance(0.1):
        reason = world.rng.choice(list(DeclineReason))
    allowed = reason is None or reason in _DECLINES[order.is_of_goods]
    allowed = allowed and order.status is OrderStatus.PLACED and world.today <= order.answer_due_on
    actor = order.offer.provider.actor

    def deed(session: Session) -> Order:
        document = answers.prepare_answer(session, order.id, reason, "", actor, world.now)
        if int(order.id) % 4 == 0:
            answers.answer(session, signed(document), actor, world.now)
        return answers.answer(session, signed(document), actor, world.now)

    if world.attempt(deed, allowed=allowed) is not None:
        order.answered_on = world.today
        order.status = OrderStatus.ACCEPTED
        if reason is None and order.is_of_goods:
            order.hand_over_due_on = expected.hand_over_due_on(order, world.today)
        if reason is not None:
            order.end(OrderStatus.DECLINED, world.today, reason.value)
            ask_next(world, order)
    world.touch(order)
    return True


@step(4)
def withdraw(world: World) -> bool:
    """The recipient takes an order back; when the next of her choices was asked meanwhile, that order."""
    meant = world.pick(world.orders)
    if meant is None:
        return False
    order = meant.chain[-1]
    actor = world.acting_for(order.entitlement.person)
    allowed = order.status in {OrderStatus.PLACED, OrderStatus.WITHDRAWN}
    done = world.attempt(lambda s: answers.withdraw(s, meant.id, actor, world.now), allowed=allowed, again=True)
    if done is not None and order.status is OrderStatus.PLACED:
        order.end(OrderStatus.WITHDRAWN, world.today)
    world.touch(meant, order)
    return True


@step(4)
def stop(world: World) -> bool:
    """Either side stops a running order, for a reason of its list or of the other one's."""
    running = [one for one in world.orders if one.is_of_goods and one.status is OrderStatus.ACCEPTED]
    late = [one for one in running if one.hand_over_due_on and one.hand_over_due_on < world.today]
    among = late if late and world.chance(0.5) else running if running and world.chance(0.4) else world.orders
    order = world.pick(among, late=False)
    if order is None:
        return False
    actor = order.offer.provider.actor
    if world.chance(0.5):
        actor = world.acting_for(order.entitlement.person)
    mine = _STOPS[order.is_of_goods, actor.role]
    reason = world.rng.choice(mine if world.chance(0.9) else list(StopReason))
    if among is late and world.chance(0.7):
        reason = mine[0]  # they did not come, or were not fetched
    same = order.status is OrderStatus.STOPPED and order.reason == reason.value
    is_late = order.hand_over_due_on is not None and world.today > order.hand_over_due_on
    in_time = reason in {StopReason.NOT_DELIVERED, StopReason.NOT_PICKED_UP} and not is_late
    allowed = reason in mine and ((order.status is OrderStatus.ACCEPTED and not in_time) or same)
    done = world.attempt(
        lambda s: answers.stop(s, order.id, reason, "Себебі", actor, world.now), allowed=allowed, again=True
    )
    if done is not None and not same:
        order.end(OrderStatus.STOPPED, world.today, reason.value)
        order.stopped_at = world.today, world.minute
        if order.is_of_goods:
            world.tell(f"goods stopped: {reason}")
    world.touch(order)
    return True


def ask_next(world: World, ended: model.Order) -> None:
    """The next of her choices is asked, if there is one that can be."""
    asked = expected.ask_next(ended, world.today)
    if asked is not None:
        world.orders.append(asked)
        world.touch(asked)


_DECLINES: dict[bool, list[DeclineReason]] = {
    True: [DeclineReason.OUT_OF_STOCK, DeclineReason.LEAVING_PORTAL],
    False: [one for one in DeclineReason if one is not DeclineReason.OUT_OF_STOCK],
}
_STOPS: dict[tuple[bool, Role], list[StopReason]] = {
    (True, Role.RECIPIENT): [StopReason.NOT_DELIVERED, StopReason.RECIPIENT_MOVES],
    (True, Role.PROVIDER): [StopReason.NOT_PICKED_UP, StopReason.FORCE_MAJEURE, StopReason.SURCHARGE_REFUSED],
    (False, Role.RECIPIENT): [
        StopReason.NOT_BEGUN,
        StopReason.TIMES_BROKEN,
        StopReason.BAD_QUALITY,
        StopReason.IMPROPER_BEHAVIOUR,
        StopReason.RECIPIENT_MOVES,
    ],
    (False, Role.PROVIDER): [
        StopReason.FORCE_MAJEURE,
        StopReason.CONFIRMED_INSULTS,
        StopReason.SURCHARGE_REFUSED,
    ],
}


def rank(world: World, one: model.Entitlement, offers: list[Offer]) -> list[Offer]:
    """One provider, or up to three in her order; rarely the same twice, or one that does not come there."""
    if world.chance(0.9):
        offers = [offer for offer in offers if one.person.place in offer.places]
    most = min(world.rng.choice([1, 1, 1, 2, 3]), len(offers))
    return world.rng.sample(offers, most) if world.chance(0.97) else world.rng.choices(offers, k=most)


def _place(session: Session, world: World, actor: Actor, wish: Wish, document: dict[str, UUID]) -> Order:
    document["id"] = orders.prepare(session, wish, actor, world.now).id
    placed = orders.place(session, signed(document["id"]), actor, world.now)
    if int(document["id"]) % 8 == 0:
        orders.place(session, signed(document["id"]), actor, world.now)
    return placed


def _wish(world: World, one: model.Entitlement) -> NewOrder:
    """Days and hours near what may be ordered; one in ten is beyond."""
    first = max(world.today, one.starts_on) + timedelta(days=world.rng.choice([0, 0, 1, 3, 10]))
    last = min(first + timedelta(days=world.rng.choice([3, 10, 30, 60, 120])), one.ends_on)
    first = min(first, last)
    days = (last - first).days + 1
    beyond = world.chance(0.1)
    if one.service is Service.INTERPRETER:
        most = one.available + (200 if beyond else 0)
        way = world.rng.choice(["offline", "online"])
        return NewOrder(one.service, first, last, world.rng.randint(1, max(most, 1)), None, way)
    a_day = max(min(one.available // days, 480), 1)
    a_day = world.rng.randint(1, 600) if beyond else world.rng.randint((a_day + 1) // 2, a_day)
    if beyond and world.chance(0.3):
        last = date(last.year + 1, 3, 1)
    return NewOrder(one.service, first, last, a_day * ((last - first).days + 1), a_day, "offline")
