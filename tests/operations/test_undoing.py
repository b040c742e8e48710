"""A death or departure that was reported by mistake (R83.6): undone, everything is as it was."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.models.audit import AuditRow
from portal.models.entitlement import Entitlement
from portal.models.message import Execution, SmsMessage
from portal.models.person import Kinship
from portal.models.person_event import PersonEvent
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import (
    acts,
    claims,
    endings,
    ledger,
    locks,
    payments,
    person_events,
    programmes,
    review,
    service_log,
    set_offs,
)
from portal.queries import person_events as found
from portal.queries import returns
from portal.rules.acts import ActStatus, ReturnReason
from portal.rules.claims import ClaimStatus
from portal.rules.law import RuleViolation
from portal.rules.objections import Settlement
from portal.rules.orders import OrderStatus
from portal.rules.payments import PaymentStatus
from portal.rules.returns import EventKind
from portal.rules.service import Service
from portal.rules.service_log import NewEntry
from tests import factories as make
from tests.office.sent import CHECKED, OTHER_PLACE, Clerks, Sent, accepted
from tests.operations import arriving
from tests.operations.test_late_news import BEFORE_ALL, KNOWN, THE_DAY, Late
from tests.operations.test_payments import arrived

UNDONE = KNOWN + timedelta(days=2)
NOTE = "Аттас адам қайтыс болған"


@pytest.fixture
def late(session: Session) -> Late:
    return Late(session)


def state(late: Late) -> dict[str, Any]:
    """All that an event may change and that is to be as it was."""
    late.session.flush()
    late.session.expire_all()
    entitlement, order, person = late.entitlement, late.order, late.sent.recipient
    return {
        "units": (entitlement.granted, entitlement.available, entitlement.reserved, entitlement.used),
        "back": (entitlement.returned, entitlement.excess),
        "money": (entitlement.reserved_tiyn, entitlement.owed_tiyn, entitlement.paid_tiyn, entitlement.claimed_tiyn),
        "ended": (
            entitlement.closed_on,
            entitlement.close_reason,
            entitlement.reminder_due_on,
            entitlement.ended_by_id,
        ),
        "order": (order.status, order.reason, order.ended_on, order.ended_at, order.ended_by_id),
        "hours": (order.reserved, order.used, order.acted, order.reserved_tiyn),
        "visits": [(one.struck_at, one.strike_reason, one.ended_by_id) for one in (late.before, late.after)],
        "person": (person.died_on, person.departed_on),
    }


def undo(late: Late, kind: EventKind = EventKind.DEATH, now: datetime = UNDONE) -> None:
    """The office undoes it."""
    person_events.undo(late.session, late.sent.recipient.id, kind, NOTE, late.clerks.first, now)
    late.check()


@pytest.mark.law("R83.6", "RI.1", "RI.2")
@pytest.mark.parametrize("kind", [EventKind.DEATH, EventKind.DEPARTURE])
@pytest.mark.parametrize("on", [BEFORE_ALL, THE_DAY, date(2026, 4, 1)])
def test_of_a_paid_act_everything_is_as_it_was(late: Late, kind: EventKind, on: date) -> None:
    late.paid()
    before = state(late)
    person_events.EVENTS[kind](late.session, late.sent.recipient, on, ESOBES, KNOWN)
    late.check()
    undo(late, kind)
    assert state(late) == before
    assert {one.status for one in late.claims()} <= {ClaimStatus.WITHDRAWN}
    assert late.after.act_id == late.act.id


@pytest.mark.law("R83.6", "R42.4")
def test_the_same_mistake_twice_is_told_twice(session: Session, late: Late) -> None:
    """The same death on the same day, reported and undone again: E-Sobes follows order and entitlement all the way."""
    for days in (0, 4):
        late.die(days=days)
        undo(late, now=UNDONE + timedelta(days=days))
    told = session.scalars(select(Execution.body).order_by(Execution.sequence)).all()
    assert [one["status"] for one in told if one["kind"] == "order"] == ["closed", "accepted"] * 2
    ended = [one["kind"] for one in told if one["kind"] in {"returned", "undone"}]
    assert ended == ["returned", "undone"] * 2


@pytest.mark.law("R83.6", "RI.5")
def test_an_act_that_went_back_is_drawn_up_anew_whole(session: Session, late: Late) -> None:
    before = state(late)
    late.die()
    undo(late)
    assert state(late) == before
    assert late.act.status is ActStatus.RETURNED
    new = acts.correct(session, late.act.id, late.sent.staff, UNDONE)
    assert (new.units, new.corrects_id) == (210, late.act.id)


@pytest.mark.law("R83.6", "RI.2")
def test_an_accepted_act_stays_set_aside_and_its_visits_are_free(session: Session, late: Late) -> None:
    payment = accepted(session, late.sent, late.clerks)
    late.die()
    undo(late)
    assert (late.act.status, payment.status) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
    assert (late.entitlement.owed_tiyn, late.order.acted, late.entitlement.used) == (0, 0, 210)
    assert acts.correct(session, late.act.id, late.sent.staff, UNDONE).units == 210


@pytest.mark.law("R83.6", "R83.3")
def test_an_order_without_an_answer_waits_for_it_in_a_new_term(session: Session, late: Late) -> None:
    placed = make.make_order(session, late.entitlement, status=OrderStatus.PLACED)
    late.die()
    assert placed.status is OrderStatus.CLOSED
    undo(late)
    assert (placed.status, placed.answer_due_on) == (OrderStatus.PLACED, date(2026, 4, 22))
    assert (placed.reserved, late.order.status) == (1200, OrderStatus.ACCEPTED)


@pytest.mark.law("R83.6")
def test_an_order_that_had_been_stopped_has_its_own_last_day_again(session: Session, late: Late) -> None:
    late.order.status, late.order.ended_on, late.order.ended_at = OrderStatus.STOPPED, date(2026, 3, 20), KNOWN
    ledger.release(session, late.entitlement, late.order, KNOWN)
    before = state(late)
    late.die()
    assert late.order.ended_on == THE_DAY
    undo(late)
    assert state(late) == before


@pytest.mark.law("R42.5")
def test_an_objection_that_the_strike_had_settled_is_open_again(session: Session, late: Late) -> None:
    entry = late.sent.visit(6, 9, 60)
    entry.objected_at, entry.objection_reason = KNOWN, "shorter"
    late.die()
    assert entry.settlement == Settlement.STRUCK
    undo(late)
    assert entry.is_objected
    assert entry.settlement is None


@pytest.mark.law("R83.6", "R42.2")
def test_what_would_have_ended_meanwhile_ends_on_its_own_last_day(session: Session, late: Late) -> None:
    late.order.ends_on = date(2026, 4, 10)
    make.end_on(late.entitlement, late.order.ends_on)
    session.flush()
    late.die()
    undo(late)
    assert (late.entitlement.closed_on, late.entitlement.close_reason) == (date(2026, 4, 10), "expired")
    assert (late.order.status, late.order.ended_on) == (OrderStatus.CLOSED, date(2026, 4, 10))
    assert (late.after.struck_at, late.entitlement.used, late.entitlement.reserved) == (None, 210, 0)


@pytest.mark.law("R83.6", "RI.1")
def test_what_had_expired_before_is_expired_again(session: Session, late: Late) -> None:
    late.order.ends_on = date(2026, 4, 1)
    make.end_on(late.entitlement, late.order.ends_on)
    session.flush()
    assert endings.expire(session, late.entitlement.id, KNOWN.date(), KNOWN)
    before = state(late)
    late.die(days=1)
    undo(late)
    assert state(late) == before


@pytest.mark.law("R83.6", "RI.1")
def test_hours_of_a_visit_struck_since_are_the_orders_again(session: Session, late: Late) -> None:
    """Had the news not come, the order would have them: nobody loses hours by a mistake."""
    whole = late.order.reserved + late.order.used
    late.die()
    service_log.strike(session, make_visit(late).id, "Қате", make.as_specialist(late.sent.specialist), KNOWN)
    undo(late)
    assert late.order.reserved + late.order.used == late.order.units == whole
    assert late.entitlement.returned == 0


def make_visit(late: Late) -> LogEntry:
    """A visit of the day itself, written down after the news."""
    new = NewEntry(day=THE_DAY, start=time(12), end=time(14), places="Емхана")
    actor = make.as_specialist(late.sent.specialist)
    return service_log.record_entry(late.session, late.order.id, new, uuid4(), actor, KNOWN)


@pytest.mark.law("R83.6", "RI.4")
def test_what_is_carried_out_again_leaves_what_was_given_since(session: Session, late: Late) -> None:
    """A programme was closed, she left and came back and has another one; then the closing gets a later day."""
    person, programme = late.sent.recipient, late.entitlement.measure.programme
    person_events.programme_closed(session, programme, THE_DAY, ESOBES, KNOWN)
    person_events.departed(session, person, THE_DAY, ESOBES, KNOWN)
    person_events.came_back(session, person, KNOWN.date(), ESOBES, KNOWN)
    since = make.make_programme(session, person, now=KNOWN)
    person_events.programme_closed(session, programme, THE_DAY + timedelta(days=1), ESOBES, UNDONE)
    late.check()
    assert since.closed_on is None
    assert late.entitlement.closed_on == THE_DAY


@pytest.mark.law("R83.6")
def test_what_went_back_keeps_its_reason(session: Session, late: Late) -> None:
    """The office reads why hours had come back, also when all of it was a mistake."""
    late.die()
    person, office = late.sent.recipient.id, late.clerks.office.id
    before = returns.of_person(session, person, office)
    assert {one.reason for one in before} == {"death"}
    undo(late)
    rows = returns.of_person(session, person, office)
    assert [one for one in rows if one.reason != returns.TAKEN_AGAIN] == before
    assert sum(one.units for one in rows) == 0


@pytest.mark.law("R34.3")
def test_a_choice_that_was_blocked_is_blocked_again(session: Session, late: Late) -> None:
    late.entitlement.blocked_on = date(2026, 3, 1)
    session.flush()
    late.die()
    assert late.entitlement.blocked_on is None
    undo(late)
    assert late.entitlement.blocked_on == date(2026, 3, 1)


class TestVisitsSince:
    """A visit before the day that was written down after the news has used hours that had gone back (RI.4)."""

    def record(self, late: Late, hours: int, day: date = THE_DAY) -> None:
        new = NewEntry(day=day, start=time(12), end=time(12 + hours), places="Емхана")
        actor = make.as_specialist(late.sent.specialist)
        service_log.record_entry(late.session, late.order.id, new, uuid4(), actor, KNOWN)

    @pytest.mark.law("R83.6", "RI.1", "RI.4")
    def test_keeps_its_hours(self, session: Session, late: Late) -> None:
        before = state(late)
        late.die()
        self.record(late, 2)
        undo(late)
        available, reserved, used = before["units"][1:]
        assert (late.entitlement.available, late.entitlement.reserved) == (available, reserved - 120)
        assert (late.entitlement.used, late.order.reserved) == (used + 120, late.order.units - used - 120)

    @pytest.mark.law("RI.1")
    def test_may_leave_none_for_a_struck_one(self, session: Session, late: Late) -> None:
        """Of twenty hours two stood before the day and eighteen were written down since."""
        tail = [late.sent.visit(day, 8, 480) for day in (2,)]
        late.die()
        late.order.units = late.order.used + 120
        self.record(late, 2)
        session.flush()
        person_events.undo(session, late.sent.recipient.id, EventKind.DEATH, NOTE, late.clerks.first, UNDONE)
        assert (late.after.struck_at, late.after.strike_reason) == (KNOWN, "hours_used")
        assert (late.order.reserved, tail[0].struck_at) == (0, None)
        late.check()

    @pytest.mark.law("RI.3")
    def test_with_somebody_else_at_that_time_leaves_the_visit_struck(self, session: Session, late: Late) -> None:
        late.paid()
        late.die()
        other = make.make_order(session)
        other.provider_id = late.order.provider_id
        make.make_entry(session, other, late.sent.specialist, date(2026, 3, 4), time(15), 60)
        undo(late)
        assert (late.after.struck_at, late.after.strike_reason) == (KNOWN, "specialist_elsewhere")
        assert [one.status for one in late.claims()] == [ClaimStatus.OPEN], "a claim is withdrawn whole or not at all"


class TestFitting:
    """What does not fit into the log as it is now stays struck, with the reason, and the office sees it."""

    def served(self, late: Late, at: int, minutes: int, service: Service = Service.ASSISTANT) -> None:
        """Another provider served the same person on the day of the struck visit, from 14:00 to 15:30."""
        order = make.make_order(late.session, make.make_programme(late.session, late.sent.recipient, service))
        specialist = make.make_specialist(late.session, late.session.get_one(Provider, order.provider_id), service)
        make.make_entry(late.session, order, specialist, date(2026, 3, 4), time(at), minutes)

    @pytest.mark.law("RI.2", "RI.3", "R34.1")
    @pytest.mark.parametrize(
        ("at", "minutes", "reason"),
        [(15, 60, "served_by_another"), (13, 90, "served_by_another"), (6, 420, "day_is_full")],
        ids=["ends within another", "begins within another", "more than eight hours a day"],
    )
    def test_stays_struck(self, session: Session, late: Late, at: int, minutes: int, reason: str) -> None:
        late.die()
        self.served(late, at, minutes)
        undo(late)
        assert (late.after.struck_at, late.after.strike_reason) == (KNOWN, reason)
        assert (late.entitlement.used, late.order.reserved) == (120, late.order.units - 120)
        office = late.clerks.office.id
        assert found.still_struck(session, late.sent.recipient.id, office) == [late.after]
        assert found.still_struck(session, late.sent.recipient.id, uuid4()) == []
        row = session.scalars(select(AuditRow).where(AuditRow.action == "stay_struck")).one()
        assert (row.thing_id, row.after, row.for_person_id) == (late.after.id, reason, late.sent.recipient.id)

    @pytest.mark.law("RI.3", "R34.1")
    @pytest.mark.parametrize(
        ("at", "minutes", "service"),
        [
            (15, 60, Service.INTERPRETER),
            (6, 390, Service.ASSISTANT),
            (12, 120, Service.ASSISTANT),
        ],
        ids=["another service", "eight hours in all", "ends as it begins"],
    )
    def test_stands_again(self, late: Late, at: int, minutes: int, service: Service) -> None:
        late.die()
        self.served(late, at, minutes, service)
        undo(late)
        assert late.after.struck_at is None


class TestClaims:
    """Money that has come back, or is on its way, stays; its visits are free for a further act."""

    @pytest.mark.law("R83.6", "RI.2", "R42.11")
    def test_settled(self, session: Session, late: Late) -> None:
        late.paid()
        late.die()
        (claim,) = late.claims()
        claims.repay(session, claim.id, KNOWN.date(), "17", claim.amount_tiyn, late.clerks.first, KNOWN)
        undo(late)
        assert (claim.status, late.entitlement.recovered_tiyn) == (ClaimStatus.SETTLED, claim.amount_tiyn)
        assert (late.after.struck_at, late.after.act_id, late.order.acted) == (None, None, 120)
        further = acts.draw_up(session, late.order.id, date(2026, 3, 1), late.sent.staff, UNDONE)
        assert (further.units, further.amount_tiyn) == (90, claim.amount_tiyn)
        late.check()

    @pytest.mark.law("R42.11")
    def test_withdrawn_the_provider_is_told(self, late: Late) -> None:
        late.paid()
        late.die()
        undo(late)
        assert late.told()[0] != late.told()[1]
        assert str(late.act.number) in late.told()[0]

    @pytest.mark.law("RI.5", "R42.9")
    def test_a_further_act_corrects_none_that_was_corrected_before(self, session: Session, late: Late) -> None:
        """The first act was returned and a second one paid in its place; a third one is about other visits."""
        review.take_up(session, late.act.id, late.clerks.first, CHECKED)
        review.send_back(session, late.act.id, ReturnReason.INCOMPLETE, "Қайта", late.clerks.first, CHECKED)
        late.sent.act = second = late.sent.act_again(CHECKED)
        assert second.corrects_id == late.act.id
        late.paid()
        late.die()
        (claim,) = late.claims()
        claims.repay(session, claim.id, KNOWN.date(), "17", claim.amount_tiyn, late.clerks.first, KNOWN)
        undo(late)
        further = acts.draw_up(session, late.order.id, date(2026, 3, 1), late.sent.staff, UNDONE)
        assert (further.units, further.corrects_id) == (90, None)

    @pytest.mark.law("R83.6", "RI.2")
    def test_settled_in_part(self, session: Session, late: Late) -> None:
        """The rest is still to come back, because the further act pays the whole again."""
        late.paid()
        late.die()
        (claim,) = late.claims()
        claims.repay(session, claim.id, KNOWN.date(), "17", 100, late.clerks.first, KNOWN)
        undo(late)
        assert (claim.status, claim.left_tiyn) == (ClaimStatus.OPEN, claim.amount_tiyn - 100)
        assert late.after.act_id is None

    @pytest.mark.law("R83.6", "RI.2")
    def test_kept_from_a_payment_that_is_on_its_way(self, session: Session, late: Late) -> None:
        late.paid()
        late.die()
        (claim,) = late.claims()
        set_offs.choose(session, claim.id, late.clerks.first, KNOWN)
        other = Sent(session, provider=late.sent.provider)
        review.take_up(session, other.act.id, late.clerks.first, KNOWN)
        payment = review.accept(session, other.act.id, late.clerks.first, KNOWN, holds_seen=True)
        payments.approve(session, payment.id, late.clerks.second, KNOWN)
        payments.write_down(session, payment.id, KNOWN)
        assert payment.set_off_tiyn == claim.amount_tiyn
        undo(late)
        assert (claim.status, late.after.act_id) == (ClaimStatus.OPEN, None)

    @pytest.mark.law("RI.2", "RI.4")
    def test_dead_again_after_all(self, session: Session, late: Late) -> None:
        late.paid()
        late.die()
        undo(late)
        late.die(days=5)
        assert [one.status for one in late.claims()] == [ClaimStatus.WITHDRAWN, ClaimStatus.OPEN]
        assert late.after.struck_at == KNOWN + timedelta(days=5)
        learned = [one.body["event"] for one in late.learned("undone")]
        assert learned == ["death"]
        assert [one.body["status"] for one in late.learned("claim")] == ["open", "withdrawn", "open"]
        assert len(late.learned("returned")) == 2, "E-Sobes learns of each time"
        assert [one.body["status"] for one in late.learned("order")] == ["closed", "accepted", "closed"]


class TestOtherEvents:
    """Several events of one person: what was a mistake goes, the rest stands."""

    @pytest.mark.law("R83.6", "RI.4")
    def test_a_departure_stands_when_a_later_death_is_undone(self, session: Session, late: Late) -> None:
        late.paid()
        person_events.departed(session, late.sent.recipient, THE_DAY, ESOBES, KNOWN)
        before = state(late)
        late.die(BEFORE_ALL, days=1)
        undo(late)
        assert state(late) == before
        assert [one.status for one in late.claims()] == [ClaimStatus.OPEN, ClaimStatus.WITHDRAWN]

    @pytest.mark.law("R83.6", "RI.4")
    def test_a_death_stands_when_the_departure_before_it_is_undone(self, session: Session, late: Late) -> None:
        person = late.sent.recipient
        late.paid()
        person_events.departed(session, person, BEFORE_ALL, ESOBES, KNOWN)
        late.die(THE_DAY, days=1)
        assert late.entitlement.close_reason == "departure"
        undo(late, EventKind.DEPARTURE)
        assert (person.departed_on, person.died_on) == (None, THE_DAY)
        assert (late.entitlement.closed_on, late.entitlement.close_reason) == (THE_DAY, "death")
        assert (late.before.struck_at, late.after.struck_at) == (None, UNDONE)
        standing = [one.units for one in late.claims() if one.status is ClaimStatus.OPEN]
        assert standing == [90]

    @pytest.mark.law("R83.6", "RI.4")
    def test_a_departure_reaches_what_was_being_paid_when_both_came(self, session: Session, late: Late) -> None:
        """While a payment is asked for nothing is struck: the death strikes for both, and the departure after it."""
        payment, asked = late.asked()
        person_events.departed(session, late.sent.recipient, THE_DAY, ESOBES, KNOWN)
        late.die(BEFORE_ALL, days=1)
        assert payments.conclude(session, payment.id, asked.attempt, arrived(asked), UNDONE)
        undo(late)
        assert (late.before.struck_at, late.after.struck_at) == (None, UNDONE)
        assert late.after.ended_by_id == late.entitlement.ended_by_id
        assert [(one.status, one.units, one.reason) for one in late.claims()] == [
            (ClaimStatus.WITHDRAWN, 210, "death"),
            (ClaimStatus.OPEN, 90, "departure"),
        ]

    @pytest.mark.law("R83.6")
    def test_a_closed_programme_stays_closed(self, session: Session, late: Late) -> None:
        programme = late.entitlement.measure.programme
        late.die()
        person_events.programme_closed(session, programme, date(2026, 4, 1), ESOBES, KNOWN + timedelta(days=1))
        undo(late)
        assert (late.entitlement.closed_on, late.entitlement.close_reason) == (date(2026, 4, 1), "programme_closed")
        assert late.after.struck_at is None

    @pytest.mark.law("R83.6")
    def test_a_corrected_day_is_undone_with_the_first(self, session: Session, late: Late) -> None:
        late.paid()
        before = state(late)
        late.die()
        late.die(BEFORE_ALL, days=1)
        undo(late)
        assert state(late) == before
        assert all(one.undone_at == UNDONE for one in session.scalars(select(PersonEvent)))

    @pytest.mark.law("R83.6")
    def test_a_departure_after_which_the_person_came_back_is_over(self, session: Session, late: Late) -> None:
        person = late.sent.recipient
        person_events.departed(session, person, THE_DAY, ESOBES, KNOWN)
        person_events.came_back(session, person, KNOWN.date(), ESOBES, KNOWN)
        with pytest.raises(LookupError):
            undo(late, EventKind.DEPARTURE)
        person_events.departed(session, person, THE_DAY, ESOBES, UNDONE)
        assert len(found.in_force(session, person, EventKind.DEPARTURE)) == 1, "a second departure is a new one"
        late.check()


class TestReopened:
    """A newer version opens what an event had ended; what comes later leaves that alone (R42.3)."""

    @pytest.mark.law("R83.6", "R42.3")
    def test_a_closing_that_was_opened_again_holds_no_more(self, session: Session, late: Late) -> None:
        person, programme = late.sent.recipient, late.entitlement.measure.programme
        beside = measure_beside(session, late)
        person_events.programme_closed(session, programme, THE_DAY, ESOBES, KNOWN)
        newer(session, late, KNOWN)
        assert not found.in_force(session, person, EventKind.PROGRAMME_CLOSED, programme)
        person_events.programme_closed(session, programme, KNOWN.date(), ESOBES, UNDONE)
        late.check()
        assert len(found.in_force(session, person, EventKind.PROGRAMME_CLOSED, programme)) == 1
        person_events.programme_closed(session, programme, UNDONE.date(), ESOBES, UNDONE)
        late.check()
        first = session.scalars(select(PersonEvent).order_by(PersonEvent.number)).first()
        assert first is not None
        assert first.undone_at is None, "the first closing was right"
        assert (late.entitlement.closed_on, beside.closed_on) == (UNDONE.date(), THE_DAY)

    @pytest.mark.law("R83.6", "R42.3")
    @pytest.mark.parametrize("on", [THE_DAY, date(2026, 4, 14)])
    def test_a_death_undone_since_leaves_it_open(self, session: Session, late: Late, on: date) -> None:
        programme = late.entitlement.measure.programme
        person_events.programme_closed(session, programme, date(2026, 4, 1), ESOBES, KNOWN)
        newer(session, late, KNOWN)
        before = state(late)
        assert before["ended"][0] is None
        late.die(on, days=1)
        undo(late)
        assert state(late) == before

    @pytest.mark.law("R83.6", "R42.3")
    def test_another_programme_closed_later_leaves_it_open(self, session: Session, late: Late) -> None:
        person, programme = late.sent.recipient, late.entitlement.measure.programme
        other = make.make_programme(session, person, Service.INTERPRETER).measure.programme
        person_events.programme_closed(session, other, THE_DAY, ESOBES, KNOWN)
        person_events.programme_closed(session, programme, date(2026, 4, 1), ESOBES, KNOWN)
        newer(session, late, KNOWN)
        before = state(late)
        person_events.programme_closed(session, other, date(2026, 3, 20), ESOBES, UNDONE)
        late.check()
        assert state(late) == before
        assert not found.in_force(session, person, EventKind.PROGRAMME_CLOSED, programme)

    @pytest.mark.law("RI.4", "R42.3")
    @pytest.mark.parametrize("kind", [EventKind.DEATH, EventKind.DEPARTURE])
    def test_nothing_is_opened_while_an_event_holds(self, session: Session, late: Late, kind: EventKind) -> None:
        before = state(late)
        person_events.EVENTS[kind](session, late.sent.recipient, THE_DAY, ESOBES, KNOWN)
        with pytest.raises(RuleViolation, match="was reported"):
            newer(session, late, KNOWN)
        undo(late, kind)
        assert state(late) == before
        newer(session, late, UNDONE)
        assert late.entitlement.closed_on is None

    @pytest.mark.law("R83.6", "R42.3")
    def test_a_departure_after_a_return_is_undone_alone(self, session: Session, late: Late) -> None:
        """An earlier departure, from which she came back, was carried out again meanwhile: it stays over."""
        person, programme = late.sent.recipient, late.entitlement.measure.programme
        other = make.make_programme(session, person, Service.INTERPRETER)
        person_events.programme_closed(session, other.measure.programme, date(2026, 3, 1), ESOBES, KNOWN)
        person_events.departed(session, person, THE_DAY, ESOBES, KNOWN)
        person_events.came_back(session, person, KNOWN.date(), ESOBES, KNOWN)
        person_events.programme_closed(session, other.measure.programme, date(2026, 3, 2), ESOBES, KNOWN)
        newer(session, late, KNOWN)
        assert late.entitlement.closed_on is None
        person_events.departed(session, person, UNDONE.date(), ESOBES, UNDONE)
        late.check()
        assert len(found.in_force(session, person, EventKind.DEPARTURE)) == 1
        undo(late, EventKind.DEPARTURE)
        assert (late.after.strike_reason, late.entitlement.closed_on) == ("departure", None)
        assert programme.closed_at is None


def newer(session: Session, late: Late, now: datetime) -> None:
    """E-Sobes sends the next version of the programme, with the one measure that it had."""
    programme, recipient = late.entitlement.measure.programme, late.sent.recipient
    whole: dict[str, Any] = {"valid_from": programme.valid_from, "valid_to": programme.valid_to}
    new = arriving.a_programme(
        arriving.a_measure(late.entitlement.measure.external_id, **whole),
        person=arriving.a_person(iin=recipient.iin, phone=recipient.phone),
        number=programme.number,
        version=programme.version + 1,
        **whole,
    )
    programmes.receive(session, new, ESOBES, now)
    late.check()


def measure_beside(session: Session, late: Late) -> Entitlement:
    """Another measure of the same programme, with what it gives; a newer version does not name it any more."""
    beside: Entitlement = make.make_programme(session, late.sent.recipient, Service.INTERPRETER)
    beside.measure.programme_id, beside.measure.external_id = late.entitlement.measure.programme_id, "2"
    session.flush()
    session.expire_all()
    return beside


@pytest.mark.law("R83.6", "RI.6")
def test_it_is_written_down_and_told(session: Session, late: Late) -> None:
    parent = make.make_representative(session, late.sent.recipient)
    late.die()
    undo(late)
    event = session.scalars(select(PersonEvent)).one()
    assert (event.undone_at, event.undone_by_id, event.note) == (UNDONE, late.clerks.first_person.id, NOTE)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "undo_death")).one()
    assert (row.person_id, row.before) == (late.clerks.first_person.id, "2026-03-03")
    assert NOTE not in str(row.details)
    told = session.scalars(select(SmsMessage.person_id).where(SmsMessage.about.startswith(f"event:{event.id}"))).all()
    assert set(told) == {late.sent.recipient.id, parent.id}
    provider = select(SmsMessage.about).where(SmsMessage.person_id == late.sent.head.id).order_by(SmsMessage.owed_at)
    said = [about.split(":")[2] for about in session.scalars(provider) if about.startswith("order:")]
    assert said == ["ended", "goes_on"]


@pytest.mark.law("R83.6", "R42.9")
class TestRefused:
    """What cannot be undone, or not by this clerk."""

    def undo(self, late: Late, clerks: Clerks, note: str = NOTE, kind: EventKind = EventKind.DEATH) -> None:
        person_events.undo(late.session, late.sent.recipient.id, kind, note, clerks.first, UNDONE)

    def test_nothing_to_undo(self, late: Late) -> None:
        with pytest.raises(LookupError):
            self.undo(late, late.clerks)

    def test_twice(self, late: Late) -> None:
        late.die()
        self.undo(late, late.clerks)
        with pytest.raises(LookupError):
            self.undo(late, late.clerks)

    def test_without_a_reason(self, late: Late) -> None:
        late.die()
        with pytest.raises(RuleViolation, match="how the mistake"):
            self.undo(late, late.clerks, " ")

    @pytest.mark.parametrize("kind", [EventKind.RETURN, EventKind.PROGRAMME_CLOSED])
    def test_another_kind(self, late: Late, kind: EventKind) -> None:
        late.die()
        with pytest.raises(RuleViolation, match="Only a death or a departure"):
            self.undo(late, late.clerks, kind=kind)

    def test_another_office(self, session: Session, late: Late) -> None:
        late.die()
        with pytest.raises(LookupError):
            self.undo(late, Clerks(session, OTHER_PLACE))

    def test_by_kin(self, session: Session, late: Late) -> None:
        late.die()
        session.add(Kinship(person_id=late.clerks.first_person.id, relative_id=late.sent.recipient.id))
        session.flush()
        with pytest.raises(RuleViolation, match="your kin"):
            self.undo(late, late.clerks)


@pytest.mark.law("R83.6")
def test_what_will_be_restored_is_known_beforehand(session: Session, late: Late) -> None:
    late.paid()
    ledger.lower(session, late.entitlement, 600, KNOWN)
    late.die()
    held = found.in_force(session, locks.person(session, late.sent.recipient.id), EventKind.DEATH)
    ended = found.ended(session, held)
    assert ([*ended.entitlements], [*ended.orders], [*ended.claims]) == (
        [(late.entitlement, late.entitlement.returned - 600)],
        [late.order],
        late.claims(),
    )
    assert (ended.visits, ended.minutes) == (1, 90)
