"""Two people, two tabs, two clerks, two workers at once: hours are never counted twice, nothing is owed or paid twice.

After each race the ledger and the journal of the whole database are proven.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import audit, db
from portal.actor import ESOBES, SYSTEM, Actor
from portal.jobs import sweep
from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.entitlement import Entitlement, Posting
from portal.models.message import SmsMessage
from portal.models.offer import Offer
from portal.models.office import Office
from portal.models.office_move import OfficeMove
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import (
    answers,
    endings,
    mass_endings,
    moves,
    orders,
    payments,
    person_events,
    review,
    service_log,
)
from portal.operations.orders import Wish
from portal.queries import journal_proof
from portal.rules.acts import ActStatus, ReturnReason
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import DeclineReason
from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.payments import PaymentStatus
from portal.rules.ranking import order_id
from portal.rules.service import Service
from portal.rules.service_log import NewEntry
from tests import factories as make
from tests.apps import words
from tests.factories import MONDAY
from tests.operations.month import NOW, Month
from tests.pen import signed
from tests.proven import prove_all


@pytest.fixture(autouse=True)
def database(fresh_database: str) -> Iterator[str]:
    """Everything here commits for real."""
    db.connect(fresh_database)
    yield fresh_database
    prove_all()
    db.database().dispose()


def at_once(*deeds: Callable[[Session], Any]) -> list[Any]:
    """Each deed in a thread and transaction of its own, all started together; what it gave or how it was refused."""
    results: list[Any] = [None] * len(deeds)
    start = threading.Barrier(len(deeds))

    def run(place: int, deed: Callable[[Session], Any]) -> None:
        start.wait(10)
        with words():
            try:
                with db.transaction() as session:
                    results[place] = deed(session)
            except RuleViolation as violation:
                results[place] = violation

    together([lambda place=place, deed=deed: run(place, deed) for place, deed in enumerate(deeds)])  # type: ignore[misc]
    return results


def together(deeds: Sequence[Callable[[], object]]) -> None:
    """Each deed in a thread of its own; a fault in one of them fails the test."""
    with ThreadPoolExecutor(len(deeds)) as pool:
        for running in [pool.submit(deed) for deed in deeds]:
            running.result(60)


def kept(results: list[Any]) -> list[Any]:
    """What was not refused."""
    return [one for one in results if not isinstance(one, RuleViolation)]


def wish(entitlement: Entitlement, offer: Offer, minutes: int) -> Wish:
    """An order for some minutes of an interpreter, for the rest of the year."""
    new = NewOrder(Service.INTERPRETER, MONDAY.date(), date(2026, 12, 31), minutes, None, "offline")
    return Wish(entitlement.id, offer.id, new, uuid4())


def proposals(number: int, minutes: int) -> tuple[Person, UUID, list[UUID]]:
    """A person with the last hour, and as many prepared orders for it."""
    with db.transaction() as session:
        entitlement = make.make_programme(session, service=Service.INTERPRETER)
        person = session.get_one(Person, entitlement.person_id)
        make.make_order(session, entitlement, minutes=3600 - 60)
        actor = make.as_recipient(person)
        prepared = []
        for _ in range(number):
            offer = make.make_offer(session, service=Service.INTERPRETER)
            prepared.append(orders.prepare(session, wish(entitlement, offer, minutes), actor, MONDAY).id)
        return person, entitlement.id, prepared


def check_books(entitlement_id: UUID) -> Entitlement:
    """RI.1, and the balance is the sum of the postings."""
    with db.reading() as session:
        entitlement = session.get_one(Entitlement, entitlement_id)
        for account in ("available", "reserved", "used", "returned"):
            came = select(func.coalesce(func.sum(Posting.units), 0)).where(Posting.entitlement_id == entitlement_id)
            balance = (session.scalar(came.where(Posting.target == account)) or 0) - (
                session.scalar(came.where(Posting.source == account)) or 0
            )
            assert getattr(entitlement, account) == balance
        return entitlement


@pytest.mark.law("RI.1")
def test_twelve_ask_for_the_last_hour_at_once() -> None:
    person, entitlement_id, prepared = proposals(12, 60)
    actor = make.as_recipient(person)

    def place(document_id: UUID) -> Callable[[Session], Any]:
        return lambda session: orders.place(session, signed(document_id), actor, MONDAY)

    results = at_once(*(place(document_id) for document_id in prepared))
    assert len(kept(results)) == 1
    assert check_books(entitlement_id).available == 0


@pytest.mark.law("R83.1", "RI.1")
def test_a_double_click_places_one_order() -> None:
    person, entitlement_id, [document_id] = proposals(1, 60)
    actor = make.as_recipient(person)
    results = at_once(*[lambda session: orders.place(session, signed(document_id), actor, MONDAY).id] * 4)
    assert len(set(results)) == 1
    assert check_books(entitlement_id).reserved == 3600


@pytest.mark.law("R83.3", "R83.4")
def test_lapse_against_acceptance() -> None:
    with db.transaction() as session:
        order = make.make_order(session, status=OrderStatus.PLACED)
        provider = session.get_one(Provider, order.provider_id)
        actor = make.as_provider(make.make_staff(session, provider), provider)
        document_id = answers.prepare_answer(session, order.id, None, "", actor, MONDAY).id
        due = datetime.combine(order.answer_due_on, time(23, 59), MONDAY.tzinfo)
    results = at_once(
        lambda session: answers.answer(session, signed(document_id), actor, due),
        lambda session: answers.lapse(session, order.id, due + timedelta(hours=1)),
        lambda session: answers.withdraw(session, order.id, make.as_recipient(person_of(session, order)), due),
    )
    with db.reading() as session:
        status = session.get_one(Order, order.id).status
    assert status in {OrderStatus.ACCEPTED, OrderStatus.LAPSED, OrderStatus.WITHDRAWN}
    assert len([one for one in kept(results) if one]) == 1
    check_books(order.entitlement_id)


@pytest.mark.law("R83.3", "R83.4", "RI.1")
def test_lapses_in_sets_against_acceptances() -> None:
    """Each order is either accepted or lapsed, whoever comes first, and two sets of the same orders do each once."""
    with db.transaction() as session:
        placed = [make.make_order(session, status=OrderStatus.PLACED) for _ in range(6)]
        due = datetime.combine(placed[0].answer_due_on, time(23, 59), MONDAY.tzinfo)
        accepting = [acceptance(session, order, due) for order in placed[:3]]
    keys = [order.id for order in placed]
    after = due + timedelta(hours=1)
    results = at_once(
        lambda session: mass_endings.lapse(session, keys, after).count,
        lambda session: mass_endings.lapse(session, keys[::-1], after).count,
        *accepting,
    )
    assert None not in results
    with db.reading() as session:
        status = [session.get_one(Order, key).status for key in keys]
    assert set(status) <= {OrderStatus.ACCEPTED, OrderStatus.LAPSED}
    assert results[0] + results[1] == status.count(OrderStatus.LAPSED) >= 3
    assert len(kept(results[2:])) == status.count(OrderStatus.ACCEPTED)
    for order in placed:
        check_books(order.entitlement_id)


def acceptance(session: Session, order: Order, now: datetime) -> Callable[[Session], Any]:
    """The provider's signed acceptance of an order, to be given later."""
    provider = session.get_one(Provider, order.provider_id)
    actor = make.as_provider(make.make_staff(session, provider), provider)
    document_id = answers.prepare_answer(session, order.id, None, "", actor, MONDAY).id
    return lambda session: answers.answer(session, signed(document_id), actor, now)


