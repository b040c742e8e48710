"""The process is killed at every commit and every call to the outside: what was before stands, or what comes after.

Each deed is tried with a new case for its first moment, its second, and so on, until it comes to its end. After each
death the state is looked at, the work is done again as after a restart, and ledger and journal are proven.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.actor import ESOBES
from portal.demo import stripe
from portal.jobs import claims as taking_back
from portal.jobs import payments as paying
from portal.jobs import sweep
from portal.models.act import Act
from portal.models.claim import Claim
from portal.models.entitlement import Entitlement
from portal.models.office import Office
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import acts, answers, goods_orders, orders, payments, person_events, reversals, review
from portal.operations.orders import Wish
from portal.payments.client import PaymentClient
from portal.payments.reconcile import Outcome
from portal.rules.acts import ActStatus
from portal.rules.claims import ClaimStatus
from portal.rules.goods_orders import GivenBack
from portal.rules.order_reasons import DeclineReason
from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.payments import MISMATCH, PaymentStatus
from portal.rules.returns import EventKind
from portal.rules.service import Service
from tests import factories as make
from tests.apps import words
from tests.dying import dies_at
from tests.factories import MONDAY
from tests.goods_case import Goods, on
from tests.operations.month import NOW, Month
from tests.pen import signed
from tests.proven import everything, prove_all

MOST_MOMENTS = 60
KEY = "sk_test_crashes"
HANDED_ON = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def database(fresh_database: str) -> Iterator[str]:
    """Everything here commits for real, and people's words are at hand."""
    db.connect(fresh_database)
    with words():
        yield fresh_database
    db.database().dispose()


@dataclass(frozen=True)
class Case:
    """A piece of work in one transaction, and whether it is done."""

    deed: Callable[[Session], Any]
    is_done: Callable[[Session], bool]

    def do(self) -> None:
        """As the door does it."""
        with db.transaction() as session:
            self.deed(session)

    @property
    def done(self) -> bool:
        """As the database has it now."""
        with db.reading() as session:
            return self.is_done(session)


def an_order(session: Session) -> Case:
    """An order that its recipient signs."""
    entitlement = make.make_programme(session, service=Service.INTERPRETER)
    offer = make.make_offer(session, service=Service.INTERPRETER)
    new = NewOrder(Service.INTERPRETER, MONDAY.date(), date(2026, 12, 31), 600, None, "offline")
    actor = make.as_recipient(entitlement.person)
    document = orders.prepare(session, Wish(entitlement.id, offer.id, new, uuid4()), actor, MONDAY)
    return Case(
        lambda s: orders.place(s, signed(document.id), actor, MONDAY),
        lambda s: s.get_one(Entitlement, entitlement.id).reserved == 600,
    )


def an_answer(session: Session, status: OrderStatus) -> Case:
    """An order that its provider accepts or declines."""
    order = make.make_order(session, status=OrderStatus.PLACED)
    provider = session.get_one(Provider, order.provider_id)
    actor = make.as_provider(make.make_staff(session, provider), provider)
    reason = None if status is OrderStatus.ACCEPTED else DeclineReason.FULLY_LOADED
    document = answers.prepare_answer(session, order.id, reason, "", actor, MONDAY)
    return Case(
        lambda s: answers.answer(s, signed(document.id), actor, MONDAY),
        lambda s: s.get_one(Order, order.id).status is status,
    )


def a_submission(session: Session) -> Case:
    """An act that all others have signed."""
    month = Month(session)
    act = month.draw_up()
    month.sign_sheets(act)
    month.sign(act)
    return Case(
        lambda s: acts.submit(s, signed(act.document_id), month.staff, NOW),
        lambda s: s.get_one(Act, act.id).status is ActStatus.SUBMITTED,
    )


def an_acceptance(session: Session) -> Case:
    """An act that a clerk has under review."""
    act = Month(session).sent()
    office = make.office_here(session)
    clerk = make.as_office(make.make_clerk(session, office), office)
    review.take_up(session, act.id, clerk, NOW)
    entitlement_id, amount = act.order.entitlement_id, act.amount_tiyn
    return Case(
        lambda s: review.accept(s, act.id, clerk, NOW, holds_seen=True),
        lambda s: s.get_one(Entitlement, entitlement_id).owed_tiyn == amount,
    )


