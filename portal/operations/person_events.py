"""What becomes known of a person (R83.6, RI.4): carried out once, corrected, and undone when it was a mistake.

| what comes | what it does |
|---|---|
| a death, a departure, a closed programme | everything ends on its day |
| the same of the same day, in other words | nothing; the journal says that it came |
| the same of an earlier day | what lies between is struck, too |
| the same of a later day | the first is undone, the second carried out |
| another kind | it changes only what it ends earlier |
| a return of somebody who had not left | nothing; the journal says that it came |

Events are undone newest first, down to the one that was a mistake; the others are then carried out again.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person import Person
from portal.models.person_event import PersonEvent
from portal.models.programme import Measure, Programme
from portal.operations import acts as act_operations
from portal.operations import endings, entitlements, late_news, locks, moves, restoring, sms
from portal.queries import acts, office_people, people
from portal.queries import person_events as found
from portal.rules.deciding import check_decider
from portal.rules.law import N_
from portal.rules.orders import OrderStatus
from portal.rules.parameters import FIRST_DAY
from portal.rules.quantities import day_of
from portal.rules.returns import ENDING, EventKind, check_undo
from portal.rules.roles import Role
from portal.sms import texts

_ALL = true()


def died(session: Session, person: Person, on: date, actor: Actor, now: datetime) -> None:
    """A death: everything ends on that day; what was rendered stays payable, without the recipient's signature."""
    _carry_out(session, person, EventKind.DEATH, on, actor, now)
    act_operations.give_a_month(session, person.id, on)


def departed(session: Session, person: Person, on: date, actor: Actor, now: datetime) -> None:
    """A departure: everything ends on that day."""
    _carry_out(session, person, EventKind.DEPARTURE, on, actor, now)


def came_back(session: Session, person: Person, on: date, actor: Actor, now: datetime) -> None:
    """A return to the country: what had ended is served again when a programme or a newer version of one arrives.

    What is given for a year that began meanwhile is given from tomorrow.
    """
    person = locks.person(session, person.id)
    if person.departed_on is not None:
        person.departed_on = None
        _over(found.in_force(session, person, EventKind.DEPARTURE), now)
        _add(session, person.id, EventKind.RETURN, on, now)
        entitlements.look_again(session, person.id, entitlements.tomorrow(now))
    record(session, actor, now, thing="people", thing_id=person.id, action="return", about=person.id)


def programme_closed(session: Session, programme: Programme, on: date, actor: Actor, now: datetime) -> None:
    """E-Sobes closed a programme: its entitlements end on that day."""
    person = locks.person(session, programme.person_id)
    _carry_out(session, person, EventKind.PROGRAMME_CLOSED, on, actor, now, programme)


def programme_opened(session: Session, programme: Programme, now: datetime) -> None:
    """A newer version has opened a programme again: its closing holds no more; what it ended follows the version."""
    _over(found.in_force(session, programme.person, EventKind.PROGRAMME_CLOSED, programme), now)
    programme.closed_at = programme.close_reason = None


def undo(session: Session, person_id: UUID, kind: EventKind, note: str, actor: Actor, now: datetime) -> Person:
    """A death or departure was reported by mistake: everything is as if it had not come (R83.6).

    LookupError when nothing of the kind is held of a person of this office. Nobody decides about their own kin.
    """
    check_undo(kind, note)
    person = _of_office(session, person_id, actor, now)
    locks.claims_around(session, person.id)
    held = found.in_force(session, person, kind)
    if not held:
        raise LookupError("no such event")
    field = "died_on" if kind is EventKind.DEATH else "departed_on"
    record(
        session,
        actor,
        now,
        thing="people",
        thing_id=person.id,
        action=f"undo_{kind}",
        about=person.id,
        before=getattr(person, field).isoformat(),
        personal={"note": note.strip()},
    )
    setattr(person, field, None)
    ended = {UUID(order_id) for event in held for order_id in event.before.get("orders", {})}
    _take_back(session, held, actor, now, note.strip())
    moves.catch_up(session, person, now)
    for act in acts.unsigned(session, person.id) if kind is EventKind.DEATH else ():
        late_news.sign_anew(session, locks.act(session, act.id), now)
    late_news.ask_anew(session, person.id, now)
    _tell_providers(session, ended, now)
    for who in (person, *people.representatives(session, person.id, now.date())):
        sms.owe(session, who, f"event:{held[-1].id}:undone:{who.id}", texts.services_restored(who), now)
    return person


def _tell_providers(session: Session, ended: Collection[UUID], now: datetime) -> None:
    """Those orders that go on after all: whoever works at their providers learns it by SMS, as they did of the end."""
    running = select(Order).where(Order.id.in_(ended), Order.status.in_((OrderStatus.PLACED, OrderStatus.ACCEPTED)))
    for order in session.scalars(running.order_by(Order.id)):
        for who in people.staff(session, order.provider_id):
            about = f"order:{order.id}:goes_on:{now.isoformat()}:{who.id}"
            sms.owe(session, who, about, texts.order_goes_on(who, order.number), now)


