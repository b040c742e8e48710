"""Making out an order, reading and signing it; nothing typed is lost, nothing happens twice."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.format import money
from portal.models.document import Document
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.person import Person
from portal.operations import documents
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.conftest import At
from tests.pen import WRONG_KEY
from tests.recipient.conftest import Browser, Page, SignIn


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at("2026-03-05")
    return make.make_person(session)


@pytest.fixture
def entitlement(session: Session, person: Person) -> Entitlement:
    return make.make_programme(session, person)


@pytest.fixture
def offer(session: Session) -> Offer:
    return make.make_offer(session)


@pytest.fixture
def browser(sign_in: SignIn, person: Person, entitlement: Entitlement) -> Browser:
    return sign_in(person)


def at_form(entitlement: Entitlement, offer: Offer) -> str:
    return f"/recipient/entitlements/{entitlement.id}/providers/{offer.id}/order"


def answers(page: Page | None = None, **given: Any) -> dict[str, Any]:
    """Four hours a day from 6 to 15 March 2026."""
    days = {"starts_on": "6.3.2026", "ends_on": "15.3.2026"}
    return {"form_id": page.hidden("form_id") if page else str(uuid4()), "hours": "4"} | days | given


def test_the_form_proposes_tomorrow_to_the_end(browser: Browser, entitlement: Entitlement, offer: Offer) -> None:
    page = browser.get(at_form(entitlement, offer))
    assert page.status == 200
    for name, value in [
        ("starts_on-day", "6"),
        ("starts_on-month", "3"),
        ("ends_on-day", "31"),
        ("ends_on-month", "12"),
    ]:
        assert f'name="{name}" type="text" value="{value}"' in page.html or f'value="{value}"' in page.html
    assert 'name="hours"' in page.html and 'value="8"' in page.html


def test_on_the_last_day_it_proposes_today(browser: Browser, entitlement: Entitlement, offer: Offer, at: At) -> None:
    at(entitlement.ends_on)
    assert browser.get(at_form(entitlement, offer)).status == 200


def test_what_is_ordered_already_is_not_proposed_again(
    session: Session, browser: Browser, entitlement: Entitlement, offer: Offer
) -> None:
    make.make_order(session, entitlement, minutes_a_day=300)
    page = browser.get(at_form(entitlement, offer))
    assert 'name="hours"' in page.html and 'value="3"' in page.html


@pytest.mark.law("R83.1", "RG.2")
def test_the_whole_way_to_a_signed_order(
    session: Session, browser: Browser, entitlement: Entitlement, offer: Offer
) -> None:
    form = browser.get(at_form(entitlement, offer))
    to_sign = browser.post(at_form(entitlement, offer), **answers(form)).goes_to
    page = browser.get(to_sign)
    assert page.status == 200
    assert page.says("The request to reimburse")
    assert page.says("Sign the order")
    placed = browser.post(to_sign, cms="c2lnbmF0dXJl").goes_to
    order = session.scalars(select(Order)).one()
    assert placed == f"/recipient/orders/{order.id}/placed"
    assert (order.units, order.status, order.price_tiyn) == (2400, OrderStatus.PLACED, 60_000)
    confirmation = browser.get(placed)
    assert confirmation.status == 200
    assert str(order.number) in confirmation.text
    assert confirmation.says("What you can still undo")


def test_a_double_click_on_the_form_is_one_document(
    session: Session, browser: Browser, entitlement: Entitlement, offer: Offer
) -> None:
    form = answers(browser.get(at_form(entitlement, offer)))
    assert (
        browser.post(at_form(entitlement, offer), **form).goes_to
        == browser.post(at_form(entitlement, offer), **form).goes_to
    )
    assert len(session.scalars(select(Document)).all()) == 1


def test_a_double_click_on_the_signature_is_one_order(
    session: Session, browser: Browser, entitlement: Entitlement, offer: Offer
) -> None:
    to_sign = browser.post(at_form(entitlement, offer), **answers()).goes_to
    first = browser.post(to_sign, cms="c2lnbmF0dXJl").goes_to
    assert browser.post(to_sign, cms="c2lnbmF0dXJl").goes_to == first
    assert len(session.scalars(select(Order)).all()) == 1
    assert browser.get(to_sign).goes_to == first.removesuffix("/placed"), "the page for signing leads to the order"


def test_work_out_the_sum_saves_nothing(
    session: Session, browser: Browser, entitlement: Entitlement, offer: Offer
) -> None:
    page = browser.post(at_form(entitlement, offer), **answers(), work_out="1")
    assert page.status == 200
    assert page.says("What this order comes to")
    assert money(2_359_720) in page.html, "40 hours at 589,93"
    assert money(40_280) in page.html, "40 hours at 10,07"
    assert session.scalars(select(Document)).all() == []


@pytest.mark.law("R34.1")
@pytest.mark.parametrize("work_out", [{}, {"work_out": "1"}], ids=["sent", "worked out"])
def test_a_refusal_stands_on_the_form_with_everything_typed(
    browser: Browser, entitlement: Entitlement, offer: Offer, work_out: dict[str, str]
) -> None:
    page = browser.post(at_form(entitlement, offer), **answers(ends_on="1.2.2027"), **work_out)
    assert page.status == 422
    assert "R34.1" in page.text
    assert 'value="2027"' in page.html and 'value="4"' in page.html
    assert not page.says("What this order comes to")


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": ""},
        {"hours": "9"},
        {"hours": "четыре"},
        {"hours": "-4"},
        {"hours": "٤"},
        {"starts_on": "31.2.2026"},
        {"starts_on": ""},
        {"ends_on": "x" * 5000},
        {"ends_on": "1.1.0001"},
        {"ends_on": "31.12.9999"},
        {"starts_on": "7.3.2026", "ends_on": "6.3.2026"},
        {"starts_on": "1.3.2026"},
    ],
)
def test_wrong_answers_come_back_to_be_mended(
    session: Session, browser: Browser, entitlement: Entitlement, offer: Offer, wrong: dict[str, Any]
) -> None:
    page = browser.post(at_form(entitlement, offer), **answers(**wrong))
    assert page.status == 422
    assert "govuk-error-summary" in page.html
    assert session.scalars(select(Document)).all() == []


def test_back_from_signing_everything_is_still_there(browser: Browser, entitlement: Entitlement, offer: Offer) -> None:
    to_sign = browser.post(at_form(entitlement, offer), **answers(hours="2,5")).goes_to
    back = browser.get(to_sign).links("/order?document=")[0]
    page = browser.get(back)
    assert page.status == 200
    assert 'value="2,5"' in page.html and 'value="15"' in page.html


@pytest.mark.law("R83.1")
def test_another_persons_key_is_said_and_can_be_tried_again(
    session: Session, browser: Browser, entitlement: Entitlement, offer: Offer
) -> None:
    to_sign = browser.post(at_form(entitlement, offer), **answers()).goes_to
    page = browser.post(to_sign, cms=WRONG_KEY)
    assert page.status == 422
    assert page.says("Sign the order")
    assert session.scalars(select(Order)).all() == []
    assert browser.post(to_sign, cms="c2lnbmF0dXJl").goes_to.endswith("/placed")


@pytest.mark.law("RG.2")
def test_a_changed_price_is_said_before_signing(
    session: Session, browser: Browser, entitlement: Entitlement, offer: Offer
) -> None:
    to_sign = browser.post(at_form(entitlement, offer), **answers()).goes_to
    offer.price_tiyn = 70_000
    page = browser.post(to_sign, cms="c2lnbmF0dXJl")
    assert page.status == 422
    assert money(70_000) in page.html


@pytest.mark.law("RI.6")
def test_a_mother_signs_for_her_son(
    session: Session, sign_in: SignIn, person: Person, entitlement: Entitlement, offer: Offer
) -> None:
    mother = make.make_representative(session, person)
    browser = sign_in(mother, person)
    to_sign = browser.post(at_form(entitlement, offer), **answers()).goes_to
    page = browser.get(to_sign)
    assert mother.full_name in page.text and person.full_name in page.text
    browser.post(to_sign, cms="c2lnbmF0dXJl")
    order = session.scalars(select(Order)).one()
    assert (order.recipient_id, order.placed_by_id) == (person.id, mother.id)


def test_somebody_elses_document_is_not_found(
    session: Session, sign_in: SignIn, browser: Browser, entitlement: Entitlement, offer: Offer
) -> None:
    to_sign = browser.post(at_form(entitlement, offer), **answers()).goes_to
    other = make.make_programme(session)
    stranger = sign_in(other.person)
    assert stranger.get(to_sign).status == 404
    assert stranger.post(to_sign, cms="c2lnbmF0dXJl").status == 404
    document_id = to_sign.rsplit("/", 1)[1]
    assert stranger.get(f"{at_form(other, offer)}?document={document_id}").status == 404
    assert stranger.get(f"{at_form(other, offer)}?document=x").status == 200
    assert browser.get(f"/recipient/orders/sign/{uuid4()}").status == 404


@pytest.mark.law("R42.7")
def test_an_interpreter_in_the_way_she_chooses(session: Session, sign_in: SignIn, person: Person) -> None:
    entitlement = make.make_programme(session, person, Service.INTERPRETER)
    offer = make.make_offer(session, service=Service.INTERPRETER)
    browser = sign_in(person)
    address = at_form(entitlement, offer)
    assert 'name="way"' in browser.get(address).html
    assert browser.post(address, **answers(hours="61", way="online")).status == 422, "60 hours a year"
    to_sign = browser.post(address, **answers(hours="12,5", way="online")).goes_to
    document = session.get_one(Document, to_sign.rsplit("/", 1)[1])
    said = documents.content(document)["order"]
    assert (said["units"], said["minutes_a_day"], said["way"]) == (750, None, "online")
    assert browser.post(address, **answers(hours="2", way="by post")).status == 422
