"""E-Sobes at the door: an application on a database of this module's own, and a hand that writes messages."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal import clock, db
from tests import factories
from tests.apps import make_app
from tests.factories import MONDAY, PLACE

TOKENS = ("token-one", "token-two")
API = "/api/esobes/v1"
_numbers = count(1)


@pytest.fixture(scope="module")
def own_database(new_database: Callable[[], str]) -> str:
    """A database where this module's commits are real."""
    return new_database()


@pytest.fixture(scope="module")
def app(own_database: str) -> Iterator[Flask]:
    """The application there; the process goes back to what it used before."""
    before = db._database
    yield make_app(own_database, esobes_tokens=TOKENS)
    db.database().dispose()
    db._database = before


@pytest.fixture
def door(app: Flask) -> "Door":
    """The door of E-Sobes, on a Monday in March."""
    clock.use(lambda: MONDAY)
    return Door(app.test_client())


class Door:
    """Sends messages with the token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def post(self, path: str, message: Any, token: str = TOKENS[0], **headers: str) -> TestResponse:
        """The answer to a message."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        given = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
        return self.client.post(API + path, data=body, headers=given)

    def get(self, path: str, token: str = TOKENS[0]) -> TestResponse:
        """The answer to a question."""
        return self.client.get(API + path, headers={"Authorization": f"Bearer {token}"})

    def programme(self, **given: Any) -> dict[str, Any]:
        """A programme is kept; the message that brought it."""
        message = programme(**given)
        answer = self.post("/programmes", message)
        assert answer.status_code == 201, answer.text
        return message

    def event(self, iin: str, kind: str, on: str, **given: Any) -> TestResponse:
        """The answer to an event."""
        message = {"message_id": message_id(), "iin": iin, "kind": kind, "on": on, **given}
        return self.post("/events", message)


def message_id() -> str:
    """An id that no message had."""
    return f"m-{next(_numbers)}"


def programme(person: dict[str, Any] | None = None, measures: Any = None, **given: Any) -> dict[str, Any]:
    """A message that brings a programme with an assistant for this year and the next."""
    number = next(_numbers)
    measure = {"id": "1", "service": "assistant", "valid_from": "2026-01-01", "valid_to": "2027-12-31"}
    return {
        "message_id": message_id(),
        "programme": {
            "number": f"IRP-{number}",
            "version": 1,
            "valid_from": "2026-01-01",
            "valid_to": "2027-12-31",
            "person": a_person() | (person or {}),
            "measures": [measure] if measures is None else measures,
            **given,
        },
    }


def a_person() -> dict[str, Any]:
    """Somebody new, as a programme names them."""
    number = next(_numbers)
    return {
        "iin": factories.new_iin(),
        "last_name": f"Сынақова{number}",
        "first_name": "Айгүл",
        "middle_name": "Маратқызы",
        "birth_date": "1980-05-17",
        "language": "kk",
        "phone": f"+7701{number:07d}",
        "place": PLACE,
        "address": "Абай көшесі, 1",
    }


def changed(message: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The same message with other fields in its programme."""
    other = deepcopy(message)
    other["programme"].update(given)
    return other


def rows(of: Any, *conditions: Any) -> list[Any]:
    """Rows of the database as they are committed."""
    from sqlalchemy import select

    session: Session
    with db.reading() as session:
        return list(session.scalars(select(of).where(*conditions)).all())
