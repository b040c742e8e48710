"""Objections: raised, taken back, and settled by either side or the office."""

from portal.operations import objections
from portal.rules.acts import ActStatus
from portal.rules.objections import Settlement
from portal.rules.service_log import ObjectionReason
from tests.simulator import model
from tests.simulator.steps import step
from tests.simulator.world import World


@step(8)
def object_to(world: World) -> bool:
    """The recipient objects to a visit; the same objection again changes nothing."""
    visit = world.pick(v for o in world.pick_orders(6) for v in o.visits)
    if visit is None:
        return False
    actor = world.acting_for(visit.order.entitlement.person)
    signed = visit.held and visit.act is not None and visit.act.status is not ActStatus.DRAWN_UP
    allowed = visit.objected or not (visit.struck or signed or visit.objection == "stands")
    reasons = _OF_GOODS if visit.is_of_goods else _OF_VISITS
    reason = world.rng.choice(reasons if visit.objected or world.chance(0.95) else list(ObjectionReason))
    if visit.objected:
        reason = visit.reason
    allowed = allowed and reason in reasons
    done = world.attempt(
        lambda s: objections.object_to(s, visit.id, reason, "Дұрыс емес", actor, world.now),
        allowed=allowed,
        again=True,
    )
    if done is not None:
        visit.objection, visit.reason = "open", reason
    world.touch(visit)
    return True


@step(8)
def settle(world: World) -> bool:
    """An objection ends; sometimes there is none, or it is not for this side to end it so."""
    visits = [v for o in world.orders[-80:] for v in o.visits if v.objected]
    visit = world.pick(visits or [v for o in world.pick_orders(4) for v in o.visits])
    if visit is None:
        return False
    settlement = world.rng.choice(list(Settlement))
    provider = visit.order.offer.provider.actor
    person = visit.order.entitlement.person
    office, clerk = visit.order.office, world.clerk(visit.order.office)
    who = {
        Settlement.WITHDRAWN: [world.acting_for(visit.order.entitlement.person)],
        Settlement.STRUCK: [provider, provider if visit.is_of_goods else visit.specialist.actor, clerk],
        Settlement.STANDS: [clerk, clerk, provider],
    }[settlement]
    actor = world.rng.choice(who)
    allowed = _may_settle(visit, settlement) and (settlement is not Settlement.STANDS or actor is not provider)
    allowed = allowed and (actor is not clerk or (office.has(clerk) and not person.is_kin_of(clerk)))
    done = world.attempt(
        lambda s: objections.settle(s, visit.id, settlement, "Қаралды", actor, world.now), allowed=allowed
    )
    if done is not None:
        if settlement is Settlement.STRUCK:
            visit.strike()
        visit.objection = settlement.value
    world.touch(visit)
    return True


_OF_GOODS = [ObjectionReason.NOT_RECEIVED, ObjectionReason.DAMAGED, ObjectionReason.NOT_AS_ORDERED]
_OF_VISITS = [one for one in ObjectionReason if one not in _OF_GOODS]


def _may_settle(visit: model.Visit, settlement: Settlement) -> bool:
    return visit.objected and not visit.struck and not (settlement is Settlement.STRUCK and visit.held)
