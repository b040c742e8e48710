"""The way out for words, against the stand-in gateway over a real socket."""

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.demo import smpp
from portal.sms.client import Outgoing, SmsGateway
from portal.sms.errors import GatewayDown, GatewayRefused
from portal.sms.parts import Coding
from portal.sms.session import ReceiptState, Session

NAME, PASSWORD, PHONE = "portal", "secret-7", "+77010000001"
LONG = "Құрметті Айгүл! Жеке көмекші қызметіне 480 сағат берілді. " * 3


class Told:
    """What the client was told, in order."""

    def __init__(self) -> None:
        self.sent: dict[str, list[str]] = {}
        self.receipts: list[tuple[str, str]] = []
        self.refused: dict[str, int] = {}

    def on_sent(self, reference: str, ids: object) -> None:
        assert isinstance(ids, list)
        self.sent[reference] = ids

    def on_receipt(self, message_id: str, state: ReceiptState) -> None:
        self.receipts.append((message_id, state))

    def on_refused(self, reference: str, refusal: GatewayRefused) -> None:
        self.refused[reference] = refusal.code

    def exchange(self, gateway: SmsGateway, *messages: Outgoing, linger: float = 2) -> None:
        gateway.exchange(messages, self.on_sent, self.on_receipt, linger, on_refused=self.on_refused)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[smpp.SmppServer]:
    found = smpp.start(tmp_path, 0, NAME, PASSWORD, receipt_seconds=0.02)
    yield found
    found.stop()


@pytest.fixture
def gateway(server: smpp.SmppServer) -> SmsGateway:
    return to(server.port)


@pytest.fixture
def told() -> Told:
    return Told()


def to(port: int, password: str = PASSWORD, source: str = "Aleumet", timeout: float = 1) -> SmsGateway:
    return SmsGateway("127.0.0.1", port, NAME, password, source, timeout)


def texts(data: Path, phone: str | None = None) -> list[str]:
    return [message.text for message in smpp.messages(data, phone)]


def test_messages_arrive_whole_and_are_confirmed(gateway: SmsGateway, told: Told, tmp_path: Path) -> None:
    told.exchange(gateway, Outgoing("a", PHONE, "Код: 123456 ₸ 😀"), Outgoing("b", "77010000002", LONG))
    assert texts(tmp_path) == ["Код: 123456 ₸ 😀", LONG]
    assert texts(tmp_path, "+7 701 000-00-02") == [LONG]
    first = smpp.messages(tmp_path)[0]
    assert (first.phone, first.source, first.at.utcoffset() is not None) == ("77010000001", "Aleumet", True)
    assert [len(ids) for ids in told.sent.values()] == [1, 3]
    ids = told.sent["a"] + told.sent["b"]
    assert sorted(told.receipts) == sorted((each, ReceiptState.DELIVERED) for each in ids)


@pytest.mark.parametrize("text", ["Code 123456", "x" * 400, "[you@example] {1} ~ € ^ \\ | $ _ `", "ә" * 70, "", "a\nb"])
def test_every_letter_arrives(gateway: SmsGateway, told: Told, tmp_path: Path, text: str) -> None:
    told.exchange(gateway, Outgoing("a", PHONE, text))
    assert texts(tmp_path) == [text]


def test_a_number_as_the_sender(server: smpp.SmppServer, told: Told, tmp_path: Path) -> None:
    told.exchange(to(server.port, source="1414"), Outgoing("a", PHONE, "Сәлем"))
    assert smpp.messages(tmp_path)[0].source == "1414"


def test_many_messages_and_their_receipts(gateway: SmsGateway, told: Told, tmp_path: Path) -> None:
    told.exchange(gateway, *(Outgoing(f"m{n}", PHONE, LONG) for n in range(40)), linger=5)
    assert texts(tmp_path) == [LONG] * 40
    assert len(told.receipts) == len(set(told.receipts)) == 120