@pytest.mark.law("R83.6", "RI.1")
def test_the_same_entitlements_end_in_several_sets_at_once() -> None:
    """Whatever the order of their keys, no two sets wait for each other; a single one beside them, too."""
    with db.transaction() as session:
        running = [make.make_order(session) for _ in range(8)]
    keys = [order.entitlement_id for order in running]
    mixed, now = keys[4:] + keys[:4], MONDAY + timedelta(days=400)
    of_orders = [order.id for order in running[::-1]]

    def ending(mine: list[UUID]) -> Callable[[Session], Any]:
        return lambda session: mass_endings.expire(session, mine, now).count

    results = at_once(
        ending(keys),
        ending(keys[::-1]),
        ending(mixed),
        lambda session: endings.expire(session, keys[3], now.date(), now),
        lambda session: mass_endings.close_orders(session, of_orders, now).count,
    )
    assert None not in results
    assert sum(results[:4]) == len(keys)
    for key in keys:
        assert check_books(key).closed_on == date(2026, 12, 31)


@pytest.mark.law("R83.3", "R83.4", "RI.1")
@pytest.mark.parametrize("attempt", range(3))
def test_decline_against_lapse_against_taking_back_asks_the_second_choice_once(attempt: int) -> None:
    """A provider declines in two tabs while the day's work lets the order lapse: exactly one order of rank 2."""
    order, person = ranked_order()
    with db.transaction() as session:
        provider = session.get_one(Provider, order.provider_id)
        actor = make.as_provider(make.make_staff(session, provider), provider)
        reason = DeclineReason.FULLY_LOADED
        tabs = [answers.prepare_answer(session, order.id, reason, "", actor, MONDAY).id for _ in range(2)]
    due = datetime.combine(order.answer_due_on, time(23, 59), MONDAY.tzinfo)
    results = at_once(
        lambda session: answers.answer(session, signed(tabs[0]), actor, due),
        lambda session: answers.lapse(session, order.id, due + timedelta(hours=1)),
        lambda session: answers.answer(session, signed(tabs[1]), actor, due),
        lambda session: answers.lapse(session, order.id, due + timedelta(hours=1)),
    )
    assert len([one for one in kept(results) if one]) == 1
    with db.reading() as session:
        chain = session.scalars(select(Order).where(Order.recipient_id == person.id).order_by(Order.rank)).all()
        assert [one.rank for one in chain] == [1, 2]
        assert chain[0].status in {OrderStatus.DECLINED, OrderStatus.LAPSED}
        assert (chain[1].status, chain[1].id) == (OrderStatus.PLACED, order_id(order.id, 2))
        told = select(func.count()).select_from(SmsMessage).where(SmsMessage.about.startswith("order:"))
        assert session.scalar(told) == 1
    assert check_books(order.entitlement_id).reserved == chain[1].reserved


