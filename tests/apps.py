"""Applications for tests: on a database of their own, with somebody signed in, or only for their words."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from portal import create_app, i18n
from portal.config import Config
from portal.models.person import Person

SECRET = "s" * 40


def make_config(url: str, **given: Any) -> Config:
    """A configuration for a database; `given` are its other fields."""
    return replace(Config.from_env({"SECRET_KEY": SECRET, "DATABASE_URL": url}), **given)


def make_app(url: str, **given: Any) -> Flask:
    """The whole application on a database, without the guard against foreign sites; faults are answered with 500.

    The process now reads and writes there: give the address of a database for this test or module alone.
    """
    app = create_app(make_config(url, **given))
    app.testing = True
    app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    return app


def sign_in_as(client: FlaskClient, person: Person, capacity_key: str | None = None, language: str = "ru") -> None:
    """Put somebody's session into a browser; `capacity_key` is a `Capacity.key`, without one nothing is chosen."""
    with client.session_transaction() as cookie:
        cookie["_user_id"] = str(person.id)
        cookie["_fresh"] = True
        cookie["language"] = language
        if capacity_key is not None:
            cookie["capacity"] = capacity_key


_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def words(**given: Any) -> Iterator[Flask]:
    """An application that only has the texts, for operations that write SMS; `given` goes into its configuration."""
    with _ONE_AT_A_TIME:  # Python 3.11 may fail to compile in two threads at once, and every URL rule is compiled
        app = Flask("portal")
        app.config["PORTAL"] = make_config("postgresql://", **given)
        i18n.register(app)
    with app.test_request_context():
        yield app
