"""Goods on real connections: the last pieces, a hand-over and a return against whatever comes at the same moment."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import db
from portal.actor import ESOBES
from portal.models.act import Act
from portal.models.claim import Claim
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.service_log import LogEntry
from portal.operations import answers, goods_orders, orders, payments, person_events, review
from portal.rules.acts import ActStatus
from portal.rules.goods_orders import GivenBack
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import CloseReason, StopReason
from portal.rules.orders import OrderStatus
from portal.rules.payments import PaymentStatus
from tests.apps import words
from tests.factories import MONDAY
from tests.goods_case import Goods, on
from tests.pen import signed
from tests.test_late_races import FIRST_AND_SECOND, in_turn
from tests.test_races import at_once, check_books, database, kept  # noqa: F401 - a fixture

HANDED_ON = date(2026, 3, 10)
DUE = date(2026, 3, 26)
Deed = Callable[[Session], object]


def begin(*, handed: bool = False) -> tuple[Goods, UUID]:
    """Accepted goods, perhaps handed over; the order, or the hand-over."""
    with words(), db.transaction() as session:
        goods = Goods(session)
        return goods, goods.handed_over().id if handed else goods.accepted().id


def hand_over(goods: Goods, order_id: UUID, form_id: UUID | None = None, day: date = HANDED_ON) -> Deed:
    """She has them."""
    form = form_id or uuid4()
    at = on(date(2026, 3, 12))
    return lambda s: goods_orders.hand_over(s, order_id, day, form, goods.staff, at).id


def come_back(goods: Goods, entry_id: UUID, at: datetime) -> Deed:
    """The provider has them again."""
    return lambda s: goods_orders.come_back(s, entry_id, GivenBack.FAULTY, at.date(), goods.staff, at).id


@pytest.mark.law("R83.1", "RI.1")
def test_two_orders_for_the_last_pieces_at_once() -> None:
    with words(), db.transaction() as session:
        goods = Goods(session, pieces=600)
        wishes = [goods.wish(360), goods.wish(360)]
        prepared = [orders.prepare(session, one, goods.she, MONDAY).id for one in wishes]
    results = at_once(*(lambda s, one=one: orders.place(s, signed(one), goods.she, MONDAY) for one in prepared))
    assert len(kept(results)) == 1
    entitlement = check_books(goods.entitlement.id)
    assert (entitlement.available, entitlement.reserved) == (240, 360)


@pytest.mark.law("R83.5", "RI.2")
@pytest.mark.parametrize("forms", [1, 2])
def test_a_double_click_is_one_hand_over(forms: int) -> None:
    """One form sent twice gives the hand-over that is there; in two tabs the second is refused."""
    goods, order_id = begin()
    both = [uuid4()] * 2 if forms == 1 else [uuid4(), uuid4()]
    results = at_once(*(hand_over(goods, order_id, form) for form in both))
    assert len(kept(results)) == (2 if forms == 1 else 1)
    assert len(set(kept(results))) == 1
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(LogEntry)) == 1
    assert check_books(goods.entitlement.id).used == 360


@pytest.mark.law("R83.5", "R83.7", "RI.1")
@pytest.mark.parametrize("order", FIRST_AND_SECOND * 2)
def test_hand_over_against_stop(order: tuple[int, int]) -> None:
    """She has them and it cannot be stopped any more; or it was stopped, and what came before counts all the same."""
    goods, order_id = begin()

    def stop(session: Session) -> object:
        return answers.stop(session, order_id, StopReason.RECIPIENT_MOVES, "", goods.she, on(date(2026, 3, 12))).id

    handed, stopped = in_turn(order, hand_over(goods, order_id), stop)
    assert not isinstance(handed, RuleViolation)
    with db.reading() as session:
        over = session.get_one(Order, order_id)
    if isinstance(stopped, RuleViolation):
        assert (over.status, over.reason, over.ended_on) == (OrderStatus.CLOSED, CloseReason.HANDED_OVER, HANDED_ON)
    else:
        assert (over.status, over.ended_on) == (OrderStatus.STOPPED, date(2026, 3, 12))
    entitlement = check_books(goods.entitlement.id)
    assert (entitlement.available, entitlement.reserved, entitlement.used) == (360, 0, 360)


@pytest.mark.law("R83.6", "RI.4")
@pytest.mark.parametrize("died_on", [date(2026, 3, 9), HANDED_ON])
@pytest.mark.parametrize("order", FIRST_AND_SECOND)
def test_hand_over_against_death(order: tuple[int, int], died_on: date) -> None:
    """On the day of the death it counts, after it it does not; whichever was first."""
    goods, order_id = begin()

    def die(session: Session) -> object:
        person = session.get_one(Person, goods.person.id)
        person_events.died(session, person, died_on, ESOBES, on(date(2026, 3, 12)))
        return True

    in_turn(order, hand_over(goods, order_id), die)
    used = 360 if died_on == HANDED_ON else 0
    entitlement = check_books(goods.entitlement.id)
    balances = (entitlement.available, entitlement.reserved, entitlement.used, entitlement.returned)
    assert balances == (0, 0, used, 720 - used)
    with db.reading() as session:
        assert set(session.scalars(select(LogEntry.strike_reason))) <= ({""} if used else {"death"})


@pytest.mark.law("R42.11", "RI.2")
@pytest.mark.parametrize("order", FIRST_AND_SECOND * 2)
def test_coming_back_against_the_payment(order: tuple[int, int]) -> None:
    """Either the payment is never asked for, or it is on its way and the return has to wait for it."""
    goods, entry_id = begin(handed=True)
    with words(), db.transaction() as session:
        goods.session = session
        payment_id = goods.owed(session.get_one(LogEntry, entry_id)).id
        payments.approve(session, payment_id, goods.second, on(date(2026, 3, 13)))
    back, asked = in_turn(
        order, come_back(goods, entry_id, on(DUE)), lambda s: payments.write_down(s, payment_id, on(DUE))
    )
    with db.reading() as session:
        payment = session.get_one(Payment, payment_id)
        act, struck = payment.act.status, session.get_one(LogEntry, entry_id).struck_at is not None
    if asked is None:
        assert (payment.status, act, struck) == (PaymentStatus.CANCELLED, ActStatus.SET_ASIDE, True)
    else:
        assert isinstance(back, RuleViolation)
        assert (payment.status, act, struck) == (PaymentStatus.ASKED, ActStatus.ACCEPTED, False)
    check_books(goods.entitlement.id)


@pytest.mark.law("R42.9", "R42.11", "RI.2")
@pytest.mark.parametrize("order", FIRST_AND_SECOND * 2)
def test_coming_back_against_the_acceptance_of_the_act(order: tuple[int, int]) -> None:
    """Nothing is owed for what came back: the act goes back, or is set aside with its payment."""
    goods, entry_id = begin(handed=True)
    with words(), db.transaction() as session:
        goods.session = session
        act_id = goods.sent(session.get_one(LogEntry, entry_id)).id
        review.take_up(session, act_id, goods.clerk, on(date(2026, 3, 12)))
    at = on(date(2026, 3, 12))
    back, accepted = in_turn(
        order, come_back(goods, entry_id, at), lambda s: review.accept(s, act_id, goods.clerk, at).id
    )
    assert back == entry_id
    with db.reading() as session:
        act = session.get_one(Act, act_id).status
        paid = list(session.scalars(select(Payment.status)))
        one = session.get_one(Entitlement, goods.entitlement.id)
        assert list(session.scalars(select(Claim.id))) == []
    if isinstance(accepted, RuleViolation):
        assert (act, paid) == (ActStatus.RETURNED, [])
    else:
        assert (act, paid) == (ActStatus.SET_ASIDE, [PaymentStatus.CANCELLED])
    assert (one.owed_tiyn, one.reserved_tiyn, one.available) == (0, 0, 720)


@pytest.mark.law("R83.6", "RI.1")
def test_twice_back_at_once_is_once() -> None:
    goods, entry_id = begin(handed=True)
    at = on(date(2026, 3, 12))
    assert at_once(*[come_back(goods, entry_id, at)] * 3) == [entry_id] * 3
    assert check_books(goods.entitlement.id).available == 720
