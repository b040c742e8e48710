"""What ends an order, what goes back, what stays payable."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.orders import CloseReason
from portal.rules.returns import (
    Closing,
    Event,
    StaysStruck,
    close_on,
    has_expired,
    last_day_of_service,
    stays_struck,
    to_be_struck,
)
from portal.rules.service import Service

from .builders import MONDAY, TUESDAY, WEDNESDAY, day, visit

ENDS = day("2026-11-30")
LOG = [visit(on=MONDAY), visit(on=TUESDAY), visit(on=WEDNESDAY)]
NOVEMBER = st.dates(date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.law("R83.6", "RI.4")
@pytest.mark.parametrize(
    ("reason", "on", "last", "returned", "kept"),
    [
        (CloseReason.DEATH, TUESDAY, TUESDAY, 640, 360),
        (CloseReason.DEPARTURE, MONDAY, MONDAY, 820, 180),
        (CloseReason.EXPIRED, ENDS, ENDS, 460, 540),
        (CloseReason.PROGRAMME_CLOSED, day("2026-12-31"), ENDS, 460, 540),
        (CloseReason.DEATH, day("2026-11-01"), day("2026-11-01"), 1000, 0),
    ],
    ids=["death", "departure", "expiry", "after the order’s end", "before the first visit"],
)
def test_what_was_used_stays_payable_and_the_rest_goes_back(
    reason: CloseReason, on: date, last: date, returned: int, kept: int
) -> None:
    assert close_on(Event(reason, on), ENDS, 1000, LOG) == Closing(reason, last, returned, kept)


@pytest.mark.law("RI.4")
def test_visits_after_the_last_day_are_struck() -> None:
    assert to_be_struck(LOG, TUESDAY) == [LOG[2]]
    assert to_be_struck(LOG, WEDNESDAY) == []


@pytest.mark.law("R83.6", "RI.1", "RI.4")
@given(st.lists(st.tuples(NOVEMBER, st.integers(1, 480)), max_size=30), NOVEMBER, st.integers(0, 500))
def test_returned_and_kept_are_the_order_and_struck_is_the_rest(
    of: list[tuple[date, int]], on: date, unused: int
) -> None:
    log = [visit(f"00:00-{minutes // 60:02d}:{minutes % 60:02d}", on=at) for at, minutes in of]
    minutes = sum(one.minutes for one in log) + unused
    closing = close_on(Event(CloseReason.DEATH, on), ENDS, minutes, log)
    struck = to_be_struck(log, closing.last_day_on)
    assert closing.returned_minutes + closing.kept_minutes == minutes
    assert closing.returned_minutes == unused + sum(one.minutes for one in struck)
    assert all(one.day <= on for one in log if one not in struck)


STRUCK = visit("14:00-15:30", on=MONDAY)


@pytest.mark.law("R83.6", "RI.1", "RI.2", "RI.3", "R34.1")
@pytest.mark.parametrize(
    ("service", "left", "of_specialist", "of_recipient", "why"),
    [
        (Service.ASSISTANT, 90, [], [], None),
        (Service.ASSISTANT, 89, [], [], StaysStruck.HOURS_USED),
        (Service.ASSISTANT, 90, ["15:00-16:00"], [], StaysStruck.SPECIALIST_ELSEWHERE),
        (Service.ASSISTANT, 90, ["13:00-14:00", "15:30-16:00"], [], None),
        (Service.ASSISTANT, 90, [], ["13:00-14:01"], StaysStruck.SERVED_BY_ANOTHER),
        (Service.ASSISTANT, 90, [], ["07:00-13:30"], None),
        (Service.ASSISTANT, 90, [], ["07:00-13:31"], StaysStruck.DAY_IS_FULL),
        (Service.INTERPRETER, 90, [], ["07:00-13:31"], None),
    ],
)
def test_a_visit_stands_again_where_it_fits(
    service: Service, left: int, of_specialist: list[str], of_recipient: list[str], why: StaysStruck | None
) -> None:
    beside, there = ([visit(one, on=MONDAY) for one in ones] for ones in (of_specialist, of_recipient))
    assert stays_struck(STRUCK, service, left, beside, there) is why


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
    assert last_day_of_service(ENDS, died_on=died_on, departed_on=departed_on, closed_on=closed_on) == last


@pytest.mark.law("R83.6", "R42.2")
def test_the_last_day_itself_still_holds() -> None:
    assert not has_expired(ENDS, ENDS)
    assert has_expired(ENDS, ENDS + timedelta(days=1))
