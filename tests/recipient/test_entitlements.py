"""Where her hours went: every posting in words, figures that add up, the forecast, the money (RI.1, R34.1, R83.6)."""

import re
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from flask_babel import force_locale
from sqlalchemy.orm import Session

from portal import format as show
from portal import i18n
from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.models.entitlement import Cause, Entitlement
from portal.models.person import Person
from portal.operations import ledger, person_events
from portal.queries import postings
from portal.rules.acts import ActStatus
from portal.rules.orders import OrderStatus
from portal.rules.returns import EventKind
from portal.rules.service import Service
from tests import factories as make
from tests.apps import words
from tests.conftest import At
from tests.factories import MONDAY
from tests.recipient.conftest import Browser, Page, SignIn


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at("2026-03-05")
    return make.make_person(session)


@pytest.fixture
def entitlement(session: Session, person: Person) -> Entitlement:
    return make.make_programme(session, person, Service.INTERPRETER)


@pytest.fixture
def browser(sign_in: SignIn, person: Person, entitlement: Entitlement) -> Browser:
    return sign_in(person)


def show_units(minutes: int, page: Page) -> str:
    """So many minutes as the page writes them."""
    with page.app.test_request_context(), force_locale("ru"):
        return " ".join(show.volume(minutes, Service.INTERPRETER).split())


def format_day(on: date, page: Page) -> str:
    with page.app.test_request_context(), force_locale("ru"):
        return show.day(on)


def address(entitlement: Entitlement) -> str:
    return f"/recipient/entitlements/{entitlement.id}"


@pytest.mark.law("RI.1")
def test_every_posting_is_told_in_words(session: Session, browser: Browser, entitlement: Entitlement) -> None:
    order = make.make_order(session, entitlement)
    entry = make.make_entry(session, order)
    entry.strike_reason = "Қате күн"
    ledger.unuse(session, entitlement, order, entry.id, entry.minutes, MONDAY)
    ledger.lower(session, entitlement, 60, MONDAY)
    ledger.raise_by(session, entitlement, 60, MONDAY)
    page = browser.get(address(entitlement))
    assert page.status == 200
    for text in (
        "Given by your programme.",
        "Set aside for an order.",
        "Taken back: a newer version of your programme gives less.",
        "Given in addition: a newer version of your programme gives more.",
    ):
        assert page.says(text), text
    assert "Қате күн" in page.text
    assert "09:00–11:00" in page.text
    assert page.links(f"/recipient/orders/{order.id}")


@pytest.mark.law("RI.1")
def test_an_order_that_ended_says_why(session: Session, browser: Browser, entitlement: Entitlement) -> None:
    order = make.make_order(session, entitlement, reason="bad_quality")
    ledger.release(session, entitlement, order, MONDAY)
    page = browser.get(address(entitlement))
    assert page.says("Bad quality was not put right in the time given")


@pytest.mark.law("RI.1", "R83.6")
def test_what_was_returned_says_why(session: Session, browser: Browser, entitlement: Entitlement) -> None:
    ledger.return_rest(session, entitlement, MONDAY)
    entitlement.closed_on, entitlement.close_reason = date(2026, 3, 5), "departure"
    page = browser.get(address(entitlement))
    assert page.text.count("выехал") or page.says("The recipient has left the country")
    assert not page.links("/providers")


@pytest.mark.law("RI.1")
def test_what_has_no_words_of_its_own_is_told_by_its_accounts(
    session: Session, browser: Browser, entitlement: Entitlement
) -> None:
    ledger._move(session, entitlement, "available", "returned", 60, Cause.RETURN, MONDAY)  # type: ignore[arg-type]
    page = browser.get(address(entitlement))
    assert page.says("Returned")


@pytest.mark.law("R83.6", "RI.1")
def test_what_a_mistake_took_says_so_after_it_is_undone(
    session: Session, browser: Browser, entitlement: Entitlement
) -> None:
    """Order and visit are as they were: what is told of the past is the event, and that it was a mistake."""
    order = make.make_order(session, entitlement)
    make.make_entry(session, order, day=date(2026, 3, 4))
    clerk = make.as_office(make.make_clerk(session), make.office_here(session))
    with words():
        person_events.departed(session, entitlement.person, date(2026, 3, 3), ESOBES, MONDAY + timedelta(days=3))
        person_events.undo(
            session, entitlement.person_id, EventKind.DEPARTURE, "Қате", clerk, MONDAY + timedelta(days=4)
        )
    page = browser.get(address(entitlement))
    assert page.says("The recipient has left the country")
    assert page.says("As before: what had ended this was reported by mistake.")
    assert not page.says("Accepted by the provider")


@pytest.mark.law("R83.6", "RI.1")
def test_what_the_programme_took_is_not_said_to_be_the_orders_end(
    session: Session, browser: Browser, entitlement: Entitlement
) -> None:
    order = make.make_order(session, entitlement, reason="bad_quality")
    ledger.lower(session, entitlement, entitlement.granted, MONDAY)
    ledger.release(session, entitlement, order, MONDAY)
    page = browser.get(address(entitlement))
    assert page.says("Taken back: a newer version of your programme gives less.")
    assert not page.says("Bad quality was not put right in the time given")


