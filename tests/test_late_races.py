"""A death against a payment on its way: the money is stopped, or paid and claimed back; each tenge once."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.actor import ESOBES
from portal.models.claim import Claim
from portal.models.payment import Payment
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import payments, person_events
from portal.payments.answers import Transfer
from portal.payments.reconcile import Asked, Outcome
from portal.queries import ledger_proof
from portal.rules.acts import ActStatus
from portal.rules.payments import PaymentStatus
from tests import factories as make
from tests.factories import MONDAY
from tests.test_races import at_once, check_books, database  # noqa: F401 - a fixture


@pytest.mark.law("RI.2", "RI.4")
@pytest.mark.parametrize("round_number", range(4))
def test_death_against_payment(round_number: int) -> None:
    """Whoever is first: the money is stopped, or paid and claimed back; each tenge once, and the books are right."""
    payment_id = approved_payment("acct_race")
    known = MONDAY + timedelta(days=60)
    with db.reading() as session:
        act = session.get_one(Payment, payment_id).act
        person, entitlement_id = act.recipient, act.order.entitlement_id

    def die(session: Session) -> None:
        person_events.died(session, person, MONDAY.date(), ESOBES, known)

    def ask(session: Session) -> object:
        return payments.write_down(session, payment_id, known)

    asked = at_once(*((die, ask) if round_number % 2 else (ask, die)))[round_number % 2]
    if asked is not None:
        outcome = Outcome(arrived(asked))
        concluding = [lambda session: payments.conclude(session, payment_id, asked.attempt, outcome, known)] * 2
        assert sorted(at_once(*concluding, die)[:2]) == [False, True]
    check_books(entitlement_id)
    with db.transaction() as session:
        assert ledger_proof.prove(session).wrong is None
        payment = session.get_one(Payment, payment_id)
        claimed = list(session.scalars(select(Claim.amount_tiyn)))
        assert session.scalars(select(LogEntry.struck_at)).one() == known
        if asked is None:
            assert (payment.status, claimed) == (PaymentStatus.CANCELLED, [])
        else:
            assert (payment.status, claimed) == (PaymentStatus.PAID, [payment.amount_tiyn])


def arrived(asked: Asked) -> Transfer:
    """The transfer of an attempt, as it was asked for."""
    given = {"id": "tr_race", "amount": asked.amount_tiyn, "currency": "kzt", "destination": asked.destination}
    created = int(MONDAY.timestamp())
    return Transfer.model_validate({**given, "transfer_group": asked.group, "created": created})


def approved_payment(account: str) -> UUID:
    """A payment that a second person has released."""
    with db.transaction() as session:
        act = make.make_act(session, status=ActStatus.ACCEPTED)
        session.get_one(Provider, act.provider_id).payment_account = account
        payment = Payment(
            act_id=act.id,
            provider_id=act.provider_id,
            office_id=act.office_id,
            amount_tiyn=act.amount_tiyn,
            status=PaymentStatus.APPROVED,
            due_on=date(2026, 4, 24),
            owed_at=MONDAY,
            approved_at=MONDAY,
            next_try_at=MONDAY,
        )
        session.add(payment)
        session.flush()
        return payment.id
