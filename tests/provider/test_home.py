"""The start page: what is due first stands first, on both sides in the same words."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.models.offer import Offer
from portal.models.payment import Payment
from portal.operations import acts
from portal.queries import provider_tasks
from portal.queries.provider_tasks import Counts, TaskKind
from portal.rules.acts import ActStatus
from portal.rules.orders import OrderStatus
from portal.rules.payments import PaymentStatus
from tests import factories as make
from tests.operations.month import NOW, Month
from tests.provider.conftest import staff_of
from tests.recipient.conftest import Browser

TODAY = NOW.date()


def placed(session: Session, month: Month, due_on: date) -> None:
    offer = session.get_one(Offer, month.order.offer_id)
    make.make_order(session, make.make_programme(session), offer, OrderStatus.PLACED, answer_due_on=due_on)


def test_nothing_to_do(app: Flask, session: Session) -> None:
    page = staff_of(app, session, make.make_provider(session)).get("/provider/")
    assert page.status == 200
    assert page.says("There is nothing to do now.")


@pytest.mark.law("R83.3", "R42.8")
def test_what_is_due_first_stands_first(session: Session, month: Month, browser: Browser) -> None:
    placed(session, month, TODAY + timedelta(days=1))
    page = browser.get("/provider/")
    tasks = provider_tasks.of_provider(session, month.provider.id, TODAY)
    assert [task.kind for task in tasks] == [TaskKind.ANSWER, TaskKind.DRAW_UP]
    assert tasks[1].due_on == date(2026, 4, 10)
    assert page.links("/provider/orders/")[0].endswith(str(tasks[0].thing_id))
    assert page.links("/provider/months/2026-03")


@pytest.mark.law("R42.8", "R42.9")
def test_each_act_is_one_task(session: Session, month: Month) -> None:
    act = month.draw_up()
    assert kinds(session, month) == [TaskKind.SEND]
    act.status, act.resubmit_due_on = ActStatus.RETURNED, TODAY
    acts.free(session, act)
    assert kinds(session, month) == [TaskKind.CORRECT]
    month.draw_up()
    assert kinds(session, month) == [TaskKind.SEND]


def test_an_objection_is_not_drawn_up(session: Session, month: Month) -> None:
    for entry in month.entries:
        entry.objected_at = NOW
    session.flush()
    assert kinds(session, month) == []


def test_counts(session: Session, month: Month) -> None:
    for days in (-1, 0, 0, 7, 8):
        placed(session, month, TODAY + timedelta(days=days))
    tasks = provider_tasks.of_provider(session, month.provider.id, TODAY)
    assert provider_tasks.counts(tasks, TODAY) == Counts(late=1, today=2, week=1)


@pytest.mark.law("R42.11", "RI.7")
def test_money(session: Session, month: Month) -> None:
    act = month.sent()
    payment = Payment(
        act_id=act.id,
        provider_id=act.provider_id,
        office_id=act.office_id,
        amount_tiyn=act.amount_tiyn,
        status=PaymentStatus.AWAITING,
        due_on=TODAY,
        owed_at=NOW,
    )
    session.add(payment)
    session.flush()
    money = provider_tasks.money(session, month.provider.id, TODAY)
    assert (money.accepted_tiyn, money.accepted_acts, money.paid_tiyn) == (act.amount_tiyn, 1, 0)
    payment.status, payment.paid_at = PaymentStatus.PAID, NOW
    session.flush()
    money = provider_tasks.money(session, month.provider.id, TODAY)
    assert (money.accepted_tiyn, money.paid_tiyn, money.paid_acts) == (0, act.amount_tiyn, 1)
    payment.paid_at = datetime(2026, 1, 1, 0, 30, tzinfo=ALMATY)
    session.flush()
    assert provider_tasks.money(session, month.provider.id, TODAY).paid_acts == 1, "in UTC it is still 2025"
    assert provider_tasks.money(session, month.provider.id, date(2025, 12, 31)).paid_acts == 0


def kinds(session: Session, month: Month) -> list[TaskKind]:
    """What is to be done, in order."""
    return [task.kind for task in provider_tasks.of_provider(session, month.provider.id, TODAY)]
