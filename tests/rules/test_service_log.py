"""What may be written into the service log, struck from it and objected to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.law import RuleViolation
from portal.rules.orders import OrderStatus
from portal.rules.quantities import LAW_TIME
from portal.rules.service import Service
from portal.rules.service_log import (
    OBJECTION_LABELS,
    WAY_LABELS,
    NewEntry,
    ObjectionReason,
    Way,
    check_new_entry,
    check_strike,
)

from .builders import MONDAY, NOON, TUESDAY, WEDNESDAY, Order, Visit, day, entry, visit


def check(new: NewEntry, service: Service = Service.ASSISTANT, **changes: Any) -> None:
    """Ask on Friday 20 November 2026 at noon, with nothing in the log yet."""
    facts: dict[str, Any] = {
        "order": Order(),
        "logged_that_day_all_providers": [],
        "specialist_that_day": [],
        "left_minutes": 4000,
        "acted_months": set(),
        "died_on": None,
        "departed_on": None,
        "today": day("2026-11-20"),
        "now_time": time(12, 0),
        "not_before": day("2026-10-01"),
        "not_after": day("2026-12-31"),
        **changes,
    }
    check_new_entry(new, service=service, **facts)


SIGNED = entry(places="", way="online")


@pytest.mark.law("R42.1", "R34.1")
@pytest.mark.parametrize(
    ("new", "service", "changes"),
    [
        (entry(), Service.ASSISTANT, {}),
        (entry("09:00-17:00"), Service.ASSISTANT, {}),
        (entry("09:00-14:00"), Service.ASSISTANT, {"logged_that_day_all_providers": [visit("14:00-17:00")]}),
        (entry("09:00-12:00", on=day("2026-11-20")), Service.ASSISTANT, {}),
        (entry("20:00-00:00"), Service.ASSISTANT, {}),
        (entry("09:00-12:00"), Service.ASSISTANT, {"specialist_that_day": [visit("12:00-15:00")]}),
        (entry(), Service.ASSISTANT, {"left_minutes": 180}),
        (entry(), Service.ASSISTANT, {"died_on": MONDAY}),
        (entry(), Service.ASSISTANT, {"departed_on": MONDAY}),
        (entry(), Service.ASSISTANT, {"not_before": MONDAY}),
        (entry(), Service.ASSISTANT, {"order": Order(answered_at=datetime(2026, 11, 16, 15, tzinfo=LAW_TIME))}),
        (entry(), Service.ASSISTANT, {"acted_months": {day("2026-10-01")}}),
        (entry(on=day("2026-11-01")), Service.ASSISTANT, {}),
        (
            entry(),
            Service.ASSISTANT,
            {"order": Order(status=OrderStatus.CLOSED, ended_on=MONDAY), "left_minutes": 180},
        ),
        (SIGNED, Service.INTERPRETER, {}),
        (replace(SIGNED, way="offline"), Service.INTERPRETER, {}),
        (
            entry("09:00-19:00", way="offline"),
            Service.INTERPRETER,
            {"logged_that_day_all_providers": [visit("19:00-21:00")]},
        ),
    ],
    ids=[
        "three hours",
        "eight hours",
        "eight hours of two providers",
        "until this minute",
        "until midnight",
        "one visit after the other",
        "all that is left",
        "on the day of death",
        "on the day of departure",
        "on the day the service was granted",
        "on the day the order was accepted",
        "after the month of an act",
        "on the first day of the order",
        "late, on the last day of a closed order",
        "online",
        "in person",
        "an interpreter has no limit a day",
    ],
)
def test_may_be_written_down(new: NewEntry, service: Service, changes: dict[str, Any]) -> None:
    check(new, service, **changes)


REFUSED = [
    ("a day to come", entry(on=day("2026-11-21")), {}, "2026-11-21 is still to come", "R42.1"),
    ("hours to come", entry("09:00-12:01", on=day("2026-11-20")), {}, "later than now", "R42.1"),
    ("midnight to come", entry("09:00-00:00", on=day("2026-11-20")), {}, "later than now", "R42.1"),
    ("the end before the start", entry("12:00-09:00"), {}, "later than the start", "R42.1"),
    ("no length", entry("12:00-12:00"), {}, "later than the start", "R42.1"),
    ("no places", entry(places="  "), {}, "Name the places", "R42.6"),
    ("after death", entry(on=TUESDAY), {"died_on": MONDAY}, "died on 2026-11-16", "RI.4"),
    ("after departure", entry(on=TUESDAY), {"departed_on": MONDAY}, "left on 2026-11-16", "RI.4"),
    ("before the order", entry(on=day("2026-10-31")), {}, "from 2026-11-01 to 2026-11-30", "R42.2"),
    ("after the order", entry(on=TUESDAY), {"order": Order(ends_on=MONDAY)}, "to 2026-11-16", "R42.2"),
    (
        "after the order was closed",
        entry(on=TUESDAY),
        {"order": Order(status=OrderStatus.CLOSED, ended_on=MONDAY)},
        "from 2026-11-01 to 2026-11-16",
        "R42.2",
    ),
    (
        "an order not answered",
        entry(),
        {"order": Order(status=OrderStatus.PLACED, answered_at=None)},
        "that the provider accepted",
        "R42.1",
    ),
    (
        "an order that was declined",
        entry(),
        {"order": Order(status=OrderStatus.DECLINED, ended_on=MONDAY)},
        "that the provider accepted",
        "R42.1",
    ),
    (
        "before the order was accepted",
        entry(),
        {"order": Order(answered_at=datetime(2026, 11, 17, 0, 30, tzinfo=LAW_TIME))},
        "accepted this order on 2026-11-17",
        "R42.3",
    ),
    (
        "after the moment of the stop",
        entry("09:00-11:00"),
        {
            "order": Order(
                OrderStatus.STOPPED, ended_on=MONDAY, ended_at=datetime(2026, 11, 16, 10, 59, tzinfo=LAW_TIME)
            )
        },
        "was stopped on",
        "R83.7",
    ),
    ("after the programme’s last day", entry(), {"not_after": day("2026-11-15")}, "to 2026-11-15", "R42.2"),
    ("before the service was granted", entry(), {"not_before": TUESDAY}, "granted on 2026-11-17", "R42.3"),
    ("in the month of an act", entry(), {"acted_months": {day("2026-11-01")}}, "already drawn up", "R42.1"),
    (
        "in two places at one time",
        entry(),
        {"specialist_that_day": [visit("11:59-13:00")]},
        "from .*11:59.* to .*13:00.*two places",
        "RI.3",
    ),
    (
        "the recipient is served already",
        entry(),
        {"logged_that_day_all_providers": [visit("08:00-09:01")]},
        "Another assistant",
        "RI.2",
    ),
    (
        "more than 8 hours a day",
        entry("09:00-12:01"),
        {"logged_that_day_all_providers": [visit("13:00-18:00")]},
        "300 of 480 are already logged. You can add 180.",
        "R34.1",
    ),
    ("more than 8 hours at once", entry("09:00-17:01"), {}, "0 of 480 .* You can add 480", "R34.1"),
    ("more than is left", entry(), {"left_minutes": 179}, "lasts 180, and the order has 179 left", "RI.1"),
    (
        "after the rest was given back",
        entry(),
        {"order": Order(status=OrderStatus.STOPPED, ended_on=WEDNESDAY), "left_minutes": 0},
        "ended on 2026-11-18 and its remaining hours were given back",
        "R83.6",
    ),
]


@pytest.mark.law("R42.1", "R42.2", "R42.3", "R42.6", "R34.1", "R83.6", "RI.1", "RI.2", "RI.3", "RI.4")
@pytest.mark.parametrize(
    ("new", "changes", "message", "point"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refuses(new: NewEntry, changes: dict[str, Any], message: str, point: str) -> None:
    with pytest.raises(RuleViolation, match=message) as refusal:
        check(new, **changes)
    assert refusal.value.point == point


@pytest.mark.law("R42.7", "RI.2")
@pytest.mark.parametrize(
    ("new", "changes", "message"),
    [
        (entry(), {}, "in person or online"),
        (SIGNED, {"logged_that_day_all_providers": [visit("11:00-13:00")]}, "Another interpreter"),
        (SIGNED, {"left_minutes": 60}, "the order has 60 left"),
    ],
    ids=["no way", "two interpreters at one time", "more than is left of the 60 hours"],
)
def test_refuses_an_interpreter(new: NewEntry, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleViolation, match=message):
        check(new, Service.INTERPRETER, **changes)


@pytest.mark.law("R42.1")
def test_a_service_without_hours_has_no_log() -> None:
    with pytest.raises(RuleViolation, match="no service log"):
        check(entry(), Service.WHEELCHAIR)


@pytest.mark.law("R34.1", "RI.3")
@given(st.lists(st.tuples(st.integers(0, 23 * 60), st.integers(1, 600), st.booleans()), max_size=30))
def test_whatever_is_tried_a_day_has_eight_hours_and_no_minute_twice(tries: Sequence[tuple[int, int, bool]]) -> None:
    log: list[Visit] = []
    left = 600
    for start, length, other in tries:
        end = min(start + length, 24 * 60)
        hours = f"{start // 60:02d}:{start % 60:02d}-{end // 60 % 24:02d}:{end % 60:02d}"
        of_mine = [] if other else log
        try:
            check(entry(hours), logged_that_day_all_providers=log, specialist_that_day=of_mine, left_minutes=left)
        except RuleViolation:
            continue
        log.append(visit(hours))
        left -= log[-1].minutes
    assert sum(one.minutes for one in log) <= 480
    assert left >= 0
    in_turn = sorted(log, key=lambda one: one.started_at)
    assert all(one.ended_at <= two.started_at for one, two in pairwise(in_turn))


@pytest.mark.law("RI.4", "R42.2", "R42.3")
@given(
    st.dates(date(2026, 10, 1), date(2026, 12, 31)),
    st.none() | st.dates(date(2026, 11, 1), date(2026, 11, 30)),
    st.none() | st.dates(date(2026, 11, 1), date(2026, 11, 30)),
    st.none() | st.dates(date(2026, 11, 1), date(2026, 11, 30)),
)
def test_no_visit_outside_order_life_or_past(
    on: date, died_on: date | None, departed_on: date | None, ended_on: date | None
) -> None:
    order = Order(status=OrderStatus.CLOSED if ended_on else OrderStatus.ACCEPTED, ended_on=ended_on)
    last = min(d for d in (order.ends_on, died_on, departed_on, ended_on, day("2026-11-19")) if d is not None)
    if order.starts_on <= on <= last:
        check(entry(on=on), order=order, died_on=died_on, departed_on=departed_on)
    elif on != day("2026-11-20"):
        with pytest.raises(RuleViolation):
            check(entry(on=on), order=order, died_on=died_on, departed_on=departed_on)


@pytest.mark.law("RI.2", "RI.5")
def test_a_visit_is_struck_once_and_not_under_an_act() -> None:
    check_strike(visit(), in_live_act=False)
    with pytest.raises(RuleViolation, match="already struck"):
        check_strike(visit(struck_at=NOON), in_live_act=False)
    with pytest.raises(RuleViolation, match="Cancel the act first"):
        check_strike(visit(), in_live_act=True)


def test_every_reason_and_way_has_its_words() -> None:
    assert list(OBJECTION_LABELS) == list(ObjectionReason)
    assert list(WAY_LABELS) == list(Way)