def an_approval(session: Session, account: str = "acct_1") -> tuple[Case, UUID]:
    """A payment that a second clerk releases."""
    an_act = Month(session).sent()
    office = make.office_here(session)
    one, two = (make.as_office(make.make_clerk(session, office), office) for _ in range(2))
    session.get_one(Provider, an_act.provider_id).payment_account = account
    review.take_up(session, an_act.id, one, NOW)
    owed = review.accept(session, an_act.id, one, NOW, holds_seen=True)
    case = Case(
        lambda s: payments.approve(s, owed.id, two, NOW),
        lambda s: s.get_one(Payment, owed.id).status is PaymentStatus.APPROVED,
    )
    return case, owed.id


def a_second_look(session: Session) -> Case:
    """Money is out for a payment otherwise than it was asked for."""
    released, payment_id = an_approval(session)
    released.deed(session)
    payments.write_down(session, payment_id, NOW)
    payments.conclude(session, payment_id, 1, Outcome(failure_code=MISMATCH), NOW)
    office = make.office_here(session)
    clerk = make.as_office(make.make_clerk(session, office), office)
    return Case(
        lambda s: payments.look_again(s, payment_id, clerk, NOW),
        lambda s: s.get_one(Payment, payment_id).status is PaymentStatus.ASKED,
    )


def an_undoing(session: Session) -> Case:
    """A mistaken death, after which an act was sent and accepted without the recipient's signature."""
    month = Month(session)
    office = make.office_here(session)
    clerk = make.as_office(make.make_clerk(session, office), office)
    act = month.draw_up()
    person_events.died(session, month.recipient, date(2026, 3, 6), ESOBES, NOW)
    month.submit(act)
    review.take_up(session, act.id, clerk, NOW)
    review.accept(session, act.id, clerk, NOW, holds_seen=True)

    def undo(session: Session) -> None:
        with suppress(LookupError):  # undone already
            person_events.undo(session, month.recipient.id, EventKind.DEATH, "Қате хабар", clerk, NOW)

    return Case(undo, lambda s: s.get_one(Act, act.id).status is ActStatus.SET_ASIDE)


def goods_sent_off(session: Session) -> Case:
    """Accepted goods that are handed to delivery."""
    goods = Goods(session)
    order_id = goods.accepted().id
    return Case(
        lambda s: goods_orders.send_off(s, order_id, "KZ1", HANDED_ON, goods.staff, on(HANDED_ON)),
        lambda s: s.get_one(Order, order_id).sent_on == HANDED_ON,
    )


def goods_handed_over(session: Session) -> Case:
    """Accepted goods that she gets, in a form that is sent again when nobody answers."""
    goods, form_id = Goods(session), uuid4()
    order_id, entitlement_id = goods.accepted().id, goods.entitlement.id
    return Case(
        lambda s: goods_orders.hand_over(s, order_id, HANDED_ON, form_id, goods.staff, on(HANDED_ON)),
        lambda s: s.get_one(Entitlement, entitlement_id).used == 360,
    )


def goods_given_back(session: Session, *, paid: bool) -> Case:
    """Goods that come back after their act was accepted; if it is paid, what was paid is claimed."""
    goods = Goods(session)
    entry = goods.handed_over()
    payment_id = (goods.paid(entry) if paid else goods.owed(entry)).id
    day = date(2026, 3, 27)

    def is_done(session: Session) -> bool:
        claims = session.scalars(select(Claim.amount_tiyn).where(Claim.payment_id == payment_id)).all()
        payment = session.get_one(Payment, payment_id)
        whole = claims == [payment.amount_tiyn] if paid else payment.status is PaymentStatus.CANCELLED
        assert whole is (session.get_one(LogEntry, entry.id).struck_at is not None)
        return whole

    return Case(
        lambda s: goods_orders.come_back(s, entry.id, GivenBack.FAULTY, day, goods.staff, on(day)),
        is_done,
    )


