"""The way out to E-Sobes, against the stand-in over a real socket."""

import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.demo import esobes_receiver
from portal.demo.loopback import Answer, LoopbackServer, Request
from portal.esobes.client import EsobesDown, EsobesRefused, send

TOKEN = "token-of-the-demo"
CONTROL = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
EXECUTION = {"message_id": "m-1", "act": "7", "minutes": 480, "paid_tiyn": 150_000, "service": "жеке көмекші"}


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[esobes_receiver.EsobesReceiver]:
    server = esobes_receiver.start(tmp_path, 0, TOKEN)
    yield server
    server.stop()


def url(receiver: LoopbackServer, path: str = "/executions") -> str:
    return f"http://127.0.0.1:{receiver.port}{path}"


def kept(receiver: LoopbackServer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = CONTROL.get(url(receiver, "/_control/state")).json()["executions"]
    return found


def spoil(receiver: LoopbackServer, **orders: object) -> None:
    assert CONTROL.post(url(receiver, "/_control"), json=orders).status_code == 200


def test_a_message_arrives_once(receiver: esobes_receiver.EsobesReceiver) -> None:
    send(url(receiver), TOKEN, EXECUTION)
    send(url(receiver), TOKEN, EXECUTION)
    send(url(receiver), TOKEN, EXECUTION | {"message_id": "m-2"})
    assert kept(receiver) == [EXECUTION, EXECUTION | {"message_id": "m-2"}]


def test_another_message_under_the_same_name_is_refused(receiver: esobes_receiver.EsobesReceiver) -> None:
    send(url(receiver), TOKEN, EXECUTION)
    with pytest.raises(EsobesRefused) as refused:
        send(url(receiver), TOKEN, EXECUTION | {"minutes": 60})
    assert refused.value.status == 409
    assert kept(receiver) == [EXECUTION]


@pytest.mark.parametrize("token", ["other", "token-of-the-demo2", "кілт"])
def test_a_wrong_token(receiver: esobes_receiver.EsobesReceiver, token: str) -> None:
    with pytest.raises(EsobesRefused) as refused:
        send(url(receiver), token, EXECUTION)
    assert refused.value.status == 401 and kept(receiver) == []


@pytest.mark.parametrize("token", ["", "one\ntwo"])
def test_a_token_that_is_none(receiver: esobes_receiver.EsobesReceiver, token: str) -> None:
    with pytest.raises(EsobesDown):
        send(url(receiver), token, EXECUTION)


def test_a_wrong_address(receiver: esobes_receiver.EsobesReceiver) -> None:
    with pytest.raises(EsobesRefused) as refused:
        send(url(receiver, "/elsewhere"), TOKEN, EXECUTION)
    assert refused.value.status == 404


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_not_well(receiver: esobes_receiver.EsobesReceiver, status: int) -> None:
    spoil(receiver, fail=status, times=2)
    for _ in range(2):
        with pytest.raises(EsobesDown):
            send(url(receiver), TOKEN, EXECUTION)
    assert kept(receiver) == []
    send(url(receiver), TOKEN, EXECUTION)
    assert kept(receiver) == [EXECUTION]


@pytest.mark.parametrize("fault", ["timeout", "drop"])
def test_an_answer_that_never_came(receiver: esobes_receiver.EsobesReceiver, fault: str) -> None:
    spoil(receiver, fail=fault)
    with pytest.raises(EsobesDown):
        send(url(receiver), TOKEN, EXECUTION, timeout=0.3)
    send(url(receiver), TOKEN, EXECUTION)
    assert kept(receiver) == [EXECUTION]


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(EsobesDown):
        send(f"http://127.0.0.1:{port}/executions", TOKEN, EXECUTION)


@pytest.mark.parametrize("address", ["", "executions", "http://[", "ftp://127.0.0.1/"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(EsobesDown):
        send(address, TOKEN, EXECUTION)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Sign in</html>", b"{", b"[]", b"\xff", b'{"status": 500, "title": "No"}', b'{"kept": "m-2"}'],
)
def test_a_200_that_does_not_say_that_it_is_kept_loses_nothing(body: bytes) -> None:
    server = LoopbackServer(0, lambda _request: Answer(200, body, {}), threading.Event()).start()
    with pytest.raises(EsobesDown, match="did not say"):
        send(url(server), TOKEN, EXECUTION)
    server.stop()


def test_it_does_not_follow_elsewhere_with_the_token() -> None:
    seen: list[Request] = []

    def answering(request: Request) -> Answer:
        seen.append(request)
        return Answer(307, b"", {"Location": "/other"})

    server = LoopbackServer(0, answering, threading.Event()).start()
    with pytest.raises(EsobesRefused):
        send(url(server), TOKEN, EXECUTION)
    server.stop()
    assert [request.path for request in seen] == ["/executions"]


@pytest.mark.parametrize("message", [{}, {"act": "7"}, {"message_id": ""}])
def test_a_message_without_a_name_is_not_sent(
    receiver: esobes_receiver.EsobesReceiver, message: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="message_id"):
        send(url(receiver), TOKEN, message)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"message_id": 7}', "not JSON"])
def test_the_stand_in_refuses_what_is_no_message(receiver: esobes_receiver.EsobesReceiver, body: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    assert CONTROL.post(url(receiver), content=body, headers=headers).status_code == 422
    assert CONTROL.post(url(receiver, "/_control"), content=body or "[]", headers=headers).status_code in {200, 422}


def test_the_stand_in_remembers(tmp_path: Path) -> None:
    first = esobes_receiver.start(tmp_path, 0, TOKEN)
    send(url(first), TOKEN, EXECUTION)
    first.stop()
    with (tmp_path / esobes_receiver.FILE).open("a", encoding="utf-8") as file:
        file.write('{"message_id": "cut sho')
    again = esobes_receiver.start(tmp_path, 0, TOKEN)
    send(url(again), TOKEN, EXECUTION)
    send(url(again), TOKEN, EXECUTION | {"message_id": "m-2"})
    assert [message["message_id"] for message in kept(again)] == ["m-1", "m-2"]
    again.stop()


def test_nothing_of_the_message_or_the_token_is_logged(
    receiver: esobes_receiver.EsobesReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    spoil(receiver, fail="drop")
    with pytest.raises(EsobesDown) as down:
        send(url(receiver), TOKEN, EXECUTION | {"minutes": 480_480_480, "paid_tiyn": 150_000_000_001})
    for secret in (TOKEN, "480480480", "150000000001"):  # longer than a port or a part of an address in memory
        assert secret not in caplog.text + str(down.value)
