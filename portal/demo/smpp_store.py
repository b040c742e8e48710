"""What the gateway of the demo keeps: the phones' messages, receipts not yet taken, and the faults it is told to make.

Three files in its folder: `phones.jsonl`, `receipts.jsonl` and `smpp.json`, the last written by whoever wants a fault.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from portal import clock

PHONES, RECEIPTS, FAULTS = "phones.jsonl", "receipts.jsonl", "smpp.json"


@dataclass(frozen=True, slots=True)
class Message:
    """A text as it was shown on a phone (digits only), by the portal's clock."""

    phone: str
    source: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is to be told about one part; `state` is SMPP's message_state."""

    message_id: str
    phone: str
    source: str
    state: int


class Faults(BaseModel):
    """What the gateway does wrong: it is down, takes nothing (0x58), loses receipts, cannot reach some phones."""

    model_config = ConfigDict(extra="forbid")
    down: bool = False
    throttle: bool = False
    lose_receipts: bool = False
    undeliverable: list[str] = []


def digits(phone: str) -> str:
    """A phone number without its signs."""
    return "".join(each for each in phone if each.isdecimal())


def messages(data: Path, phone: str | None = None) -> list[Message]:
    """The messages of all phones, or of one, oldest first."""
    wanted = None if phone is None else digits(phone)
    found = (Message(r["phone"], r["source"], r["text"], datetime.fromisoformat(r["at"])) for r in _rows(data / PHONES))
    return [each for each in found if wanted in (None, each.phone)]


def tell(data: Path, faults: Faults) -> None:
    """Make the gateway do these faults, and no others, from now on."""
    data.mkdir(parents=True, exist_ok=True)
    _write_whole(data / FAULTS, faults.model_dump_json())


def told(data: Path) -> Faults:
    """The faults to make now; none when nobody said, or said it wrongly."""
    try:
        return Faults.model_validate_json((data / FAULTS).read_bytes())
    except (OSError, ValidationError):
        return Faults()


class Store:
    """The gateway's files, open; used from one thread."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._data = data
        self.pending: dict[str, Receipt] = {}
        for row in _rows(data / RECEIPTS):
            if "taken" in row:
                self.pending.pop(row["taken"], None)
            else:
                self.pending[row["message_id"]] = Receipt(**row)
        _cut_torn_line(data / PHONES)
        _write_whole(data / RECEIPTS, "".join(_line(asdict(each)) for each in self.pending.values()))

    def show(self, phone: str, source: str, text: str) -> None:
        """A message has reached a phone."""
        row = {"phone": phone, "source": source, "text": text, "at": clock.now().isoformat()}
        self._append(PHONES, row)

    def owe(self, receipt: Receipt) -> None:
        """A receipt is to be told, now or when the client is back."""
        self.pending[receipt.message_id] = receipt
        self._append(RECEIPTS, asdict(receipt))

    def taken(self, message_id: str) -> None:
        """The client has acknowledged a receipt."""
        if self.pending.pop(message_id, None) is not None:
            self._append(RECEIPTS, {"taken": message_id})

    def _append(self, name: str, row: dict[str, Any]) -> None:
        with (self._data / name).open("a", encoding="utf-8") as file:
            file.write(_line(row))


def _write_whole(path: Path, content: str) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(content, encoding="utf-8")
    new.replace(path)


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file; a last line cut short by a crash is no row."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def _cut_torn_line(path: Path) -> None:
    if path.exists() and not (content := path.read_bytes()).endswith(b"\n"):
        path.write_bytes(content[: content.rfind(b"\n") + 1])
