"""The payment stand-in: the official library is content with it, and it refuses what Stripe refuses."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe as official

from portal.demo import stripe
from portal.demo.loopback import Answer, LoopbackServer, Request
from portal.demo.stripe_state import seed_accounts
from portal.payments import webhooks

KEY, SECRET, PROVIDER = "sk_test_of_the_demo", "whsec_of_the_demo", "acct_provider"
HTTP = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
FORM = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/x-www-form-urlencoded"}
RIGHT = {"amount": "1500", "currency": "kzt", "destination": PROVIDER}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[stripe.StripeServer]:
    seed_accounts(tmp_path, {PROVIDER: "Қамқорлық"})
    server = stripe.start(tmp_path, 0, KEY)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stripe.StripeServer]:
    """One for many tests, each of which must leave it without a transfer."""
    data = tmp_path_factory.mktemp("stripe")
    seed_accounts(data, {PROVIDER: "Қамқорлық"})
    server = stripe.start(data, 0, KEY)
    yield server
    server.stop()


@pytest.fixture
def library(system: stripe.StripeServer) -> official.StripeClient:
    return by_library(system)


def by_library(system: stripe.StripeServer, key: str = KEY) -> official.StripeClient:
    address: Any = {"api": f"http://127.0.0.1:{system.port}"}
    return official.StripeClient(key, base_addresses=address, max_network_retries=0)


def post(system: stripe.StripeServer, path: str, content: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTP.post(f"http://127.0.0.1:{system.port}{path}", content=content, headers=FORM | named)


def pay(system: stripe.StripeServer, key: str = "", **other: str) -> httpx.Response:
    content = "&".join(f"{name}={value}" for name, value in (RIGHT | other).items())
    return post(system, "/v1/transfers", content, **({"Idempotency_Key": key} if key else {}))


def order(system: stripe.StripeServer, **orders: object) -> dict[str, Any]:
    answer = HTTP.post(f"http://127.0.0.1:{system.port}/_control", json=orders)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def state(system: stripe.StripeServer) -> dict[str, Any]:
    shown: dict[str, Any] = HTTP.get(f"http://127.0.0.1:{system.port}/_control/state").json()
    return shown


def test_the_official_library_opens_an_account_pays_and_takes_back(library: official.StripeClient) -> None:
    account = library.v1.accounts.create(
        {
            "type": "custom",
            "country": "KZ",
            "business_profile": {"name": "Мейірім"},
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {"provider": "7"},
        }
    )
    assert library.v1.accounts.retrieve(account.id).to_dict()["metadata"] == {"provider": "7"}
    transfer = library.v1.transfers.create(
        {
            "amount": 1500,
            "currency": "kzt",
            "destination": account.id,
            "transfer_group": "act-1",
            "metadata": {"a": "ә"},
        },
        {"idempotency_key": "key-1"},
    )
    assert (transfer.amount, transfer.reversed, transfer.metadata["a"]) == (1500, False, "ә")
    reversal = library.v1.transfers.reversals.create(transfer.id, {"amount": 500})
    now = library.v1.transfers.retrieve(transfer.id)
    assert (now.amount_reversed, now.reversed, now.reversals.data[0].id) == (500, False, reversal.id)
    assert [each.id for each in library.v1.transfers.reversals.list(transfer.id).data] == [reversal.id]
    assert library.v1.transfers.reversals.retrieve(transfer.id, reversal.id).amount == 500
    library.v1.transfers.reversals.create(transfer.id)
    assert library.v1.transfers.retrieve(transfer.id).reversed


def test_the_official_library_lists_page_by_page(system: stripe.StripeServer, library: official.StripeClient) -> None:
    ids = [pay(system, transfer_group="act-1").json()["id"] for _ in range(7)]
    pay(system, transfer_group="act-2")
    pages = library.v1.transfers.list({"transfer_group": "act-1", "limit": 3})
    assert pages.has_more and [each.id for each in pages.auto_paging_iter()] == ids[::-1]
    before = library.v1.transfers.list({"limit": 2, "ending_before": ids[0], "transfer_group": "act-1"})
    assert [each.id for each in before.data] == [ids[2], ids[1]] and before.has_more
    assert len(library.v1.transfers.list({"destination": PROVIDER, "limit": 100}).data) == 8


def test_the_official_library_sees_balance_and_events(
    system: stripe.StripeServer, library: official.StripeClient
) -> None:
    order(system, balance_tiyn=10_000)
    pay(system)
    assert library.v1.balance.retrieve().available[0].amount == 8_500
    assert library.v1.balance.retrieve(options={"stripe_account": PROVIDER}).available[0].amount == 1_500
    events = library.v1.events.list({"type": "transfer.created"})
    assert events.data[0].data.object["amount"] == 1500
    assert library.v1.events.retrieve(events.data[0].id).type == "transfer.created"
    assert library.v1.events.list({"type": "transfer.reversed"}).data == []


@pytest.mark.parametrize(
    ("asked", "error", "code"),
    [
        ({"amount": 1500, "currency": "kzt"}, official.InvalidRequestError, "parameter_missing"),
        (RIGHT | {"destination": "acct_no"}, official.InvalidRequestError, "resource_missing"),
        (RIGHT | {"currency": "usd"}, official.InvalidRequestError, None),
        (RIGHT | {"amount": 10**14}, official.InvalidRequestError, "parameter_invalid_integer"),
    ],
)
def test_the_official_library_understands_refusals(
    library: official.StripeClient, asked: Any, error: type[official.StripeError], code: str | None
) -> None:
    with pytest.raises(error) as refused:
        library.v1.transfers.create(asked)
    assert refused.value.code == code


def test_the_official_library_understands_the_other_errors(
    system: stripe.StripeServer, library: official.StripeClient
) -> None:
    with pytest.raises(official.AuthenticationError):
        by_library(system, "sk_test_other").v1.balance.retrieve()
    transfer: Any = {"amount": 1, "currency": "kzt", "destination": PROVIDER}
    library.v1.transfers.create(transfer, {"idempotency_key": "key-1"})
    with pytest.raises(official.IdempotencyError):
        library.v1.transfers.create(transfer | {"amount": 2}, {"idempotency_key": "key-1"})
    order(system, next=[{"fault": "rate_limit"}, {"fault": "error_after_work"}])
    with pytest.raises(official.RateLimitError):
        library.v1.transfers.create(transfer)
    with pytest.raises(official.APIError):
        library.v1.transfers.create(transfer)
    with pytest.raises(official.InvalidRequestError, match="No such transfer"):
        library.v1.transfers.retrieve("tr_nothing")


def test_the_official_library_tries_again_and_pays_once(system: stripe.StripeServer) -> None:
    library = by_library(system)
    order(system, next=[{"fault": "drop"}])
    transfer: Any = {"amount": 1500, "currency": "kzt", "destination": PROVIDER}
    library.v1.transfers.create(transfer, {"max_network_retries": 2})
    assert len(state(system)["transfers"]) == 1


@pytest.mark.parametrize(
    ("content", "code", "param"),
    [
        ("", "parameter_missing", "currency"),
        ("currency=kzt&destination=acct_provider", "parameter_missing", "amount"),
        ("amount=10.5&currency=kzt&destination=acct_provider", "parameter_invalid_integer", "amount"),
        ("amount=abc&currency=kzt&destination=acct_provider", "parameter_invalid_integer", "amount"),
        ("amount=%D9%A1%D9%A2&currency=kzt&destination=acct_provider", "parameter_invalid_integer", "amount"),
        ("amount=0&currency=kzt&destination=acct_provider", "parameter_invalid_integer", "amount"),
        ("amount=-1&currency=kzt&destination=acct_provider", "parameter_invalid_integer", "amount"),
        ("amount=&currency=kzt&destination=acct_provider", "parameter_invalid_integer", "amount"),
        ("amount=1&currency=kzt&destination=", "parameter_invalid_empty", "destination"),
        ("amount=1&currency=kzt&destination=acct_nobody", "resource_missing", "destination"),
        ("amount=1&currency=zzz&destination=acct_provider", None, "currency"),
        ("amount=1&currency=kzt&destination=acct_provider&colour=red", "parameter_unknown", "colour"),
        ("amount=1&currency=kzt&destination=acct_provider&metadata=x", None, "metadata"),
        ("amount=1&currency=kzt&destination=acct_provider&metadata[a][b]=x", None, "metadata"),
        ("amount[a]=1&currency=kzt&destination=acct_provider", "parameter_invalid_integer", "amount"),
        ("amount=1&amount[a]=1", None, "amount"),
        ("metadata[a]=1&metadata=1", None, "metadata"),
        ("=1&[=2", "parameter_unknown", ""),
    ],
)
def test_refuses_what_stripe_refuses(
    untouched: stripe.StripeServer, content: str, code: str | None, param: str
) -> None:
    answer = post(untouched, "/v1/transfers", content)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error.get("code"), error.get("param", "")) == (code, param)
    assert error["type"] == "invalid_request_error" and error["message"]
    assert state(untouched)["transfers"] == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v1/transfers", {"Authorization": ""}, 401),
        ("POST", "/v1/transfers", {"Authorization": "Bearer sk_test_other"}, 401),
        ("POST", "/v1/transfers", {"Authorization": "Basic !!!"}, 401),
        ("POST", "/v1/transfers", {"Content-Type": "application/json"}, 400),
        ("POST", "/v1/transfers", {"Content-Type": ""}, 400),
        ("POST", "/v1/transfers", {"Stripe-Version": "latest"}, 400),
        ("POST", "/v1/transfers", {"Idempotency-Key": "k" * 256}, 400),
        ("POST", "/v1/transfers/tr_nothing/reversals", {}, 404),
        ("GET", "/v1/transfers/tr_nothing", {}, 404),
        ("GET", "/v1/transfers?limit=101", {}, 400),
        ("GET", "/v1/transfers?starting_after=tr_nothing", {}, 400),
        ("GET", "/v1/accounts/acct_nobody", {}, 404),
        ("GET", "/v1/payouts", {}, 404),
        ("DELETE", "/v1/transfers", {}, 404),
    ],
)
def test_refuses_callers_and_addresses(
    untouched: stripe.StripeServer, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    body = "amount=1&currency=kzt&destination=acct_provider" if path == "/v1/transfers" else ""
    answer = HTTP.request(method, f"http://127.0.0.1:{untouched.port}{path}", content=body, headers=FORM | headers)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert KEY not in answer.text
    assert state(untouched)["transfers"] == []


def test_the_key_may_come_as_the_name_of_basic_authentication(system: stripe.StripeServer) -> None:
    assert HTTP.get(f"http://127.0.0.1:{system.port}/v1/balance", auth=(KEY, "")).status_code == 200


def test_an_account_that_cannot_receive(system: stripe.StripeServer) -> None:
    account = post(system, "/v1/accounts", "type=custom&country=KZ").json()["id"]
    answer = pay(system, destination=account)
    assert answer.json()["error"]["code"] == "insufficient_capabilities_for_transfer"


def test_a_key_seen_before_is_answered_as_before(system: stripe.StripeServer) -> None:
    first, second = pay(system, "key-1"), pay(system, "key-1")
    assert first.content == second.content
    assert "idempotent-replayed" not in first.headers and second.headers["idempotent-replayed"] == "true"
    other = pay(system, "key-1", amount="1501")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(state(system)["transfers"]) == 1
    order(system, forget_keys=True)
    assert pay(system, "key-1").json()["id"] != first.json()["id"]


def test_what_failed_before_work_began_is_not_kept_under_the_key(system: stripe.StripeServer) -> None:
    assert pay(system, "key-1", amount="0").status_code == 400
    assert pay(system, "key-1").status_code == 200


def test_of_many_at_once_with_one_key_one_is_paid(system: stripe.StripeServer) -> None:
    order(system, next=[{"fault": "slow", "seconds": 0.2, "times": 8}])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: pay(system, "key-1"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["error"]["code"] == "idempotency_key_in_use"
    assert len(state(system)["transfers"]) == 1


def test_of_many_at_once_no_more_is_paid_than_there_is(system: stripe.StripeServer) -> None:
    order(system, balance_tiyn=4_500)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: pay(system, f"key-{n}").status_code, range(8)))
    assert sorted(answers) == [200] * 3 + [400] * 5
    assert state(system)["balance_tiyn"] == 0


def test_no_more_is_taken_back_than_was_paid(system: stripe.StripeServer) -> None:
    path = f"/v1/transfers/{pay(system).json()['id']}/reversals"
    assert post(system, path, "amount=1501").json()["error"]["code"] == "amount_too_large"
    assert post(system, path, "amount=1000").status_code == 200
    assert post(system, path, "amount=501").status_code == 400
    assert post(system, path, "amount=500").status_code == 200
    assert post(system, path, "").json()["error"]["code"] == "amount_too_large"


def test_it_remembers(tmp_path: Path) -> None:
    seed_accounts(tmp_path, {PROVIDER: "Қамқорлық"})
    seed_accounts(tmp_path, {PROVIDER: "Қамқорлық", "acct_second": "Мейірім"})
    server = stripe.start(tmp_path, 0, KEY)
    first = pay(server, "key-1")
    server.stop()
    again = stripe.start(tmp_path, 0, KEY)
    assert pay(again, "key-1").json() == first.json()
    assert [each["id"] for each in state(again)["accounts"]] == ["acct_second", PROVIDER]
    again.stop()


def test_a_port_in_use_is_said_at_once(system: stripe.StripeServer, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        stripe.make_server(tmp_path, system.port, KEY, "", "")


def test_it_is_served_and_shut_down_as_told(tmp_path: Path) -> None:
    server = stripe.make_server(tmp_path, 0, KEY, "", "")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    assert HTTP.get(f"http://127.0.0.1:{server.port}/v1/balance", headers=FORM).status_code == 200
    server.shutdown()
    thread.join(5)
    assert not thread.is_alive()
    with pytest.raises(httpx.TransportError):
        HTTP.get(f"http://127.0.0.1:{server.port}/v1/balance", headers=FORM)


def test_one_never_served_can_be_shut_down(tmp_path: Path) -> None:
    stripe.make_server(tmp_path, 0, KEY, "", "").shutdown()


@pytest.mark.parametrize(
    "orders", [{"next": [{"fault": "earthquake"}]}, {"colour": "red"}, {"balance_tiyn": -1}, [], None]
)
def test_orders_nobody_understands(untouched: stripe.StripeServer, orders: object) -> None:
    assert HTTP.post(f"http://127.0.0.1:{untouched.port}/_control", json=orders).status_code == 422


def test_a_page_of_another_site_cannot_give_orders(untouched: stripe.StripeServer) -> None:
    plain = {"Content-Type": "text/plain"}
    address = f"http://127.0.0.1:{untouched.port}/_control"
    assert HTTP.post(address, content='{"forget_keys": true}', headers=plain).status_code == 422


class Portal:
    """Takes webhooks, or not, and remembers them."""

    def __init__(self, refusals: int = 0) -> None:
        self.taken: list[webhooks.Event] = []
        self.refusals = refusals
        self.server = LoopbackServer(0, self._answer, threading.Event()).start()
        self.url = f"http://127.0.0.1:{self.server.port}/webhooks"

    def _answer(self, request: Request) -> Answer:
        if self.refusals:
            self.refusals -= 1
            return Answer(503)
        header = request.headers["stripe-signature"]
        official.Webhook.construct_event(request.body, header, SECRET)
        self.taken.append(webhooks.check(request.body, header, SECRET, datetime.now(UTC)))
        return Answer(200)

    def seen(self) -> list[str]:
        return [event.object_id for event in self.taken]


@pytest.fixture
def portal() -> Iterator[Portal]:
    found = Portal()
    yield found
    found.server.stop()


@pytest.fixture
def telling(tmp_path: Path, portal: Portal) -> Iterator[stripe.StripeServer]:
    seed_accounts(tmp_path, {PROVIDER: "Қамқорлық"})
    server = stripe.start(tmp_path, 0, KEY, portal.url, SECRET)
    yield server
    server.stop()


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("It did not happen in 4 seconds.")


def test_webhooks_are_signed_and_tell_what_happened(telling: stripe.StripeServer, portal: Portal) -> None:
    transfer = pay(telling).json()["id"]
    post(telling, f"/v1/transfers/{transfer}/reversals", "amount=1")
    wait_until(lambda: len(portal.taken) == 2)
    assert [event.type for event in portal.taken] == ["transfer.created", "transfer.reversed"]
    assert portal.seen() == [transfer, transfer]
    wait_until(lambda: all(event["delivered"] for event in state(telling)["events"]))


def test_a_webhook_refused_comes_again(telling: stripe.StripeServer, portal: Portal) -> None:
    portal.refusals = 2
    transfer = pay(telling).json()["id"]
    wait_until(lambda: portal.seen() == [transfer])


def test_a_webhook_comes_twice(telling: stripe.StripeServer, portal: Portal) -> None:
    order(telling, webhooks={"duplicate": True})
    pay(telling)
    wait_until(lambda: len(portal.taken) == 2)
    assert portal.taken[0] == portal.taken[1]


def test_webhooks_come_late_and_out_of_order(telling: stripe.StripeServer, portal: Portal) -> None:
    order(telling, webhooks={"out_of_order": True, "delay": 0.2})
    ids = [pay(telling).json()["id"] for _ in range(3)]
    assert portal.taken == []
    wait_until(lambda: len(portal.taken) == 3)
    assert portal.seen()[0] != ids[0] and sorted(portal.seen()) == sorted(ids)


def test_webhooks_held_back_are_sent_after_a_restart(
    telling: stripe.StripeServer, portal: Portal, tmp_path: Path
) -> None:
    order(telling, webhooks={"off": True})
    transfer = pay(telling).json()["id"]
    telling.stop()
    assert portal.taken == []
    again = stripe.start(tmp_path, 0, KEY, portal.url, SECRET)
    wait_until(lambda: portal.seen() == [transfer])
    again.stop()


def test_what_was_never_answered_is_done_once(system: stripe.StripeServer) -> None:
    order(system, next=[{"fault": "timeout"}, {"fault": "cut"}])
    with pytest.raises(httpx.ReadTimeout):
        HTTP.post(
            f"http://127.0.0.1:{system.port}/v1/transfers",
            content="amount=1&currency=kzt&destination=acct_provider",
            headers=FORM | {"Idempotency-Key": "key-1"},
            timeout=0.2,
        )
    with pytest.raises(httpx.RemoteProtocolError):
        pay(system, "key-1", amount="1")
    assert pay(system, "key-1", amount="1").headers["idempotent-replayed"] == "true"
    assert len(state(system)["transfers"]) == 1
