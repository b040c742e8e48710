"""A ranked choice as its providers see it: each its own order, nothing of the others (R83.1, R83.3, R83.7)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.document import Document
from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.provider import Provider
from portal.operations import answers, orders
from portal.operations.orders import Wish
from portal.rules.order_reasons import StopReason
from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.operations.month import NOW
from tests.pen import signed
from tests.provider.conftest import staff_of

LATER = NOW + timedelta(days=8)


@pytest.fixture
def offers(session: Session) -> list[Offer]:
    return [make.make_offer(session) for _ in range(2)]


@pytest.fixture
def first(session: Session, offers: list[Offer]) -> Order:
    """An order to the first, and if it does not serve, to the second; from tomorrow, four hours a day."""
    entitlement = make.make_programme(session, now=NOW)
    tomorrow = NOW.date() + timedelta(days=1)
    new = NewOrder(Service.ASSISTANT, tomorrow, tomorrow + timedelta(days=29), 240 * 30, 240, "offline")
    she = make.as_recipient(entitlement.person)
    document = orders.prepare(session, Wish(entitlement.id, offers[0].id, new, otherwise=(offers[1].id,)), she, NOW)
    return orders.place(session, signed(document), she, NOW)


def provider_of(session: Session, offer: Offer) -> Provider:
    return session.get_one(Provider, offer.provider_id)


@pytest.mark.law("R83.1", "R83.3")
def test_the_first_reads_its_part_alone(app: Flask, session: Session, offers: list[Offer], first: Order) -> None:
    mine, other = (provider_of(session, offer) for offer in offers)
    browser = staff_of(app, session, mine)
    for path in ("", "/document"):
        page = browser.get(f"/provider/orders/{first.id}{path}")
        assert page.status == 200
        for said in (other.bin, other.name_ru, other.name_kk):
            assert said not in page.html, path
    assert mine.name_ru in browser.get(f"/provider/orders/{first.id}/document").text
    assert browser.get(f"/provider/orders/{first.id}/document?file=1").status == 404, "the bytes name the other"
    document = session.get_one(Document, first.document_id)
    assert other.bin in document.body.decode()


@pytest.mark.law("R83.3", "R83.9")
def test_the_second_has_nothing_before_it_is_asked(
    app: Flask, session: Session, offers: list[Offer], first: Order
) -> None:
    browser = staff_of(app, session, provider_of(session, offers[1]))
    assert not browser.get("/provider/orders").links("/provider/orders/")
    assert browser.get(f"/provider/orders/{first.id}").status == 404
    assert browser.get(f"/provider/orders/{first.id}/document").status == 404


@pytest.mark.law("R83.3", "R83.4")
def test_the_second_reads_what_it_is_asked_for(app: Flask, session: Session, offers: list[Offer], first: Order) -> None:
    answers.lapse(session, first.id, LATER)
    second = session.scalars(select(Order).where(Order.rank == 2)).one()
    other, mine = (provider_of(session, offer) for offer in offers)
    browser = staff_of(app, session, mine)
    assert browser.get("/provider/orders").links(str(second.id))
    page = browser.get(f"/provider/orders/{second.id}")
    assert page.says("The signed order came to you")
    document = browser.get(f"/provider/orders/{second.id}/document")
    assert mine.iban in document.text and mine.name_ru in document.text
    assert second.starts_on == LATER.date()
    assert "10 апреля" in document.text, "for this provider it begins later than it was signed for"
    for said in (other.bin, other.name_ru, other.name_kk, str(first.number)):
        assert said not in page.html + document.html
    signing = browser.post(f"/provider/orders/{second.id}/accept").goes_to
    assert browser.post(signing, cms="c2lnbg==").goes_to == f"/provider/orders/{second.id}"
    assert session.get_one(Order, second.id).status is OrderStatus.ACCEPTED


@pytest.mark.law("R83.7")
def test_when_she_stops_the_provider_reads_reason_and_note(
    app: Flask, session: Session, offers: list[Offer], first: Order
) -> None:
    first.status = OrderStatus.ACCEPTED
    she = make.as_recipient(first.recipient)
    answers.stop(session, first.id, StopReason.TIMES_BROKEN, "Үш рет кешікті", she, NOW)
    page = staff_of(app, session, provider_of(session, offers[0])).get(f"/provider/orders/{first.id}")
    assert page.says("The agreed times were broken again and again")
    assert "Үш рет кешікті" in page.text
