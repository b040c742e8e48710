"""Programmes as they arrive: what is kept, what it gives, who is told, and what is refused."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.db import Database
from portal.models.audit import AuditRow
from portal.models.entitlement import Account, Cause, Entitlement, Posting
from portal.models.message import SmsMessage
from portal.models.person import Person, Representation
from portal.models.programme import Measure, Programme
from portal.operations import entitlements, locks, programmes
from portal.operations.programmes import ProgrammeRefused
from portal.queries import people
from portal.rules.law import RuleViolation
from portal.rules.programmes import NewMeasure, NewProgramme
from portal.rules.service import Service
from tests import apps
from tests import factories as make
from tests.factories import MONDAY
from tests.operations.arriving import YEAR_END, a_measure, a_person, a_programme, a_representative

TODAY = MONDAY.date()
DAYS_LEFT = (YEAR_END - TODAY).days + 1
NEW_YEAR = datetime(2027, 1, 1, 0, 5, tzinfo=ALMATY)


def receive(session: Session, new: NewProgramme, now: datetime = MONDAY) -> Programme:
    return programmes.receive(session, new, ESOBES, now)


def given_by(session: Session, programme: Programme) -> list[Entitlement]:
    """What the programme's measures give, by measure and year."""
    mine = select(Entitlement).join(Measure).where(Measure.programme_id == programme.id)
    return list(session.scalars(mine.order_by(Measure.external_id, Entitlement.year)))


def the_one(session: Session, programme: Programme) -> Entitlement:
    (entitlement,) = given_by(session, programme)
    return entitlement


def sms_to(session: Session, person_id: Any) -> list[SmsMessage]:
    return list(session.scalars(select(SmsMessage).where(SmsMessage.person_id == person_id)))


@pytest.mark.law("R34.1")
def test_an_assistant_is_given_for_every_day_that_is_left_of_the_year(session: Session) -> None:
    entitlement = the_one(session, receive(session, a_programme()))
    assert (entitlement.starts_on, entitlement.ends_on, entitlement.year) == (TODAY, YEAR_END, 2026)
    assert entitlement.granted == entitlement.available == 480 * DAYS_LEFT
    posting = session.scalars(select(Posting).where(Posting.entitlement_id == entitlement.id)).one()
    assert (posting.source, posting.target, posting.cause) == (Account.GRANTED, Account.AVAILABLE, Cause.PROGRAMME)
    assert posting.units == entitlement.granted


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("measure", "starts_on", "ends_on", "minutes"),
    [
        (a_measure(service="interpreter"), TODAY, YEAR_END, 3600),
        (a_measure(service="interpreter", quantity=30, unit="hour"), TODAY, YEAR_END, 1800),
        (a_measure(service="interpreter", quantity=90, unit="hour"), TODAY, YEAR_END, 3600),
        (a_measure(valid_to=date(2026, 3, 11)), TODAY, date(2026, 3, 11), 4800),
        (a_measure(quantity=4, unit="hour_a_day", valid_to=date(2026, 3, 11)), TODAY, date(2026, 3, 11), 2400),
        (a_measure(valid_from=date(2026, 12, 1)), date(2026, 12, 1), YEAR_END, 480 * 31),
        (a_measure(valid_from=date(2027, 12, 1)), date(2027, 12, 1), date(2027, 12, 31), 480 * 31),
        (a_measure(valid_from=date(2020, 1, 1), valid_to=date(2030, 1, 1)), TODAY, YEAR_END, 480 * DAYS_LEFT),
    ],
    ids=[
        "interpreter",
        "fewer hours",
        "never more than the law",
        "shorter",
        "hours a day",
        "later",
        "next year",
        "cut",
    ],
)
def test_what_a_measure_gives(session: Session, measure: Any, starts_on: date, ends_on: date, minutes: int) -> None:
    entitlement = the_one(session, receive(session, a_programme(measure)))
    assert (entitlement.starts_on, entitlement.ends_on) == (starts_on, ends_on)
    assert entitlement.granted == minutes
    assert entitlement.reminder_due_on == date(2026, 4, 2)


def test_days_that_are_over_give_nothing_and_nobody_is_told(session: Session) -> None:
    over: dict[str, Any] = {"valid_from": date(2025, 1, 1), "valid_to": date(2026, 3, 1)}
    goods = a_measure("1", "wheelchair", classifier_code="501302", quantity=1, unit="piece", **over)
    new = a_programme(goods, a_measure("2", **over), **over)
    programme = receive(session, replace(new, valid_to=date(2026, 12, 31)))
    assert given_by(session, programme) == []
    assert len(programme.measures) == 2
    assert sms_to(session, programme.person_id) == []


