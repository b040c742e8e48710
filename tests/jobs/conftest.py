"""Jobs in tests: a database of the test's own, where what jobs commit is real."""

from collections.abc import Iterator

import pytest

from portal import clock, db
from portal.db import Database
from tests import apps
from tests.factories import MONDAY


@pytest.fixture
def database(fresh_database: str) -> Iterator[Database]:
    """The database of this process, for one test; it is a Monday in March, and there are words for SMS."""
    before, db._database = db._database, None
    clock.use(lambda: MONDAY)
    with apps.words():
        yield db.connect(fresh_database)
    db.database().engine.dispose()
    db._database = before