@pytest.mark.law("RI.1")
def test_every_posting_is_reached_by_pages(session: Session, browser: Browser, entitlement: Entitlement) -> None:
    """85 postings: three pages, each posting on one of them."""
    order = make.make_order(session, entitlement)
    for number in range(83):
        now = MONDAY + timedelta(hours=number)
        ledger._post(session, entitlement, "available", "reserved", 1 + number, Cause.UNDONE, now)  # type: ignore[arg-type]
    session.flush()
    found = [row for number in (1, 2, 3, 4) for row in postings.movements(session, entitlement.id, number)]
    assert len(found) == len({row.id for row in found}) == 85
    assert [row.posted_at for row in found] == sorted((row.posted_at for row in found), reverse=True)
    lines = [browser.get(f"{address(entitlement)}?page={number}") for number in (1, 2, 3)]
    count = [
        len(re.findall(r'<th scope="row"', page.html.split('id="list"')[1].split('id="money"')[0])) for page in lines
    ]
    assert count == [40, 40, 5]
    assert lines[0].links("page=2#list") and not lines[2].links("page=4")
    assert order.number and browser.get(f"{address(entitlement)}?page=99999").status == 200


@pytest.mark.law("RI.1")
def test_the_chart_and_its_table_have_the_same_figures(
    session: Session, browser: Browser, entitlement: Entitlement, at: At
) -> None:
    make.make_entry(session, make.make_order(session, entitlement))
    at("2026-05-05")
    months = postings.balances(postings.months(session, entitlement.id), date(2026, 5, 5))
    assert [one.month for one in months] == [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]
    for one in months:
        assert one.available + one.reserved + one.used + one.returned == entitlement.granted
    last = months[-1]
    assert (last.available, last.reserved, last.used) == (entitlement.available, entitlement.reserved, entitlement.used)
    page = browser.get(address(entitlement))
    assert page.html.count('class="chart__name"') == len(months)
    assert 'style="' not in page.html, "nothing inline: the browser would refuse it"


def test_a_posting_of_the_night_belongs_to_the_day_in_almaty(session: Session, entitlement: Entitlement) -> None:
    """Half past eleven in the evening of the 31st by UTC is already the next month here."""
    now = datetime(2026, 4, 1, 0, 30, tzinfo=ALMATY)
    ledger.lower(session, entitlement, 60, now)
    session.flush()
    assert postings.months(session, entitlement.id)[-1].month == date(2026, 4, 1)


@pytest.mark.law("RI.1")
def test_the_money_beside_the_hours(session: Session, browser: Browser, entitlement: Entitlement) -> None:
    act = make.make_act(session, make.make_order(session, entitlement), status=ActStatus.PAID)
    page = browser.get(address(entitlement))
    for text in (
        "Set aside for the order.",
        "No longer set aside: the act was accepted, so it is owed.",
        "Owed to the provider: the act was accepted.",
        "Paid to the provider.",
    ):
        assert page.says(text), text
    assert str(act.number) in page.text


def test_without_orders_there_is_no_money_yet(browser: Browser, entitlement: Entitlement) -> None:
    assert browser.get(address(entitlement)).says("No money was set aside yet. That happens with the first order.")


@pytest.mark.law("R34.1", "R83.6")
def test_the_forecast_stands_on_both_pages_with_its_ways_out(
    session: Session, browser: Browser, entitlement: Entitlement
) -> None:
    for page in (browser.get("/recipient/"), browser.get(address(entitlement))):
        assert page.says(
            "If nothing changes, you lose %(hours)s. The last day is %(day)s.",
            hours="60 часов",
            day="четверг, 31 декабря",
        )
        assert page.says("Choose a provider and order hours")
    order = make.make_order(session, entitlement, minutes=3600, starts_on=date(2026, 3, 2))
    assert not browser.get("/recipient/").says("Choose a provider and order hours"), "all of it is ordered anew"
    page = browser.get(address(entitlement))
    assert page.says("It goes well: at this pace nothing will be lost.")
    assert order.number


@pytest.mark.law("R34.1", "R83.6")
def test_the_pace_is_that_of_the_last_eight_weeks(
    session: Session, browser: Browser, entitlement: Entitlement, at: At
) -> None:
    order = make.make_order(session, entitlement, minutes=3600)
    make.make_entry(session, order, day=date(2026, 3, 3), minutes=180)
    make.make_entry(session, order, day=date(2026, 11, 3), minutes=120)
    make.make_entry(session, order, day=date(2026, 11, 4), minutes=60, struck_at=MONDAY)
    at("2026-11-06")
    page = browser.get(address(entitlement))
    assert page.says_number(
        "In the last %(num)s day you used %(hours)s. That is %(week)s a week.",
        "In the last %(num)s days you used %(hours)s. That is %(week)s a week.",
        56,
        hours="2 часа",
        week="15 минут",
    )
    assert page.says("Change the provider: stop order %(number)s, then choose again", number=order.number)


