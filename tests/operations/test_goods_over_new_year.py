"""Goods that are given yearly, ordered in the last days of a year and handed over in the next one (R34.1, R83.6)."""

from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.models.order import Order
from portal.operations import acts, answers, endings, goods_orders, locks, orders, person_events
from portal.operations import entitlements as given
from portal.queries import ledger_proof
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import CloseReason, DeclineReason
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.goods_case import NAPPIES, Goods, on
from tests.pen import signed

SIGNED_ON = date(2026, 12, 28)
LAST = date(2027, 2, 11)
"""Thirty days after the signature, and fifteen more."""
HANDED_ON = date(2027, 1, 12)


@pytest.fixture
def case(session: Session) -> Goods:
    """A year of nappies, of a programme that lasts into 2028."""
    case = Goods(session)
    measure = case.entitlement.measure
    measure.programme.valid_to = measure.valid_to = date(2028, 2, 28)
    session.flush()
    return case


def expire(case: Goods, day: date) -> bool:
    return endings.expire(case.session, case.entitlement.id, day, on(day, 0))


def accepted(case: Goods) -> Order:
    return case.accept(case.place(at=on(SIGNED_ON)), on(date(2026, 12, 29)))


@pytest.mark.law("R34.1", "R83.5", "R83.6", "R83.8")
def test_goods_ordered_in_december_are_handed_over_in_january(session: Session, case: Goods) -> None:
    order = accepted(case)
    assert (order.ends_on, case.entitlement.ends_on, case.entitlement.lasts_until) == (LAST, date(2026, 12, 31), LAST)
    assert not expire(case, date(2027, 1, 1))
    with pytest.raises(RuleViolation, match="closed"):
        case.place(at=on(date(2027, 1, 4)))
    entry = case.hand_over(order, HANDED_ON)
    assert expire(case, date(2027, 1, 13))
    one = case.entitlement
    assert (one.closed_on, one.close_reason) == (HANDED_ON, CloseReason.EXPIRED)
    assert (one.used, one.returned, one.available, one.reserved) == (360, 360, 0, 0)
    assert (order.reason, order.ended_on, entry.struck_at) == (CloseReason.HANDED_OVER, HANDED_ON, None)
    act = acts.draw_up(session, order.id, HANDED_ON, case.staff, on(date(2027, 1, 14)))
    assert (act.units, act.amount_tiyn) == (360, 360 * 25_000)
    assert ledger_proof.prove(session).wrong is None


@pytest.mark.law("R83.6")
def test_with_nothing_on_its_way_a_year_ends_on_its_last_day(case: Goods) -> None:
    case.hand_over(accepted(case), date(2026, 12, 30))
    assert expire(case, date(2027, 1, 1))
    assert (case.entitlement.closed_on, case.entitlement.returned) == (date(2026, 12, 31), 360)


@pytest.mark.law("R83.6", "R83.8")
def test_goods_that_do_not_come_end_with_their_last_day(session: Session, case: Goods) -> None:
    order = accepted(case)
    assert not expire(case, LAST)
    assert expire(case, date(2027, 2, 12))
    assert (order.status, order.reason, order.ended_on) == (OrderStatus.CLOSED, CloseReason.EXPIRED, LAST)
    assert (case.entitlement.closed_on, case.entitlement.returned) == (LAST, 720)
    with pytest.raises(RuleViolation, match="This order ended on"):
        goods_orders.hand_over(session, order.id, date(2027, 2, 12), uuid4(), case.staff, on(date(2027, 2, 12)))
    goods_orders.hand_over(session, order.id, LAST, uuid4(), case.staff, on(date(2027, 2, 12)))
    assert (case.entitlement.used, case.entitlement.returned) == (360, 360)


@pytest.mark.law("R83.6")
def test_nothing_is_handed_over_after_the_programme(session: Session, case: Goods) -> None:
    measure = case.entitlement.measure
    measure.programme.valid_to = measure.valid_to = date(2027, 1, 10)
    order = accepted(case)
    assert order.ends_on == date(2027, 1, 10)
    with pytest.raises(RuleViolation, match="This order ended on"):
        goods_orders.hand_over(session, order.id, HANDED_ON, uuid4(), case.staff, on(HANDED_ON))


@pytest.mark.law("R42.3", "R83.6")
def test_a_programme_cut_short_cuts_their_days(session: Session, case: Goods) -> None:
    order = accepted(case)
    measure = case.entitlement.measure
    measure.programme.valid_to = measure.valid_to = date(2027, 1, 10)
    session.flush()
    now = on(date(2027, 1, 5))
    one = locks.entitlement(session, case.entitlement.id)
    assert given.last_day(session, one, measure) == date(2027, 1, 10)
    given.adjust(session, one, measure, measure.programme, now)
    assert (one.ends_on, one.lasts_until) == (date(2026, 12, 31), date(2027, 1, 10))
    assert expire(case, date(2027, 1, 11))
    assert (order.ended_on, one.closed_on) == (date(2027, 1, 10), date(2027, 1, 10))


@pytest.mark.law("R83.4")
def test_declined_in_january_the_next_provider_is_asked(session: Session, case: Goods) -> None:
    other = make.make_goods_offer(session, NAPPIES, Service.TECHNICAL_AID)
    signed_at, declined_at = on(SIGNED_ON), on(date(2027, 1, 5))
    wish = replace(case.wish(at=signed_at), otherwise=(other.id,))
    document = orders.prepare(session, wish, case.she, signed_at)
    order = orders.place(session, signed(document), case.she, signed_at)
    decline(case, order, declined_at)
    asked = session.scalars(select(Order).where(Order.id != order.id)).one()
    assert (asked.offer_id, asked.starts_on, asked.ends_on) == (other.id, date(2027, 1, 5), LAST)
    assert not expire(case, date(2027, 1, 6))


@pytest.mark.law("R83.4", "R83.6")
def test_declined_in_january_by_the_only_one_the_year_is_over(case: Goods) -> None:
    order = case.place(at=on(SIGNED_ON))
    decline(case, order, on(date(2027, 1, 5)))
    assert expire(case, date(2027, 1, 6))
    assert (case.entitlement.closed_on, case.entitlement.returned) == (date(2027, 1, 5), 720)


@pytest.mark.law("R83.6", "RI.4")
def test_a_death_in_january_that_becomes_known_late_strikes_what_came_after_it(session: Session, case: Goods) -> None:
    entry = case.hand_over(accepted(case), HANDED_ON)
    assert expire(case, date(2027, 1, 13))
    person_events.died(session, case.person, date(2027, 1, 8), ESOBES, on(date(2027, 1, 20)))
    one = case.entitlement
    assert entry.struck_at is not None
    assert (one.closed_on, one.close_reason, one.returned) == (date(2027, 1, 8), CloseReason.DEATH, 720)
    assert ledger_proof.prove(session).wrong is None


def decline(case: Goods, order: Order, at: datetime) -> None:
    """The provider has none."""
    no = answers.prepare_answer(case.session, order.id, DeclineReason.OUT_OF_STOCK, "", case.staff, at)
    answers.answer(case.session, signed(no), case.staff, at)
