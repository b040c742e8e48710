"""Ranked choice: how many, what a later provider is asked for, and that it is never more than was signed."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from portal.rules.law import RuleViolation
from portal.rules.orders import NewOrder
from portal.rules.ranking import asked_later, check_ranking, check_signed_money, order_id
from portal.rules.service import Service

A, B, C, D = (uuid4() for _ in range(4))
ASSISTANT = NewOrder(Service.ASSISTANT, date(2026, 3, 3), date(2026, 3, 12), 2400, 240, "offline")
INTERPRETER = replace(ASSISTANT, service=Service.INTERPRETER, units=600, minutes_a_day=None)


@pytest.mark.law("R83.1")
@pytest.mark.parametrize("ranked", [[A], [A, B], [A, B, C]])
def test_up_to_three_providers(ranked: list[UUID]) -> None:
    check_ranking(ranked)


@pytest.mark.law("R83.1")
@pytest.mark.parametrize(
    ("ranked", "message"),
    [([A, A], "twice"), ([A, B, A], "twice"), ([A, B, B], "twice"), ([A, B, C, D], "at most")],
)
def test_not_the_same_one_twice_and_not_four(ranked: list[UUID], message: str) -> None:
    with pytest.raises(RuleViolation, match=message):
        check_ranking(ranked)


@pytest.mark.law("R83.3", "R83.4")
@pytest.mark.parametrize(
    ("new", "today", "starts_on", "minutes"),
    [
        (ASSISTANT, date(2026, 3, 2), date(2026, 3, 3), 2400),
        (ASSISTANT, date(2026, 3, 3), date(2026, 3, 3), 2400),
        (ASSISTANT, date(2026, 3, 10), date(2026, 3, 10), 3 * 240),
        (ASSISTANT, date(2026, 3, 12), date(2026, 3, 12), 240),
        (INTERPRETER, date(2026, 3, 10), date(2026, 3, 10), 600),
    ],
    ids=["before its first day", "on its first day", "seven days have passed", "one day is left", "no day of its own"],
)
def test_days_that_have_passed_fall_away(new: NewOrder, today: date, starts_on: date, minutes: int) -> None:
    later = asked_later(new, today)
    assert (later.starts_on, later.ends_on, later.units) == (starts_on, new.ends_on, minutes)
    assert later.minutes_a_day == new.minutes_a_day


@pytest.mark.law("R83.1", "RG.2")
@pytest.mark.parametrize(
    ("price", "guaranteed", "holds"),
    [
        (60_000, 58_993, True),
        (59_000, 58_993, True),
        (60_001, 58_993, False),
        (60_000, 70_000, True),
        (60_001, 70_000, False),
        (60_000, 58_000, False),
        (59_000, 58_000, True),
    ],
    ids=[
        "as signed",
        "cheaper",
        "dearer",
        "the state pays more",
        "dearer, though she would pay less",
        "she would pay more",
        "the state pays less, and so does she",
    ],
)
def test_nobody_is_asked_for_more_than_was_signed(price: int, guaranteed: int, holds: bool) -> None:
    signed = {"signed_price_tiyn": 60_000, "signed_surcharge": 60_000 - 58_993}
    if holds:
        check_signed_money(price, guaranteed, **signed)
    else:
        with pytest.raises(RuleViolation, match="more than you signed"):
            check_signed_money(price, guaranteed, **signed)


@pytest.mark.law("R83.1")
def test_the_id_of_a_later_order_follows_from_the_first_and_its_rank() -> None:
    assert order_id(A, 2) == order_id(A, 2)
    assert len({order_id(first, rank) for first in (A, B) for rank in (2, 3)}) == 4
