"""The log of an order in the provider's cabinet, striking what is wrong, and the payments (R42.1, R42.11)."""

import pytest
from sqlalchemy.orm import Session

from portal.models.payment import Payment
from portal.models.service_log import LogEntry
from portal.rules.acts import ActStatus
from portal.rules.payments import PaymentStatus
from tests.operations.month import NOW, Month
from tests.recipient.conftest import Browser


@pytest.mark.law("R42.1")
def test_the_log_shows_every_visit_of_the_month(session: Session, browser: Browser, month: Month) -> None:
    month.entries[0].objected_at, month.entries[0].objection_reason = NOW, "shorter"
    month.entries[1].struck_at, month.entries[1].strike_reason = NOW, "Басқа күн болған"
    page = browser.get(f"/provider/orders/{month.order.id}/log?month=2026-03")
    assert page.status == 200
    assert page.says("The visit was shorter")
    assert "Басқа күн болған" in page.text
    assert len(page.links("/strike")) == 2
    assert browser.get(f"/provider/orders/{month.order.id}/log").status == 200
    assert browser.get(f"/provider/orders/{month.order.id}/log?month=x").status == 404


@pytest.mark.law("RI.1")
def test_strikes_a_visit(session: Session, browser: Browser, month: Month) -> None:
    entry = month.entries[0]
    address = f"/provider/orders/visits/{entry.id}/strike"
    assert browser.get(address).status == 200
    assert browser.post(address, reason="").status == 422
    assert browser.post(address, reason="Қате жазылған").goes_to.startswith(f"/provider/orders/{month.order.id}/log")
    assert session.get_one(LogEntry, entry.id).struck_at == NOW
    assert browser.post(address, reason="Тағы бір рет").status == 422


@pytest.mark.law("RI.5")
def test_a_visit_in_an_act_is_not_struck(session: Session, browser: Browser, month: Month) -> None:
    act = month.draw_up()
    address = f"/provider/orders/visits/{month.entries[0].id}/strike"
    assert browser.get(address).links(f"/provider/months/acts/{act.id}")
    assert browser.post(address, reason="Қате жазылған").status == 422


@pytest.mark.law("RI.5", "R42.5")
def test_the_act_that_a_visit_stands_in_is_named_and_not_a_further_one(
    session: Session, browser: Browser, month: Month
) -> None:
    month.entries[1].objected_at = NOW
    first = month.draw_up()
    first.status, month.entries[1].settled_at = ActStatus.PAID, NOW
    session.flush()
    further = month.draw_up()
    page = browser.get(f"/provider/orders/visits/{month.entries[0].id}/strike")
    assert page.links(f"/provider/months/acts/{first.id}")
    assert not page.links(f"/provider/months/acts/{further.id}")


def test_someone_elses_visit_is_not_found(stranger: Browser, month: Month) -> None:
    address = f"/provider/orders/visits/{month.entries[0].id}/strike"
    assert stranger.get(address).status == 404
    assert stranger.post(address, reason="Қате жазылған").status == 404


@pytest.mark.law("R42.11")
def test_payments_say_what_failed_and_why(session: Session, browser: Browser, stranger: Browser, month: Month) -> None:
    assert browser.get("/provider/payments").status == 200
    act = month.sent()
    payment = Payment(
        act_id=act.id,
        provider_id=act.provider_id,
        office_id=act.office_id,
        amount_tiyn=act.amount_tiyn,
        status=PaymentStatus.FAILED,
        due_on=NOW.date(),
        owed_at=NOW,
        failure_code="resource_missing",
    )
    session.add(payment)
    page = browser.get("/provider/payments")
    assert page.links(f"/provider/months/acts/{act.id}")
    assert page.says("The payment system does not find your account. Compare your bank details and tell the office.")
    payment.failure_code = "never_heard_of"
    page = browser.get("/provider/payments")
    assert page.says("The payment system refused it. The office looks into it and sends it again.")
    assert not stranger.get("/provider/payments").links("/provider/months/acts/")
