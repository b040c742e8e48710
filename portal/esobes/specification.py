"""GET /openapi.json: what the API takes and gives, made from the very models that check the messages."""

from functools import cache
from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic.json_schema import models_json_schema

from portal.esobes.guard import PROBLEM
from portal.esobes.shapes import (
    EventMessage,
    EventTaken,
    ExecutionsPage,
    NewProgrammeMessage,
    ProblemOut,
    ProgrammeKept,
)

ABOUT = """The door of E-Sobes to the open social-services portal. Programmes and events come in; what was rendered,
paid and returned is read.

Send `Authorization: Bearer <token>`; several tokens may be valid at once. Each message carries a `message_id`: the same
message again gets the first answer and changes nothing, another one under the same id gets 409. Errors are
`application/problem+json` (RFC 9457); all field errors come at once, and none quotes what a field holds."""

_TITLES = {
    400: "The body is not JSON, or a name stands twice in one object. Nothing was kept.",
    401: "There is no valid token.",
    404: "No programme of this person is held.",
    405: "The method is not that of this address.",
    409: "Another message has this message_id, or the rules refuse it; `rule` names the point. Nothing was kept.",
    413: "The body is larger than a megabyte.",
    415: "The body does not say that it is JSON.",
    422: "Fields are not right; all of them are named. Nothing was kept.",
    503: "The database does not answer. Nothing was kept: send the same message again later.",
}
_PERSON = {
    "iin": "850315400124",
    "last_name": "Сейтқали",
    "first_name": "Айгүл",
    "middle_name": "Маратқызы",
    "birth_date": "1985-03-15",
    "language": "kk",
    "phone": "+77011234567",
    "place": "431000000",
    "address": "Абай көшесі, 1",
}
_MEASURE = {"id": "1", "service": "assistant", "valid_from": "2026-01-01", "valid_to": "2027-12-31"}
_PROGRAMME = {
    "message_id": "2026-03-02-000017",
    "programme": {
        "number": "IRP-2026-000123",
        "version": 1,
        "valid_from": "2026-01-01",
        "valid_to": "2027-12-31",
        "person": _PERSON,
        "measures": [_MEASURE],
    },
}
_EVENT = {"message_id": "2026-03-01-000004", "iin": "850315400124", "kind": "departure", "on": "2026-02-27"}
Json = dict[str, Any]


def register(door: Blueprint) -> None:
    """Put the route on the door; it is read without a token."""
    door.add_url_rule("/openapi.json", endpoint="openapi", view_func=openapi, methods=["GET"])


def openapi() -> Response:
    """The specification, OpenAPI 3.1."""
    return jsonify(specification())


@cache
def specification() -> Json:
    """The specification as a value."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Social services portal: the door of E-Sobes", "version": "1.0.0", "description": ABOUT},
        "servers": [{"url": "/api/esobes/v1", "description": "This portal"}],
        "tags": [
            {"name": "in", "description": "Messages that the portal takes"},
            {"name": "out", "description": "What the portal tells"},
        ],
        "security": [{"token": []}],
        "paths": {"/programmes": _programmes(), "/events": _events(), "/executions": _executions()},
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "An agreed token"}},
        },
    }


def _schemas() -> Json:
    _, schemas = models_json_schema(
        [
            (NewProgrammeMessage, "validation"),
            (EventMessage, "validation"),
            (ProblemOut, "validation"),
            (ProgrammeKept, "serialization"),
            (EventTaken, "serialization"),
            (ExecutionsPage, "serialization"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    found: Json = schemas["$defs"]
    return found


def _programmes() -> Json:
    return _post(
        "receiveProgramme",
        "A programme arrives, or a newer version of one (R34.1)",
        "The portal keeps the person, the programme and its measures, works out what they give for the year, and owes "
        "an SMS if a phone is known. A version newer than the one held replaces it: measures are matched by id.",
        ("NewProgrammeMessage", _PROGRAMME),
        (201, "ProgrammeKept", "The programme is kept; what lasts of what it gives."),
        (400, 401, 405, 409, 413, 415, 422, 503),
    )


def _events() -> Json:
    return _post(
        "receiveEvent",
        "Something happened to a person (R83.6)",
        "A death, a departure and a closed programme end orders on their day: what was not used goes back, what was "
        "rendered stays payable.",
        ("EventMessage", _EVENT),
        (202, "EventTaken", "The event is carried out."),
        (400, 401, 404, 405, 409, 413, 415, 422, 503),
    )


def _executions() -> Json:
    cursor = {"type": "string", "pattern": r"^[0-9]{1,18}\.[0-9]{1,18}$"}
    return {
        "get": {
            "operationId": "readExecutions",
            "tags": ["out"],
            "summary": "What was rendered, paid and returned, and where choices and orders stand (R42.4)",
            "description": "At most 200 items after a cursor. Ask again with `next` until there are no items.",
            "parameters": [
                {
                    "name": "after",
                    "in": "query",
                    "required": False,
                    "description": "The `next` of the answer before; left out, everything from the first item.",
                    "schema": cursor,
                    "example": "7291.14",
                }
            ],
            "responses": {"200": _answer("ExecutionsPage", "A page of items."), **_problems(401, 405, 422, 503)},
        }
    }


def _post(
    operation: str,
    summary: str,
    description: str,
    takes: tuple[str, Json],
    gives: tuple[int, str, str],
    problems: tuple[int, ...],
) -> Json:
    model, example = takes
    status, answer, said = gives
    return {
        "post": {
            "operationId": operation,
            "tags": ["in"],
            "summary": summary,
            "description": description,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref(model), "example": example}},
            },
            "responses": {str(status): _answer(answer, said), **_problems(*problems)},
        }
    }


def _answer(model: str, said: str) -> Json:
    return {"description": said, "content": {"application/json": {"schema": _ref(model)}}}


def _problems(*statuses: int) -> Json:
    content = {PROBLEM: {"schema": _ref("ProblemOut")}}
    return {str(status): {"description": _TITLES[status], "content": content} for status in statuses}


def _ref(model: str) -> Json:
    return {"$ref": f"#/components/schemas/{model}"}
