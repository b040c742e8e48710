"""The order of the Kazakh alphabet, which holds the Russian one; the database need not know either."""

from typing import Any

from sqlalchemy import ColumnElement, func

ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
_PLACES = "".join(chr(0x100 + at) for at in range(len(ALPHABET)))
_QUOTES = "«»“”„\"'"


def alphabetical(name: Any) -> ColumnElement[str]:
    """What to order a column of names by: letters by their place in the alphabet, quotation marks left out."""
    return func.translate(func.lower(name), ALPHABET + _QUOTES, _PLACES).collate("C")
