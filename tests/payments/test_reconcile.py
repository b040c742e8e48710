"""Payments against the stand-in over a real socket: whatever gets lost on the way, the money goes out once (RI.2)."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from portal import clock, db
from portal.actor import ESOBES
from portal.config import Config
from portal.demo import stripe
from portal.demo.stripe_state import seed_accounts
from portal.demo.stripe_webhooks import signature
from portal.jobs import payments as job
from portal.models.act import Act
from portal.models.claim import Claim
from portal.models.message import Execution
from portal.models.payment import Payment, PaymentEvent
from portal.models.provider import Provider
from portal.operations import payments, person_events, set_offs
from portal.payments import routes
from portal.payments.answers import Transfer
from portal.payments.client import PaymentClient
from portal.payments.reconcile import Asked, Outcome, Standing, look, standing
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from portal.rules.payments import PaymentStatus
from tests.office.sent import PAID, Clerks, Sent, approved, small_app

KEY = "sk_test_secret"
ACCOUNT = "acct_kamkor"
SECRET = "whsec_test_secret"
CONTROL = httpx.Client(trust_env=False)


class Watch:
    """A clock that stands still until it is moved on."""

    def __init__(self, at: datetime = PAID) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def on(self, **by: int) -> None:
        self.at += timedelta(**by)


class World:
    """A database with one approved payment, the stand-in, a client of it, and a clock."""

    def __init__(self, server: stripe.StripeServer, client: PaymentClient) -> None:
        self.server, self.client, self.now = server, client, Watch()
        with db.transaction() as session:
            sent, self.clerks = Sent(session, payment_account=ACCOUNT), Clerks(session)
            payment = approved(session, sent, self.clerks)
            self.act_id, self.payment_id, self.amount_tiyn = sent.act.id, payment.id, payment.amount_tiyn
            self.provider_id = sent.provider.id

    @property
    def payment(self) -> Payment:
        with db.reading() as session:
            return session.get_one(Payment, self.payment_id)

    @property
    def act_status(self) -> ActStatus:
        with db.reading() as session:
            return session.get_one(Act, self.act_id).status

    @property
    def told(self) -> int:
        with db.reading() as session:
            about = f"payment:{self.payment_id}:paid"
            return len(session.scalars(select(Execution).where(Execution.about == about)).all())

    def send(self) -> int:
        return job.send_due(self.client, self.now)

    def order(self, **orders: object) -> dict[str, Any]:
        """Tell the stand-in what to do."""
        answer = CONTROL.post(f"http://127.0.0.1:{self.server.port}/_control", json=orders)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    @property
    def transfers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.order()["transfers"]
        return found

    @property
    def keys(self) -> set[str]:
        """The keys under which money was asked for."""
        return {one["key"] for one in self.order()["requests"] if one["method"] == "POST"}

    def approve_again(self) -> None:
        with db.transaction() as session:
            payments.approve_again(session, self.payment_id, self.clerks.second, self.now())

    def look_again(self) -> None:
        with db.transaction() as session:
            payments.look_again(session, self.payment_id, self.clerks.first, self.now())

    def is_paid_once(self) -> bool:
        out = [one for one in self.transfers if one["transfer_group"] == str(self.payment_id)]
        assert [(one["amount"], one["destination"]) for one in out] == [(self.amount_tiyn, ACCOUNT)]
        assert (self.payment.status, self.act_status, self.told) == (PaymentStatus.PAID, ActStatus.PAID, 1)
        return self.payment.transfer_id == out[0]["id"]


@pytest.fixture
def app() -> Flask:
    app = small_app(STRIPE_WEBHOOK_SECRET=SECRET)
    app.register_blueprint(routes.blueprint)
    return app


@pytest.fixture
def server(tmp_path: Path) -> Iterator[stripe.StripeServer]:
    seed_accounts(tmp_path, {ACCOUNT: "Қамқор"})
    server = stripe.start(tmp_path, 0, KEY)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def database_of_payments(new_database: Callable[[], str]) -> str:
    """A database where commits are real, for all tests of this module."""
    return new_database()


@pytest.fixture
def world(database_of_payments: str, app: Flask, server: stripe.StripeServer) -> Iterator[World]:
    """One approved payment; what an earlier test left is not due any more."""
    db.connect(database_of_payments)
    with db.transaction() as session:
        session.execute(update(Payment).values(next_try_at=None))
        session.execute(delete(PaymentEvent))
    address = f"http://127.0.0.1:{server.port}"
    with (
        app.test_request_context(),
        PaymentClient(address, KEY, read_timeout=0.4, attempts=1, sleep=lambda _seconds: None) as client,
    ):
        yield World(server, client)
    db.database().dispose()


@pytest.mark.law("R42.11")
def test_an_approved_payment_is_paid(world: World) -> None:
    assert world.send() == 1
    assert world.is_paid_once()
    assert world.transfers[0]["metadata"] == {
        "payment": str(world.payment_id),
        "act": world.transfers[0]["description"].split()[-1],
        "attempt": "1",
    }
    assert world.send() == 0
    assert world.is_paid_once()


@pytest.mark.law("RI.2")
@pytest.mark.parametrize("fault", ["timeout", "drop", "cut", "garbage", "error_after_work"])
def test_an_answer_that_never_came_is_looked_up(world: World, fault: str) -> None:
    world.order(next=[{"fault": fault}])
    assert world.send() == 0
    assert (world.payment.status, world.act_status) == (PaymentStatus.ASKED, ActStatus.ACCEPTED)
    assert world.send() == 0, "it is left alone for a while"
    world.now.on(minutes=1)
    assert world.send() == 1
    assert world.is_paid_once()
    assert world.keys == {f"{world.payment_id}:1"}


@pytest.mark.law("RI.2")
@pytest.mark.parametrize("fault", ["timeout_before_work", "drop_before_work", "error_before_work", "rate_limit"])
def test_what_never_arrived_is_asked_again_with_the_same_key(world: World, fault: str) -> None:
    world.order(next=[{"fault": fault}])
    assert world.send() == 0
    assert world.transfers == []
    world.now.on(minutes=1)
    assert world.send() == 1
    assert world.is_paid_once()
    assert world.keys == {f"{world.payment_id}:1"}


@pytest.mark.law("RI.2")
def test_what_cannot_be_looked_up_is_not_asked_again(world: World) -> None:
    world.order(next=[{"fault": "timeout"}, {"fault": "error_before_work", "method": "GET", "times": 3}])
    world.send()
    for _ in range(3):
        world.now.on(hours=2)
        assert world.send() == 0
    assert len([one for one in world.order()["requests"] if one["method"] == "POST"]) == 1
    world.now.on(hours=2)
    assert world.send() == 1
    assert world.is_paid_once()


class Killed(BaseException):
    """The process dies."""


@pytest.mark.law("RI.2")
@pytest.mark.parametrize("when", ["before the request", "after the request"])
def test_a_process_killed_before_the_answer_was_kept(world: World, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    create = world.client.create_transfer

    def die(**asked: Any) -> Transfer:
        if when == "after the request":
            create(**asked)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(world.client, "create_transfer", die)
        with pytest.raises(Killed):
            world.send()
    assert (world.payment.status, world.payment.attempt) == (PaymentStatus.ASKED, 1)
    assert world.send() == 0, "its lease has not run out"
    world.now.on(minutes=3)
    assert world.send() == 1
    assert world.is_paid_once()
    assert world.keys == {f"{world.payment_id}:1"}


@pytest.mark.law("RI.2")
@pytest.mark.parametrize("fault", ["slow", "timeout", "error_before_work"])
def test_several_workers_at_once_pay_once(world: World, app: Flask, fault: str) -> None:
    world.order(next=[{"fault": fault, "seconds": 0.2}])
    barrier = threading.Barrier(4)

    def work() -> None:
        address = f"http://127.0.0.1:{world.server.port}"
        with app.test_request_context(), PaymentClient(address, KEY, read_timeout=0.4, attempts=1) as client:
            barrier.wait(10)
            job.send_due(client, world.now)
            job.look_up(world.payment_id, client, world.now)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    world.now.on(minutes=5)
    world.send()
    assert world.is_paid_once()
    assert world.keys == {f"{world.payment_id}:1"}


@pytest.mark.law("RI.2")
def test_keys_forgotten_in_between_do_not_pay_twice(world: World) -> None:
    world.order(next=[{"fault": "timeout"}])
    world.send()
    world.order(forget_keys=True)
    world.now.on(days=2)
    assert world.send() == 1
    assert world.is_paid_once()


@pytest.mark.law("R42.11")
def test_a_refusal_is_for_people_and_is_tried_anew_when_mended(world: World) -> None:
    _use_account(world, "acct_unknown")
    assert world.send() == 1
    assert (world.payment.status, world.payment.failure_code) == (PaymentStatus.FAILED, "resource_missing")
    world.now.on(days=1)
    assert world.send() == 0
    _use_account(world, ACCOUNT)
    world.approve_again()
    assert world.send() == 1
    assert world.is_paid_once()
    assert world.keys == {f"{world.payment_id}:1", f"{world.payment_id}:2"}


@pytest.mark.law("R42.11")
def test_too_little_money_is_a_refusal(world: World) -> None:
    world.order(balance_tiyn=1)
    world.send()
    assert world.payment.failure_code == "balance_insufficient"
    world.order(balance_tiyn=10**9)
    world.approve_again()
    world.send()
    assert world.is_paid_once()


@pytest.mark.law("RI.2")
def test_a_new_attempt_looks_before_it_asks(world: World) -> None:
    world.order(next=[{"fault": "timeout"}])
    world.send()
    with db.transaction() as session:
        mine = update(Payment).where(Payment.id == world.payment_id)
        session.execute(mine.values(status=PaymentStatus.FAILED, failure_code="account_invalid"))
    world.approve_again()
    assert world.send() == 1
    assert world.is_paid_once()
    assert world.keys == {f"{world.payment_id}:1"}


@pytest.mark.law("RI.2")
def test_a_wrong_key_of_ours_leaves_everything_for_later(world: World) -> None:
    with PaymentClient(f"http://127.0.0.1:{world.server.port}", "sk_wrong", attempts=1) as stranger:
        assert job.send_due(stranger, world.now) == 0
    assert world.payment.status is PaymentStatus.ASKED
    world.now.on(minutes=1)
    assert world.send() == 1
    assert world.is_paid_once()


@pytest.mark.law("R42.11")
def test_payments_with_a_fault_do_not_stay_in_front_of_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They waited longest, and a run takes only so many: without being put off they would be all that it takes."""
    with db.transaction() as session:
        sent = Sent(session, provider=session.get_one(Provider, world.provider_id))
        other_id = approved(session, sent, world.clerks).id
        mine = update(Payment).where(Payment.id == world.payment_id)
        session.execute(mine.values(next_try_at=PAID - timedelta(hours=1)))
    keep = set_offs.keep

    def stumble(session: Any, payment: Payment, now: datetime) -> None:
        if payment.id == world.payment_id:
            raise ZeroDivisionError
        keep(session, payment, now)

    with monkeypatch.context() as patch:
        patch.setattr(set_offs, "keep", stumble)
        with pytest.raises(ZeroDivisionError):
            job.send_due(world.client, world.now, limit=1)
        assert job.send_due(world.client, world.now, limit=1) == 1
    with db.reading() as session:
        assert session.get_one(Payment, other_id).status is PaymentStatus.PAID
    world.now.on(minutes=3)
    assert world.send() == 1
    assert world.payment.status is PaymentStatus.PAID


