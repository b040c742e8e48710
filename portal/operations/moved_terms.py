"""Moving running terms to other days, all at once: a few statements, however many they are (RI.7)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Date,
    TableValuedAlias,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.actor import Actor
from portal.audit import record
from portal.models.act import Act
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.operations import locks, sms
from portal.operations.sms import Owed
from portal.queries import people
from portal.queries.running_terms import GIVEN_BACK, SETTLED, UNSENT, RunningTerm, Stored
from portal.rules.acts import WITH_OFFICE
from portal.rules.moved_terms import Moved
from portal.rules.orders import OrderStatus
from portal.rules.quantities import day_of
from portal.sms import texts

MOVED = "move_term"
"""What the journal calls it."""
COLUMNS: dict[Stored, tuple[type[Any], InstrumentedAttribute[Any], ColumnElement[bool]]] = {
    Stored.ANSWER: (Order, Order.answer_due_on, Order.status == OrderStatus.PLACED),
    Stored.CHECK: (Act, Act.check_due_on, Act.status.in_(WITH_OFFICE)),
    Stored.AGAIN: (Act, Act.resubmit_due_on, Act.status.in_(GIVEN_BACK)),
    Stored.CORRECTED: (Act, Act.submit_due_on, Act.status.in_(UNSENT)),
    Stored.PAYMENT: (Payment, Payment.due_on, Payment.status.not_in(SETTLED)),
}
"""Where each kind of term is kept, and while what it runs; in the order in which everybody locks."""


def move(
    session: Session, terms: Sequence[Moved[RunningTerm]], basis: Sequence[str], actor: Actor, now: datetime
) -> int:
    """Move these terms, each written down with both days; one that has ended meanwhile stays. Says how many moved."""
    of_kind = {stored: [one for one in terms if one.running.stored is stored] for stored in COLUMNS}
    _lock(session, of_kind)
    done: list[Moved[RunningTerm]] = []
    for stored, ones in of_kind.items():
        if ones:
            gone = _update(session, stored, ones)
            done += [one for one in ones if one.running.id in gone]
    for one in sorted(done, key=lambda one: (one.running.recipient_id, one.running.id)):
        record(
            session,
            actor,
            now,
            thing=one.running.stored.partition(".")[0],
            thing_id=one.running.id,
            action=MOVED,
            about=one.running.recipient_id,
            before=one.running.due_on.isoformat(),
            after=one.to.isoformat(),
            term=one.running.term.key,
            point=one.running.term.point,
            basis=list(basis),
        )
    session.expire_all()
    _tell(session, done, now)
    return len(done)


def _update(session: Session, stored: Stored, ones: Sequence[Moved[RunningTerm]]) -> set[UUID]:
    """The ids of those whose day was still the one that was seen, and is the new one now."""
    model, kept_in, runs = COLUMNS[stored]
    days = _days(ones)
    moving = update(model).where(model.id == days.c.id, kept_in == days.c.seen, runs).values({kept_in: days.c.to})
    moving = moving.execution_options(synchronize_session=False)
    done = set(session.scalars(moving.returning(model.id)))
    if stored is Stored.CORRECTED:  # the returned act keeps the same term beside the one that corrects it
        new = aliased(Act)
        old = update(Act).where(Act.id == new.corrects_id, new.id == days.c.id, Act.resubmit_due_on == days.c.seen)
        session.execute(old.values(resubmit_due_on=days.c.to).execution_options(synchronize_session=False))
    if stored is Stored.PAYMENT:  # the act says the same day
        act = update(Act).where(Act.id == Payment.act_id, Payment.id == days.c.id, Act.pay_due_on == days.c.seen)
        session.execute(act.values(pay_due_on=days.c.to).execution_options(synchronize_session=False))
    return done


def _tell(session: Session, done: Sequence[Moved[RunningTerm]], now: datetime) -> None:
    """Who must act and whose it is learn the new day: one SMS a person, however many of their terms moved."""
    today = day_of(now)
    staff = people.staff_of(session, {one.running.holder_id for one in done}, today)
    readers = people.readers(session, {one.running.recipient_id for one in done}, today)
    of: dict[UUID, list[Moved[RunningTerm]]] = {}
    known: dict[UUID, Person] = {}
    for one in done:
        told = [*staff.get(one.running.holder_id, ()), *readers.get(one.running.recipient_id, ())]
        for person in {person.id: person for person in told if person.phone}.values():
            known[person.id] = person
            of.setdefault(person.id, []).append(one)
    owed = [Owed(known[key], f"calendar:{now.isoformat()}:{key}", _text(known[key], of[key])) for key in sorted(known)]
    sms.owe_many(session, owed, now)


def _text(person: Person, ones: Sequence[Moved[RunningTerm]]) -> str:
    if len(ones) > 1:
        return texts.terms_moved(person, len(ones), min(one.to for one in ones))
    running = ones[0].running
    return texts.term_moved(person, running.stored.partition(".")[0], running.number, ones[0].to)


def _days(ones: Sequence[Moved[RunningTerm]]) -> TableValuedAlias:
    ids = bindparam("ids", [one.running.id for one in ones], ARRAY(Uuid))
    seen = bindparam("seen", [one.running.due_on for one in ones], ARRAY(Date))
    to = bindparam("to", [one.to for one in ones], ARRAY(Date))
    table = func.unnest(ids, seen, to).table_valued(column("id", Uuid), column("seen", Date), column("to", Date))
    return table.render_derived()


def _lock(session: Session, of_kind: Mapping[Stored, Sequence[Moved[RunningTerm]]]) -> None:
    """People, orders, acts, payments, as everybody does; also the acts that say the same day beside them."""
    ids = {stored: [one.running.id for one in ones] for stored, ones in of_kind.items()}
    paid = session.scalars(select(Payment.act_id).where(Payment.id == any_(_ids(ids[Stored.PAYMENT]))))
    old = session.scalars(select(Act.corrects_id).where(Act.id == any_(_ids(ids[Stored.CORRECTED]))))
    acts = {*ids[Stored.CHECK], *ids[Stored.AGAIN], *ids[Stored.CORRECTED], *paid, *old}
    locks.rows(session, Person, {one.running.recipient_id for ones in of_kind.values() for one in ones})
    locks.rows(session, Order, ids[Stored.ANSWER])
    locks.rows(session, Act, acts)
    locks.rows(session, Payment, ids[Stored.PAYMENT])


def _ids(ids: Sequence[UUID]) -> BindParameter[Any]:
    return bindparam("these", ids, ARRAY(Uuid), unique=True)