def test_of_one_message_it_is_first_told_that_it_was_sent(gateway: SmsGateway) -> None:
    known: set[str] = set()
    unknown: list[str] = []
    gateway.exchange(
        [Outgoing(str(n), PHONE, LONG) for n in range(20)],
        lambda _, ids: known.update(ids),
        lambda message_id, _: None if message_id in known else unknown.append(message_id),
        2,
        on_refused=lambda *_: None,
    )
    assert len(known) == 60 and unknown == []


def test_a_wrong_password(server: smpp.SmppServer, told: Told, tmp_path: Path) -> None:
    with pytest.raises(GatewayRefused) as refused:
        told.exchange(to(server.port, "wrong"), Outgoing("a", PHONE, "Сәлем"))
    assert refused.value.code == 13 and not refused.value.for_now
    assert texts(tmp_path) == [] and told.refused == {}


def test_what_smpp_has_no_room_for_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="8 for the password"):
        to(2775, "longer than eight")


def test_a_wrong_number_stops_nobody_else(gateway: SmsGateway, told: Told, tmp_path: Path) -> None:
    told.exchange(gateway, Outgoing("bad", "+7 701", "Сәлем"), Outgoing("good", PHONE, "Сәлем"))
    assert told.refused == {"bad": 0x0B} and list(told.sent) == ["good"]
    assert texts(tmp_path) == ["Сәлем"]


def test_a_phone_that_cannot_be_reached(gateway: SmsGateway, told: Told, tmp_path: Path) -> None:
    smpp.tell(tmp_path, smpp.Faults(undeliverable=["77010000001"]))
    told.exchange(gateway, Outgoing("a", PHONE, LONG))
    assert {state for _, state in told.receipts} == {ReceiptState.UNDELIVERABLE} and len(told.receipts) == 3
    assert texts(tmp_path) == []


def test_a_gateway_that_takes_nothing_for_now(gateway: SmsGateway, told: Told, tmp_path: Path) -> None:
    smpp.tell(tmp_path, smpp.Faults(throttle=True))
    with pytest.raises(GatewayRefused) as refused:
        told.exchange(gateway, Outgoing("a", PHONE, "Сәлем"))
    assert refused.value.code == 0x58 and refused.value.for_now
    assert told.sent == {} and told.refused == {}
    smpp.tell(tmp_path, smpp.Faults())
    told.exchange(gateway, Outgoing("a", PHONE, "Сәлем"))
    assert texts(tmp_path) == ["Сәлем"]


def test_a_gateway_that_is_down(gateway: SmsGateway, told: Told, tmp_path: Path) -> None:
    smpp.tell(tmp_path, smpp.Faults(down=True))
    with pytest.raises(GatewayDown):
        told.exchange(gateway, Outgoing("a", PHONE, "Сәлем"))
    smpp.tell(tmp_path, smpp.Faults())
    told.exchange(gateway, Outgoing("a", PHONE, "Сәлем"))
    assert texts(tmp_path) == ["Сәлем"]


def test_a_gateway_that_goes_down_while_we_listen(gateway: SmsGateway, told: Told, tmp_path: Path) -> None:
    threading.Timer(0.1, lambda: smpp.tell(tmp_path, smpp.Faults(down=True))).start()
    with pytest.raises(GatewayDown):
        told.exchange(gateway, linger=5)


def test_nobody_there(told: Told) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(GatewayDown):
        told.exchange(to(port), Outgoing("a", PHONE, "Сәлем"))


def test_lost_receipts_end_the_wait(gateway: SmsGateway, told: Told, tmp_path: Path) -> None:
    smpp.tell(tmp_path, smpp.Faults(lose_receipts=True))
    told.exchange(gateway, Outgoing("a", PHONE, "Сәлем"), linger=0.1)
    assert told.receipts == [] and list(told.sent) == ["a"]


def test_receipts_wait_for_a_client_that_is_away(tmp_path: Path, told: Told) -> None:
    slow = smpp.start(tmp_path, 0, NAME, PASSWORD, receipt_seconds=0.2)
    told.exchange(to(slow.port), Outgoing("a", PHONE, "Сәлем"), linger=0)
    slow.stop()
    assert told.receipts == []
    again = smpp.start(tmp_path, slow.port, NAME, PASSWORD, receipt_seconds=0.02)
    told.exchange(to(again.port), linger=0.3)
    told.exchange(to(again.port), linger=0.1)
    assert told.receipts == [(told.sent["a"][0], ReceiptState.DELIVERED)]
    again.stop()