@pytest.mark.law("R34.1")
def test_person_and_programme_are_kept_as_they_arrive(session: Session) -> None:
    new = a_programme()
    programme = receive(session, new)
    person = session.get_one(Person, programme.person_id)
    assert (person.iin, person.full_name) == (new.person.iin, f"{new.person.last_name} Айгүл Маратқызы")
    assert (person.phone, person.place_code, person.language) == ("+77011234567", make.PLACE, "kk")
    assert programme.office_id == make.office_here(session).id
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == programme.id)).one()
    assert (row.action, row.for_person_id, row.details) == ("receive", person.id, {"version": 1})


def test_a_known_person_is_brought_up_to_date_and_keeps_the_phone(session: Session) -> None:
    known = make.make_person(session, phone="+77010000001", language="ru")
    receive(session, a_programme(person=a_person(iin=known.iin, last_name="Жаңа", phone=None)))
    session.expire(known)
    assert (known.last_name, known.language, known.phone) == ("Жаңа", "kk", "+77010000001")
    receive(session, a_programme(person=a_person(iin=known.iin, phone="+77020000002")))
    assert known.phone == "+77020000002"


@pytest.mark.law("R34.2", "R34.4")
def test_she_is_told_in_her_language_or_the_office_sees_her(session: Session) -> None:
    told = receive(session, a_programme())
    (message,) = sms_to(session, told.person_id)
    assert message.phone == "+77011234567"
    assert "127.0.0.1:8000" in message.text
    untold = receive(session, a_programme(person=a_person(phone=None)))
    assert sms_to(session, untold.person_id) == []


@pytest.mark.law("R34.2")
def test_who_acts_for_her_is_told_when_she_has_no_phone(session: Session) -> None:
    new = a_programme(person=a_person(phone=None), representative=a_representative())
    programme = receive(session, new)
    mother = people.by_iin(session, new.representative.iin if new.representative else "")
    assert mother is not None
    assert [message.phone for message in sms_to(session, mother.id)] == ["+77017654321"]
    row = session.scalars(select(Representation).where(Representation.recipient_id == programme.person_id)).one()
    assert (row.person_id, row.kind, row.valid_from, row.programme_id) == (mother.id, "parent", TODAY, programme.id)
    acts_for = [one.for_person_id for one in people.capacities(session, mother.id, TODAY)]
    assert acts_for == [programme.person_id]


def test_two_programmes_that_name_the_same_mother_are_one_right(session: Session) -> None:
    person, mother = a_person(), a_representative()
    first = receive(session, a_programme(person=person, representative=mother))
    receive(session, a_programme(a_measure(service="interpreter"), person=person, representative=mother))
    known = people.by_iin(session, mother.iin)
    assert known is not None
    assert len(people.capacities(session, known.id, TODAY)) == 1
    assert [one.id for one in people.representatives(session, first.person_id, TODAY)] == [known.id]


@pytest.mark.law("R34.1", "RI.2")
def test_two_interpreters_in_one_year_are_sixty_hours_together(session: Session) -> None:
    person = a_person()
    half, rest = date(2026, 6, 30), date(2026, 7, 1)
    first = receive(session, a_programme(a_measure(service="interpreter", valid_to=half), person=person))
    second = receive(session, a_programme(a_measure(service="interpreter", valid_from=rest), person=person))
    assert the_one(session, first).granted == 3600
    assert given_by(session, second) == []


@pytest.mark.law("R34.1", "RI.2")
def test_days_of_two_programmes_are_given_once(session: Session) -> None:
    person = a_person()
    first = receive(session, a_programme(a_measure(valid_to=date(2026, 6, 30)), person=person))
    second = receive(session, a_programme(a_measure(valid_from=date(2026, 6, 1)), person=person))
    assert the_one(session, first).granted == 480 * ((date(2026, 6, 30) - TODAY).days + 1)
    assert the_one(session, second).granted == 480 * ((YEAR_END - date(2026, 6, 30)).days)


@pytest.mark.law("R34.1", "RI.2")
def test_what_an_ended_measure_left_is_given_by_the_next(session: Session) -> None:
    person = a_person()
    first = receive(session, a_programme(a_measure(service="interpreter"), person=person))
    held = the_one(session, first)
    held.closed_on, held.available, held.returned, held.used = TODAY, 0, 3000, 600
    session.flush()
    second = receive(session, a_programme(a_measure(service="interpreter"), person=person))
    assert the_one(session, second).granted == 3000


@pytest.mark.law("R34.1")
def test_half_days_leave_room_for_another_measure(session: Session) -> None:
    half = a_measure("1", quantity=4, unit="hour_a_day")
    programme = receive(session, new := a_programme(half, a_measure("2")))
    assert [one.granted for one in given_by(session, programme)] == [240 * DAYS_LEFT, 240 * DAYS_LEFT]
    receive(session, replace(new, version=2))
    assert [one.given for one in given_by(session, programme)] == [240 * DAYS_LEFT, 240 * DAYS_LEFT]


