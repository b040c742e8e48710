"""Reminders begin again when what was ordered has ended and hours are free (R34.3)."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.provider import Provider
from portal.operations import answers, choice, endings, ledger, service_log
from portal.rules.order_reasons import StopReason
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.apps import words
from tests.factories import MONDAY

IN_A_MONTH = date(2026, 4, 2)


def ordered(session: Session, minutes: int, status: OrderStatus = OrderStatus.ACCEPTED) -> tuple[Order, Entitlement]:
    entitlement = make.make_programme(session, service=Service.INTERPRETER)
    order = make.make_order(session, entitlement, minutes=minutes, status=status)
    entitlement.reminder_due_on = None
    return order, entitlement


def stop(session: Session, order: Order) -> None:
    she = make.as_recipient(order.recipient)
    answers.stop(session, order.id, StopReason.NOT_BEGUN, "", she, MONDAY)


@pytest.mark.law("R34.3")
def test_a_stopped_service_with_nothing_beside_it(session: Session) -> None:
    order, entitlement = ordered(session, 600)
    stop(session, order)
    assert entitlement.reminder_due_on == IN_A_MONTH


@pytest.mark.law("R34.3")
def test_an_order_taken_back(session: Session) -> None:
    order, entitlement = ordered(session, 600, OrderStatus.PLACED)
    answers.withdraw(session, order.id, make.as_recipient(order.recipient), MONDAY)
    assert entitlement.reminder_due_on == IN_A_MONTH


@pytest.mark.law("R34.3")
def test_not_while_another_order_runs(session: Session) -> None:
    order, entitlement = ordered(session, 600)
    other = make.make_order(session, entitlement, minutes=600)
    stop(session, order)
    assert entitlement.reminder_due_on is None
    stop(session, other)
    assert entitlement.reminder_due_on == IN_A_MONTH


@pytest.mark.law("R34.3")
def test_not_when_everything_was_used(session: Session) -> None:
    order, entitlement = ordered(session, 3600)
    make.make_entry(session, order, minutes=3600)
    stop(session, order)
    assert entitlement.reminder_due_on is None


@pytest.mark.law("R34.3")
def test_a_month_after_the_day_on_which_it_was_seen_to_be_over(session: Session) -> None:
    order, entitlement = ordered(session, 600)
    order.ends_on = date(2026, 2, 28)
    order.starts_on = date(2026, 2, 1)
    assert endings.close_order(session, order.id, MONDAY.date(), MONDAY)
    assert entitlement.reminder_due_on == IN_A_MONTH


@pytest.mark.law("R34.3", "R83.6")
def test_not_when_the_entitlement_itself_is_over(session: Session) -> None:
    order, entitlement = ordered(session, 600)
    endings.expire(session, entitlement.id, entitlement.ends_on + timedelta(days=1), MONDAY)
    assert order.status is OrderStatus.CLOSED
    assert entitlement.reminder_due_on is None


@pytest.mark.law("R34.3")
def test_a_visit_struck_after_the_end_frees_the_first_hours(session: Session) -> None:
    order, entitlement = ordered(session, 3600)
    make.make_entry(session, order, minutes=3480)
    mistake = make.make_entry(session, order, day=date(2026, 3, 9), minutes=120)
    stop(session, order)
    provider = session.get_one(Provider, order.provider_id)
    clerk = make.as_provider(make.make_staff(session, provider), provider)
    service_log.strike(session, mistake.id, "Қате жазылды", clerk, MONDAY + timedelta(days=8))
    assert (entitlement.available, entitlement.reminder_due_on) == (120, date(2026, 4, 10))


@pytest.mark.law("R34.3")
def test_two_months_are_counted_anew_once_hours_are_free_again(session: Session) -> None:
    with words(edition="2023"):
        order, entitlement = ordered(session, 600)
        stop(session, order)
        ledger.lower(session, entitlement, entitlement.available, MONDAY)
        entitlement.reminder_due_on = None
        later = MONDAY + timedelta(days=100)
        ledger.raise_by(session, entitlement, 600, later)
        choice.resume(session, entitlement, later)
        for day in range(70):
            choice.remind(session, entitlement.id, later + timedelta(days=day))
            if entitlement.reminders_sent == 0:
                assert entitlement.blocked_on is None, "nobody is blocked who was not reminded"
        assert (entitlement.reminders_sent, entitlement.blocked_on) == (1, date(2026, 8, 10))
