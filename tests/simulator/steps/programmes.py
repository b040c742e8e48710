"""Programmes: they arrive, newer versions change them, wrong and old ones are refused, they are closed early."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.models.programme import Programme
from portal.operations import person_events, programmes
from portal.rules.programmes import NewMeasure, NewPerson, NewProgramme, NewRepresentative
from portal.rules.returns import EventKind
from portal.rules.service import Service
from tests.simulator import expected, goods, late_news, model, offices, papers, versions
from tests.simulator.steps import step
from tests.simulator.world import World

MOST_PEOPLE = 400
_A_DAY, _IN_ALL = ("minute_a_day", "hour_a_day"), ("minute", "hour", "day", "piece")


@step(9)
def arrive(world: World) -> bool:
    """A programme of somebody whom nobody knew, with one or two measures."""
    person = new_person(world)
    if person is None:
        return False
    sent = programme(world, person, [_measure(world, number) for number in range(world.rng.choice([1, 1, 2]))])
    return receive(world, sent, model.Person(papers.UNKNOWN, person.iin, person.place, None), None)


@step(2)
def second(world: World) -> bool:
    """Another programme beside the one that a person has."""
    known = world.pick(world.people)
    if known is None:
        return False
    sent = programme(world, lives(world, known), [_measure(world, 0)])
    return receive(world, sent, known, None)


@step(8)
def newer(world: World) -> bool:
    """A newer version: longer, shorter, more, fewer, without a measure, with another one; it opens what was closed."""
    held = world.pick((one for person in world.people for one in person.programmes), late=False)
    if held is None:
        return False
    version = held.sent.version + world.rng.choice([1, 1, 2])
    sent = replace(held.sent, version=version, person=lives(world, held.person))
    if world.chance(0.25):
        sent = replace(sent, representative=_representative(world))
    kept = [changed(world, one, sent.valid_from) for one in sent.measures if world.chance(0.85)]
    if not kept or world.chance(0.15):
        kept.append(_measure(world, free_number(held, kept)))
    last = max(one.valid_to for one in kept)
    return receive(world, replace(sent, measures=tuple(kept), valid_to=last), held.person, held)


@step(2)
def wrong(world: World) -> bool:
    """An old version, a negative volume, a measure that ends before it begins: refused, and nothing is left of it."""
    held = world.pick(one for person in world.people for one in person.programmes)
    if held is None:
        return False
    first, *rest = held.sent.measures
    bad = world.rng.choice(
        [
            held.sent,
            replace(held.sent, version=held.sent.version - 1),
            replace(held.sent, version=99, measures=(replace(first, quantity=-5, unit="hour"), *rest)),
            replace(held.sent, version=99, measures=(replace(first, valid_to=date(2001, 1, 1)), *rest)),
            replace(held.sent, version=99, measures=(replace(first, service="massage"), *rest)),
            replace(held.sent, version=99, representative=NewRepresentative(held.person.iin, "Өзі", "Өзі", "parent")),
        ]
    )
    world.attempt(lambda session: programmes.receive(session, bad, ESOBES, world.now), allowed=False)
    world.touch(*held.person.entitlements)
    return True


@step(2)
def close(world: World) -> bool:
    """E-Sobes closes a programme, today or on a day that has passed, or says another day; a message may come twice."""
    again = world.chance(0.2)
    held = world.pick(one for person in world.people for one in person.programmes if one.is_closed is again)
    if held is None or world.chance(0.5):
        return False
    return _close(world, held, world.today - timedelta(days=world.rng.choice([0, 0, 1, 5, 20])))


@step(4)
def close_on_another_day(world: World) -> bool:
    """A programme was closed on an earlier day, or on a later one, than was said before; or on the very same."""
    held = world.pick((one for person in world.people for one in person.programmes if one.is_closed), late=False)
    if held is None:
        return False
    said = [event.on for event in late_news.in_force(held.person, EventKind.PROGRAMME_CLOSED, held)]
    on = said[-1] + timedelta(days=world.rng.choice([-20, -4, -1, 0, 1, 2, 9, 40]))
    return _close(world, held, min(on, world.today))


def _close(world: World, held: model.Programme, on: date) -> bool:

    def deed(session: Session) -> None:
        programme = session.get_one(Programme, held.id)
        person_events.programme_closed(session, programme, on, ESOBES, world.now)

    world.attempt(deed, allowed=True, again=True)
    kind, before = EventKind.PROGRAMME_CLOSED, struck_goods(held.person)
    world.touch(*late_news.becomes_known(held.person, kind, on, world.today, world.elsewhere, held))
    world.touch(held)
    tell_of_goods(world, held.person, before)
    for one in held.person.entitlements:
        touch_whole(world, one)
    return True


def struck_goods(person: model.Person) -> set[model.Visit]:
    """Hand-overs of somebody that news have struck."""
    found = (visit for one in person.entitlements for order in one.orders for visit in order.visits)
    return {visit for visit in found if visit.is_of_goods and visit.struck and visit.ended_by is not None}


def tell_of_goods(world: World, person: model.Person, before: set[model.Visit]) -> None:
    """Count the hand-overs that news have struck, and those that stand again."""
    after = struck_goods(person)
    for visit in after - before:
        world.tell(f"goods struck by news: {visit.stage}")
    for visit in before - after:
        world.tell(f"goods stand again: {visit.stage}")


def touch_whole(world: World, one: model.Entitlement) -> None:
    """An entitlement with its orders and their visits is compared."""
    world.touch(one, *one.orders, *(visit for order in one.orders for visit in order.visits))
    world.touch(*(act for order in one.orders for act in order.acts))


def receive(world: World, sent: NewProgramme, person: model.Person, held: model.Programme | None) -> bool:
    """It arrives; the model takes it, too, unless it is to be refused."""
    ids: dict[str, UUID] = {}

    def note(programme: Programme) -> None:
        ids.update({one.external_id: one.id for one in programme.measures})
        ids["person"] = programme.person_id

    allowed = person.is_here and goods.fit(sent, person, held)
    taken = world.attempt(
        lambda session: programmes.receive(session, sent, ESOBES, world.now), allowed=allowed, note=note
    )
    if taken is None:
        world.touch(*person.entitlements)
        return True
    offices.live_in(person, sent.person.place, world.office_of(sent.person.place), world.today)
    if held is None:
        held = model.Programme(taken.id, person, sent, person.office, received_on=world.today)
        if not person.programmes:
            person.id = ids["person"]
            world.people.append(person)
        person.programmes.append(held)
    ordered = [one for one in person.entitlements if one.service in goods.GOODS and one.reserved]
    said = sent.representative
    person.represent(held, world.representatives[said.iin] if said else None)
    world.touch(*_bring(world, held, sent, ids))
    for one in ordered:
        if one.excess or one.closed_on:
            world.tell("goods lowered while ordered" if one.excess else "goods taken out while ordered")
    world.identify(person)
    world.touch(person, *person.programmes)
    for one in person.entitlements:
        touch_whole(world, one)
    return True


def _bring(world: World, held: model.Programme, sent: NewProgramme, ids: dict[str, UUID]) -> list[papers.Act]:
    """The model's programme becomes what was sent: what is gone first, then what stays, then what is new."""
    cancelled: list[papers.Act] = []
    said = {one.id: one for one in sent.measures}
    held.sent, held.office, held.is_closed = sent, held.person.office, False
    late_news.is_over(held.person, EventKind.PROGRAMME_CLOSED, held)
    for gone in sorted(set(held.measures) - set(said)):
        cancelled += _drop(world, held, gone)
    for name in sorted(set(held.measures) & set(said)):
        _fill(held.measures[name], said.pop(name), sent)
        cancelled += versions.bring(held.measures[name], world.today)
    for name, new in said.items():
        measure = model.Measure(held, name, Service(new.service), new.valid_from, new.valid_to, None, None)
        _fill(measure, new, sent)
        measure.id = ids[name]
        measure.by_quarter = world.edition == "2023" and measure.service is Service.ASSISTANT
        held.measures[name] = measure
        expected.renew(measure, world.today)
    return cancelled


