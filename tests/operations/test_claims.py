"""Claims (R42.11): repaid, set off in the next payment, or taken back at the payment system; each tenge once (RI.2)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.models.claim import Claim, ClaimSettlement
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations import claims, payments, person_events, reversals, review, set_offs
from portal.payments.reconcile import Outcome
from portal.payments.reversals import CameBack
from portal.queries import ledger_proof
from portal.rules.acts import ActStatus
from portal.rules.claims import ClaimStatus, SettlementKind, SettlementStatus
from portal.rules.law import RuleViolation
from portal.rules.payments import PaymentStatus
from tests import factories as make
from tests.office.sent import OTHER_PLACE, Clerks, Sent
from tests.operations.test_late_news import BEFORE_ALL, KNOWN, THE_DAY, Late
from tests.operations.test_payments import arrived

TODAY = KNOWN.date()
LATER = KNOWN + timedelta(days=3)


class Claimed(Late):
    """A claim for the money of one visit, or of all."""

    def __init__(self, session: Session, on: date = THE_DAY) -> None:
        super().__init__(session)
        self.payment = self.paid()
        self.die(on)
        (self.claim,) = self.claims()
        self.amount = self.claim.amount_tiyn

    def next_payment(self, provider: Provider | None = None, recipient: Person | None = None) -> Payment:
        """Another payment that is approved."""
        sent = Sent(self.session, provider=provider or self.sent.provider, recipient=recipient)
        review.take_up(self.session, sent.act.id, self.clerks.first, KNOWN)
        payment = review.accept(self.session, sent.act.id, self.clerks.first, KNOWN, holds_seen=True)
        return payments.approve(self.session, payment.id, self.clerks.second, KNOWN)

    def choose(self) -> None:
        """The office keeps it from later payments."""
        set_offs.choose(self.session, self.claim.id, self.clerks.first, KNOWN)

    def repay(self, tiyn: int, reference: str = "17", on: date = TODAY, clerks: Clerks | None = None) -> Claim:
        """The provider pays back."""
        who = (clerks or self.clerks).first
        return claims.repay(self.session, self.claim.id, on, reference, tiyn, who, KNOWN)

    def one(self) -> ClaimSettlement:
        """The only way in which it comes back."""
        self.session.refresh(self.claim, ["settlements"])
        (found,) = self.claim.settlements
        return found


@pytest.fixture
def case(session: Session) -> Claimed:
    return Claimed(session)


class TestRepayment:
    """The provider pays back, in one sum or in several."""

    @pytest.mark.law("R42.11", "RI.2")
    def test_of_all_settles_the_claim(self, case: Claimed) -> None:
        assert case.repay(case.amount).status is ClaimStatus.SETTLED
        assert (case.entitlement.claimed_tiyn, case.entitlement.recovered_tiyn) == (0, case.amount)
        assert (case.one().repaid_on, case.one().recorded_by_id) == (TODAY, case.clerks.first_person.id)
        assert case.learned("claim")[-1].body["settled_tiyn"] == case.amount
        case.check()

    @pytest.mark.law("R42.11")
    def test_of_a_part_leaves_the_rest_open(self, case: Claimed) -> None:
        case.repay(100)
        case.check()
        assert (case.claim.status, case.claim.left_tiyn) == (ClaimStatus.OPEN, case.amount - 100)
        case.repay(case.amount - 100, "18")
        case.check()
        assert case.claim.status is ClaimStatus.SETTLED
        assert len(case.learned("claim")) == 3

    @pytest.mark.law("RI.2")
    def test_the_same_document_again_changes_nothing(self, case: Claimed) -> None:
        case.repay(100)
        case.repay(100, " 17 ")
        assert case.claim.settled_tiyn == 100

    @pytest.mark.law("R42.11", "RI.2")
    @pytest.mark.parametrize(
        ("tiyn", "on", "says"),
        [
            (10**9, TODAY, "still to come back"),
            (0, TODAY, "more than nothing"),
            (100, TODAY + timedelta(days=1), "still to come"),
            (100, TODAY - timedelta(days=1), "made only on"),
        ],
    )
    def test_refuses(self, case: Claimed, tiyn: int, on: date, says: str) -> None:
        with pytest.raises(RuleViolation, match=says):
            case.repay(tiyn, on=on)
        case.check()

    @pytest.mark.law("R42.11", "RI.7")
    def test_the_day_of_the_claim_is_that_of_kazakhstan(self, case: Claimed) -> None:
        case.claim.claimed_at = datetime(2026, 4, 13, 2, tzinfo=ALMATY)
        case.session.flush()
        case.session.expire(case.claim)
        with pytest.raises(RuleViolation, match="made only on") as refused:
            case.repay(100, on=date(2026, 4, 12))
        assert refused.value.figures["claimed_on"] == date(2026, 4, 13)

    @pytest.mark.law("R42.11")
    def test_of_a_settled_claim_is_refused(self, case: Claimed) -> None:
        case.repay(case.amount)
        with pytest.raises(RuleViolation, match="already come back"):
            case.repay(1, "18")

    def test_another_office_does_not_find_it(self, case: Claimed) -> None:
        strangers = Clerks(case.session, OTHER_PLACE)
        for step in (reversals.ask, set_offs.choose):
            for actor in (strangers.first, case.sent.staff):
                with pytest.raises(LookupError):
                    step(case.session, case.claim.id, actor, KNOWN)
        with pytest.raises(LookupError):
            case.repay(100, clerks=strangers)


class TestSetOff:
    """What is owed back is kept from the provider's next payment by the same office."""

    @pytest.mark.law("R42.11", "RI.2")
    def test_the_transfer_asks_for_the_rest(self, case: Claimed) -> None:
        case.choose()
        payment = case.next_payment()
        asked = payments.write_down(case.session, payment.id, LATER)
        assert asked is not None
        assert (asked.amount_tiyn, payment.set_off_tiyn) == (payment.amount_tiyn - case.amount, case.amount)
        case.check()
        assert case.claim.settled_tiyn == 0, "not before the payment is made"
        payments.conclude(case.session, payment.id, asked.attempt, arrived(asked, "tr_2"), LATER)
        case.check()
        (due,) = set_offs.due(case.session, 10)
        assert set_offs.conclude(case.session, due, LATER)
        assert not set_offs.conclude(case.session, due, LATER)
        case.check()
        assert (case.claim.status, case.entitlement.recovered_tiyn) == (ClaimStatus.SETTLED, case.amount)
        assert (case.one().kind, case.one().status) == (SettlementKind.SET_OFF, SettlementStatus.DONE)

    @pytest.mark.law("R42.11")
    def test_when_nothing_is_left_no_transfer_is_made(self, session: Session) -> None:
        case = Claimed(session, BEFORE_ALL)
        case.choose()
        payment = case.next_payment()
        assert payment.amount_tiyn == case.amount
        assert payments.write_down(session, payment.id, LATER) is None
        assert (payment.status, payment.transfer_id, payment.paid_at) == (PaymentStatus.PAID, None, LATER)
        assert payment.act.status is ActStatus.PAID
        case.check()
        assert [set_offs.conclude(session, one, LATER) for one in set_offs.due(session, 10)] == [True]
        assert case.claim.status is ClaimStatus.SETTLED
        case.check()

    @pytest.mark.law("R42.11")
    def test_only_when_the_office_has_chosen_it(self, case: Claimed) -> None:
        payment = case.next_payment()
        assert payments.write_down(case.session, payment.id, LATER) is not None
        assert payment.set_off_tiyn == 0

    @pytest.mark.law("R42.11")
    def test_not_from_another_provider(self, case: Claimed) -> None:
        case.choose()
        payment = case.next_payment(make.make_provider(case.session))
        assert payments.write_down(case.session, payment.id, LATER) is not None
        assert payment.set_off_tiyn == 0

    @pytest.mark.law("RI.2")
    def test_not_twice_while_it_is_on_its_way(self, case: Claimed) -> None:
        case.choose()
        first, second = case.next_payment(), case.next_payment()
        payments.write_down(case.session, first.id, LATER)
        payments.write_down(case.session, second.id, LATER)
        assert (first.set_off_tiyn, second.set_off_tiyn) == (case.amount, 0)
        with pytest.raises(RuleViolation, match="already on its way"):
            case.repay(100)
        case.check()

    @pytest.mark.law("RI.2")
    def test_a_refused_payment_keeps_it_for_its_next_attempt(self, case: Claimed) -> None:
        case.choose()
        payment = case.next_payment()
        asked = payments.write_down(case.session, payment.id, LATER)
        payments.conclude(case.session, payment.id, 1, Outcome(failure_code="balance_insufficient"), LATER)
        payments.approve_again(case.session, payment.id, case.clerks.second, LATER)
        again = payments.write_down(case.session, payment.id, LATER)
        assert asked is not None
        assert again is not None
        assert (again.amount_tiyn, payment.set_off_tiyn) == (asked.amount_tiyn, case.amount)
        case.check()

    @pytest.mark.law("RI.2", "RI.4")
    def test_of_a_cancelled_payment_is_to_come_back_again(self, case: Claimed) -> None:
        case.choose()
        person = make.make_person(case.session)
        payment = case.next_payment(recipient=person)
        payments.write_down(case.session, payment.id, LATER)
        payments.conclude(case.session, payment.id, 1, Outcome(failure_code="balance_insufficient"), LATER)
        person_events.died(case.session, person, THE_DAY, ESOBES, LATER)
        assert (payment.status, payment.set_off_tiyn) == (PaymentStatus.CANCELLED, 0)
        assert case.one().status is SettlementStatus.FAILED
        case.check()
        again = case.next_payment()
        payments.write_down(case.session, again.id, LATER)
        assert again.set_off_tiyn == case.amount

    def test_chosen_again_nothing_changes(self, case: Claimed) -> None:
        case.choose()
        set_offs.choose(case.session, case.claim.id, case.clerks.second, LATER)
        assert case.claim.set_off_from_at == KNOWN


