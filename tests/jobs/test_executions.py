"""Sending executions to E-Sobes' stand-in, over a real socket: each until it was taken, none twice, none lost."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from portal import clock
from portal.config import Config
from portal.db import Database, transaction
from portal.demo import esobes_receiver
from portal.esobes import client
from portal.jobs import executions as job
from portal.models.message import Execution
from portal.models.order import Order
from portal.operations import executions
from portal.rules.orders import OrderStatus
from tests import factories as make
from tests.apps import make_config
from tests.factories import MONDAY

pytestmark = pytest.mark.law("R42.4")
TOKEN = "out-token"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[esobes_receiver.EsobesReceiver]:
    server = esobes_receiver.start(tmp_path, 0, TOKEN)
    yield server
    server.stop()


def config(receiver: esobes_receiver.EsobesReceiver, **given: Any) -> Config:
    url = f"http://127.0.0.1:{receiver.port}/executions"
    return make_config("postgresql://", **{"esobes_url": url, "esobes_out_token": TOKEN} | given)


def control(receiver: esobes_receiver.EsobesReceiver, **orders: Any) -> None:
    with httpx.Client(trust_env=False) as asking:
        answer = asking.post(f"http://127.0.0.1:{receiver.port}/_control", json=orders)
    assert answer.status_code == 200


def kept(receiver: esobes_receiver.EsobesReceiver) -> list[dict[str, Any]]:
    with httpx.Client(trust_env=False) as asking:
        found: list[dict[str, Any]] = asking.get(f"http://127.0.0.1:{receiver.port}/_control/state").json()[
            "executions"
        ]
    return found


def owe(count: int = 1) -> list[UUID]:
    """Orders were accepted; E-Sobes is to learn it."""
    with transaction() as session:
        orders = [make.make_order(session) for _ in range(count)]
        for order in orders:
            executions.owe_order(session, order, MONDAY)
        about = [f"order:{order.id}:accepted" for order in orders]
        rows = session.execute(select(Execution.about, Execution.id).where(Execution.about.in_(about))).all()
        by_about = {row.about: row.id for row in rows}
        return [by_about[one] for one in about]


def row(execution_id: UUID) -> Execution:
    with transaction() as session:
        return session.get_one(Execution, execution_id)


def later(minutes: float) -> None:
    moment = MONDAY + timedelta(minutes=minutes)
    clock.use(lambda: moment)


def test_what_is_owed_is_taken_in_its_order(database: Database, receiver: esobes_receiver.EsobesReceiver) -> None:
    ids = owe(3)
    assert job.send_owed(config(receiver)) == 3
    assert [one["message_id"] for one in kept(receiver)] == [str(one) for one in ids]
    assert [row(one).sent_at for one in ids] == [MONDAY] * 3
    assert job.send_owed(config(receiver)) == 0
    body = kept(receiver)[0]
    assert (body["kind"], body["status"], body["used"]) == ("order", "accepted", 0)
    assert body["programme"] and body["measure"] == "1"


def test_about_one_thing_one_row(database: Database) -> None:
    with transaction() as session:
        order = make.make_order(session)
        for _ in range(3):
            executions.owe_order(session, order, MONDAY)
        order.status = OrderStatus.CLOSED
        executions.owe_order(session, order, MONDAY)
        assert len(session.scalars(select(Execution)).all()) == 2


def test_when_it_is_away_the_first_waits_and_the_others_are_left(
    database: Database, receiver: esobes_receiver.EsobesReceiver
) -> None:
    first, second = owe(2)
    control(receiver, fail=503)
    assert job.send_owed(config(receiver)) == 0
    assert (row(first).attempts, row(first).next_try_at) == (1, MONDAY + executions.FIRST_WAIT)
    assert (row(second).attempts, row(second).sent_at) == (0, None)
    later(1)
    assert job.send_owed(config(receiver)) == 2
    assert len(kept(receiver)) == 2


def test_a_refused_one_does_not_hold_back_the_others(
    database: Database, receiver: esobes_receiver.EsobesReceiver
) -> None:
    first, second = owe(2)
    control(receiver, fail=422)
    assert job.send_owed(config(receiver)) == 1
    assert (row(first).sent_at, row(second).sent_at) == (None, MONDAY)
    later(1)
    assert job.send_owed(config(receiver)) == 1


def test_waits_grow_up_to_an_hour(database: Database, receiver: esobes_receiver.EsobesReceiver) -> None:
    (one,) = owe()
    control(receiver, fail=500, times=12)
    waits = []
    for hour in range(12):
        later(hour * 120)
        job.send_owed(config(receiver))
        waits.append((row(one).next_try_at - clock.now()).total_seconds())
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]


def test_an_answer_that_never_came_is_sent_again_and_kept_once(
    database: Database, receiver: esobes_receiver.EsobesReceiver
) -> None:
    (one,) = owe()
    control(receiver, fail="drop")
    assert job.send_owed(config(receiver)) == 0
    later(1)
    assert job.send_owed(config(receiver)) == 1
    assert [message["message_id"] for message in kept(receiver)] == [str(one)]


@pytest.mark.parametrize("given", [{"esobes_out_token": "other"}, {"esobes_url": "http://127.0.0.1:9/executions"}])
def test_the_wrong_token_or_nobody_there_delays(
    database: Database, receiver: esobes_receiver.EsobesReceiver, given: dict[str, str]
) -> None:
    (one,) = owe()
    assert job.send_owed(config(receiver, **given)) == 0
    assert (row(one).sent_at, row(one).attempts) == (None, 1)


def test_without_an_address_nothing_is_sent(database: Database, receiver: esobes_receiver.EsobesReceiver) -> None:
    (one,) = owe()
    assert job.send_owed(config(receiver, esobes_url="")) == 0
    assert row(one).attempts == 0


def test_no_transaction_is_open_while_it_is_sent(
    database: Database, receiver: esobes_receiver.EsobesReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locks are not held for as long as somebody else takes to answer."""
    owe()
    seen = []

    def look(*arguments: Any) -> None:
        with database.writes() as session:
            session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            seen.append(session.scalars(select(Execution.next_try_at).with_for_update()).one())
        client.send(*arguments)

    monkeypatch.setattr(job, "send", look)
    assert job.send_owed(config(receiver)) == 1
    assert seen == [MONDAY + executions.LEASE], "the lease is committed"


def test_who_dies_while_sending_leaves_it_for_later(
    database: Database, receiver: esobes_receiver.EsobesReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = owe()

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(job, "send", die)
        job.send_owed(config(receiver))
    assert job.send_owed(config(receiver)) == 0, "it is leased"
    later(executions.LEASE.total_seconds() / 60)
    assert job.send_owed(config(receiver)) == 1
    assert row(one).sent_at is not None


def test_two_at_once_send_each_once(database: Database, receiver: esobes_receiver.EsobesReceiver) -> None:
    owe(12)
    sent: list[int] = []
    threads = [threading.Thread(target=lambda: sent.append(job.send_owed(config(receiver)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sum(sent) == 12
    assert len(kept(receiver)) == 12


def test_an_act_and_its_payment(database: Database, receiver: esobes_receiver.EsobesReceiver) -> None:
    with transaction() as session:
        act = make.make_act(session)
        executions.owe_act(session, act, MONDAY)
        number = session.get_one(Order, act.order_id).number
    assert job.send_owed(config(receiver)) == 1
    (body,) = kept(receiver)
    assert (body["kind"], body["order"], body["month"], body["units"]) == ("rendered", number, "2026-03", 120)
    assert body["amount_tiyn"] == act.amount_tiyn
