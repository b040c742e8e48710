"""A browser in the recipient's cabinet, whose database is rolled back after each test."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from portal import db
from portal.i18n import gettext, ngettext
from portal.models.person import Person
from tests.apps import make_app, sign_in_as
from tests.pen import Pen


class Tied:
    """The database of one test: what pages read and write goes over the test's own connection."""

    def __init__(self, session: Session) -> None:
        ways: dict[str, Any] = {"bind": session.connection(), "join_transaction_mode": "create_savepoint"}
        self.writes = sessionmaker(**ways, expire_on_commit=False)
        self.reads = sessionmaker(**ways | {"join_transaction_mode": "rollback_only"}, autoflush=False)


@dataclass
class Page:
    """What came back."""

    app: Flask
    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """The words of the page, without its tags and with single spaces."""
        body = re.sub(r"<[^>]+>", " ", self.response.get_data(as_text=True))
        return " ".join(html.unescape(body).split())

    @property
    def html(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def goes_to(self) -> str:
        """Where it leads on to."""
        assert self.status in {302, 303}, (self.status, self.text[:600])
        return self.response.headers["Location"]

    def says(self, message: str, **figures: Any) -> bool:
        """Whether the sentence stands on the page, in the language of the page."""
        with self.app.test_request_context(), force_locale("ru"):
            return " ".join(gettext(message, **figures).split()) in self.text

    def says_number(self, one: str, other: str, num: int, **figures: Any) -> bool:
        """The same for a sentence with a number in it."""
        with self.app.test_request_context(), force_locale("ru"):
            return ngettext(one, other, num, **figures) in self.text

    def links(self, part: str) -> list[str]:
        """The addresses on the page that have `part` in them."""
        return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', self.html) if part in link]

    def hidden(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', self.html)
        assert found, name
        return html.unescape(found[1])


class Browser:
    """A browser in which somebody is signed in; pages are in Russian."""

    def __init__(self, app: Flask, client: FlaskClient, session: Session) -> None:
        self.app, self.client, self.session = app, client, session

    def get(self, address: str) -> Page:
        self.session.flush()
        page = Page(self.app, self.client.get(address))
        self.session.expire_all()
        return page

    def post(self, address: str, **data: Any) -> Page:
        self.session.flush()
        page = Page(self.app, self.client.post(address, data=data))
        self.session.expire_all()
        return page


SignIn = Callable[..., Browser]


@pytest.fixture(scope="session")
def app(database_url: str) -> Flask:
    """The portal; whoever signs in has its database tied to the test's own connection."""
    return make_app(database_url)


@pytest.fixture
def pen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Pen:
    pen = Pen()
    monkeypatch.setitem(app.extensions, "verifier", pen)
    return pen


@pytest.fixture
def sign_in(app: Flask, session: Session, pen: Pen, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignIn]:
    """Signs somebody in, for themselves or for another."""
    monkeypatch.setattr(db, "_database", Tied(session))

    def as_person(person: Person, for_person: Person | None = None) -> Browser:
        session.flush()
        client = app.test_client()
        sign_in_as(client, person, f"recipient:{(for_person or person).id}")
        return Browser(app, client, session)

    yield as_person
