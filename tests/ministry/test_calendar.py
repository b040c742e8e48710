"""The official calendar in the ministry's door: seen, changed by hand, brought as a file."""

import json
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.order import Order
from portal.models.reference import CalendarDay
from portal.operations.reference import DATA
from portal.rules.orders import OrderStatus
from tests import factories as make
from tests.ministry.conftest import NOW
from tests.recipient.conftest import Browser, Page

pytestmark = pytest.mark.law("RI.7")

DAY = {
    "day": "8.4.2026",
    "kind": "day_off",
    "why_kk": "Демалыс",
    "why_ru": "Перенос",
    "basis": "Постановление № 100",
    "confirmed": "yes",
}


@pytest.fixture
def order(session: Session) -> Order:
    return make.make_order(
        session, status=OrderStatus.PLACED, placed_at=NOW - timedelta(days=3), answer_due_on=date(2026, 4, 10)
    )


def choose(clerk: Browser, page: Page, move: str, **other: str) -> Page:
    """Press one of the two buttons of the page that says what would change."""
    sent = {"changes": page.hidden("changes"), "seen": page.hidden("seen"), "move": move}
    return clerk.post("/ministry/calendar/changes", **(sent | other))


def bring(clerk: Browser, text: str | bytes) -> Page:
    data = text.encode() if isinstance(text, str) else text
    return clerk.post("/ministry/calendar/file", file=(BytesIO(data), "calendar.csv"))


def test_the_years_and_their_days(clerk: Browser) -> None:
    page = clerk.get("/ministry/calendar")
    assert [link[-4:] for link in page.links("/ministry/calendar/20")] == [str(year) for year in range(2027, 2020, -1)]
    year = clerk.get("/ministry/calendar/2026")
    assert year.links("/ministry/calendar/days/2026-03-09")
    for missing in ("2028", "1", "20২6", "x", "2026-01-01"):
        assert clerk.get(f"/ministry/calendar/{missing}").status == 404


def test_a_day_is_added_and_the_terms_stay(clerk: Browser, session: Session, order: Order) -> None:
    page = clerk.post("/ministry/calendar/days/new", **DAY)
    assert page.status == 200
    assert page.says_number("%(num)s term would end on another day.", "%(num)s terms would end on another day.", 1)
    assert page.says("Order %(number)s", number=order.number)
    assert session.get(CalendarDay, date(2026, 4, 8)) is None, "looking changes nothing"
    assert choose(clerk, page, "calendar").goes_to == "/ministry/calendar/2026"
    assert session.get_one(CalendarDay, date(2026, 4, 8)).basis == "Постановление № 100"
    assert session.get_one(Order, order.id).answer_due_on == date(2026, 4, 10)


def test_a_day_is_added_and_the_terms_move(clerk: Browser, session: Session, order: Order) -> None:
    page = clerk.post("/ministry/calendar/days/new", **DAY)
    assert choose(clerk, page, "terms").goes_to
    assert session.get_one(Order, order.id).answer_due_on == date(2026, 4, 13)
    again = choose(clerk, page, "terms")
    assert (again.status, again.says("The calendar says this already, so nothing was changed.")) == (409, True)


def test_another_list_is_shown_first(clerk: Browser, session: Session, order: Order) -> None:
    page = clerk.post("/ministry/calendar/days/new", **DAY)
    make.make_order(session, status=OrderStatus.PLACED, placed_at=NOW, answer_due_on=date(2026, 4, 13))
    again = choose(clerk, page, "terms")
    assert again.status == 409
    assert again.says("Other terms have begun or ended since this list was made. Look at the new list first.")
    assert choose(clerk, again, "terms").status == 302


@pytest.mark.parametrize(
    "given",
    [
        {"basis": ""},
        {"day": "11.4.2026"},
        {"day": "3.1.2028"},
        {"kind": "worked_weekend"},
        {"why_kk": ""},
        {"confirmed": ""},
    ],
    ids=["no decree", "a Saturday", "a year that is not loaded", "a Wednesday", "no Kazakh", "confirmed or not"],
)
def test_what_is_to_be_mended(clerk: Browser, given: dict[str, str]) -> None:
    page = clerk.post("/ministry/calendar/days/new", **(DAY | given))
    assert page.status == 422
    assert 'class="govuk-error-summary"' in page.html


