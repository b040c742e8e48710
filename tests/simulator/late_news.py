"""What news of a person does, said a second time: what ends, which visits fall, what becomes of acts and money."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from portal.rules.acts import ActStatus
from portal.rules.orders import OrderStatus
from portal.rules.payments import PaymentStatus
from portal.rules.returns import EventKind
from portal.rules.service import Service
from tests.simulator import choosing, expected
from tests.simulator.model import RUNNING, Entitlement, Event, Order, Person, Programme, Visit
from tests.simulator.papers import DECIDED, UNSENT, Act, Claim

Elsewhere = Callable[[Visit], bool]


def end_entitlement(one: Entitlement, on: date, event: Event | None = None) -> list[Act]:
    """It ends on a day: orders close, later visits are struck, the rest goes back (R83.6); says which acts it meets."""
    last = min(on, one.lasts_until)
    if event is not None:
        choice = one.waits_since, one.remind_on, one.blocked_on
        event.entitlements[one] = one.closed_on, one.returned, one.excess, one.ended_by, choice
    for order in one.orders:
        _end_order(order, last, event)
    one.closed_on, one.ended_by = last, event
    acts = _strike_later(one)
    one.returned += one.available
    one.excess = 0
    return acts


def _end_order(order: Order, last: date, event: Event | None) -> None:
    if order.status not in RUNNING and (order.ended_on is None or order.ended_on <= last):
        return
    if event is not None:
        event.orders[order] = order.status, order.reason, order.ended_on, order.ended_by
    order.ended_by = event
    if order.status in RUNNING:
        order.end(OrderStatus.CLOSED, min(last, order.ends_on))
    else:
        order.ended_on = last


def _strike_later(one: Entitlement) -> list[Act]:
    later = [visit for order in one.orders for visit in order.visits if _is_later(visit)]
    acts = list({visit.act: None for visit in later if visit.act is not None})
    for act in acts:
        reach(act)
    for visit in later:
        if visit.act is None and not visit.struck:
            visit.strike(one.ended_by)
    return acts


def _is_later(visit: Visit) -> bool:
    closed_on = visit.order.entitlement.closed_on
    return closed_on is not None and visit.day > closed_on and not visit.struck


def reach(act: Act) -> None:
    """The act of later visits is cancelled, goes back, is set aside, or is claimed back; not while it is being paid.

    What ended the order counts, also when the entitlement lasts again by then.
    """
    order, payment = act.order, act.payment
    ended_on, event = order.ended_on or date.max, order.ended_by
    later = [visit for visit in act.visits if visit.act is act and not visit.struck and visit.day > ended_on]
    if not later or (event is None and act.status in DECIDED):
        return
    if payment is not None and payment.may_be_out:
        return
    take_out(act, later, event, event.kind.value if event else "")


def take_out(act: Act, later: Sequence[Visit], event: Event | None, reason: str) -> None:
    """These visits do not count: what is paid for them is claimed back, else the act does not stand."""
    if act.status is ActStatus.PAID:
        act.claims.append(_claim(act, later, event, reason))
    else:
        _fall(act)
    for visit in later:
        visit.strike(event)


def _claim(act: Act, later: Sequence[Visit], event: Event | None, reason: str) -> Claim:
    standing = [visit for visit in act.visits if visit.act is act and not visit.struck]
    rest = [visit for visit in standing if visit not in later]
    tiyn = expected.amount(standing) - expected.amount(rest)
    return Claim(act, event, reason, sum(visit.minutes for visit in later), tiyn)


def _fall(act: Act) -> None:
    """The act does not stand; its payment is not made, and lets go what it kept for claims."""
    if act.status in UNSENT:
        act.free(ActStatus.CANCELLED)
    else:
        act.free(ActStatus.SET_ASIDE if act.status is ActStatus.ACCEPTED else ActStatus.RETURNED)
    if act.payment is not None:
        act.payment.status = PaymentStatus.CANCELLED
        for claim, tiyn in act.payment.kept.items():
            claim.under_way -= tiyn
        act.payment.kept.clear()


def becomes_known(
    person: Person, kind: EventKind, on: date, today: date, elsewhere: Elsewhere, programme: Programme | None = None
) -> list[Act]:
    """A death, a departure or a closed programme; of one that is known, another day corrects it."""
    held = in_force(person, kind, programme)
    if held and held[-1].on == on:
        return []
    acts = take_back(person, held, today, elsewhere) if held and held[-1].on < on else []
    if programme is not None:
        programme.is_closed = True
    elif kind is EventKind.DEATH:
        person.died_on = on
    else:
        person.departed_on = on
    return acts + _carry_out(person, Event(kind, on, programme), person.entitlements)


def in_force(person: Person, kind: EventKind, programme: Programme | None = None) -> list[Event]:
    """The events of a kind that hold: a departure until the return, a closed programme until a newer version."""
    mine = [event for event in person.events if event.kind is kind and event.programme is programme]
    return [event for event in mine if not event.is_undone and not event.is_over]


def is_over(person: Person, kind: EventKind, programme: Programme | None = None) -> None:
    """She has come back, or the programme is open again: what it did stands, but it holds no more."""
    for event in in_force(person, kind, programme):
        event.is_over = True


def _carry_out(person: Person, event: Event, among: Iterable[Entitlement]) -> list[Act]:
    person.events.append(event)
    mine = [one for one in among if event.programme in {None, one.measure.programme}]
    lasting = [one for one in mine if one.closed_on is None or one.closed_on > event.on]
    if event.kind is EventKind.PROGRAMME_CLOSED:
        person.looked_at_again |= {one.service for one in lasting}
    return [act for one in lasting for act in end_entitlement(one, event.on, event)]


def take_back(person: Person, held: Sequence[Event], today: date, elsewhere: Elsewhere) -> list[Act]:
    """Events of a kind were a mistake: all down to the first is undone, newest first; the others happen again."""
    person.looked_at_again |= set(Service)
    first = person.events.index(held[0])
    since = [one for one in person.events[first:] if one.kind is not EventKind.RETURN and not one.is_undone]
    acts: list[Act] = []
    restored: dict[Entitlement, None] = {}
    for event in reversed(since):
        for one in sorted(event.entitlements, key=lambda one: one.id):
            if one.ended_by is event:
                restored[one] = None
                acts += _restore(one, event, today, elsewhere)
                acts += _strike_later(one)
        event.is_undone = True
    for event in since:
        if event not in held:
            acts += _carry_out(person, Event(event.kind, event.on, event.programme, is_over=event.is_over), restored)
    return acts


def _restore(one: Entitlement, event: Event, today: date, elsewhere: Elsewhere) -> list[Act]:
    """What the event ended is as it was; hours that a late visit has used since are not there for orders any more."""
    closed_on, returned, excess, one.ended_by, choice = event.entitlements[one]
    one.waits_since, one.remind_on, one.blocked_on = choice
    struck = [v for order in one.orders for v in order.visits if v.ended_by is event]
    standing = []
    for visit in sorted(struck, key=lambda visit: (visit.day, visit.id)):
        fits = visit.order.used + visit.minutes <= visit.order.minutes and visit.minutes <= one.returned
        if fits and not elsewhere(visit) and _has_room(visit):
            visit.stand_again()
            standing.append(visit)
    one.closed_on = closed_on
    if closed_on is None:
        one.returned = min(one.returned, returned)
    for order in sorted(one.orders, key=lambda order: order.id):
        if order.ended_by is event:
            _reopen(order, event, today)
    one.excess = 0
    one.fewer(excess)
    choosing.look(one, today)
    for claim in [claim for order in one.orders for act in order.acts for claim in act.claims if claim.event is event]:
        _let_go(claim, struck, standing)
    over_on = one.over_on(today) if one.closed_on is None else None
    if over_on is not None:
        return end_entitlement(one, over_on)
    return [act for order in one.orders for act in order.acts]


def _has_room(visit: Visit) -> bool:
    """Nobody else was with the recipient then, and an assistant's day has at most eight hours (R34.1)."""
    one = visit.order.entitlement
    of_day = [v for order in one.person.orders(one.service) for v in order.visits if v.day == visit.day]
    others = [other for other in of_day if not other.struck and other is not visit]
    minutes = visit.minutes + sum(other.minutes for other in others)
    limit = 8 * 60 if one.service is Service.ASSISTANT else minutes
    return minutes <= limit and not any(other.overlaps(visit) for other in others)


