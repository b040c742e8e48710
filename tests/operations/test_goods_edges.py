"""Goods at the edges: the next choice, hand-overs around an end, mistakes undone after one, money before its day."""

from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.models.message import SmsMessage
from portal.models.order import Order
from portal.models.programme import Measure, Programme
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import acts, answers, goods_orders, orders, payments, person_events, review, service_log
from portal.queries import act_facts, ledger_proof
from portal.rules.checks import check_act
from portal.rules.goods_orders import GivenBack
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import CloseReason, DeclineReason, StopReason
from portal.rules.orders import OrderStatus
from portal.rules.returns import EventKind
from portal.rules.service import Service
from tests import factories as make
from tests.factories import MONDAY
from tests.goods_case import NAPPIES, Goods, on
from tests.pen import signed

HANDED_ON = date(2026, 3, 10)


@pytest.fixture
def case(session: Session) -> Goods:
    return Goods(session)


def hand_over(case: Goods, order: Order, day: date, at: datetime) -> None:
    goods_orders.hand_over(case.session, order.id, day, uuid4(), case.staff, at)


@pytest.mark.law("R83.3", "R83.4", "RG.1")
def test_declined_by_one_the_next_provider_is_asked(session: Session, case: Goods) -> None:
    other = make.make_goods_offer(session, NAPPIES, Service.TECHNICAL_AID)
    document = orders.prepare(session, replace(case.wish(), otherwise=(other.id,)), case.she, MONDAY)
    order = orders.place(session, signed(document), case.she, MONDAY)
    no = answers.prepare_answer(session, order.id, DeclineReason.OUT_OF_STOCK, "", case.staff, MONDAY)
    answers.answer(session, signed(no), case.staff, MONDAY)
    asked = session.scalars(select(Order).where(Order.id != order.id)).one()
    assert (asked.offer_id, asked.status, asked.reserved) == (other.id, OrderStatus.PLACED, 360)


@pytest.mark.law("R83.3", "R83.5")
def test_nothing_is_handed_over_that_was_declined(session: Session, case: Goods) -> None:
    order = case.place()
    no = answers.prepare_answer(session, order.id, DeclineReason.OUT_OF_STOCK, "", case.staff, MONDAY)
    answers.answer(session, signed(no), case.staff, MONDAY)
    with pytest.raises(RuleViolation, match="This order is over"):
        hand_over(case, order, MONDAY.date(), MONDAY)


@pytest.mark.law("R83.5", "RM.2")
def test_nothing_is_handed_over_before_the_first_day(session: Session, case: Goods) -> None:
    case.entitlement.starts_on = HANDED_ON
    wish = case.wish()
    document = orders.prepare(session, replace(wish, order=replace(wish.order, starts_on=HANDED_ON)), case.she, MONDAY)
    order = case.accept(orders.place(session, signed(document), case.she, MONDAY))
    with pytest.raises(RuleViolation, match="outside the order"):
        hand_over(case, order, date(2026, 3, 9), on(HANDED_ON))
    hand_over(case, order, HANDED_ON, on(HANDED_ON))


@pytest.mark.law("R83.6", "RI.4")
def test_written_down_again_it_is_not_after_the_end_of_the_programme(session: Session, case: Goods) -> None:
    entry = case.handed_over()
    service_log.strike(session, entry.id, "the wrong day", case.staff, on(HANDED_ON))
    programme = session.get_one(Programme, session.get_one(Measure, case.entitlement.measure_id).programme_id)
    person_events.programme_closed(session, programme, date(2026, 3, 12), ESOBES, on(date(2026, 3, 12)))
    order = session.get_one(Order, entry.order_id)
    with pytest.raises(RuleViolation, match="This order ended on"):
        hand_over(case, order, date(2026, 3, 13), on(date(2026, 3, 13)))
    hand_over(case, order, date(2026, 3, 12), on(date(2026, 3, 13)))
    assert (case.entitlement.used, case.entitlement.returned) == (360, 360)


@pytest.mark.law("R34.3", "R83.6")
def test_when_a_late_hand_over_takes_the_last_pieces_nobody_is_asked_to_choose(session: Session, case: Goods) -> None:
    order = case.accepted(pieces=720)
    answers.stop(session, order.id, StopReason.FORCE_MAJEURE, "", case.staff, on(HANDED_ON))
    before = case.entitlement.reminder_due_on
    assert before is not None
    hand_over(case, order, HANDED_ON, on(date(2026, 3, 11)))
    assert (case.entitlement.available, case.entitlement.reminder_due_on) == (0, None)


@pytest.mark.law("R83.5", "R83.6")
def test_handed_over_while_a_mistake_had_ended_it_an_order_stays_over(session: Session, case: Goods) -> None:
    order = case.accepted()
    person_events.died(session, case.person, date(2026, 3, 11), ESOBES, on(date(2026, 3, 12)))
    hand_over(case, order, HANDED_ON, on(date(2026, 3, 13)))
    person_events.undo(session, case.person.id, EventKind.DEATH, "she lives", case.clerk, on(date(2026, 3, 16)))
    assert (order.status, order.reason, order.ended_on) == (OrderStatus.CLOSED, CloseReason.HANDED_OVER, HANDED_ON)
    assert (case.entitlement.available, case.entitlement.reserved, case.entitlement.used) == (360, 0, 360)
    assert case.draw_up(case_entry(session, order)).units == 360
    assert ledger_proof.prove(session).wrong is None


