"""A death against a payment on its way: the money is stopped, or paid and claimed back; each tenge once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import db
from portal.actor import ESOBES
from portal.models.claim import Claim, ClaimSettlement
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import payments, person_events, set_offs
from portal.payments.answers import Transfer
from portal.payments.reconcile import Asked, Outcome
from portal.queries import ledger_proof
from portal.rules.acts import ActStatus
from portal.rules.claims import SettlementStatus
from portal.rules.payments import PaymentStatus
from portal.rules.service import HOURLY, Service
from tests import factories as make
from tests.apps import words
from tests.factories import MONDAY
from tests.office.sent import PAID, Clerks, Sent, approved
from tests.operations.test_late_news import KNOWN, THE_DAY
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
    given = {
        "id": f"tr_{asked.group}",
        "amount": asked.amount_tiyn,
        "currency": "kzt",
        "destination": asked.destination,
    }
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


class Crossing:
    """Payments of which something is kept for claims about other people."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.clerks = Clerks(session)

    def pay(self, sent: Sent, outcome: str) -> Payment:
        """The money for an act arrives, or is refused."""
        payment = approved(self.session, sent, self.clerks)
        asked = payments.write_down(self.session, payment.id, PAID)
        assert asked is not None
        result = Outcome(arrived(asked)) if outcome == "arrives" else Outcome(failure_code="account_closed")
        assert payments.conclude(self.session, payment.id, asked.attempt, result, PAID)
        return payment

    def claim(self, provider: Provider, service: Service, recipient: Person | None = None) -> Claim:
        """What a provider owes back of an act, to be kept from its next payments."""
        sent = Sent(self.session, service, provider, recipient)
        payment = self.pay(sent, "arrives")
        programme = sent.order.entitlement.measure.programme
        person_events.programme_closed(self.session, programme, THE_DAY, ESOBES, KNOWN)
        claim = self.session.scalars(select(Claim).where(Claim.payment_id == payment.id)).one()
        return set_offs.choose(self.session, claim.id, self.clerks.first, KNOWN)


def waiting() -> bool:
    """Whether anybody waits for a lock."""
    with db.reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


@pytest.mark.law("RI.2", "R42.11")
def test_claims_of_several_payments_are_locked_in_the_order_of_their_numbers() -> None:
    """A death cancels two payments; the claim kept from the second one is the older one."""
    with words(), db.transaction() as session:
        crossing, person = Crossing(session), make.make_person(session)
        providers = {service: make.make_provider(session, payment_account=f"acct_{service}") for service in HOURLY}
        sent = [Sent(session, service, providers[service], person) for service in sorted(HOURLY)]
        sent.sort(key=lambda one: one.order.entitlement_id)
        old, new = [crossing.claim(one.provider, one.order.service).id for one in reversed(sent)]
        assert [crossing.pay(one, "is refused").set_off_tiyn > 0 for one in sent] == [True, True]

    def die(session: Session) -> None:
        person_events.died(session, person, date(2026, 3, 2), ESOBES, KNOWN)

    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as holding:
            holding.execute(select(Claim.id).where(Claim.id == old).with_for_update())
            running = pool.submit(at_once, die)
            while not waiting():
                pass
            with db.transaction() as looking:
                free = looking.scalars(select(Claim.id).where(Claim.id == new).with_for_update(skip_locked=True)).all()
        running.result(60)
    assert free == [new]
    with db.reading() as session:
        kept = session.scalars(select(ClaimSettlement.status)).all()
        assert kept == [SettlementStatus.FAILED] * 2


@pytest.mark.law("RI.2", "RI.6", "R42.11")
def test_two_deaths_whose_payments_were_kept_for_each_other() -> None:
    """Neither waits for the other with what the other waits for: claims, or a person's part of the journal."""
    with words(), db.transaction() as session:
        crossing = Crossing(session)
        one, two = (make.make_person(session) for _ in range(2))
        providers = {service: make.make_provider(session, payment_account=f"acct_{service}") for service in HOURLY}
        assistant, interpreter = Service.ASSISTANT, Service.INTERPRETER
        crossing.claim(providers[assistant], assistant, one)
        crossing.claim(providers[interpreter], interpreter, two)
        crossing.pay(Sent(session, interpreter, providers[interpreter], one), "is refused")
        crossing.pay(Sent(session, assistant, providers[assistant], two), "is refused")

    def die(person: Person) -> Callable[[Session], None]:
        return lambda session: person_events.died(session, person, date(2026, 3, 2), ESOBES, KNOWN)

    at_once(die(one), die(two))
    with db.reading() as session:
        assert set(session.scalars(select(ClaimSettlement.status))) == {SettlementStatus.FAILED}
        assert set(session.scalars(select(Payment.set_off_tiyn))) == {0}
