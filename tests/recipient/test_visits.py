"""Visits as she sees them: every one as it was logged; objecting, and taking it back."""

from datetime import date, time

import pytest
from sqlalchemy.orm import Session

from portal.format import duration
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import service_log
from portal.rules.acts import ActStatus
from portal.rules.service import Service
from tests import factories as make
from tests.conftest import At
from tests.factories import MONDAY
from tests.recipient.conftest import Browser, SignIn


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at("2026-03-20")
    return make.make_person(session)


@pytest.fixture
def order(session: Session, person: Person) -> Order:
    return make.make_order(session, make.make_programme(session, person))


@pytest.fixture
def entry(session: Session, order: Order) -> LogEntry:
    return make.make_entry(session, order, places="Емхана, дүкен")


@pytest.fixture
def browser(sign_in: SignIn, person: Person, order: Order) -> Browser:
    return sign_in(person)


def at_visits(order: Order, month: str = "2026-03") -> str:
    return f"/recipient/orders/{order.id}/visits?month={month}"


@pytest.mark.law("R42.1")
def test_every_visit_stands_as_it_was_logged(browser: Browser, order: Order, entry: LogEntry) -> None:
    page = browser.get(at_visits(order))
    assert page.status == 200
    for words in ("09:00–11:00", "Емхана, дүкен", "Айгүл"):
        assert words in page.text
    assert page.links(f"/visits/{entry.id}/object")


def test_an_interpreters_visit_says_the_way(session: Session, sign_in: SignIn, person: Person) -> None:
    order = make.make_order(session, make.make_programme(session, person, Service.INTERPRETER))
    make.make_entry(session, order, way="online")
    page = sign_in(person).get(at_visits(order))
    assert page.says("online")


def test_totals_leave_struck_visits_out_but_show_them(session: Session, browser: Browser, order: Order) -> None:
    specialist = make.make_specialist(session, session.get_one(Provider, order.provider_id))
    make.make_entry(session, order, specialist)
    struck = make.make_entry(session, order, specialist, start=time(15), minutes=60)
    service_log.strike(session, struck.id, "Екі рет жазылған", make.as_specialist(specialist), MONDAY)
    page = browser.get(at_visits(order))
    assert "15:00–16:00" in page.text
    assert "Екі рет жазылған" in page.text
    assert page.says("Struck: does not count")
    with browser.app.test_request_context("/?lang=ru"):
        browser.app.preprocess_request()
        assert page.text.count(duration(120)) >= 2


@pytest.mark.parametrize("month", ["", "2026-02", "2026-13", "x", "9999-99", "0001-01", "%00", "9" * 3000])
def test_any_month_in_the_address_gives_a_page(browser: Browser, order: Order, entry: LogEntry, month: str) -> None:
    assert browser.get(at_visits(order, month)).status == 200


def test_without_a_month_the_latest_with_a_visit_is_shown(session: Session, browser: Browser, order: Order) -> None:
    make.make_entry(session, order, day=date(2026, 3, 3))
    page = browser.get(f"/recipient/orders/{order.id}/visits")
    assert "09:00–11:00" in page.text
    empty = browser.get(at_visits(order, "2026-05"))
    assert 'class="empty"' in empty.html
    assert empty.links("month=2026-03")


@pytest.mark.law("R42.5")
def test_she_objects_and_takes_it_back(browser: Browser, order: Order, entry: LogEntry) -> None:
    address = f"/recipient/visits/{entry.id}/object"
    assert browser.get(address).html.count('name="reason"') == 6
    back = browser.post(address, reason="shorter", note="Бір сағат").goes_to
    assert back == at_visits(order)
    assert entry.is_objected and entry.objection_note == "Бір сағат"
    page = browser.get(back)
    assert page.says("You objected: the provider has to answer")
    assert not page.links("/object")
    withdraw = page.links("/withdraw-objection")[0]
    assert browser.get(withdraw).says("No, keep the objection")
    assert browser.post(withdraw).goes_to == at_visits(order)
    assert not entry.is_objected
    assert browser.get(withdraw).status == 409


def test_the_same_objection_sent_twice_is_one(browser: Browser, entry: LogEntry) -> None:
    for _click in range(2):
        assert browser.post(f"/recipient/visits/{entry.id}/object", reason="shorter", note="").goes_to
    assert entry.is_objected


@pytest.mark.parametrize("answer", [{}, {"reason": "x"}, {"reason": "shorter", "note": "я" * 501}])
def test_an_unfinished_objection_comes_back_to_be_mended(
    browser: Browser, entry: LogEntry, answer: dict[str, str]
) -> None:
    page = browser.post(f"/recipient/visits/{entry.id}/object", **answer)
    assert page.status == 422
    assert answer.get("note", "") in page.html
    assert not entry.is_objected


@pytest.mark.law("R42.5")
def test_another_objection_is_refused_with_the_words_kept(browser: Browser, entry: LogEntry) -> None:
    address = f"/recipient/visits/{entry.id}/object"
    browser.post(address, reason="shorter")
    page = browser.post(address, reason="not_served", note="Мүлде келген жоқ")
    assert page.status == 422
    assert "R42.5" in page.text and "Мүлде келген жоқ" in page.html


@pytest.mark.law("R42.5")
def test_after_her_signature_a_visit_is_not_objected_to(session: Session, browser: Browser, entry: LogEntry) -> None:
    act = make.make_act(session, entry.order, (entry,), ActStatus.SIGNED)
    page = browser.get(at_visits(entry.order))
    assert page.says("In act %(number)s, which you signed", number=act.number)
    assert not page.links("/object")
    assert browser.get(f"/recipient/visits/{entry.id}/object").status == 409
    assert browser.post(f"/recipient/visits/{entry.id}/object", reason="shorter").status == 422


@pytest.mark.law("R42.5")
def test_an_act_that_waits_is_led_to_from_its_visits(session: Session, browser: Browser, entry: LogEntry) -> None:
    act = make.make_act(session, entry.order, (entry,), ActStatus.DRAWN_UP)
    assert f"/recipient/acts/{act.id}" in browser.get(at_visits(entry.order)).links("/acts/")


def test_somebody_elses_visit_is_not_found(session: Session, browser: Browser) -> None:
    entry = make.make_entry(session, make.make_order(session))
    for path in ("object", "withdraw-objection"):
        assert browser.get(f"/recipient/visits/{entry.id}/{path}").status == 404
        assert browser.post(f"/recipient/visits/{entry.id}/{path}", reason="shorter").status == 404
    assert not entry.is_objected
