"""The way out for money, against the stand-in over a real socket: what is paid, what is refused, what is not known."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.demo import stripe
from portal.demo.loopback import Answer, LoopbackServer, Request
from portal.demo.stripe_state import seed_accounts
from portal.payments.client import PaymentClient, encode
from portal.payments.errors import (
    PaymentAuthError,
    PaymentConflict,
    PaymentError,
    PaymentRefused,
    PaymentUnavailable,
    PaymentUnknown,
)

CONTROL = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
KEY = "sk_test_very_secret"
PROVIDER = "acct_provider"


@pytest.fixture
def system(tmp_path: Path) -> Iterator[stripe.StripeServer]:
    seed_accounts(tmp_path, {PROVIDER: "Қамқорлық"})
    server = stripe.start(tmp_path, 0, KEY)
    yield server
    server.stop()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def client(system: stripe.StripeServer, slept: list[float]) -> Iterator[PaymentClient]:
    with connect(system.port, slept) as found:
        yield found


def connect(port: int, slept: list[float] | None = None, **more: Any) -> PaymentClient:
    waits = [] if slept is None else slept
    key, read_timeout = more.get("key", KEY), more.get("read_timeout", 0.5)
    return PaymentClient(f"http://127.0.0.1:{port}", key, read_timeout=read_timeout, sleep=waits.append)


def order(system: stripe.StripeServer, **orders: object) -> dict[str, Any]:
    answer = CONTROL.post(f"http://127.0.0.1:{system.port}/_control", json=orders)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def spoil(system: stripe.StripeServer, fault: str, times: int = 1, **more: object) -> None:
    order(system, next=[{"fault": fault, "times": times, **more}])


def paid(system: stripe.StripeServer) -> list[int]:
    return [transfer["amount"] for transfer in order(system)["transfers"]]


def asked(system: stripe.StripeServer) -> list[str]:
    return [f"{each['method']} {each['path']}" for each in order(system)["requests"]]


def pay(client: PaymentClient, key: str = "key-1", amount_tiyn: int = 150_000, group: str = "act-1") -> Any:
    return client.create_transfer(
        amount_tiyn=amount_tiyn,
        destination=PROVIDER,
        transfer_group=group,
        description="Акт № 1, қараша",
        metadata={"act": "1", "payment": "ә & = [x]"},
        idempotency_key=key,
    )


def test_pays_and_looks_up(client: PaymentClient, system: stripe.StripeServer) -> None:
    transfer = pay(client)
    assert (transfer.amount_tiyn, transfer.currency, transfer.destination) == (150_000, "kzt", PROVIDER)
    assert transfer.metadata == {"act": "1", "payment": "ә & = [x]"}
    assert transfer.description == "Акт № 1, қараша"
    assert transfer.created_at.utcoffset() is not None
    assert client.get_transfer(transfer.id) == transfer
    assert client.find_transfers("act-1") == [transfer]
    assert client.find_transfers("act-2") == []
    assert paid(system) == [150_000]


def test_the_same_key_pays_once(client: PaymentClient, system: stripe.StripeServer) -> None:
    assert pay(client) == pay(client)
    assert paid(system) == [150_000]


def test_the_same_key_for_other_money_is_a_conflict(client: PaymentClient, system: stripe.StripeServer) -> None:
    pay(client)
    with pytest.raises(PaymentConflict):
        pay(client, amount_tiyn=150_001)
    assert paid(system) == [150_000]


def test_a_list_longer_than_a_page(client: PaymentClient, system: stripe.StripeServer) -> None:
    ids = [pay(client, key=f"key-{n}", amount_tiyn=n + 1).id for n in range(103)]
    pay(client, key="other", group="act-2")
    assert [transfer.id for transfer in client.find_transfers("act-1")] == ids[::-1]


def test_takes_back_no_more_than_was_paid(client: PaymentClient) -> None:
    transfer = pay(client)
    reversal = client.reverse_transfer(transfer.id, 50_000, "back-1")
    assert (reversal.transfer, reversal.amount_tiyn) == (transfer.id, 50_000)
    assert client.reverse_transfer(transfer.id, 50_000, "back-1") == reversal
    assert client.get_transfer(transfer.id).amount_reversed_tiyn == 50_000
    with pytest.raises(PaymentRefused) as refused:
        client.reverse_transfer(transfer.id, 100_001, "back-2")
    assert (refused.value.code, refused.value.param) == ("amount_too_large", "amount")
    client.reverse_transfer(transfer.id, 100_000, "back-3")
    assert client.get_transfer(transfer.id).amount_reversed_tiyn == 150_000


def test_reversals_are_found_by_what_they_say(client: PaymentClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.payments.client._PAGE", 2)
    transfer, other = pay(client), pay(client, key="other")
    assert client.find_reversals(transfer.id) == []
    made = [client.reverse_transfer(transfer.id, 1, f"back-{n}", {"settlement": str(n)}) for n in range(5)]
    client.reverse_transfer(other.id, 1, "back-other")
    assert client.find_reversals(transfer.id) == made[::-1]
    assert made[3].metadata == {"settlement": "3"}
    with pytest.raises(PaymentRefused, match="No such transfer"):
        client.find_reversals("tr_unknown")


def test_opens_an_account_and_pays_there(client: PaymentClient) -> None:
    account = client.create_account(name="Мейірім", metadata={"provider": "7"}, idempotency_key="account-7")
    assert account.transfers_active
    assert client.get_account(account.id) == account
    assert client.get_account(PROVIDER).country == "KZ"


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"destination": "acct_nobody"}, "resource_missing", "destination"),
        ({"amount_tiyn": 0}, "parameter_invalid_integer", "amount"),
        ({"amount_tiyn": -5}, "parameter_invalid_integer", "amount"),
        ({"transfer_group": ""}, "parameter_invalid_empty", "transfer_group"),
        ({"metadata": {"k" * 41: "x"}}, "invalid_request_error", f"metadata[{'k' * 41}]"),
    ],
)
def test_a_refusal_is_final(
    client: PaymentClient,
    system: stripe.StripeServer,
    slept: list[float],
    wrong: dict[str, Any],
    code: str,
    param: str,
) -> None:
    right: dict[str, Any] = {
        "amount_tiyn": 100,
        "destination": PROVIDER,
        "transfer_group": "act-1",
        "description": "x",
        "metadata": {},
        "idempotency_key": "key-1",
    }
    with pytest.raises(PaymentRefused) as refused:
        client.create_transfer(**(right | wrong))
    assert (refused.value.code, refused.value.param) == (code, param)
    assert refused.value.message
    assert slept == [] and paid(system) == []


def test_more_than_the_platform_has(client: PaymentClient, system: stripe.StripeServer) -> None:
    order(system, balance_tiyn=149_999)
    with pytest.raises(PaymentRefused) as refused:
        pay(client)
    assert refused.value.code == "balance_insufficient"
    order(system, balance_tiyn=150_000)
    with pytest.raises(PaymentRefused):
        pay(client)  # the first answer is kept under its key, as Stripe keeps it
    assert pay(client, key="key-2").amount_tiyn == 150_000


@pytest.mark.parametrize("call", ["get_transfer", "get_account"])
def test_what_is_not_there(client: PaymentClient, call: str) -> None:
    with pytest.raises(PaymentRefused) as refused:
        getattr(client, call)("xx_nobody")
    assert refused.value.code == "resource_missing"


def test_an_identifier_cannot_leave_its_place_in_the_path(client: PaymentClient, system: stripe.StripeServer) -> None:
    with pytest.raises(PaymentError):
        client.get_transfer("../balance?x=")
    assert asked(system) == ["GET /v1/transfers/..%2Fbalance%3Fx%3D"]


def test_a_wrong_key(system: stripe.StripeServer) -> None:
    with connect(system.port, key="sk_test_wrong_key") as client, pytest.raises(PaymentAuthError) as refused:
        pay(client)
    assert "wrong_key" not in str(refused.value)
    assert paid(system) == []


@pytest.mark.parametrize("fault", ["rate_limit", "error_before_work"])
def test_tries_again_with_the_same_key(
    client: PaymentClient, system: stripe.StripeServer, slept: list[float], fault: str
) -> None:
    spoil(system, fault, 2)
    assert pay(client).amount_tiyn == 150_000
    keys = [each["key"] for each in order(system)["requests"]]
    assert keys == ["key-1"] * 3 and paid(system) == [150_000]
    assert 0.25 <= slept[0] <= 0.5 <= slept[1] <= 1.0


@pytest.mark.parametrize(
    ("fault", "error"), [("rate_limit", PaymentUnavailable), ("error_before_work", PaymentUnknown)]
)
def test_gives_up_after_some_attempts(
    client: PaymentClient, system: stripe.StripeServer, slept: list[float], fault: str, error: type[PaymentError]
) -> None:
    spoil(system, fault, 99)
    with pytest.raises(error):
        pay(client)
    assert len(asked(system)) == 4 and len(slept) == 3 and paid(system) == []


@pytest.mark.parametrize("fault", ["timeout", "drop", "cut", "garbage"])
def test_an_answer_that_never_came_is_looked_up(
    client: PaymentClient, system: stripe.StripeServer, slept: list[float], fault: str
) -> None:
    spoil(system, fault)
    with pytest.raises(PaymentUnknown):
        pay(client)
    assert slept == [] and asked(system) == ["POST /v1/transfers"]
    assert [transfer.amount_tiyn for transfer in client.find_transfers("act-1")] == [150_000]
    assert pay(client).amount_tiyn == 150_000
    assert paid(system) == [150_000]


@pytest.mark.parametrize("fault", ["timeout_before_work", "drop_before_work"])
def test_an_answer_that_never_came_of_nothing_done(
    client: PaymentClient, system: stripe.StripeServer, fault: str
) -> None:
    spoil(system, fault)
    with pytest.raises(PaymentUnknown):
        pay(client)
    assert client.find_transfers("act-1") == []


def test_a_failure_kept_under_the_key_is_not_asked_for_again(
    client: PaymentClient, system: stripe.StripeServer, slept: list[float]
) -> None:
    spoil(system, "error_after_work")
    with pytest.raises(PaymentUnknown):
        pay(client)
    assert len(slept) == 1, "the replayed failure ended it"
    assert [transfer.amount_tiyn for transfer in client.find_transfers("act-1")] == [150_000]


def test_two_at_once_with_one_key(system: stripe.StripeServer) -> None:
    spoil(system, "slow", seconds=0.5)
    found: list[Any] = []

    def pay_first() -> None:
        with connect(system.port, read_timeout=5) as client:
            found.append(pay(client))

    first = threading.Thread(target=pay_first)
    first.start()
    for _ in range(500):
        if asked(system):
            break
        time.sleep(0.01)
    waits: list[float] = []
    with connect(system.port, waits) as client, pytest.raises(PaymentUnknown, match="409"):
        pay(client)
    first.join()
    with connect(system.port) as client:
        assert pay(client) == found[0]
    assert len(waits) == 3 and paid(system) == [150_000]


def test_a_busy_answer_after_a_failed_one_settles_nothing(client: PaymentClient, system: stripe.StripeServer) -> None:
    order(system, next=[{"fault": "error_before_work"}, {"fault": "rate_limit", "times": 3}])
    with pytest.raises(PaymentUnknown):
        pay(client)


def test_nobody_there(slept: list[float]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with connect(port, slept) as client, pytest.raises(PaymentUnavailable):
        pay(client)
    assert len(slept) == 3


@pytest.mark.parametrize("address", ["", "payments", "http://[", "ftp://127.0.0.1"])
def test_an_address_that_is_none(slept: list[float], address: str) -> None:
    with pytest.raises(PaymentUnavailable), PaymentClient(address, KEY, sleep=slept.append) as client:
        pay(client)


@pytest.mark.parametrize("key", ["", " ", "sk test", "sk_test\n", "кілт"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(PaymentAuthError):
        PaymentClient("http://127.0.0.1", key)


def test_away_after_a_failed_answer_settles_nothing() -> None:
    closing = threading.Event()

    def fail_once(_: Request) -> Answer:
        threading.Thread(target=server.stop).start()
        closing.wait(1)
        return Answer(500)

    server = LoopbackServer(0, fail_once, closing).start()
    with connect(server.port) as client, pytest.raises(PaymentUnknown):
        pay(client)


def body(**other: object) -> bytes:
    right = {"id": "tr_1", "amount": 150_000, "currency": "kzt", "destination": PROVIDER, "transfer_group": "act-1"}
    return json.dumps(right | {"created": 1_790_000_000} | other).encode()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b""),
        Answer(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}),
        Answer(200, b"[]"),
        Answer(200, b'"' + b"x" * 100_000),
        Answer(200, b"\xff\xfe", {"Content-Encoding": "gzip"}),
        Answer(200, body(amount=1)),
        Answer(200, body(amount=150_000.5)),
        Answer(200, body(amount="150000")),
        Answer(200, body(currency="usd")),
        Answer(200, body(destination="acct_other")),
        Answer(200, body(transfer_group=None)),
        Answer(200, body(amount_reversed=150_001)),
        Answer(200, body(created=10**30)),
        Answer(200, body(id="../x")),
        Answer(204),
        Answer(302, b"", {"Location": "http://127.0.0.1:1/"}),
        Answer(403 + 1, b"not found"),
        Answer(400, b'{"error": "bad"}'),
        Answer(413, b"<html>too large</html>"),
    ],
    ids=range(19),
)
def test_an_answer_nobody_expects_is_unknown(answer: Answer) -> None:
    server = LoopbackServer(0, lambda _: answer, threading.Event()).start()
    with connect(server.port) as client, pytest.raises(PaymentUnknown):
        pay(client)
    server.stop()


def test_what_is_sent() -> None:
    seen: list[Request] = []

    def answering(request: Request) -> Answer:
        seen.append(request)
        return Answer(200, body())

    server = LoopbackServer(0, answering, threading.Event()).start()
    with connect(server.port) as client:
        pay(client)
        with pytest.raises(PaymentUnknown):
            client.find_transfers("act-1")
    server.stop()
    post, get = seen
    assert post.headers["content-type"] == "application/x-www-form-urlencoded" == get.headers["content-type"]
    assert post.headers["idempotency-key"] == "key-1" and "idempotency-key" not in get.headers
    assert post.headers["authorization"] == f"Bearer {KEY}"
    assert post.headers["stripe-version"] == "2024-06-20"
    assert b"amount=150000&currency=kzt" in post.body and b"metadata%5Bact%5D=1" in post.body
    assert get.query == "transfer_group=act-1&limit=100"


def test_a_list_that_never_ends() -> None:
    page = b'{"data": [' + body() + b'], "has_more": true}'
    server = LoopbackServer(0, lambda _: Answer(200, page), threading.Event()).start()
    with connect(server.port) as client, pytest.raises(PaymentUnknown, match="does not end"):
        client.find_transfers("act-1")
    server.stop()


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_money_never_moves_without_a_key(client: PaymentClient, system: stripe.StripeServer, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        pay(client, key=key)
    assert asked(system) == []


def test_only_whole_numbers_are_sent() -> None:
    assert encode({"a": 1, "b": {"c": True, "d": {"e": "ә"}}}) == b"a=1&b%5Bc%5D=true&b%5Bd%5D%5Be%5D=%D3%99"
    with pytest.raises(TypeError):
        encode({"amount": 10.5})  # type: ignore[dict-item]


def test_no_secret_in_the_logs(
    client: PaymentClient, system: stripe.StripeServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pay(client)
    spoil(system, "cut")
    with pytest.raises(PaymentUnknown) as lost:
        pay(client, key="key-2")
    assert KEY not in caplog.text and KEY not in str(lost.value)


def test_a_killed_payment_system_remembers(tmp_path: Path) -> None:
    seed_accounts(tmp_path, {PROVIDER: "Қамқорлық"})
    server = stripe.start(tmp_path, 0, KEY)
    spoil(server, "timeout")
    with connect(server.port) as client, pytest.raises(PaymentUnknown):
        pay(client)
    server.stop()
    again = stripe.start(tmp_path, server.port, KEY)
    with connect(again.port) as client:
        assert pay(client).id == client.find_transfers("act-1")[0].id
    assert paid(again) == [150_000]
    again.stop()
