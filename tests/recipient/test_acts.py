"""Acts: the list, one act, and her signature over it; and the messages that told her."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.act import Act
from portal.models.message import SmsMessage, SmsStatus
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import acts
from portal.operations.objections import object_to
from portal.rules.acts import ActStatus
from portal.rules.service_log import ObjectionReason
from tests import factories as make
from tests.conftest import At
from tests.factories import MONDAY
from tests.pen import WRONG_KEY
from tests.recipient.conftest import Browser, SignIn

CMS = "c2lnbmF0dXJl"


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at("2026-04-02")
    return make.make_person(session)


@pytest.fixture
def order(session: Session, person: Person) -> Order:
    return make.make_order(session, make.make_programme(session, person))


@pytest.fixture
def act(session: Session, app: Flask, order: Order, at: At) -> Act:
    """An act for March that was really drawn up, of two visits."""
    specialist = make.make_specialist(session, session.get_one(Provider, order.provider_id))
    for day in (3, 4):
        make.make_entry(session, order, specialist, day=date(2026, 3, day))
    provider = session.get_one(Provider, order.provider_id)
    staff = make.as_provider(make.make_staff(session, provider), provider)
    with app.test_request_context():
        return acts.draw_up(session, order.id, date(2026, 3, 1), staff, at("2026-04-02"))


@pytest.fixture
def browser(sign_in: SignIn, person: Person, order: Order) -> Browser:
    return sign_in(person)


@pytest.mark.law("R42.5")
def test_she_reads_and_signs_the_act(session: Session, browser: Browser, act: Act) -> None:
    assert f"/recipient/acts/{act.id}" in browser.get("/recipient/acts").links("/acts/")
    page = browser.get(f"/recipient/acts/{act.id}")
    assert page.status == 200
    to_sign = page.links("/sign")[0]
    reading = browser.get(to_sign)
    assert reading.status == 200
    assert reading.says("Sign the act")
    done = browser.post(to_sign, cms=CMS).goes_to
    assert act.status is ActStatus.SIGNED
    assert str(act.number) in browser.get(done).text
    assert browser.post(to_sign, cms=CMS).goes_to == done, "a second click changes nothing"
    signed = browser.get(f"/recipient/acts/{act.id}")
    assert not signed.links(f"{act.id}/sign?") and f"/recipient/acts/{act.id}/sign" not in signed.links("/sign")
    assert browser.get(f"/recipient/acts/{act.id}/signatures/recipient").html == CMS
    assert browser.get(f"/recipient/acts/{act.id}/signatures/provider").status == 404
    assert browser.get(f"/recipient/acts/{act.id}/signatures/x").status == 404
    assert browser.get(f"/recipient/acts/{act.id}/document").html.startswith("{")


@pytest.mark.law("R42.5")
def test_another_persons_key_signs_nothing(browser: Browser, act: Act) -> None:
    page = browser.post(f"/recipient/acts/{act.id}/sign", cms=WRONG_KEY)
    assert page.status == 422
    assert act.status is ActStatus.DRAWN_UP


@pytest.mark.law("R42.5")
def test_with_a_disputed_visit_it_has_to_be_drawn_up_anew(
    session: Session, browser: Browser, person: Person, act: Act
) -> None:
    entry = session.scalars(select(LogEntry).where(LogEntry.act_id == act.id)).all()[0]
    object_to(session, entry.id, ObjectionReason.SHORTER, "", make.as_recipient(person), MONDAY)
    page = browser.get(f"/recipient/acts/{act.id}")
    assert not page.links("/sign")
    assert page.says(
        "You object to something in this act. The provider has to draw the act up anew before you can sign."
    )
    assert browser.post(f"/recipient/acts/{act.id}/sign", cms=CMS).status == 422
    assert act.status is ActStatus.DRAWN_UP


@pytest.mark.law("R42.8")
def test_nobody_signs_for_somebody_who_has_died(session: Session, sign_in: SignIn, person: Person, act: Act) -> None:
    mother = make.make_representative(session, person)
    person.died_on = date(2026, 4, 1)
    browser = sign_in(mother, person)
    assert not browser.get(f"/recipient/acts/{act.id}").links("/sign")
    assert browser.post(f"/recipient/acts/{act.id}/sign", cms=CMS).status == 422
    assert browser.get("/recipient/").status == 200


@pytest.mark.parametrize("status", ActStatus)
def test_every_state_has_its_page(session: Session, browser: Browser, order: Order, status: ActStatus) -> None:
    act = make.make_act(session, order, status=status, reason="false_data", pay_due_on=date(2026, 4, 20))
    act.document_id = _real_document(session, browser.app, order, act)
    page = browser.get(f"/recipient/acts/{act.id}")
    assert page.status == 200
    assert bool(page.links(f"{act.id}/sign")) is (status is ActStatus.DRAWN_UP)


def _real_document(session: Session, app: Flask, order: Order, act: Act) -> UUID:
    """The document of an act that was drawn up by the operation, for a page that shows its words."""
    entitlement = make.make_programme(session, order.recipient)
    other = make.make_order(session, entitlement)
    make.make_entry(session, other, day=date(2026, 3, 10))
    provider = session.get_one(Provider, other.provider_id)
    staff = make.as_provider(make.make_staff(session, provider), provider)
    with app.test_request_context():
        return acts.draw_up(session, other.id, act.month, staff, MONDAY + timedelta(days=40)).document_id


def test_somebody_elses_act_is_not_found(session: Session, browser: Browser) -> None:
    other = make.make_act(session, status=ActStatus.DRAWN_UP)
    for path in ("", "/sign", "/signed", "/document", "/signatures/recipient"):
        assert browser.get(f"/recipient/acts/{other.id}{path}").status == 404, path
    assert browser.post(f"/recipient/acts/{other.id}/sign", cms=CMS).status == 404


@pytest.mark.law("R34.2")
def test_messages_are_hers_without_codes_newest_first(session: Session, browser: Browser, person: Person) -> None:
    other = make.make_person(session)
    for number, (whom, text, secret) in enumerate(
        [(person, "бірінші", False), (person, "екінші", False), (person, "123456", True), (other, "бөгде", False)]
    ):
        session.add(
            SmsMessage(
                about=f"test:{number}",
                person_id=whom.id,
                phone=whom.phone,
                text=text,
                secret=secret,
                status=SmsStatus.SENT,
                attempts=1,
                owed_at=MONDAY + timedelta(hours=number),
                next_try_at=MONDAY,
                gateway_ids=[],
            )
        )
    page = browser.get("/recipient/messages")
    assert page.status == 200
    assert page.html.index("екінші") < page.html.index("бірінші")
    assert "123456" not in page.html and "бөгде" not in page.html
    assert person.phone and person.phone not in page.html, "the number is masked"
