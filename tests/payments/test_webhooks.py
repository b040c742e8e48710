"""The payment system's nudges: only what it signed, lately, is believed."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from portal.payments.webhooks import WebhookRefused, check

SECRET = "whsec_one"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "transfer.created",
    "created": AT,
    "data": {"object": {"id": "tr_1", "object": "transfer"}},
}
PAYLOAD = json.dumps(EVENT).encode()


def mac(payload: bytes = PAYLOAD, secret: str = SECRET, at: int | str = AT) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()


def header(payload: bytes = PAYLOAD, secret: str = SECRET, at: int = AT) -> str:
    return f"t={at},v1={mac(payload, secret, at)}"


def test_takes_what_is_signed() -> None:
    event = check(PAYLOAD, header(), SECRET, NOW)
    assert (event.id, event.type, event.object_id, event.created_at) == ("evt_1", "transfer.created", "tr_1", NOW)


def test_takes_what_the_official_library_signs() -> None:
    signed = stripe.WebhookSignature.generate_signature_header(PAYLOAD.decode(), SECRET)
    assert check(PAYLOAD, signed, SECRET, datetime.now(UTC)).id == "evt_1"
    assert stripe.Webhook.construct_event(PAYLOAD, header(at=int(time.time())), SECRET).id == "evt_1"


@pytest.mark.parametrize(
    ("given", "secret"),
    [
        (f"t={AT},v1={'0' * 64},v1={mac()}", SECRET),
        (f"t={AT},v0=old,v1={mac()}", SECRET),
        (f"t={AT}, v1={mac()}", SECRET),
        (header(secret="whsec_two"), "whsec_one, whsec_two"),
        (header(secret="whsec_one"), "whsec_one,whsec_two"),
    ],
    ids=["second of two signatures", "another scheme beside", "a space", "new secret", "old secret"],
)
def test_takes_each_signature_by_each_secret(given: str, secret: str) -> None:
    assert check(PAYLOAD, given, secret, NOW).id == "evt_1"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "t=,v1=",
        f"v1={mac()}",
        f"t={AT}",
        f"t={AT},v1=",
        f"t={AT},v1={mac()[:-1]}",
        f"t={AT},v1=ә{mac()}",
        f"t={AT + 1},v1={mac()}",
        f"t=0{AT},v1={mac(at=f'0{AT}')}",
        f"t={AT},t={AT + 1},v1={mac()}",
        f"t=-{AT},v1={mac()}",
        f"t=١٢٣,v1={mac()}",
        f"t={'9' * 5000},v1={mac()}",
        f"t={AT},v0={mac()}",
        f"t={AT}," + ",".join(f"v1={mac()}" for _ in range(50)),
        header(secret="whsec_other"),
        header(payload=PAYLOAD + b" "),
    ],
)
def test_refuses_what_is_not_signed(given: str) -> None:
    with pytest.raises(WebhookRefused):
        check(PAYLOAD, given, SECRET, NOW)


@pytest.mark.parametrize("secret", ["", " ", ",", " , "])
def test_without_a_secret_nothing_is_believed(secret: str) -> None:
    with pytest.raises(WebhookRefused):
        check(PAYLOAD, header(secret=""), secret, NOW)


@pytest.mark.parametrize(("seconds", "taken"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_only_lately_signed(seconds: int, taken: bool) -> None:
    late = NOW + timedelta(seconds=seconds)
    if taken:
        assert check(PAYLOAD, header(), SECRET, late).id == "evt_1"
    else:
        with pytest.raises(WebhookRefused, match="too old"):
            check(PAYLOAD, header(), SECRET, late)


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"{}", b"\xff", b'{"id": 1}', json.dumps(EVENT | {"created": "soon"}).encode()],
)
def test_refuses_what_is_signed_but_no_event(payload: bytes) -> None:
    with pytest.raises(WebhookRefused, match="not an event"):
        check(payload, header(payload=payload), SECRET, NOW)