@pytest.mark.law("R34.1", "RI.2")
@pytest.mark.parametrize(
    "measures",
    [
        (a_measure(quantity=6, unit="hour_a_day", valid_to=date(2026, 6, 30)), a_measure()),
        (a_measure(valid_from=date(2026, 6, 1)), a_measure(quantity=1, unit="hour_a_day", valid_to=date(2026, 9, 30))),
        (a_measure(quantity=1, unit="hour", valid_to=date(2026, 9, 30)), a_measure()),
        tuple(
            a_measure(service="prosthetics", classifier_code="211002", quantity=pieces, unit="piece")
            for pieces in (2, 6)
        ),
    ],
    ids=["some months of a year", "an hour a day", "an hour in all", "pieces"],
)
def test_a_newer_version_that_says_the_same_takes_nothing(
    session: Session, measures: tuple[NewMeasure, NewMeasure]
) -> None:
    """What the second programme gives was reckoned beside the first: it is not taken from the first afterwards."""
    person = a_person()
    news = [a_programme(one, person=person) for one in measures]
    given = [the_one(session, receive(session, new)).given for new in news]
    again = [receive(session, replace(new, version=2, person=replace(person, address="Жаңа көше, 2"))) for new in news]
    assert [the_one(session, programme).given for programme in again] == given


@pytest.mark.law("R34.1", "RI.3")
def test_two_programmes_of_half_days_give_eight_hours_together(session: Session) -> None:
    half = a_measure(quantity=4, unit="hour_a_day")
    first = receive(session, a_programme(half, person=(person := a_person())))
    second = receive(session, a_programme(half, person=person))
    assert [the_one(session, one).granted for one in (first, second)] == [240 * DAYS_LEFT, 240 * DAYS_LEFT]


@pytest.mark.law("R34.1")
def test_all_that_is_wrong_is_said_at_once_and_nothing_is_kept(session: Session) -> None:
    wrong = a_person(iin="850315400126", language="en", place="999999999")
    new = a_programme(a_measure(valid_to=date(2025, 1, 1)), person=wrong)
    with pytest.raises(ProgrammeRefused) as refused:
        receive(session, new)
    paths = {problem.path for problem in refused.value.problems}
    assert paths == {
        "programme.person.iin",
        "programme.person.language",
        "programme.person.place",
        "programme.measures.0.valid_to",
        "programme.measures.0.valid_from",
    }
    assert session.scalars(select(Programme).where(Programme.number == new.number)).all() == []


@pytest.mark.parametrize("place", ["430000000", "000000000", "43100000", "٤٣١٠٠٠٠٠٠"])
def test_a_place_without_an_office_is_refused(session: Session, place: str) -> None:
    with pytest.raises(ProgrammeRefused):
        receive(session, a_programme(person=a_person(place=place)))


@pytest.mark.parametrize(("place", "office"), [("751110000", "750000000"), ("431010100", "431000000")])
def test_the_office_of_a_place_within_a_city(session: Session, place: str, office: str) -> None:
    programme = receive(session, a_programme(person=a_person(place=place)))
    assert programme.office_id == make.office_here(session, office).id


@pytest.mark.law("R34.1")
@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_is_not_newer_is_refused(session: Session, version: int) -> None:
    new = a_programme(version=2)
    receive(session, new)
    with pytest.raises(RuleViolation, match="already holds version 2"):
        receive(session, replace(new, version=version))


@pytest.mark.law("RI.4")
@pytest.mark.parametrize(("field", "says"), [("died_on", "death"), ("departed_on", "Send the event of the return")])
def test_nothing_is_given_to_the_dead_and_the_departed(session: Session, field: str, says: str) -> None:
    person = make.make_person(session, **{field: date(2026, 2, 1)})
    with pytest.raises(RuleViolation, match=says):
        receive(session, a_programme(person=a_person(iin=person.iin)))