def test_a_receipt_that_could_not_be_kept_comes_again(gateway: SmsGateway, told: Told) -> None:
    def fail(message_id: str, state: ReceiptState) -> None:
        raise RuntimeError("The database is away.")

    with pytest.raises(RuntimeError, match="database"):
        gateway.exchange([Outgoing("a", PHONE, "Сәлем")], told.on_sent, fail, 2, on_refused=told.on_refused)
    told.exchange(gateway, linger=0.3)
    assert told.receipts == [(told.sent["a"][0], ReceiptState.DELIVERED)]


def test_parts_sent_again_complete_each_other(
    gateway: SmsGateway, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit, parts = Session._submit, []

    def dies(self: Session, number: str, coding: Coding, header: bytes, part: bytes) -> str:
        parts.append(part)
        if len(parts) == 3:
            raise GatewayDown("Killed.")
        return submit(self, number, coding, header, part)

    monkeypatch.setattr(Session, "_submit", dies)
    with pytest.raises(GatewayDown, match="Killed"):
        told.exchange(gateway, Outgoing("a", PHONE, LONG))
    monkeypatch.undo()
    told.exchange(gateway, Outgoing("a", PHONE, LONG))
    assert texts(tmp_path) == [LONG]


def test_it_can_be_stopped_while_it_listens(gateway: SmsGateway, told: Told) -> None:
    stop, began = threading.Event(), time.monotonic()
    threading.Timer(0.1, stop.set).start()
    gateway.exchange([], told.on_sent, told.on_receipt, 30, on_refused=told.on_refused, stop=stop)
    assert time.monotonic() - began < 5


def test_several_threads_at_once(gateway: SmsGateway, tmp_path: Path) -> None:
    tolds = [Told() for _ in range(4)]
    messages = [[Outgoing(f"{n}-{m}", PHONE, "Сәлем") for m in range(5)] for n in range(4)]
    threads = [
        threading.Thread(target=told.exchange, args=(gateway, *mine), kwargs={"linger": 0.2})
        for told, mine in zip(tolds, messages, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts(tmp_path)) == 20
    assert {len(told.sent) for told in tolds} == {5}


def test_no_phone_and_no_text_in_the_logs(
    gateway: SmsGateway, told: Told, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told.exchange(gateway, Outgoing("a", PHONE, "Code 123456"))
    smpp.tell(tmp_path, smpp.Faults(throttle=True))
    with pytest.raises(GatewayRefused) as refused:
        told.exchange(gateway, Outgoing("b", PHONE, "Code 123456"))
    everything = caplog.text + str(refused.value) + repr(Outgoing("b", PHONE, "Code 123456")) + repr(gateway)
    for secret in ("7010000001", "123456", PASSWORD, b"123456".hex(), PASSWORD.encode().hex(), b"7701".hex()):
        assert secret not in everything


# A gateway that misbehaves, octet by octet.

OK_BIND = struct.pack(">LLLL", 18, 0x80000009, 0, 2) + b"x\0"


def pdu(command: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    return struct.pack(">LLLL", 16 + len(body), command, status, sequence) + body


def play(script: Callable[[socket.socket], None]) -> int:
    """A gateway that plays a script to its first client; returns its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with listening, listening.accept()[0] as client:
            client.settimeout(3)
            script(client)

    threading.Thread(target=run, daemon=True).start()
    return int(listening.getsockname()[1])


def receive(client: socket.socket) -> tuple[int, int, int, bytes]:
    header = client.recv(16, socket.MSG_WAITALL)
    length, command, status, sequence = struct.unpack(">LLLL", header)
    return command, status, sequence, client.recv(length - 16, socket.MSG_WAITALL) if length > 16 else b""


def bound(then: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    def script(client: socket.socket) -> None:
        receive(client)
        client.sendall(OK_BIND)
        then(client)

    return script


def answer_with(*octets: bytes) -> Callable[[socket.socket], None]:
    def then(client: socket.socket) -> None:
        receive(client)
        for each in octets:
            client.sendall(each)
        client.recv(1)

    return bound(then)


@pytest.mark.parametrize(
    "script",
    [
        lambda client: None,
        lambda client: time.sleep(1),
        lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        lambda client: client.sendall(struct.pack(">LLLL", 4, 0, 0, 0)),
        lambda client: client.sendall(struct.pack(">LLLL", 0xFFFFFFFF, 0x80000009, 0, 2)),
        bound(lambda client: None),
        bound(lambda client: time.sleep(1)),
        answer_with(),
        answer_with(pdu(0x80000004, 3)),
        answer_with(pdu(0x80000004, 3, body=b"\0")),
        answer_with(pdu(0x80000004, 99, body=b"id\0")),
        answer_with(pdu(0x12345678, 3)),
        answer_with(pdu(0x80000004, 3, body=b"id\0")[:10]),
        answer_with(pdu(0x06, 7)),
        answer_with(pdu(0x05, 7, body=b"\0")),
    ],
    ids=range(15),
)
def test_whatever_it_does_it_is_down(script: Callable[[socket.socket], None], told: Told) -> None:
    began = time.monotonic()
    with pytest.raises(GatewayDown):
        told.exchange(to(play(script), timeout=0.3), Outgoing("a", PHONE, "Сәлем"))
    assert told.sent == {} and time.monotonic() - began < 3


def test_a_message_nacked_is_refused(told: Told) -> None:
    told.exchange(to(play(answer_with(pdu(0x80000000, 3, 0x01)))), Outgoing("a", PHONE, "Сәлем"), linger=0)
    assert told.refused == {"a": 0x01}


def test_what_the_gateway_asks_meanwhile_is_answered(told: Told) -> None:
    answers: list[tuple[int, int]] = []

    def then(client: socket.socket) -> None:
        _, _, sequence, _ = receive(client)
        client.sendall(pdu(0x15, 70) + pdu(0x80000004, sequence, body=b"id-1\0"))
        answers.append(receive(client)[0:3:2])
        receipt = b"\0\1\1770\0\0\0x\0\4\0\0\0\0\0\0\0\0"
        text = b"id:id-1 sub:001 dlvrd:000 submit date:2611221000 done date:2611221001 stat:EXPIRED err:000 text:"
        client.sendall(pdu(0x05, 71, body=receipt + bytes([len(text)]) + text))
        answers.append(receive(client)[0:3:2])
        command, _, sequence, _ = receive(client)
        client.sendall(pdu(command | 0x80000000, sequence))

    told.exchange(to(play(bound(then))), Outgoing("a", PHONE, "Сәлем"))
    assert answers == [(0x80000015, 70), (0x80000005, 71)]
    assert told.receipts == [("id-1", ReceiptState.EXPIRED)]


def test_the_link_is_enquired_when_it_is_quiet(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.sms.session._ENQUIRE_AFTER_SECONDS", 0.1)
    monkeypatch.setattr("portal.sms.session._LOOK_SECONDS", 0.05)
    asked: list[int] = []

    def then(client: socket.socket) -> None:
        command, _, sequence, _ = receive(client)
        asked.append(command)
        client.sendall(pdu(0x80000015, sequence))
        asked.append(receive(client)[0])
        client.recv(1)

    with pytest.raises(GatewayDown, match="silent"):
        told.exchange(to(play(bound(then)), timeout=0.2), linger=5)
    assert asked == [0x15, 0x15]


# The stand-in, asked by hand.


def converse(port: int, *requests: bytes, timeout: float = 2) -> list[tuple[int, int]]:
    """What the gateway of the demo answers: command and status of each answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as client:
        answers = []
        for request in requests:
            client.sendall(request)
            command, status, _, _ = receive(client)
            answers.append((command, status))
    return answers


def bind(command: int, password: str = PASSWORD) -> bytes:
    return pdu(command, 1, body=f"{NAME}\0{password}\0\0\x34\0\0\0".encode())


def submit(
    destination: bytes = b"77010000001", esm_class: bytes = b"\0", content: bytes = b"Hi", tail: bytes = b""
) -> bytes:
    body = b"\0\5\0Aleumet\0\1\1" + destination + b"\0" + esm_class + b"\0\0\0\0\1\0\0\0"
    return pdu(0x04, 2, body=body + bytes([len(content)]) + content + tail)


@pytest.mark.parametrize(
    ("requests", "status"),
    [
        ([bind(0x09), submit()], 0),
        ([bind(0x02), submit()], 0),
        ([bind(0x01), submit()], 4),
        ([submit()], 4),
        ([bind(0x09, "wrong")], 13),
        ([bind(0x09, "")], 13),
        ([bind(0x09), bind(0x09)], 5),
        ([bind(0x09), submit(b"77o1")], 0x0B),
        ([bind(0x09), submit(b"")], 0x0B),
        ([bind(0x09), submit(esm_class=b"\x40", content=b"\5\0\3\1\2\3x")], 0x43),
        ([bind(0x09), submit(esm_class=b"\x40", content=b"")], 0x43),
        ([bind(0x09), submit(esm_class=b"\x40", content=b"\2\x24\0x")], 0),
        ([bind(0x09), submit()[:-1]], None),
        ([bind(0x09), pdu(0x04, 2, body=b"x")], 2),
        ([bind(0x09), submit(tail=b"\4\x24\0\xff")], 2),
        ([bind(0x09), submit(content=b"", tail=b"\4\x24\0\2Hi")], 0),
        ([bind(0x09), pdu(0x15, 2)], 0),
        ([bind(0x09), pdu(0x06, 2)], 0),
        ([pdu(0x15, 2)], 0),
        ([pdu(0x103, 2)], 3),
        ([struct.pack(">LLLL", 15, 0x15, 0, 2)], 2),
        ([struct.pack(">LLLL", 0x7FFFFFFF, 0x15, 0, 2)], 2),
    ],
)
def test_the_stand_in_answers(server: smpp.SmppServer, requests: list[bytes], status: int | None) -> None:
    if status is None:
        with pytest.raises(TimeoutError):
            converse(server.port, *requests, timeout=0.3)
    else:
        assert converse(server.port, *requests)[-1][1] == status


def test_parts_in_any_order_and_with_long_headers(server: smpp.SmppServer, tmp_path: Path) -> None:
    second = submit(esm_class=b"\x40", content=b"\6\x08\4\1\2\2\2lo")
    first = submit(esm_class=b"\x40", content=b"\6\x08\4\1\2\2\1Hel")
    assert converse(server.port, bind(0x02), second, first)[1:] == [(0x80000004, 0)] * 2
    assert texts(tmp_path) == ["Hello"]


def test_the_gsm_alphabet(server: smpp.SmppServer, tmp_path: Path) -> None:
    converse(server.port, bind(0x02), submit(content=b"\0\x02\x11\x1b\x65\x1b\x3c\x60"))
    assert texts(tmp_path) == ["@$_€[¿"]


def test_a_port_in_use_is_said_at_once(server: smpp.SmppServer, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        smpp.start(tmp_path, server.port, NAME, PASSWORD)


def test_stopped_twice_is_stopped(tmp_path: Path) -> None:
    server = smpp.start(tmp_path, 0, NAME, PASSWORD)
    server.stop()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_a_line_cut_short_by_a_crash_is_no_message(tmp_path: Path, told: Told) -> None:
    (tmp_path / "phones.jsonl").write_text('{"phone": "7', encoding="utf-8")
    assert smpp.messages(tmp_path) == []
    server = smpp.start(tmp_path, 0, NAME, PASSWORD)
    told.exchange(to(server.port), Outgoing("a", PHONE, "Сәлем"), linger=0)
    server.stop()
    assert texts(tmp_path) == ["Сәлем"]
