"""Orders: found and answered by their provider alone, signed either way, once (R83.3, R83.4, R83.7, R83.9)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.document import Document, DocumentKind
from portal.models.offer import Offer
from portal.models.order import Order
from portal.rules.orders import OrderStatus
from tests import factories as make
from tests.operations.month import NOW, Month
from tests.pen import WRONG_KEY
from tests.recipient.conftest import Browser

TODAY = NOW.date()


@pytest.fixture
def placed(session: Session, month: Month) -> Order:
    """An order that waits for an answer; two working days are left."""
    return place(session, month, 4)


def place(session: Session, month: Month, days: int, last_name: str = "Қасымова") -> Order:
    offer = session.get_one(Offer, month.order.offer_id)
    entitlement = make.make_programme(session, make.make_person(session, last_name=last_name), now=NOW)
    return make.make_order(
        session, entitlement, offer, OrderStatus.PLACED, now=NOW, answer_due_on=TODAY + timedelta(days=days)
    )


@pytest.mark.law("R83.3")
def test_the_soonest_due_stands_first(session: Session, month: Month, browser: Browser) -> None:
    later, sooner = place(session, month, 6), place(session, month, 2)
    page = browser.get("/provider/orders")
    links = page.links("/provider/orders/")
    assert links == [f"/provider/orders/{order.id}" for order in (sooner, later, month.order)]


@pytest.mark.parametrize(
    ("search", "found"),
    [("Қасым", 1), ("қасым айгүл", 1), ("{number}", 1), ("Иванова", 0), ("%", 0), ("9" * 30, 0)],
    ids=["beginning of a name", "two names", "number", "nobody", "a sign of SQL", "a huge number"],
)
def test_search(session: Session, month: Month, browser: Browser, placed: Order, search: str, found: int) -> None:
    page = browser.get(f"/provider/orders?search={search.format(number=placed.number).replace('%', '%25')}")
    assert page.status == 200
    assert len(page.links("/provider/orders/")) == found


def test_filter(browser: Browser, month: Month, placed: Order) -> None:
    page = browser.get("/provider/orders?shown=to_answer")
    assert page.links(str(placed.id))
    assert not page.links(str(month.order.id))
    assert browser.get("/provider/orders?shown=nonsense&page=-3").status == 200


@pytest.mark.law("R83.3")
def test_someone_elses_order_is_not_found(stranger: Browser, browser: Browser, placed: Order) -> None:
    for tail in ("", "/document", "/decline", "/stop", "/log"):
        assert stranger.get(f"/provider/orders/{placed.id}{tail}").status == 404, tail
    assert stranger.post(f"/provider/orders/{placed.id}/accept").status == 404
    assert stranger.post(f"/provider/orders/{placed.id}/decline", reason="fully_loaded").status == 404
    signing = browser.post(f"/provider/orders/{placed.id}/accept").goes_to
    assert stranger.get(signing).status == 404
    assert stranger.post(signing, cms="c2lnbg==").status == 404
    assert browser.get(f"/provider/orders/{uuid4()}").status == 404


@pytest.mark.law("R83.3", "R83.4")
def test_an_order_says_until_when(browser: Browser, placed: Order) -> None:
    page = browser.get(f"/provider/orders/{placed.id}")
    assert page.status == 200
    assert page.says("Answer this order: accept it or decline it.")
    assert page.says_number("%(num)s working day left", "%(num)s working days left", 2)
    assert page.links("/decline")


@pytest.mark.law("R83.3")
def test_accepts_and_signs_once(session: Session, browser: Browser, placed: Order) -> None:
    signing = browser.post(f"/provider/orders/{placed.id}/accept").goes_to
    assert session.get_one(Order, placed.id).status is OrderStatus.PLACED
    page = browser.get(signing)
    assert page.status == 200
    assert page.says("Acceptance of order %(number)s", number=placed.number)
    assert browser.post(signing, cms="c2lnbg==").goes_to == f"/provider/orders/{placed.id}"
    assert session.get_one(Order, placed.id).status is OrderStatus.ACCEPTED
    assert browser.post(signing, cms="c2lnbg==").goes_to == f"/provider/orders/{placed.id}"
    page = browser.get(f"/provider/orders/{placed.id}")
    assert page.says(
        "Order %(number)s is accepted. The recipient is told by SMS. Visits can be logged now.", number=placed.number
    )


@pytest.mark.law("R83.9")
def test_declines_for_a_listed_reason(session: Session, browser: Browser, placed: Order) -> None:
    address = f"/provider/orders/{placed.id}/decline"
    for reason in ("", "bad_mood"):
        page = browser.post(address, reason=reason, note="Сәуірге дейін")
        assert page.status == 422
        assert "Сәуірге дейін" in page.html
    signing = browser.post(address, reason="fully_loaded", note="Сәуірге дейін").goes_to
    assert browser.get(signing).says("Our specialists have no free hours")
    assert browser.post(signing, cms="c2lnbg==").goes_to == f"/provider/orders/{placed.id}"
    order = session.get_one(Order, placed.id)
    assert (order.status, order.reason, order.note) == (OrderStatus.DECLINED, "fully_loaded", "Сәуірге дейін")
    assert browser.get(f"/provider/orders/{placed.id}").says("Our specialists have no free hours")


def test_a_wrong_key_loses_nothing(session: Session, browser: Browser, placed: Order) -> None:
    signing = browser.post(f"/provider/orders/{placed.id}/accept").goes_to
    page = browser.post(signing, cms=WRONG_KEY.decode())
    assert page.status == 422
    assert page.says("Nothing was lost. You can try again on this page.")
    assert session.get_one(Order, placed.id).status is OrderStatus.PLACED
    assert browser.post(signing, cms="c2lnbg==").status == 302


@pytest.mark.law("R83.4")
def test_too_late_to_answer(session: Session, browser: Browser, month: Month) -> None:
    late = place(session, month, -1)
    page = browser.get(f"/provider/orders/{late.id}")
    assert page.says("The term for the answer has passed. The order lapses, and the recipient may choose again.")
    assert not page.links("/decline")
    assert browser.post(f"/provider/orders/{late.id}/accept").status == 409
    assert session.scalars(select(Document).where(Document.kind == DocumentKind.ACCEPTANCE)).all() == []


@pytest.mark.law("R83.7")
def test_stops_for_a_reason_of_its_own_list(session: Session, browser: Browser, month: Month) -> None:
    address = f"/provider/orders/{month.order.id}/stop"
    assert browser.post(address, reason="bad_quality", note="Себебі бар").status == 422
    assert browser.post(address, reason="force_majeure").status == 422
    assert (
        browser.post(address, reason="force_majeure", note="Су тасқыны").goes_to == f"/provider/orders/{month.order.id}"
    )
    order = session.get_one(Order, month.order.id)
    assert (order.status, order.reason, order.reserved) == (OrderStatus.STOPPED, "force_majeure", 0)


def test_the_bytes_that_were_signed(session: Session, browser: Browser, month: Month) -> None:
    page = browser.get(f"/provider/orders/{month.order.id}/document?file=1")
    assert page.response.data == session.get_one(Document, month.order.document_id).body
