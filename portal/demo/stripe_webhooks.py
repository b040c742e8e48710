"""The webhooks of the payment stand-in: signed as Stripe signs them, tried again until they are taken.

They go by the real time, whatever the demo's clock says: the signature is checked against `clock.wall()`.
"""

import hashlib
import hmac
import json
import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx

from portal import clock
from portal.demo.stripe_faults import Control
from portal.demo.stripe_state import State

log = logging.getLogger(__name__)
_MOST_ATTEMPTS = 20
_LONGEST_PAUSE_SECONDS = 30
_HELD_FOR_ANOTHER_SECONDS = 1.0


def signature(payload: bytes, secret: str, at: int) -> str:
    """The value of `Stripe-Signature` for a payload sent at this Unix time."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


@dataclass(slots=True)
class _Pending:
    event: dict[str, Any]
    seen: float
    due: float
    attempts: int = 0


class WebhookSender:
    """Sends every event that was not taken yet to one address, in a thread of its own."""

    def __init__(self, state: State, control: Control, url: str, secret: str, closing: threading.Event) -> None:
        self._state, self._control, self._closing = state, control, closing
        self._url, self._secret = url, secret
        self._pending: dict[str, _Pending] = {}
        self._nudged = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        if url:
            self._thread.start()

    def nudge(self) -> None:
        """There may be something new to send."""
        self._nudged.set()

    def join(self) -> None:
        """Wait for the thread, once `closing` is set."""
        self.nudge()
        if self._url:
            self._thread.join(10)

    def _run(self) -> None:
        with httpx.Client(timeout=5, trust_env=False) as client:
            while not self._closing.is_set():
                self._nudged.wait(0.05 if self._pending else 0.5)
                self._nudged.clear()
                self._look()
                for pending in self._due():
                    if not self._closing.is_set():
                        self._send(client, pending)

    def _look(self) -> None:
        faults = self._control.webhooks
        for event in reversed(self._state.events(undelivered=True)):
            if event["id"] not in self._pending:
                seen = time.monotonic()
                self._pending[event["id"]] = _Pending(event, seen, seen + faults.delay)

    def _due(self) -> list[_Pending]:
        faults, now = self._control.webhooks, time.monotonic()
        if faults.off:
            return []
        due = [each for each in self._pending.values() if each.due <= now and each.attempts < _MOST_ATTEMPTS]
        if not faults.out_of_order:
            return due
        alone = len(due) == 1 and now < due[0].seen + faults.delay + _HELD_FOR_ANOTHER_SECONDS
        return [] if alone else due[::-1]

    def _send(self, client: httpx.Client, pending: _Pending) -> None:
        event = {name: value for name, value in pending.event.items() if name != "delivered"}
        payload = json.dumps(event, ensure_ascii=False, indent=2).encode()
        taken = False
        for _ in range(2 if self._control.webhooks.duplicate else 1):
            taken = self._post(client, payload) or taken
        if taken:
            self._state.delivered(event["id"])
            del self._pending[event["id"]]
            return
        pending.attempts += 1
        pending.due = time.monotonic() + min(0.1 * 2**pending.attempts, _LONGEST_PAUSE_SECONDS)

    def _post(self, client: httpx.Client, payload: bytes) -> bool:
        signed = signature(payload, self._secret, int(clock.wall().timestamp()))
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
        try:
            return client.post(self._url, content=payload, headers=headers).is_success
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.info("A webhook was not taken: %s", type(error).__name__)
            return False