DEEDS: dict[str, tuple[Callable[[Session], Case], int]] = {
    "sign an order": (an_order, 4),
    "accept an order": (lambda session: an_answer(session, OrderStatus.ACCEPTED), 4),
    "decline an order": (lambda session: an_answer(session, OrderStatus.DECLINED), 4),
    "submit an act": (a_submission, 4),
    "accept an act": (an_acceptance, 2),
    "approve a payment": (lambda session: an_approval(session)[0], 2),
    "look at a payment again": (a_second_look, 2),
    "undo a death": (an_undoing, 2),
    "send goods off": (goods_sent_off, 2),
    "hand goods over": (goods_handed_over, 2),
    "take goods back that are owed": (lambda session: goods_given_back(session, paid=False), 2),
    "take goods back that are paid": (lambda session: goods_given_back(session, paid=True), 2),
}
"""What is done in one transaction, and how many moments it has: around its commit and the check of its signature."""


@pytest.mark.law("RI.1", "RI.2", "RI.6")
@pytest.mark.parametrize("name", DEEDS)
def test_killed_in_one_transaction(name: str) -> None:
    begin, moments = DEEDS[name]
    for moment in range(1, moments + 1):
        with db.transaction() as session:
            case = begin(session)
        before = everything()
        assert dies_at(moment, case.do)
        assert case.done is (moment == moments)
        assert (everything() == before) is (moment < moments)
        case.do()
        assert case.done
        after = everything()
        case.do()
        assert everything() == after, "done twice"
        prove_all()
    with db.transaction() as session:
        last = begin(session)
    assert not dies_at(moments + 1, last.do)


@pytest.mark.law("RI.1", "RI.2", "R42.11")
def test_killed_while_paying(tmp_path: Path) -> None:
    """Six moments: the attempt is written down, the request leaves and is answered, the outcome is written down."""
    server = stripe.start(tmp_path, 0, KEY)
    base = f"http://127.0.0.1:{server.port}"
    standings = [PaymentStatus.APPROVED, *[PaymentStatus.ASKED] * 4, PaymentStatus.PAID]
    with PaymentClient(base, KEY) as client:
        account = client.create_account(name="Қамқор", metadata={}, idempotency_key="account").id
        for moment, standing in enumerate(standings, start=1):
            payment_id = _approved(account)
            assert dies_at(moment, lambda: _send(base))
            assert _payment(payment_id).status is standing
            for hours in range(1, 5):
                paying.send_due(client, lambda hours=hours: NOW + timedelta(hours=hours))  # type: ignore[misc]
            paid = _payment(payment_id)
            assert paid.status is PaymentStatus.PAID
            assert [one.amount_tiyn for one in client.find_transfers(str(payment_id))] == [paid.amount_tiyn]
            prove_all()
        _approved(account)
        assert not dies_at(len(standings) + 1, lambda: _send(base))
    server.stop()


@pytest.mark.law("RI.1", "RI.2", "R42.11")
def test_killed_while_a_transfer_is_taken_back(tmp_path: Path) -> None:
    """Eight moments: it is left to a process, looked for, asked for, and its outcome is written down; once in all."""
    server = stripe.start(tmp_path, 0, KEY)
    base = f"http://127.0.0.1:{server.port}"
    with PaymentClient(base, KEY) as client:
        account = client.create_account(name="Қамқор", metadata={}, idempotency_key="account").id
        for moment in range(1, 9):
            claim_id, transfer_id = _claimed(account, client)
            before = everything()
            assert dies_at(moment, lambda: _take_back(base))
            assert (everything() == before) is (moment == 1)
            assert len(client.find_reversals(transfer_id)) == (moment >= 6)
            assert _claim(claim_id).status is (ClaimStatus.SETTLED if moment == 8 else ClaimStatus.OPEN)
            prove_all()
            for hours in range(3, 6):
                taking_back.send_due(client, lambda hours=hours: NOW + timedelta(hours=hours))  # type: ignore[misc]
            claim = _claim(claim_id)
            assert (claim.status, claim.settled_tiyn) == (ClaimStatus.SETTLED, claim.amount_tiyn)
            assert [one.amount_tiyn for one in client.find_reversals(transfer_id)] == [claim.amount_tiyn]
            prove_all()
        _claimed(account, client)
        assert not dies_at(9, lambda: _take_back(base))
    server.stop()