def test_one_fault_does_not_hold_back_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as session:
        sent = Sent(session, provider=session.get_one(Provider, world.provider_id))
        other_id = approved(session, sent, world.clerks).id
        session.execute(update(Payment).where(Payment.id == world.payment_id).values(next_try_at=PAID))
    create = world.client.create_transfer

    def stumble(**asked: Any) -> Transfer:
        if asked["transfer_group"] == str(world.payment_id):
            raise ZeroDivisionError
        return create(**asked)

    with monkeypatch.context() as patch:
        patch.setattr(world.client, "create_transfer", stumble)
        with pytest.raises(ZeroDivisionError):
            world.send()
    with db.reading() as session:
        assert session.get_one(Payment, other_id).status is PaymentStatus.PAID
    world.now.on(minutes=3)
    assert world.send() == 1


def _use_account(world: World, account: str) -> None:
    with db.transaction() as session:
        session.execute(update(Provider).where(Provider.id == world.provider_id).values(payment_account=account))


ASKED = Asked("group", 2, 1000, "acct", 7)


def transfer(number: int, back: int = 0, attempt: str = "2", **more: Any) -> Transfer:
    """A transfer of ASKED's group."""
    given: dict[str, Any] = {
        "id": f"tr_{number}",
        "amount": 1000,
        "amount_reversed": back,
        "currency": "kzt",
        "destination": "acct",
        "transfer_group": "group",
        "metadata": {"attempt": attempt},
        "created": int(PAID.timestamp()),
    }
    return Transfer.model_validate(given | more)


