"""A browser in the ministry's cabinet, whose database is rolled back after each test."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal import clock, db
from portal.clock import ALMATY
from portal.models.ministry import MINISTRY_ID
from tests import factories as make
from tests.apps import make_app, sign_in_as
from tests.recipient.conftest import Browser, Tied

NOW = datetime(2026, 4, 6, 10, tzinfo=ALMATY)
"""A Monday."""


@pytest.fixture(scope="session")
def app(database_url: str) -> Flask:
    return make_app(database_url)


@pytest.fixture
def clerk(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Somebody of the ministry at a browser; everything goes over the test's own connection."""
    monkeypatch.setattr(db, "_database", Tied(session))
    clock.use(lambda: NOW)
    person = make.make_ministry_clerk(session)
    client = app.test_client()
    sign_in_as(client, person, f"ministry:{MINISTRY_ID}")
    return Browser(app, client, session)
