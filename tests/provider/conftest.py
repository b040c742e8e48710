"""A browser in the provider's cabinet, whose database is rolled back after each test."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal import clock, create_app, db
from portal.config import Config
from portal.models.person import Person
from portal.models.provider import Provider
from tests import factories as make
from tests.office.sent import small_app
from tests.operations.month import NOW, Month
from tests.pen import Pen
from tests.recipient.conftest import Browser, Tied


@pytest.fixture(scope="session")
def app(database_url: str) -> Flask:
    made = create_app(Config.from_env({"SECRET_KEY": "s" * 40, "DATABASE_URL": database_url}))
    made.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    made.testing = True
    return made


@pytest.fixture(autouse=True)
def in_app(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The second of April 2026, the test's own connection, a pen that signs.

    What the tests do themselves has an application of its own, so that each request begins with nothing remembered.
    """
    monkeypatch.setattr(db, "_database", Tied(session))
    monkeypatch.setitem(app.extensions, "verifier", Pen())
    clock.use(lambda: NOW)
    with small_app().app_context():
        yield


def signed_in(app: Flask, session: Session, person: Person, capacity: str) -> Browser:
    """A browser in which somebody acts in a capacity."""
    session.flush()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update({"_user_id": str(person.id), "_fresh": True, "language": "ru", "capacity": capacity})
    return Browser(app, client, session)


def staff_of(app: Flask, session: Session, provider: Provider) -> Browser:
    """A browser of somebody who works at a provider."""
    return signed_in(app, session, make.make_staff(session, provider), f"provider:{provider.id}")


@pytest.fixture
def month(session: Session) -> Month:
    """A month of an assistant."""
    return Month(session)


@pytest.fixture
def browser(app: Flask, session: Session, month: Month) -> Browser:
    """Somebody who works at the provider of that month."""
    return staff_of(app, session, month.provider)


@pytest.fixture
def stranger(app: Flask, session: Session) -> Browser:
    """Somebody who works at another provider."""
    return staff_of(app, session, make.make_provider(session))
