"""News that come late (R83.6, RI.4, RI.5): visits after the day are struck wherever their act is, exactly once."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.models.act import Act
from portal.models.claim import Claim
from portal.models.document import DocumentKind
from portal.models.message import Execution, SmsMessage
from portal.models.payment import Payment
from portal.models.person_event import PersonEvent
from portal.operations import acts, documents, payments, person_events, review
from portal.payments.reconcile import Asked, Outcome
from portal.queries import service_log as log
from portal.rules.acts import ActStatus
from portal.rules.claims import ClaimStatus
from portal.rules.law import RuleViolation
from portal.rules.orders import OrderStatus
from portal.rules.payments import MISMATCH, PaymentStatus
from portal.rules.quantities import cost_tiyn
from tests import factories as make
from tests.office.sent import CHECKED, PAID, Clerks, Sent, accepted, approved
from tests.operations.balances import check_books, check_ledger
from tests.operations.test_payments import arrived
from tests.pen import signed

THE_DAY = date(2026, 3, 3)
"""Between the two visits of the act."""
BEFORE_ALL = date(2026, 3, 2)
KNOWN = PAID + timedelta(days=6)


class Late:
    """An act with a visit before and one after the day, at an office; and the death that becomes known."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.clerks = Clerks(session)
        self.sent = Sent(session)
        self.act: Act = self.sent.act
        self.order = self.sent.order
        self.before, self.after = self.sent.entries
        self.entitlement = self.order.entitlement

    @property
    def rate(self) -> int:
        """What an hour is reimbursed at, in tiyn."""
        return min(self.after.price_tiyn, self.after.guaranteed_tiyn)

    def asked(self) -> tuple[Payment, Asked]:
        """A payment whose outcome is not known."""
        payment = approved(self.session, self.sent, self.clerks)
        asked = payments.write_down(self.session, payment.id, PAID)
        assert asked is not None
        return payment, asked

    def paid(self) -> Payment:
        """A payment that has arrived."""
        payment, asked = self.asked()
        assert payments.conclude(self.session, payment.id, asked.attempt, arrived(asked), PAID)
        return payment

    def die(self, on: date = THE_DAY, days: int = 0) -> None:
        """The death becomes known."""
        person_events.died(self.session, self.sent.recipient, on, ESOBES, KNOWN + timedelta(days=days))
        self.check()

    def check(self) -> None:
        """The books are right."""
        self.session.flush()
        check_books(self.session, self.entitlement)
        check_ledger(self.session)

    def claims(self) -> list[Claim]:
        """What is claimed back, in the order in which it was."""
        return list(self.session.scalars(select(Claim).order_by(Claim.number)))

    def told(self) -> list[str]:
        """What the provider's people were told by SMS of acts and claims, the last first."""
        mine = select(SmsMessage.text).where(
            SmsMessage.person_id == self.sent.head.id, ~SmsMessage.about.like("order:%")
        )
        return list(self.session.scalars(mine.order_by(SmsMessage.owed_at.desc())))

    def learned(self, kind: str) -> list[Execution]:
        """What E-Sobes learned."""
        found = self.session.scalars(select(Execution).order_by(Execution.sequence))
        return [one for one in found if one.body["kind"] == kind]


@pytest.fixture
def late(session: Session) -> Late:
    return Late(session)


@pytest.mark.law("RI.4", "RI.6")
def test_the_event_is_kept_and_all_that_it_did_names_it(session: Session, late: Late) -> None:
    late.die()
    event = session.scalars(select(PersonEvent)).one()
    assert (event.kind, event.happened_on, event.reported_at, event.undone_at) == ("death", THE_DAY, KNOWN, None)
    ended: list[Any] = [late.entitlement, late.order, late.after, late.act]
    assert [one.ended_by_id for one in ended] == [event.id] * 4
    assert late.before.ended_by_id is None


