"""What the payment stand-in remembers, in one SQLite file: objects, events, keys already answered.

Everything of one request is one commit, on the disk before the answer leaves.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal import clock

FILE = "stripe.sqlite3"
FIRST_BALANCE_TIYN = 100_000_000_000_00

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, parent TEXT NOT NULL,
    transfer_group TEXT NOT NULL, amount INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_of_kind ON objects (kind, parent);
CREATE INDEX IF NOT EXISTS objects_of_group ON objects (transfer_group);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS figures (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer given before under an idempotency key."""

    fingerprint: str
    status: int
    body: bytes


class State:
    """The memory of the stand-in; each method may be called from any thread."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(data / FILE, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_TABLES)
        self._db.execute("INSERT OR IGNORE INTO figures VALUES ('paid_in', ?)", (FIRST_BALANCE_TIYN,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def commit(self) -> Iterator[None]:
        """All that is written inside is written together, or not at all."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def add(self, kind: str, body: dict[str, Any], *, parent: str = "", amount: int = 0) -> None:
        """Keep a new object; `amount` in tiyn is what it moves."""
        row = (body["id"], kind, parent, body.get("transfer_group") or "", amount, json.dumps(body))
        with self._lock:
            self._db.execute(
                "INSERT INTO objects (id, kind, parent, transfer_group, amount, body) VALUES (?, ?, ?, ?, ?, ?)", row
            )

    def get(self, kind: str, object_id: str) -> dict[str, Any] | None:
        """One object, as it was made."""
        rows = self._rows("SELECT body FROM objects WHERE kind = ? AND id = ?", kind, object_id)
        return json.loads(rows[0][0]) if rows else None

    def all_of(self, kind: str, *, parent: str = "", transfer_group: str = "") -> list[dict[str, Any]]:
        """The objects of a kind, newest first."""
        where = "WHERE kind = ? AND ? IN ('', parent) AND ? IN ('', transfer_group)"
        query = f"SELECT body FROM objects {where} ORDER BY seq DESC"  # noqa: S608 - a constant
        return [json.loads(row[0]) for row in self._rows(query, kind, parent, transfer_group)]

    def moved_tiyn(self, kind: str, parent: str = "") -> int:
        """The sum of what the objects of a kind moved, in tiyn."""
        query = "SELECT coalesce(sum(amount), 0) FROM objects WHERE kind = ? AND ? IN ('', parent)"
        return int(self._rows(query, kind, parent)[0][0])

    def balance_tiyn(self) -> int:
        """What the platform has left, in tiyn."""
        paid_in = int(self._rows("SELECT value FROM figures WHERE name = 'paid_in'")[0][0])
        return paid_in - self.moved_tiyn("transfer") + self.moved_tiyn("reversal")

    def set_balance(self, tiyn: int) -> None:
        """Make the platform's balance this, from now on."""
        with self.commit():
            self._db.execute("UPDATE figures SET value = value + ?", (tiyn - self.balance_tiyn(),))

    def answer_for(self, key: str) -> Kept | None:
        """The answer given before under this idempotency key."""
        rows = self._rows("SELECT fingerprint, status, body FROM answers WHERE key = ?", key)
        return Kept(*rows[0]) if rows else None

    def keep_answer(self, key: str, kept: Kept) -> None:
        """Remember the answer under its key."""
        with self._lock:
            row = (key, kept.fingerprint, kept.status, kept.body)
            self._db.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", row)

    def forget_answers(self) -> None:
        """Drop the keys, as Stripe may after 24 hours."""
        with self.commit():
            self._db.execute("DELETE FROM answers")

    def record(self, event_type: str, about: Mapping[str, Any], key: str) -> None:
        """Write down what happened; the webhooks are sent from these rows."""
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": "2024-06-20",
            "created": created(),
            "data": {"object": about},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": new_id("req"), "idempotency_key": key or None},
            "type": event_type,
        }
        row = (event["id"], event_type, json.dumps(event))
        with self._lock:
            self._db.execute("INSERT INTO events (id, type, body) VALUES (?, ?, ?)", row)

    def events(self, *, undelivered: bool = False) -> list[dict[str, Any]]:
        """The events, newest first; each with `delivered`, which is the stand-in's own."""
        query = "SELECT body, delivered FROM events WHERE delivered = 0 OR ? = 0 ORDER BY seq DESC"
        return [json.loads(body) | {"delivered": bool(sent)} for body, sent in self._rows(query, int(undelivered))]

    def delivered(self, event_id: str) -> None:
        """The webhook of this event was taken."""
        with self.commit():
            self._db.execute("UPDATE events SET delivered = 1 WHERE id = ?", (event_id,))

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()


def new_id(prefix: str) -> str:
    """An identifier in Stripe's manner."""
    return f"{prefix}_{secrets.token_hex(12)}"


def created() -> int:
    """This moment by the portal's clock, in seconds of Unix time."""
    return int(clock.now().timestamp())


def seed_accounts(data: Path, names: Mapping[str, str]) -> None:
    """Make the accounts {id: name} that are not there yet, whether the stand-in is running or not."""
    state = State(data)
    try:
        with state.commit():
            for account_id, name in names.items():
                if state.get("account", account_id) is None:
                    state.add("account", account_body(account_id, name))
    finally:
        state.close()


def account_body(account_id: str, name: str, *, transfers: bool = True) -> dict[str, Any]:
    """An account that is able, or not, to receive transfers."""
    return {
        "id": account_id,
        "object": "account",
        "business_profile": {"name": name},
        "capabilities": {"transfers": "active"} if transfers else {},
        "charges_enabled": False,
        "country": "KZ",
        "created": created(),
        "default_currency": "kzt",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "type": "custom",
    }
