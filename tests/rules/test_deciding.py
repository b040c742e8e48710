"""Who may decide."""

from uuid import UUID

import pytest

from portal.rules.deciding import check_decider, check_second_person
from portal.rules.law import RuleViolation

CLERK, COLLEAGUE, SISTER, RECIPIENT, PREPARER = (UUID(int=n) for n in range(1, 6))


@pytest.mark.law("R42.9")
@pytest.mark.parametrize(
    ("concerned", "relatives", "prepared_by", "message"),
    [
        ({RECIPIENT}, set(), {PREPARER}, None),
        ({RECIPIENT}, {SISTER}, {PREPARER}, None),
        ({RECIPIENT, SISTER}, {SISTER}, set(), "about your kin"),
        ({CLERK}, set(), set(), "about you,"),
        ({RECIPIENT}, set(), {CLERK}, "took part in preparing"),
    ],
    ids=["nobody known", "kin, but not here", "own kin", "oneself", "prepared it"],
)
def test_who_decides_on_an_act(
    concerned: set[UUID], relatives: set[UUID], prepared_by: set[UUID], message: str | None
) -> None:
    if message is None:
        check_decider(CLERK, concerned=concerned, relatives=relatives, prepared_by=prepared_by)
    else:
        with pytest.raises(RuleViolation, match=message):
            check_decider(CLERK, concerned=concerned, relatives=relatives, prepared_by=prepared_by)


@pytest.mark.law("R42.9", "R42.11")
def test_paying_takes_a_second_person() -> None:
    check_second_person(CLERK, COLLEAGUE)
    with pytest.raises(RuleViolation, match="second person"):
        check_second_person(CLERK, CLERK)
    with pytest.raises(RuleViolation, match="not been accepted"):
        check_second_person(None, CLERK)
