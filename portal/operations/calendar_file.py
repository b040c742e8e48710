"""A calendar as a CSV file, with the columns of portal/data/calendar.csv: read whole, or refused with all faults."""

import csv
from collections.abc import Iterable
from datetime import date
from io import StringIO

from portal.models.reference import CalendarDay
from portal.operations import table_file
from portal.operations.table_file import BadFile, Fault
from portal.rules.calendar_days import NewDay, check_day, check_texts
from portal.rules.law import N_, RuleViolation
from portal.rules.terms import DayKind

MOST_BYTES = 200_000
"""Seven years are 36 kilobytes."""
COLUMNS = ("date", "kind", "why_kk", "why_ru", "basis", "confirmed")
"""What is read; other columns are left alone."""
CONFIRMED = {"yes": True, "provisional": False, "no": False}


def read(data: bytes) -> list[NewDay]:
    """The days of a file in UTF-8; raises `BadFile` with every line that cannot be taken."""
    found: dict[date, NewDay] = {}
    faults: list[Fault] = []
    for line, row in table_file.rows(data, COLUMNS, MOST_BYTES, "RI.7"):
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


def _day(row: dict[str, str]) -> NewDay:
    told = table_file.told(row, COLUMNS, "RI.7")
    if told["confirmed"] not in CONFIRMED:
        raise RuleViolation(N_("The column confirmed says yes or provisional."), "RI.7")
    new = NewDay(
        day=table_file.day(told["date"], "date", "RI.7"),
        kind=_kind(told["kind"]),
        why_kk=told["why_kk"],
        why_ru=told["why_ru"],
        basis=told["basis"],
        confirmed=CONFIRMED[told["confirmed"]],
    )
    check_day(new)
    check_texts(new)
    return new


def _kind(text: str) -> DayKind:
    try:
        return DayKind(text)
    except ValueError:
        raise RuleViolation(N_("The column kind says day_off or worked_weekend."), "RI.7") from None
