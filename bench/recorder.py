"""The statements of a piece of work, taken down while it runs, and done again by raw psycopg."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any, Self

import psycopg
from sqlalchemy import Engine, event

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its parameters, or a list of them; without a statement, the end of a transaction."""

    sql: Any = None
    parameters: Any = None
    many: bool = False


COMMIT = Statement()


class Recorder:
    """Notes every statement that goes out through some engines, whoever sends it, and every commit.

    It listens at the cursor: what a library sends on the connection of the transaction is noted, too. The pool's own
    question whether a connection still lives is not: it is no statement of the work.
    """

    def __init__(self, *engines: Engine) -> None:
        self._engines = engines
        self._notes: list[Statement] = []
        self._cursor = _noting(self._note)

    @contextmanager
    def recording(self) -> Iterator[Self]:
        """Listen inside; `notes` hands over what has been noted."""
        listeners = (("checkout", self._out), ("checkin", self._in), ("commit", self._committed))
        for engine, (name, listener) in product(self._engines, listeners):
            event.listen(engine, name, listener)
        try:
            yield self
        finally:
            for engine, (name, listener) in product(self._engines, listeners):
                event.remove(engine, name, listener)

    def notes(self) -> list[Statement]:
        """What was noted since the last call."""
        noted, self._notes = self._notes, []
        return noted

    def _note(self, sql: Any, parameters: Any, many: bool) -> None:
        self._notes.append(Statement(sql, parameters, many))

    def _committed(self, _connection: Any) -> None:
        self._notes.append(COMMIT)

    def _out(self, connection: Any, _record: Any, _proxy: Any) -> None:
        connection.cursor_factory = self._cursor

    def _in(self, connection: Any, _record: Any) -> None:
        if connection is not None:
            connection.cursor_factory = psycopg.Cursor


def _noting(note: Any) -> type[psycopg.Cursor[Any]]:
    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **how: Any) -> Self:
            note(query, params, False)
            return super().execute(query, params, **how)

        def executemany(self, query: Any, params_seq: Any, **how: Any) -> None:
            params_seq = list(params_seq)
            note(query, params_seq, True)
            super().executemany(query, params_seq, **how)

    return Noting


def replay(connection: Connection, statements: Sequence[Statement]) -> None:
    """The very same statements by psycopg alone, all rows fetched, with the commits where they were."""
    for statement in statements:
        if statement is COMMIT:
            connection.commit()
            continue
        with connection.cursor() as cursor:
            if statement.many:
                cursor.executemany(statement.sql, statement.parameters)
            else:
                cursor.execute(statement.sql, statement.parameters)
                if cursor.description is not None:
                    cursor.fetchall()
