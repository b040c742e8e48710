"""A move to another office: the case goes there with what is left, orders go on where they can."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.actor import ESOBES, SYSTEM, Actor
from portal.clock import ALMATY
from portal.models.audit import AuditRow
from portal.models.entitlement import Entitlement
from portal.models.message import Execution, SmsMessage
from portal.models.office_move import OfficeMove
from portal.models.order import Order
from portal.models.person import Person
from portal.models.programme import Programme
from portal.models.provider import Provider
from portal.operations import answers, contacts, endings, moves, person_events, programmes
from portal.queries import office_people
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.returns import EventKind
from portal.rules.roles import Role
from tests import factories as make
from tests.factories import MONDAY, PLACE
from tests.operations.arriving import a_measure, a_programme, newer
from tests.operations.balances import check_books, check_ledger

ALMATY_CITY, THIRD_PLACE = "750000000", "710000000"
LATER = datetime(2026, 4, 1, 10, tzinfo=ALMATY)
pytestmark = pytest.mark.law("R83.7")


class Case:
    """An interpreter's 60 hours with two orders: one provider also serves the new city, one does not."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.new = a_programme(a_measure(service="interpreter"))
        self.programme = programmes.receive(session, self.new, ESOBES, MONDAY)
        self.entitlement = session.scalars(
            select(Entitlement).where(Entitlement.person_id == self.programme.person_id)
        ).one()
        service = self.entitlement.service
        both = make.make_offer(session, service=service, places=(PLACE, ALMATY_CITY))
        here = make.make_offer(session, service=service, places=(PLACE,))
        self.goes_on = make.make_order(session, self.entitlement, both, minutes=600)
        self.stays = make.make_order(session, self.entitlement, here, minutes=600)
        make.make_entry(session, self.stays, minutes=120)
        self.old, self.office = make.office_here(session), make.office_here(session, ALMATY_CITY)
        self.clerk = Actor(role=Role.OFFICE, person_id=make.make_person(session).id, organisation_id=self.old.id)

    def move(self, place: str = ALMATY_CITY) -> None:
        moves.move(self.session, self.programme.person_id, place, "Өзі айтты", self.clerk, LATER)


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def test_an_order_that_is_closed_stays_as_it_is(session: Session, case: Case) -> None:
    """Its last day had passed; only the undoing of an event opens a closed order again."""
    case.stays.ends_on = date(2026, 3, 20)
    session.flush()
    assert endings.close_order(session, case.stays.id, LATER.date(), LATER)
    case.move()
    assert (case.stays.status, case.stays.reason) == (OrderStatus.CLOSED, "expired")
    assert (case.stays.office_id, case.goes_on.office_id) == (case.old.id, case.office.id)


@pytest.mark.parametrize("by", ["the office", "a newer version"])
@pytest.mark.law("R83.7", "RI.1")
def test_the_case_goes_with_its_remainder(session: Session, case: Case, by: str) -> None:
    if by == "the office":
        case.move()
    else:
        moved = newer(case.new, person=replace(case.new.person, place=ALMATY_CITY))
        programmes.receive(session, moved, ESOBES, LATER)
    person = session.get_one(Person, case.programme.person_id)
    assert person.place_code == ALMATY_CITY
    assert {case.programme.office_id, case.entitlement.office_id, case.goes_on.office_id} == {case.office.id}
    assert (case.goes_on.status, case.goes_on.reserved) == (OrderStatus.ACCEPTED, 600)
    assert (case.stays.status, case.stays.reason, case.stays.office_id) == (
        OrderStatus.CLOSED,
        CloseReason.MOVE,
        case.old.id,
    )
    assert (case.entitlement.reserved, case.entitlement.used, case.entitlement.available) == (600, 120, 2880)
    check_books(session, case.entitlement)
    check_ledger(session)


def test_everybody_learns_of_it(session: Session, case: Case) -> None:
    case.move()
    person_id = case.programme.person_id
    (seen,) = session.scalars(select(OfficeMove).where(OfficeMove.person_id == person_id)).all()
    assert (seen.from_office_id, seen.to_office_id, seen.reason) == (case.old.id, case.office.id, "Өзі айтты")
    told = session.scalars(select(SmsMessage.about).where(SmsMessage.person_id == person_id)).all()
    assert sum(one.startswith("move:") for one in told) == 1
    bodies = session.scalars(select(Execution.body).where(Execution.about.contains(str(case.entitlement.id)))).all()
    (body,) = [one for one in bodies if one["kind"] == "moved"]
    assert (body["place"], body["left"]) == (ALMATY_CITY, 2880 + 600)
    (row,) = session.scalars(select(AuditRow).where(AuditRow.thing_id == person_id, AuditRow.action == "move")).all()
    assert (row.before, row.after) == (str(case.old.id), str(case.office.id))
    assert "Өзі айтты" not in str(row.details)


def test_the_provider_of_an_order_that_ends_is_told_by_sms(session: Session, case: Case) -> None:
    staff = {
        order.id: make.make_staff(session, session.get_one(Provider, order.provider_id))
        for order in (case.stays, case.goes_on)
    }
    case.move()
    told = select(SmsMessage.text).where(SmsMessage.person_id == staff[case.stays.id].id)
    (said,) = session.scalars(told).all()
    assert str(case.stays.number) in said and "01.04.2026" in said
    assert not session.scalars(select(SmsMessage.id).where(SmsMessage.person_id == staff[case.goes_on.id].id)).all()


