"""What a specialist sees: whom they serve, their visits, sheets to sign, and where the money is (R42.1, R42.6)."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.models.document import Document
from portal.models.person import Person
from portal.models.service_log import LogEntry
from portal.rules.acts import ActStatus
from portal.rules.orders import OrderStatus
from portal.rules.roles import Role
from tests import factories as make
from tests.operations.month import NOW, Month
from tests.pen import WRONG_KEY
from tests.recipient.conftest import Browser
from tests.specialist.conftest import phone_of


def test_whom_i_serve(app: Flask, session: Session, phone: Browser, month: Month) -> None:
    other = Month(session, beside=month)
    page = phone.get("/specialist/")
    assert page.links(f"/specialist/orders/{month.order.id}/visits/new")
    assert not page.links(f"/specialist/orders/{other.order.id}/visits/new")
    page = phone.get("/specialist/people")
    assert page.links(f"/specialist/orders/{other.order.id}/visits/new")
    page = phone.get(f"/specialist/people?search={other.order.number}")
    assert len(page.links("/visits/new")) == 1
    assert phone.get("/specialist/people?search=%25&page=x").status == 200


def test_nobody_served_yet(app: Flask, session: Session, month: Month, stranger: Browser) -> None:
    beginner = phone_of(app, session, make.make_specialist(session, month.provider))
    page = beginner.get("/specialist/")
    assert page.status == 200
    assert page.links("/specialist/people")
    assert not stranger.get("/specialist/people").links("/visits/new")


def test_an_order_that_ended_is_not_offered(phone: Browser, month: Month) -> None:
    month.order.status = OrderStatus.STOPPED
    assert not phone.get("/specialist/").links("/visits/new")


@pytest.mark.law("R42.1")
def test_my_visits_of_a_month(phone: Browser, month: Month) -> None:
    month.entries[0].objected_at, month.entries[0].objection_reason = NOW, "another_day_or_time"
    page = phone.get("/specialist/visits?month=2026-03")
    assert page.status == 200
    assert page.says("The visit was on another day or at another time")
    strikes = page.links("/strike")
    assert strikes == [f"/specialist/visits/{month.entries[at].id}/strike" for at in (2, 0)]
    assert phone.get("/specialist/visits?month=2026-99").status == 404


@pytest.mark.law("RI.1")
def test_strikes_my_own_visit_with_a_reason(
    app: Flask, session: Session, phone: Browser, stranger: Browser, month: Month
) -> None:
    address = f"/specialist/visits/{month.entries[0].id}/strike"
    colleague = phone_of(app, session, month.second)
    for other in (stranger, colleague):
        assert other.get(address).status == 404
        assert other.post(address, reason="Қате").status == 404
    assert phone.post(address, reason="  ").status == 422
    assert phone.post(address, reason="Қате күн").goes_to == "/specialist/visits?month=2026-03"
    assert session.get_one(LogEntry, month.entries[0].id).strike_reason == "Қате күн"
    assert phone.post(address, reason="Қате күн").status == 422


@pytest.mark.law("R42.5")
def test_striking_settles_an_objection(session: Session, phone: Browser, month: Month) -> None:
    entry = month.entries[0]
    entry.objected_at, entry.objection_reason = NOW, "not_served"
    assert phone.post(f"/specialist/visits/{entry.id}/strike", reason="Шынымен бармадым").status == 302
    found = session.get_one(LogEntry, entry.id)
    assert (found.settlement, found.is_objected, found.struck_at) == ("struck", False, NOW)


@pytest.mark.law("R42.6")
def test_signs_my_sheet_once(app: Flask, session: Session, phone: Browser, stranger: Browser, month: Month) -> None:
    act = month.draw_up()
    sheet = next(one for one in month.sheets(act) if one.specialist_id == month.first.id)
    address = f"/specialist/sheets/{sheet.document_id}"
    assert phone.get("/specialist/").links("/specialist/sheets")
    assert phone.get("/specialist/sheets").links(address)
    for other in (stranger, phone_of(app, session, month.second)):
        assert other.get(address).status == 404
        assert other.post(address, cms="c2lnbg==").status == 404
    page = phone.get(address)
    assert page.status == 200
    assert "Емхана" in page.text
    assert phone.post(address, cms=WRONG_KEY.decode()).status == 422
    for _press in range(2):
        assert phone.post(address, cms="c2lnbg==").goes_to == "/specialist/sheets"
    roles = [signature.role for signature in session.get_one(Document, sheet.document_id).signatures]
    assert roles == [Role.SPECIALIST]


@pytest.mark.law("R42.6")
def test_a_sheet_of_a_cancelled_act_is_not_signed(phone: Browser, month: Month) -> None:
    act = month.draw_up()
    sheet = next(one for one in month.sheets(act) if one.specialist_id == month.first.id)
    act.status = ActStatus.CANCELLED
    assert phone.post(f"/specialist/sheets/{sheet.document_id}", cms="c2lnbg==").status == 422
    assert not phone.get("/specialist/sheets").links("/specialist/sheets/")


@pytest.mark.parametrize("status", [status for status in ActStatus if status is not ActStatus.CANCELLED])
def test_where_the_money_is(session: Session, phone: Browser, month: Month, status: ActStatus) -> None:
    assert phone.get("/specialist/money").says(
        "There are no acts with your hours yet. Your provider draws them up when a month is over."
    )
    act = month.draw_up() if status in {ActStatus.DRAWN_UP, ActStatus.SIGNED} else month.sent()
    act.status = status
    if status in {ActStatus.ACCEPTED, ActStatus.PAID}:
        act.pay_due_on = date(2026, 4, 16)
    page = phone.get("/specialist/money")
    assert page.status == 200
    assert (month.recipient.full_name in page.text) is (status is not ActStatus.WITHDRAWN)


def test_a_recipient_has_no_business_here(app: Flask, session: Session, month: Month) -> None:
    client = app.test_client()
    assert client.get("/specialist/").status_code == 302
    with client.session_transaction() as cookie:
        person = session.get_one(Person, month.order.recipient_id)
        cookie.update({"_user_id": str(person.id), "capacity": f"recipient:{person.id}"})
    for path in ("/specialist/", "/specialist/visits", "/provider/", "/provider/orders"):
        assert client.get(path).status_code == 403
