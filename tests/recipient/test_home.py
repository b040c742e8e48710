"""Her page: what is due first, in every situation."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.models.entitlement import Entitlement
from portal.models.person import Person
from portal.rules.acts import ActStatus
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.conftest import At
from tests.recipient.conftest import Browser, SignIn


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at("2026-03-05")
    return make.make_person(session)


@pytest.fixture
def entitlement(session: Session, person: Person) -> Entitlement:
    return make.make_programme(session, person)


@pytest.fixture
def browser(sign_in: SignIn, person: Person, entitlement: Entitlement) -> Browser:
    return sign_in(person)


def test_with_hours_and_no_order_she_is_led_to_the_choice(browser: Browser, entitlement: Entitlement) -> None:
    page = browser.get("/recipient/")
    assert page.status == 200
    assert f"/recipient/entitlements/{entitlement.id}/providers" in page.links("/providers")[0]
    assert page.html.index("next-step") < page.html.index("balance__title")


@pytest.mark.law("R83.4")
@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (OrderStatus.LAPSED, "Your order was not answered in time. Choose another provider."),
        (OrderStatus.DECLINED, "The provider declined your order. Choose another provider."),
    ],
)
def test_after_an_order_that_came_to_nothing_she_is_told_why(
    session: Session, browser: Browser, entitlement: Entitlement, status: OrderStatus, sentence: str
) -> None:
    make.make_order(session, entitlement, status=status)
    page = browser.get("/recipient/")
    assert page.says(sentence)
    assert page.links("/providers")


@pytest.mark.law("R83.3")
def test_while_the_provider_reads_there_is_nothing_to_do(
    session: Session, browser: Browser, entitlement: Entitlement
) -> None:
    order = make.make_order(session, entitlement, status=OrderStatus.PLACED)
    page = browser.get("/recipient/")
    assert page.says("There is nothing to do now. The provider is reading your order.")
    assert f"/recipient/orders/{order.id}" in page.links("/orders/")


def test_when_visits_were_logged_she_is_led_to_them(
    session: Session, browser: Browser, entitlement: Entitlement
) -> None:
    order = make.make_order(session, entitlement)
    make.make_entry(session, order)
    page = browser.get("/recipient/")
    assert page.says_number("%(num)s visit was logged this month.", "%(num)s visits were logged this month.", 1)
    assert f"/recipient/orders/{order.id}/visits" in page.links("/visits")


@pytest.mark.law("R42.5")
def test_an_act_to_sign_comes_before_everything(
    session: Session, browser: Browser, person: Person, entitlement: Entitlement
) -> None:
    make.make_programme(session, person, Service.INTERPRETER)
    act = make.make_act(session, make.make_order(session, entitlement), status=ActStatus.DRAWN_UP)
    page = browser.get("/recipient/")
    assert page.links("/recipient/")[0:1] and page.html.index(f"/acts/{act.id}") < page.html.index("/providers")


@pytest.mark.law("R42.5")
def test_an_act_with_a_disputed_visit_does_not_wait_for_her(
    session: Session, browser: Browser, entitlement: Entitlement, at: At
) -> None:
    order = make.make_order(session, entitlement)
    entry = make.make_entry(session, order, objected_at=at("2026-03-05"), objection_reason="shorter")
    make.make_act(session, order, (entry,), ActStatus.DRAWN_UP)
    page = browser.get("/recipient/")
    assert not page.says("Read and sign the act")
    assert page.says("You object: the provider draws the act up anew")


def test_a_closed_entitlement_is_no_balance(session: Session, browser: Browser, entitlement: Entitlement) -> None:
    entitlement.closed_on = date(2026, 3, 4)
    page = browser.get("/recipient/")
    assert page.status == 200
    assert not page.links("/providers")
    assert page.says("You have nothing from a programme at the moment.")
    assert page.says("There is nothing to do now.")


def test_an_entitlement_past_its_last_day_is_over_before_the_sweep(
    browser: Browser, entitlement: Entitlement, at: At
) -> None:
    at(entitlement.ends_on + timedelta(days=1))
    assert not browser.get("/recipient/").links("/providers")


def test_a_representative_sees_for_whom_she_acts(session: Session, sign_in: SignIn, person: Person) -> None:
    make.make_programme(session, person)
    mother = make.make_representative(session, person)
    page = sign_in(mother, person).get("/recipient/")
    assert page.status == 200
    assert f"{person.last_name} {person.first_name}" in page.text
    assert mother.full_name in page.text


def test_somebody_who_does_not_represent_her_is_turned_away(session: Session, sign_in: SignIn, person: Person) -> None:
    make.make_programme(session, person)
    stranger = make.make_person(session)
    assert "for-whom" in sign_in(stranger, person).get("/recipient/").goes_to


@pytest.mark.parametrize("path", ["", "orders", "acts", "messages"])
def test_every_list_says_what_will_appear(browser: Browser, path: str) -> None:
    page = browser.get(f"/recipient/{path}")
    assert page.status == 200
    assert 'class="empty"' in page.html


def test_a_guest_signs_in_first(browser: Browser) -> None:
    with browser.client.session_transaction() as cookie:
        cookie.clear()
    assert "/sign-in" in browser.get("/recipient/").goes_to
