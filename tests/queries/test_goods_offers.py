"""The models of an item: which are found, in what order, with which figures; one statement a page."""

from datetime import date, datetime, timedelta

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.queries import goods_offers
from portal.queries.goods_offers import Model
from portal.queries.offer_search import PAGE
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.factories import PLACE
from tests.goods_case import NAPPIES, ROOM_CHAIR

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=ALMATY)
GUARANTEED = 25_000
ELSEWHERE = "750000000"
AID = Service.TECHNICAL_AID


def found(session: Session, page: int = 1, reader: str = "ru") -> list[Model]:
    return goods_offers.of_item(
        session, NAPPIES, AID, PLACE, guaranteed_tiyn=GUARANTEED, today=TODAY, reader=reader, page=page
    )


def test_models_of_the_very_item_in_the_district_are_found(session: Session) -> None:
    mine = make.make_goods_offer(session, NAPPIES, AID)
    make.make_goods_offer(session, NAPPIES, AID, places=(ELSEWHERE,))
    make.make_goods_offer(session, ROOM_CHAIR, Service.WHEELCHAIR)
    make.make_goods_offer(session, NAPPIES, AID, withdrawn_on=TODAY - timedelta(days=1))
    make.make_goods_offer(session, NAPPIES, AID, published_on=TODAY + timedelta(days=1))
    assert [(one.id, one.model, one.surcharge_tiyn, one.all) for one in found(session)] == [
        (mine.id, mine.model, 5_000, 1)
    ]


def test_what_she_pays_least_first_then_by_name_then_by_id(session: Session) -> None:
    names = {"б": make.make_provider(session, name_ru="Бета"), "а": make.make_provider(session, name_ru="Альфа")}
    dear = make.make_goods_offer(session, NAPPIES, AID, names["а"], price_tiyn=25_001)
    beta = make.make_goods_offer(session, NAPPIES, AID, names["б"], price_tiyn=10_000)
    alpha = [make.make_goods_offer(session, NAPPIES, AID, names["а"], price_tiyn=price) for price in (25_000, 20_000)]
    first = sorted(one.id for one in alpha)
    assert [one.id for one in found(session)] == [*first, beta.id, dear.id]


def test_pages_are_cut_and_say_how_many_there_are(session: Session) -> None:
    provider = make.make_provider(session)
    for _model in range(PAGE + 1):
        make.make_goods_offer(session, NAPPIES, AID, provider)
    first, second = found(session), found(session, page=2)
    assert (len(first), len(second), first[0].all, second[0].all) == (PAGE, 1, PAGE + 1, PAGE + 1)
    assert not {one.id for one in first} & {one.id for one in second}
    assert found(session, page=3) == []


def test_how_fast_the_provider_answered(session: Session) -> None:
    offer = make.make_goods_offer(session, NAPPIES, AID)
    entitlement = make.make_programme(session, service=AID, pieces=10, now=NOON)
    for hours, days in ((5, 30), (9, 31), (1000, 400)):
        placed_at = NOON - timedelta(days=days)
        make.make_order(
            session,
            entitlement,
            offer,
            OrderStatus.ACCEPTED,
            minutes=1,
            now=NOON,
            placed_at=placed_at,
            answered_at=placed_at + timedelta(hours=hours),
        )
    one = found(session)[0]
    assert (one.answered, one.lapsed, one.due, one.answer_hours) == (2, 0, 2, 7)


def test_one_statement_a_page(session: Session) -> None:
    make.make_goods_offer(session, NAPPIES, AID)
    said: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: said.append(given[2]))
    assert found(session)
    assert len(said) == 1
