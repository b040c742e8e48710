"""The guaranteed amount, what is reimbursed, the surcharge."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.goods import Item
from portal.rules.guaranteed_amount import (
    check_code,
    check_new_row,
    reimbursed_rate,
    set_due,
    surcharge_rate,
    tiyn_an_hour,
)
from portal.rules.law import RuleViolation
from portal.rules.service import HOURLY, Service

from .builders import day

TIYN = st.integers(1, 10**8)


@pytest.mark.law("RG.1", "RG.3")
@pytest.mark.parametrize(
    ("service", "mci", "on", "tiyn"),
    [
        (Service.ASSISTANT, 4325, "2026-11-22", 58_993),
        (Service.INTERPRETER, 4325, "2026-11-22", 908_250),
        (Service.ASSISTANT, 3932, "2025-07-01", 53_632),
        (Service.INTERPRETER, 3932, "2025-07-01", 825_720),
        (Service.ASSISTANT, 3450, "2023-08-09", 41_400),
        (Service.ASSISTANT, 3450, "2023-08-10", 47_058),
        (Service.ASSISTANT, 3180, "2022-04-01", 38_160),
        (Service.ASSISTANT, 2917, "2021-12-06", 35_004),
    ],
)
def test_an_hour_on_a_day(service: Service, mci: int, on: str, tiyn: int) -> None:
    assert tiyn_an_hour(service, mci, day(on)) == tiyn


@pytest.mark.law("RG.1")
@pytest.mark.parametrize("service", sorted(set(Service) - HOURLY))
def test_other_services_have_no_hour(service: Service) -> None:
    with pytest.raises(RuleViolation, match="not set by the hour"):
        tiyn_an_hour(service, 4325, day("2026-11-22"))


@pytest.mark.law("RG.2")
@pytest.mark.parametrize(
    ("price", "guaranteed", "reimbursed", "surcharge"),
    [(60_000, 58_993, 58_993, 1_007), (50_000, 58_993, 50_000, 0), (58_993, 58_993, 58_993, 0)],
    ids=["above", "below", "equal"],
)
def test_the_lower_is_reimbursed_and_the_rest_is_the_surcharge(
    price: int, guaranteed: int, reimbursed: int, surcharge: int
) -> None:
    assert reimbursed_rate(price, guaranteed) == reimbursed
    assert surcharge_rate(price, guaranteed) == surcharge


@pytest.mark.law("RG.2", "RI.2")
@given(TIYN, TIYN)
def test_both_together_are_the_price(price: int, guaranteed: int) -> None:
    reimbursed, surcharge = reimbursed_rate(price, guaranteed), surcharge_rate(price, guaranteed)
    assert reimbursed + surcharge == price
    assert reimbursed <= guaranteed
    assert surcharge >= 0


@pytest.mark.law("RG.1")
@pytest.mark.parametrize(
    ("today", "years", "due"),
    [
        ("2026-11-30", {2026}, None),
        ("2026-12-01", {2026}, (2027, date(2026, 12, 25))),
        ("2026-12-31", {2026}, (2027, date(2026, 12, 25))),
        ("2026-12-01", {2026, 2027}, None),
        ("2027-01-01", {2026}, (2027, date(2026, 12, 25))),
        ("2027-03-01", {2026}, (2027, date(2026, 12, 25))),
    ],
)
def test_by_when_next_years_amounts_are_set(today: str, years: set[int], due: tuple[int, date] | None) -> None:
    assert set_due(date.fromisoformat(today), years) == due


@pytest.mark.law("RG.1", "RG.3")
@pytest.mark.parametrize(
    ("tiyn", "valid_from", "basis", "message"),
    [
        (1, "2026-11-23", "Order 1", None),
        (1, "2027-12-31", "Order 1", None),
        (1, "2026-11-22", "Order 1", "tomorrow at the earliest"),
        (1, "2028-01-01", "Order 1", "this year and the next one"),
        (0, "2027-01-01", "Order 1", "above zero"),
        (1, "2027-01-01", " ", "Name the order"),
        (1, "2027-01-01", "Order\x00", "cannot be printed"),
        (1, "2027-01-01", "O" * 301, "longer than 300"),
    ],
)
def test_a_new_figure_applies_from_a_day_to_come(tiyn: int, valid_from: str, basis: str, message: str | None) -> None:
    today = date(2026, 11, 22)
    if message is None:
        check_new_row(tiyn, date.fromisoformat(valid_from), basis, today)
    else:
        with pytest.raises(RuleViolation, match=message):
            check_new_row(tiyn, date.fromisoformat(valid_from), basis, today)


@pytest.mark.law("RG.1", "RM.1")
@pytest.mark.parametrize(
    ("code", "item", "message"),
    [
        ("701", Item("701", "assistant", is_item=True), None),
        ("702", Item("702", "interpreter", is_item=True), None),
        ("501302", Item("501302", "wheelchair", is_item=True), None),
        ("6031001", Item("6031001", "hygiene", is_item=True), None),
        ("2011901", Item("2011901", "prosthetics", is_item=True, is_repair=True), None),
        ("999", None, "has no code 999"),
        ("501", Item("501", "wheelchair", is_item=False), "501 is a heading"),
        ("703", Item("703", "sanatorium", is_item=True), "neither an item of goods"),
    ],
)
def test_an_amount_is_for_an_hour_or_for_an_item_of_goods(code: str, item: Item | None, message: str | None) -> None:
    if message is None:
        check_code(code, item)
    else:
        with pytest.raises(RuleViolation, match=message):
            check_code(code, item)
