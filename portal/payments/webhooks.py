"""The payment system's nudges: whether one is signed by it, and what it says. What is true is looked up afterwards."""

import hashlib
import hmac
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from portal.payments.answers import Answered, Identifier, Moment

TOLERANCE = timedelta(minutes=5)
_MOST_SIGNATURES = 20


class WebhookRefused(Exception):  # noqa: N818 - the word of the trade
    """The message is not one of the payment system, or is too old: it changes nothing."""


class _About(BaseModel):
    model_config = ConfigDict(frozen=True)
    object: dict[str, object]


class Event(Answered):
    """What happened at the payment system: the same `id` each time it is told."""

    id: Identifier
    type: str = Field(max_length=255, pattern=r"^[a-z0-9_.]+$")
    created_at: Moment = Field(alias="created")
    data: _About

    @property
    def object_id(self) -> str:
        """The identifier of what the event is about; empty when it has none."""
        found = self.data.object.get("id")
        return found if isinstance(found, str) else ""


def check(payload: bytes, header: str, secret: str, now: datetime, tolerance: timedelta = TOLERANCE) -> Event:
    """The event, when `header` (`Stripe-Signature`) signs `payload` within `tolerance` of `now`.

    `secret` may be several, comma-separated, while one replaces another. `now` is the real time (`clock.wall()`): a
    signature knows nothing of the demo's clock. Raises `WebhookRefused`.
    """
    signed_at, signatures = _read(header)
    secrets = [each.strip() for each in secret.split(",") if each.strip()]
    signed = str(signed_at).encode() + b"." + payload
    if not _matches(signed, signatures, secrets):
        raise WebhookRefused("The signature does not match.")
    if abs(now.timestamp() - signed_at) > tolerance.total_seconds():
        raise WebhookRefused("The signature is too old or from the future.")
    try:
        return Event.model_validate_json(payload)
    except ValidationError:
        raise WebhookRefused("The message is not an event.") from None


def _read(header: str) -> tuple[int, list[bytes]]:
    """The moment and the v1 signatures of `t=…,v1=…,v1=…`."""
    moments, signatures = [], []
    for item in header.split(","):
        name, _, value = item.strip().partition("=")
        if name == "t" and value.isascii() and value.isdecimal() and len(value) <= 12:
            moments.append(value)
        elif name == "v1":
            signatures.append(value.encode())
    if len(moments) != 1 or moments[0] != str(int(moments[0])) or not 0 < len(signatures) <= _MOST_SIGNATURES:
        raise WebhookRefused("The signature cannot be read.")
    return int(moments[0]), signatures


def _matches(signed: bytes, signatures: list[bytes], secrets: list[str]) -> bool:
    """Whether any signature is right by any secret; every pair is compared, so that time tells nothing."""
    matched = False
    for secret in secrets:
        right = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
        for given in signatures:
            matched = hmac.compare_digest(right, given) or matched
    return matched
