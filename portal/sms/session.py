"""One bound connection to the SMS gateway: parts go out one by one, receipts come in between."""

import logging
import re
import select
import struct
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from smpplib import exceptions, smpp

from portal.sms.errors import BAD_ADDRESS, GatewayDown, GatewayError, GatewayRefused
from portal.sms.parts import Coding, split
from portal.sms.wire import Wire

log = logging.getLogger(__name__)
_ENQUIRE_AFTER_SECONDS = 30.0
_LOOK_SECONDS = 0.2
_LONGEST_UNBIND_SECONDS = 2.0
_UDHI, _RECEIPT = 0x40, 0x04
_INTERNATIONAL, _ALPHANUMERIC, _ISDN = 1, 5, 1
_MISBEHAVIOUR = (
    exceptions.ConnectionError,
    exceptions.PDUError,
    exceptions.UnknownCommandError,
    OSError,
    struct.error,
    AttributeError,
    TypeError,
    ValueError,
    KeyError,
)


class ReceiptState(StrEnum):
    """What a receipt says of one part. ENROUTE and ACCEPTED are on the way; the others are final."""

    ENROUTE = "enroute"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    DELETED = "deleted"
    UNDELIVERABLE = "undeliverable"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REJECTED = "rejected"

    @property
    def final(self) -> bool:
        """Whether nothing more will come about this part."""
        return self not in {ReceiptState.ENROUTE, ReceiptState.ACCEPTED}


_BY_NUMBER = dict(enumerate(ReceiptState, start=1))
_BY_WORD = {state.name[:7]: state for state in ReceiptState} | {
    "DELIVRD": ReceiptState.DELIVERED,
    "UNDELIV": ReceiptState.UNDELIVERABLE,
    "ACCEPTD": ReceiptState.ACCEPTED,
    "REJECTD": ReceiptState.REJECTED,
}
OnReceipt = Callable[[str, ReceiptState], None]


