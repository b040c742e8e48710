"""What every operation stands in: an application, for the texts that it writes and for its edition of the law."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.apps import words


@pytest.fixture(autouse=True)
def app() -> Iterator[Flask]:
    """An application to speak in; SMS are written in the language of who reads them."""
    with words() as speaking:
        yield speaking
