"""Programmes of goods: prosthetics, aids, hygiene under its norms and wheelchairs by piece, given once or each year."""

from dataclasses import replace

from portal.actor import ESOBES
from portal.operations import programmes as real
from portal.rules.programmes import NewMeasure
from portal.rules.service import Service
from tests.simulator import goods, model, papers
from tests.simulator.steps import step
from tests.simulator.steps.programmes import changed, free_number, lives, new_person, of_goods, programme, receive
from tests.simulator.world import World


@step(7)
def arrive(world: World) -> bool:
    """A programme with some goods, of somebody new or beside another one, perhaps of the same item."""
    known = world.pick(world.people, late=False) if world.chance(0.6) else None
    measures = [of_goods(world, f"{number}") for number in range(world.rng.choice([1, 2, 3]))]
    if known is not None:
        return receive(world, programme(world, lives(world, known), measures), known, None)
    person = new_person(world)
    if person is None:
        return False
    unknown = model.Person(papers.UNKNOWN, person.iin, person.place, None)
    return receive(world, programme(world, person, measures), unknown, None)


@step(4)
def newer(world: World) -> bool:
    """More pieces, fewer, for longer or shorter; an item goes, another one comes."""
    held = world.pick([one for one in _programmes(world) if _goods(one)], late=False)
    if held is None:
        return False
    sent = held.sent
    kept = [changed(world, one, sent.valid_from) for one in sent.measures if world.chance(0.85)]
    if not kept or world.chance(0.3):
        kept.append(of_goods(world, f"{free_number(held, kept)}"))
    last = max(one.valid_to for one in kept)
    newer = replace(sent, version=sent.version + 1, measures=tuple(kept), valid_to=last)
    return receive(world, replace(newer, person=lives(world, held.person)), held.person, held)


@step(5)
def fewer(world: World) -> bool:
    """A newer version gives fewer pieces than are ordered, or the item no more: what is set aside or used stays."""
    ordered = [one for one in world.entitlements if one.service in goods.GOODS and one.reserved and not one.closed_on]
    one = world.pick(ordered, late=False)
    if one is None or one.given < 2:
        return False
    held, sent = one.measure.programme, one.measure.programme.sent
    less = max((one.used + one.reserved) // 2, 1)
    measures = [
        replace(each, quantity=less, unit="piece") if each.id == one.measure.external_id else each
        for each in sent.measures
        if each.id != one.measure.external_id or len(sent.measures) == 1 or world.chance(0.7)
    ]
    last = max(each.valid_to for each in measures)
    newer = replace(sent, version=sent.version + 1, measures=tuple(measures), valid_to=last)
    return receive(world, replace(newer, person=lives(world, held.person)), held.person, held)


@step(2)
def wrong(world: World) -> bool:
    """Two chairs that exclude each other, another item than was said, no code, a wrong one, too many: all refused."""
    held = world.pick([one for one in _programmes(world) if _goods(one)])
    if held is None:
        return False
    first = of_goods(world, "wrong", [Service.TECHNICAL_AID])
    bad = [
        replace(first, classifier_code=None),
        replace(first, classifier_code="301"),
        replace(first, classifier_code="501302"),
        replace(first, classifier_code="3011007", quantity=51, unit="piece"),
        replace(first, quantity=1, unit="hour"),
    ]
    chairs = [replace(first, id=code, service="wheelchair", classifier_code=code) for code in ("502301", "5024")]
    bad += [replace(one, classifier_code=_another(one)) for one in held.sent.measures if one.service in goods.GOODS]
    measures = world.rng.choice([*([one] for one in bad), [replace(one, quantity=1, unit="piece") for one in chairs]])
    sent = replace(held.sent, version=held.sent.version + 1, measures=tuple(measures))
    sent = replace(sent, valid_to=max(one.valid_to for one in measures), person=lives(world, held.person))
    world.attempt(lambda session: real.receive(session, sent, ESOBES, world.now), allowed=False)
    world.touch(held.person, *held.person.entitlements)
    return True


def _another(one: NewMeasure) -> str:
    """The item next to that of a measure: it is another thing, and needs a measure of its own."""
    items = goods.ITEMS[Service(one.service)]
    return items[items.index(one.classifier_code or "") - 1]


def _programmes(world: World) -> list[model.Programme]:
    return [one for person in world.people for one in person.programmes]


def _goods(held: model.Programme) -> bool:
    return any(one.service in goods.GOODS for one in held.measures.values())