@pytest.mark.law("R83.6", "R83.7")
def test_so_is_the_recipient_to_whom_nobody_comes_any_more(session: Session, case: Case) -> None:
    case.move()
    ended = SmsMessage.about.contains(":ended:")
    told = select(SmsMessage.text).where(SmsMessage.person_id == case.programme.person_id, ended)
    (said,) = session.scalars(told).all()
    assert str(case.stays.number) in said and "01.04.2026" in said
    person_events.programme_closed(session, case.programme, LATER.date(), ESOBES, LATER)
    assert sum(str(case.goes_on.number) in one for one in session.scalars(told)) == 1


def test_the_row_of_a_move_is_written_once(session: Session, case: Case) -> None:
    case.move()
    session.flush()
    session.execute(text("SET LOCAL ROLE NONE"))
    with pytest.raises(DBAPIError, match="rows of office_moves are written once"):
        session.execute(text("DELETE FROM office_moves"))


def test_both_offices_still_see_the_person_and_only_one_can_move_them_on(session: Session, case: Case) -> None:
    case.move()
    for office in (case.old, case.office):
        assert office_people.get_for_office(session, case.programme.person_id, office.id)
    assert office_people.is_of_district(session, case.programme.person_id, case.office.id)
    with pytest.raises(LookupError):
        case.move(PLACE)


def test_acts_stay_with_the_office_they_were_sent_to(session: Session, case: Case) -> None:
    act = make.make_act(session, case.goes_on)
    case.move()
    assert (act.office_id, case.goes_on.office_id) == (case.old.id, case.office.id)


def test_another_programme_of_the_person_comes_along(session: Session, case: Case) -> None:
    person = replace(case.new.person, place=ALMATY_CITY)
    second = programmes.receive(session, a_programme(person=person), ESOBES, LATER)
    assert {case.programme.office_id, second.office_id} == {case.office.id}


def test_nothing_moves_within_the_same_office(session: Session, case: Case) -> None:
    programmes.receive(session, newer(case.new), ESOBES, LATER)
    assert session.scalars(select(OfficeMove).where(OfficeMove.person_id == case.programme.person_id)).all() == []
    with pytest.raises(RuleViolation, match="your own office"):
        case.move(PLACE)


def test_a_programme_that_is_over_stays(session: Session, case: Case) -> None:
    over = make.make_programme(
        session,
        session.get_one(Person, case.programme.person_id),
        valid_from=date(2024, 1, 1),
        valid_to=date(2026, 3, 31),
    )
    case.move()
    old = session.get_one(Programme, over.measure.programme_id)
    assert old.office_id == case.old.id


def test_the_office_of_a_programme_that_is_over_has_no_say_any_more(session: Session, case: Case) -> None:
    person = session.get_one(Person, case.programme.person_id)
    make.make_programme(session, person, valid_from=date(2024, 1, 1), valid_to=date(2026, 3, 31))
    person.phone = None
    case.move()
    assert not office_people.is_of_district(session, person.id, case.old.id)
    with pytest.raises(LookupError):
        case.move(THIRD_PLACE)
    with pytest.raises(LookupError):
        contacts.reach(session, person.id, contacts.Way.LETTER, "", case.clerk, LATER)
    assert case.entitlement.office_id == case.office.id
    assert person.place_code == ALMATY_CITY


@pytest.mark.law("R83.7", "R83.6")
def test_what_lasts_again_after_a_mistake_is_with_the_new_office(session: Session, case: Case) -> None:
    person = session.get_one(Person, case.programme.person_id)
    person_events.departed(session, person, MONDAY.date(), ESOBES, LATER)
    case.move()
    assert case.entitlement.office_id == case.old.id
    with pytest.raises(LookupError):
        person_events.undo(session, person.id, EventKind.DEPARTURE, "Қате", case.clerk, LATER)
    theirs = replace(case.clerk, organisation_id=case.office.id)
    person_events.undo(session, person.id, EventKind.DEPARTURE, "Қате", theirs, LATER)
    assert {case.entitlement.office_id, case.goes_on.office_id} == {case.office.id}
    assert (case.goes_on.status, case.stays.status) == (OrderStatus.ACCEPTED, OrderStatus.CLOSED)
    assert (case.stays.reason, case.stays.office_id) == (CloseReason.MOVE, case.old.id)
    check_books(session, case.entitlement)
    check_ledger(session)


@pytest.mark.parametrize("place", ["", "000000000", "abc"])
def test_there_has_to_be_an_office_there(session: Session, case: Case, place: str) -> None:
    with pytest.raises(RuleViolation, match="no employment office"):
        case.move(place)
    assert session.get_one(Order, case.stays.id).status is OrderStatus.ACCEPTED


@pytest.mark.law("R83.6", "R83.7")
def test_an_order_that_is_over_does_not_keep_the_person_where_they_were(session: Session, case: Case) -> None:
    answers.close(session, case.stays, case.entitlement, CloseReason.EXPIRED, MONDAY.date(), SYSTEM, MONDAY)
    case.move()
    assert case.entitlement.office_id == case.office.id
    assert (case.stays.status, case.stays.reason) == (OrderStatus.CLOSED, CloseReason.EXPIRED)
    check_ledger(session)