def refusal_of_day(on: date, birth_date: date | None, now: datetime) -> str | None:
    """Why an event cannot have been on that day: it is to come, before the birth, or before there was a portal."""
    if on > day_of(now):
        return N_("The day of the event is still to come.")
    if birth_date is not None and on < birth_date:
        return N_("The day of the event is before the person’s birth.")
    if on < FIRST_DAY:
        return N_("The day of the event is before there were any programmes.")
    return None


def _carry_out(
    session: Session,
    person: Person,
    kind: EventKind,
    on: date,
    actor: Actor,
    now: datetime,
    programme: Programme | None = None,
) -> None:
    """Write the event down and end what it ends; a correction of the one that is held undoes or adds to it."""
    person = locks.person(session, person.id)
    locks.claims_around(session, person.id)
    held = found.in_force(session, person, kind, programme)
    known = bool(held) and held[-1].happened_on == on
    thing = programme or person
    record(
        session,
        actor,
        now,
        thing=thing.__tablename__,
        thing_id=thing.id,
        action="close" if programme else kind.value,
        about=person.id,
        after=on.isoformat(),
        known=known,
    )
    if known:
        return
    if held and held[-1].happened_on < on:
        _take_back(session, held, actor, now, "")
    _hold(person, programme, kind, on, now)
    event = _add(session, person.id, kind, on, now, programme.id if programme else None)
    _end(session, event, actor, now)
    late_news.ask_anew(session, person.id, now)


def _over(events: Sequence[PersonEvent], now: datetime) -> None:
    for event in events:
        event.over_at = now


def _hold(person: Person, programme: Programme | None, kind: EventKind, on: date, now: datetime) -> None:
    if programme is not None:
        programme.closed_at, programme.close_reason = now, ENDING[kind].value
    elif kind is EventKind.DEATH:
        person.died_on = on
    else:
        person.departed_on = on


def _add(
    session: Session,
    person_id: UUID,
    kind: EventKind,
    on: date,
    reported_at: datetime,
    programme_id: UUID | None = None,
) -> PersonEvent:
    event = PersonEvent(
        id=uuid4(),
        person_id=person_id,
        kind=kind,
        happened_on=on,
        reported_at=reported_at,
        programme_id=programme_id,
        before={},
    )
    session.add(event)
    session.flush()
    return event


def _end(session: Session, event: PersonEvent, actor: Actor, now: datetime, among: ColumnElement[bool] = _ALL) -> None:
    """End what lasts, and bring to the event's day what ended later; the person is locked."""
    session.flush()
    on = event.happened_on
    lasting = or_(Entitlement.closed_on.is_(None), Entitlement.closed_on > on)
    for entitlement_id in session.scalars(
        select(Entitlement.id).where(_whose(event), lasting, among).order_by(Entitlement.id)
    ).all():
        entitlement = locks.entitlement(session, entitlement_id)
        endings.end_entitlement(session, entitlement, ENDING[event.kind], on, actor, now, event)


def _whose(event: PersonEvent) -> ColumnElement[bool]:
    if event.programme_id is None:
        return Entitlement.person_id == event.person_id
    return Entitlement.measure_id.in_(select(Measure.id).where(Measure.programme_id == event.programme_id))


def _take_back(session: Session, held: Sequence[PersonEvent], actor: Actor, now: datetime, note: str) -> None:
    """Undo these events of one kind; what came after them and is of another kind is carried out again.

    It ends again only what it, or what is undone, had ended: what a programme has given since stays.
    """
    since = found.since(session, held[0])
    locks.days_of(session, found.served(session, since))
    restored: set[UUID] = set()
    for event in reversed(since):
        restored.update(restoring.take_back(session, event, actor, now))
        event.note = note if event in held else ""
    for event in since:
        if event not in held:
            again = _add(session, event.person_id, event.kind, event.happened_on, event.reported_at, event.programme_id)
            again.over_at = event.over_at
            _end(session, again, SYSTEM, now, Entitlement.id.in_(restored))


def _of_office(session: Session, person_id: UUID, actor: Actor, now: datetime) -> Person:
    """The person, locked, of this office's district, and no kin of the clerk."""
    if actor.role is not Role.OFFICE or actor.organisation_id is None or actor.person_id is None:
        raise LookupError("no such person")
    if not office_people.is_of_district(session, person_id, actor.organisation_id):
        raise LookupError("no such person")
    acting = people.representatives(session, person_id, now.date())
    check_decider(
        actor.person_id,
        concerned={person_id, *(one.id for one in acting)},
        relatives=people.relatives(session, actor.person_id),
        prepared_by=(),
    )
    return locks.person(session, person_id)


EVENTS: dict[str, Callable[[Session, Person, date, Actor, datetime], None]] = {
    EventKind.DEATH: died,
    EventKind.DEPARTURE: departed,
    EventKind.RETURN: came_back,
}
"""The events of a person as a whole, by the names under which they come."""
