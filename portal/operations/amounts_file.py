"""Guaranteed amounts of goods as a CSV file, so that nobody types hundreds; taken whole or not at all (RG.1)."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.operations import amounts, table_file
from portal.operations.table_file import BadFile, Fault
from portal.queries import amounts as figures
from portal.queries import goods
from portal.rules.goods import Item
from portal.rules.guaranteed_amount import HOUR_CODES, NewAmount, check_code, check_new_row
from portal.rules.law import N_, RuleViolation
from portal.rules.quantities import TIYN_A_TENGE, day_of

MOST_BYTES = 1_000_000
"""The whole classifier for a year, each line with a long name of its order, is a quarter of it."""
COLUMNS = ("code", "valid_from", "tenge", "basis")
"""What is read; other columns are left alone."""

_CODE = re.compile(r"[0-9]{1,20}", re.ASCII)
_MONEY = re.compile(r"([0-9]{1,10})(?:[.,]([0-9]{2}))?", re.ASCII)


def bring(session: Session, data: bytes, actor: Actor, now: datetime) -> int:
    """Set every amount of a file that is not set yet; says how many; `BadFile` names each line that may not be set.

    A row that was set once is left alone for good, also when a later row has taken its place.
    """
    given = list(table_file.rows(data, COLUMNS, MOST_BYTES, "RG.1"))
    codes = {row["code"].strip() for _line, row in given if _CODE.fullmatch((row["code"] or "").strip())}
    there = {NewAmount.of(row) for row in figures.of_codes(session, codes)}
    found = _read(given, goods.items(session, codes), there, day_of(now))
    for new in found:
        amounts.set_guaranteed(session, new, actor, now)
    return len(found)


def _read(
    given: list[tuple[int, dict[str, str]]], items: Mapping[str, Item], there: set[NewAmount], today: date
) -> list[NewAmount]:
    """What of the lines is new, when all of them are right."""
    found: dict[tuple[str, date], NewAmount] = {}
    faults: list[Fault] = []
    for line, row in given:
        try:
            new = _amount(row)
            if (new.code, new.valid_from) in found:
                raise RuleViolation(
                    N_("%(code)s stands in the file twice for %(day_on)s."),
                    "RG.1",
                    code=new.code,
                    day_on=new.valid_from,
                )
            if new not in there:
                _check(new, items, today)
        except RuleViolation as violation:
            faults.append(Fault(line, violation))
        else:
            found[new.code, new.valid_from] = new
    if not given:
        faults.append(Fault(1, RuleViolation(N_("There is no amount in the file."), "RG.1")))
    if faults:
        raise BadFile(faults)
    return [new for new in found.values() if new not in there]


def _check(new: NewAmount, items: Mapping[str, Item], today: date) -> None:
    if new.code in HOUR_CODES:
        message = N_("%(code)s is a service by the hour. Its amount is set on the ministry’s page.")
        raise RuleViolation(message, "RG.1", code=new.code)
    check_code(new.code, items.get(new.code))
    check_new_row(new.tiyn, new.valid_from, new.basis, today)


def _amount(row: dict[str, str]) -> NewAmount:
    said = table_file.told(row, COLUMNS, "RG.1")
    valid_from = table_file.day(said["valid_from"], "valid_from", "RG.1")
    return NewAmount(said["code"], valid_from, _tiyn(said["tenge"]), said["basis"])


def _tiyn(text: str) -> int:
    found = _MONEY.fullmatch(text)
    if found is None:
        raise RuleViolation(N_("The column tenge holds an amount like 589.93."), "RG.1")
    return int(found[1]) * TIYN_A_TENGE + int(found[2] or 0)
