"""Her orders: what each page says and what can be done; taking back and stopping, once and only by her."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations import answers, orders
from portal.operations.orders import Wish
from portal.rules.order_reasons import DeclineReason
from portal.rules.orders import OVER, NewOrder, OrderStatus
from tests import factories as make
from tests.conftest import At
from tests.pen import signed
from tests.recipient.conftest import Browser, SignIn

NOW = datetime(2026, 3, 5, 9, tzinfo=ALMATY)


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at(NOW)
    return make.make_person(session)


@pytest.fixture
def entitlement(session: Session, person: Person) -> Entitlement:
    return make.make_programme(session, person)


@pytest.fixture
def browser(sign_in: SignIn, person: Person, entitlement: Entitlement) -> Browser:
    return sign_in(person)


@pytest.fixture
def placed(session: Session, person: Person, entitlement: Entitlement) -> Order:
    """An order that was really signed, for two hours a day in April."""
    first = NOW.date().replace(month=4, day=1)
    new = NewOrder(entitlement.service, first, first + timedelta(days=9), 1200, 120, "offline")
    wish = Wish(entitlement.id, make.make_offer(session).id, new)
    she = make.as_recipient(person)
    return orders.place(session, signed(orders.prepare(session, wish, she, NOW)), she, NOW)


def where(order: Order) -> OrderStatus:
    """Where an order stands by now."""
    return order.status


def answered(app: Flask, session: Session, order: Order, reason: DeclineReason | None = None) -> None:
    """The provider accepts, or with a reason declines."""
    provider = session.get_one(Provider, order.provider_id)
    staff = make.as_provider(make.make_staff(session, provider), provider)
    document = answers.prepare_answer(session, order.id, reason, "Сәуірге дейін орын жоқ", staff, NOW)
    with app.test_request_context():
        answers.answer(session, signed(document), staff, NOW)


@pytest.mark.law("R83.3", "R83.4")
def test_a_placed_order_says_who_answers_until_when(browser: Browser, placed: Order) -> None:
    page = browser.get(f"/recipient/orders/{placed.id}")
    assert page.status == 200
    assert page.says("The provider answers your order.")
    assert page.says_number("%(num)s working day left", "%(num)s working days left", 5), "Monday the 9th is off"
    assert page.links("/take-back") and not page.links("/stop")
    assert not page.links("/visits")


def test_the_signed_words_the_bytes_and_the_signatures(session: Session, browser: Browser, placed: Order) -> None:
    answered(browser.app, session, placed)
    page = browser.get(f"/recipient/orders/{placed.id}")
    assert page.says("The request to reimburse")
    papers = page.links("/documents/")
    assert len(papers) == 4, "the order and the answer, each with its signature"
    order, signature = papers[:2]
    assert browser.get(order).html.startswith("{")
    assert browser.get(signature).html == "signature"
    assert browser.get(signature.replace("/recipient", "/nobody", 1)).status == 404
    assert browser.get(signature.rsplit("/", 1)[0] + "/office").status == 404
    assert browser.get(signature.rsplit("/", 1)[0] + "/x").status == 404


@pytest.mark.law("R83.9")
def test_a_declined_order_says_why_in_both_ways(session: Session, browser: Browser, placed: Order) -> None:
    answered(browser.app, session, placed, DeclineReason.FULLY_LOADED)
    page = browser.get(f"/recipient/orders/{placed.id}")
    assert page.says("Our specialists have no free hours")
    assert "Сәуірге дейін орын жоқ" in page.text
    assert page.links("/providers"), "and leads to another choice"
    assert not page.links("/visits"), "nothing was rendered"
    assert not page.links("/take-back") and not page.links("/stop")


@pytest.mark.law("R83.7")
@pytest.mark.parametrize("status", OrderStatus)
def test_only_what_the_rules_allow_is_offered(browser: Browser, placed: Order, status: OrderStatus) -> None:
    order = placed
    order.status = status
    order.answered_at = NOW if status in {OrderStatus.ACCEPTED, OrderStatus.STOPPED} else None
    order.ended_at = NOW if status in OVER else None
    page = browser.get(f"/recipient/orders/{order.id}")
    assert page.status == 200
    assert bool(page.links("/take-back")) is (status is OrderStatus.PLACED)
    assert bool(page.links("/stop")) is (status is OrderStatus.ACCEPTED)
    assert page.says("Choose another provider") is (status in OVER)
    assert page.says("Choose a second provider") is (status not in OVER)
    assert browser.get(f"/recipient/orders/{order.id}/take-back").status == (
        200 if status is OrderStatus.PLACED else 409
    )
    assert browser.get(f"/recipient/orders/{order.id}/stop").status == (200 if status is OrderStatus.ACCEPTED else 409)


@pytest.mark.law("R83.7")
def test_she_takes_it_back_after_one_more_question(browser: Browser, placed: Order) -> None:
    address = f"/recipient/orders/{placed.id}/take-back"
    assert browser.get(address).says("No, keep the order")
    assert placed.status is OrderStatus.PLACED
    assert browser.post(address).goes_to == f"/recipient/orders/{placed.id}"
    assert where(placed) is OrderStatus.WITHDRAWN
    assert browser.post(address).goes_to, "a second click leads to the same place"
    assert browser.get(f"/recipient/orders/{placed.id}").says("The order was taken back.")


@pytest.mark.law("R83.7")
def test_too_late_to_take_back_is_said(session: Session, browser: Browser, placed: Order) -> None:
    answered(browser.app, session, placed)
    page = browser.post(f"/recipient/orders/{placed.id}/take-back")
    assert page.status == 409
    assert page.says("This order has already been accepted. It can only be stopped, for a listed reason.")


@pytest.mark.law("R83.7")
def test_she_stops_a_service_for_a_reason_after_one_more_question(
    session: Session, browser: Browser, placed: Order
) -> None:
    answered(browser.app, session, placed)
    address = f"/recipient/orders/{placed.id}/stop"
    assert browser.get(address).html.count('name="reason"') == 5
    sure = browser.post(address, reason="times_broken", note="Үш рет <кешікті>")
    assert sure.status == 200
    assert "Үш рет &lt;кешікті&gt;" in sure.html
    assert placed.status is OrderStatus.ACCEPTED, "nothing has happened yet"
    assert browser.post(address, reason="times_broken", note="Үш рет <кешікті>", sure="1").goes_to
    assert browser.post(address, reason="times_broken", note="Үш рет <кешікті>", sure="1").goes_to
    assert where(placed) is OrderStatus.STOPPED
    assert (placed.reason, placed.note) == ("times_broken", "Үш рет <кешікті>")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"reason": ""},
        {"reason": "force_majeure"},
        {"reason": "surcharge_refused", "sure": "1"},
        {"reason": "x", "sure": "1"},
        {"reason": "bad_quality", "note": "я" * 501, "sure": "1"},
    ],
)
def test_without_a_reason_of_her_list_nothing_is_stopped(
    session: Session, browser: Browser, entitlement: Entitlement, answer: dict[str, str]
) -> None:
    order = make.make_order(session, entitlement)
    page = browser.post(f"/recipient/orders/{order.id}/stop", **answer)
    assert page.status == 422
    assert order.status is OrderStatus.ACCEPTED


def test_the_list_has_what_waits_and_runs_first(session: Session, browser: Browser, entitlement: Entitlement) -> None:
    over = make.make_order(session, entitlement, status=OrderStatus.CLOSED, placed_at=NOW)
    runs = make.make_order(session, entitlement, placed_at=NOW - timedelta(days=60))
    page = browser.get("/recipient/orders")
    assert page.status == 200
    assert page.html.index(str(runs.id)) < page.html.index(str(over.id))


def test_somebody_elses_order_is_not_found(session: Session, browser: Browser) -> None:
    other = make.make_order(session, status=OrderStatus.PLACED)
    address = f"/recipient/orders/{other.id}"
    paths = ["", "/placed", "/take-back", "/stop", "/visits", f"/documents/{other.document_id}"]
    for path in [*paths, f"/documents/{other.document_id}/signatures/recipient"]:
        assert browser.get(address + path).status == 404, path
    for path in ("/take-back", "/stop"):
        assert browser.post(address + path, reason="bad_quality", sure="1").status == 404, path
    assert other.status is OrderStatus.PLACED


def test_another_orders_document_is_not_found_under_hers(
    session: Session, browser: Browser, entitlement: Entitlement
) -> None:
    mine, other = make.make_order(session, entitlement), make.make_order(session)
    assert browser.get(f"/recipient/orders/{mine.id}/documents/{mine.document_id}").status == 200
    assert browser.get(f"/recipient/orders/{mine.id}/documents/{other.document_id}").status == 404
