"""A browser in the office's cabinet, whose database is rolled back after each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import clock, create_app, db
from portal.config import Config
from portal.models.office import Office
from portal.models.person import Person
from tests.office.sent import CHECKED, Clerks, Sent
from tests.recipient.conftest import Browser, Page, Tied

SignIn = Callable[[Person, Office], Browser]


class Apart(Browser):
    """A browser whose requests know nothing of the context in which the test itself calls operations."""

    def get(self, address: str) -> Page:
        return Context().run(super().get, address)

    def post(self, address: str, **data: Any) -> Page:
        return Context().run(super().post, address, **data)


@pytest.fixture(scope="session")
def app(database_url: str) -> Flask:
    made = create_app(Config.from_env({"SECRET_KEY": "s" * 40, "DATABASE_URL": database_url}))
    made.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    made.testing = True
    return made


@pytest.fixture(autouse=True)
def in_app(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything goes over the test's own connection; what the tests do themselves has a language, too."""
    monkeypatch.setattr(db, "_database", Tied(session))
    clock.use(lambda: CHECKED)
    with app.test_request_context():
        yield


@pytest.fixture
def sign_in(app: Flask, session: Session) -> SignIn:
    """Signs a clerk in."""

    def as_clerk(person: Person, office: Office) -> Browser:
        session.flush()
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = str(person.id)
            cookie["_fresh"] = True
            cookie["language"] = "ru"
            cookie["capacity"] = f"office:{office.id}"
        return Apart(app, client, session)

    return as_clerk


@pytest.fixture
def clerks(session: Session) -> Clerks:
    return Clerks(session)


@pytest.fixture
def sent(session: Session) -> Sent:
    return Sent(session)


@pytest.fixture
def first(sign_in: SignIn, clerks: Clerks) -> Browser:
    """The clerk who checks."""
    return sign_in(clerks.first_person, clerks.office)


@pytest.fixture
def second(sign_in: SignIn, clerks: Clerks) -> Browser:
    """The clerk who approves."""
    return sign_in(clerks.second_person, clerks.office)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def later() -> Callable[[datetime], None]:
    """Moves the clock."""
    return lambda moment: clock.use(lambda: moment)