class Session:
    """A connection bound as transceiver; use it in a `with` block, from one thread.

    A receipt is acknowledged after the callback has returned: what a crash interrupts is told again.
    """

    def __init__(self, wire: Wire, source: str) -> None:
        self._wire, self._source = wire, source
        self._arrived: deque[Any] = deque()
        self._heard = time.monotonic()
        self._enquired = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(politely=not isinstance(error, GatewayDown))

    def bind(self, system_id: str, password: str) -> None:
        """Connect and bind; raises `GatewayDown`, or `GatewayRefused` when the name or password is wrong."""
        try:
            with _trouble():
                self._wire.connect()
                try:
                    self._wire.bind_transceiver(system_id=system_id, password=password)
                except exceptions.PDUError as error:
                    raise GatewayRefused(error.args[1]) if len(error.args) > 1 else GatewayDown("Not bound.") from None
        except GatewayError:
            self.close(politely=False)
            raise

    def send(self, phone: str, text: str, reference: str) -> list[str]:
        """The gateway's identifiers of the parts of one message, once it has confirmed them all.

        Parts of one `reference` carry the same number in their headers each time: sent again, they complete each other.
        """
        number = phone.removeprefix("+")
        if not re.fullmatch(r"[0-9]{7,15}", number):
            raise GatewayRefused(BAD_ADDRESS)
        cut = split(text)
        several, series = len(cut.parts) > 1, zlib.crc32(reference.encode()) & 0xFF
        headers = [
            bytes((5, 0, 3, series, len(cut.parts), n)) if several else b"" for n in range(1, len(cut.parts) + 1)
        ]
        return [self._submit(number, cut.coding, h, part) for h, part in zip(headers, cut.parts, strict=True)]

    def deliver(self, on_receipt: OnReceipt) -> None:
        """Hand over the receipts that have arrived, and acknowledge each."""
        while self._arrived:
            pdu = self._arrived.popleft()
            found = _receipt(pdu)
            if found is not None:
                on_receipt(*found)
            self._respond("deliver_sm_resp", pdu)

    def listen(self, seconds: float, on_receipt: OnReceipt, enough: Callable[[], bool], stop: threading.Event) -> None:
        """Take receipts for `seconds`, less when it is `enough` or `stop` is set."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not enough() and not stop.is_set():
            with _trouble():
                readable, _, _ = select.select([self._wire], [], [], min(left, _LOOK_SECONDS))
            if readable:
                self._take(self._read())
                self.deliver(on_receipt)
            else:
                self._enquire_when_quiet()

    def close(self, *, politely: bool = True) -> None:
        """Unbind, unless the gateway is gone, and close the connection."""
        try:
            if politely:
                self._unbind()
        except GatewayError as error:
            log.info("The SMS gateway did not unbind: %s", error)
        finally:
            self._wire.state = 1  # or smpplib warns that it was still bound
            self._wire.disconnect()

    def _submit(self, number: str, coding: Coding, header: bytes, part: bytes) -> str:
        alphanumeric = not self._source.isdecimal()
        with _trouble():
            sent = self._wire.send_message(
                source_addr_ton=_ALPHANUMERIC if alphanumeric else _INTERNATIONAL,
                source_addr_npi=0 if alphanumeric else _ISDN,
                source_addr=self._source,
                dest_addr_ton=_INTERNATIONAL,
                dest_addr_npi=_ISDN,
                destination_addr=number,
                esm_class=_UDHI if header else 0,
                data_coding=int(coding),
                registered_delivery=1,
                short_message=header + part,
            )
        message_id = _text(getattr(self._answer_to(sent.sequence), "message_id", None))
        if not message_id:
            raise GatewayDown("The gateway gave a message no identifier.")
        return message_id

    def _answer_to(self, sequence: int) -> Any:
        until = time.monotonic() + float(self._wire.timeout)
        while time.monotonic() < until:
            pdu = self._read()
            if pdu.sequence == sequence and pdu.is_response():
                if pdu.is_error() or pdu.command == "generic_nack":
                    raise GatewayRefused(pdu.status)
                return pdu
            self._take(pdu)
        raise GatewayDown("The gateway did not confirm a message.")

    def _read(self) -> Any:
        with _trouble():
            pdu = self._wire.read_pdu()
            if pdu is None:
                raise GatewayDown("The gateway sent what is not SMPP.")
        self._heard, self._enquired = time.monotonic(), False
        return pdu

    def _take(self, pdu: Any) -> None:
        if pdu.command == "deliver_sm":
            self._arrived.append(pdu)
        elif pdu.command == "enquire_link":
            self._respond("enquire_link_resp", pdu)
        elif pdu.command == "unbind":
            self._respond("unbind_resp", pdu)
            raise GatewayDown("The gateway unbound.")

    def _respond(self, command: str, pdu: Any) -> None:
        with _trouble():
            response = smpp.make_pdu(command, client=self._wire)
            response.sequence = pdu.sequence
            self._wire.send_pdu(response)

    def _enquire_when_quiet(self) -> None:
        quiet = time.monotonic() - self._heard
        if self._enquired and quiet > _ENQUIRE_AFTER_SECONDS + self._wire.timeout:
            raise GatewayDown("The gateway is silent.")
        if not self._enquired and quiet > _ENQUIRE_AFTER_SECONDS:
            self._enquired = True
            with _trouble():
                self._wire.send_pdu(smpp.make_pdu("enquire_link", client=self._wire))

    def _unbind(self) -> None:
        self._wire.timeout = min(self._wire.timeout, _LONGEST_UNBIND_SECONDS)
        until = time.monotonic() + self._wire.timeout
        with _trouble():
            self._wire.send_pdu(smpp.make_pdu("unbind", client=self._wire))
        while time.monotonic() < until and self._read().command != "unbind_resp":
            log.debug("Something came between unbinding and its answer; it will come again.")


@contextmanager
def _trouble() -> Iterator[None]:
    """Whatever smpplib raises on a broken connection or a broken PDU is `GatewayDown`."""
    try:
        yield
    except _MISBEHAVIOUR as error:
        raise GatewayDown(f"The gateway failed: {type(error).__name__}.") from None


def _receipt(pdu: Any) -> tuple[str, ReceiptState] | None:
    """The part and its state, from the receipt's fields or, for older gateways, from its text."""
    if (pdu.esm_class or 0) & 0x3C != _RECEIPT:
        return None
    by_text = dict(re.findall(r"(id|stat):([A-Za-z0-9-]+)", _text(pdu.short_message)))
    in_field, in_text = _text(pdu.receipted_message_id), by_text.get("id", "")
    # smpplib cuts the last letter of a field that does not end in NUL, as some gateways send it.
    message_id = in_text if in_text.startswith(in_field) else in_field
    state = _BY_NUMBER.get(pdu.message_state) or _BY_WORD.get(by_text.get("stat", "")) or ReceiptState.UNKNOWN
    return (message_id, state) if message_id else None


def _text(value: object) -> str:
    """What stands before the first NUL, which no text and no database takes; "" when there is none."""
    return value.decode("ascii", "replace").lstrip("\0").partition("\0")[0] if isinstance(value, bytes) else ""
