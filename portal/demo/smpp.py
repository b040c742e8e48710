"""The SMS gateway of the demo: an SMPP 3.4 server on the loopback address whose phones are a file.

It takes messages in one part or several, shows them whole, and tells of each part by a delivery receipt, at once or
when the client is back. `tell` makes it misbehave, `messages` shows the phones.
"""

import asyncio
import contextlib
import logging
import re
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from portal import clock
from portal.demo.loopback import LOOPBACK
from portal.demo.smpp_pdu import (
    ANSWER,
    Command,
    Malformed,
    Pdu,
    Short,
    Status,
    Tag,
    decode,
    deliver_body,
    read,
    read_bind,
    read_submit,
    tag,
)
from portal.demo.smpp_store import Faults, Message, Receipt, Store, messages, tell, told

__all__ = ["Faults", "Message", "SmppServer", "messages", "start", "tell"]

log = logging.getLogger(__name__)
_BINDS = {Command.BIND_RECEIVER: "R", Command.BIND_TRANSMITTER: "T", Command.BIND_TRANSCEIVER: "TR"}
_DELIVERED, _UNDELIVERABLE = 2, 5
_WORDS = {_DELIVERED: "DELIVRD", _UNDELIVERABLE: "UNDELIV"}
_WATCH_SECONDS = 0.05
_WINDOW = 10


class Exchange:
    """What all connections share: the files, the parts that wait for the others, the receipts on their way."""

    def __init__(self, data: Path, system_id: str, password: str, receipt_seconds: float) -> None:
        self.data, self.receipt_seconds = data, receipt_seconds
        self.store = Store(data)
        self.on_their_way: set[str] = set()
        self._who = (system_id, password)
        self._parts: dict[tuple[str, str, int, int], dict[int, bytes]] = {}
        self._ids: dict[tuple[str, str, int, int], list[str]] = {}

    def lets_in(self, system_id: str, password: str) -> bool:
        """Whether the name and the password are right."""
        right = secrets.compare_digest(f"{system_id}\0{password}".encode(), "\0".join(self._who).encode())
        return right and bool(system_id)

    def accept(self, short: Short) -> str:
        """Take one part and give it an identifier; the message is shown once its last part is here."""
        message_id = secrets.token_hex(8)
        if short.series is None:
            self._arrive(short, [message_id], decode(short.content, short.coding))
            return message_id
        number, several, place = short.series
        series = (short.source, short.destination, number, several)
        parts = self._parts.setdefault(series, {})
        parts[place] = short.content
        self._ids.setdefault(series, []).append(message_id)
        if len(parts) == several:
            text = decode(b"".join(parts[each] for each in sorted(parts)), short.coding)
            del self._parts[series]
            self._arrive(short, self._ids.pop(series), text)
        return message_id

    def _arrive(self, short: Short, ids: list[str], text: str) -> None:
        faults = told(self.data)
        reachable = short.destination not in faults.undeliverable
        if reachable:
            self.store.show(short.destination, short.source, text)
        if short.registered & 1 and not faults.lose_receipts:
            for message_id in ids:
                state = _DELIVERED if reachable else _UNDELIVERABLE
                self.store.owe(Receipt(message_id, short.destination, short.source, state))


