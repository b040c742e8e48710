"""What every task runs in: the application's context, with a request of its own, so each thread has its language."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import func, select

from portal.config import Config
from portal.db import database

_app: Flask | None = None


def configure(app: Flask) -> None:
    """Run tasks inside this application from now on."""
    global _app  # noqa: PLW0603 - one application a process
    _app = app


@contextmanager
def context() -> Iterator[Config]:
    """The context of one task; gives the configuration."""
    if _app is None:
        raise RuntimeError("configure() has not been called")
    with _app.test_request_context():
        config: Config = _app.config["PORTAL"]
        yield config


@contextmanager
def alone(what: str, patience: float = 3.0) -> Iterator[bool]:
    """Whether this process may do `what` alone now; waits its turn for `patience` seconds at most.

    A lock of the database's session: it is free at once when the process that held it dies, however it dies.
    """
    with database().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        deadline = time.monotonic() + patience
        asked = select(func.pg_try_advisory_lock(func.hashtext(what)))
        while not (mine := connection.scalar(asked)) and time.monotonic() < deadline:
            time.sleep(0.1)
        try:
            yield bool(mine)
        finally:
            if mine:
                connection.execute(select(func.pg_advisory_unlock(func.hashtext(what))))