class TestReversal:
    """The transfer is taken back; it is written down before it is asked for."""

    def ask(self, case: Claimed) -> ClaimSettlement:
        reversals.ask(case.session, case.claim.id, case.clerks.first, KNOWN)
        return case.one()

    @pytest.mark.law("R42.11", "RI.2")
    def test_is_written_down_then_asked_then_concluded(self, case: Claimed) -> None:
        written = self.ask(case)
        case.check()
        assert reversals.due(case.session, KNOWN, 10) == [written.id]
        asked = reversals.lease(case.session, written.id, KNOWN)
        assert asked is not None
        assert (asked.transfer_id, asked.amount_tiyn, asked.key) == ("tr_1", case.amount, str(written.id))
        assert reversals.lease(case.session, written.id, KNOWN) is None, "left to one process for a while"
        assert reversals.conclude(case.session, written.id, CameBack("trr_1"), KNOWN)
        assert not reversals.conclude(case.session, written.id, CameBack("trr_1"), KNOWN)
        assert (case.claim.status, written.reference) == (ClaimStatus.SETTLED, "trr_1")
        assert case.entitlement.recovered_tiyn == case.amount
        case.check()

    @pytest.mark.law("RI.2")
    def test_asked_again_there_is_one(self, case: Claimed) -> None:
        assert self.ask(case).id == self.ask(case).id

    @pytest.mark.law("RI.2")
    def test_while_not_known_it_is_looked_up_ever_later(self, case: Claimed) -> None:
        written = self.ask(case)
        for seconds, wait in ((0, 20), (60, 60), (10_000, 3600)):
            now = KNOWN + timedelta(seconds=seconds)
            assert not reversals.conclude(case.session, written.id, CameBack(), now)
            assert written.next_try_at == now + timedelta(seconds=wait)
        assert case.claim.settled_tiyn == 0

    @pytest.mark.law("R42.11")
    def test_refused_it_can_be_got_in_another_way(self, case: Claimed) -> None:
        written = self.ask(case)
        assert reversals.conclude(case.session, written.id, CameBack(failure_code="amount_too_large"), KNOWN)
        assert (written.status, written.failure_code) == (SettlementStatus.FAILED, "amount_too_large")
        case.check()
        case.repay(case.amount)
        case.check()

    @pytest.mark.law("RI.2")
    def test_takes_no_more_than_was_transferred(self, case: Claimed) -> None:
        case.payment.set_off_tiyn = case.payment.amount_tiyn - 1
        with pytest.raises(RuleViolation, match="was of"):
            self.ask(case)
        case.payment.transfer_id = None
        with pytest.raises(RuleViolation, match="any more"):
            self.ask(case)


CLAIMED = "money claimed back and recovered, as the claims have it"


@pytest.mark.law("RI.2")
@pytest.mark.parametrize(
    ("tampered", "what"),
    [
        ("UPDATE claims SET amount_tiyn = amount_tiyn + 1", CLAIMED),
        (
            "UPDATE claims SET settled_tiyn = settled_tiyn + 1",
            CLAIMED,
        ),
        ("UPDATE claim_settlements SET amount_tiyn = amount_tiyn + 1", "money that has come, by its settlements"),
        ("UPDATE payments SET set_off_tiyn = 1", "money set off in it, as the claims have it"),
        ("DELETE FROM claim_settlements", "money that has come, by its settlements"),
    ],
)
def test_the_proof_finds_a_wrong_claim(case: Claimed, tampered: str, what: str) -> None:
    case.repay(100)
    case.check()
    case.session.execute(text(tampered))
    wrong = ledger_proof.prove(case.session).wrong
    assert wrong is not None
    assert wrong.what == what