def _drop(world: World, held: model.Programme, name: str) -> list[papers.Act]:
    measure = held.measures[name]
    if not measure.entitlements:
        del held.measures[name]
        return []
    measure.valid_to = max(measure.valid_from, min(measure.valid_to, world.today))
    lasting = [one for one in measure.entitlements.values() if one.closed_on is None]
    held.person.looked_at_again |= {one.service for one in lasting}
    return [act for one in lasting for act in late_news.end_entitlement(one, world.today)]


def _fill(measure: model.Measure, new: NewMeasure, whole: NewProgramme) -> None:
    measure.valid_from, measure.valid_to = max(new.valid_from, whole.valid_from), min(new.valid_to, whole.valid_to)
    units = (new.quantity or 0) * (60 if (new.unit or "").startswith("hour") else 1) or None
    measure.a_day = units if new.unit in _A_DAY else None
    measure.in_all = units if new.unit in _IN_ALL or new.service in goods.GOODS else None
    measure.code = new.classifier_code


def new_person(world: World) -> NewPerson | None:
    """Somebody whom nobody knows yet; None when there are enough people."""
    number = len(world.people) + 1
    if number > MOST_PEOPLE:
        return None
    return NewPerson(
        iin=next(world.iins),
        last_name=f"Өмірлік{number}",
        first_name="Айгүл",
        birth_date=date(1980, 5, 17),
        language=world.rng.choice(["kk", "ru"]),
        place=_place(world),
        address="Абай көшесі, 1",
        phone=f"+7701{number:07d}" if world.chance(0.8) else None,
    )