@pytest.mark.law("RI.2")
@pytest.mark.parametrize(
    ("found", "known"),
    [
        ([], Standing.NOTHING),
        ([transfer(1)], Standing.ARRIVED),
        ([transfer(1, attempt="1")], Standing.ARRIVED),
        ([transfer(2), transfer(1, back=1000, attempt="1")], Standing.ARRIVED),
        ([transfer(1, back=1000, attempt="1")], Standing.NOTHING),
        ([transfer(1, back=1000)], Standing.REVERSED),
        ([transfer(1, back=1)], Standing.MISMATCH),
        ([transfer(1, amount=999)], Standing.MISMATCH),
        ([transfer(1, destination="acct_other")], Standing.MISMATCH),
        ([transfer(2), transfer(1, attempt="1")], Standing.MISMATCH),
    ],
    ids=[
        "nothing",
        "as asked",
        "of an earlier attempt",
        "after one that came back",
        "an earlier one came back",
        "this one came back",
        "partly back",
        "another amount",
        "another account",
        "twice",
    ],
)
def test_what_a_list_of_transfers_means(found: list[Transfer], known: Standing) -> None:
    assert standing(ASKED, found)[0] is known


def by_hand(world: World, amount_tiyn: int) -> str:
    """Somebody pays at the payment system itself, past the portal; the transfer's id."""
    with PaymentClient(f"http://127.0.0.1:{world.server.port}", KEY) as other:
        made = other.create_transfer(
            amount_tiyn=amount_tiyn,
            destination=ACCOUNT,
            transfer_group=str(world.payment_id),
            description="By hand",
            metadata={"by": "hand"},
            idempotency_key="by hand",
        )
    return made.id


