"""The ministry's start page and its list of terms; who may come in; the office is warned as well."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal import clock
from portal.clock import ALMATY
from portal.models.ministry import MINISTRY_ID, MinistryStaff
from portal.queries import people
from portal.rules.roles import Role
from portal.rules.term_table import ALL
from tests import factories as make
from tests.apps import sign_in_as
from tests.ministry.conftest import NOW
from tests.recipient.conftest import Browser


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(("days", "warned"), [(61, False), (60, True), (0, True), (-1, True), (-45, True)])
def test_the_end_of_the_calendar_is_said_to_ministry_and_office(
    clerk: Browser, session: Session, days: int, warned: bool
) -> None:
    moment = datetime(2027, 12, 31, 9, tzinfo=ALMATY) - timedelta(days=days)
    clock.use(lambda: moment)
    sign = 'class="govuk-warning-text"'
    assert (sign in clerk.get("/ministry/").html) is warned
    assert (
        clerk.get("/ministry/").says(
            "Bring the calendar for %(year)s: without it no term can be reckoned in that year.", year=2028
        )
        is warned
    )
    client = clerk.app.test_client()
    office = make.office_here(session)
    sign_in_as(client, make.make_clerk(session), f"office:{office.id}")
    assert (sign in Browser(clerk.app, client, session).get("/office/").html) is warned


@pytest.mark.law("RI.7")
def test_a_year_that_is_not_confirmed_is_named(clerk: Browser) -> None:
    page = clerk.get("/ministry/")
    assert page.says("Look whether the decree for %(year)s is out, and confirm its days.", year=2027)


@pytest.mark.law("RI.7")
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_all_terms_are_listed(clerk: Browser, language: str) -> None:
    page = clerk.get(f"/ministry/terms?lang={language}")
    assert page.html.count('class="rule-number"') == len(ALL)


def test_who_may_come_in(session: Session, clerk: Browser) -> None:
    person = make.make_ministry_clerk(session)
    today = NOW.date()
    (mine,) = people.capacities(session, person.id, today)
    assert (mine.role, mine.organisation_id) == (Role.MINISTRY, MINISTRY_ID)
    session.get_one(MinistryStaff, person.id).until_on = date(2026, 4, 5)
    session.flush()
    assert people.capacities(session, person.id, today) == []
    client = clerk.app.test_client()
    sign_in_as(client, person, f"ministry:{MINISTRY_ID}")
    assert client.get("/ministry/").status_code == 302


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_everything_is_read_in_both_languages(clerk: Browser, language: str) -> None:
    for address in (
        "",
        "calendar",
        "calendar/2027",
        "calendar/days/new",
        "calendar/days/2027-03-08",
        "calendar/days/2027-03-08/remove",
        "calendar/file",
        "terms",
        "amounts",
        "amounts?search=6031001",
        "amounts/new",
        "amounts/new?code=6031001",
        "amounts/index/new",
    ):
        page = clerk.get(f"/ministry/{address}?lang={language}")
        assert page.status == 200, address
        assert f'<html lang="{language}"' in page.html
        assert page.html.count("<h1") == 1
