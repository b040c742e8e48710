"""Figures that the text of the law fixes, each with the day from which it applies and its point (rulebook, preface).

Figures that a ministry sets every year (guaranteed amounts, monthly index, calendar) are data, not here. Those
of terms stand in `term_table`.
"""

from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Generic, TypeVar

from portal.rules.law import N_, RuleViolation, law

T = TypeVar("T")

FIRST_DAY = date(2021, 1, 1)
"""Nothing older is in the portal: calendar and monthly index begin here too."""

NEW_CODE_ON = date(2023, 7, 1)
"""Orders 286 and 288 replace Order 26 from this day on."""


class Edition(StrEnum):
    """By whose rules the portal runs (rulebook 12); BY_DATE takes those in force on the day in question."""

    OF_2021 = "2021"
    OF_2023 = "2023"
    BY_DATE = "by-date"

    def on(self, day: date) -> "Edition":
        """The edition in force on a day."""
        if self is not Edition.BY_DATE:
            return self
        return Edition.OF_2021 if day < NEW_CODE_ON else Edition.OF_2023


class Dated(Generic[T]):
    """A figure through time: rows of (valid from, value, point of law), oldest first."""

    def __init__(self, *rows: tuple[date, T, str]) -> None:
        if not rows or any(later[0] <= earlier[0] for earlier, later in pairwise(rows)):
            raise ValueError("The rows of a figure must go up by their days.")
        self.rows = rows

    @law("R34.1")
    def on(self, day: date) -> T:
        """The value that applies on `day`; raises before the first row."""
        for valid_from, value, _point in reversed(self.rows):
            if day >= valid_from:
                return value
        first_from, _value, point = self.rows[0]
        raise RuleViolation(
            N_("No figure is known for %(day_on)s. The first one applies from %(first_on)s."),
            point,
            day_on=day,
            first_on=first_from,
        )


ASSISTANT_MINUTES_A_DAY: Dated[int] = Dated((FIRST_DAY, 480, "R34.1"))
INTERPRETER_MINUTES_A_YEAR: Dated[int] = Dated((FIRST_DAY, 3600, "R34.1"))
SANATORIUM_DAYS_A_YEAR: Dated[int] = Dated((FIRST_DAY, 14, "R26.1"))
CHOICE_BLOCK_MONTHS: Dated[int] = Dated((FIRST_DAY, 2, "R34.3"))

# In hundredths of a per cent of the monthly index. How the assistant's hour was set before Order 20 of 20 January
# 2022 was not found; 12 % gives 350 tenge for 2021, near the 358 that a newspaper of the time names.
ASSISTANT_MCI_BASIS_POINTS: Dated[int] = Dated(
    (FIRST_DAY, 1200, "RG.1"), (date(2022, 1, 20), 1200, "RG.1"), (date(2023, 8, 10), 1364, "RG.1")
)
INTERPRETER_MCI_BASIS_POINTS: Dated[int] = Dated((FIRST_DAY, 21000, "RG.1"))
