"""The month page: who is complete, who lacks a signature, what is objected to; acts drawn up together (R42.1)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.act import Act
from portal.rules.acts import ActStatus
from tests.operations.month import NOW, Month
from tests.recipient.conftest import Browser


@pytest.fixture
def other(session: Session, month: Month) -> Month:
    """A second order of the same provider, with an objection."""
    other = Month(session, beside=month)
    other.entries[0].objected_at, other.entries[0].objection_reason = NOW, "shorter"
    session.flush()
    return other


def acts_of(session: Session, month: Month) -> list[Act]:
    return list(session.scalars(select(Act).where(Act.order_id == month.order.id)))


@pytest.mark.law("R42.8")
def test_goes_to_the_month_that_is_due(browser: Browser) -> None:
    assert browser.get("/provider/months").goes_to == "/provider/months/2026-03"


@pytest.mark.parametrize("name", ["2026-13", "märz", "202603", "1926-03", "2020-12", "2026-٠3"])
def test_a_month_that_is_none(browser: Browser, name: str) -> None:
    assert browser.get(f"/provider/months/{name}").status == 404


@pytest.mark.law("R42.5", "R42.8")
def test_the_month_says_what_can_be_drawn_up(browser: Browser, month: Month, other: Month) -> None:
    page = browser.get("/provider/months/2026-03")
    assert page.says_number("%(num)s act can be drawn up", "%(num)s acts can be drawn up", 2)
    assert page.says_number("%(num)s objection", "%(num)s objections", 1)
    assert f'value="{month.order.id}" id="o-{month.order.id}" checked' in page.html
    assert f'value="{other.order.id}" id="o-{other.order.id}">' in page.html


def test_a_month_without_visits(browser: Browser) -> None:
    page = browser.get("/provider/months/2026-02")
    assert page.status == 200
    assert page.says(
        "Nothing was rendered in this month. "
        "When something is, each order stands here with its hours or pieces and its act."
    )


@pytest.mark.law("R42.1", "R42.5")
def test_draws_up_those_that_are_ticked(session: Session, browser: Browser, month: Month, other: Month) -> None:
    page = browser.post("/provider/months/2026-03/acts", orders=[str(month.order.id)])
    assert page.status == 200
    (act,) = acts_of(session, month)
    assert page.links(f"/provider/months/acts/{act.id}")
    assert acts_of(session, other) == []
    page = browser.get("/provider/months/2026-03")
    assert month.recipient.last_name in page.text
    assert page.links(f"/provider/months/acts/{act.id}")


def test_a_result_for_each(session: Session, browser: Browser, month: Month, other: Month) -> None:
    for entry in other.entries:
        entry.objected_at, entry.objection_reason = NOW, "shorter"
    page = browser.post("/provider/months/2026-03/acts", orders=[str(month.order.id), str(other.order.id)])
    assert page.status == 200
    assert page.says("There are no visits in this month that an act could be drawn up from.")
    assert len(acts_of(session, month)) == 1


@pytest.mark.law("R42.1", "R42.5")
def test_a_visit_that_is_settled_after_the_office_has_accepted_can_be_drawn_up(
    session: Session, browser: Browser, month: Month, other: Month
) -> None:
    """It gets a further act: the month offers it as soon as the objection to it is settled, and not before."""
    other.draw_up().status = ActStatus.PAID
    session.flush()
    box = f'id="o-{other.order.id}"'
    assert box not in browser.get("/provider/months/2026-03").html
    other.entries[0].settled_at, other.entries[0].settlement = NOW, "stands"
    session.flush()
    assert f"{box} checked" in browser.get("/provider/months/2026-03").html
    assert browser.post("/provider/months/2026-03/acts", orders=[str(other.order.id)]).status == 200
    assert sorted(act.units for act in acts_of(session, other)) == [120, 210]


@pytest.mark.law("RI.2")
def test_twice_is_once(session: Session, browser: Browser, month: Month) -> None:
    for _press in range(2):
        assert browser.post("/provider/months/2026-03/acts", orders=[str(month.order.id)]).status == 200
    assert len(acts_of(session, month)) == 1


@pytest.mark.parametrize("chosen", [[], ["nonsense"]])
def test_nothing_chosen(browser: Browser, chosen: list[str]) -> None:
    assert browser.post("/provider/months/2026-03/acts", orders=chosen).status == 422


@pytest.mark.law("R42.1")
def test_orders_of_another_provider_are_not_on_the_list(session: Session, stranger: Browser, month: Month) -> None:
    assert stranger.post("/provider/months/2026-03/acts", orders=[str(month.order.id)]).status == 422
    assert acts_of(session, month) == []


@pytest.mark.law("R42.8")
def test_the_present_month_waits(session: Session, browser: Browser, month: Month) -> None:
    for entry in month.entries:
        entry.day = entry.day.replace(month=4, day=1)
    page = browser.get("/provider/months/2026-04")
    assert page.status == 200
    assert not page.links("/months/2026-04/acts")
    assert "<button" not in page.html.split("<table")[1]
