"""Choosing a provider: the list, filters that stay, comparison, one provider's page, and nobody nearby."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.format import money
from portal.models.entitlement import Entitlement
from portal.models.person import Person
from portal.rules.service import Service
from tests import factories as make
from tests.conftest import At
from tests.recipient.conftest import Browser, SignIn

ELSEWHERE = "750000000"


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at("2026-03-05")
    return make.make_person(session)


@pytest.fixture
def assistant(session: Session, person: Person) -> Entitlement:
    return make.make_programme(session, person)


@pytest.fixture
def interpreter(session: Session, person: Person) -> Entitlement:
    return make.make_programme(session, person, Service.INTERPRETER)


@pytest.fixture
def browser(sign_in: SignIn, person: Person, assistant: Entitlement) -> Browser:
    return sign_in(person)


def at_list(entitlement: Entitlement) -> str:
    return f"/recipient/entitlements/{entitlement.id}/providers"


@pytest.mark.law("RG.2")
def test_the_list_says_how_many_and_what_she_would_pay(
    session: Session, browser: Browser, assistant: Entitlement
) -> None:
    dear = make.make_offer(session, price_tiyn=60_000)
    cheap = make.make_offer(session, price_tiyn=58_000)
    page = browser.get(at_list(assistant))
    assert page.status == 200
    assert page.says_number(
        "%(num)s provider renders this service where you live.",
        "%(num)s providers render this service where you live.",
        2,
    )
    assert money(1_007) in page.html
    assert page.html.index(str(cheap.id)) < page.html.index(str(dear.id))


def test_filters_are_kept_on_every_link(session: Session, browser: Browser, assistant: Entitlement) -> None:
    for _each in range(25):
        make.make_offer(session)
    page = browser.get(at_list(assistant) + "?language=kk&sort=name&surcharge=")
    later = next(link for link in page.links("page=2"))
    assert "language=kk" in later and "sort=name" in later
    second = browser.get(later)
    assert second.status == 200
    assert len(set(second.links("/providers/"))) == 5
    assert 'name="language" value="kk"' in second.html
    assert browser.get(later.replace("page=2", "page=99")).links("page=1")


@pytest.mark.parametrize("query", ["page=0", "page=-3", "page=x", "page=99999999999999999999"])
def test_a_page_that_is_not_there_is_the_nearest(
    session: Session, browser: Browser, assistant: Entitlement, query: str
) -> None:
    make.make_offer(session)
    assert browser.get(f"{at_list(assistant)}?{query}").status == 200


@pytest.mark.parametrize(
    "query", ["sort=<script>", "language=xx", "surcharge=no", "language=%00", "sort=" + "a" * 3000]
)
def test_a_filter_that_is_not_on_the_list_is_said_and_passed_over(
    session: Session, browser: Browser, assistant: Entitlement, query: str
) -> None:
    offer = make.make_offer(session)
    page = browser.get(f"{at_list(assistant)}?{query}")
    assert page.status in {200, 422}
    assert "<script>" not in page.html
    assert str(offer.id) in page.html


def test_when_nothing_fits_she_can_show_all(session: Session, browser: Browser, assistant: Entitlement) -> None:
    make.make_offer(session, price_tiyn=90_000)
    page = browser.get(at_list(assistant) + "?surcharge=free")
    assert page.says("No provider fits everything that you chose. Choose less, or show all.")
    assert at_list(assistant) in page.links("/providers")


def test_nobody_nearby_is_a_page_that_says_what_to_do(browser: Browser, assistant: Entitlement) -> None:
    page = browser.get(at_list(assistant))
    assert page.status == 200
    assert page.says("At the moment no provider renders this service where you live.")
    assert page.says("Let the office help you")
    assert not page.links("where=online"), "an assistant does not serve online"


def test_for_an_interpreter_the_way_out_is_online(session: Session, browser: Browser, interpreter: Entitlement) -> None:
    far = make.make_offer(session, service=Service.INTERPRETER, places=(ELSEWHERE,))
    page = browser.get(at_list(interpreter))
    online = browser.get(page.links("where=online")[0])
    assert str(far.id) in online.html
    one = browser.get(online.links(f"/providers/{far.id}")[0])
    assert one.links(f"{far.id}/order"), "she can order from far away"
    assert "where=online" in one.links("/providers")[0], "and gets back to the list she came from"


def test_without_a_known_district_the_office_helps(
    session: Session, browser: Browser, person: Person, assistant: Entitlement
) -> None:
    person.place_code = None
    page = browser.get(at_list(assistant))
    assert page.says("The portal does not know in which district you live. Your employment office can write it down.")


def test_two_side_by_side(session: Session, browser: Browser, assistant: Entitlement) -> None:
    offers = [make.make_offer(session, price_tiyn=price) for price in (58_000, 60_000, 61_000)]
    address = f"/recipient/entitlements/{assistant.id}/comparison"
    page = browser.get(f"{address}?" + "&".join(f"compare={offer.id}" for offer in offers[:2]) + "&sort=name")
    assert page.status == 200
    assert page.html.index(money(1_007)) < page.html.index(f"/providers/{offers[0].id}")
    assert page.html.count('<tr class="govuk-table__row"') == 10
    assert all("sort=name" in link for link in page.links("/providers"))
    three = browser.get(f"{address}?" + "&".join(f"compare={offer.id}" for offer in offers))
    assert len([link for link in three.links("/comparison?") if "lang=" not in link]) == 3


@pytest.mark.parametrize(
    "query", ["", "compare=x", "compare=7d3bb5c6-0000-4000-8000-000000000000", "compare=&compare=1"]
)
def test_too_few_to_compare_says_how(browser: Browser, assistant: Entitlement, query: str) -> None:
    page = browser.get(f"/recipient/entitlements/{assistant.id}/comparison?{query}")
    assert page.status == 200
    assert page.says("Tick two or three providers in the list. Then press “Compare”.")


def test_the_providers_page(session: Session, browser: Browser, assistant: Entitlement) -> None:
    provider = make.make_provider(session, about_kk="Біз көмектесеміз", address="Абай көшесі, 5")
    offer = make.make_offer(session, provider)
    make.make_specialist(session, provider)
    page = browser.get(f"{at_list(assistant)}/{offer.id}")
    assert page.status == 200
    assert '<span lang="kk">Біз көмектесеміз</span>' in page.html
    assert "Айгүл С." in page.text
    assert "Абай көшесі, 5" in page.text
    assert page.links(f"/providers/{offer.id}/order")


@pytest.mark.law("R83.9", "R83.6", "RI.1")
@pytest.mark.parametrize("why", ["far", "closed", "spent"])
def test_where_nothing_can_be_ordered_the_page_says_why(
    session: Session, browser: Browser, assistant: Entitlement, why: str
) -> None:
    offer = make.make_offer(session, places=(ELSEWHERE,) if why == "far" else (make.PLACE,))
    if why == "closed":
        assistant.closed_on = date(2026, 3, 4)
    if why == "spent":
        make.make_order(session, assistant, minutes=assistant.available)
    address = f"{at_list(assistant)}/{offer.id}"
    assert not browser.get(address).links(f"{offer.id}/order")
    assert browser.get(f"{address}/order").status == 409


def test_somebody_elses_entitlement_is_not_found(session: Session, browser: Browser) -> None:
    other = make.make_programme(session)
    offer = make.make_offer(session)
    for path in ("providers", f"providers/{offer.id}", f"providers/{offer.id}/order", "comparison", ""):
        assert browser.get(f"/recipient/entitlements/{other.id}/{path}".rstrip("/")).status == 404


def test_an_offer_of_another_service_is_not_found(session: Session, browser: Browser, assistant: Entitlement) -> None:
    offer = make.make_offer(session, service=Service.INTERPRETER)
    assert browser.get(f"{at_list(assistant)}/{offer.id}").status == 404
