"""Every field error at once: what is wrong with the shape of a message, and what the rules say of the rest of it.

Where a field has no right shape, a harmless value stands in its place while the rules look at the others.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from portal.esobes.guard import Problem, sentence
from portal.esobes.shapes import Message
from portal.rules.programmes import FIRST_YEAR, LAST_YEAR, FieldProblem

M = TypeVar("M", bound=Message)
Location = tuple[int | str, ...]

NOTHING_KEPT = "Nothing was kept. Mend the fields and send it again."
_STAND_INS: dict[str, Any] = {
    "message_id": "stand-in",
    "number": "stand-in",
    "version": 1,
    "iin": "000000000000",
    "last_name": "-",
    "first_name": "-",
    "language": "kk",
    "place": "000000000",
    "address": "",
    "service": "sanatorium",
    "valid_from": f"{FIRST_YEAR}-01-01",
    "valid_to": f"{LAST_YEAR}-12-31",
    "birth_date": f"{FIRST_YEAR}-01-01",
    "on": f"{FIRST_YEAR}-01-01",
}
"""By the name of a field, a value that makes no other field wrong; what is not here is left out."""
_NAME = re.compile(r"[a-z_]{1,40}")


def read(kind: type[M], body: bytes, check: Callable[[M], Sequence[FieldProblem]]) -> M:
    """The message in a body; raises `Problem` with every field error: of its shape and, by `check`, of the rules."""
    _check_names(body)
    try:
        return kind.model_validate_json(body, strict=False)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
    if any(one["type"] == "json_invalid" for one in found):
        raise Problem(400, "Malformed JSON", "The body is not JSON.")
    errors = [{"field": _path(one["loc"]), "message": one["msg"]} for one in found]
    wrong = {one["field"] for one in errors}
    message = _with_stand_ins(kind, body, [(one["type"], one["loc"]) for one in found])
    problems = check(message) if message is not None else ()
    raise refusal([*errors, *(as_error(one) for one in problems if one.path not in wrong)])


class _NameTwice(ValueError):  # noqa: N818
    """A name stands twice in one object."""


def _check_names(body: bytes) -> None:
    """Of a name that stands twice nobody could say which value is meant. What is no JSON is told by who reads it."""
    try:
        json.loads(body, object_pairs_hook=_each_once)
    except _NameTwice:
        raise Problem(400, "Malformed JSON", "A name stands twice in one object. Nothing was kept.") from None
    except (ValueError, RecursionError):
        return


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _value in pairs}) < len(pairs):
        raise _NameTwice


def refusal(errors: Sequence[dict[str, Any]]) -> Problem:
    """The answer to a message whose fields are not right."""
    return Problem(422, "The message is not right", NOTHING_KEPT, errors)


def as_error(problem: FieldProblem) -> dict[str, Any]:
    """What the rules say of a field, in English."""
    return {"field": problem.path, "message": sentence(problem.message, problem.figures), "rule": problem.point}


def _path(location: Location) -> str:
    """The way to a field. A name that the API does not know is told only if it is one: it could be a person's."""
    return ".".join(str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "?" for part in location)


def _with_stand_ins(kind: type[M], body: bytes, wrong: Sequence[tuple[str, Location]]) -> M | None:
    """The message with stand-ins for its wrong fields; None when its parts are not where they belong."""
    try:
        whole = json.loads(body)
        for number, (what, location) in enumerate(wrong):
            _put(whole, location, number, leave_out=what == "extra_forbidden")
        return kind.model_validate_json(json.dumps(whole), strict=False)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _put(whole: Any, location: Location, number: int, *, leave_out: bool) -> None:
    *way, name = location
    part = whole
    for step in way:
        part = part[step]
    if name == "id":
        part[name] = f"stand-in-{number}"
    elif name == "kind":
        part[name] = "parent" if way and way[-1] == "representative" else "return"
    elif not leave_out and name in _STAND_INS:
        part[name] = _STAND_INS[name]
    else:
        part.pop(name, None)