def back_by_hand(world: World, transfer_id: str, amount_tiyn: int) -> None:
    """Somebody takes it back at the payment system itself."""
    with PaymentClient(f"http://127.0.0.1:{world.server.port}", KEY) as other:
        other.reverse_transfer(transfer_id, amount_tiyn, f"{amount_tiyn} back")


def found_otherwise(world: World, fault: str = "timeout_before_work", amount_tiyn: int = 1) -> str:
    """Another transfer of its group is there, and the answer to the payment's own request is lost; its id."""
    transfer_id = by_hand(world, amount_tiyn)
    world.order(next=[{"fault": fault}])
    world.send()
    world.now.on(minutes=1)
    assert world.send() == 1
    assert has_failed(world, "mismatch")
    return transfer_id


def has_failed(world: World, code: str) -> bool:
    return (world.payment.status, world.payment.failure_code) == (PaymentStatus.FAILED, code)


def died(world: World) -> None:
    """The death between the two visits becomes known; while money is out for the act it stays as it is."""
    with db.transaction() as session:
        recipient = session.get_one(Act, world.act_id).recipient
        person_events.died(session, recipient, date(2026, 3, 3), ESOBES, world.now())
    assert (world.payment.status, world.act_status) == (PaymentStatus.FAILED, ActStatus.ACCEPTED)


@pytest.mark.law("RI.2")
def test_money_that_is_out_otherwise_is_never_added_to(world: World) -> None:
    found_otherwise(world)
    with pytest.raises(RuleViolation, match="Look again first"):
        world.approve_again()
    for _ in range(3):
        world.look_again()
        assert world.send() == 1
        assert has_failed(world, "mismatch")
        world.now.on(hours=2)
        assert world.send() == 0, "people look again, the portal does not"
    assert len(world.transfers) == 1


