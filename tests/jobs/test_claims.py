"""Claimed money that comes back by itself (R42.11): a transfer is reversed once, whatever is lost on the way (RI.2)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.orm import Session

from portal import db
from portal.db import Database
from portal.demo import stripe
from portal.jobs import claims as job
from portal.jobs import payments as paying
from portal.models.claim import Claim, ClaimSettlement
from portal.models.payment import Payment
from portal.models.provider import Provider
from portal.operations import payments, reversals, review, set_offs
from portal.payments.client import PaymentClient
from portal.queries import ledger_proof
from portal.rules.claims import ClaimStatus, SettlementStatus
from portal.rules.payments import PaymentStatus
from tests.office.sent import Sent
from tests.operations.test_claims import Claimed
from tests.operations.test_late_news import KNOWN, THE_DAY

KEY = "sk_test_claims"
FAULTS = [
    "rate_limit",
    "timeout_before_work",
    "error_before_work",
    "drop_before_work",
    "timeout",
    "error_after_work",
    "drop",
    "cut",
    "garbage",
]
CONTROL = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


class World:
    """A claim for a payment that was really made at the stand-in, and a clock."""

    def __init__(self, server: stripe.StripeServer, client: PaymentClient) -> None:
        self.server, self.client = server, client
        self.time = KNOWN
        self.account = client.create_account(name="Қамқор", metadata={}, idempotency_key="account").id
        with db.transaction() as session:
            case = Claimed(session, THE_DAY)
            case.sent.provider.payment_account = self.account
            self.claim_id, self.amount, self.clerks = case.claim.id, case.amount, case.clerks
            self.provider_id = case.sent.provider.id
            self.transfer_id = client.create_transfer(
                amount_tiyn=case.payment.amount_tiyn,
                destination=self.account,
                transfer_group=str(case.payment.id),
                description="Act",
                metadata={},
                idempotency_key="paid",
            ).id
            case.payment.transfer_id = self.transfer_id

    def now(self) -> datetime:
        """What the clock shows."""
        return self.time

    def ask(self) -> UUID:
        """The office asks for the reversal."""
        with db.transaction() as session:
            reversals.ask(session, self.claim_id, self.clerks.first, self.time)
        return self.settlement.id

    def send(self) -> int:
        """The job runs."""
        return job.send_due(self.client, self.now)

    def spoil(self, fault: str, times: int = 1) -> None:
        """The next requests go wrong."""
        orders = {"next": [{"fault": fault, "times": times}]}
        assert CONTROL.post(f"http://127.0.0.1:{self.server.port}/_control", json=orders).status_code == 200

    def got(self, kind: type[Any], identity: UUID) -> Any:
        """A row as it stands now."""
        with db.reading() as session:
            return session.get_one(kind, identity)

    @property
    def settlement(self) -> ClaimSettlement:
        """The only way in which it comes back."""
        with db.reading() as session:
            (found,) = session.get_one(Claim, self.claim_id).settlements
            return found

    def is_back_once(self) -> bool:
        """The money came back whole and once, and the books say so."""
        claim: Claim = self.got(Claim, self.claim_id)
        with db.transaction() as session:
            assert ledger_proof.prove(session).wrong is None
        taken = [one.amount_tiyn for one in self.client.find_reversals(self.transfer_id)]
        return taken == [self.amount] and claim.status is ClaimStatus.SETTLED


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[World]:
    server = stripe.start(tmp_path, 0, KEY)
    address = f"http://127.0.0.1:{server.port}"
    with PaymentClient(address, KEY, read_timeout=0.4, attempts=1) as client:
        yield World(server, client)
    server.stop()


@pytest.mark.law("R42.11", "RI.2")
def test_a_transfer_is_taken_back(world: World) -> None:
    world.ask()
    assert world.send() == 1
    assert world.is_back_once()
    assert world.send() == 0


@pytest.mark.law("RI.2")
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_lost_it_comes_back_once(world: World, fault: str) -> None:
    world.ask()
    world.spoil(fault)
    assert world.send() == 0
    assert world.settlement.status is SettlementStatus.ASKED
    assert world.send() == 0, "not before its time"
    for _ in range(3):
        world.time += timedelta(hours=1)
        world.send()
    assert world.is_back_once()


class Killed(BaseException):
    """The process dies."""


@pytest.mark.law("RI.2")
@pytest.mark.parametrize("when", ["before the request", "after the request"])
def test_a_process_killed_before_the_answer_was_kept(world: World, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    really = world.client.reverse_transfer

    def die(*asked: Any) -> Any:
        if when == "after the request":
            really(*asked)
        raise Killed

    world.ask()
    with monkeypatch.context() as patch:
        patch.setattr(world.client, "reverse_transfer", die)
        with pytest.raises(Killed):
            world.send()
    assert world.send() == 0, "its lease has not run out"
    world.time += timedelta(minutes=3)
    assert world.send() == 1
    assert world.is_back_once()


@pytest.mark.law("R42.11")
def test_more_than_is_left_of_the_transfer_is_refused(world: World) -> None:
    """Somebody took it back at the payment system itself."""
    left = world.client.get_transfer(world.transfer_id).amount_tiyn
    world.client.reverse_transfer(world.transfer_id, left, "by hand")
    settlement_id = world.ask()
    assert world.send() == 1
    settlement: ClaimSettlement = world.got(ClaimSettlement, settlement_id)
    assert (settlement.status, settlement.failure_code) == (SettlementStatus.FAILED, "amount_too_large")
    assert world.got(Claim, world.claim_id).status is ClaimStatus.OPEN


def next_payment(session: Session, world: World) -> UUID:
    """Another payment to the provider, approved; the claim is to be set off in it."""

    set_offs.choose(session, world.claim_id, world.clerks.first, world.time)
    sent = Sent(session, provider=session.get_one(Provider, world.provider_id))
    review.take_up(session, sent.act.id, world.clerks.first, world.time)
    payment = review.accept(session, sent.act.id, world.clerks.first, world.time, holds_seen=True)
    return payments.approve(session, payment.id, world.clerks.second, world.time).id


@pytest.mark.law("R42.11", "RI.2")
def test_a_set_off_is_counted_when_its_payment_is_made(world: World) -> None:
    with db.transaction() as session:
        payment_id = next_payment(session, world)
    assert job.count_set_offs(world.now) == 0
    assert paying.send_due(world.client, world.now) == 1
    payment: Payment = world.got(Payment, payment_id)
    assert (payment.status, payment.set_off_tiyn) == (PaymentStatus.PAID, world.amount)
    (transfer,) = world.client.find_transfers(str(payment_id))
    assert transfer.amount_tiyn == payment.amount_tiyn - world.amount
    assert job.count_set_offs(world.now) == 1
    assert job.count_set_offs(world.now) == 0
    assert world.got(Claim, world.claim_id).status is ClaimStatus.SETTLED
    with db.transaction() as session:
        assert ledger_proof.prove(session).wrong is None


@pytest.mark.law("R42.11", "RI.2")
@pytest.mark.parametrize("fault", ["timeout", "timeout_before_work"])
def test_all_of_a_payment_is_kept_only_after_a_look_whether_it_was_paid_before(world: World, fault: str) -> None:
    """Refused once, it is approved anew, and meanwhile the provider owes as much: nobody gives it twice."""
    with db.transaction() as session:
        payment_id = next_payment(session, world)
        claim = session.get_one(Claim, world.claim_id)
        claim.set_off_from_at = None
    world.spoil(fault)
    assert paying.send_due(world.client, world.now) == 0
    with db.transaction() as session:
        payment = session.get_one(Payment, payment_id)
        payment.status, payment.failure_code = PaymentStatus.FAILED, "account_invalid"
        claim = session.get_one(Claim, world.claim_id)
        claim.amount_tiyn, claim.set_off_from_at = payment.amount_tiyn, world.time
    with db.transaction() as session:
        payments.approve_again(session, payment_id, world.clerks.second, world.time)
    assert paying.send_due(world.client, world.now) == 1
    payment, paid = world.got(Payment, payment_id), len(world.client.find_transfers(str(payment_id)))
    assert payment.transfer_tiyn == 0
    expected = (PaymentStatus.FAILED, "mismatch", 1) if fault == "timeout" else (PaymentStatus.PAID, None, 0)
    assert (payment.status, payment.failure_code, paid) == expected


def test_one_fault_does_not_hold_back_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_asked: Any) -> Any:
        raise RuntimeError("a fault")

    world.ask()
    with monkeypatch.context() as patch:
        patch.setattr(world.client, "reverse_transfer", fail)
        assert world.send() == 0
    world.time += timedelta(minutes=3)
    assert world.send() == 1
