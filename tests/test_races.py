"""Two people, two tabs, a double click, a killed process: hours are never counted twice, a payment never made twice."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import db
from portal.demo import stripe
from portal.jobs import payments as paying
from portal.models.act import Act
from portal.models.entitlement import Entitlement, Posting
from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import answers, endings, mass_endings, orders, service_log
from portal.operations.orders import Wish
from portal.payments.client import PaymentClient
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.payments import PaymentStatus
from portal.rules.service import Service
from portal.rules.service_log import NewEntry
from tests import factories as make
from tests.apps import words
from tests.factories import MONDAY
from tests.pen import signed

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def database(fresh_database: str) -> Iterator[str]:
    """Everything here commits for real."""
    db.connect(fresh_database)
    yield fresh_database
    db.database().engine.dispose()


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

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


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


def killed_in(deed: str, database: str, *arguments: str) -> None:
    """Run a deed of `tests/dying.py` in a process of its own and kill it hard once it says where it is."""
    command = [sys.executable, "-m", "tests.dying", deed, *arguments]
    environment = {**os.environ, "DATABASE_URL": database, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
        process.wait(20)


@pytest.mark.law("RI.1", "RI.6")
def test_killed_before_the_order_is_committed(database: str) -> None:
    person, entitlement_id, [document_id] = proposals(1, 60)
    killed_in("place", database, str(document_id), str(person.id))
    assert check_books(entitlement_id).available == 60
    with words(), db.transaction() as session:
        orders.place(session, signed(document_id), make.as_recipient(person), MONDAY)
    assert check_books(entitlement_id).available == 0


@pytest.mark.law("RI.2", "R42.11")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_paying(database: str, tmp_path: Path, moment: str) -> None:
    """The process dies before the request left, or after the money went and before the answer was written down."""
    server = stripe.start(tmp_path, 0, "sk_test_races")
    base = f"http://127.0.0.1:{server.port}"
    with PaymentClient(base, "sk_test_races") as client:
        account = client.create_account(name="Қамқор", metadata={}, idempotency_key="account").id
        payment_id = approved_payment(account)
        killed_in("pay", database, str(payment_id), base, moment)
        later = MONDAY + timedelta(days=60)
        for hours in range(4):
            paying.send_due(client, lambda hours=hours: later + timedelta(hours=hours))  # type: ignore[misc]
        with db.reading() as session:
            payment = session.get_one(Payment, payment_id)
            assert payment.status is PaymentStatus.PAID
            assert session.get_one(Act, payment.act_id).status is ActStatus.PAID
        assert [one.amount_tiyn for one in client.find_transfers(str(payment_id))] == [payment.amount_tiyn]
    server.stop()


def approved_payment(account: str) -> UUID:
    """A payment that a second person has released."""
    with db.transaction() as session:
        act = make.make_act(session, status=ActStatus.ACCEPTED)
        session.get_one(Provider, act.provider_id).payment_account = account
        payment = Payment(
            act_id=act.id,
            provider_id=act.provider_id,
            office_id=act.office_id,
            amount_tiyn=act.amount_tiyn,
            status=PaymentStatus.APPROVED,
            due_on=date(2026, 4, 24),
            owed_at=MONDAY,
            approved_at=MONDAY,
            next_try_at=MONDAY,
        )
        session.add(payment)
        session.flush()
        return payment.id