@pytest.mark.law("R42.11", "RI.2", "RI.4")
@pytest.mark.parametrize("late_news", [False, True])
def test_looked_at_again_only_the_right_transfer_is_out(world: World, late_news: bool) -> None:
    """It is paid; what became known of the recipient meanwhile makes a claim now."""
    wrong = found_otherwise(world, fault="timeout")
    if late_news:
        died(world)
    back_by_hand(world, wrong, 1)
    world.look_again()
    assert world.send() == 1
    right = next(one["id"] for one in world.transfers if one["id"] != wrong)
    assert (world.payment.status, world.payment.transfer_id, world.told) == (PaymentStatus.PAID, right, 1)
    assert len(world.transfers) == 2
    with db.reading() as session:
        claims = session.scalars(select(Claim).where(Claim.payment_id == world.payment_id)).all()
    assert [one.units for one in claims] == ([90] if late_news else [])


@pytest.mark.law("R42.11", "RI.2")
def test_looked_at_again_the_wrong_transfer_is_back_in_part(world: World) -> None:
    wrong = found_otherwise(world, amount_tiyn=5)
    for back, code in ((4, "mismatch"), (1, "reversed")):
        back_by_hand(world, wrong, back)
        world.look_again()
        assert world.send() == 1
        assert has_failed(world, code)


@pytest.mark.law("R42.11", "RI.2")
def test_looked_at_again_the_money_is_back_and_it_is_paid_when_approved(world: World) -> None:
    """Looking asks for nothing, although nothing is out and no transfer is this attempt's own."""
    wrong = found_otherwise(world)
    back_by_hand(world, wrong, 1)
    world.look_again()
    assert world.send() == 1
    assert has_failed(world, "reversed")
    assert [one["id"] for one in world.transfers] == [wrong]
    world.approve_again()
    assert world.send() == 1
    assert (world.payment.status, world.payment.attempt, world.told) == (PaymentStatus.PAID, 2, 1)
    assert sorted(one["amount"] for one in world.transfers) == [1, world.amount_tiyn]


@pytest.mark.law("RI.2", "RI.4")
def test_looked_at_again_the_money_is_back_and_late_news_cancel_it(world: World) -> None:
    wrong = found_otherwise(world)
    died(world)
    back_by_hand(world, wrong, 1)
    world.look_again()
    assert world.send() == 1
    assert (world.payment.status, world.act_status) == (PaymentStatus.CANCELLED, ActStatus.SET_ASIDE)
    assert [one["id"] for one in world.transfers] == [wrong]


@pytest.mark.law("R42.11", "RI.2")
def test_while_the_payment_system_is_away_it_is_looked_at_later(world: World) -> None:
    wrong = found_otherwise(world)
    back_by_hand(world, wrong, 1)
    world.now.on(days=3)
    world.order(next=[{"fault": "error_before_work", "method": "GET"}])
    world.look_again()
    assert world.send() == 0
    assert world.payment.status is PaymentStatus.ASKED
    world.now.on(minutes=1)
    assert world.send() == 1
    assert has_failed(world, "reversed")


@pytest.mark.law("RI.2")
def test_a_list_that_does_not_name_the_money_any_more_is_not_believed() -> None:
    """Nor is anything asked for: money that was seen out is back only when a list says so."""

    class Empty:
        def find_transfers(self, _group: str) -> list[Transfer]:
            return []

    seen = replace(ASKED, seen_out=True)
    assert look(seen, Empty()) == Outcome(failure_code="mismatch")  # type: ignore[arg-type]


