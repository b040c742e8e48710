"""What the payment stand-in accepts: form-encoded parameters, and the refusals of Stripe in Stripe's words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

CURRENCY = "kzt"
MOST_TIYN = 99_999_999_999


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request that Stripe refuses: the HTTP status and the error object of the answer."""

    def __init__(
        self, message: str, *, code: str = "", param: str = "", status: int = 400, kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": kind}
        if code:
            self.error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
        if param:
            self.error["param"] = param

    def content(self) -> dict[str, object]:
        """The body of the answer."""
        return {"error": self.error}


Check = Callable[[str, object], Any]


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of one endpoint, each with its check; what is not here is refused."""

    checks: Mapping[str, Check]
    required: tuple[str, ...] = ()

    def read(self, given: Mapping[str, object]) -> dict[str, Any]:
        """The checked values; raises `Refusal` for the first that Stripe would refuse."""
        for name in given:
            if name not in self.checks:
                raise Refusal(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
        for name in self.required:
            if name not in given:
                raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
        return {name: self.checks[name](name, value) for name, value in given.items()}


def parse_form(encoded: str) -> dict[str, object]:
    """The nested parameters of `a=1&b[c]=2&d[]=3`; raises `Refusal` when one name is both a value and a group."""
    found: dict[str, object] = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        name, *inner = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", key) or [""]
        _put(found, [name, *inner], value, key)
    return found


def _put(group: dict[str, Any], names: list[str], value: str, key: str) -> None:
    for position, name in enumerate(names[:-1]):
        group = group.setdefault(name or str(len(group)), {})
        if not isinstance(group, dict):
            raise Refusal("Invalid hash", param="".join(names[: position + 1]))
    last = names[-1] or (str(len(group)) if len(names) > 1 else "")
    if isinstance(group.get(last), dict):
        raise Refusal(f"Invalid string: {key}", param=last)
    group[last] = value


def integer(least: int, most: int) -> Check:
    """A whole number in ASCII digits, from `least` to `most`."""

    def check(name: str, value: object) -> int:
        if not isinstance(value, str) or re.fullmatch(r"-?[0-9]{1,18}", value) is None:
            raise Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        number = int(value)
        if number < least:
            message = f"This value must be greater than or equal to {least}."
            raise Refusal(message, code="parameter_invalid_integer", param=name)
        if number > most:
            message = f"This value must be less than or equal to {most}."
            raise Refusal(message, code="parameter_invalid_integer", param=name)
        return number

    return check


def currency(name: str, value: object) -> str:
    """The one currency of the platform; any other is refused."""
    if not isinstance(value, str) or value.lower() != CURRENCY:
        message = f"Invalid currency: {value}. Stripe currently supports these currencies: {CURRENCY}"
        raise Refusal(message, param=name)
    return CURRENCY


def text(most: int = 500) -> Check:
    """A string of 1 to `most` characters."""

    def check(name: str, value: object) -> str:
        if not isinstance(value, str):
            raise Refusal(f"Invalid string: {name}", param=name)
        if not value:
            message = (
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{name}' cannot be unset."
            )
            raise Refusal(message, code="parameter_invalid_empty", param=name)
        if len(value) > most:
            message = f"Invalid string: must be at most {most} characters"
            raise Refusal(message, code="parameter_invalid_string_length", param=name)
        return value

    return check


def one_of(*allowed: str) -> Check:
    """One of the listed words."""

    def check(name: str, value: object) -> str:
        if value not in allowed:
            raise Refusal(f"Invalid {name}: must be one of {', '.join(allowed)}", param=name)
        return str(value)

    return check


def boolean(name: str, value: object) -> bool:
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise Refusal(f"Invalid boolean: {value}", param=name)
    return value == "true"


def metadata(name: str, value: object) -> dict[str, str]:
    """At most 50 keys of at most 40 characters, each with at most 500; an empty string clears all."""
    if value == "":
        return {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise Refusal("Invalid hash", param=name)
    if len(value) > 50:
        raise Refusal("You can have up to 50 metadata keys.", param=name)
    for key, content in value.items():
        if len(key) > 40 or len(content) > 500:
            message = "Metadata keys can be up to 40 characters long and values up to 500."
            raise Refusal(message, param=f"{name}[{key}]")
    return {key: content for key, content in value.items() if content}


def group(name: str, value: object) -> dict[str, Any]:
    """A group of parameters that the stand-in keeps as it is given."""
    if not isinstance(value, dict):
        raise Refusal("Invalid hash", param=name)
    return value


LISTING: Mapping[str, Check] = {"limit": integer(1, 100), "starting_after": text(), "ending_before": text()}
