"""What ends an entitlement: orders end on that day, what was not used goes back, what was rendered stays payable."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.entitlement import Cause, Entitlement, Posting
from portal.models.message import Execution
from portal.models.person import Person
from portal.models.programme import Measure, Programme
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import endings, ledger, person_events, service_log
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from portal.rules.objections import Settlement
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.roles import Role
from portal.rules.service_log import NewEntry
from tests import factories as make
from tests.factories import MONDAY
from tests.operations.balances import check_books

TODAY = MONDAY.date()
THE_DAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 20, 9, tzinfo=ALMATY)
YEAR_END = date(2026, 12, 31)


class Case:
    """Somebody with 20 hours ordered, and visits of two hours before, on and after a day."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.person: Person = make.make_person(session)
        self.entitlement: Entitlement = make.make_programme(session, self.person)
        self.order = make.make_order(session, self.entitlement)
        provider = session.get_one(Provider, self.order.provider_id)
        self.specialist = make.make_specialist(session, provider)
        self.before, self.on, self.after = (
            make.make_entry(session, self.order, self.specialist, day=THE_DAY + timedelta(days=n)) for n in (-1, 0, 1)
        )
        self.granted = self.entitlement.granted

    @property
    def programme(self) -> Programme:
        """The programme that gives it."""
        measure = self.session.get_one(Measure, self.entitlement.measure_id)
        return self.session.get_one(Programme, measure.programme_id)

    def act(self, status: ActStatus, *entries: LogEntry) -> Act:
        """An act that holds visits."""
        return make.make_act(self.session, self.order, entries, status)

    def die(self, on: date = THE_DAY, now: datetime = NOW) -> None:
        """Her death becomes known."""
        person_events.died(self.session, self.person, on, ESOBES, now)
        self.session.flush()
        check_books(self.session, self.entitlement)

    def told(self) -> list[Execution]:
        """What E-Sobes learns of the return."""
        about = f"entitlement:{self.entitlement.id}:"
        return list(self.session.scalars(select(Execution).where(Execution.about.startswith(about))))


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


ENDINGS = sorted(set(CloseReason) - {CloseReason.MOVE, CloseReason.HANDED_OVER})
"""A move and a hand-over end orders only."""


def end(case: Case, reason: CloseReason) -> None:
    """Carry out what ends everything on THE_DAY."""
    if reason is CloseReason.PROGRAMME_CLOSED:
        person_events.programme_closed(case.session, case.programme, THE_DAY, ESOBES, NOW)
    elif reason is CloseReason.EXPIRED:
        make.end_on(case.entitlement, THE_DAY)
        case.session.flush()
        assert endings.expire(case.session, case.entitlement.id, NOW.date(), NOW)
    else:
        person_events.EVENTS[reason.value](case.session, case.person, THE_DAY, ESOBES, NOW)
    case.session.flush()


@pytest.mark.law("R83.6", "RI.4", "RI.1", "R42.2")
@pytest.mark.parametrize("reason", ENDINGS)
def test_everything_ends_on_that_day(case: Case, reason: CloseReason) -> None:
    end(case, reason)
    check_books(case.session, case.entitlement)
    assert (case.order.status, case.order.ended_on, case.order.reason) == (OrderStatus.CLOSED, THE_DAY, reason)
    assert [one.struck_at for one in (case.before, case.on, case.after)] == [None, None, NOW]
    assert case.after.strike_reason == reason
    entitlement = case.entitlement
    assert (entitlement.closed_on, entitlement.close_reason, entitlement.reminder_due_on) == (THE_DAY, reason, None)
    assert (entitlement.available, entitlement.reserved) == (0, 0)
    assert (entitlement.used, entitlement.returned) == (240, case.granted - 240)


@pytest.mark.law("R42.4", "R83.6")
@pytest.mark.parametrize("reason", ENDINGS)
def test_esobes_learns_what_went_back(case: Case, reason: CloseReason) -> None:
    end(case, reason)
    (told,) = case.told()
    assert told.body["reason"] == reason
    assert (told.body["returned"], told.body["on"]) == (case.granted - 240, "2026-03-10")
    assert told.body["message_id"] == str(told.id)


@pytest.mark.law("RI.6")
def test_it_is_in_the_journal(case: Case) -> None:
    case.die()
    rows = case.session.scalars(select(AuditRow).where(AuditRow.for_person_id == case.person.id)).all()
    found = {(row.thing, row.action, row.role) for row in rows}
    assert {
        ("people", "death", Role.ESOBES),
        ("orders", "close", Role.ESOBES),
        ("log_entries", "strike", Role.ESOBES),
        ("entitlements", "close", Role.ESOBES),
    } <= found


