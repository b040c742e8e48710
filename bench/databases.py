"""The databases of the bench: the data set, and two copies of it, one for the portal and one for raw psycopg."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from portal.db import Database
from portal.migrate import upgrade
from portal.operations.reference import import_all


@dataclass(frozen=True, slots=True)
class Sides:
    """Two databases that begin alike."""

    portal_url: str
    raw_url: str


class Databases:
    """Databases by their names, on the server at `url`, where we may create some."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url_of(self, name: str) -> str:
        """The address of a database."""
        return make_url(self._url).set(database=name).render_as_string(hide_password=False)

    def has(self, name: str) -> bool:
        """Whether there is such a database."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
        return found is not None

    def make(self, name: str, fill: Callable[[str], None]) -> None:
        """A database with the portal's tables, reference data and what `fill` adds; when that fails there is none."""
        unfinished = f"{name}_unfinished"
        self.drop(unfinished)
        self._do("CREATE DATABASE {}", unfinished)
        url = self.url_of(unfinished)
        upgrade(url)
        database = Database(url)
        with database.writes() as session, session.begin():
            import_all(session)
        database.dispose()
        fill(url)
        self._do("ALTER DATABASE {} RENAME TO {}", unfinished, name)

    def sides(self, name: str) -> Sides:
        """Two fresh copies of a database, laid out alike on the disk."""
        return Sides(self.copy(name, "portal"), self.copy(name, "raw"))

    def copy(self, name: str, side: str) -> str:
        """The address of a fresh copy of a database, made file by file."""
        copy = f"{name}_{side}"
        self.drop(copy)
        self._do("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", copy, name)
        return self.url_of(copy)

    def drop(self, name: str) -> None:
        """Remove a database if it is there, whoever is still in it."""
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _do(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
