"""A death that is undone (R42.5, R42.8): acts sent meanwhile without a signature are drawn up anew and signed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.models.message import Execution, SmsMessage
from portal.models.payment import Payment
from portal.operations import acts, payments, person_events, review
from portal.payments.reconcile import Outcome
from portal.queries import acts as found
from portal.queries import office_acts
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from portal.rules.payments import MISMATCH, PaymentStatus
from portal.rules.returns import EventKind
from portal.rules.service import Service
from tests.office.sent import Clerks
from tests.operations.balances import check_books, check_ledger
from tests.operations.month import NOW, Month
from tests.operations.test_payments import arrived

DAY = timedelta(days=1)
NOTE = "Аттас адам қайтыс болған"


class Mistaken:
    """A death of the last day of March, reported by mistake; the act of March is sent without the recipient's word."""

    def __init__(self, session: Session, service: Service = Service.ASSISTANT) -> None:
        self.session = session
        self.clerks = Clerks(session)
        self.month = Month(session, service)
        self.month.provider.payment_account = "acct_1"
        self.act = self.month.draw_up()
        self.entitlement = self.month.order.entitlement

    def die(self) -> None:
        """The death is reported."""
        person_events.died(self.session, self.month.recipient, NOW.date(), ESOBES, NOW)

    def send(self) -> None:
        """The act goes to the office as the law allows it after a death."""
        self.month.submit(self.act)

    def accept(self) -> Payment:
        """The office accepts it."""
        review.take_up(self.session, self.act.id, self.clerks.first, NOW)
        return review.accept(self.session, self.act.id, self.clerks.first, NOW, holds_seen=True)

    def undo(self) -> None:
        """The office undoes the death the next day."""
        self.session.flush()
        clerk, person = self.clerks.first, self.month.recipient
        person_events.undo(self.session, person.id, EventKind.DEATH, NOTE, clerk, NOW + DAY)
        self.check()

    def check(self) -> None:
        """The books are right."""
        self.session.flush()
        check_books(self.session, self.entitlement)
        check_ledger(self.session)

    def signed_anew(self) -> Payment:
        """The provider draws the act up anew, everybody signs, the office accepts and approves."""
        later = NOW + 2 * DAY
        new = acts.correct(self.session, self.act.id, self.month.staff, later)
        assert (new.corrects_id, new.units) == (self.act.id, self.act.units)
        self.session.refresh(new)
        self.month.sign_sheets(new, later)
        self.month.sign(new, later)
        self.month.submit(new, later)
        review.take_up(self.session, new.id, self.clerks.first, later)
        payment = review.accept(self.session, new.id, self.clerks.first, later)
        return payments.approve(self.session, payment.id, self.clerks.second, later)


@pytest.fixture
def case(session: Session) -> Mistaken:
    return Mistaken(session)


@pytest.mark.law("R42.8")
def test_what_is_drawn_up_already_may_be_sent_within_a_month_of_the_death(session: Session, case: Mistaken) -> None:
    """Both sides see the new term at once, not only when the act is sent."""
    assert case.act.submit_due_on == date(2026, 4, 10)
    case.die()
    assert case.act.submit_due_on == date(2026, 5, 2)


@pytest.mark.law("R42.5", "R42.10", "RI.5")
@pytest.mark.parametrize("taken_up", [False, True])
def test_at_the_office_it_goes_back(session: Session, case: Mistaken, taken_up: bool) -> None:
    case.die()
    case.send()
    if taken_up:
        review.take_up(session, case.act.id, case.clerks.first, NOW)
    case.undo()
    assert (case.act.status, case.act.reason) == (ActStatus.RETURNED, "signature_missing")
    assert case.act.resubmit_due_on is not None
    assert {entry.act_id for entry in case.month.entries} == {None}
    history = office_acts.history(session, case.clerks.office.id, case.month.provider.id)
    assert history.returned == 0, "no clerk has returned it, and the provider is not to blame"
    assert case.signed_anew().status is PaymentStatus.APPROVED
    case.check()


@pytest.mark.law("R42.5", "R42.11", "RI.2", "RI.5")
@pytest.mark.parametrize("status", [PaymentStatus.AWAITING, PaymentStatus.APPROVED, PaymentStatus.FAILED])
def test_accepted_and_not_paid_it_is_set_aside(session: Session, case: Mistaken, status: PaymentStatus) -> None:
    case.die()
    case.send()
    payment = case.accept()
    if status is not PaymentStatus.AWAITING:
        payments.approve(session, payment.id, case.clerks.second, NOW)
    if status is PaymentStatus.FAILED:
        payments.write_down(session, payment.id, NOW)
        payments.conclude(session, payment.id, 1, Outcome(failure_code="balance_insufficient"), NOW)
    assert payment.status is status
    case.undo()
    assert (case.act.status, payment.status) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
    assert (case.entitlement.owed_tiyn, case.month.order.acted) == (0, 0)
    assert case.entitlement.used == case.act.units
    (learned,) = [one.body for one in session.scalars(select(Execution)) if one.body["kind"] == "correction"]
    said = (learned["act"], learned["status"], learned["reason"], learned["on"])
    assert said == (case.act.number, "set_aside", "signature_missing", None)
    told = session.scalars(select(SmsMessage).where(SmsMessage.about.startswith(f"act:{case.act.id}:returned"))).all()
    assert [one.person_id for one in told] == [case.month.staff.person_id]
    assert case.signed_anew().amount_tiyn == case.act.amount_tiyn
    case.check()


