"""A newer version ends a measure on a day that has passed, or lets it last again, with an act under way (R42.2)."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.operations import acts, payments, person_events, programmes, review
from portal.payments.reconcile import Outcome
from portal.rules.acts import ActStatus, ReturnReason
from portal.rules.payments import PaymentStatus
from portal.rules.programmes import NewMeasure, NewPerson, NewProgramme
from tests.office.sent import CHECKED, PAID, accepted
from tests.operations.test_late_news import KNOWN, THE_DAY, Late
from tests.operations.test_payments import arrived

NEXT_YEAR = date(2027, 12, 31)


@pytest.fixture
def late(session: Session) -> Late:
    return Late(session)


def lasts_until(late: Late, last: date) -> None:
    """The programme comes again, and lasts until another day."""
    held, who = late.entitlement.measure.programme, late.sent.recipient
    person = NewPerson(
        iin=who.iin,
        last_name=who.last_name,
        first_name=who.first_name,
        birth_date=who.birth_date or date(1980, 5, 17),
        language="kk",
        place=who.place_code or "",
        address=who.address,
    )
    measure = NewMeasure("1", "assistant", held.valid_from, last)
    new = NewProgramme(held.number, held.version + 1, held.valid_from, last, person, (measure,))
    programmes.receive(late.session, new, ESOBES, KNOWN)
    late.check()


@pytest.mark.law("R42.2", "R42.9", "R42.11")
class TestShortenedToADayThatHasPassed:
    """Nothing is taken from what an office has before it or has decided on; it goes its way to the payment."""

    def test_what_is_at_the_office_is_accepted(self, session: Session, late: Late) -> None:
        lasts_until(late, THE_DAY)
        assert (late.entitlement.closed_on, late.act.status) == (THE_DAY, ActStatus.SUBMITTED)
        review.take_up(session, late.act.id, late.clerks.first, CHECKED)
        assert review.accept(session, late.act.id, late.clerks.first, CHECKED).amount_tiyn == late.act.amount_tiyn
        late.check()

    def test_what_is_accepted_is_approved(self, session: Session, late: Late) -> None:
        payment = accepted(session, late.sent, late.clerks)
        lasts_until(late, THE_DAY)
        assert payments.approve(session, payment.id, late.clerks.second, PAID).status is PaymentStatus.APPROVED

    def test_what_the_office_returns_may_be_sent_again(self, session: Session, late: Late) -> None:
        lasts_until(late, THE_DAY)
        review.take_up(session, late.act.id, late.clerks.first, CHECKED)
        review.send_back(session, late.act.id, ReturnReason.INCOMPLETE, "Парақ жоқ", late.clerks.first, CHECKED)
        assert late.sent.act_again(KNOWN).units == late.act.units
        late.check()

    @pytest.mark.law("RI.4")
    def test_after_a_death_nothing_later_is_accepted(self, session: Session, late: Late) -> None:
        lasts_until(late, THE_DAY)
        late.die(date(2026, 3, 2))
        assert late.act.status is ActStatus.RETURNED


@pytest.mark.law("RI.4", "R42.11")
class TestLastsAgainWhileAPaymentIsUnderWay:
    """What was rendered while somebody was away does not count, whatever has been given to them since."""

    def comes_back(self, late: Late) -> None:
        person_events.departed(late.session, late.sent.recipient, THE_DAY, ESOBES, KNOWN)
        person_events.came_back(late.session, late.sent.recipient, KNOWN.date(), ESOBES, KNOWN)
        lasts_until(late, NEXT_YEAR)
        assert (late.entitlement.closed_on, late.after.struck_at) == (None, None)

    def test_what_arrived_is_claimed_back(self, session: Session, late: Late) -> None:
        payment, asked = late.asked()
        self.comes_back(late)
        payments.conclude(session, payment.id, asked.attempt, arrived(asked), KNOWN)
        late.check()
        (claim,) = late.claims()
        assert (claim.reason, claim.units, late.after.struck_at) == ("departure", 90, KNOWN)

    def test_what_was_refused_is_set_aside(self, session: Session, late: Late) -> None:
        payment, asked = late.asked()
        self.comes_back(late)
        payments.conclude(session, payment.id, asked.attempt, Outcome(failure_code="account_closed"), KNOWN)
        late.check()
        assert (late.act.status, payment.status) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
        assert "03.03.2026" in late.act.note
        assert acts.correct(session, late.act.id, late.sent.staff, KNOWN).units == 120