def test_a_day_is_changed_and_taken_out(clerk: Browser, session: Session) -> None:
    address = "/ministry/calendar/days/2026-03-09"
    assert "8 марта" in clerk.get(address).html
    page = clerk.post(address, **(DAY | {"basis": "Указ № 7"}))
    assert choose(clerk, page, "calendar").goes_to
    assert session.get_one(CalendarDay, date(2026, 3, 9)).basis == "Указ № 7"
    assert clerk.post(f"{address}/remove", basis="").status == 422
    page = clerk.post(f"{address}/remove", basis="Указ № 8")
    assert choose(clerk, page, "calendar").goes_to == "/ministry/calendar"
    assert session.get(CalendarDay, date(2026, 3, 9)) is None
    assert clerk.get(address).status == 404
    assert clerk.get("/ministry/calendar/days/2026-02-30").status == 404


HEAD = "date,kind,why_kk,why_ru,why_en,basis,confirmed\n"


def test_a_year_is_brought_as_a_file_and_again(clerk: Browser, session: Session) -> None:
    text = HEAD + "2028-01-03,day_off,Ж,Н,,№ 1,yes\n2028-12-18,day_off,Т,Н,,№ 1,provisional\n"
    page = bring(clerk, text)
    assert (page.status, page.says("No term that already runs would end on another day.")) == (200, True)
    assert choose(clerk, page, "calendar").goes_to == "/ministry/calendar/2028"
    assert not session.get_one(CalendarDay, date(2028, 12, 18)).confirmed
    again = bring(clerk, text)
    assert (again.status, again.says("The calendar says this already, so nothing was changed.")) == (422, True)


def test_a_year_is_saved_confirmed_and_brought_back(clerk: Browser, session: Session) -> None:
    saved = clerk.client.get("/ministry/calendar/2027/calendar.csv")
    assert saved.mimetype == "text/csv"
    page = bring(clerk, saved.get_data().replace(b"provisional", b"yes"))
    assert choose(clerk, page, "calendar").goes_to == "/ministry/calendar/2027"
    assert session.scalars(select(CalendarDay.day).where(~CalendarDay.confirmed)).all() == []
    assert bring(clerk, saved.get_data().replace(b"provisional", b"yes")).status == 422
    assert clerk.client.get("/ministry/calendar/2028/calendar.csv").status_code == 404


def test_a_file_with_faults_names_every_line_and_keeps_nothing(clerk: Browser, session: Session) -> None:
    page = bring(clerk, HEAD + "2028-01-03,day_off,Ж,Н,,№ 1,yes\nx,day_off,Ж,Н,,№ 1,yes\n2028-12-18,off,Ж,Н,,№ 1,yes\n")
    assert page.status == 422
    for line, fault in (
        (3, "The column %(column)s holds a day like 2027-03-08."),
        (4, "The column kind says day_off or worked_weekend."),
    ):
        assert page.says(fault, column="date"), line
    assert session.get(CalendarDay, date(2028, 1, 3)) is None


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"x" * 200_001, HEAD.encode()], ids=["empty", "bytes", "large", "head"]
)
def test_what_is_no_calendar_is_refused(clerk: Browser, data: bytes) -> None:
    assert bring(clerk, data).status == 422
    assert clerk.post("/ministry/calendar/file").status == 422


def test_the_portals_own_file_fits(clerk: Browser) -> None:
    assert bring(clerk, (DATA / "calendar.csv").read_bytes()).says(
        "The calendar says this already, so nothing was changed."
    )


GOOD: dict[str, Any] = {
    "day": "2026-04-08",
    "kind": "day_off",
    "why_kk": "Д",
    "why_ru": "В",
    "basis": "№ 1",
    "confirmed": True,
}


@pytest.mark.parametrize(
    "changes",
    [
        "",
        "[",
        "{}",
        "[]",
        "7",
        "[7]",
        "[[]]",
        json.dumps([GOOD | {"day": "x"}]),
        json.dumps([GOOD | {"kind": "other"}]),
        json.dumps([GOOD | {"basis": None}]),
        json.dumps([GOOD | {"confirmed": "yes"}]),
        json.dumps([GOOD | {"more": 1}]),
        "[" * 100_000,
    ],
)
def test_what_the_page_did_not_send_is_not_read(clerk: Browser, changes: str) -> None:
    assert clerk.post("/ministry/calendar/changes", changes=changes, move="calendar").status == 400


@pytest.mark.parametrize("given", [{"basis": " "}, {"why_kk": "\ud800"}, {"why_ru": "\x00"}, {"day": "2026-04-11"}])
def test_the_rules_look_at_it_again(clerk: Browser, given: dict[str, str]) -> None:
    page = clerk.post("/ministry/calendar/changes", changes=json.dumps([GOOD | given]), move="calendar")
    assert page.status == 409
