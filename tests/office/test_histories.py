"""A person's whole history, what came back and why, programmes lowered too far; of one district (RI.6, R83.6)."""

import re
from datetime import date, datetime

import pytest
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import format as show
from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.models.audit import AuditRow
from portal.models.entitlement import Cause
from portal.models.order import Order
from portal.office import histories
from portal.office.histories import KINDS
from portal.operations import ledger, person_events
from portal.queries import office_people, returns
from portal.queries.returns import LOWERED, TAKEN_AGAIN
from portal.rules.returns import EventKind
from tests import factories as make
from tests.factories import MONDAY
from tests.office.sent import OTHER_PLACE, Clerks, Sent, accepted
from tests.recipient.conftest import Browser


def address(sent: Sent, kind: str = "") -> str:
    return f"/office/people/{sent.recipient.id}/history" + (f"?kind={kind}" if kind else "")


@pytest.mark.law("RI.6")
def test_everything_stands_on_one_page(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    accepted(session, sent, clerks)
    representative = make.make_representative(session, sent.recipient)
    ledger.lower(session, sent.order.entitlement, 60, MONDAY)
    page = first.get(address(sent))
    assert page.status == 200
    for text in (
        sent.recipient.full_name,
        str(sent.order.number),
        str(sent.act.number),
        sent.provider.name_ru,
        representative.last_name,
    ):
        assert text in page.text
    assert page.says("A newer version of the programme gives less")
    assert page.links(f"/office/acts/{sent.act.id}")
    assert first.get(f"/office/people/{sent.recipient.id}").links(address(sent))


@pytest.mark.parametrize("kind", [key.value for key in KINDS])
def test_one_kind_at_a_time(session: Session, sent: Sent, clerks: Clerks, first: Browser, kind: str) -> None:
    accepted(session, sent, clerks)
    page = first.get(address(sent, kind))
    assert page.status == 200
    assert (f"№ {sent.act.number}" in page.text) is (kind in {"act"})
    assert first.get(f"{address(sent, kind)}&page=99").status == 200


@pytest.mark.law("RI.6", "R83.6")
def test_what_was_reported_of_her_and_undone_is_part_of_the_history(
    session: Session, sent: Sent, clerks: Clerks, first: Browser
) -> None:
    died_on = MONDAY.date()
    person_events.died(session, sent.recipient, died_on, ESOBES, MONDAY)
    person_events.undo(session, sent.recipient.id, EventKind.DEATH, "Бірдей есім", clerks.first, MONDAY)
    page = first.get(address(sent, "news"))
    with force_locale("ru"):
        assert page.says("The death was reported: %(day)s.", day=show.day(died_on))
    assert page.says("That the person had died was a mistake; it is undone.")


@pytest.mark.law("RI.6")
def test_the_latest_stands_first(session: Session, sent: Sent, first: Browser) -> None:
    text = first.get(address(sent)).text
    assert text.index(f"№ {sent.act.number}") < text.rindex(f"№ {sent.order.number}")


@pytest.mark.law("RI.6")
def test_the_look_is_in_the_journal_and_in_the_history(
    session: Session, sent: Sent, clerks: Clerks, first: Browser
) -> None:
    first.get(address(sent))
    first.get(address(sent))
    looks = session.scalars(
        select(AuditRow).where(AuditRow.for_person_id == sent.recipient.id, AuditRow.action == "look")
    ).all()
    assert [row.person_id for row in looks] == [clerks.first_person.id]
    assert clerks.first_person.last_name in first.get(address(sent, "look")).text


@pytest.mark.law("RI.6")
def test_what_is_older_is_reached_by_pages(
    session: Session, sent: Sent, clerks: Clerks, first: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much there is, every line is on one of the pages, and the latest are on the first."""
    monkeypatch.setattr(histories, "LINES_A_PAGE", 2)
    monkeypatch.setattr("portal.office.people.MOST", 2)
    for day in range(10, 15):
        at = datetime(2026, 3, day, 9, tzinfo=ALMATY)
        make.make_order(session, sent.order.entitlement, minutes=60, placed_at=at, answered_at=None)
    numbers, page = set(), f"{address(sent, 'order')}"
    for _ in range(10):
        shown = first.get(page)
        numbers |= set(re.findall(r"Заказ № (\d+)", shown.text))
        following = [link for link in shown.links(address(sent)) if "page=" in link and 'rel="next"' in shown.html]
        if not following:
            break
        page = following[-1].replace("&amp;", "&")
    mine = select(Order.number).where(Order.recipient_id == sent.recipient.id)
    assert numbers == {str(number) for number in session.scalars(mine)}
    assert first.get(f"{address(sent, 'order')}&page=99").says("Nothing older is there.")
    person = first.get(f"/office/people/{sent.recipient.id}")
    assert person.says("Only the latest %(num)s stand here.", num=2)
    assert person.links(address(sent, "order"))


@pytest.mark.law("RI.6")
def test_an_old_order_that_ended_today_is_on_the_first_page(session: Session, sent: Sent, clerks: Clerks) -> None:
    for day in range(10, 15):
        at = datetime(2026, 3, day, 9, tzinfo=ALMATY)
        make.make_order(session, sent.order.entitlement, minutes=60, placed_at=at)
    sent.order.placed_at = datetime(2026, 1, 5, tzinfo=ALMATY)
    sent.order.ended_at = datetime(2026, 4, 1, tzinfo=ALMATY)
    session.flush()
    found = office_people.orders(session, sent.recipient.id, clerks.office.id, 1)
    assert [one.id for one in found] == [sent.order.id]


@pytest.mark.law("RI.6")
def test_people_of_another_district_have_no_page_here(session: Session, sent: Sent, sign_in: object) -> None:
    strangers = Clerks(session, OTHER_PLACE)
    assert callable(sign_in)
    browser = sign_in(strangers.first_person, strangers.office)
    assert browser.get(address(sent)).status == 404
    looks = select(AuditRow).where(AuditRow.for_person_id == sent.recipient.id, AuditRow.action == "look")
    assert session.scalars(looks).all() == []


@pytest.mark.law("R83.6", "RI.1")
def test_what_came_back_adds_up_by_reason(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    """60 minutes taken away and 20 of them given again, the rest returned by a departure: as the balance has it."""
    entitlement = sent.order.entitlement
    ledger.lower(session, entitlement, 60, MONDAY)
    ledger.raise_by(session, entitlement, 20, MONDAY)
    rest = ledger.return_rest(session, entitlement, MONDAY)
    entitlement.closed_on, entitlement.close_reason = date(2026, 3, 5), "departure"
    session.flush()
    found = returns.by_reason(session, clerks.office.id)
    assert {row.reason: row.units for row in found} == {LOWERED: 60, TAKEN_AGAIN: -20, "departure": rest}
    assert sum(row.units for row in found) == entitlement.returned
    once = returns.of_person(session, sent.recipient.id, clerks.office.id)
    assert sum(row.units for row in once) == entitlement.returned
    page = first.get("/office/returns")
    assert page.says("The recipient has left the country") and page.says("Taken again after it had come back")


@pytest.mark.law("R83.6")
def test_what_came_back_is_filtered_by_year_and_goes_by_pages(
    session: Session, sent: Sent, clerks: Clerks, first: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'class="empty"' in first.get("/office/returns").html
    made = (sent.order.entitlement, make.make_programme(session, now=datetime(2025, 3, 3, tzinfo=ALMATY)))
    for entitlement in made:
        ledger.lower(session, entitlement, 60, MONDAY)
    monkeypatch.setattr("portal.office.returns.BLOCKS_A_PAGE", 1)
    page = first.get("/office/returns")
    assert f", {made[0].year}" in page.text and f", {made[1].year}" not in page.text
    assert f", {made[1].year}" in first.get("/office/returns?page=2").text
    page = first.get(f"/office/returns?year={made[1].year}")
    assert f", {made[1].year}" in page.text and f", {made[0].year}" not in page.text
    for nonsense in ("1999", "x", ""):
        assert f", {made[0].year}" in first.get(f"/office/returns?year={nonsense}").text


@pytest.mark.law("R83.6")
def test_an_order_that_ends_says_its_own_reason(session: Session, sent: Sent, clerks: Clerks) -> None:
    entitlement = sent.order.entitlement
    entitlement.closed_on, entitlement.close_reason = date(2026, 3, 5), "expired"
    sent.order.reason = "death"
    ledger.release(session, entitlement, sent.order, MONDAY)
    session.flush()
    assert [row.reason for row in returns.by_reason(session, clerks.office.id)] == ["death"]


@pytest.mark.law("R83.6", "RI.1")
def test_visits_used_after_the_end_count_below_nought(session: Session, sent: Sent, clerks: Clerks) -> None:
    entitlement = sent.order.entitlement
    ledger.return_rest(session, entitlement, MONDAY)
    entitlement.close_reason = "expired"
    ledger._move(session, entitlement, "returned", "used", 30, Cause.VISIT, MONDAY)  # type: ignore[arg-type]
    session.flush()
    found = {row.reason: row.units for row in returns.by_reason(session, clerks.office.id)}
    assert found[TAKEN_AGAIN] == -30 and sum(found.values()) == entitlement.returned


@pytest.mark.law("R34.1", "R42.3")
def test_a_programme_lowered_below_what_is_in_use_is_on_the_list(
    session: Session, sent: Sent, clerks: Clerks, first: Browser
) -> None:
    assert returns.count_lowered(session, clerks.office.id) == 0
    assert 'class="empty"' in first.get("/office/lowered").html
    entitlement = sent.order.entitlement
    ledger.lower(session, entitlement, entitlement.available + 45, MONDAY)
    session.flush()
    assert returns.count_lowered(session, clerks.office.id) == 1
    page = first.get("/office/lowered")
    assert sent.recipient.full_name in page.text and "45 минут" in page.text
    assert first.get("/office/").links("/office/lowered")
    assert returns.lowered(session, make.office_here(session, OTHER_PLACE).id, 1).rows == []
