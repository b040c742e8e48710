"""What an undone event makes count again is asked for: an act of which nothing stood, a claim partly paid (R83.6)."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.models.audit import AuditRow
from portal.models.message import SmsMessage
from portal.operations import acts, claims, person_events, review, service_log
from portal.queries import provider_months, provider_tasks
from portal.queries.provider_tasks import TaskKind
from portal.rules.acts import ActStatus
from portal.rules.claims import ClaimStatus
from portal.rules.law import RuleViolation
from portal.rules.orders import OrderStatus
from portal.rules.returns import EventKind
from portal.rules.service_log import NewEntry
from tests import factories as make
from tests.office.sent import Clerks, accepted
from tests.operations.balances import check_ledger
from tests.operations.month import Month
from tests.operations.test_late_news import BEFORE_ALL, KNOWN, THE_DAY, Late

UNDONE = KNOWN + timedelta(days=2)
TODAY = UNDONE.date()
MARCH = date(2026, 3, 1)
IN_MARCH = datetime(2026, 3, 16, 10, tzinfo=ALMATY)


@pytest.fixture
def late(session: Session) -> Late:
    return Late(session)


def undo(late: Late, kind: EventKind = EventKind.DEATH) -> None:
    person_events.undo(late.session, late.sent.recipient.id, kind, "Қате", late.clerks.first, UNDONE)
    late.check()


def tasks(late: Late) -> list[TaskKind]:
    """What the provider is asked to do."""
    return [task.kind for task in provider_tasks.of_provider(late.session, late.sent.provider.id, TODAY)]


@pytest.mark.law("R83.6", "R42.9")
@pytest.mark.parametrize("is_accepted", [False, True])
class TestAnActOfWhichNothingStood:
    """After the news no new act was needed; after the undoing one is, and the provider is asked for it."""

    def test_is_drawn_up_anew(self, session: Session, late: Late, is_accepted: bool) -> None:
        if is_accepted:
            accepted(session, late.sent, late.clerks)
        late.die(BEFORE_ALL)
        assert (tasks(late), late.act.resubmit_due_on) == ([], None)
        undo(late)
        assert late.act.resubmit_due_on == date(2026, 4, 20)
        assert "ошибочного" in late.act.note
        assert "20.04" in late.told()[0]
        assert tasks(late) == [TaskKind.CORRECT]
        assert len(session.scalars(select(AuditRow).where(AuditRow.action == "ask_anew")).all()) == 1
        assert acts.correct(session, late.act.id, late.sent.staff, UNDONE).units == 210
        assert tasks(late) == [TaskKind.SEND]

    def test_so_it_is_by_a_later_day(self, late: Late, is_accepted: bool) -> None:
        if is_accepted:
            accepted(late.session, late.sent, late.clerks)
        late.die(BEFORE_ALL)
        late.die(THE_DAY, days=2)
        assert (late.before.struck_at, late.after.struck_at) == (None, UNDONE)
        assert tasks(late) == [TaskKind.CORRECT]

    def test_not_when_another_event_was_the_mistake(self, late: Late, is_accepted: bool) -> None:
        if is_accepted:
            accepted(late.session, late.sent, late.clerks)
        person_events.departed(late.session, late.sent.recipient, date(2026, 4, 1), ESOBES, KNOWN)
        late.die(BEFORE_ALL)
        undo(late, EventKind.DEPARTURE)
        assert (tasks(late), late.act.resubmit_due_on) == ([], None)


@pytest.mark.law("R83.6", "R42.9")
def test_an_act_of_which_nothing_stands_any_more_is_not_asked_for(session: Session, late: Late) -> None:
    """Of an act that the office gave back to be mended, the rest falls, too."""
    late.die(THE_DAY)
    assert tasks(late) == [TaskKind.CORRECT]
    late.die(BEFORE_ALL, days=1)
    assert tasks(late) == []


@pytest.mark.law("R83.6", "R42.1", "RI.2")
def test_what_the_provider_has_paid_back_is_asked_for_in_a_further_act(session: Session, late: Late) -> None:
    late.paid()
    late.die()
    (claim,) = late.claims()
    claims.repay(session, claim.id, KNOWN.date(), "ПП-1", 100, late.clerks.first, KNOWN)
    undo(late)
    assert (claim.status, late.act.status, late.after.act_id) == (ClaimStatus.OPEN, ActStatus.PAID, None)
    assert tasks(late) == [TaskKind.DRAW_UP, TaskKind.REPAY]
    (row,) = provider_months.of_provider(session, late.sent.provider.id, MARCH, TODAY)
    assert row.drawable is not None
    assert (row.drawable.units, row.act) == (90, late.act)
    further = late.sent.act_again(UNDONE)
    assert further.units == 90
    assert tasks(late) == [TaskKind.REPAY]
    (row,) = provider_months.of_provider(session, late.sent.provider.id, MARCH, TODAY)
    assert (row.drawable, row.act) == (None, further)


@pytest.mark.law("R83.6", "R42.1")
def test_the_rest_of_a_month_that_ended_by_mistake_can_be_served(session: Session) -> None:
    """Its act was drawn up and accepted at once, because the order had ended; afterwards the order goes on."""
    month, clerks = Month(session), Clerks(session)
    person_events.departed(session, month.recipient, date(2026, 3, 5), ESOBES, IN_MARCH)
    act = month.sent(IN_MARCH)
    review.take_up(session, act.id, clerks.first, IN_MARCH)
    review.accept(session, act.id, clerks.first, IN_MARCH)
    person_events.undo(session, month.recipient.id, EventKind.DEPARTURE, "Қате", clerks.first, IN_MARCH)
    visit = NewEntry(IN_MARCH.date(), time(8), time(9), "Емхана")
    service_log.record_entry(session, month.order.id, visit, uuid4(), make.as_specialist(month.first), IN_MARCH)
    session.flush()
    further = month.sent(UNDONE)
    assert (further.units, further.corrects_id) == (60, None)
    check_ledger(session)
    with pytest.raises(RuleViolation, match="already drawn up"):
        later = NewEntry(IN_MARCH.date(), time(9), time(10), "Емхана")
        service_log.record_entry(session, month.order.id, later, uuid4(), make.as_specialist(month.first), UNDONE)


@pytest.mark.law("R83.6", "R83.3")
def test_an_order_whose_days_have_passed_is_not_asked_for_again(session: Session, late: Late) -> None:
    """Nobody could serve it any more: what it had set aside is free, and another provider can be chosen."""
    first, last = date(2026, 3, 20), date(2026, 4, 10)
    placed = make.make_order(session, late.entitlement, status=OrderStatus.PLACED, starts_on=first, ends_on=last)
    late.die()
    undo(late)
    assert (placed.status, placed.reason, placed.ended_on) == (OrderStatus.CLOSED, "expired", date(2026, 4, 10))
    assert (placed.reserved, late.order.status) == (0, OrderStatus.ACCEPTED)


@pytest.mark.law("R83.6")
def test_the_sms_of_the_undoing_is_sent_beside_that_of_the_news(session: Session, late: Late) -> None:
    late.die(BEFORE_ALL)
    undo(late)
    about = select(SmsMessage.about).where(SmsMessage.about.startswith(f"act:{late.act.id}:"))
    assert len(session.scalars(about.where(SmsMessage.person_id == late.sent.head.id)).all()) == 2