def _place(world: World) -> str:
    most = world.offices[0].places
    return world.rng.choice(most if world.chance(0.5) else [place for one in world.offices for place in one.places])


def lives(world: World, person: model.Person) -> NewPerson:
    """The person as E-Sobes knows them: where they live now, or where they lived before or will live."""
    said: NewPerson = person.programmes[0].sent.person
    return replace(said, place=_place(world) if world.chance(0.1) else person.place)


def programme(world: World, person: NewPerson, measures: list[NewMeasure]) -> NewProgramme:
    """A first version, for as long as its longest measure."""
    since = world.today - timedelta(days=world.rng.randint(0, 40))
    last = max(one.valid_to for one in measures)
    number = f"IRP-{world.rng.randrange(10**12)}"
    return NewProgramme(number, 1, since, last, person, tuple(measures), _representative(world))


def _representative(world: World) -> NewRepresentative | None:
    """A parent, a guardian or somebody with a power of attorney, now and then a clerk of an office; or nobody."""
    if world.chance(0.6):
        return None
    kinds: list[Literal["parent", "guardian", "attorney"]] = ["parent", "guardian", "attorney"]
    return NewRepresentative(world.rng.choice(list(world.representatives)), "Өкіл", "Асан", world.rng.choice(kinds))


def _measure(world: World, number: int) -> NewMeasure:
    """A measure of some months or years, with a volume of its own or that of the law."""
    service = world.rng.choice(["assistant"] * 5 + ["interpreter"] * 2 + ["sanatorium"])
    return _volume(world, NewMeasure(f"{number}", service, *some_days(world)))


def some_days(world: World) -> tuple[date, date]:
    """Some weeks to years, from days ago to soon."""
    since = world.today + timedelta(days=world.rng.choice([-60, -10, 0, 0, 5, 40]))
    return since, max(since, world.today) + timedelta(days=world.rng.choice([20, 60, 200, 400, 900]))


def free_number(held: model.Programme, kept: Sequence[NewMeasure]) -> int:
    """A number under which no measure of the programme is held: one that gave nothing is gone with its number."""
    taken = {*held.measures, *(one.id for one in kept)}
    return next(number for number in range(len(held.measures), 999) if str(number) not in taken)


def of_goods(world: World, name: str, services: Sequence[Service] = goods.GOODS) -> NewMeasure:
    """Some pieces of an item, sometimes more than may be."""
    service = world.rng.choice(list(services))
    code = world.rng.choice(goods.ITEMS[service])
    return _volume(world, NewMeasure(name, service.value, *some_days(world), classifier_code=code))


def _volume(world: World, one: NewMeasure) -> NewMeasure:
    units: list[tuple[int | None, str | None]] = [(None, None), (None, None), (world.rng.randint(5, 300), "hour")]
    if one.service == "sanatorium":
        units = [(None, None), (1, "stay"), (world.rng.randint(1, 14), "day")]
    if one.service in goods.GOODS:
        some = world.rng.randint(50, 2500) if goods.norm(one.classifier_code) else world.rng.randint(2, 4)
        chair = one.service == Service.WHEELCHAIR
        units = [(None, None), (1, "piece"), (1, None), (1 if chair and world.chance(0.9) else some, "piece")]
    if one.service == "assistant":
        units += [(world.rng.randint(1, 9), "hour_a_day"), (world.rng.randint(30, 500), "minute_a_day")]
    quantity, unit = world.rng.choice(units)
    return replace(one, quantity=quantity, unit=unit)


def changed(world: World, one: NewMeasure, since: date) -> NewMeasure:
    """The same measure with other days, another volume, or as it was."""
    if world.chance(0.4):
        one = _volume(world, one)
    if world.chance(0.5):
        last = world.today + timedelta(days=world.rng.choice([-30, -3, 0, 10, 90, 300, 700]))
        one = replace(one, valid_to=max(one.valid_from, since, last))
    return one
