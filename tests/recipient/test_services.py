"""What she has of all services: days and pieces in words, what is blocked, and what is not ordered here yet."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.models.audit import AuditRow
from portal.models.entitlement import Entitlement
from portal.models.person import Person
from portal.rules.service import Service
from tests import factories as make
from tests.conftest import At
from tests.factories import MONDAY
from tests.recipient.conftest import SignIn

NOT_HERE = "This is noted here. For now your employment office orders it for you; the portal cannot do it yet."


@pytest.fixture
def person(session: Session, at: At) -> Person:
    at(MONDAY)
    return make.make_person(session)


def given(session: Session, person: Person, service: Service, units: int, code: str | None = None) -> Entitlement:
    entitlement = make.make_programme(session, person, service)
    entitlement.granted = entitlement.available = units
    entitlement.measure.classifier_code = code
    session.flush()
    return entitlement


@pytest.mark.law("R26.1")
def test_a_stay_is_shown_in_days(session: Session, sign_in: SignIn, person: Person) -> None:
    entitlement = given(session, person, Service.SANATORIUM, 14)
    browser = sign_in(person)
    for path in ("/recipient/", f"/recipient/entitlements/{entitlement.id}"):
        page = browser.get(path)
        assert page.says_number("%(num)s day", "%(num)s days", 14)
        assert page.says(NOT_HERE)
        assert f"/entitlements/{entitlement.id}/providers" not in page.html


@pytest.mark.law("RM.1")
def test_goods_are_shown_by_their_own_name_in_pieces(session: Session, sign_in: SignIn, person: Person) -> None:
    entitlement = given(session, person, Service.TECHNICAL_AID, 2, "401")
    browser = sign_in(person)
    for path in ("/recipient/", f"/recipient/entitlements/{entitlement.id}"):
        page = browser.get(path)
        assert page.says_number("%(num)s piece", "%(num)s pieces", 2)
        assert "Тифлотрость" in page.text
        assert not page.says(NOT_HERE)
        assert page.links(f"/entitlements/{entitlement.id}/goods"), "and can be ordered"


@pytest.mark.law("RM.2")
def test_what_is_due_later_says_when(session: Session, sign_in: SignIn, person: Person) -> None:
    given(session, person, Service.WHEELCHAIR, 1, "501302").starts_on = date(2026, 9, 15)
    session.flush()
    page = sign_in(person).get("/recipient/")
    assert "15 сентября" in page.text
    assert not page.links("/goods"), "nor can it be ordered before"


@pytest.mark.law("RI.1")
def test_lowered_below_what_is_in_use_is_said_in_plain_words(session: Session, sign_in: SignIn, person: Person) -> None:
    entitlement = make.make_programme(session, person, Service.INTERPRETER)
    entitlement.excess = 600
    session.flush()
    assert "Нового заказать нельзя" in sign_in(person).get(f"/recipient/entitlements/{entitlement.id}").text


class TestBlocked:
    """Edition 2023: she takes the block off herself (R34.3)."""

    @pytest.fixture
    def entitlement(self, session: Session, person: Person) -> Entitlement:
        entitlement = make.make_programme(session, person, Service.INTERPRETER)
        entitlement.blocked_on, entitlement.reminder_due_on = date(2026, 3, 1), None
        session.flush()
        return entitlement

    @pytest.mark.law("R34.3")
    def test_nothing_can_be_ordered_and_she_is_told_how_to_go_on(
        self, session: Session, sign_in: SignIn, person: Person, entitlement: Entitlement
    ) -> None:
        browser = sign_in(person)
        home = browser.get("/recipient/")
        assert home.says("Activate the choice again")
        assert home.says(
            "The choice is blocked: for two months no provider was chosen. "
            "Activate the choice, then you can order again."
        )
        assert not home.says("There is nothing to do now.")
        page = browser.get(f"/recipient/entitlements/{entitlement.id}")
        assert f"/recipient/entitlements/{entitlement.id}/activate" in page.html
        assert f"/entitlements/{entitlement.id}/providers" not in page.html

    @pytest.mark.law("R34.3", "RI.6")
    def test_she_activates_it(
        self, session: Session, sign_in: SignIn, person: Person, entitlement: Entitlement
    ) -> None:
        browser = sign_in(person)
        answer = browser.post(f"/recipient/entitlements/{entitlement.id}/activate")
        assert browser.get(answer.goes_to).says("The choice is active again. You can choose a provider.")
        session.refresh(entitlement)
        assert (entitlement.blocked_on, entitlement.reminder_due_on) == (None, date(2026, 4, 2))
        row = session.query(AuditRow).filter_by(thing_id=entitlement.id, action="activate").one()
        assert (row.person_id, row.for_person_id) == (person.id, person.id)

    def test_nobody_else_can(self, session: Session, sign_in: SignIn, entitlement: Entitlement) -> None:
        somebody = make.make_person(session)
        make.make_programme(session, somebody)
        assert sign_in(somebody).post(f"/recipient/entitlements/{entitlement.id}/activate").status == 404
