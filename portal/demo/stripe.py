"""The payment system of the demo: a stateful server that speaks Stripe's API and refuses what Stripe refuses.

It remembers in one file what it paid, replays the answer to a key it has seen, sends signed webhooks, and makes the
faults that `portal.demo.stripe_faults` describes. It listens on the loopback address only.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from portal.demo.loopback import Answer, LoopbackServer, Request
from portal.demo.stripe_api import Call, Endpoint, find
from portal.demo.stripe_faults import Control, Fault, Spoiling
from portal.demo.stripe_params import Refusal, parse_form
from portal.demo.stripe_state import Kept, State, new_id
from portal.demo.stripe_webhooks import WebhookSender

_FORM = "application/x-www-form-urlencoded"
_HOLD_SECONDS = 60
_SILENT = {Fault.TIMEOUT_BEFORE, Fault.TIMEOUT}
_DROPPED = {Fault.DROP_BEFORE, Fault.DROP}


class StripeServer:
    """The stand-in: `serve_forever` in this thread or `start` in another, then `shutdown` (or `stop`)."""

    def __init__(self, data: Path, port: int, api_key: str, webhook_url: str, webhook_secret: str) -> None:
        self._closing = threading.Event()
        self._api_key = api_key
        self._state = State(data)
        self._control = Control(self._state)
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._http = LoopbackServer(port, self._answer, self._closing)
        self._webhooks = WebhookSender(self._state, self._control, webhook_url, webhook_secret, self._closing)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._http.port

    def serve_forever(self) -> None:
        """Answer until `shutdown` is called from another thread."""
        self._http.serve_forever()

    def start(self) -> "StripeServer":
        """Answer in a thread of its own."""
        self._http.start()
        return self

    def shutdown(self) -> None:
        """Stop answering and sending, and close the file."""
        self._http.shutdown()
        self._webhooks.join()
        self._state.close()

    def stop(self) -> None:
        """The same as `shutdown`."""
        self.shutdown()

    def _answer(self, request: Request) -> Answer | None:
        if request.path.startswith("/_control"):
            answer = self._control.answer(request)
            self._webhooks.nudge()
            return answer
        self._control.remember(request)
        spoiling = self._control.take(request.method)
        answer = self._refused_early(spoiling) or self._called(request, spoiling)
        self._webhooks.nudge()
        return self._spoiled(answer, spoiling)

    def _refused_early(self, spoiling: Spoiling | None) -> Answer | None:
        if spoiling is None:
            return None
        if spoiling.fault is Fault.RATE_LIMIT:
            message = "Request rate limit exceeded. Learn more about rate limits in the documentation."
            return _answered(Refusal(message, code="rate_limit", status=429))
        if spoiling.fault in {Fault.ERROR_BEFORE, Fault.TIMEOUT_BEFORE, Fault.DROP_BEFORE}:
            return _answered(_broken())
        return None

    def _spoiled(self, answer: Answer, spoiling: Spoiling | None) -> Answer | None:
        if spoiling is None:
            return answer
        if spoiling.fault in _SILENT:
            self._closing.wait(_HOLD_SECONDS)
        if spoiling.fault in _SILENT | _DROPPED:
            return None
        if spoiling.fault is Fault.GARBAGE:
            return Answer(200, b'{"id": 1, "object": "surprise"}', {"Content-Type": "application/json"})
        return replace(answer, cut=spoiling.fault is Fault.CUT)

    def _called(self, request: Request, spoiling: Spoiling | None) -> Answer:
        try:
            self._check_caller(request.headers)
            endpoint, about = find(request.method, request.path)
            params = endpoint.params.read(_given(request))
            key = _key(request)
            call = Call(self._state, about, params, request.headers.get("stripe-account", ""), key)
            with self._alone(key):
                return self._once(endpoint, call, _fingerprint(request), spoiling)
        except Refusal as refusal:
            return _answered(refusal)

    def _check_caller(self, headers: Mapping[str, str]) -> None:
        key = _api_key(headers.get("authorization", ""))
        if not key:
            message = "You did not provide an API key. You need to provide it in the Authorization header."
            raise Refusal(message, status=401)
        if not hmac.compare_digest(key.encode(), self._api_key.encode()):
            raise Refusal(f"Invalid API Key provided: {key[:3]}****{key[-4:]}", status=401)
        version = headers.get("stripe-version", "")
        if version and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[a-z]+)?", version):
            raise Refusal(f"Invalid Stripe API version: {version}")

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """One request at a time with a key; the second is refused (409), as Stripe does."""
        with self._lock:
            if key and key in self._busy:
                message = "There is currently another in-progress request using this Idempotent Key."
                raise Refusal(message, code="idempotency_key_in_use", status=409, kind="idempotency_error")
            self._busy.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(key)

    def _once(self, endpoint: Endpoint, call: Call, fingerprint: str, spoiling: Spoiling | None) -> Answer:
        if call.key and (kept := self._state.answer_for(call.key)):
            return _replayed(kept, fingerprint, call.key)
        if spoiling and spoiling.fault is Fault.SLOW:
            self._closing.wait(spoiling.seconds)
        with self._state.commit():
            try:
                answer = _ok(endpoint.work(call))
            except Refusal as refusal:
                answer = _answered(refusal)
            if spoiling and spoiling.fault is Fault.ERROR_AFTER:
                answer = _answered(_broken())
            if call.key:
                self._state.keep_answer(call.key, Kept(fingerprint, answer.status, answer.body))
        return answer


def _given(request: Request) -> dict[str, object]:
    if request.method == "GET":
        return parse_form(request.query)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type != _FORM:
        raise Refusal(f"Invalid request (check that your POST content type is {_FORM}).")
    return parse_form(request.body.decode(errors="replace"))


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
    if len(key) > 255:
        raise Refusal("Idempotency keys can be up to 255 characters long.", kind="idempotency_error")
    return key


def _fingerprint(request: Request) -> str:
    content = json.dumps([request.path, _given(request)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _api_key(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return value.strip() if scheme.lower() == "bearer" else ""
    try:
        return base64.b64decode(value).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _replayed(kept: Kept, fingerprint: str, key: str) -> Answer:
    if kept.fingerprint != fingerprint:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise Refusal(message, kind="idempotency_error")
    return Answer(kept.status, kept.body, _headers() | {"Idempotent-Replayed": "true"})


def _broken() -> Refusal:
    return Refusal("An unknown error occurred", status=500, kind="api_error")


def _answered(refusal: Refusal) -> Answer:
    return Answer(refusal.status, json.dumps(refusal.content(), indent=2).encode(), _headers())


def _ok(content: dict[str, object]) -> Answer:
    return Answer(200, json.dumps(content, indent=2).encode(), _headers())


def _headers() -> dict[str, str]:
    return {"Content-Type": "application/json", "Request-Id": new_id("req"), "Stripe-Version": "2024-06-20"}


def make_server(data: Path, port: int, api_key: str, webhook_url: str = "", webhook_secret: str = "") -> StripeServer:
    """The stand-in, listening already (port 0 takes any), answering once it is told to; `OSError` if the port is taken.

    `data` is the folder of its file; without `webhook_url` it sends no webhooks.
    """
    return StripeServer(data, port, api_key, webhook_url, webhook_secret)


def start(data: Path, port: int, api_key: str, webhook_url: str = "", webhook_secret: str = "") -> StripeServer:
    """The stand-in, answering in a thread of its own."""
    return make_server(data, port, api_key, webhook_url, webhook_secret).start()