@pytest.mark.law("R42.5", "R42.11", "RI.2")
def test_while_its_payment_is_asked_for_nothing_is_done(session: Session, case: Mistaken) -> None:
    payment = asked(session, case)
    case.undo()
    assert (case.act.status, payment.status) == (ActStatus.ACCEPTED, PaymentStatus.ASKED)
    payments.conclude(session, payment.id, 1, Outcome(failure_code="account_closed"), NOW + DAY)
    case.check()
    assert (case.act.status, payment.status) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
    assert case.signed_anew().status is PaymentStatus.APPROVED


@pytest.mark.law("R42.5", "R42.11", "RI.2")
def test_while_money_is_out_otherwise_nothing_is_done(session: Session, case: Mistaken) -> None:
    payment = asked(session, case)
    payments.conclude(session, payment.id, 1, Outcome(failure_code=MISMATCH), NOW)
    case.undo()
    assert (case.act.status, payment.status) == (ActStatus.ACCEPTED, PaymentStatus.FAILED)
    payments.look_again(session, payment.id, case.clerks.first, NOW + DAY)
    payments.conclude(session, payment.id, 1, Outcome(failure_code="reversed"), NOW + DAY)
    case.check()
    assert (case.act.status, payment.status) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
    assert case.signed_anew().status is PaymentStatus.APPROVED


@pytest.mark.law("R42.5", "R42.11")
@pytest.mark.parametrize("before", [True, False])
def test_what_is_paid_stays_paid(session: Session, case: Mistaken, before: bool) -> None:
    payment = asked(session, case)
    attempt = payments.lease(session, payment.id, NOW)
    assert attempt is not None
    if before:
        payments.conclude(session, payment.id, 1, arrived(attempt), NOW)
    case.undo()
    if not before:
        payments.conclude(session, payment.id, 1, arrived(attempt), NOW + DAY)
    case.check()
    assert (case.act.status, payment.status) == (ActStatus.PAID, PaymentStatus.PAID)
    assert found.unsigned(session, case.month.recipient.id) == [case.act]


def asked(session: Session, case: Mistaken) -> Payment:
    """A payment whose outcome is not known yet."""
    case.die()
    case.send()
    payment = case.accept()
    payments.approve(session, payment.id, case.clerks.second, NOW)
    payments.write_down(session, payment.id, NOW)
    return payment


@pytest.mark.law("R42.6", "R42.10")
def test_a_sheet_without_its_signature_is_enough(session: Session, case: Mistaken) -> None:
    """The recipient had signed before; only the assistants' sheets were let through because of the death."""
    case.month.sign(case.act)
    case.die()
    case.send()
    case.undo()
    assert (case.act.status, case.act.reason) == (ActStatus.RETURNED, "signature_missing")


@pytest.mark.law("R42.5")
@pytest.mark.parametrize("service", [Service.ASSISTANT, Service.INTERPRETER])
def test_an_act_that_everybody_signed_stays(session: Session, service: Service) -> None:
    case = Mistaken(session, service)
    case.month.sign_sheets(case.act)
    case.month.sign(case.act)
    case.die()
    case.send()
    payment = case.accept()
    case.undo()
    assert (case.act.status, payment.status) == (ActStatus.ACCEPTED, PaymentStatus.AWAITING)
    assert payments.approve(session, payment.id, case.clerks.second, NOW + DAY).status is PaymentStatus.APPROVED


@pytest.mark.law("R42.8")
def test_after_a_departure_that_is_undone_a_death_still_excuses(session: Session, case: Mistaken) -> None:
    case.die()
    person_events.departed(session, case.month.recipient, NOW.date(), ESOBES, NOW)
    case.send()
    session.flush()
    person_events.undo(session, case.month.recipient.id, EventKind.DEPARTURE, NOTE, case.clerks.first, NOW + DAY)
    case.check()
    assert case.act.status is ActStatus.SUBMITTED


@pytest.mark.law("R42.5", "R42.9")
def test_an_act_not_sent_waits_for_its_signatures(case: Mistaken) -> None:
    case.die()
    case.undo()
    with pytest.raises(RuleViolation, match="has not signed"):
        case.send()
    case.month.sign_sheets(case.act)
    case.month.sign(case.act)
    case.send()
    assert case.act.status is ActStatus.SUBMITTED