class TestRenewal:
    """The entitlement of one more calendar year (R34.1)."""

    def renewed(self, session: Session, programme: Programme, now: datetime = NEW_YEAR) -> Entitlement | None:
        measure = session.scalars(select(Measure).where(Measure.programme_id == programme.id)).one()
        return entitlements.renew(session, measure, now)

    @pytest.mark.law("R34.1")
    def test_the_new_year_gives_its_own(self, session: Session) -> None:
        programme = receive(session, a_programme())
        entitlement = self.renewed(session, programme)
        assert entitlement is not None
        assert (entitlement.year, entitlement.starts_on) == (2027, date(2027, 1, 1))
        assert entitlement.granted == 480 * 365
        assert entitlement.reminder_due_on == date(2027, 2, 1)

    def test_once(self, session: Session) -> None:
        programme = receive(session, a_programme())
        assert self.renewed(session, programme)
        assert self.renewed(session, programme) is None

    @pytest.mark.law("R42.3")
    def test_a_late_renewal_gives_nothing_for_the_days_that_have_passed(self, session: Session) -> None:
        programme = receive(session, a_programme())
        entitlement = self.renewed(session, programme, NEW_YEAR + timedelta(days=10))
        assert entitlement is not None
        assert (entitlement.starts_on, entitlement.granted) == (date(2027, 1, 11), 480 * 355)

    @pytest.mark.parametrize("over", ["died", "departed", "closed", "measure ended", "goods"])
    def test_not_when_it_is_over(self, session: Session, over: str) -> None:
        measures = {
            "measure ended": a_measure(valid_to=date(2026, 10, 1)),
            "goods": a_measure(service="wheelchair", classifier_code="501302"),
        }
        programme = receive(session, a_programme(measures.get(over, a_measure())))
        person = session.get_one(Person, programme.person_id)
        person.died_on = date(2026, 9, 1) if over == "died" else None
        person.departed_on = date(2026, 9, 1) if over == "departed" else None
        programme.closed_at = MONDAY if over == "closed" else None
        session.flush()
        assert self.renewed(session, programme) is None


@pytest.mark.law("RI.1")
def test_a_balance_that_lies_is_refused_by_the_database(session: Session) -> None:
    entitlement = the_one(session, receive(session, a_programme()))
    locks.entitlement(session, entitlement.id).available -= 1
    with pytest.raises(Exception, match="units_add_up"):
        session.flush()


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run in threads that begin together; what each gave or raised."""
    results: list[object] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(at: int) -> None:
        start.wait(10)
        try:
            results[at] = calls[at]()
        except RuleViolation as violation:
            results[at] = violation

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


class TestAtOnce:
    """Two messages at the same moment, with real connections."""

    @pytest.fixture
    def database(self, fresh_database: str) -> Iterator[Database]:
        database = Database(fresh_database)
        yield database
        database.dispose()

    def keep(self, database: Database, new: NewProgramme) -> Callable[[], object]:
        def run() -> object:
            with apps.words(), database.writes() as session, session.begin():
                return receive(session, new).id

        return run

    def test_of_one_programme_one_is_kept(self, database: Database) -> None:
        new = a_programme()
        results = at_once(*[self.keep(database, new) for _ in range(4)])
        assert sum(isinstance(one, RuleViolation) for one in results) == 3
        with database.writes() as session:
            assert session.scalar(select(func.count()).select_from(Programme)) == 1
            assert session.scalar(select(func.count()).select_from(SmsMessage)) == 1

    @pytest.mark.law("R34.1", "RI.2")
    def test_of_one_person_the_hours_are_given_once(self, database: Database) -> None:
        person = a_person()
        new = [a_programme(a_measure(service="interpreter"), person=person) for _ in range(4)]
        results = at_once(*[self.keep(database, one) for one in new])
        assert len(set(results)) == 4
        with database.writes() as session:
            assert session.scalars(select(Entitlement.granted)).all() == [3600]
            assert session.scalar(select(func.count()).select_from(Person)) == 1

    def test_two_who_act_for_each_other_do_not_block(self, database: Database) -> None:
        one, two = a_person(), a_person()
        for_one = a_representative(iin=two.iin)
        for_two = a_representative(iin=one.iin)
        calls = [
            self.keep(database, a_programme(person=one, representative=for_one)) if at % 2
            else self.keep(database, a_programme(person=two, representative=for_two))
            for at in range(6)
        ]  # fmt: skip
        assert len(set(at_once(*calls))) == 6
        with database.writes() as session:
            assert session.scalar(select(func.count()).select_from(Person)) == 2

    def test_the_service_of_the_year(self, database: Database) -> None:
        new = a_programme(a_measure(service="interpreter"))
        at_once(self.keep(database, new))
        with apps.words(), database.writes() as session:
            measure_id = session.scalars(select(Measure.id)).one()

        def renew() -> object:
            with apps.words(), database.writes() as session, session.begin():
                given = entitlements.renew(session, session.get_one(Measure, measure_id), NEW_YEAR)
                return given is not None

        assert sorted(map(bool, at_once(*[renew] * 4))) == [False, False, False, True]
        with database.writes() as session:
            of_2027 = select(Entitlement.service).where(Entitlement.year == 2027)
            assert session.scalars(of_2027).all() == [Service.INTERPRETER]