class _Connection:
    """One client, from its bind to its end."""

    def __init__(self, exchange: Exchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._exchange, self._reader, self._writer = exchange, reader, writer
        self._rights = ""
        self._sequence = 0
        self._telling: dict[int, str] = {}
        self._open = True

    async def serve(self) -> None:
        """Answer until the client unbinds, goes or breaks the protocol."""
        pump = asyncio.create_task(self._tell_receipts())
        try:
            while self._open and not told(self._exchange.data).down:
                self._answer(await read(self._reader))
                await self._writer.drain()
        except Malformed as error:
            self._send(Pdu(Command.GENERIC_NACK, error.sequence, error.status))
        except (asyncio.IncompleteReadError, ConnectionError):
            log.debug("A client has gone.")
        finally:
            self._open = False
            pump.cancel()
            self._exchange.on_their_way.difference_update(self._telling.values())
            self.close()

    def close(self) -> None:
        """Close the connection; what it waits for ends."""
        self._writer.close()

    def _send(self, pdu: Pdu) -> None:
        self._writer.write(pdu.encode())

    def _answer(self, pdu: Pdu) -> None:
        if pdu.command & ANSWER:
            self._answered(pdu)
            return
        steps: dict[int, Callable[[Pdu], tuple[Status, bytes]]] = {
            **dict.fromkeys(_BINDS, self._bind),
            Command.SUBMIT_SM: self._submit,
            Command.ENQUIRE_LINK: lambda _: (Status.OK, b""),
            Command.UNBIND: self._unbind,
        }
        step = steps.get(pdu.command)
        if step is None:
            self._send(Pdu(Command.GENERIC_NACK, pdu.sequence, Status.UNKNOWN_COMMAND))
            return
        try:
            status, body = step(pdu)
        except Malformed as error:
            status, body = error.status, b""
        self._send(Pdu(pdu.command | ANSWER, pdu.sequence, status, body))

    def _bind(self, pdu: Pdu) -> tuple[Status, bytes]:
        if self._rights:
            return Status.ALREADY_BOUND, b""
        if not self._exchange.lets_in(*read_bind(pdu)):
            return Status.BIND_FAILED, b""
        self._rights = _BINDS[Command(pdu.command)]
        return Status.OK, b"stand-in\0" + tag(Tag.SC_INTERFACE_VERSION, b"\x34")

    def _submit(self, pdu: Pdu) -> tuple[Status, bytes]:
        if "T" not in self._rights:
            return Status.WRONG_BIND_STATE, b""
        if told(self._exchange.data).throttle:
            return Status.THROTTLED, b""
        short = read_submit(pdu)
        if not re.fullmatch(r"[0-9]{7,15}", short.destination):
            return Status.BAD_DESTINATION, b""
        if len(short.content) > 254:
            return Status.BAD_MESSAGE_LENGTH, b""
        return Status.OK, self._exchange.accept(short).encode() + b"\0"

    def _unbind(self, pdu: Pdu) -> tuple[Status, bytes]:  # noqa: ARG002 - every step takes its PDU
        self._rights, self._open = "", False
        return Status.OK, b""

    def _answered(self, pdu: Pdu) -> None:
        message_id = self._telling.pop(pdu.sequence, None)
        if message_id is not None and pdu.status == Status.OK:
            self._exchange.store.taken(message_id)
        if message_id is not None:
            self._exchange.on_their_way.discard(message_id)

    async def _tell_receipts(self) -> None:
        while True:
            await asyncio.sleep(self._exchange.receipt_seconds)
            if "R" in self._rights:
                for receipt in tuple(self._exchange.store.pending.values()):
                    self._tell(receipt)

    def _tell(self, receipt: Receipt) -> None:
        if receipt.message_id in self._exchange.on_their_way or len(self._telling) >= _WINDOW:
            return
        self._sequence += 1
        self._telling[self._sequence] = receipt.message_id
        self._exchange.on_their_way.add(receipt.message_id)
        at = clock.now().strftime("%y%m%d%H%M")
        text = f"id:{receipt.message_id} sub:001 dlvrd:001 submit date:{at} done date:{at} stat:{_WORDS[receipt.state]}"
        tags = tag(Tag.RECEIPTED_MESSAGE_ID, receipt.message_id.encode() + b"\0")
        tags += tag(Tag.MESSAGE_STATE, bytes((receipt.state,)))
        body = deliver_body(receipt.phone, receipt.source, f"{text} err:000 text:", tags)
        self._send(Pdu(Command.DELIVER_SM, self._sequence, body=body))


class SmppServer:
    """The gateway, in a thread with a loop of its own."""

    def __init__(self, data: Path, port: int, system_id: str, password: str, receipt_seconds: float = 0.2) -> None:
        self._exchange = Exchange(data, system_id, password, receipt_seconds)
        self._loop = asyncio.new_event_loop()
        self._connections: set[_Connection] = set()
        self._closing = asyncio.Event()
        try:
            self._server = self._loop.run_until_complete(asyncio.start_server(self._meet, LOOPBACK, port))
        except OSError:
            self._loop.close()
            raise
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Drop the connections and free the port."""
        with contextlib.suppress(RuntimeError):  # it has stopped already
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(10)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._watch())
            self._loop.run_until_complete(self._end())
        finally:
            self._loop.close()

    async def _watch(self) -> None:
        """While it serves, drop everybody whenever it is told to be down."""
        while not self._closing.is_set():
            if told(self._exchange.data).down:
                self._drop()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _WATCH_SECONDS)

    async def _end(self) -> None:
        self._server.close()
        self._drop()
        await self._server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self._exchange, reader, writer)
        self._connections.add(connection)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)

    def _drop(self) -> None:
        for connection in tuple(self._connections):
            connection.close()


def start(data: Path, port: int, system_id: str, password: str, *, receipt_seconds: float = 0.2) -> SmppServer:
    """The gateway, answering; port 0 takes any; `OSError` if the port is taken.

    A receipt leaves within `receipt_seconds` after its message.
    """
    return SmppServer(data, port, system_id, password, receipt_seconds)