class TestAtTheOffice:
    """An act that the office has before it goes back by itself."""

    @pytest.mark.law("RI.4", "RI.5", "R42.9")
    @pytest.mark.parametrize("taken_up", [False, True])
    def test_goes_back_with_the_reason(self, session: Session, late: Late, taken_up: bool) -> None:
        if taken_up:
            review.take_up(session, late.act.id, late.clerks.first, CHECKED)
        late.die()
        assert (late.act.status, late.act.reason) == (ActStatus.RETURNED, "wrong_period_or_hours")
        assert "03.03.2026" in late.act.note
        assert late.act.resubmit_due_on == date(2026, 4, 16)
        assert (late.before.struck_at, late.before.act_id) == (None, None)
        assert (late.after.struck_at, late.after.strike_reason, late.after.act_id) == (KNOWN, "death", None)
        assert str(late.act.number) in late.told()[0]
        (learned,) = late.learned("correction")
        assert (learned.body["act"], learned.body["status"], learned.body["on"]) == (
            late.act.number,
            "returned",
            "2026-03-03",
        )

    @pytest.mark.law("RI.5", "R42.8", "RI.4")
    def test_what_stands_is_acted_anew_and_paid_without_the_recipients_signature(
        self, session: Session, late: Late
    ) -> None:
        late.die()
        new = corrected(session, late)
        assert new.corrects_id == late.act.id
        assert (new.units, new.without_recipient) == (120, True)
        review.take_up(session, new.id, late.clerks.first, KNOWN)
        payment = review.accept(session, new.id, late.clerks.first, KNOWN, holds_seen=True)
        assert payment.amount_tiyn == cost_tiyn(120, late.rate)
        late.check()

    @pytest.mark.law("RI.4")
    def test_of_which_nothing_stands_needs_no_new_one(self, session: Session, late: Late) -> None:
        late.die(BEFORE_ALL)
        assert (late.act.status, late.act.resubmit_due_on) == (ActStatus.RETURNED, None)
        assert not log.to_be_acted(session, late.order.id, late.act.month)
        assert str(late.act.number) in late.told()[0]
        assert late.entitlement.used == 0

    def test_of_earlier_days_only_stays(self, session: Session, late: Late) -> None:
        late.die(date(2026, 3, 4))
        assert (late.act.status, late.claims()) == (ActStatus.SUBMITTED, [])

    @pytest.mark.law("RI.4", "R42.2")
    def test_a_programme_closed_before_does_the_same(self, session: Session, late: Late) -> None:
        programme = late.entitlement.measure.programme
        person_events.programme_closed(session, programme, THE_DAY, ESOBES, KNOWN)
        late.check()
        assert (late.act.status, late.after.strike_reason) == (ActStatus.RETURNED, "programme_closed")


def corrected(session: Session, late: Late) -> Act:
    """The provider draws up and sends what stands."""
    new = acts.correct(session, late.act.id, late.sent.staff, KNOWN)
    acts.submit(session, signed(new.document_id), late.sent.staff, KNOWN)
    session.flush()
    return new


class TestAccepted:
    """An accepted act that is not paid yet is set aside with its payment."""

    @pytest.mark.law("RI.2", "RI.4", "RI.5")
    @pytest.mark.parametrize("status", [PaymentStatus.AWAITING, PaymentStatus.APPROVED, PaymentStatus.FAILED])
    def test_is_set_aside(self, session: Session, late: Late, status: PaymentStatus) -> None:
        payment = payment_in(session, late, status)
        late.die()
        assert (late.act.status, payment.status) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
        assert payment.next_try_at is None
        assert (late.entitlement.owed_tiyn, late.order.acted) == (0, 0)
        assert late.entitlement.reserved_tiyn == cost_tiyn(120, late.order.guaranteed_tiyn)
        assert (late.before.act_id, late.after.struck_at) == (None, KNOWN)
        assert late.claims() == []
        assert payments.write_down(session, payment.id, KNOWN) is None
        with pytest.raises(RuleViolation, match="was set aside"):
            review.accept(session, late.act.id, late.clerks.first, KNOWN)
        with pytest.raises(RuleViolation, match="cancelled"):
            payments.approve(session, payment.id, late.clerks.second, KNOWN)

    @pytest.mark.law("RI.5")
    def test_is_corrected_by_a_new_one_that_names_it(self, session: Session, late: Late) -> None:
        accepted(session, late.sent, late.clerks)
        late.die()
        new = corrected(session, late)
        assert (new.corrects_id, new.units) == (late.act.id, 120)


def payment_in(session: Session, late: Late, status: PaymentStatus) -> Payment:
    """A payment that was not asked for, or was refused."""
    if status is PaymentStatus.AWAITING:
        return accepted(session, late.sent, late.clerks)
    if status is PaymentStatus.APPROVED:
        return approved(session, late.sent, late.clerks)
    payment, asked = late.asked()
    assert payments.conclude(session, payment.id, asked.attempt, Outcome(failure_code="balance_insufficient"), PAID)
    return payment


