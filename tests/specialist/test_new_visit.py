"""A new visit from a phone: likely values stand there, a refusal loses nothing, the same form counts once (R42.1)."""

from datetime import time

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.format import duration
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.rules.service import Service
from tests import factories as make
from tests.operations.month import NOW, Month
from tests.recipient.conftest import Browser, Page
from tests.specialist.conftest import phone_of


def address(month: Month) -> str:
    return f"/specialist/orders/{month.order.id}/visits/new"


def visit(**given: str) -> dict[str, str]:
    """What is typed: today from nine to ten, at the clinic."""
    return {"day": "2.4.2026", "start": "9:00", "end": "10", "places": "Емхана", **given}


def logged(session: Session, month: Month) -> list[LogEntry]:
    """What was written down for today."""
    today = select(LogEntry).where(LogEntry.order_id == month.order.id, LogEntry.day == NOW.date())
    return list(session.scalars(today))


def test_what_is_likely_stands_there(phone: Browser, month: Month) -> None:
    page = phone.get(address(month))
    assert page.status == 200
    for value in ("2", "4", "2026", "14:00", "15:30"):
        assert f'value="{value}"' in page.html
    assert "Емхана</textarea>" in page.html
    with phone.app.test_request_context(), force_locale("ru"):
        whole_day = duration(480)
    assert page.says("Left for today: %(hours)s", hours=whole_day)


@pytest.mark.law("R42.1", "R42.6")
def test_saves_and_shows_it(session: Session, phone: Browser, month: Month) -> None:
    form_id = phone.get(address(month)).hidden("form_id")
    onward = phone.post(address(month), form_id=form_id, **visit()).goes_to
    assert onward == f"/specialist/visits?saved={form_id}"
    (entry,) = logged(session, month)
    assert (entry.minutes, entry.places, str(entry.form_id)) == (60, "Емхана", form_id)
    assert f'data-draft-saved="{form_id}"' in phone.get(onward).html


@pytest.mark.law("RI.2")
def test_sent_twice_counts_once(session: Session, phone: Browser, month: Month) -> None:
    form_id = phone.get(address(month)).hidden("form_id")
    for _press in range(2):
        assert phone.post(address(month), form_id=form_id, **visit()).status == 302
    assert len(logged(session, month)) == 1
    assert session.get_one(Order, month.order.id).used == 330 + 60


def refused(page: Page, point: str, *kept: str) -> bool:
    """Whether the page refuses by a rule and has kept what was typed."""
    return page.status == 422 and point in page.text and all(value in page.html for value in kept)


@pytest.mark.law("R42.1", "R34.1", "R42.6", "RI.3")
@pytest.mark.parametrize(
    ("given", "point"),
    [
        ({"day": "3.4.2026"}, "R42.1"),
        ({"start": "10:30", "end": "11:30"}, "R42.1"),
        ({"start": "2:00", "end": "10:30"}, "R34.1"),
        ({"start": "10:00", "end": "9:00"}, "R42.1"),
        ({"day": "1.3.2026"}, "R42.2"),
        ({"day": "5.3.2026", "start": "15:00", "end": "16:00"}, "RI.3"),
    ],
    ids=["a day to come", "an hour to come", "over 8 hours", "end before start", "outside the order", "two places"],
)
def test_refused_at_once_with_the_rule(
    session: Session, phone: Browser, month: Month, given: dict[str, str], point: str
) -> None:
    form_id = phone.get(address(month)).hidden("form_id")
    page = phone.post(address(month), form_id=form_id, **visit(places="Дүкен, мешіт", **given))
    assert refused(page, point, "Дүкен, мешіт", f'value="{form_id}"', "data-draft-answered")
    assert logged(session, month) == []


@pytest.mark.law("R34.1", "RI.3")
def test_eight_hours_over_two_providers(session: Session, phone: Browser, month: Month) -> None:
    entitlement = session.get_one(Entitlement, month.order.entitlement_id)
    other = make.make_order(session, entitlement)
    make.make_entry(
        session,
        other,
        make.make_specialist(session, session.get_one(Provider, other.provider_id)),
        NOW.date(),
        time(0),
        450,
    )
    page = phone.post(address(month), **visit())
    assert refused(page, "R34.1")
    assert phone.post(address(month), **visit(end="9:30")).status == 302


@pytest.mark.law("R42.1")
def test_a_month_that_is_acted(phone: Browser, month: Month) -> None:
    month.draw_up()
    assert refused(phone.post(address(month), **visit(day="6.3.2026")), "R42.1")


@pytest.mark.parametrize(
    "given",
    [
        {"day": ""},
        {"day": "31.2.2026"},
        {"start": "25:00"},
        {"end": ""},
        {"places": "  "},
        {"places": "ә" * 301},
        {"start": "<script>", "end": "٣٠"},
    ],
    ids=["no day", "no such day", "no such hour", "no end", "no places", "too long", "hostile"],
)
def test_bad_shapes_come_back(session: Session, phone: Browser, month: Month, given: dict[str, str]) -> None:
    page = phone.post(address(month), **visit(**given))
    assert page.status == 422
    assert "<script>" not in page.html.split("<main")[1]
    assert logged(session, month) == []


@pytest.mark.law("R42.7")
def test_an_interpreter_says_the_way(app: Flask, session: Session) -> None:
    month = Month(session, Service.INTERPRETER)
    phone = phone_of(app, session, month.first)
    page = phone.get(address(month))
    assert 'name="places"' not in page.html
    assert phone.post(address(month), day="2.4.2026", start="9", end="10").status == 422
    assert phone.post(address(month), day="2.4.2026", start="9", end="10", way="by post").status == 422
    assert phone.post(address(month), day="2.4.2026", start="9", end="10", way="online").status == 302
    (entry,) = logged(session, month)
    assert (entry.way, entry.places) == ("online", "")


def test_someone_elses_order_is_not_found(app: Flask, session: Session, stranger: Browser, month: Month) -> None:
    interpreter = phone_of(app, session, make.make_specialist(session, month.provider, Service.INTERPRETER))
    for other in (stranger, interpreter):
        assert other.get(address(month)).status == 404
        assert other.post(address(month), **visit()).status == 404
    assert logged(session, month) == []
