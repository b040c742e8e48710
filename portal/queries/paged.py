"""A long list by pages: one query gives the rows of a page and how many there are in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

T = TypeVar("T")
ROWS_A_PAGE = 25
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a longer list. `number` counts from 1; `total` is 0 beyond the last page."""

    rows: Sequence[T]
    number: int
    total: int
    size: int = ROWS_A_PAGE

    @property
    def first(self) -> int:
        """Where the first row stands in the whole list, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """Where the last row stands in the whole list."""
        return self.first + len(self.rows) - 1

    @property
    def earlier(self) -> int | None:
        """The number of the page before, if there is one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def later(self) -> int | None:
        """The number of the next page, if there is one."""
        return self.number + 1 if self.last < self.total else None


def page(session: Session, statement: Select[*tuple[Any, ...]], number: int, size: int = ROWS_A_PAGE) -> Page[Any]:
    """Page `number` of what an ordered statement selects; each row is the whole row, without the count."""
    number = min(max(number, 1), MOST_PAGES)
    counted = statement.add_columns(func.count().over()).limit(size).offset((number - 1) * size)
    rows = session.execute(counted).all()
    return Page([tuple(row)[:-1] for row in rows], number, rows[0][-1] if rows else 0, size)
