"""SMPP 3.4 as the gateway of the demo reads and writes it."""

import struct
from asyncio import StreamReader
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

MOST_BYTES = 65536
_GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED = {0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}


class Command(IntEnum):
    """The commands that the gateway knows; an answer is its request plus the highest bit."""

    GENERIC_NACK = 0x80000000
    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    ENQUIRE_LINK = 0x15


ANSWER = 0x80000000


class Status(IntEnum):
    """The statuses that the gateway answers with."""

    OK = 0x00
    BAD_MESSAGE_LENGTH = 0x01
    BAD_COMMAND_LENGTH = 0x02
    UNKNOWN_COMMAND = 0x03
    WRONG_BIND_STATE = 0x04
    ALREADY_BOUND = 0x05
    BAD_DESTINATION = 0x0B
    BIND_FAILED = 0x0D
    BAD_ESM_CLASS = 0x43
    THROTTLED = 0x58


class Tag(IntEnum):
    """The optional fields that the gateway reads or writes."""

    RECEIPTED_MESSAGE_ID = 0x001E
    SC_INTERFACE_VERSION = 0x0210
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class Malformed(Exception):  # noqa: N818
    """A PDU that cannot be read, and the status that says so."""

    def __init__(self, status: Status, sequence: int = 0) -> None:
        super().__init__(status.name)
        self.status = status
        self.sequence = sequence


@dataclass(frozen=True, slots=True)
class Pdu:
    """One protocol data unit."""

    command: int
    sequence: int
    status: int = 0
    body: bytes = b""

    def encode(self) -> bytes:
        """Its bytes on the wire."""
        return struct.pack(">LLLL", 16 + len(self.body), self.command, self.status, self.sequence) + self.body


@dataclass(frozen=True, slots=True)
class Short:
    """What the gateway needs of a submit_sm; `series` is (number, parts, part) of a message in several parts."""

    source: str
    destination: str
    registered: int
    coding: int
    content: bytes
    series: tuple[int, int, int] | None


async def read(reader: StreamReader) -> Pdu:
    """The next PDU; raises `Malformed`, or `asyncio.IncompleteReadError` at the end."""
    length, command, status, sequence = struct.unpack(">LLLL", await reader.readexactly(16))
    if not 16 <= length <= MOST_BYTES:
        raise Malformed(Status.BAD_COMMAND_LENGTH, sequence)
    return Pdu(command, sequence, status, await reader.readexactly(length - 16))


@dataclass(slots=True)
class _Body:
    """Reads the fields of a body one after another."""

    left: bytes
    sequence: int
    tags: dict[int, bytes] = field(default_factory=dict)

    def text(self, most: int) -> str:
        end = self.left.find(b"\0", 0, most)
        if end < 0:
            raise Malformed(Status.BAD_COMMAND_LENGTH, self.sequence)
        found, self.left = self.left[:end], self.left[end + 1 :]
        return found.decode("ascii", "replace")

    def octets(self, count: int) -> bytes:
        if len(self.left) < count:
            raise Malformed(Status.BAD_COMMAND_LENGTH, self.sequence)
        found, self.left = self.left[:count], self.left[count:]
        return found

    def optional(self) -> Mapping[int, bytes]:
        while self.left:
            tag, length = struct.unpack(">HH", self.octets(4))
            self.tags[tag] = self.octets(length)
        return self.tags


def read_bind(pdu: Pdu) -> tuple[str, str]:
    """The name and the password of a bind request."""
    body = _Body(pdu.body, pdu.sequence)
    return body.text(16), body.text(9)


def read_submit(pdu: Pdu) -> Short:
    """The message of a submit_sm; raises `Malformed`."""
    body = _Body(pdu.body, pdu.sequence)
    body.text(6)
    body.octets(2)
    source = body.text(21)
    body.octets(2)
    destination = body.text(21)
    esm_class = body.octets(3)[0]
    body.text(17)
    body.text(17)
    registered, _, coding, _, length = body.octets(5)
    content = body.octets(length)
    content = body.optional().get(Tag.MESSAGE_PAYLOAD, b"") or content
    series, content = _series(content, pdu.sequence) if esm_class & 0x40 else (None, content)
    return Short(source, destination, registered, coding, content, series)


def _series(content: bytes, sequence: int) -> tuple[tuple[int, int, int] | None, bytes]:
    """What the user data header says of the parts, and the content without it."""
    if not content or len(content) <= content[0]:
        raise Malformed(Status.BAD_ESM_CLASS, sequence)
    header, rest = content[1 : content[0] + 1], content[content[0] + 1 :]
    match header[:2]:
        case b"\x00\x03" if len(header) >= 5:
            series = (header[2], header[3], header[4])
        case b"\x08\x04" if len(header) >= 6:
            series = (int.from_bytes(header[2:4], "big"), header[4], header[5])
        case _:
            return None, rest
    if not 1 <= series[2] <= series[1]:
        raise Malformed(Status.BAD_ESM_CLASS, sequence)
    return series, rest


def decode(content: bytes, coding: int) -> str:
    """The text of a message in SMPP's `data_coding`: GSM 03.38 one octet a letter, ASCII, Latin-1 or UCS-2."""
    if coding == 8:
        return content.decode("utf-16-be", "replace")
    if coding in (1, 3):
        return content.decode("latin-1")
    found, octets = [], iter(content)
    for octet in octets:
        if octet == 0x1B:
            found.append(_GSM_ESCAPED.get(next(octets, 0), " "))
        else:
            found.append(_GSM[octet & 0x7F])
    return "".join(found)


def tag(name: Tag, value: bytes) -> bytes:
    """An optional field."""
    return struct.pack(">HH", name, len(value)) + value


def deliver_body(source: str, destination: str, text: str, tags: bytes) -> bytes:
    """The body of a deliver_sm that is a delivery receipt (`esm_class` 4)."""
    content = text.encode("ascii")
    addresses = b"\0\x01\x01" + source.encode() + b"\0\x05\0" + destination.encode() + b"\0"
    return addresses + bytes((4, 0, 0, 0, 0, 0, 0, 0, 0, len(content))) + content + tags
