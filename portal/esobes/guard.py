"""The guard of the API: a bearer token, compared in constant time; errors as application/problem+json (RFC 9457)."""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flask import Blueprint, Response, current_app, request
from flask_babel import force_locale, gettext
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from portal import clock
from portal import format as show
from portal.actor import ESOBES
from portal.audit import record
from portal.db import transaction
from portal.rules.law import RuleViolation

log = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
OPEN = frozenset({"esobes.openapi"})
"""Read without a token: what the API is, not what it holds."""
AGAIN_AFTER_SECONDS = 30
TOO_LARGE = "A message has at most a megabyte. Nothing was kept: send each programme or event on its own."


class Problem(Exception):  # noqa: N818 - an answer, not a fault
    """An answer that is not a success: status, title, and what is wrong with each field."""

    def __init__(
        self, status: int, title: str, detail: str = "", errors: Sequence[Mapping[str, Any]] = (), rule: str = ""
    ) -> None:
        super().__init__(title)
        self.status = status
        self.body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
        if detail:
            self.body["detail"] = detail
        if errors:
            self.body["errors"] = list(errors)
        if rule:
            self.body["rule"] = rule


def guard() -> Response | None:
    """Let in whoever brings one of the tokens; several may be valid at once, so that they can be changed in turn."""
    if request.endpoint in OPEN:
        return None
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    given = token.strip().encode("latin-1", "replace")
    tokens: tuple[str, ...] = current_app.config["PORTAL"].esobes_tokens
    right = [hmac.compare_digest(given, known.encode()) for known in tokens]
    if kind.lower() == "bearer" and any(right):
        return None
    answer = answer_of(Problem(401, "Unauthorized", "Send one of the agreed tokens as: Authorization: Bearer …"))
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def answer_of(problem: Problem) -> Response:
    """A problem as a response."""
    return Response(json.dumps(problem.body, ensure_ascii=False), problem.status, content_type=PROBLEM)


def sentence(message: str, figures: Mapping[str, Any]) -> str:
    """A message of the rules in English, as the API speaks; days as ISO 8601."""
    with force_locale("en"):
        said = {
            name: value.isoformat() if isinstance(value, date) else show.figures({name: value})[name]
            for name, value in figures.items()
        }
        return str(gettext(message)) % said


def _refused(violation: RuleViolation) -> Response:
    detail = sentence(violation.message, violation.figures)
    return _problem(Problem(409, "Refused by the rules", detail, rule=violation.point))


def _no_request(error: HTTPException) -> Response:
    """What cannot be read as a request at all; of a body that is too large nothing was read."""
    status = error.code or 500
    return answer_of(Problem(status, error.name, TOO_LARGE if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else ""))


def _no_database(error: OperationalError | InterfaceError) -> Response:
    """The database does not answer: the message may be sent again. Only the kind of the error is logged."""
    log.error("the database does not answer: %s", type(error.orig).__name__)
    answer = answer_of(Problem(503, "Service Unavailable", "Nothing was kept. Send the same message again later."))
    answer.headers["Retry-After"] = str(AGAIN_AFTER_SECONDS)
    return answer


def _problem(problem: Problem) -> Response:
    """A message that was not taken leaves one row in the journal: when, by which points, in which fields."""
    if request.method != "POST":
        return answer_of(problem)
    errors = problem.body.get("errors", ())
    points = sorted({one["rule"] for one in errors if one.get("rule")} | {problem.body.get("rule", "")} - {""})
    try:
        with transaction() as session:
            record(
                session,
                ESOBES,
                clock.now(),
                thing="inbound_messages",
                thing_id=_mark(request.get_data(cache=True)),
                action="refuse",
                after=str(problem.status),
                points=points,
                fields=sorted({one["field"] for one in errors}),
            )
    except (OperationalError, InterfaceError) as error:
        return _no_database(error)
    return answer_of(problem)


def _mark(body: bytes) -> UUID:
    """What the journal calls a message that was not taken: made of its `message_id`, or of its bytes without one."""
    try:
        return uuid5(NAMESPACE_URL, json.loads(body)["message_id"])
    except (ValueError, LookupError, TypeError, RecursionError):  # no JSON, no id, or an id that is no text
        return uuid5(NAMESPACE_URL, hashlib.sha256(body).hexdigest())


def problem_pages(door: Blueprint) -> None:
    """Every error inside the API leaves as a problem, never as a page."""
    handlers: list[tuple[type[Exception], Callable[[Any], Response]]] = [
        (Problem, _problem),
        (RuleViolation, _refused),
        (HTTPException, _no_request),
        (OperationalError, _no_database),
        (InterfaceError, _no_database),
    ]
    for kind, handler in handlers:
        door.register_error_handler(kind, handler)
