"""Claims as the rules have them: the term, the bounds of what may come back (R42.11, RI.2)."""

from datetime import date

import pytest

from portal.rules import claims
from portal.rules.claims import ClaimStatus
from portal.rules.law import RuleViolation

DAY = date(2026, 4, 13)


@pytest.mark.law("R42.11")
def test_the_provider_pays_back_within_fifteen_calendar_days() -> None:
    assert claims.repay_due_on(DAY) == date(2026, 4, 28)
    assert claims.repay_due_on(date(2026, 12, 25)) == date(2027, 1, 9), "days off count"


@pytest.mark.law("R42.11", "RI.2")
@pytest.mark.parametrize(
    ("status", "amount", "left", "says"),
    [
        (ClaimStatus.OPEN, 101, 100, "still to come back"),
        (ClaimStatus.OPEN, 0, 100, "more than nothing"),
        (ClaimStatus.OPEN, 1, 0, "on its way"),
        (ClaimStatus.SETTLED, 1, 0, "already come back"),
        (ClaimStatus.WITHDRAWN, 1, 0, "withdrawn"),
    ],
)
def test_no_more_comes_back_than_is_left(status: ClaimStatus, amount: int, left: int, says: str) -> None:
    with pytest.raises(RuleViolation, match=says):
        claims.check_settling(status, amount, left)
    claims.check_settling(ClaimStatus.OPEN, 100, 100)


@pytest.mark.law("R42.11")
@pytest.mark.parametrize(("on", "says"), [(date(2026, 4, 21), "still to come"), (date(2026, 4, 12), "made only on")])
def test_a_repayment_lies_between_the_claim_and_today(on: date, says: str) -> None:
    with pytest.raises(RuleViolation, match=says):
        claims.check_repaid_on(on, DAY, date(2026, 4, 20))
    claims.check_repaid_on(DAY, DAY, DAY)


@pytest.mark.law("R42.11", "RI.2")
@pytest.mark.parametrize(("amount", "out"), [(1, 0), (101, 100)])
def test_a_reversal_takes_what_is_out(amount: int, out: int) -> None:
    with pytest.raises(RuleViolation):
        claims.check_reversal(amount, out)
    claims.check_reversal(100, 100)


@pytest.mark.law("R42.11", "RI.2")
@pytest.mark.parametrize(("payment", "left", "kept"), [(100, 30, 30), (30, 100, 30), (100, 0, 0)])
def test_a_payment_is_kept_as_far_as_it_goes(payment: int, left: int, kept: int) -> None:
    assert claims.set_off_tiyn(payment, left) == kept


@pytest.mark.law("R42.11")
@pytest.mark.parametrize(
    ("today", "days"), [("2026-04-27", 0), ("2026-04-28", 0), ("2026-04-29", 1), ("2026-05-04", 6)]
)
def test_a_repayment_is_late_from_the_day_after_its_term(today: str, days: int) -> None:
    assert claims.days_late(date(2026, 4, 28), date.fromisoformat(today)) == days