@pytest.mark.law("R34.3", "R83.6")
def test_given_back_while_a_mistake_had_ended_them_they_can_be_chosen_again(session: Session, case: Goods) -> None:
    entry = case.handed_over(pieces=720)
    person_events.departed(session, case.person, date(2026, 3, 11), ESOBES, on(date(2026, 3, 12)))
    case.come_back(entry, date(2026, 3, 13))
    person_events.undo(session, case.person.id, EventKind.DEPARTURE, "she is here", case.clerk, on(date(2026, 3, 16)))
    assert (case.entitlement.available, case.entitlement.reminder_due_on) == (720, date(2026, 4, 16))


def case_entry(session: Session, order: Order) -> LogEntry:
    """The hand-over of an order."""
    return session.scalars(select(LogEntry).where(LogEntry.order_id == order.id)).one()


@pytest.mark.law("R83.5")
def test_one_form_is_not_for_two_orders(session: Session, case: Goods) -> None:
    one, two, form = case.accepted(pieces=360), case.accepted(pieces=360), uuid4()
    goods_orders.hand_over(session, one.id, HANDED_ON, form, case.staff, on(HANDED_ON))
    with pytest.raises(RuleViolation, match="This form was sent before"):
        goods_orders.hand_over(session, two.id, HANDED_ON, form, case.staff, on(HANDED_ON))


@pytest.mark.law("R42.1", "R83.5")
def test_a_specialist_has_no_part_in_goods(session: Session, case: Goods) -> None:
    entry = case.handed_over()
    served = make.make_specialist(session, session.get_one(Provider, case.provider.id))
    with pytest.raises(LookupError):
        service_log.strike(session, entry.id, "a mistake", make.as_specialist(served), on(HANDED_ON))


@pytest.mark.law("R42.11")
def test_nothing_is_asked_for_in_the_first_fortnight(session: Session, case: Goods) -> None:
    payment = case.owed(case.handed_over())
    payments.approve(session, payment.id, case.second, on(date(2026, 3, 13)))
    assert payments.write_down(session, payment.id, on(date(2026, 3, 25), 23)) is None
    assert payments.write_down(session, payment.id, on(date(2026, 3, 26), 0)) is not None


@pytest.mark.law("R42.9", "RI.8")
def test_many_pieces_are_no_long_day(session: Session) -> None:
    """Pieces are not minutes: nobody worked longer than a day for a thousand of them."""
    case = Goods(session, pieces=3000)
    act = case.sent(case.handed_over(pieces=2000))
    review.take_up(session, act.id, case.clerk, on(HANDED_ON))
    assert review.accept(session, act.id, case.clerk, on(HANDED_ON)).amount_tiyn == act.amount_tiyn


@pytest.mark.law("R83.6", "RI.2")
def test_given_back_and_handed_over_again_there_is_a_further_act(session: Session, case: Goods) -> None:
    entry = case.handed_over()
    case.paid(entry)
    case.come_back(entry, date(2026, 3, 27), GivenBack.DOES_NOT_FIT)
    again = case.hand_over(session.get_one(Order, entry.order_id), date(2026, 3, 30))
    act = acts.draw_up(session, again.order_id, again.day, case.staff, on(date(2026, 3, 30)))
    assert (act.units, act.corrects_id) == (360, None)
    assert ledger_proof.prove(session).wrong is None


@pytest.mark.law("R83.6")
def test_who_has_died_gets_no_sms_about_the_goods(session: Session, case: Goods) -> None:
    """What was handed over before is written down, and comes back, without a word to the phone of the dead."""
    order = case.accepted()
    person_events.died(session, case.person, HANDED_ON, ESOBES, on(HANDED_ON, 12))
    session.execute(delete(SmsMessage).where(SmsMessage.person_id == case.person.id))
    hand_over(case, order, HANDED_ON, on(HANDED_ON, 13))
    entry = session.scalars(select(LogEntry).where(LogEntry.order_id == order.id)).one()
    goods_orders.come_back(session, entry.id, GivenBack.NOT_WANTED, HANDED_ON, case.staff, on(HANDED_ON, 14))
    assert session.scalars(select(SmsMessage).where(SmsMessage.person_id == case.person.id)).all() == []
    assert ledger_proof.prove(session).wrong is None


@pytest.mark.law("R83.5", "R42.9")
def test_a_hand_over_that_is_written_down_again_for_a_later_day_goes_into_an_act(session: Session, case: Goods) -> None:
    entry, later = case.handed_over(), date(2026, 3, 20)
    service_log.strike(session, entry.id, "Қате жазылды", case.staff, on(HANDED_ON, 12))
    again = case.hand_over(session.get_one(Order, entry.order_id), later)
    act = case.sent(again, later)
    assert check_act(act_facts.of(session, act)) == []
