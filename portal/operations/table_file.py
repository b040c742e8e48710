"""A table that somebody brings as a CSV file: read whole, or refused with everything that is wrong in it."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

from portal.rules.law import N_, RuleViolation
from portal.rules.quantities import written_day


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line of the file, counted from 1."""

    line: int
    violation: RuleViolation


class BadFile(Exception):  # noqa: N818 - it is a refusal, not an error
    """The file is not taken: everything that is wrong in it, in the order of its lines."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(f"line {fault.line}: {fault.violation}" for fault in faults))
        self.faults = faults


def rows(data: bytes, columns: Sequence[str], most_bytes: int, point: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row in UTF-8 with its line; raises `BadFile` for what is no such table; `point` is of the law."""
    if len(data) > most_bytes:
        raise _not_a_table(1, N_("The file is larger than %(limit)s kilobytes."), point, limit=most_bytes // 1000)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _not_a_table(line, N_("The file has to be in UTF-8."), point) from None
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    try:
        named = list(reader.fieldnames or ())
        if any(named.count(name) > 1 for name in columns):  # nobody could say which of them is meant
            raise _not_a_table(1, N_("This line cannot be read as a line of a table."), point)
        missing = [name for name in columns if name not in named]
        if missing:
            text = N_("The first line has to name the columns. These are missing: %(names)s.")
            raise _not_a_table(1, text, point, names=", ".join(missing))
        for row in reader:
            yield reader.line_num, row
    except csv.Error:
        text = N_("This line cannot be read as a line of a table.")
        raise _not_a_table(reader.line_num + 1, text, point) from None


def told(row: dict[str, str], columns: Sequence[str], point: str) -> dict[str, str]:
    """What a row says in each of the columns, without outer space; refused when it has more or fewer."""
    if None in row or None in row.values():
        raise RuleViolation(N_("The line has too many or too few columns."), point)
    return {name: row[name].strip() for name in columns}


def day(text: str, column: str, point: str) -> date:
    """The day that a column holds."""
    try:
        return written_day(text)
    except ValueError:
        message = N_("The column %(column)s holds a day like 2027-03-08.")
        raise RuleViolation(message, point, column=column) from None


def _not_a_table(line: int, message: str, point: str, **figures: object) -> BadFile:
    return BadFile([Fault(line, RuleViolation(message, point, **figures))])