@pytest.mark.law("RI.4")
@pytest.mark.parametrize("status", [ActStatus.DRAWN_UP, ActStatus.SIGNED])
def test_an_act_not_yet_sent_is_cancelled_and_its_earlier_visits_are_free(case: Case, status: ActStatus) -> None:
    act = case.act(status, case.before, case.after)
    case.die()
    assert act.status is ActStatus.CANCELLED
    assert (case.before.act_id, case.before.struck_at) == (None, None)
    assert (case.after.act_id, case.after.struck_at) == (None, NOW)


@pytest.mark.law("RI.4", "RI.5")
@pytest.mark.parametrize("status", [ActStatus.SUBMITTED, ActStatus.UNDER_REVIEW, ActStatus.ACCEPTED, ActStatus.PAID])
def test_an_act_with_the_office_is_the_offices_to_judge(case: Case, status: ActStatus) -> None:
    """When no event, but a newer version of the programme ends it."""
    act = case.act(status, case.before, case.after)
    reason = CloseReason.PROGRAMME_CLOSED
    endings.end_entitlement(case.session, case.entitlement, reason, THE_DAY, ESOBES, NOW)
    assert (act.status, case.after.struck_at, case.after.act_id) == (status, None, act.id)


@pytest.mark.law("RI.4")
@pytest.mark.parametrize("status", [ActStatus.RETURNED, ActStatus.WITHDRAWN, ActStatus.CANCELLED])
def test_an_act_that_no_longer_stands_protects_nothing(case: Case, status: ActStatus) -> None:
    act = case.act(status, case.before, case.after)
    case.die()
    assert (act.status, case.after.struck_at) == (status, NOW)


def test_an_act_of_earlier_days_stays(case: Case) -> None:
    act = case.act(ActStatus.SIGNED, case.before, case.on)
    case.die()
    assert (act.status, case.before.act_id) == (ActStatus.SIGNED, act.id)


@pytest.mark.law("R42.5")
def test_an_objection_to_a_struck_visit_is_settled(case: Case) -> None:
    case.after.objected_at, case.after.objection_reason = NOW, "not_served"
    case.before.objected_at, case.before.objection_reason = NOW, "shorter"
    case.die()
    assert (case.after.settlement, case.after.is_objected) == (Settlement.STRUCK, False)
    assert case.before.is_objected


@pytest.mark.law("RI.4")
def test_an_order_not_yet_answered_ends_too(case: Case) -> None:
    placed = make.make_order(case.session, case.entitlement, status=OrderStatus.PLACED)
    case.die()
    assert (placed.status, placed.reserved) == (OrderStatus.CLOSED, 0)


@pytest.mark.law("RI.4")
def test_visits_of_a_stopped_order_after_the_day_are_struck(case: Case) -> None:
    case.order.status, case.order.ended_on = OrderStatus.STOPPED, date(2026, 3, 15)
    ledger.release(case.session, case.entitlement, case.order, NOW)
    case.die()
    assert (case.order.status, case.order.ended_on) == (OrderStatus.STOPPED, THE_DAY)
    assert case.after.struck_at == NOW


@pytest.mark.law("RI.4")
def test_a_death_known_after_the_end_is_taken_back_to_its_day(case: Case) -> None:
    """The entitlement had expired on a later day; the visits between are struck all the same."""
    make.end_on(case.entitlement, THE_DAY + timedelta(days=5))
    case.session.flush()
    endings.expire(case.session, case.entitlement.id, NOW.date(), NOW)
    assert case.after.struck_at is None
    case.die(now=NOW + timedelta(days=1))
    assert case.after.struck_at == NOW + timedelta(days=1)
    assert (case.entitlement.closed_on, case.entitlement.close_reason) == (THE_DAY, CloseReason.DEATH)
    assert (case.order.ended_on, case.entitlement.used) == (THE_DAY, 240)
    assert [one.body["returned"] for one in case.told()] == [case.granted - 360, case.granted - 240]


def test_the_same_death_again_changes_nothing(case: Case) -> None:
    case.die()
    postings = select(Posting.id).where(Posting.entitlement_id == case.entitlement.id)
    before = case.session.scalars(postings).all()
    case.die()
    assert case.session.scalars(postings).all() == before
    assert len(case.told()) == 1


def test_a_death_is_no_matter_of_other_people(case: Case) -> None:
    other = Case(case.session)
    case.die()
    assert (other.entitlement.closed_on, other.order.status) == (None, OrderStatus.ACCEPTED)


