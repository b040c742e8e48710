"""A newer version of a programme: person, measures and minutes are brought to what it says."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.models.entitlement import Account, Cause, Entitlement, Posting
from portal.models.message import Execution, SmsMessage
from portal.models.person import Person
from portal.models.programme import Measure, Programme
from portal.operations import answers, endings, mass_endings, person_events, programmes
from portal.operations.programmes import ProgrammeRefused
from portal.queries import people, returns
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import CloseReason, StopReason
from portal.rules.orders import OrderStatus
from portal.rules.programmes import NewProgramme
from tests import factories as make
from tests.factories import MONDAY
from tests.operations.arriving import YEAR_END, a_measure, a_person, a_programme, a_representative, newer
from tests.operations.balances import check_books

TODAY = MONDAY.date()
LATER = datetime(2026, 4, 1, 10, tzinfo=ALMATY)
HOURS = 60
pytestmark = pytest.mark.law("R34.1")


def receive(session: Session, new: NewProgramme, now: datetime = LATER) -> Programme:
    return programmes.receive(session, new, ESOBES, now)


def given_by(session: Session, programme: Programme) -> list[Entitlement]:
    mine = select(Entitlement).join(Measure).where(Measure.programme_id == programme.id)
    found = list(session.scalars(mine.order_by(Measure.external_id, Entitlement.year)))
    for one in found:
        check_books(session, one)
    return found


def the_one(session: Session, programme: Programme) -> Entitlement:
    (entitlement,) = given_by(session, programme)
    return entitlement


def an_interpreter(hours: int | None = None, **given: Any) -> Any:
    volume: dict[str, Any] = {"quantity": hours, "unit": "hour"} if hours else {}
    return a_measure(service="interpreter", **volume, **given)


@pytest.fixture
def held(session: Session) -> NewProgramme:
    """An interpreter for 30 hours, held since a Monday in March."""
    new = a_programme(an_interpreter(30))
    receive(session, new, MONDAY)
    return new


def test_it_is_the_same_programme_in_its_newer_version(session: Session, held: NewProgramme) -> None:
    old = session.scalars(select(Programme).where(Programme.number == held.number)).one()
    new = newer(held, version=7, valid_to=date(2028, 1, 1), person=replace(held.person, last_name="Жаңа", phone=None))
    programme = receive(session, new)
    assert (programme.id, programme.version, programme.valid_to) == (old.id, 7, date(2028, 1, 1))
    person = session.get_one(Person, programme.person_id)
    assert (person.last_name, person.phone) == ("Жаңа", "+77011234567")


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_is_not_newer_changes_nothing(session: Session, held: NewProgramme, version: int) -> None:
    receive(session, newer(held))
    with pytest.raises(RuleViolation, match="already holds version 2"):
        receive(session, replace(held, version=version, measures=(an_interpreter(10),)))


def test_of_another_person_it_is_refused(session: Session, held: NewProgramme) -> None:
    with pytest.raises(ProgrammeRefused) as refused:
        receive(session, newer(held, person=a_person()))
    assert [one.path for one in refused.value.problems] == ["programme.person.iin"]


def test_a_measure_does_not_become_another_service(session: Session, held: NewProgramme) -> None:
    with pytest.raises(ProgrammeRefused) as refused:
        receive(session, newer(held, a_measure("2"), a_measure("1", "assistant")))
    assert [one.path for one in refused.value.problems] == ["programme.measures.1.service"]


class TestVolume:
    """More or fewer minutes."""

    def test_more_are_available_at_once(self, session: Session, held: NewProgramme) -> None:
        programme = receive(session, newer(held, an_interpreter(50)))
        entitlement = the_one(session, programme)
        assert (entitlement.granted, entitlement.available) == (50 * HOURS, 50 * HOURS)
        last = session.scalars(
            select(Posting).where(Posting.entitlement_id == entitlement.id).order_by(Posting.id.desc()).limit(1)
        ).one()
        assert (last.source, last.target, last.cause) == (Account.GRANTED, Account.AVAILABLE, Cause.PROGRAMME)
        assert last.units == 20 * HOURS

    def test_fewer_take_back_what_is_free(self, session: Session, held: NewProgramme) -> None:
        entitlement = the_one(session, receive(session, newer(held, an_interpreter(10))))
        assert (entitlement.granted, entitlement.available) == (30 * HOURS, 10 * HOURS)
        assert entitlement.returned == 20 * HOURS

    @pytest.mark.law("RI.1")
    def test_never_what_is_set_aside_or_used(self, session: Session, held: NewProgramme) -> None:
        programme = session.scalars(select(Programme).where(Programme.number == held.number)).one()
        entitlement = the_one(session, programme)
        order = make.make_order(session, entitlement, minutes=20 * HOURS)
        make.make_entry(session, order, minutes=5 * HOURS)
        entitlement = the_one(session, receive(session, newer(held, an_interpreter(10))))
        assert (entitlement.available, entitlement.returned) == (0, 10 * HOURS)
        assert (entitlement.reserved, entitlement.used) == (15 * HOURS, 5 * HOURS)
        assert (order.status, order.reserved) == (OrderStatus.ACCEPTED, 15 * HOURS)

    @pytest.mark.law("RI.1", "R83.6")
    def test_what_an_order_frees_later_went_back_because_of_it(self, session: Session, held: NewProgramme) -> None:
        """However the rest ends afterwards: the office sees what the programme took, and what expired."""
        programme = session.scalars(select(Programme).where(Programme.number == held.number)).one()
        entitlement = the_one(session, programme)
        order = make.make_order(session, entitlement, minutes=20 * HOURS)
        receive(session, newer(held, an_interpreter(10)))
        she = make.as_recipient(entitlement.person)
        answers.stop(session, order.id, StopReason.BAD_QUALITY, "", she, LATER)
        endings.expire(session, entitlement.id, date(2027, 1, 2), LATER)
        session.flush()
        found = {one.reason: one.units for one in returns.by_reason(session, entitlement.office_id)}
        assert found == {returns.LOWERED: 20 * HOURS, "expired": 10 * HOURS}

    @pytest.mark.law("R34.3")
    def test_who_has_nothing_left_to_choose_is_not_asked_to(self, session: Session, held: NewProgramme) -> None:
        programme = session.scalars(select(Programme).where(Programme.number == held.number)).one()
        entitlement = the_one(session, programme)
        order = make.make_order(session, entitlement, minutes=20 * HOURS)
        make.make_entry(session, order, minutes=5 * HOURS)
        answers.stop(session, order.id, StopReason.NOT_BEGUN, "", make.as_recipient(order.recipient), MONDAY)
        assert entitlement.reminder_due_on is not None
        second = newer(held, an_interpreter(5))
        assert the_one(session, receive(session, second)).reminder_due_on is None
        assert the_one(session, receive(session, newer(second, an_interpreter(6)))).reminder_due_on is not None

    def test_what_went_back_comes_again_first(self, session: Session, held: NewProgramme) -> None:
        second = newer(held, an_interpreter(10))
        receive(session, second)
        entitlement = the_one(session, receive(session, newer(second, an_interpreter(40))))
        assert (entitlement.granted, entitlement.available) == (40 * HOURS, 40 * HOURS)
        assert entitlement.returned == 0

    def test_the_same_changes_no_minute(self, session: Session, held: NewProgramme) -> None:
        entitlement = the_one(session, receive(session, newer(held)))
        count = select(Posting).where(Posting.entitlement_id == entitlement.id)
        assert len(session.scalars(count).all()) == 1


class TestDays:
    """A longer or a shorter time."""

    def assistant(self, session: Session, **days: date) -> NewProgramme:
        new = a_programme(a_measure(valid_to=date(2026, 6, 30)), **days)
        receive(session, new, MONDAY)
        return new

    def test_a_longer_one_gives_its_days(self, session: Session) -> None:
        old = self.assistant(session)
        entitlement = the_one(session, receive(session, newer(old, a_measure(valid_to=date(2026, 7, 31)))))
        assert entitlement.ends_on == date(2026, 7, 31)
        assert entitlement.available == 480 * ((date(2026, 7, 31) - TODAY).days + 1)

    def test_a_shorter_one_takes_its_days_back(self, session: Session) -> None:
        old = self.assistant(session)
        entitlement = the_one(session, receive(session, newer(old, a_measure(valid_to=date(2026, 5, 31)))))
        assert (entitlement.ends_on, entitlement.closed_on) == (date(2026, 5, 31), None)
        assert entitlement.returned == 480 * 30

    def test_the_programmes_own_days_count_as_well(self, session: Session) -> None:
        old = self.assistant(session)
        entitlement = the_one(session, receive(session, newer(old, valid_to=date(2026, 5, 31))))
        assert entitlement.ends_on == date(2026, 5, 31)

    @pytest.mark.law("RI.4", "R83.6")
    def test_one_that_is_over_already_ends_on_its_last_day(self, session: Session) -> None:
        old = self.assistant(session)
        programme = session.scalars(select(Programme).where(Programme.number == old.number)).one()
        order = make.make_order(session, the_one(session, programme))
        before = make.make_entry(session, order, day=date(2026, 3, 10))
        after = make.make_entry(session, order, day=date(2026, 3, 11))
        receive(session, newer(old, a_measure(valid_to=date(2026, 3, 10))))
        entitlement = the_one(session, programme)
        assert (entitlement.closed_on, entitlement.close_reason) == (date(2026, 3, 10), CloseReason.EXPIRED)
        assert (order.status, order.ended_on) == (OrderStatus.CLOSED, date(2026, 3, 10))
        assert (before.struck_at, after.struck_at) == (None, LATER)
        assert entitlement.used == 120

    def test_one_that_begins_later_waits(self, session: Session) -> None:
        old = self.assistant(session)
        entitlement = the_one(session, receive(session, newer(old, a_measure(valid_from=date(2026, 10, 1)))))
        assert (entitlement.starts_on, entitlement.ends_on) == (date(2026, 10, 1), YEAR_END)
        assert entitlement.available == 480 * 92

    def test_one_that_begins_in_another_year_ends_in_this(self, session: Session) -> None:
        old = self.assistant(session)
        programme = receive(session, newer(old, a_measure(valid_from=date(2027, 10, 1))))
        this, next_one = given_by(session, programme)
        assert (this.closed_on, this.close_reason) == (LATER.date(), CloseReason.PROGRAMME_CLOSED)
        assert (next_one.starts_on, next_one.available) == (date(2027, 10, 1), 480 * 92)

    def test_one_that_begins_sooner_than_it_said(self, session: Session) -> None:
        old = a_programme(a_measure(valid_from=date(2026, 10, 1)))
        receive(session, old, MONDAY)
        entitlement = the_one(session, receive(session, newer(old, a_measure())))
        assert (entitlement.starts_on, entitlement.available) == (LATER.date(), 480 * 275)

    @pytest.mark.law("R42.3")
    def test_one_that_had_expired_lasts_again_from_today(self, session: Session) -> None:
        old = a_programme(an_interpreter(valid_to=date(2026, 3, 20)))
        programme = receive(session, old, MONDAY)
        entitlement = the_one(session, programme)
        make.make_entry(session, make.make_order(session, entitlement, minutes=10 * HOURS), minutes=4 * HOURS)
        assert endings.expire(session, entitlement.id, LATER.date(), LATER)
        assert entitlement.available == 0
        receive(session, newer(old, an_interpreter()))
        assert the_one(session, programme) is entitlement
        assert (entitlement.closed_on, entitlement.close_reason, entitlement.ends_on) == (None, None, YEAR_END)
        assert (entitlement.available, entitlement.used) == (56 * HOURS, 4 * HOURS)
        assert entitlement.reminder_due_on == date(2026, 5, 1)

    @pytest.mark.law("R42.3")
    def test_an_assistant_again_gives_the_days_that_are_left(self, session: Session) -> None:
        old = a_programme(a_measure(valid_to=date(2026, 3, 20)))
        programme = receive(session, old, MONDAY)
        endings.expire(session, the_one(session, programme).id, LATER.date(), LATER)
        receive(session, newer(old, a_measure(valid_to=date(2026, 4, 10))))
        assert the_one(session, programme).available == 480 * 10

    def test_a_year_that_was_over_is_left_as_it_was(self, session: Session) -> None:
        old = a_programme(a_measure())
        programme = receive(session, old, MONDAY)
        new_year = datetime(2027, 1, 2, 9, tzinfo=ALMATY)
        endings.expire(session, the_one(session, programme).id, new_year.date(), new_year)
        receive(session, newer(old), new_year)
        first, second = given_by(session, programme)
        assert (first.closed_on, first.close_reason) == (YEAR_END, CloseReason.EXPIRED)
        assert (second.year, second.closed_on) == (2027, None)


class TestMeasures:
    """Measures that come, go and come again."""

    def test_a_new_one_gives_from_today_and_she_is_told(self, session: Session, held: NewProgramme) -> None:
        programme = receive(session, newer(held, *held.measures, a_measure("2")))
        _old, new = given_by(session, programme)
        assert (new.starts_on, new.available) == (LATER.date(), 480 * 275)
        told = session.scalars(select(SmsMessage.about).where(SmsMessage.person_id == programme.person_id)).all()
        assert sorted(told) == [f"programme:{programme.id}:1", f"programme:{programme.id}:2"]

    def test_she_is_not_told_of_what_she_knows(self, session: Session, held: NewProgramme) -> None:
        programme = receive(session, newer(held, an_interpreter(50)))
        told = session.scalars(select(SmsMessage.about).where(SmsMessage.person_id == programme.person_id)).all()
        assert told == [f"programme:{programme.id}:1"]

    @pytest.mark.law("R34.2", "R34.4")
    def test_she_is_told_once_her_phone_is_known(self, session: Session) -> None:
        old = a_programme(person=a_person(phone=None))
        programme = receive(session, old, MONDAY)
        receive(session, newer(old, person=replace(old.person, phone="+77013334455")))
        (told,) = session.scalars(select(SmsMessage).where(SmsMessage.person_id == programme.person_id)).all()
        assert (told.phone, told.about) == ("+77013334455", f"programme:{programme.id}:2")

    @pytest.mark.law("R83.6")
    def test_one_that_is_gone_ends_today(self, session: Session) -> None:
        old = a_programme(a_measure("1"), a_measure("2", "interpreter"))
        programme = receive(session, old, MONDAY)
        assistant, _interpreter = given_by(session, programme)
        order = make.make_order(session, assistant)
        entry = make.make_entry(session, order, day=LATER.date())
        receive(session, newer(old, old.measures[1]))
        assistant, interpreter = given_by(session, programme)
        assert (assistant.closed_on, assistant.close_reason) == (LATER.date(), CloseReason.PROGRAMME_CLOSED)
        assert (order.status, order.ended_on, entry.struck_at) == (OrderStatus.CLOSED, LATER.date(), None)
        assert (assistant.available, assistant.used) == (0, 120)
        assert interpreter.closed_on is None
        told = session.scalars(select(Execution.body).where(Execution.about.startswith("entitlement:"))).all()
        assert [one["reason"] for one in told if one["programme"] == old.number] == ["programme_closed"]

    def test_one_that_is_gone_is_not_renewed(self, session: Session, held: NewProgramme) -> None:
        programme = receive(session, newer(held, a_measure("2")))
        gone = session.scalars(select(Measure).where(Measure.external_id == "1", Measure.programme_id == programme.id))
        assert gone.one().valid_to == LATER.date()

    def test_one_that_gave_nothing_leaves_no_trace(self, session: Session) -> None:
        old = a_programme(a_measure("1", "interpreter"), a_measure("2", "interpreter"))
        programme = receive(session, old, MONDAY)
        receive(session, newer(old, a_measure("1", "interpreter")))
        assert [one.external_id for one in programme.measures] == ["1"]

    def test_one_that_is_there_again_lasts_again(self, session: Session, held: NewProgramme) -> None:
        without = newer(held, a_measure("2"))
        programme = receive(session, without)
        tomorrow = LATER + timedelta(days=1)
        receive(session, newer(without, *held.measures, a_measure("2")), tomorrow)
        again, _other = given_by(session, programme)
        assert (again.closed_on, again.available) == (None, 30 * HOURS)

    @pytest.mark.parametrize("service", ["prosthetics", "interpreter"])
    def test_one_that_was_to_begin_later_lasts_again_from_an_earlier_day(self, session: Session, service: str) -> None:
        """It was to begin in June, is taken out, and comes again for the days up to May."""
        code = "211002" if service == "prosthetics" else None
        june = a_measure(service=service, classifier_code=code, valid_from=date(2026, 6, 20))
        new = a_programme(june, a_measure("2"))
        receive(session, new, MONDAY)
        receive(session, without := newer(new, a_measure("2")), MONDAY)
        earlier = replace(june, valid_from=date(2026, 1, 1), valid_to=date(2026, 5, 31))
        programme = receive(session, newer(without, earlier, a_measure("2")))
        again, _assistant = given_by(session, programme)
        assert (again.starts_on, again.ends_on, again.closed_on) == (LATER.date(), date(2026, 5, 31), None)

    @pytest.mark.law("RI.2")
    def test_shortened_while_another_programme_gives_all_of_it(self, session: Session) -> None:
        """What it has left of its days ends with it, though it gives nothing more."""
        new = a_programme(a_measure(service="prosthetics", classifier_code="211002"))
        receive(session, new, MONDAY)
        later = replace(new.measures[0], valid_from=date(2027, 6, 1))
        receive(session, without := newer(new, later), MONDAY)
        receive(session, other := a_programme(*new.measures, person=new.person), MONDAY)
        receive(session, newer(other, replace(other.measures[0], quantity=2, unit="piece")), MONDAY)
        shorter = replace(later, valid_from=date(2027, 3, 1), valid_to=date(2027, 5, 31))
        one = the_one(session, receive(session, newer(without, shorter)))
        assert (one.starts_on, one.ends_on) == (date(2027, 3, 1), date(2027, 5, 31))

    def test_a_year_that_the_programme_no_longer_reaches_is_over(self, session: Session) -> None:
        """It was to begin in 2027 and is now for 2026 alone."""
        next_year = an_interpreter(valid_from=date(2027, 1, 1))
        receive(session, new := a_programme(next_year), MONDAY)
        this_year = replace(next_year, valid_from=date(2026, 1, 1), valid_to=YEAR_END)
        one, other = given_by(session, receive(session, newer(new, this_year)))
        assert (one.year, one.closed_on, one.available) == (2026, None, 60 * HOURS)
        assert (other.year, other.closed_on, other.available) == (2027, LATER.date(), 0)

    def test_goods_that_begin_in_an_earlier_year_stand_under_it(self, session: Session) -> None:
        later = a_measure(service="prosthetics", classifier_code="211002", valid_from=date(2027, 2, 1))
        receive(session, new := a_programme(later), MONDAY)
        one = the_one(session, receive(session, newer(new, replace(later, valid_from=date(2026, 1, 1)))))
        assert (one.year, one.starts_on) == (2026, LATER.date())

    def test_a_closed_programme_lives_again_in_its_newer_version(self, session: Session, held: NewProgramme) -> None:
        programme = session.scalars(select(Programme).where(Programme.number == held.number)).one()
        person_events.programme_closed(session, programme, LATER.date(), ESOBES, LATER)
        assert the_one(session, programme).returned == 30 * HOURS
        receive(session, newer(held))
        assert (programme.closed_at, the_one(session, programme).available) == (None, 30 * HOURS)

    def test_who_came_back_is_served_again(self, session: Session, held: NewProgramme) -> None:
        programme = session.scalars(select(Programme).where(Programme.number == held.number)).one()
        person = session.get_one(Person, programme.person_id)
        person_events.departed(session, person, date(2026, 3, 10), ESOBES, LATER)
        with pytest.raises(RuleViolation, match="return first"):
            receive(session, newer(held))
        person_events.came_back(session, person, LATER.date(), ESOBES, LATER)
        receive(session, newer(held))
        assert the_one(session, programme).available == 30 * HOURS


@pytest.mark.law("R42.4", "R83.6")
class TestWhatEndsTwice:
    """What has ended, lasts again and ends on the same day went back twice: E-Sobes learns it each time."""

    def returned(self, session: Session, entitlement: Entitlement) -> list[tuple[str, str]]:
        mine = select(Execution.body).where(Execution.about.startswith(f"entitlement:{entitlement.id}:returned:"))
        return [(one["reason"], one["on"]) for one in session.scalars(mine.order_by(Execution.sequence))]

    def test_a_measure_that_is_gone_there_and_gone_again(self, session: Session, held: NewProgramme) -> None:
        without = newer(held, a_measure("2"))
        again = newer(without, *held.measures, a_measure("2"))
        programme = receive(session, without)
        receive(session, again, LATER + timedelta(hours=1))
        receive(session, newer(again, a_measure("2")), LATER + timedelta(hours=2))
        entitlement, _other = given_by(session, programme)
        assert (entitlement.closed_on, entitlement.available) == (LATER.date(), 0)
        assert self.returned(session, entitlement) == [("programme_closed", "2026-04-01")] * 2

    def test_a_measure_that_is_shortened_to_the_same_day_again(self, session: Session, held: NewProgramme) -> None:
        short = newer(held, an_interpreter(30, valid_to=date(2026, 3, 20)))
        long = newer(short, *held.measures)
        entitlement = the_one(session, receive(session, short))
        receive(session, long, LATER + timedelta(days=1))
        assert entitlement.closed_on is None
        receive(session, newer(long, *short.measures), LATER + timedelta(days=5))
        assert self.returned(session, entitlement) == [("expired", "2026-03-20")] * 2

    @pytest.mark.parametrize("in_a_set", [False, True])
    def test_a_last_day_that_passes_after_all(self, session: Session, held: NewProgramme, in_a_set: bool) -> None:
        """The measure ended today; it is there again, but only until tonight."""
        without = newer(held, a_measure("2"))
        programme = receive(session, without)
        until_tonight = an_interpreter(30, valid_to=LATER.date())
        receive(session, newer(without, until_tonight, a_measure("2")), LATER + timedelta(hours=1))
        entitlement, _other = given_by(session, programme)
        assert (entitlement.closed_on, entitlement.available) == (None, 30 * HOURS)
        tomorrow = LATER + timedelta(days=1)
        for _ in range(2):
            if in_a_set:
                mass_endings.expire(session, [entitlement.id], tomorrow)
                session.expire_all()
            else:
                endings.expire(session, entitlement.id, tomorrow.date(), tomorrow)
        assert self.returned(session, entitlement) == [("programme_closed", "2026-04-01"), ("expired", "2026-04-01")]


class TestWhoActs:
    """The representative is whom the newest version names (P5)."""

    def acting(self, session: Session, programme: Programme, day: date) -> list[str]:
        return [one.iin for one in people.representatives(session, programme.person_id, day)]

    def test_whom_it_no_longer_names_loses_the_right_at_once(self, session: Session) -> None:
        mother, father = a_representative(), a_representative(first_name="Ерлан")
        old = a_programme(representative=mother)
        programme = receive(session, old, MONDAY)
        assert self.acting(session, programme, TODAY) == [mother.iin]
        second = newer(old, representative=father)
        receive(session, second)
        assert self.acting(session, programme, LATER.date()) == [father.iin]
        receive(session, newer(second, representative=None))
        assert self.acting(session, programme, LATER.date()) == []

    def test_another_programmes_word_stands(self, session: Session) -> None:
        person, mother = a_person(), a_representative()
        old = a_programme(person=person, representative=mother)
        programme = receive(session, old, MONDAY)
        receive(session, a_programme(an_interpreter(), person=person, representative=mother), MONDAY)
        receive(session, newer(old, representative=None))
        assert self.acting(session, programme, LATER.date()) == [mother.iin]

    def test_a_mother_becomes_guardian(self, session: Session) -> None:
        mother = a_representative()
        old = a_programme(representative=mother)
        programme = receive(session, old, MONDAY)
        receive(session, newer(old, representative=replace(mother, kind="guardian")))
        assert self.acting(session, programme, LATER.date()) == [mother.iin]


@pytest.mark.law("R34.4")
def test_who_moves_belongs_to_another_office(session: Session, held: NewProgramme) -> None:
    programme = receive(session, newer(held, person=replace(held.person, place="750000000")))
    office = make.office_here(session, "750000000")
    assert programme.office_id == the_one(session, programme).office_id == office.id


@pytest.mark.law("R34.1", "R83.6")
def test_a_closing_before_the_newer_version_that_opened_it_again_is_over(session: Session) -> None:
    new = a_programme(a_measure(), a_measure(id="2", service="interpreter"))
    programme = receive(session, new, MONDAY)
    first = date(2026, 3, 20)
    person_events.programme_closed(session, programme, first, ESOBES, LATER - timedelta(days=5))
    receive(session, newer(new, measures=new.measures[:1]))
    for on in (date(2026, 4, 10), date(2026, 4, 12)):
        person_events.programme_closed(session, programme, on, ESOBES, LATER + timedelta(days=20))
    assistant, interpreter = given_by(session, programme)
    assert (assistant.closed_on, interpreter.closed_on) == (date(2026, 4, 12), first)