class TestAsked:
    """While the outcome of a payment is not known nothing is done; it is when it becomes known."""

    @pytest.mark.law("RI.2", "RI.4")
    def test_nothing_yet(self, session: Session, late: Late) -> None:
        payment, _asked = late.asked()
        late.die()
        assert (late.act.status, payment.status) == (ActStatus.ACCEPTED, PaymentStatus.ASKED)
        assert (late.after.struck_at, late.after.act_id) == (None, late.act.id)

    @pytest.mark.law("RI.2", "RI.4", "R42.11")
    def test_it_has_arrived(self, session: Session, late: Late) -> None:
        payment, asked = late.asked()
        late.die()
        assert payments.conclude(session, payment.id, asked.attempt, arrived(asked), KNOWN)
        late.check()
        (claim,) = late.claims()
        assert (claim.payment_id, claim.units, late.after.struck_at) == (payment.id, 90, KNOWN)
        assert late.after.ended_by_id == claim.event_id == late.entitlement.ended_by_id

    @pytest.mark.law("RI.2", "RI.4")
    def test_it_was_refused(self, session: Session, late: Late) -> None:
        payment, asked = late.asked()
        late.die()
        assert payments.conclude(session, payment.id, asked.attempt, Outcome(failure_code="account_closed"), KNOWN)
        late.check()
        assert (late.act.status, payment.status) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
        assert late.claims() == []

    def test_it_is_still_not_known(self, session: Session, late: Late) -> None:
        payment, asked = late.asked()
        late.die()
        assert not payments.conclude(session, payment.id, asked.attempt, Outcome(), KNOWN)
        assert payment.status is PaymentStatus.ASKED


class TestFoundOtherwise:
    """Money is out for its payment, but not as it was asked for: nothing is touched until that is cleared up."""

    def found(self, late: Late) -> tuple[Payment, Asked]:
        payment, asked = late.asked()
        assert payments.conclude(late.session, payment.id, asked.attempt, Outcome(failure_code=MISMATCH), PAID)
        return payment, asked

    def look_again(self, late: Late, payment: Payment, outcome: Outcome) -> None:
        payments.look_again(late.session, payment.id, late.clerks.first, KNOWN)
        payments.conclude(late.session, payment.id, payment.attempt, outcome, KNOWN)
        late.check()

    def is_untouched(self, late: Late, payment: Payment) -> bool:
        assert (late.after.struck_at, late.after.act_id, late.claims()) == (None, late.act.id, [])
        return (late.act.status, payment.failure_code) == (ActStatus.ACCEPTED, MISMATCH)

    @pytest.mark.law("RI.2", "RI.4")
    def test_nothing_yet(self, session: Session, late: Late) -> None:
        payment, _asked = self.found(late)
        late.die()
        assert payment.status is PaymentStatus.FAILED
        assert self.is_untouched(late, payment)

    @pytest.mark.law("RI.2", "RI.4")
    def test_nor_when_it_is_found_so_after_the_news(self, session: Session, late: Late) -> None:
        payment, asked = late.asked()
        late.die()
        assert payments.conclude(session, payment.id, asked.attempt, Outcome(failure_code=MISMATCH), KNOWN)
        late.check()
        assert self.is_untouched(late, payment)

    @pytest.mark.law("RI.2", "RI.4")
    @pytest.mark.parametrize("outcome", [Outcome(), Outcome(failure_code=MISMATCH)], ids=["not known", "as before"])
    def test_nor_while_it_is_looked_at_again(self, session: Session, late: Late, outcome: Outcome) -> None:
        payment, _asked = self.found(late)
        late.die()
        self.look_again(late, payment, outcome)
        assert payment.status is (PaymentStatus.FAILED if outcome.failure_code else PaymentStatus.ASKED)
        assert self.is_untouched(late, payment)

    @pytest.mark.law("RI.2", "RI.4", "R42.11")
    def test_it_has_arrived(self, session: Session, late: Late) -> None:
        payment, asked = self.found(late)
        late.die()
        self.look_again(late, payment, arrived(asked))
        (claim,) = late.claims()
        assert (claim.payment_id, claim.units, late.after.struck_at) == (payment.id, 90, KNOWN)
        assert payment.status is PaymentStatus.PAID

    @pytest.mark.law("RI.2", "RI.4")
    def test_it_came_back(self, session: Session, late: Late) -> None:
        payment, _asked = self.found(late)
        late.die()
        self.look_again(late, payment, Outcome(failure_code="reversed"))
        assert (late.act.status, payment.status) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
        assert (late.after.struck_at, late.claims()) == (KNOWN, [])


