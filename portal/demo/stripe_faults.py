"""The faults that the payment stand-in makes on demand, and the control endpoint that asks for them.

`POST /_control` takes a JSON object with any of:

- `next`: a list of `{"fault": …, "times": 1, "method": "POST", "seconds": 1}`: the next answers are spoiled so;
- `webhooks`: `{"off": false, "delay": 0, "duplicate": false, "out_of_order": false}`, from now on;
- `balance_tiyn`: what the platform has; `forget_keys`: true drops the idempotency keys, as Stripe may after a day.

`GET /_control/state` tells what was paid, what was asked and what is still to be spoiled.
"""

import threading
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt, ValidationError

from portal.demo.loopback import Answer, Request, json_answer, json_object
from portal.demo.stripe_state import State


class Fault(StrEnum):
    """What can go wrong with an answer. Only the first four leave the work undone for good."""

    RATE_LIMIT = "rate_limit"
    TIMEOUT_BEFORE = "timeout_before_work"
    ERROR_BEFORE = "error_before_work"
    DROP_BEFORE = "drop_before_work"
    SLOW = "slow"
    TIMEOUT = "timeout"
    ERROR_AFTER = "error_after_work"
    DROP = "drop"
    CUT = "cut"
    GARBAGE = "garbage"


class _Plan(BaseModel):
    model_config = ConfigDict(extra="forbid")
    fault: Fault
    times: PositiveInt = 1
    method: str = "POST"
    seconds: NonNegativeFloat = 1


class WebhookFaults(BaseModel):
    """How webhooks misbehave; `delay` in seconds."""

    model_config = ConfigDict(extra="forbid")
    off: bool = False
    delay: NonNegativeFloat = 0
    duplicate: bool = False
    out_of_order: bool = False


class _Orders(BaseModel):
    model_config = ConfigDict(extra="forbid")
    next: list[_Plan] = Field(default_factory=list)
    webhooks: WebhookFaults | None = None
    balance_tiyn: int | None = Field(None, ge=0)
    forget_keys: bool = False


@dataclass(frozen=True, slots=True)
class Spoiling:
    """One fault to be made now."""

    fault: Fault
    seconds: float


class Control:
    """Takes orders for faults, hands them out one by one, and remembers what was asked."""

    def __init__(self, state: State) -> None:
        self.webhooks = WebhookFaults()
        self._state = state
        self._lock = threading.Lock()
        self._plans: list[_Plan] = []
        self._asked: deque[dict[str, object]] = deque(maxlen=500)

    def take(self, method: str) -> Spoiling | None:
        """The fault for this request, once."""
        with self._lock:
            for plan in self._plans:
                if plan.method == method:
                    plan.times -= 1
                    self._plans = [each for each in self._plans if each.times]
                    return Spoiling(plan.fault, plan.seconds)
        return None

    def remember(self, request: Request) -> None:
        """Keep what was asked, for the tests."""
        key = request.headers.get("idempotency-key")
        self._asked.append({"method": request.method, "path": request.path, "key": key})

    def answer(self, request: Request) -> Answer:
        """Answer a request under `/_control`."""
        if (request.method, request.path) == ("GET", "/_control/state"):
            return json_answer(200, self._shown())
        if (request.method, request.path) != ("POST", "/_control"):
            return json_answer(404, {"error": "There is POST /_control and GET /_control/state."})
        try:
            orders = _Orders.model_validate(json_object(request))
        except ValidationError as error:
            return json_answer(422, {"error": error.errors(include_input=False, include_url=False)})
        self._obey(orders)
        return json_answer(200, self._shown())

    def _obey(self, orders: _Orders) -> None:
        with self._lock:
            self._plans.extend(orders.next)
        if orders.webhooks is not None:
            self.webhooks = orders.webhooks
        if orders.balance_tiyn is not None:
            self._state.set_balance(orders.balance_tiyn)
        if orders.forget_keys:
            self._state.forget_answers()

    def _shown(self) -> dict[str, object]:
        state = self._state
        events = [{name: event[name] for name in ("id", "type", "delivered")} for event in state.events()]
        return {
            "balance_tiyn": state.balance_tiyn(),
            "accounts": state.all_of("account"),
            "transfers": state.all_of("transfer"),
            "reversals": state.all_of("reversal"),
            "events": events,
            "requests": list(self._asked),
            "next": [plan.model_dump(mode="json") for plan in self._plans],
            "webhooks": self.webhooks.model_dump(),
        }
