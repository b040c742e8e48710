"""The way out to E-Sobes: what was rendered and paid (R42.4), one message at a time, as JSON with a bearer token.

A message carries its `message_id`: E-Sobes takes the same message any number of times and keeps it once.
"""

import json
import logging
from collections.abc import Mapping
from functools import cache
from ssl import SSLContext

import httpx

log = logging.getLogger(__name__)
_FOR_NOW = {408, 425, 429}


class EsobesError(Exception):
    """A message did not arrive, or it is not known that it did. Carries neither the message nor the token."""


class EsobesDown(EsobesError):  # noqa: N818
    """E-Sobes cannot be reached or is not well: the same message goes again later."""


class EsobesRefused(EsobesError):  # noqa: N818
    """E-Sobes does not take the message as it is: `status` is what it answered."""

    def __init__(self, status: int) -> None:
        super().__init__(f"E-Sobes refused the message: {status}.")
        self.status = status


def send(url: str, token: str, message: Mapping[str, object], timeout: float = 10) -> None:
    """Send one message to `url`; returns once E-Sobes has said that it has it, by
    `{"kept": message_id}`. `timeout` in seconds for each step.

    Raises `EsobesDown` or `EsobesRefused`; `ValueError` for a message without a `message_id`.
    """
    if not message.get("message_id"):
        raise ValueError("A message to E-Sobes has a message_id.")
    content = json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    headers = {b"Authorization": b"Bearer " + token.encode(), b"Content-Type": b"application/json"}
    try:
        with httpx.Client(timeout=timeout, verify=_trusted(), trust_env=False) as client:
            answer = client.post(url, content=content, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("E-Sobes cannot be reached: %s.", type(error).__name__)
        raise EsobesDown(f"E-Sobes cannot be reached: {type(error).__name__}.") from None
    if answer.is_success:
        return _check_kept(answer, message)
    if answer.status_code >= 500 or answer.status_code in _FOR_NOW:
        raise EsobesDown(f"E-Sobes answered {answer.status_code}.")
    raise EsobesRefused(answer.status_code)


def _check_kept(answer: httpx.Response, message: Mapping[str, object]) -> None:
    """Whether E-Sobes itself says that it has this message: whatever stands before it may answer 200 for it."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("kept") != message["message_id"]:
        raise EsobesDown(f"Who answered {answer.status_code} did not say that the message is kept.")


@cache
def _trusted() -> SSLContext:
    """Whose certificates are believed; read once, because reading them takes longer than a request."""
    return httpx.create_ssl_context()
