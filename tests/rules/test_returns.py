"""Which is the last day of a service."""

from datetime import date, timedelta

import pytest

from portal.rules.returns import has_expired, last_day_of_service

from .builders import MONDAY, TUESDAY, WEDNESDAY, day

ENDS = day("2026-11-30")


@pytest.mark.law("R83.6", "R42.2", "RI.4")
@pytest.mark.parametrize(
    ("died_on", "departed_on", "closed_on", "last"),
    [
        (None, None, None, ENDS),
        (TUESDAY, None, None, TUESDAY),
        (TUESDAY, MONDAY, None, MONDAY),
        (None, None, WEDNESDAY, WEDNESDAY),
        (day("2026-12-05"), None, None, ENDS),
    ],
    ids=["its own", "death", "departure before", "programme closed", "death after"],
)
def test_the_last_day_of_service(
    died_on: date | None, departed_on: date | None, closed_on: date | None, last: date
) -> None:
    assert last_day_of_service(ENDS, died_on, departed_on, closed_on) == last


@pytest.mark.law("R83.6", "R42.2")
def test_the_last_day_itself_still_holds() -> None:
    assert not has_expired(ENDS, ENDS)
    assert has_expired(ENDS, ENDS + timedelta(days=1))
