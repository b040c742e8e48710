"""The balance month by month: the figures of a table and of the bars drawn from the same figures."""

from collections.abc import Iterable
from typing import NamedTuple

from portal.format import month
from portal.queries.postings import MonthOfPostings

WIDTH = 300
ROW = 46
"""The chart's own units: the bars are so long at most, and a month is so high."""


class Bar(NamedTuple):
    """A month: its name, its figures in minutes, and where its bars lie."""

    name: str
    available: int
    reserved: int
    used: int
    returned: int
    y: int
    used_width: int
    reserved_width: int
    available_width: int


class Chart(NamedTuple):
    """The bars and how high the chart is."""

    bars: list[Bar]
    width: int
    height: int


def chart(months: Iterable[MonthOfPostings]) -> Chart:
    """Used, in orders and free at the end of each month; what was returned is the gap at the end of a bar."""
    rows = list(months)
    most = max((one.available + one.reserved + one.used + one.returned for one in rows), default=0) or 1
    bars = [
        Bar(
            month(one.month),
            one.available,
            one.reserved,
            one.used,
            one.returned,
            place * ROW,
            *_widths(most, one.used, one.reserved, one.available),
        )
        for place, one in enumerate(rows)
    ]
    return Chart(bars, WIDTH, len(bars) * ROW)


def _widths(most: int, *parts: int) -> list[int]:
    """How long the bars are that lie end to end: rounded at their ends, so that no gap is left between them."""
    ends = [sum(parts[: count + 1]) * WIDTH // most for count in range(len(parts))]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
