"""Naming a second and a third provider: on the form, side by side, when signing, and on the page of the order."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.document import Document
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations import answers, documents
from portal.rules.order_reasons import DeclineReason
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.apps import words
from tests.conftest import At
from tests.factories import MONDAY
from tests.pen import signed
from tests.recipient.conftest import Browser, Page, SignIn


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at(MONDAY)
    return make.make_person(session)


@pytest.fixture
def entitlement(session: Session, person: Person) -> Entitlement:
    return make.make_programme(session, person)


@pytest.fixture
def offers(session: Session) -> list[Offer]:
    """Three providers where she lives, the cheapest first."""
    return [make.make_offer(session, price_tiyn=price) for price in (50_000, 60_000, 70_000)]


@pytest.fixture
def browser(sign_in: SignIn, person: Person, entitlement: Entitlement) -> Iterator[Browser]:
    yield sign_in(person)


def form_of(entitlement: Entitlement, offer: Offer) -> str:
    return f"/recipient/entitlements/{entitlement.id}/providers/{offer.id}/order"


def filled(**given: Any) -> dict[str, Any]:
    """Four hours a day from 6 to 15 March 2026."""
    return {"form_id": str(uuid4()), "hours": "4", "starts_on": "6.3.2026", "ends_on": "15.3.2026"} | given


def name(session: Session, offer: Offer) -> str:
    return session.get_one(Provider, offer.provider_id).name_ru


def options(page: Page, field: str) -> list[str]:
    """The ids that a drop-down offers, in order."""
    select_tag = page.html.split(f'<select class="govuk-select" id="{field}"')[1].split("</select>")[0]
    return [part.split('"')[0] for part in select_tag.split('value="')[1:]]


def sign_for(browser: Browser, entitlement: Entitlement, offers: list[Offer]) -> str:
    """Sign an order to all of them, in order; where it leads."""
    named = dict(zip(("second", "third"), (str(offer.id) for offer in offers[1:]), strict=False))
    to_sign = browser.post(form_of(entitlement, offers[0]), **filled(**named)).goes_to
    return browser.post(to_sign, cms="c2lnbmF0dXJl").goes_to


def declined(session: Session, order: Order) -> None:
    provider = session.get_one(Provider, order.provider_id)
    staff = make.as_provider(make.make_staff(session, provider), provider)
    document = answers.prepare_answer(session, order.id, DeclineReason.FULLY_LOADED, "", staff, MONDAY)
    with words():
        answers.answer(session, signed(document), staff, MONDAY)


@pytest.mark.law("R83.1")
def test_the_form_offers_the_others_ordered_as_the_list(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer]
) -> None:
    make.make_offer(session, places=("750000000",))
    page = browser.get(form_of(entitlement, offers[1]))
    ids = [str(offers[0].id), str(offers[2].id)]
    assert options(page, "second") == options(page, "third") == ["", *ids]
    by_name = browser.get(form_of(entitlement, offers[1]) + "?sort=name")
    assert set(options(by_name, "second")) == {"", *ids}


def test_at_most_thirty_stand_in_the_list(session: Session, browser: Browser, entitlement: Entitlement) -> None:
    first, *others = [make.make_offer(session, price_tiyn=50_000 + number) for number in range(34)]
    page = browser.get(form_of(entitlement, first))
    assert options(page, "second") == ["", *(str(offer.id) for offer in others[:30])]
    last = others[-1]
    assert options(browser.get(f"{form_of(entitlement, first)}?second={last.id}"), "second")[-1] == str(last.id)


def test_nobody_else_nothing_to_name(session: Session, browser: Browser, entitlement: Entitlement) -> None:
    alone = make.make_offer(session)
    assert 'id="second"' not in browser.get(form_of(entitlement, alone)).html
    make.make_offer(session)
    page = browser.get(form_of(entitlement, alone))
    assert 'id="second"' in page.html and 'id="third"' not in page.html


@pytest.mark.law("R83.1", "RG.2")
def test_she_reads_all_three_and_signs_once(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer]
) -> None:
    second, third = str(offers[1].id), str(offers[2].id)
    to_sign = browser.post(form_of(entitlement, offers[0]), **filled(second=second, third=third)).goes_to
    page = browser.get(to_sign)
    assert page.says("Second choice") and page.says("Third choice")
    assert all(name(session, offer) in page.text for offer in offers)
    assert page.text.count("110,07") == 1, "what she would pay the third an hour"
    placed = browser.get(browser.post(to_sign, cms="c2lnbmF0dXJl").goes_to)
    assert name(session, offers[1]) in placed.text
    order = session.scalars(select(Order)).one()
    assert (order.rank, order.choices) == (1, 3)


def test_a_third_without_a_second_is_the_second(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer]
) -> None:
    to_sign = browser.post(form_of(entitlement, offers[0]), **filled(third=str(offers[2].id))).goes_to
    said = documents.content(session.get_one(Document, to_sign.rsplit("/", 1)[1]))
    assert [(one["rank"], one["offer_id"]) for one in said["otherwise"]] == [(2, str(offers[2].id))]


@pytest.mark.law("R83.1")
@pytest.mark.parametrize("work_out", [{}, {"work_out": "1"}], ids=["sent", "worked out"])
def test_the_same_one_twice_is_said_where_it_stands(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer], work_out: dict[str, str]
) -> None:
    twice = str(offers[1].id)
    page = browser.post(form_of(entitlement, offers[0]), **filled(second=twice, third=twice), **work_out)
    assert page.status == 422
    assert page.says("You have named the same provider twice. Choose another one, or leave it out.")
    assert 'href="#third"' in page.html
    assert session.scalars(select(Document)).all() == []


@pytest.mark.parametrize("wrong", ["x", "the first", "another service", "nobody"])
def test_what_is_not_on_the_list_is_refused(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer], wrong: str
) -> None:
    ids = {
        "x": "x",
        "the first": offers[0].id,
        "another service": make.make_offer(session, service=Service.INTERPRETER).id,
        "nobody": uuid4(),
    }
    assert browser.post(form_of(entitlement, offers[0]), **filled(second=str(ids[wrong]))).status == 422


@pytest.mark.law("R42.7")
def test_who_does_not_serve_in_the_way_she_chose_is_named(session: Session, sign_in: SignIn, person: Person) -> None:
    entitlement = make.make_programme(session, person, Service.INTERPRETER)
    first = make.make_offer(session, service=Service.INTERPRETER)
    other = make.make_offer(session, service=Service.INTERPRETER, online=False)
    browser = sign_in(person)
    asked = filled(second=str(other.id), way="online")
    page = browser.post(form_of(entitlement, first), **asked)
    assert page.status == 422
    assert page.says("This provider does not serve you in the way that you chose above. Choose another one.")
    assert browser.post(form_of(entitlement, first), **asked | {"way": "offline"}).goes_to


def test_back_from_signing_the_ranking_is_still_there(
    browser: Browser, entitlement: Entitlement, offers: list[Offer]
) -> None:
    ranking = {"second": str(offers[2].id), "third": str(offers[1].id)}
    to_sign = browser.post(form_of(entitlement, offers[0]), **filled(**ranking)).goes_to
    page = browser.get(browser.get(to_sign).links("/order?document=")[0])
    for field, chosen in ranking.items():
        tag = page.html.split(f'id="{field}"')[1].split("</select>")[0]
        assert f'value="{chosen}" selected' in tag


def test_side_by_side_they_can_be_chosen_in_this_order(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer]
) -> None:
    compare = "&".join(f"compare={offer.id}" for offer in offers)
    page = browser.get(f"/recipient/entitlements/{entitlement.id}/comparison?{compare}&sort=name")
    links = page.links("second=")
    assert len(links) == 3
    form = browser.get(links[1])
    assert name(session, offers[1]) in form.text
    for field, chosen in (("second", offers[0]), ("third", offers[2])):
        assert f'value="{chosen.id}" selected' in form.html.split(f'id="{field}"')[1].split("</select>")[0]


def test_with_all_hours_ordered_nothing_can_be_chosen_side_by_side(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer]
) -> None:
    make.make_order(session, entitlement, minutes=entitlement.available)
    compare = "&".join(f"compare={offer.id}" for offer in offers)
    assert not browser.get(f"/recipient/entitlements/{entitlement.id}/comparison?{compare}").links("second=")


@pytest.mark.law("R83.3", "R83.4", "R83.9")
def test_the_chain_is_one_line_on_each_of_its_pages(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer]
) -> None:
    sign_for(browser, entitlement, offers)
    first = session.scalars(select(Order)).one()
    page = browser.get(f"/recipient/orders/{first.id}")
    assert page.says("Without an answer your next choice is asked at once.")
    assert page.text.index(name(session, offers[1])) < page.text.index(name(session, offers[2]))
    declined(session, first)
    second = session.scalars(select(Order).where(Order.rank == 2)).one()
    for order in (first, second):
        page = browser.get(f"/recipient/orders/{order.id}")
        assert page.says("Your next choice was asked: order %(number)s.", number=second.number)
        assert page.says("Our specialists have no free hours")
    assert browser.get(f"/recipient/orders/{first.id}").links(str(second.id))
    assert not browser.get(f"/recipient/orders/{first.id}").says("Choose another provider")
    assert browser.get("/recipient/orders").says("%(rank)s of %(choices)s", rank=2, choices=3)


@pytest.mark.law("R83.7")
def test_taking_back_says_that_nobody_else_is_asked(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer]
) -> None:
    sign_for(browser, entitlement, offers)
    first = session.scalars(select(Order)).one()
    address = f"/recipient/orders/{first.id}/take-back"
    assert browser.get(address).says("Your other choices are not asked either.")
    browser.post(address)
    page = browser.get(f"/recipient/orders/{first.id}")
    assert not page.says("If they decline or do not answer, the next one is asked.")
    assert not page.says("This provider could no longer be asked as you had signed.")


@pytest.mark.law("R83.1")
def test_who_could_not_be_asked_is_said(
    session: Session, browser: Browser, entitlement: Entitlement, offers: list[Offer]
) -> None:
    sign_for(browser, entitlement, offers[:2])
    first = session.scalars(select(Order)).one()
    offers[1].withdrawn_on = MONDAY.date()
    session.flush()
    declined(session, first)
    page = browser.get(f"/recipient/orders/{first.id}")
    assert page.says("This provider could no longer be asked as you had signed.")
    assert page.says("Choose another provider")
    assert first.status is OrderStatus.DECLINED