def _claimed(account: str, client: PaymentClient) -> tuple[UUID, str]:
    """A claim for a part of a payment that has arrived, whose transfer the office takes back; its id and transfer."""
    payment_id = _approved(account)
    paying.send_due(client, lambda: NOW)
    with db.transaction() as session:
        payment = session.get_one(Payment, payment_id)
        person_events.died(session, payment.act.recipient, date(2026, 3, 3), ESOBES, NOW + timedelta(hours=1))
        claim = session.scalars(select(Claim).where(Claim.payment_id == payment_id)).one()
        office = session.get_one(Office, claim.office_id)
        clerk = make.as_office(make.make_clerk(session, office), office)
        reversals.ask(session, claim.id, clerk, NOW + timedelta(hours=1))
        return claim.id, payment.transfer_id or ""


def _take_back(base: str) -> None:
    with PaymentClient(base, KEY) as client:
        taking_back.send_due(client, lambda: NOW + timedelta(hours=2))


def _claim(claim_id: UUID) -> Claim:
    with db.reading() as session:
        return session.get_one(Claim, claim_id)


def _approved(account: str) -> UUID:
    with db.transaction() as session:
        case, payment_id = an_approval(session, account)
        case.deed(session)
        return payment_id


def _send(base: str) -> None:
    with PaymentClient(base, KEY) as client:
        paying.send_due(client, lambda: NOW + timedelta(minutes=1))


def _payment(payment_id: UUID) -> Payment:
    with db.reading() as session:
        return session.get_one(Payment, payment_id)


NEW_YEAR = date(2027, 1, 2)


@pytest.mark.law("R83.4", "R83.6", "R34.1", "RI.1", "RI.6")
def test_killed_in_the_work_of_a_day() -> None:
    """Over the new year: an order lapses, one ends, their entitlements end and are given anew."""
    for moment in range(1, MOST_MOMENTS):
        before = _due_things()
        died = dies_at(moment, lambda: sweep.sweep(NEW_YEAR))
        for standing in before:
            standing.check(done=None if died else True)
        prove_all()
        assert sweep.sweep(NEW_YEAR).faults == 0
        for standing in before:
            standing.check(done=True)
        prove_all()
        if not died:
            break
    assert 2 < moment < MOST_MOMENTS - 1


@dataclass(frozen=True)
class Due:
    """An entitlement of last year with an order, and how that order ends."""

    entitlement_id: UUID
    order_id: UUID
    measure_id: UUID
    running: OrderStatus
    over: OrderStatus

    def check(self, done: bool | None) -> None:
        """All done, or (None) each part either as before or done, never half of it."""
        with db.reading() as session:
            order = session.get_one(Order, self.order_id)
            old = session.get_one(Entitlement, self.entitlement_id)
            assert order.status in ({self.over} if done else {self.running, self.over})
            assert (order.status is self.over) is (order.reserved == 0) is (order.ended_on is not None)
            if done or old.closed_on is not None:
                assert (old.closed_on, old.available, old.reserved) == (date(2026, 12, 31), 0, 0)
                assert old.returned + old.used == old.granted
            new = session.query(Entitlement).filter_by(measure_id=self.measure_id, year=2027).all()
            assert len(new) == 1 if done else len(new) <= 1
            assert all(one.available == one.granted == 365 * 480 - 480 for one in new)


def _due_things() -> list[Due]:
    with db.transaction() as session:
        asked = make.make_order(session, status=OrderStatus.PLACED)
        running = make.make_order(session, ends_on=date(2026, 11, 20))
        return [
            Due(one.entitlement_id, one.id, one.entitlement.measure_id, one.status, over)
            for one, over in ((asked, OrderStatus.LAPSED), (running, OrderStatus.CLOSED))
        ]