def sign_anew(person: Person) -> list[Act]:
    """A death was a mistake: acts that were sent without a signature because of it are to be signed (R42.5)."""
    acts = [act for one in person.entitlements for order in one.orders for act in order.acts]
    lacking = [act for act in acts if act.status in DECIDED - {ActStatus.PAID} and (not act.signed or act.unsigned)]
    fallen = [act for act in lacking if act.payment is None or not act.payment.may_be_out]
    for act in fallen:
        _fall(act)
    return fallen


def _reopen(order: Order, event: Event, today: date) -> None:
    order.status, order.reason, ended_on, order.ended_by = event.orders[order]
    order.ended_on = ended_on
    handed = [visit for visit in order.visits if order.is_of_goods and not visit.struck]
    if handed and (order.status in RUNNING or order.is_handed_over):  # perhaps while it was ended by mistake
        order.status, order.reason, order.ended_on = OrderStatus.CLOSED, "handed_over", handed[0].day
    elif order.status is OrderStatus.PLACED and order.ends_on < today:  # there is nothing left to answer
        order.status, order.reason, order.ended_on = OrderStatus.CLOSED, "expired", order.ends_on
    elif order.status in RUNNING:
        order.lacks = order.minutes - order.used
        order.lacks -= min(order.lacks, order.entitlement.available)
    if order.status is OrderStatus.PLACED:
        order.answer_due_on = expected.working_days_after(today, 5)


def _let_go(claim: Claim, struck: Sequence[Visit], standing: Sequence[Visit]) -> None:
    """A claim of which nothing came back is withdrawn; else its visits are free for a further act."""
    of_act = [visit for visit in struck if visit.act is claim.act]
    if claim.is_withdrawn:
        return
    if not claim.settled and not claim.under_way and all(visit in standing for visit in of_act):
        claim.is_withdrawn = True
        return
    for visit in of_act:
        visit.act = None