@pytest.mark.law("R83.7", "RI.1")
@pytest.mark.parametrize("attempt", range(3))
def test_taking_back_against_decline(attempt: int) -> None:
    """Whichever comes first, the chain ends: nobody is left who could still accept."""
    order, person = ranked_order()
    with db.transaction() as session:
        provider = session.get_one(Provider, order.provider_id)
        actor = make.as_provider(make.make_staff(session, provider), provider)
        no = answers.prepare_answer(session, order.id, DeclineReason.FULLY_LOADED, "", actor, MONDAY).id
    at_once(
        lambda session: answers.answer(session, signed(no), actor, MONDAY),
        lambda session: answers.withdraw(session, order.id, make.as_recipient(person), MONDAY),
    )
    with db.reading() as session:
        chain = session.scalars(select(Order).where(Order.recipient_id == person.id).order_by(Order.rank)).all()
        assert [one.status for one in chain] in (
            [OrderStatus.WITHDRAWN],
            [OrderStatus.DECLINED, OrderStatus.WITHDRAWN],
        )
    assert check_books(order.entitlement_id).reserved == 0


@pytest.mark.law("RI.1")
@pytest.mark.parametrize("attempt", range(3))
def test_another_order_does_not_take_the_hours_between_two_choices(attempt: int) -> None:
    """The hours go from the first choice to the second; another tab that asks for them at that moment is refused."""
    order, person = ranked_order(minutes=3600)
    she = make.as_recipient(person)
    with db.transaction() as session:
        provider = session.get_one(Provider, order.provider_id)
        actor = make.as_provider(make.make_staff(session, provider), provider)
        no = answers.prepare_answer(session, order.id, DeclineReason.FULLY_LOADED, "", actor, MONDAY).id
        offer = make.make_offer(session, service=Service.INTERPRETER)

    def other(session: Session) -> Any:
        new = wish(session.get_one(Entitlement, order.entitlement_id), offer, 60)
        return orders.place(session, signed(orders.prepare(session, new, she, MONDAY)), she, MONDAY)

    results = at_once(lambda session: answers.answer(session, signed(no), actor, MONDAY), other, other)
    assert len(kept(results)) == 1
    entitlement = check_books(order.entitlement_id)
    assert (entitlement.reserved, entitlement.available) == (3600, 0)