class Nudges:
    """Webhooks as the payment system posts them."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def event(self, event_id: str, group: object, kind: str = "transfer.created") -> bytes:
        about = {"id": "tr_1", "object": "transfer", "transfer_group": group, "amount": 10**9}
        moment = int(clock.wall().timestamp())
        return json.dumps({"id": event_id, "type": kind, "created": moment, "data": {"object": about}}).encode()

    def post(self, body: bytes, secret: str = SECRET, at: int | None = None) -> int:
        header = signature(body, secret, at or int(clock.wall().timestamp()))
        return self.client.post(
            "/webhooks/payments", data=body, headers={"Stripe-Signature": header, "Content-Type": "application/json"}
        ).status_code


@pytest.fixture
def nudges(app: Flask) -> Nudges:
    return Nudges(app)


def _lost(world: World) -> None:
    """The money went out, and the answer was lost."""
    world.order(next=[{"fault": "timeout"}])
    world.send()
    assert world.payment.status is PaymentStatus.ASKED


@pytest.mark.law("R42.11", "RI.2")
def test_a_webhook_is_a_nudge_to_look(world: World, nudges: Nudges, at: Any) -> None:
    at(PAID)
    _lost(world)
    assert nudges.post(nudges.event("evt_1", str(world.payment_id))) == 204
    assert world.payment.status is PaymentStatus.ASKED, "what it says is not believed"
    with db.reading() as session:
        jobs = session.connection().exec_driver_sql("SELECT task_name FROM procrastinate_jobs").scalars().all()
    assert "send_payments" in jobs
    assert world.send() == 1
    assert world.is_paid_once()


@pytest.mark.law("RI.2")
def test_webhooks_twice_and_out_of_order_pay_once(world: World, nudges: Nudges, at: Any) -> None:
    at(PAID)
    _lost(world)
    reversed_first = nudges.event("evt_2", str(world.payment_id), "transfer.reversed")
    created = nudges.event("evt_1", str(world.payment_id))
    for body in (reversed_first, created, created, reversed_first, created):
        assert nudges.post(body) == 204
        world.send()
    assert world.is_paid_once()
    with db.reading() as session:
        assert sorted(session.scalars(select(PaymentEvent.id))) == ["evt_1", "evt_2"]


@pytest.mark.law("R42.11")
def test_money_taken_back_without_the_portal_is_said_aloud(
    world: World, nudges: Nudges, caplog: pytest.LogCaptureFixture
) -> None:
    assert nudges.post(nudges.event("evt_1", str(world.payment_id), "transfer.reversed")) == 204
    assert "without the portal" not in caplog.text, "it is not paid yet, and will be looked up"
    world.send()
    assert nudges.post(nudges.event("evt_2", str(world.payment_id), "transfer.reversed")) == 204
    assert f"without the portal: payment {world.payment_id}" in caplog.text
    assert world.is_paid_once(), "what a webhook says is not believed"


@pytest.mark.law("RI.2")
def test_a_webhook_about_nothing_of_ours_is_kept_and_changes_nothing(world: World, nudges: Nudges) -> None:
    for number, group in enumerate([None, 7, "not-a-uuid", str(UUID(int=5)), ["x"]]):
        assert nudges.post(nudges.event(f"evt_{number}", group)) == 204
    assert world.payment.status is PaymentStatus.APPROVED


@pytest.mark.parametrize(
    ("secret", "age", "status"),
    [("whsec_other", 0, 400), (SECRET, 3600, 400), ("", 0, 400), (SECRET, 0, 204)],
    ids=["forged", "old", "empty secret", "right"],
)
def test_only_signed_webhooks_are_taken(world: World, nudges: Nudges, secret: str, age: int, status: int) -> None:
    body = nudges.event("evt_1", str(world.payment_id))
    assert nudges.post(body, secret, int(clock.wall().timestamp()) - age) == status
    with db.reading() as session:
        assert len(session.scalars(select(PaymentEvent)).all()) == (status == 204)


def test_a_webhook_without_a_signature_or_too_long_is_refused(world: World, nudges: Nudges) -> None:
    assert nudges.client.post("/webhooks/payments", data=b"{}").status_code == 400
    assert nudges.client.get("/webhooks/payments").status_code == 405
    assert nudges.post(b" " * 70_000) == 413
    assert nudges.post(b"[1, 2]") == 400


def test_no_secret_no_webhooks(world: World, nudges: Nudges, app: Flask) -> None:
    app.config["PORTAL"] = Config.from_env({"SECRET_KEY": "s" * 32, "DATABASE_URL": "postgresql://"})
    assert nudges.post(nudges.event("evt_1", str(world.payment_id)), "") == 400
