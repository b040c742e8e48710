"""What is written into logs: never a value. An error of the database quotes whole rows, so only its kind is logged."""

import logging
import re
import sys
import traceback
from types import TracebackType

from flask import Flask

IIN = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


class NoValues(logging.Formatter):
    """Writes where an error arose and its kind, not what it says; and no number that could be an IIN."""

    def formatException(  # noqa: N802 - the name that logging calls
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """The places in the code, and the kinds of the error and of what caused it."""
        kind, error, trace = ei
        kinds = [kind.__name__ if kind else "nothing"]
        while error is not None and error.__cause__ is not None:
            error = error.__cause__
            kinds.append(type(error).__name__)
        return "".join(traceback.format_tb(trace)) + " <- ".join(kinds)

    def format(self, record: logging.LogRecord) -> str:
        """The line, with numbers of twelve digits taken out."""
        record.exc_text = None
        return IIN.sub("[number]", super().format(record))


def set_up(level: int = logging.INFO) -> None:
    """Send the logs of this process to standard error, without values."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(NoValues("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("procrastinate", "httpx", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def register(app: Flask) -> None:
    """The application's own logger goes the same way."""
    app.logger.handlers.clear()
    app.logger.propagate = True