def ranked_order(minutes: int = 1200) -> tuple[Order, Person]:
    """A placed order with a second choice after it."""
    with db.transaction() as session:
        entitlement = make.make_programme(session, service=Service.INTERPRETER)
        person = session.get_one(Person, entitlement.person_id)
        first, second = (make.make_offer(session, service=Service.INTERPRETER) for _ in range(2))
        new = replace(wish(entitlement, first, minutes), otherwise=(second.id,))
        she = make.as_recipient(person)
        return orders.place(session, signed(orders.prepare(session, new, she, MONDAY)), she, MONDAY), person


def person_of(session: Session, order: Order) -> Person:
    """The recipient of an order."""
    return session.get_one(Person, order.recipient_id)


@pytest.mark.law("RI.3")
def test_one_specialist_in_two_places_at_once() -> None:
    with db.transaction() as session:
        provider = make.make_provider(session)
        offer = make.make_offer(session, provider)
        both = [make.make_order(session, offer=offer) for _ in range(2)]
        actor = make.as_specialist(make.make_specialist(session, provider))
    now = MONDAY + timedelta(days=2)
    new = NewEntry(MONDAY.date() + timedelta(days=1), time(9), time(11), "Емхана")

    def log(order: Order) -> Callable[[Session], Any]:
        return lambda session: service_log.record_entry(session, order.id, new, uuid4(), actor, now)

    assert len(kept(at_once(*map(log, both)))) == 1
    for order in both:
        check_books(order.entitlement_id)


@pytest.mark.law("RI.3", "R34.1")
def test_eight_hours_a_day_over_two_providers_at_once() -> None:
    with db.transaction() as session:
        entitlement = make.make_programme(session)
        offers = [make.make_offer(session) for _ in range(2)]
        both = [make.make_order(session, entitlement, offer, minutes=2400) for offer in offers]
        serving = [
            make.as_specialist(make.make_specialist(session, session.get_one(Provider, offer.provider_id)))
            for offer in offers
        ]
    day, now = MONDAY.date() + timedelta(days=1), MONDAY + timedelta(days=2)
    visits = [NewEntry(day, time(6), time(11), "Емхана"), NewEntry(day, time(12), time(17), "Саябақ")]

    def log(place: int) -> Callable[[Session], Any]:
        return lambda session: service_log.record_entry(
            session, both[place].id, visits[place], uuid4(), serving[place], now
        )

    assert len(kept(at_once(log(0), log(1)))) == 1
    assert check_books(entitlement.id).used == 300


@pytest.mark.law("R42.1")
def test_the_same_form_twice_is_one_visit() -> None:
    with db.transaction() as session:
        provider = make.make_provider(session)
        order = make.make_order(session, offer=make.make_offer(session, provider))
        actor = make.as_specialist(make.make_specialist(session, provider))
    new = NewEntry(MONDAY.date() + timedelta(days=1), time(9), time(11), "Емхана")
    form_id, now = uuid4(), MONDAY + timedelta(days=2)
    results = at_once(*[lambda session: service_log.record_entry(session, order.id, new, form_id, actor, now).id] * 3)
    assert len(set(kept(results))) == 1
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(LogEntry)) == 1
    check_books(order.entitlement_id)


