"""Another provider instead of the running one, and a second one beside it (R83.7, RI.3)."""

import pytest
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.format import duration
from portal.models.entitlement import Entitlement
from portal.models.message import SmsMessage
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations import answers, orders
from portal.operations.orders import Wish
from portal.rules.order_reasons import StopReason
from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.apps import words
from tests.conftest import At
from tests.factories import MONDAY
from tests.operations.balances import check_books
from tests.pen import signed
from tests.recipient.conftest import Browser, SignIn


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at(MONDAY)
    return make.make_person(session, language="ru")


@pytest.fixture
def entitlement(session: Session, person: Person) -> Entitlement:
    return make.make_programme(session, person)


@pytest.fixture
def browser(sign_in: SignIn, person: Person, entitlement: Entitlement) -> Browser:
    return sign_in(person)


@pytest.fixture
def running(session: Session, entitlement: Entitlement) -> Order:
    """Five hours a day to the end of the year, two hours of them used."""
    order = accepted(session, entitlement, 300)
    make.make_entry(session, order, day=MONDAY.date(), minutes=120)
    return order


def accepted(session: Session, entitlement: Entitlement, amount: int) -> Order:
    """A signed order to the end of the year that runs: so much a day, or of an interpreter in all, in minutes."""
    first, last = MONDAY.date(), entitlement.ends_on
    by_day = entitlement.service is Service.ASSISTANT
    minutes = amount * ((last - first).days + 1) if by_day else amount
    new = NewOrder(entitlement.service, first, last, minutes, amount if by_day else None, "offline")
    offer = make.make_offer(session, service=entitlement.service)
    she = make.as_recipient(entitlement.person)
    document = orders.prepare(session, Wish(entitlement.id, offer.id, new), she, MONDAY)
    order = orders.place(session, signed(document), she, MONDAY)
    order.status, order.answered_at = OrderStatus.ACCEPTED, MONDAY
    session.flush()
    return order


def where(order: Order) -> OrderStatus:
    """Where an order stands by now."""
    return order.status


@pytest.mark.law("R83.7")
def test_what_happens_is_said_before_anything_does(browser: Browser, running: Order, entitlement: Entitlement) -> None:
    assert browser.get(f"/recipient/orders/{running.id}").links("/change")
    page = browser.get(f"/recipient/orders/{running.id}/change")
    assert page.status == 200
    assert page.html.count('name="reason"') == 5
    assert page.says("You choose the new provider and sign a new order. Until they accept it, nobody comes.")
    assert page.links(f"/entitlements/{entitlement.id}/providers")


@pytest.mark.law("R83.7", "RI.1")
def test_only_its_own_confirmed_step_stops_the_old_order(
    session: Session, browser: Browser, running: Order, entitlement: Entitlement
) -> None:
    address = f"/recipient/orders/{running.id}/change"
    reason = {"reason": "times_broken", "note": "Үш рет кешікті"}
    sure = browser.post(address, **reason)
    assert sure.says("Stop this service and choose another provider?")
    assert where(running) is OrderStatus.ACCEPTED
    assert browser.post(address, **reason, sure="1").goes_to == f"/recipient/entitlements/{entitlement.id}/providers"
    assert (where(running), running.reason, running.note) == (OrderStatus.STOPPED, "times_broken", "Үш рет кешікті")
    assert (entitlement.used, entitlement.reserved) == (120, 0)
    assert entitlement.available == entitlement.granted - 120
    check_books(session, entitlement)
    assert browser.post(address, **reason, sure="1").goes_to, "a second click leads to the same place"


@pytest.mark.law("R83.7")
@pytest.mark.parametrize("status", [one for one in OrderStatus if one is not OrderStatus.ACCEPTED])
def test_what_does_not_run_is_not_changed(browser: Browser, running: Order, status: OrderStatus) -> None:
    running.status = status
    assert browser.get(f"/recipient/orders/{running.id}/change").status == 409


@pytest.mark.law("R83.7", "R34.1")
def test_hours_of_past_days_are_not_promised_to_anybody(
    session: Session, browser: Browser, person: Person, at: At
) -> None:
    order = accepted(session, make.make_programme(session, person), 240)
    at("2026-12-22")
    to_come = "40 часов"
    page = browser.get(f"/recipient/orders/{order.id}")
    assert page.says("Of them on days to come, at most") and to_come in page.text
    page = browser.post(f"/recipient/orders/{order.id}/stop", reason="bad_quality", note="")
    assert page.says("Free again: %(volume)s.", volume=to_come)


def test_without_a_reason_nothing_is_changed(browser: Browser, running: Order) -> None:
    page = browser.post(f"/recipient/orders/{running.id}/change", reason="", sure="1")
    assert page.status == 422
    assert where(running) is OrderStatus.ACCEPTED


def test_somebody_elses_order_is_not_found(session: Session, browser: Browser) -> None:
    other = make.make_order(session)
    address = f"/recipient/orders/{other.id}/change"
    assert browser.get(address).status == 404
    assert browser.post(address, reason="bad_quality", sure="1").status == 404
    assert other.status is OrderStatus.ACCEPTED


@pytest.mark.law("RI.3", "R34.1")
@pytest.mark.parametrize(
    ("ordered", "free"), [(300, 180), (480, None), (60, 420)], ids=["three hours", "nothing", "seven hours"]
)
def test_a_second_provider_may_have_what_is_free_of_each_day(
    session: Session, browser: Browser, entitlement: Entitlement, ordered: int, free: int | None
) -> None:
    order = accepted(session, entitlement, ordered)
    page = browser.get(f"/recipient/orders/{order.id}")
    assert page.says("Choose a second provider") is (free is not None)
    if free is not None:
        with browser.app.test_request_context(), force_locale("ru"):
            figures = {"free": duration(free), "limit": duration(480)}
        assert page.says("Free of each day: %(free)s. In all there are %(limit)s a day.", **figures)


@pytest.mark.law("R34.1")
def test_of_an_interpreter_what_is_not_ordered(session: Session, browser: Browser, person: Person) -> None:
    entitlement = make.make_programme(session, person, Service.INTERPRETER)
    order = accepted(session, entitlement, 600)
    assert browser.get(f"/recipient/orders/{order.id}").says("Choose a second provider")
    accepted(session, entitlement, 3000)
    assert not browser.get(f"/recipient/orders/{order.id}").says("Choose a second provider")


@pytest.mark.law("R83.7")
def test_when_the_provider_stops_she_reads_reason_and_note_and_gets_an_sms(
    session: Session, browser: Browser, running: Order
) -> None:
    provider = session.get_one(Provider, running.provider_id)
    actor = make.as_provider(make.make_staff(session, provider), provider)
    with words():
        answers.stop(session, running.id, StopReason.FORCE_MAJEURE, "Көмекші ауырып қалды", actor, MONDAY)
    page = browser.get(f"/recipient/orders/{running.id}")
    assert page.says("Circumstances beyond the provider’s control (force majeure)")
    assert "Көмекші ауырып қалды" in page.text
    message = session.scalars(select(SmsMessage).where(SmsMessage.about == f"order:{running.id}:stop")).one()
    assert str(running.number) in message.text
