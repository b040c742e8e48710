"""People of the district: found by name, reached without a phone (R34.4); the objections that they raise."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit import commitment
from portal.models.audit import AuditRow, JournalValue
from portal.models.person import Person
from portal.operations import objections
from portal.queries import office_people
from portal.rules.objections import Settlement
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from portal.rules.service_log import ObjectionReason
from tests import factories as make
from tests.office.conftest import SignIn, statements
from tests.office.sent import CHECKED, OTHER_PLACE, Clerks, Sent
from tests.recipient.conftest import Browser

TODAY = CHECKED.date()


@pytest.fixture
def silent(session: Session) -> Person:
    """Somebody without a phone who has an assistant to choose."""
    person = make.make_person(session, phone=None, last_name="Үнсіз")
    make.make_programme(session, person)
    return person


def listed(session: Session, clerks: Clerks) -> list[Person]:
    """The worklist."""
    return [row.person for row in office_people.unreached(session, clerks.office.id, TODAY, 1).rows]


@pytest.mark.law("R34.4")
def test_who_has_no_phone_is_on_the_list(session: Session, silent: Person, clerks: Clerks, first: Browser) -> None:
    make.make_offer(session)
    with_phone = make.make_person(session)
    make.make_programme(session, with_phone)
    represented = make.make_person(session, phone=None)
    make.make_programme(session, represented)
    make.make_representative(session, represented)
    dead = make.make_person(session, phone=None, died_on=date(2026, 3, 1))
    make.make_programme(session, dead)
    assert listed(session, clerks) == [silent]
    row = office_people.unreached(session, clerks.office.id, TODAY, 1).rows[0]
    assert [(one.entitlement.service, one.providers) for one in row.may_choose] == [(Service.ASSISTANT, 1)]
    page = first.get("/office/people/without-phone")
    assert page.status == 200 and silent.full_name in page.text
    assert page.says("To be reached")


@pytest.mark.law("R34.4")
def test_whose_representative_has_died_is_on_the_list(session: Session, clerks: Clerks) -> None:
    child = make.make_person(session, phone=None)
    make.make_programme(session, child)
    mother = make.make_representative(session, child)
    assert listed(session, clerks) == []
    mother.died_on = date(2026, 3, 1)
    session.flush()
    assert listed(session, clerks) == [child]


@pytest.mark.law("R34.4")
def test_who_has_nothing_to_choose_is_not(session: Session, silent: Person, clerks: Clerks) -> None:
    entitlement = office_people.entitlements(session, silent.id, clerks.office.id)[0]
    order = make.make_order(session, entitlement, status=OrderStatus.PLACED)
    assert listed(session, clerks) == []
    order.status = OrderStatus.DECLINED
    session.flush()
    assert listed(session, clerks) == [silent]
    entitlement.closed_on = TODAY
    session.flush()
    assert listed(session, clerks) == []


@pytest.mark.law("R34.4")
def test_a_representative_whose_time_is_over_does_not_count(session: Session, silent: Person, clerks: Clerks) -> None:
    parent = make.make_representative(session, silent)
    assert listed(session, clerks) == []
    parent.phone = ""
    session.flush()
    assert listed(session, clerks) == [silent]


@pytest.mark.law("R34.4", "RI.6")
def test_reached_another_way(session: Session, silent: Person, clerks: Clerks, first: Browser) -> None:
    address = f"/office/people/{silent.id}/reached"
    assert first.get(address).status == 200
    assert first.post(address).status == 422
    assert first.post(address, way="pigeon").status == 422
    assert first.post(address, way="other").status == 422, "in which way, then?"
    assert first.post(address, way="letter", note="Хат жіберілді").goes_to == "/office/people/without-phone"
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == silent.id, AuditRow.action == "reach")).one()
    assert (row.person_id, row.for_person_id) == (clerks.first_person.id, silent.id)
    assert row.details["way"] == "letter"
    kept = session.get_one(JournalValue, row.details["note"])
    assert (kept.value, commitment(kept.salt, kept.value)) == ("Хат жіберілді", row.details["note"])
    assert listed(session, clerks) == [silent], "still without a phone"
    since = CHECKED - timedelta(days=31)
    assert office_people.count_unreached(session, clerks.office.id, TODAY, since) == 0
    assert office_people.count_unreached(session, clerks.office.id, TODAY, CHECKED + timedelta(days=1)) == 1
    assert first.get("/office/people/without-phone").says("Reached")


@pytest.mark.law("R34.4")
def test_who_was_never_reached_comes_first(session: Session, silent: Person, clerks: Clerks, first: Browser) -> None:
    first.post(f"/office/people/{silent.id}/reached", way="visit")
    never = make.make_person(session, phone="", last_name="Яковлев")
    make.make_programme(session, never)
    assert listed(session, clerks) == [never, silent]


def test_who_has_a_phone_by_now_is_not_reached_another_way(session: Session, silent: Person, first: Browser) -> None:
    silent.phone = "+77011112233"
    page = first.post(f"/office/people/{silent.id}/reached", way="visit")
    assert page.status == 422
    assert page.says("This person has a phone by now, so the portal sends an SMS.")


def test_people_are_found_by_name(session: Session, silent: Person, first: Browser) -> None:
    other = make.make_person(session, last_name="Қайсар")
    make.make_programme(session, other)
    page = first.get("/office/people?name=үнсі айг")
    assert silent.full_name in page.text and other.full_name not in page.text
    assert first.get("/office/people?name=жоқ%25").says(
        "Nobody of this name is in the district. Try a part of the last name."
    )


@pytest.mark.law("RI.6")
def test_a_persons_page_and_that_it_was_opened(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    address = f"/office/people/{sent.recipient.id}"
    page = first.get(address)
    assert page.status == 200
    for text in (sent.recipient.iin, str(sent.order.number), str(sent.act.number), sent.provider.name_ru):
        assert text in page.text
    first.get(address)
    looks = select(AuditRow).where(AuditRow.thing_id == sent.recipient.id, AuditRow.action == "look")
    assert [row.person_id for row in session.scalars(looks)] == [clerks.first_person.id]


def test_another_districts_people_are_not_found(session: Session, sent: Sent, silent: Person, sign_in: SignIn) -> None:
    strangers = Clerks(session, OTHER_PLACE)
    browser = sign_in(strangers.first_person, strangers.office)
    for person in (sent.recipient, silent, strangers.first_person):
        assert browser.get(f"/office/people/{person.id}").status == 404
        assert browser.get(f"/office/people/{person.id}/reached").status == 404
        assert browser.post(f"/office/people/{person.id}/reached", way="visit").status == 404
    assert silent.full_name not in browser.get("/office/people/without-phone").text
    assert silent.full_name not in browser.get("/office/people").text


def test_the_worklist_asks_as_much_for_many_as_for_one(session: Session, silent: Person, first: Browser) -> None:
    with statements(session) as few:
        first.get("/office/people/without-phone")
    for _ in range(5):
        make.make_programme(session, make.make_person(session, phone=None))
    with statements(session) as many:
        first.get("/office/people/without-phone")
    assert len(many) == len(few)


@pytest.fixture
def objected(session: Session) -> Sent:
    """A visit after the act, to which the recipient objects."""
    sent = Sent(session)
    entry = sent.visit(20, 9, 60)
    sent.entries.append(entry)
    objections.object_to(
        session, entry.id, ObjectionReason.SHORTER, "Жарты сағат", make.as_recipient(sent.recipient), CHECKED
    )
    return sent


@pytest.mark.law("R42.5")
def test_objections_are_listed_and_settled(session: Session, objected: Sent, clerks: Clerks, first: Browser) -> None:
    entry = objected.entries[-1]
    address = f"/office/objections/{entry.id}"
    assert first.get("/office/objections").links(address)
    page = first.get(address)
    assert page.status == 200 and "Жарты сағат" in page.text
    for given in ({}, {"settlement": "struck"}, {"settlement": "withdrawn", "note": "Жоқ"}, {"note": "Жоқ"}):
        assert first.post(address, **given).status == 422, given
    assert first.post(address, settlement="stands", note="Екі жақ тыңдалды").goes_to == "/office/objections"
    session.refresh(entry)
    assert entry.settlement == Settlement.STANDS
    assert not first.get("/office/objections").links(address)
    assert first.get(address).says("The office decided that the visit stands")
    again = first.post(address, settlement="struck", note="Қайта")
    assert again.status == 422


@pytest.mark.law("R42.5", "RI.1")
def test_a_struck_visit_gives_its_minutes_back(session: Session, objected: Sent, first: Browser) -> None:
    entry = objected.entries[-1]
    before = objected.order.used
    first.post(f"/office/objections/{entry.id}", settlement="struck", note="Келмеген")
    session.refresh(objected.order)
    assert objected.order.used == before - entry.minutes


def test_another_districts_objections_are_not_found(session: Session, objected: Sent, sign_in: SignIn) -> None:
    strangers = Clerks(session, OTHER_PLACE)
    browser = sign_in(strangers.first_person, strangers.office)
    address = f"/office/objections/{objected.entries[-1].id}"
    assert browser.get(address).status == 404
    assert browser.post(address, settlement="struck", note="Жоқ").status == 404
    assert not browser.get("/office/objections").links(address)


def test_a_visit_without_an_objection_is_not_shown(sent: Sent, first: Browser) -> None:
    assert first.get(f"/office/objections/{sent.entries[0].id}").status == 404


@pytest.mark.law("R83.4", "R83.7", "R83.9")
def test_the_office_sees_the_chain_of_a_ranked_choice_and_the_reasons(
    session: Session, clerks: Clerks, first: Browser
) -> None:
    entitlement = make.make_programme(session)
    asked = make.make_order(
        session, entitlement, status=OrderStatus.DECLINED, choices=2, reason="fully_loaded", note="Мамырға дейін"
    )
    after = make.make_order(session, entitlement, first_id=asked.id, rank=2, choices=2)
    page = first.get(f"/office/people/{entitlement.person_id}")
    assert page.status == 200
    assert page.says("choice %(rank)s of %(choices)s", rank=1, choices=2)
    assert page.says("choice %(rank)s of %(choices)s", rank=2, choices=2)
    assert page.says("after order %(number)s", number=asked.number)
    assert page.says("Our specialists have no free hours") and "Мамырға дейін" in page.text
    assert str(after.number) in page.text