@dataclass(frozen=True)
class Reviewed:
    """An act under review by the first of two clerks, with one more act to take up."""

    act_id: UUID
    payment_id: UUID | None
    recipient_id: UUID
    clerks: tuple[Actor, Actor]


def at_the_office(*, taken_up: bool = True, accepted: bool = False) -> Reviewed:
    """An act of March at the office."""
    with words(), db.transaction() as session:
        act = Month(session).sent()
        office = make.office_here(session)
        one, two = (make.as_office(make.make_clerk(session, office), office) for _ in range(2))
        payment = None
        if taken_up:
            review.take_up(session, act.id, one, NOW)
        if accepted:
            payment = review.accept(session, act.id, one, NOW, holds_seen=True)
        return Reviewed(act.id, payment.id if payment else None, act.recipient_id, (one, two))


@pytest.mark.law("R42.9")
def test_two_clerks_take_up_one_act() -> None:
    there = at_the_office(taken_up=False)
    results = at_once(*(lambda s, clerk=clerk: review.take_up(s, there.act_id, clerk, NOW) for clerk in there.clerks))
    assert len(kept(results)) == 1


@pytest.mark.law("R42.9", "RI.2")
@pytest.mark.parametrize("colleague", [False, True], ids=["in two tabs", "taken over by a colleague"])
def test_accept_against_return(colleague: bool) -> None:
    """One act, accepted and returned at once: it is one or the other, and money is owed only for an accepted one."""
    there = at_the_office()
    one, two = there.clerks

    def send_back(session: Session) -> Act:
        if colleague:
            review.take_over(session, there.act_id, two, NOW)
        actor = two if colleague else one
        return review.send_back(session, there.act_id, ReturnReason.INCOMPLETE, "Қайта қараңыз", actor, NOW)

    results = at_once(lambda s: review.accept(s, there.act_id, one, NOW, holds_seen=True), send_back)
    assert len(kept(results)) == 1
    with db.reading() as session:
        act = session.get_one(Act, there.act_id)
        entitlement = session.get_one(Entitlement, session.get_one(Order, act.order_id).entitlement_id)
        owed = session.scalar(select(func.count()).select_from(Payment))
        held = session.scalar(select(func.count()).where(LogEntry.act_id == act.id))
    accepted = act.status is ActStatus.ACCEPTED
    assert accepted or act.status is ActStatus.RETURNED
    assert (owed, held) == ((1, 3) if accepted else (0, 0))
    assert entitlement.owed_tiyn == (act.amount_tiyn if accepted else 0)


@pytest.mark.law("RI.4", "R42.11")
def test_death_against_the_release_of_a_payment() -> None:
    """Whichever is first: the news stops money that has not left; nobody waits for ever."""
    there = at_the_office(accepted=True)
    assert there.payment_id is not None
    payment_id = there.payment_id

    def die(session: Session) -> bool:
        person_events.died(session, session.get_one(Person, there.recipient_id), date(2026, 3, 4), ESOBES, NOW)
        return True

    results = at_once(lambda s: payments.approve(s, payment_id, there.clerks[1], NOW), die)
    assert results[1] is True
    with db.reading() as session:
        payment = session.get_one(Payment, payment_id)
        entitlement = session.scalars(select(Entitlement).where(Entitlement.person_id == there.recipient_id)).one()
    assert payment.status is PaymentStatus.CANCELLED
    assert (entitlement.closed_on, entitlement.reserved) == (date(2026, 3, 4), 0)