@pytest.mark.law("R34.1", "R83.7")
def test_what_is_to_be_stopped_is_the_order_that_was_accepted(
    session: Session, browser: Browser, entitlement: Entitlement
) -> None:
    change, take_back = (
        "Change the provider: stop order %(number)s, then choose again",
        "Take order %(number)s back, then choose another provider",
    )
    old = make.make_order(session, entitlement, minutes=600, now=MONDAY - timedelta(days=60))
    new = make.make_order(session, entitlement, minutes=600, status=OrderStatus.PLACED, starts_on=date(2026, 3, 2))
    page = browser.get(address(entitlement))
    assert page.says(change, number=old.number) and not page.says(take_back, number=new.number)
    old.status = OrderStatus.CLOSED
    session.flush()
    page = browser.get(address(entitlement))
    assert page.says(take_back, number=new.number) and not page.says(change, number=new.number)


@pytest.mark.law("R34.1")
def test_an_assistants_past_days_are_said_in_plain_words(session: Session, sign_in: SignIn, at: At) -> None:
    person = make.make_person(session)
    assistant = make.make_programme(session, person)
    at("2026-12-31")
    page = sign_in(person).get(address(assistant))
    hours = f"{i18n.number(assistant.granted // 60 - 8)} "
    assert " ".join(hours.split()) in page.text and page.says("What will be lost")


@pytest.mark.law("R34.1", "RI.1")
@pytest.mark.parametrize("address_of", ["/recipient/", "entitlement"])
def test_a_lowered_programme_is_said_as_it_stands_now(
    session: Session, browser: Browser, entitlement: Entitlement, address_of: str
) -> None:
    """Of 60 hours ten are ordered; the programme gives 40 now, 30 of them are free and ten to come."""
    make.make_order(session, entitlement, minutes=600)
    ledger.lower(session, entitlement, 1200, MONDAY)
    page = browser.get(address(entitlement) if address_of == "entitlement" else address_of)
    now = show_units(2400, page)
    day = format_day(entitlement.ends_on, page)
    assert page.says("%(left)s of %(total)s left until %(day)s.", left=now, total=now, day=day)
    if address_of == "entitlement":
        before = show_units(3600, page)
        assert page.says(
            "At first your programme gave %(before)s. A newer version gives %(now)s.", before=before, now=now
        )


@pytest.mark.law("R34.1", "RI.1")
def test_a_programme_lowered_below_what_is_in_use_adds_up(
    session: Session, browser: Browser, entitlement: Entitlement
) -> None:
    """Fifty of 60 hours are ordered, the programme gives 40: ten more than it gives."""
    make.make_order(session, entitlement, minutes=3000)
    ledger.lower(session, entitlement, 1200, MONDAY)
    assert (entitlement.given, entitlement.excess) == (2400, 600)
    page = browser.get(address(entitlement))
    figures = {"total": show_units(2400, page), "busy": show_units(3000, page)}
    day = format_day(entitlement.ends_on, page)
    assert page.says("The programme gives %(total)s until %(day)s. Used and in orders: %(busy)s.", day=day, **figures)
    assert f"\u2212{show_units(600, page)}" in page.text


@pytest.mark.law("R83.6")
def test_after_its_last_day_goods_on_their_way_may_still_come(
    session: Session, person: Person, browser: Browser, at: At
) -> None:
    goods = make.make_programme(session, person, Service.TECHNICAL_AID, pieces=720)
    offer = make.make_goods_offer(session, "6031001", Service.TECHNICAL_AID)
    make.make_order(session, goods, offer, minutes=360, way="delivery", minutes_a_month=0)
    make.end_on(goods, date(2026, 3, 31), date(2026, 4, 20))
    over = "This period is over: nothing more can be ordered of it. What you ordered may still come; "
    over += "the last day is %(day)s. After that the rest goes back."
    page = browser.get(address(goods))
    assert page.says("Free to order")
    at("2026-04-02")
    page = browser.get(address(goods))
    assert page.says(over, day=format_day(date(2026, 4, 20), page))
    assert page.says("In no order")
    assert not page.says("Free to order")
    assert not page.says("Choose and order")


@pytest.mark.law("R83.6")
def test_of_hours_nothing_comes_after_the_last_day(browser: Browser, entitlement: Entitlement, at: At) -> None:
    """The day's work may be late: an entitlement that is over is not closed yet."""
    make.end_on(entitlement, date(2026, 3, 31))
    at("2026-04-02")
    assert browser.get(address(entitlement)).says("Free to order")


def test_another_persons_entitlement_is_not_there(session: Session, browser: Browser) -> None:
    assert browser.get(address(make.make_programme(session))).status == 404
    assert browser.get(f"/recipient/entitlements/{uuid4()}").status == 404