def test_one_closed_programme_leaves_the_others(case: Case) -> None:
    other = make.make_programme(case.session, case.person)
    end(case, CloseReason.PROGRAMME_CLOSED)
    assert (case.entitlement.closed_on, other.closed_on) == (THE_DAY, None)
    assert (case.programme.closed_at, case.programme.close_reason) == (NOW, CloseReason.PROGRAMME_CLOSED)


def test_a_return_to_the_country_opens_nothing_by_itself(case: Case) -> None:
    end(case, CloseReason.DEPARTURE)
    person_events.came_back(case.session, case.person, THE_DAY, ESOBES, NOW)
    assert (case.person.departed_on, case.entitlement.closed_on) == (None, THE_DAY)


@pytest.mark.law("R42.2")
@pytest.mark.parametrize(("today", "over"), [(YEAR_END, False), (YEAR_END + timedelta(days=1), True)])
def test_the_last_day_itself_still_counts(case: Case, today: date, over: bool) -> None:
    now = datetime.combine(today, time(0, 5), ALMATY)
    assert endings.expire(case.session, case.entitlement.id, today, now) is over
    assert (case.entitlement.closed_on is not None) is over
    assert endings.expire(case.session, case.entitlement.id, today, now) is False


@pytest.mark.law("R83.6")
@pytest.mark.parametrize(("today", "over"), [(date(2026, 3, 31), False), (date(2026, 4, 1), True)])
def test_an_order_whose_days_have_passed_gives_back_what_it_did_not_use(case: Case, today: date, over: bool) -> None:
    case.order.ends_on = date(2026, 3, 31)
    case.session.flush()
    now = datetime.combine(today, time(0, 5), ALMATY)
    assert endings.close_order(case.session, case.order.id, today, now) is over
    assert endings.close_order(case.session, case.order.id, today, now) is False
    check_books(case.session, case.entitlement)
    assert case.entitlement.available == case.granted - (360 if over else 1200)
    assert (case.order.ended_on == date(2026, 3, 31)) is over


@pytest.mark.law("RI.4")
@pytest.mark.parametrize(
    ("on", "born", "says"),
    [
        (date(2026, 3, 21), None, "still to come"),
        (date(2026, 3, 20), None, None),
        (date(2024, 1, 1), date(2024, 1, 2), "before the person’s birth"),
        (date(2020, 12, 31), None, "before there were any programmes"),
    ],
)
def test_days_on_which_nothing_can_have_happened(on: date, born: date | None, says: str | None) -> None:
    refusal = person_events.refusal_of_day(on, born, NOW)
    assert refusal is says is None or (says is not None and says in (refusal or ""))


class TestLateVisits:
    """A visit of the last days that is written down after the end: its minutes come from what went back (RI.4)."""

    @pytest.mark.law("RI.4", "RI.1")
    @pytest.mark.parametrize("reason", ENDINGS)
    def test_is_written_down_and_payable(self, case: Case, reason: CloseReason) -> None:
        end(case, reason)
        entry = self.record(case, THE_DAY, time(15))
        check_books(case.session, case.entitlement)
        assert (entry.minutes, case.order.used) == (120, 360)
        assert case.entitlement.returned == case.granted - 360
        last = case.session.scalars(select(Posting).order_by(Posting.id.desc()).limit(1)).one()
        assert (last.source, last.target, last.cause) == ("returned", "used", Cause.VISIT)

    @pytest.mark.law("RI.4")
    def test_not_of_the_day_after(self, case: Case) -> None:
        case.die()
        with pytest.raises(RuleViolation, match="died on"):
            self.record(case, THE_DAY + timedelta(days=1), time(15))

    @pytest.mark.law("RI.1")
    def test_not_more_than_was_ordered(self, case: Case) -> None:
        case.die()
        case.order.units = 300
        case.session.flush()
        with pytest.raises(RuleViolation, match="given back"):
            self.record(case, THE_DAY, time(15))

    @pytest.mark.law("RI.1")
    def test_of_an_order_that_ended_by_itself(self, case: Case) -> None:
        case.order.ends_on = THE_DAY + timedelta(days=1)
        case.session.flush()
        endings.close_order(case.session, case.order.id, NOW.date(), NOW)
        free = case.entitlement.available
        self.record(case, THE_DAY, time(15))
        assert case.entitlement.available == free - 120
        check_books(case.session, case.entitlement)

    def record(self, case: Case, day: date, start: time) -> LogEntry:
        end_at = (datetime.combine(day, start) + timedelta(hours=2)).time()
        new = NewEntry(day=day, start=start, end=end_at, places="Емхана")
        return service_log.record_entry(
            case.session, case.order.id, new, uuid4(), make.as_specialist(case.specialist), NOW
        )
