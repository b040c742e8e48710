"""Who looked at her record: office, provider and assistant leave a line each, once a day (RI.6)."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.models.audit import AuditRow
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations import looks as operations
from portal.queries import looks
from portal.queries.looks import LISTED, LOOKED
from portal.rules.roles import Role
from tests import factories as make
from tests.apps import sign_in_as
from tests.conftest import At
from tests.recipient.conftest import Browser, SignIn


@pytest.fixture
def order(session: Session, at: At) -> Order:
    at("2026-03-05")
    return make.make_order(session)


@pytest.fixture
def provider(session: Session, order: Order) -> Provider:
    return session.get_one(Provider, order.provider_id)


def someone(app: Flask, session: Session, sign_in: SignIn, person: Person, key: str) -> Browser:
    """A browser in another door."""
    session.flush()
    client = app.test_client()
    sign_in_as(client, person, key)
    return Browser(app, client, session)


def rows(session: Session, order: Order) -> list[tuple[Any, ...]]:
    """The looks at a recipient's record."""
    found = session.scalars(
        select(AuditRow)
        .where(AuditRow.for_person_id == order.recipient_id, AuditRow.action.in_((LOOKED, LISTED)))
        .order_by(AuditRow.id)
    )
    return [(row.role, row.action, row.thing, row.person_id) for row in found]


@pytest.mark.law("RI.6")
def test_every_door_leaves_a_line_once_a_day(
    app: Flask, session: Session, sign_in: SignIn, order: Order, provider: Provider, at: At
) -> None:
    staff = make.make_staff(session, provider)
    specialist = make.make_specialist(session, provider)
    serving, clerk = session.get_one(Person, specialist.person_id), make.make_clerk(session)
    at_provider = someone(app, session, sign_in, staff, f"provider:{provider.id}")
    serves = someone(app, session, sign_in, serving, f"specialist:{provider.id}")
    at_office = someone(app, session, sign_in, clerk, f"office:{order.office_id}")
    visited = (
        (at_provider, "/provider/orders", (Role.PROVIDER, LISTED, "people", staff.id)),
        (at_provider, f"/provider/orders/{order.id}", (Role.PROVIDER, LOOKED, "orders", staff.id)),
        (serves, "/specialist/people", (Role.SPECIALIST, LISTED, "people", serving.id)),
        (serves, f"/specialist/orders/{order.id}/visits/new", (Role.SPECIALIST, LOOKED, "orders", serving.id)),
        (at_office, f"/office/people/{order.recipient_id}", (Role.OFFICE, LOOKED, "people", clerk.id)),
    )
    for browser, path, row in visited:
        assert browser.get(path).status == 200
        assert rows(session, order)[-1] == row
        before = len(rows(session, order))
        app.extensions.pop("looks")
        browser.get(path)
        assert len(rows(session, order)) == before, "once a day, also when another process answers"
    at("2026-03-06")
    at_provider.get(f"/provider/orders/{order.id}")
    assert len(rows(session, order)) == before + 1


@pytest.mark.law("RI.6")
def test_what_was_not_shown_leaves_no_line(
    app: Flask, session: Session, sign_in: SignIn, order: Order, provider: Provider
) -> None:
    other = make.make_provider(session)
    browser = someone(app, session, sign_in, make.make_staff(session, other), f"provider:{other.id}")
    assert browser.get(f"/provider/orders/{order.id}").status == 404
    assert rows(session, order) == []


@pytest.mark.law("RI.6")
def test_a_look_that_cannot_be_written_does_not_break_the_page(
    app: Flask,
    session: Session,
    sign_in: SignIn,
    order: Order,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy(*_given: object) -> None:
        raise OperationalError("INSERT", {}, Exception("lock timeout"))

    monkeypatch.setattr(operations, "write", busy)
    browser = someone(app, session, sign_in, make.make_staff(session, provider), f"provider:{provider.id}")
    assert browser.get(f"/provider/orders/{order.id}").status == 200
    monkeypatch.undo()


@pytest.mark.law("RI.6")
def test_she_reads_who_it_was_and_what_they_saw(
    app: Flask, session: Session, sign_in: SignIn, order: Order, provider: Provider
) -> None:
    person = session.get_one(Person, order.recipient_id)
    hers = sign_in(person)
    assert hers.get("/recipient/").links("/recipient/looks")
    assert hers.get("/recipient/looks").says("Nobody has looked at your record yet.")
    staff = make.make_staff(session, provider)
    browser = someone(app, session, sign_in, staff, f"provider:{provider.id}")
    browser.get("/provider/orders")
    browser.get(f"/provider/orders/{order.id}")
    page = hers.get("/recipient/looks")
    assert f"{staff.first_name} {staff.last_name}" in page.text and provider.name_ru in page.text
    assert page.says("Your order %(number)s", number=order.number)
    assert page.says("Your name in a list")
    stranger = sign_in(make.make_programme(session).person)
    assert staff.last_name not in stranger.get("/recipient/looks").text


@pytest.mark.law("RI.6")
def test_whatever_an_address_names_it_is_known_whose_it_is(session: Session, order: Order) -> None:
    act = make.make_act(session, order)
    named = {
        "person_id": order.recipient_id,
        "order_id": order.id,
        "act_id": act.id,
        "document_id": act.document_id,
    }
    for name, thing_id in named.items():
        look = looks.whose(session, name, thing_id)
        assert look is not None and look.about == order.recipient_id, name
    assert looks.whose(session, "order_id", act.id) is None


@pytest.mark.law("RI.6")
def test_no_page_of_the_watched_doors_names_what_is_nobodys(app: Flask) -> None:
    """Every id in an address of office, provider and specialist leads to the person whose it is."""
    names = {
        (rule.endpoint, name)
        for rule in app.url_map.iter_rules()
        for name, kind in rule._converters.items()
        if rule.endpoint.split(".")[0] in {"office", "provider", "specialist"} and "UUID" in type(kind).__name__
    }
    assert {pair for pair in names if pair[1] not in looks.WHOSE} == set()
