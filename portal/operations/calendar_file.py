"""A calendar as a CSV file, with the columns of portal/data/calendar.csv: read whole, or refused with all faults."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO

from portal.models.reference import CalendarDay
from portal.rules.calendar_days import NewDay, check_day, check_texts
from portal.rules.law import N_, RuleViolation
from portal.rules.terms import DayKind

MOST_BYTES = 200_000
"""Seven years are 36 kilobytes."""
COLUMNS = ("date", "kind", "why_kk", "why_ru", "basis", "confirmed")
"""What is read; other columns are left alone."""
CONFIRMED = {"yes": True, "provisional": False, "no": False}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line of the file, counted from 1."""

    line: int
    violation: RuleViolation


class BadFile(Exception):  # noqa: N818 - it is a refusal, not an error
    """The file is not taken: everything that is wrong in it, in the order of its lines."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"line {fault.line}: {fault.violation}" for fault in faults))
        self.faults = faults


def read(data: bytes) -> list[NewDay]:
    """The days of a file in UTF-8; raises `BadFile` with every line that cannot be taken."""
    found: dict[date, NewDay] = {}
    faults: list[Fault] = []
    for line, row in _rows(data):
        try:
            new = _day(row)
            if new.day in found:
                raise RuleViolation(N_("%(day_on)s stands in the file twice."), "RI.7", day_on=new.day)
        except RuleViolation as violation:
            faults.append(Fault(line, violation))
        else:
            found[new.day] = new
    if not found and not faults:
        faults.append(Fault(1, RuleViolation(N_("There is no day in the file."), "RI.7")))
    if faults:
        raise BadFile(faults)
    return list(found.values())


def written(days: Iterable[CalendarDay]) -> str:
    """Days as such a file, which `read` takes."""
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in days:
        confirmed = "yes" if one.confirmed else "provisional"
        table.writerow((one.day, one.kind, one.why_kk, one.why_ru, one.basis, confirmed))
    return text.getvalue()


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its line; raises `BadFile` for what is no such table at all."""
    if len(data) > MOST_BYTES:
        raise _not_a_table(
            1, RuleViolation(N_("The file is larger than %(limit)s kilobytes."), "RI.7", limit=MOST_BYTES // 1000)
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _not_a_table(line, RuleViolation(N_("The file has to be in UTF-8."), "RI.7")) from None
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            text = N_("The first line has to name the columns. These are missing: %(names)s.")
            raise _not_a_table(1, RuleViolation(text, "RI.7", names=", ".join(missing)))
        for row in reader:
            yield reader.line_num, row
    except csv.Error:
        raise _not_a_table(
            reader.line_num + 1, RuleViolation(N_("This line cannot be read as a line of a table."), "RI.7")
        ) from None


def _not_a_table(line: int, violation: RuleViolation) -> BadFile:
    return BadFile([Fault(line, violation)])


def _day(row: dict[str, str]) -> NewDay:
    if None in row or None in row.values():
        raise RuleViolation(N_("The line has too many or too few columns."), "RI.7")
    told = {name: row[name].strip() for name in COLUMNS}
    if told["confirmed"] not in CONFIRMED:
        raise RuleViolation(N_("The column confirmed says yes or provisional."), "RI.7")
    new = NewDay(
        day=_date(told["date"]),
        kind=_kind(told["kind"]),
        why_kk=told["why_kk"],
        why_ru=told["why_ru"],
        basis=told["basis"],
        confirmed=CONFIRMED[told["confirmed"]],
    )
    check_day(new)
    check_texts(new)
    return new


def _date(text: str) -> date:
    try:
        if len(text) != len("2026-01-01"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise RuleViolation(N_("The column date holds a day like 2027-03-08."), "RI.7") from None


def _kind(text: str) -> DayKind:
    try:
        return DayKind(text)
    except ValueError:
        raise RuleViolation(N_("The column kind says day_off or worked_weekend."), "RI.7") from None
