"""Who may settle an objection, and how (R42.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from portal.rules.law import RuleViolation
from portal.rules.objections import (
    SETTLEMENT_LABELS,
    Settlement,
    check_not_decided,
    check_objection,
    check_settle,
    check_settlement,
    settlements,
)
from portal.rules.quantities import LAW_TIME
from portal.rules.roles import Role

from .builders import Visit as Logged
from .builders import visit

NOON = datetime(2026, 3, 4, 12, tzinfo=LAW_TIME)


@dataclass
class Visit:
    objected_at: datetime | None = NOON
    settled_at: datetime | None = None
    struck_at: datetime | None = None


@pytest.mark.law("R42.5")
@pytest.mark.parametrize(
    ("role", "ways"),
    [
        (Role.RECIPIENT, [Settlement.WITHDRAWN]),
        (Role.SPECIALIST, [Settlement.STRUCK]),
        (Role.PROVIDER, [Settlement.STRUCK]),
        (Role.OFFICE, [Settlement.STRUCK, Settlement.STANDS]),
        (Role.ESOBES, []),
        (Role.SYSTEM, []),
    ],
)
def test_each_role_has_its_ways(role: Role, ways: list[Settlement]) -> None:
    assert list(settlements(role)) == ways
    for settlement in Settlement:
        if settlement in ways:
            check_settle(Visit(), settlement, role, "because")
        else:
            with pytest.raises(RuleViolation, match="another participant"):
                check_settle(Visit(), settlement, role, "because")


@pytest.mark.law("R42.5")
@pytest.mark.parametrize(
    "visit",
    [Visit(objected_at=None), Visit(settled_at=NOON), Visit(struck_at=NOON)],
    ids=["nobody objected", "settled already", "struck already"],
)
def test_only_an_open_objection_is_settled(visit: Visit) -> None:
    with pytest.raises(RuleViolation, match="no open objection"):
        check_settle(visit, Settlement.WITHDRAWN, Role.RECIPIENT, "")


@pytest.mark.law("R42.5")
@pytest.mark.parametrize(
    ("settlement", "role"),
    [(Settlement.STRUCK, Role.PROVIDER), (Settlement.STRUCK, Role.OFFICE), (Settlement.STANDS, Role.OFFICE)],
)
def test_who_settles_for_another_says_why(settlement: Settlement, role: Role) -> None:
    with pytest.raises(RuleViolation, match="Say in a few words why"):
        check_settle(Visit(), settlement, role, "  \n")


@pytest.mark.law("R42.5")
def test_taking_back_needs_no_words() -> None:
    check_settle(Visit(), Settlement.WITHDRAWN, Role.RECIPIENT, "")


@pytest.mark.law("R42.5")
@pytest.mark.parametrize("before", [None, "withdrawn", "struck"])
def test_what_the_office_did_not_decide_may_be_objected_to_again(before: str | None) -> None:
    check_not_decided(before)


@pytest.mark.law("R42.5")
def test_what_the_office_decided_stays_decided() -> None:
    with pytest.raises(RuleViolation, match="already decided"):
        check_not_decided("stands")


def test_every_settlement_has_words() -> None:
    assert set(SETTLEMENT_LABELS) == set(Settlement)


@pytest.mark.law("R42.5")
@pytest.mark.parametrize(
    ("logged", "act_signed", "message"),
    [
        (visit(), False, None),
        (visit(objected_at=NOON, settled_at=NOON + timedelta(days=1)), False, None),
        (visit(struck_at=NOON), False, "already struck"),
        (visit(objected_at=NOON), False, "already objected"),
        (visit(), True, "You have signed the act"),
    ],
    ids=["a visit", "again, after it was settled", "struck", "twice", "after signing"],
)
def test_an_objection(logged: Logged, act_signed: bool, message: str | None) -> None:
    if message is None:
        check_objection(logged, act_signed=act_signed)
    else:
        with pytest.raises(RuleViolation, match=message):
            check_objection(logged, act_signed=act_signed)


@pytest.mark.law("R42.5")
def test_an_objection_is_settled_once() -> None:
    check_settlement(visit(objected_at=NOON))
    for logged in (visit(), visit(objected_at=NOON, settled_at=NOON), visit(objected_at=NOON, struck_at=NOON)):
        with pytest.raises(RuleViolation, match="no open objection"):
            check_settlement(logged)
