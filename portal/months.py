"""A month in an address: 2026-03."""

import re
from datetime import date

from flask import abort

FIRST = date(2021, 1, 1)
"""Nothing older is on the portal."""

_MONTH = re.compile(r"(20[2-9][0-9])-(0[1-9]|1[0-2])", re.ASCII)


def parse(text: str) -> date:
    """The first day of the month that an address names; 404 when it names none."""
    found = _MONTH.fullmatch(text)
    month = date(int(found[1]), int(found[2]), 1) if found else None
    if month is None or month < FIRST:
        abort(404)
    return month


def written(month: date) -> str:
    """How an address names the month of a day."""
    return f"{month:%Y-%m}"