class TestPaid:
    """What was paid for a day that does not count is claimed back from the provider."""

    @pytest.mark.law("RI.2", "RI.4", "R42.11")
    def test_becomes_a_claim(self, session: Session, late: Late) -> None:
        payment = late.paid()
        late.die()
        (claim,) = late.claims()
        amount = payment.amount_tiyn - cost_tiyn(120, late.rate)
        assert (claim.amount_tiyn, claim.units, claim.status) == (amount, 90, ClaimStatus.OPEN)
        assert (claim.reason, claim.due_on) == ("death", KNOWN.date() + timedelta(days=15))
        assert (late.act.status, payment.status) == (ActStatus.PAID, PaymentStatus.PAID)
        assert (late.entitlement.claimed_tiyn, late.entitlement.paid_tiyn) == (amount, payment.amount_tiyn - amount)
        assert (late.after.struck_at, late.after.act_id, late.before.struck_at) == (KNOWN, late.act.id, None)
        assert late.entitlement.used == 120
        assert str(late.act.number) in late.told()[0]
        (learned,) = late.learned("claim")
        assert (learned.body["claim"], learned.body["amount_tiyn"]) == (claim.number, amount)

    @pytest.mark.law("RI.5")
    def test_a_correction_says_what_and_how_much(self, session: Session, late: Late) -> None:
        payment = late.paid()
        late.die()
        (claim,) = late.claims()
        document = claim.correction
        said = documents.content(document)
        assert (document.kind, document.corrects_id) == (DocumentKind.CORRECTION, late.act.document_id)
        assert (said["act"]["number"], said["act"]["document"]) == (late.act.number, str(late.act.document_id))
        assert [row["id"] for row in said["struck"]] == [str(late.after.id)]
        assert said["old_amount_tiyn"] == payment.amount_tiyn
        assert said["new_amount_tiyn"] == payment.amount_tiyn - claim.amount_tiyn

    @pytest.mark.law("RI.4")
    def test_all_of_it_when_nothing_stands(self, session: Session, late: Late) -> None:
        payment = late.paid()
        late.die(BEFORE_ALL)
        (claim,) = late.claims()
        assert claim.amount_tiyn == payment.amount_tiyn
        assert (late.entitlement.paid_tiyn, late.entitlement.used, late.order.acted) == (0, 0, 0)

    @pytest.mark.law("RI.2")
    def test_the_same_news_again_claim_nothing_more(self, session: Session, late: Late) -> None:
        late.paid()
        late.die()
        late.die(days=1)
        assert len(late.claims()) == 1
        assert len(session.scalars(select(PersonEvent)).all()) == 1

    @pytest.mark.law("RI.2", "RI.4")
    def test_an_earlier_day_claims_the_rest(self, session: Session, late: Late) -> None:
        payment = late.paid()
        late.die()
        late.die(BEFORE_ALL, days=1)
        first, second = late.claims()
        assert first.amount_tiyn + second.amount_tiyn == payment.amount_tiyn
        assert (first.units, second.units) == (90, 120)
        assert late.entitlement.used == 0

    @pytest.mark.law("R83.6", "RI.4")
    def test_a_later_day_withdraws_the_claim(self, session: Session, late: Late) -> None:
        late.paid()
        late.die()
        late.die(date(2026, 3, 4), days=1)
        assert [one.status for one in late.claims()] == [ClaimStatus.WITHDRAWN]
        assert (late.after.struck_at, late.after.act_id) == (None, late.act.id)
        assert (late.entitlement.closed_on, late.sent.recipient.died_on) == (date(2026, 3, 4),) * 2
        assert late.order.status is OrderStatus.CLOSED

    @pytest.mark.law("R83.6", "RI.4")
    def test_a_departure_and_then_a_death_before_it(self, session: Session, late: Late) -> None:
        late.paid()
        person_events.departed(session, late.sent.recipient, THE_DAY, ESOBES, KNOWN)
        late.check()
        late.die(BEFORE_ALL, days=1)
        assert [one.reason for one in late.claims()] == ["departure", "death"]
        assert (late.entitlement.closed_on, late.entitlement.close_reason) == (BEFORE_ALL, "death")

    @pytest.mark.law("R83.6", "RI.4")
    def test_a_death_and_then_a_closed_programme(self, session: Session, late: Late) -> None:
        late.paid()
        late.die()
        programme = late.entitlement.measure.programme
        person_events.programme_closed(session, programme, date(2026, 4, 1), ESOBES, KNOWN)
        late.check()
        assert programme.closed_at == KNOWN
        assert (late.entitlement.closed_on, late.entitlement.close_reason) == (THE_DAY, "death")
        assert len(late.claims()) == 1


@pytest.mark.law("RI.4")
def test_other_peoples_acts_are_not_touched(session: Session, late: Late) -> None:
    other = make.make_act(session, status=ActStatus.SUBMITTED)
    late.die()
    assert other.status is ActStatus.SUBMITTED
