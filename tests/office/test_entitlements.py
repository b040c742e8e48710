"""What an office has to look at: blocked, to be replaced later; and a person's move to another office."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask_babel import force_locale
from sqlalchemy.orm import Session

from portal import format as show
from portal.clock import ALMATY
from portal.models.entitlement import Entitlement
from portal.models.person import Person
from portal.rules.service import Service
from tests import factories as make
from tests.office.conftest import SignIn
from tests.office.sent import OTHER_PLACE, Clerks
from tests.recipient.conftest import Browser


@pytest.fixture
def person(session: Session) -> Person:
    return make.make_person(session)


def put_on(session: Session, person: Person, which: str) -> Entitlement:
    """An entitlement that belongs on one of the lists."""
    service = Service.WHEELCHAIR if which == "replaced" else Service.INTERPRETER
    entitlement = make.make_programme(session, person, service)
    if which == "blocked":
        entitlement.blocked_on = date(2026, 4, 1)
    else:
        entitlement.starts_on = date(2026, 9, 15)
        entitlement.measure.classifier_code = "501302"
    session.flush()
    return entitlement


@pytest.mark.law("R34.3", "RM.2")
@pytest.mark.parametrize("which", ["blocked", "replaced"])
def test_its_lists(session: Session, person: Person, clerks: Clerks, first: Browser, which: str) -> None:
    assert first.get(f"/office/entitlements/{which}").says("Nobody is on this list now.")
    put_on(session, person, which)
    assert f"/office/entitlements/{which}" in first.get("/office/").html
    page = first.get(f"/office/entitlements/{which}")
    assert person.full_name in page.text
    assert first.get(f"/office/people/{person.id}").status == 200


def test_another_offices_are_not_on_them(session: Session, person: Person, clerks: Clerks, sign_in: SignIn) -> None:
    put_on(session, person, "blocked")
    strangers = Clerks(session, OTHER_PLACE)
    page = sign_in(strangers.first_person, strangers.office).get("/office/entitlements/blocked")
    assert person.full_name not in page.text


@pytest.mark.law("R34.3")
def test_the_blocked_are_found_by_service_and_name(
    session: Session, person: Person, clerks: Clerks, first: Browser
) -> None:
    """With the day, the phone, and the way to activate the choice."""
    put_on(session, person, "blocked")
    page = first.get(f"/office/entitlements/blocked?service=interpreter&name={person.last_name}")
    assert person.full_name in page.text and "1 апреля" in page.text and str(person.phone) in page.text
    assert "«Возобновить выбор»" in page.text
    for query in ("service=assistant", "name=Ешкім"):
        page = first.get(f"/office/entitlements/blocked?{query}")
        assert person.full_name not in page.text
        assert page.says("Nobody on this list fits.")
        assert page.links("/office/entitlements/blocked")
    assert person.full_name in first.get("/office/entitlements/blocked?service=nonsense").text


@pytest.mark.law("R34.1", "RI.1")
@pytest.mark.parametrize("address", ["/office/people/{}", "/office/people/{}/history"])
def test_the_office_sees_what_the_person_sees(
    session: Session, person: Person, clerks: Clerks, first: Browser, later: Callable[[datetime], None], address: str
) -> None:
    """On the last day of the year an assistant can help 8 hours more, whatever the books still hold."""
    entitlement = make.make_programme(session, person, Service.ASSISTANT)
    later(datetime(2026, 12, 31, 10, tzinfo=ALMATY))
    page = first.get(address.format(person.id))
    assert "8 часов" in page.text
    with page.app.test_request_context(), force_locale("ru"):
        book, gone = (
            show.volume(units, Service.ASSISTANT) for units in (entitlement.available, entitlement.available - 480)
        )
    if address.endswith("history"):
        assert page.says("in the books: %(volume)s", volume=book)
    else:
        assert " ".join(gone.split()) in page.text


def test_there_are_no_other_lists(clerks: Clerks, first: Browser) -> None:
    assert first.get("/office/entitlements/all").status == 404


@pytest.mark.law("R26.1", "RM.1")
def test_a_persons_page_shows_days_and_pieces(session: Session, person: Person, clerks: Clerks, first: Browser) -> None:
    stay = make.make_programme(session, person, Service.SANATORIUM)
    stay.granted = stay.available = 14
    cane = make.make_programme(session, person, Service.TECHNICAL_AID)
    cane.granted = cane.available = 2
    cane.measure.classifier_code = "401"
    session.flush()
    page = first.get(f"/office/people/{person.id}")
    assert page.says_number("%(num)s day", "%(num)s days", 14)
    assert page.says_number("%(num)s piece", "%(num)s pieces", 2)
    assert "Тифлотрость" in page.text


class TestMove:
    """The page on which a person is handed over (R83.7)."""

    @pytest.fixture(autouse=True)
    def here(self, session: Session, person: Person, clerks: Clerks) -> None:
        make.make_programme(session, person)

    def test_it_is_found_and_asks_for_everything(self, person: Person, first: Browser) -> None:
        assert f"/office/people/{person.id}/move" in first.get(f"/office/people/{person.id}").html
        assert first.get(f"/office/people/{person.id}/move").status == 200
        page = first.post(f"/office/people/{person.id}/move")
        assert page.status == 422
        assert page.says("Choose the district or city")

    @pytest.mark.law("R83.7")
    def test_both_offices_see_it_in_the_history(
        self, session: Session, person: Person, first: Browser, sign_in: SignIn
    ) -> None:
        answer = first.post(f"/office/people/{person.id}/move", place=OTHER_PLACE, reason="Позвонила сама")
        page = first.get(answer.goes_to)
        assert page.says("Moves between offices")
        assert "Позвонила сама" in page.text
        assert f"/office/people/{person.id}/move" not in page.html
        there = Clerks(session, OTHER_PLACE)
        page = sign_in(there.first_person, there.office).get(f"/office/people/{person.id}")
        assert "Позвонила сама" in page.text

    @pytest.mark.law("R83.7")
    def test_not_to_ones_own_office(self, person: Person, first: Browser) -> None:
        page = first.post(f"/office/people/{person.id}/move", place=make.PLACE, reason="Переезд")
        assert page.status == 422
        assert page.says("This place belongs to your own office. Choose a place of another office.")

    def test_not_of_another_district(self, session: Session, person: Person, sign_in: SignIn) -> None:
        strangers = Clerks(session, OTHER_PLACE)
        browser = sign_in(strangers.first_person, strangers.office)
        assert browser.get(f"/office/people/{person.id}/move").status == 404
        assert browser.post(f"/office/people/{person.id}/move", place=OTHER_PLACE, reason="x").status == 404
