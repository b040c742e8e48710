"""The choice of a provider: who is found, in what order, with which figures; and with how many statements."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.queries import offers
from portal.queries.offers import Counts, Found, OfferSort, Search
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.factories import PLACE

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=ALMATY)
GUARANTEED = 58_993
ELSEWHERE = "750000000"


def search(**asked: Any) -> Search:
    return replace(Search(Service.ASSISTANT, PLACE, GUARANTEED, TODAY), **asked)


def ids(found: list[Found]) -> list[object]:
    return [offer.id for offer in found]


@pytest.fixture
def entitlement(session: Session) -> Entitlement:
    """An interpreter's or assistant's hours that orders are made from."""
    return make.make_programme(session, now=NOON)


def ordered(
    session: Session,
    offer: Offer,
    entitlement: Entitlement,
    *,
    placed_at: datetime = NOON - timedelta(days=30),
    hours: int | None = 5,
    status: OrderStatus = OrderStatus.ACCEPTED,
    **given: Any,
) -> None:
    """An order that was answered after so many hours, or not at all."""
    answered = None if hours is None else placed_at + timedelta(hours=hours)
    make.make_order(
        session, entitlement, offer, status, minutes=30, now=NOON, placed_at=placed_at, answered_at=answered, **given
    )


def test_those_of_the_district_and_the_service_are_found(session: Session) -> None:
    mine = make.make_offer(session)
    make.make_offer(session, places=(ELSEWHERE,))
    make.make_offer(session, service=Service.INTERPRETER)
    make.make_offer(session, withdrawn_on=TODAY - timedelta(days=1))
    make.make_offer(session, published_on=TODAY + timedelta(days=1))
    assert ids(offers.found(session, search())) == [mine.id]
    assert offers.count(session, search()) == Counts(1, 1)


def test_nobody_there_is_an_empty_list(session: Session) -> None:
    assert offers.found(session, search(place_code="")) == []
    assert offers.count(session, search(place_code="")) == Counts(0, 0)


@pytest.mark.law("RG.2")
@pytest.mark.parametrize(("price", "surcharge"), [(50_000, 0), (58_993, 0), (58_994, 1), (60_000, 1_007)])
def test_what_she_would_pay_herself(session: Session, price: int, surcharge: int) -> None:
    make.make_offer(session, price_tiyn=price)
    assert offers.found(session, search())[0].surcharge_tiyn == surcharge


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "abc"),
        ({"language": "kk"}, "ac"),
        ({"language": "ru"}, "bc"),
        ({"language": "en"}, ""),
        ({"way": "online"}, "b"),
        ({"way": "offline"}, "ac"),
        ({"free_of_surcharge": True}, "ab"),
        ({"free_of_surcharge": True, "language": "ru"}, "b"),
        ({"free_of_surcharge": True, "language": "ru", "way": "offline"}, ""),
    ],
)
def test_filters(session: Session, filters: dict[str, Any], expected: str) -> None:
    kind: dict[str, Any] = {"service": Service.INTERPRETER}
    made = {
        "a": make.make_offer(session, **kind, price_tiyn=900_000, languages=["kk"], online=False),
        "b": make.make_offer(session, **kind, price_tiyn=908_250, languages=["ru"], at_home=False, online=True),
        "c": make.make_offer(session, **kind, price_tiyn=950_000, languages=["kk", "ru"], online=False),
    }
    asked = search(service=Service.INTERPRETER, guaranteed_tiyn=908_250, **filters)
    found = {offer.id for offer in offers.found(session, asked)}
    assert found == {made[letter].id for letter in expected}
    assert offers.count(session, asked) == Counts(3, len(expected))


def test_online_from_anywhere(session: Session) -> None:
    far = make.make_offer(session, service=Service.INTERPRETER, places=(ELSEWHERE,), online=True)
    make.make_offer(session, service=Service.INTERPRETER, places=(ELSEWHERE,), online=False)
    near = make.make_offer(session, service=Service.INTERPRETER, online=True, places=(PLACE, ELSEWHERE))
    asked = search(service=Service.INTERPRETER, guaranteed_tiyn=908_250, anywhere=True)
    assert set(ids(offers.found(session, asked))) == {far.id, near.id}
    assert offers.count(session, asked) == Counts(2, 2)


@pytest.mark.law("R83.3", "R83.4")
def test_how_fast_they_answered_rests_on_real_orders(session: Session, entitlement: Entitlement) -> None:
    offer = make.make_offer(session)
    for hours in (2, 10, 30):
        ordered(session, offer, entitlement, hours=hours)
    ordered(session, offer, entitlement, hours=4, status=OrderStatus.DECLINED)
    ordered(session, offer, entitlement, hours=None, status=OrderStatus.LAPSED)
    ordered(session, offer, entitlement, hours=None, status=OrderStatus.WITHDRAWN)
    ordered(session, offer, entitlement, hours=None, status=OrderStatus.PLACED)
    ordered(session, offer, entitlement, hours=1, placed_at=NOON - timedelta(days=400))
    found = offers.found(session, search())[0]
    assert (found.answered, found.lapsed, found.due) == (4, 1, 5)
    assert found.answer_hours == 7, "the middle of 2, 4, 10 and 30 hours"


def test_without_orders_there_is_no_figure(session: Session) -> None:
    make.make_offer(session)
    found = offers.found(session, search())[0]
    assert (found.due, found.answer_hours) == (0, None)


def test_an_answer_within_minutes_is_within_an_hour(session: Session, entitlement: Entitlement) -> None:
    ordered(session, make.make_offer(session), entitlement, hours=0)
    assert offers.found(session, search())[0].answer_hours == 1


@pytest.mark.parametrize(
    ("status", "days", "busy"),
    [
        (OrderStatus.PLACED, (0, 30), 30),
        (OrderStatus.ACCEPTED, (0, 30), 30),
        (OrderStatus.ACCEPTED, (-60, -30), 0),
        (OrderStatus.ACCEPTED, (9, 30), 0),
        (OrderStatus.STOPPED, (0, 30), 0),
        (OrderStatus.LAPSED, (0, 30), 0),
    ],
    ids=["waits", "runs", "is over", "begins next month", "stopped", "lapsed"],
)
def test_free_hours_are_what_open_orders_leave_of_this_month(
    session: Session, entitlement: Entitlement, status: OrderStatus, days: tuple[int, int], busy: int
) -> None:
    offer = make.make_offer(session, capacity_minutes_a_month=1000)
    starts_on, ends_on = (TODAY + timedelta(days=day) for day in days)
    ordered(session, offer, entitlement, status=status, starts_on=starts_on, ends_on=ends_on)
    found = offers.found(session, search())[0]
    assert (found.busy_minutes, found.free_minutes) == (busy, 1000 - busy)


def test_more_ordered_than_there_is_leaves_nothing(session: Session, entitlement: Entitlement) -> None:
    offer = make.make_offer(session, capacity_minutes_a_month=10)
    ordered(session, offer, entitlement)
    assert offers.found(session, search())[0].free_minutes == 0


def test_orders_of_another_service_do_not_count(session: Session, entitlement: Entitlement) -> None:
    provider = make.make_provider(session)
    ordered(session, make.make_offer(session, provider), entitlement)
    make.make_offer(session, provider, Service.INTERPRETER)
    found = offers.found(session, search(service=Service.INTERPRETER))[0]
    assert (found.due, found.busy_minutes) == (0, 0)


def test_specialists_who_serve_today(session: Session) -> None:
    provider = make.make_provider(session)
    make.make_offer(session, provider)
    here = make.make_specialist(session, provider)
    make.make_specialist(session, provider).until_on = TODAY - timedelta(days=1)
    make.make_specialist(session, provider).until_on = TODAY
    make.make_specialist(session, provider, Service.INTERPRETER)
    session.flush()
    assert offers.found(session, search())[0].specialists == 2
    named = offers.specialists(session, provider.id, Service.ASSISTANT, TODAY)
    assert len(named) == 2
    assert {(one.first_name, one.initial) for one in named} == {("Айгүл", "С")}
    assert here.languages == list(named[0].languages)


def sorted_by(session: Session, sort: OfferSort, **asked: Any) -> list[str]:
    return [offer.name_kk for offer in offers.found(session, search(sort=sort, **asked))]


def test_by_surcharge_then_price_then_name(session: Session) -> None:
    for name, price in [("Б", 70_000), ("Ә", 50_000), ("В", 58_000), ("А", 70_000)]:
        make.make_offer(session, make.make_provider(session, name_kk=name), price_tiyn=price)
    assert sorted_by(session, OfferSort.SURCHARGE) == ["Ә", "В", "А", "Б"]


def test_by_name_in_the_order_of_the_alphabet(session: Session) -> None:
    names = [
        "Ізгі",
        "«Әділ» ЖШС",
        "Ұлан",
        "Бақыт",
        "Аян",
        "Қамқор",
        "Кең",
        "Ғазиз",
        "Yntymaq",
        "ыстық",
        "Үміт",
        "Өрлеу",
    ]
    for name in names:
        make.make_offer(session, make.make_provider(session, name_kk=name))
    assert sorted_by(session, OfferSort.NAME) == [
        "Yntymaq", "Аян", "«Әділ» ЖШС", "Бақыт", "Ғазиз", "Кең", "Қамқор", "Өрлеу", "Ұлан", "Үміт", "ыстық", "Ізгі",
    ]  # fmt: skip


def test_by_name_in_the_readers_language(session: Session) -> None:
    for kk, ru in [("Айбын", "Щит"), ("Үміт", "Надежда")]:
        make.make_offer(session, make.make_provider(session, name_kk=kk, name_ru=ru))
    assert sorted_by(session, OfferSort.NAME) == ["Айбын", "Үміт"]
    assert sorted_by(session, OfferSort.NAME, reader="ru") == ["Үміт", "Айбын"]


def test_by_speed_of_answer_with_the_unknown_last(session: Session, entitlement: Entitlement) -> None:
    for name, hours in [("slow", 30), ("unknown", None), ("fast", 1)]:
        offer = make.make_offer(session, make.make_provider(session, name_kk=name))
        if hours:
            ordered(session, offer, entitlement, hours=hours)
    assert sorted_by(session, OfferSort.ANSWER) == ["fast", "slow", "unknown"]


def test_by_free_hours(session: Session, entitlement: Entitlement) -> None:
    for name, capacity, busy in [("few", 40, True), ("most", 50, False), ("more", 70, True)]:
        offer = make.make_offer(session, make.make_provider(session, name_kk=name), capacity_minutes_a_month=capacity)
        if busy:
            ordered(session, offer, entitlement, starts_on=TODAY, ends_on=TODAY)
    assert sorted_by(session, OfferSort.FREE) == ["most", "more", "few"]


@pytest.mark.parametrize("sort", OfferSort)
def test_pages_show_each_offer_once(session: Session, sort: OfferSort) -> None:
    provider_names = [f"Provider {number:02}" for number in range(45)]
    for name in provider_names:
        make.make_offer(session, make.make_provider(session, name_kk=name))
    pages = [offers.found(session, search(sort=sort, page=page)) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert sorted(offer.name_kk for page in pages for offer in page) == provider_names


def test_some_offers_in_the_order_named(session: Session) -> None:
    first, second, far = (make.make_offer(session, places=(place,)) for place in (PLACE, PLACE, ELSEWHERE))
    gone = make.make_offer(session, withdrawn_on=TODAY)
    asked = [far.id, second.id, gone.id, first.id, second.id]
    assert ids(offers.some(session, search(), asked)) == [far.id, second.id, first.id]
    assert offers.some(session, search(), []) == []


def test_where_an_offer_holds(session: Session) -> None:
    offer = make.make_offer(session, places=(ELSEWHERE, PLACE))
    assert [place.code for place in offers.places(session, offer.id)] == [ELSEWHERE, PLACE], "Алматы before Қызылорда"
    assert offers.holds_in(session, offer.id, PLACE)
    assert not offers.holds_in(session, offer.id, "710000000")


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    """Every statement that goes to the database."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


@pytest.mark.parametrize("sort", OfferSort)
def test_a_page_is_one_statement(session: Session, statements: list[str], sort: OfferSort) -> None:
    for _each in range(25):
        make.make_offer(session)
    statements.clear()
    assert len(offers.found(session, search(sort=sort))) == 20
    assert len(statements) == 1
    offers.count(session, search())
    assert len(statements) == 2
