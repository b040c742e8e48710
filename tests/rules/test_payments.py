"""What is paid for an act."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.law import RuleViolation
from portal.rules.payments import (
    MISMATCH,
    STATUS_LABELS,
    PaymentStatus,
    check_amount,
    check_look_again,
    check_not_out,
    label,
    may_be_out,
)


@pytest.mark.law("R42.11", "RI.2")
@pytest.mark.parametrize(
    ("amount", "of_act", "before", "message"),
    [
        (100, 100, 0, None),
        (100, 100, 100, "already been paid"),
        (100, 100, 1, "already been paid"),
        (0, 0, 0, "nothing to pay"),
        (-1, -1, 0, "nothing to pay"),
        (101, 100, 0, "101 differs from the act’s amount of 100"),
        (99, 100, 0, "differs"),
    ],
    ids=["whole", "again", "a part before", "nothing", "below nothing", "more", "less"],
)
def test_an_act_is_paid_whole_and_once(amount: int, of_act: int, before: int, message: str | None) -> None:
    if message is None:
        check_amount(amount, of_act, before)
    else:
        with pytest.raises(RuleViolation, match=message):
            check_amount(amount, of_act, before)


@pytest.mark.law("RI.2")
@given(st.lists(st.integers(-5, 5), max_size=8), st.integers(1, 5))
def test_whatever_is_tried_never_more_than_the_act_is_paid(tries: list[int], of_act: int) -> None:
    paid = 0
    for amount in tries:
        try:
            check_amount(amount, of_act, paid)
        except RuleViolation:
            continue
        paid += amount
    assert paid in {0, of_act}


@pytest.mark.law("R42.11", "RI.2")
@pytest.mark.parametrize("code", [None, "balance_insufficient", "reversed", MISMATCH])
@pytest.mark.parametrize("status", PaymentStatus)
def test_money_may_be_out_while_it_is_asked_for_or_was_found_otherwise(status: PaymentStatus, code: str | None) -> None:
    assert may_be_out(status, code) is (
        status is PaymentStatus.ASKED or (status, code) == (PaymentStatus.FAILED, MISMATCH)
    )


@pytest.mark.law("R42.11", "RI.2")
@pytest.mark.parametrize("code", [None, "balance_insufficient", "reversed"])
def test_a_plain_failure_is_not_looked_at_again(code: str | None) -> None:
    check_not_out(code)
    with pytest.raises(RuleViolation, match="Mend the cause"):
        check_look_again(PaymentStatus.FAILED, code)


@pytest.mark.law("R42.11", "RI.2")
def test_beside_money_that_is_out_nothing_is_paid_and_it_is_looked_at_again() -> None:
    check_look_again(PaymentStatus.FAILED, MISMATCH)
    with pytest.raises(RuleViolation, match="Look again first") as refusal:
        check_not_out(MISMATCH)
    assert refusal.value.point == "RI.2"


@pytest.mark.law("R42.11")
@pytest.mark.parametrize("status", PaymentStatus)
def test_money_that_is_out_is_not_called_a_refusal(status: PaymentStatus) -> None:
    assert label(status, None) == STATUS_LABELS[status]
    assert (label(status, MISMATCH) == STATUS_LABELS[status]) is (status is not PaymentStatus.FAILED)