@pytest.mark.law("R83.3", "R83.6", "RI.1")
def test_the_work_of_a_day_against_an_acceptance() -> None:
    """The entitlement is over while its provider accepts an order of it: accepted then closed, or refused."""
    day = date(2026, 3, 31)
    with db.transaction() as session:
        entitlement = make.make_programme(session, valid_to=day - timedelta(days=1))
        order = make.make_order(session, entitlement, status=OrderStatus.PLACED, answer_due_on=day)
        provider = session.get_one(Provider, order.provider_id)
        actor = make.as_provider(make.make_staff(session, provider), provider)
        document_id = answers.prepare_answer(session, order.id, None, "", actor, MONDAY).id
    evening = datetime.combine(day, time(17), MONDAY.tzinfo)

    def accept() -> None:
        with words(), suppress(RuleViolation), db.transaction() as session:
            answers.answer(session, signed(document_id), actor, evening)

    together([accept, work(day)])
    closed = check_books(entitlement.id)
    assert (closed.closed_on, closed.reserved, closed.available) == (day - timedelta(days=1), 0, 0)
    with db.reading() as session:
        assert session.get_one(Order, order.id).status is OrderStatus.CLOSED


@pytest.mark.law("R83.4", "R34.1", "RI.1")
def test_two_workers_do_the_work_of_one_day() -> None:
    """Each thing is done once: lapses, ends, entitlements of the new year."""
    with db.transaction() as session:
        made = [make.make_order(session, status=OrderStatus.PLACED) for _ in range(6)]
    together([work(date(2027, 1, 2))] * 3)
    with db.reading() as session:
        count = select(func.count()).select_from(Entitlement)
        assert session.scalar(count.where(Entitlement.year == 2027)) == len(made)
        assert session.scalar(count.where(Entitlement.closed_on.is_(None))) == len(made)
    for order in made:
        assert check_books(order.entitlement_id).returned == check_books(order.entitlement_id).granted


@pytest.mark.law("R83.7")
def test_two_clerks_hand_one_person_over_to_two_offices() -> None:
    """The second one finds that the person is no more of their district."""
    with db.transaction() as session:
        entitlement = make.make_programme(session)
        clerk = make.as_office(make.make_person(session), session.get_one(Office, entitlement.office_id))

    def hand_over(place: str) -> Callable[[Session], Any]:
        def deed(session: Session) -> Any:
            try:
                return moves.move(session, entitlement.person_id, place, "", clerk, NOW)
            except LookupError:
                raise RuleViolation("not found", "R83.7") from None

        return deed

    results = at_once(hand_over("750000000"), hand_over("710000000"))
    assert len(kept(results)) == 1
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(OfficeMove)) == 1


def work(day: date) -> Callable[[], None]:
    """The work of a day, by a worker of its own, without a fault."""

    def do() -> None:
        with words():
            assert sweep.sweep(day).faults == 0

    return do


@pytest.mark.law("RI.6")
@pytest.mark.parametrize("streams", [1, 8], ids=["in one stream", "in many"])
def test_eight_write_the_journal_at_once(streams: int) -> None:
    """Every row gets its place in its stream; no link is missing, whoever was first."""
    with db.transaction() as session:
        people = [make.make_person(session).id for _ in range(streams)]
        before = journal_proof.count(session)

    def write(place: int) -> None:
        about = people[place % streams]
        for row in range(12):
            with suppress(Undone), db.transaction() as session:
                audit.record(session, SYSTEM, NOW, thing="people", thing_id=about, action=f"look {row}", about=about)
                session.flush()
                if row % 4 == 3:
                    raise Undone

    together([lambda place=place: write(place) for place in range(8)])  # type: ignore[misc]
    with db.reading() as session:
        assert journal_proof.count(session) == before + 8 * 9
        numbers = select(func.max(AuditRow.sequence), func.count()).where(AuditRow.for_person_id.in_(people))
        rows = session.execute(numbers.group_by(AuditRow.stream)).all()
    assert sorted(rows) == [(72 // streams, 72 // streams)] * streams


class Undone(Exception):  # noqa: N818 - what became of the transaction
    """A transaction is taken back after it had written."""
