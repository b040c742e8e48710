"""Acts at the provider: drawn up, signed by three sides, sent, taken back, cancelled, corrected."""

from uuid import UUID

from portal.models.act import Act
from portal.operations import acts
from portal.rules.acts import ActStatus
from portal.rules.service import Service
from tests.pen import signed
from tests.simulator import expected, papers
from tests.simulator.papers import AGREED, UNSENT
from tests.simulator.steps import step
from tests.simulator.world import Specialist, World


@step(30)
def draw_up(world: World) -> bool:
    """The provider draws the act of a month up, now and then too early; a standing act is given as it is."""
    order = world.pick((o for o in world.orders if o.used), late=False)
    months = sorted({v.day.replace(day=1) for v in order.visits}) if order else []
    if order is None:
        return False
    month = world.rng.choice(months)
    visits = expected.can_be_acted(order, month)
    standing = order.standing(month)
    is_over = month < world.today.replace(day=1) or (order.ended_on is not None and order.ended_on <= world.today)
    as_it_is = standing is not None and (standing.status not in AGREED or not visits)
    actor = order.offer.provider.actor
    sheets: list[tuple[UUID, Specialist]] = []
    by_id = {one.id: one for one in order.offer.provider.specialists.get(order.entitlement.service, [])}

    def note(act: Act) -> None:
        sheets[:] = [(sheet.document_id, by_id[sheet.specialist_id]) for sheet in act.sheets]

    made = world.attempt(
        lambda s: acts.draw_up(s, order.id, month, actor, world.now),
        allowed=as_it_is or (is_over and bool(visits)),
        again=True,
        note=note,
    )
    if made is not None and not as_it_is:
        act = papers.Act(made.id, order, month, visits, expected.amount(visits), made.document_id, sheets, world.today)
        act.minutes = sum(visit.minutes for visit in visits)
        order.acts.append(act)
        world.acts.append(act)
        for visit in visits:
            visit.act = act
        world.touch(act, *visits)
    world.touch(order, standing)
    return True


@step(34)
def sign(world: World) -> bool:
    """All who have not signed an act yet do; nobody signs for the dead, or what is objected to."""
    act = _unsent(world)
    if act is None:
        return False
    for sheet in list(act.unsigned):
        if world.chance(0.9):
            document_id, specialist = sheet
            world.attempt(
                lambda s, d=document_id, a=specialist.actor: acts.sign_sheet(s, signed(d), a, world.now),  # type: ignore[misc]
                allowed=act.status in UNSENT,
                again=True,
            )
            if act.status in UNSENT:
                act.unsigned.remove(sheet)
    one = act.order.entitlement
    objected = any(visit.objected for visit in act.visits if visit.act is act)
    may = act.status is ActStatus.DRAWN_UP and one.person.died_on is None and not objected
    actor = world.acting_for(one.person)
    done = world.attempt(
        lambda s: acts.sign_by_recipient(s, signed(act.document_id), actor, world.now),
        allowed=act.signed or may,
        again=True,
    )
    if done is not None and not act.signed:
        act.signed, act.status = True, ActStatus.SIGNED
    world.touch(act)
    return True


@step(34)
def submit(world: World) -> bool:
    """The provider signs and sends the act; a second time changes nothing."""
    act = _unsent(world)
    if act is None:
        return False
    one = act.order.entitlement
    died = one.person.died_on is not None
    sheets = not act.unsigned or (died and one.service is Service.ASSISTANT)  # an interpreter signs also after a death
    complete = (act.signed or died) and sheets
    allowed = act.sent or (act.status in UNSENT and complete and not expected.is_blocked(act))
    actor = act.order.offer.provider.actor
    done = world.attempt(
        lambda s: acts.submit(s, signed(act.document_id), actor, world.now), allowed=allowed, again=True
    )
    if done is not None and not act.sent:
        act.sent, act.status = True, ActStatus.SUBMITTED
    world.touch(act)
    return True


@step(3)
def withdraw(world: World) -> bool:
    """The provider takes a sent act back, if the office has not begun."""
    sent = [act for act in world.acts if act.sent]
    waiting = [act for act in sent if act.status is ActStatus.SUBMITTED]
    act = world.pick(waiting if waiting and world.chance(0.6) else sent)
    if act is None:
        return False
    actor = act.order.offer.provider.actor
    allowed = act.status is ActStatus.SUBMITTED
    if world.attempt(lambda s: acts.withdraw(s, act.id, "Қате бар", actor, world.now), allowed=allowed) is not None:
        act.free(ActStatus.WITHDRAWN)
    world.touch(act, *act.visits)
    return True


@step(4)
def cancel(world: World) -> bool:
    """An act that was not sent is put away."""
    act = _unsent(world)
    if act is None:
        return False
    actor = act.order.offer.provider.actor
    allowed = act.status in UNSENT
    if world.attempt(lambda s: acts.cancel(s, act.id, actor, world.now), allowed=allowed) is not None:
        act.free(ActStatus.CANCELLED)
    world.touch(act, *act.visits)
    return True


def _unsent(world: World) -> papers.Act | None:
    unsent = [act for act in world.acts if act.status in UNSENT]
    return world.pick(unsent if unsent and world.chance(0.95) else world.acts)
