"""How often a request to the payment system is tried, and what its outcome means."""

import logging
from collections.abc import Callable
from secrets import SystemRandom
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from portal.payments.answers import ErrorAnswer
from portal.payments.errors import (
    PaymentAuthError,
    PaymentConflict,
    PaymentError,
    PaymentRefused,
    PaymentUnavailable,
    PaymentUnknown,
)

log = logging.getLogger(__name__)
_random = SystemRandom()
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 8.0
_BUSY = {409, 429}
# Of httpx's errors these alone say that no byte of the request left.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)

Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], content: bytes) -> Model:
    """The answer as the model; one that the portal does not understand is `PaymentUnknown`."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        log.error("The payment system answered in an unexpected way: %d errors in %s.", error.error_count(), model)
        raise PaymentUnknown("The answer is not one the portal understands.") from None


class Attempts:
    """Sends a request, the same bytes each time, at most `most` times."""

    def __init__(self, http: httpx.Client, most: int, sleep: Callable[[float], None]) -> None:
        self._http, self._most, self._sleep = http, most, sleep

    def make(self, request: httpx.Request) -> bytes:
        """The body of the successful answer; raises the errors of `portal.payments.errors`."""
        perhaps_done = False
        failure: PaymentError = PaymentUnavailable("Nothing was sent.")
        for attempt in range(self._most):
            if attempt:
                self._sleep(_pause(attempt))
            answer = self._send(request)
            if answer is None:
                failure = PaymentUnavailable("The payment system cannot be reached.")
                continue
            if answer.is_success:
                return answer.content
            failure = _failure(answer)
            perhaps_done = perhaps_done or isinstance(failure, PaymentUnknown)
            if not _worth_another(answer):
                break
        raise _settled(failure, perhaps_done=perhaps_done)

    def _send(self, request: httpx.Request) -> httpx.Response | None:
        """The answer; None when nothing was sent; `PaymentUnknown` when the answer was lost."""
        try:
            return self._http.send(request)
        except _NOT_SENT as error:
            log.warning("The payment system cannot be reached: %s.", type(error).__name__)
            return None
        except httpx.HTTPError as error:
            log.warning("The answer of the payment system was lost: %s.", type(error).__name__)
            raise PaymentUnknown(f"The answer was lost: {type(error).__name__}.") from None


def _worth_another(answer: httpx.Response) -> bool:
    said = answer.headers
    if said.get("Idempotent-Replayed") == "true" or said.get("Stripe-Should-Retry") == "false":
        return False
    return answer.status_code in _BUSY or answer.status_code >= 500


def _failure(answer: httpx.Response) -> PaymentError:
    """What an answer that is no success means for the money."""
    status = answer.status_code
    if status == 429:
        return PaymentUnavailable("The payment system is busy.")
    if status == 409 or status >= 500 or status < 400:
        return PaymentUnknown(f"The payment system answered {status}.")
    if status in {401, 403}:
        return PaymentAuthError(f"The payment system does not let the portal in: {status}.")
    return _refusal(answer)


def _refusal(answer: httpx.Response) -> PaymentError:
    try:
        error = ErrorAnswer.model_validate_json(answer.content).error
    except ValidationError:
        # Something between the portal and the payment system answered, and cannot know what became of the money.
        return PaymentUnknown(f"Someone else than the payment system answered {answer.status_code}.")
    if error.type == "idempotency_error":
        return PaymentConflict("The key was used before for another request.")
    return PaymentRefused(error.code or error.type, error.message or "", error.param or "")


def _settled(failure: PaymentError, *, perhaps_done: bool) -> PaymentError:
    """A refusal settles what an earlier attempt left open; being busy, away or shut out does not."""
    if perhaps_done and not isinstance(failure, PaymentRefused | PaymentConflict | PaymentUnknown):
        return PaymentUnknown("An earlier attempt may have been done.")
    return failure


def _pause(attempt: int) -> float:
    """Seconds before attempt number `attempt`: twice as long each time, half of it by chance."""
    longest = min(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)
    return longest / 2 + _random.uniform(0, longest / 2)
