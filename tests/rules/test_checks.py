"""The automatic checks of an act."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.act_lines import LineValue, draw_up, line
from portal.rules.check_facts import ActFacts, Level, SignatureFacts, Visit, VisitTime
from portal.rules.checks import check_act, check_holds_seen, check_no_block
from portal.rules.law import RuleViolation
from portal.rules.orders import OrderStatus
from portal.rules.quantities import LAW_TIME
from portal.rules.roles import Role
from portal.rules.service import Service

from . import builders
from .builders import ANNA, BERIK, MONDAY, TUESDAY, WEDNESDAY, day

PRICE, GUARANTEED = 60_000, 58_993


def logged(hours: str = "09:00-12:00", on: Any = MONDAY, **changes: Any) -> Visit:
    """A visit of the act, written down an hour after it ended."""
    one = builders.visit(hours, on)
    return replace(
        Visit(
            day=on,
            started_at=one.started_at,
            ended_at=one.ended_at,
            minutes=one.minutes,
            units=one.minutes,
            specialist_id=ANNA,
            price_tiyn=PRICE,
            guaranteed_tiyn=GUARANTEED,
            recorded_at=one.ended_at + timedelta(hours=1),
        ),
        **changes,
    )


def elsewhere(hours: str, on: Any = MONDAY, specialist_id: UUID = BERIK) -> VisitTime:
    """A visit that is not of this act."""
    one = builders.visit(hours, on)
    return VisitTime(on, one.started_at, one.ended_at, one.minutes, specialist_id)


def facts(*visits: Visit, **changes: Any) -> ActFacts:
    """A right act of these visits; of three on three days when none are named."""
    of = visits or (logged(), logged("10:00-12:30", TUESDAY), logged("14:00-18:00", WEDNESDAY))
    row = line(sum(visit.minutes for visit in of), PRICE, GUARANTEED, Service.ASSISTANT)
    act = ActFacts(
        service=Service.ASSISTANT,
        month=day("2026-11-01"),
        units=row.units,
        amount_tiyn=row.amount_tiyn,
        lines=[row],
        visits=of,
        order_status=OrderStatus.ACCEPTED,
        order_signed=True,
        accepted_on=day("2026-11-01"),
        order_starts_on=day("2026-11-01"),
        order_ends_on=day("2026-11-30"),
        ordered=6000,
        used=row.units,
        granted=9000,
        entitlement_used=row.units,
        year_minutes=row.units,
        submit_due_on=day("2026-12-10"),
        sent_on=day("2026-12-10"),
        signatures=[SignatureFacts(Role.RECIPIENT, is_valid=True), SignatureFacts(Role.PROVIDER, is_valid=True)],
        guaranteed_on={visit.day: GUARANTEED for visit in of},
    )
    return replace(act, **changes)


BY_RECIPIENT, BY_PROVIDER = facts().signatures
REGULAR = [logged(on=day(f"2026-11-{n:02d}")) for n in range(2, 12)]
DEAF = {"service": Service.INTERPRETER}

CASES = [
    ("died the day before a visit", "K5", "block", facts(died_on=TUESDAY)),
    ("died on the day of a visit", "K5", "hold", facts(died_on=WEDNESDAY)),
    ("left the day before a visit", "K6", "block", facts(departed_on=TUESDAY)),
    ("order not signed", "K9", "block", facts(order_signed=False)),
    ("order declined", "K9", "block", facts(order_status=OrderStatus.DECLINED)),
    ("order not answered", "K9", "block", facts(accepted_on=None)),
    ("accepted after the first visit", "K9", "block", facts(accepted_on=TUESDAY)),
    ("before the order", "K10", "block", facts(order_starts_on=TUESDAY)),
    ("after the order", "K10", "block", facts(order_ends_on=TUESDAY)),
    ("more than ordered", "K11", "block", facts(ordered=569)),
    ("more than granted", "K12", "block", facts(granted=569)),
    ("more than 8 hours a day", "K13", "block", facts(logged("09:00-17:01"))),
    (
        "more than 8 hours with another provider",
        "K13",
        "block",
        facts(of_recipient=[elsewhere("13:00-18:01")]),
    ),
    ("more than 60 hours a year", "K14", "block", facts(**DEAF, year_minutes=3601)),
    (
        "one specialist with two recipients",
        "K21",
        "block",
        facts(of_specialists=[elsewhere("11:59-13:00", specialist_id=ANNA)]),
    ),
    ("one specialist twice in the act", "K21", "block", facts(logged(), logged("11:00-13:00"))),
    ("two interpreters at one time", "K22", "hold", facts(**DEAF, of_recipient=[elsewhere("11:00-13:00")])),
    (
        "a day of more than 12 hours",
        "K25",
        "hold",
        facts(of_specialists=[elsewhere("12:00-21:01", specialist_id=ANNA)]),
    ),
    (
        "little rest before the next day",
        "K25",
        "hold",
        facts(
            of_specialists=[
                elsewhere("20:00-23:59", MONDAY - timedelta(days=1), ANNA),
                elsewhere("05:00-06:00", specialist_id=ANNA),
            ]
        ),
    ),
    ("written down before its end", "K32", "block", facts(logged(recorded_at=logged().started_at))),
    (
        "written down nine days later",
        "K32",
        "hold",
        facts(logged(recorded_at=datetime(2026, 11, 24, tzinfo=LAW_TIME))),
    ),
    ("recipient has not signed", "K33", "block", facts(signatures=[BY_PROVIDER])),
    ("provider has not signed", "K33", "block", facts(signatures=[BY_RECIPIENT])),
    ("changed since", "K34", "block", facts(unchanged_since_signed=False)),
    ("a struck visit", "K34", "block", facts(logged(is_struck=True))),
    ("a disputed visit", "K34", "block", facts(logged(is_objected=True))),
    ("a sheet not signed", "K36", "block", facts(unsigned_sheets=1)),
    ("always the same hours", "K38", "hold", facts(*REGULAR)),
    (
        "the rate above the guaranteed amount",
        "K42",
        "block",
        facts(lines=[LineValue(570, PRICE, GUARANTEED, PRICE, 570_000, 0)]),
    ),
    ("the amount of another day", "K42", "block", facts(guaranteed_on={MONDAY: 47_058})),
    (
        "a row that is a tiyn too much",
        "K43",
        "block",
        facts(lines=[replace(facts().lines[0], amount_tiyn=560_434)], amount_tiyn=560_434),
    ),
    ("nothing to pay", "K43", "block", facts(lines=[], amount_tiyn=0)),
    ("a total that is not the sum", "K43", "block", facts(amount_tiyn=560_434)),
    ("a bad signature", "K44", "block", facts(signatures=[BY_RECIPIENT, replace(BY_PROVIDER, is_valid=False)])),
    ("minutes that the log does not have", "K45", "block", facts(units=571)),
    ("another month", "K45", "block", facts(month=day("2026-10-01"))),
    ("sent late", "K46", "hold", facts(sent_on=day("2026-12-11"))),
]


@pytest.mark.law("R42.9", "R42.10")
def test_a_right_act_has_no_findings() -> None:
    assert check_act(facts()) == []
    assert check_act(facts(service=Service.INTERPRETER)) == []
    assert check_act(facts(*REGULAR[1:])) == []
    assert check_act(facts(departed_on=WEDNESDAY)) == []
    assert check_act(facts(order_starts_on=MONDAY, order_ends_on=WEDNESDAY)) == []
    assert check_act(facts(logged(recorded_at=datetime(2026, 11, 23, 23, 59, tzinfo=LAW_TIME)))) == []


@pytest.mark.law("R42.9", "R42.10", "RI.1", "RI.2", "RI.3", "RI.4", "RI.5", "RI.8", "RG.2", "RG.3", "R34.1", "R42.8")
@pytest.mark.parametrize(
    ("code", "level", "act"), [case[1:] for case in CASES], ids=[f"{case[1]}: {case[0]}" for case in CASES]
)
def test_finds(code: str, level: str, act: ActFacts) -> None:
    found = [finding for finding in check_act(act) if finding.code == code]
    assert [finding.level for finding in found] == [level]
    assert found[0].message % found[0].figures


@pytest.mark.law("RI.2")
@pytest.mark.parametrize(
    "changes", [{}, {"hours": "09:00-11:00"}, {"hours": "10:00-12:00"}], ids=["same", "end", "start"]
)
def test_finds_a_visit_that_stands_twice(changes: dict[str, str]) -> None:
    found = check_act(facts(logged(), logged(**changes)))
    assert "K39" in {finding.code for finding in found}


@pytest.mark.law("R42.8")
def test_after_a_death_the_missing_signature_is_looked_at() -> None:
    found = check_act(facts(died_on=day("2026-11-19"), signatures=[BY_PROVIDER]))
    assert [(finding.code, finding.level) for finding in found] == [("K33", Level.HOLD)]


@pytest.mark.law("R42.9")
def test_before_it_is_sent_the_provider_is_not_told_of_its_own_signature() -> None:
    assert check_act(facts(is_sent=False, signatures=[BY_RECIPIENT])) == []


@pytest.mark.law("R42.9")
def test_visits_of_another_specialist_at_other_hours_are_no_matter() -> None:
    others = [elsewhere("12:00-13:00"), elsewhere("08:00-09:00", specialist_id=ANNA)]
    assert (
        check_act(facts(of_recipient=others, of_specialists=[elsewhere("09:00-12:00", day("2026-11-19"), ANNA)])) == []
    )


@pytest.mark.law("R42.1")
@pytest.mark.parametrize(
    "others",
    [
        [elsewhere("14:00-15:00", specialist_id=ANNA)],
        [elsewhere("20:00-00:00", MONDAY - timedelta(days=1), ANNA), elsewhere("00:00-01:00", specialist_id=ANNA)],
        [elsewhere("20:00-00:00", MONDAY, ANNA), elsewhere("08:00-09:00", TUESDAY, ANNA)],
        [elsewhere("12:00-21:00", specialist_id=ANNA)],
    ],
    ids=["a pause in a day", "a visit over midnight", "eight hours of rest", "twelve hours of work"],
)
def test_an_ordinary_day_is_no_matter(others: list[VisitTime]) -> None:
    assert check_act(facts(of_specialists=others)) == []


@pytest.mark.law("R42.3", "RG.3", "R42.2")
def test_figures_name_the_first_day_that_is_wrong() -> None:
    assert check_act(facts(accepted_on=MONDAY)) == []
    [early] = check_act(facts(accepted_on=TUESDAY))
    assert early.figures == {"day_on": MONDAY, "accepted_on": TUESDAY}
    [wrong] = check_act(facts(guaranteed_on={TUESDAY: 1, WEDNESDAY: 1}))
    assert wrong.figures == {"day_on": TUESDAY}
    [outside] = check_act(facts(order_ends_on=MONDAY))
    assert outside.figures["day_on"] == TUESDAY


@pytest.mark.law("R42.9", "R42.10")
def test_the_gravest_comes_first_and_blocks() -> None:
    found = check_act(facts(died_on=WEDNESDAY, sent_on=day("2026-12-11"), unsigned_sheets=2))
    assert [finding.level for finding in found] == [Level.BLOCK, Level.HOLD, Level.HOLD]
    with pytest.raises(RuleViolation, match="2 of the sheets") as refusal:
        check_no_block(found)
    assert refusal.value.point == "R42.6"
    check_no_block(found[1:])


@pytest.mark.law("R42.9")
def test_what_is_held_is_looked_at_by_a_person() -> None:
    held = check_act(facts(sent_on=day("2026-12-11")))
    check_holds_seen(held, confirmed=True)
    check_holds_seen([], confirmed=False)
    with pytest.raises(RuleViolation, match="looked at it"):
        check_holds_seen(held, confirmed=False)


@pytest.mark.law("RI.2", "RI.8")
@given(st.lists(st.tuples(st.integers(2, 28), st.integers(1, 480)), min_size=1, max_size=20, unique_by=lambda v: v[0]))
def test_an_act_that_was_drawn_up_from_the_log_adds_up(of: list[tuple[int, int]]) -> None:
    visits = [logged(f"08:00-{8 + m // 60:02d}:{m % 60:02d}", day(f"2026-11-{n:02d}")) for n, m in of]
    drawn = draw_up(
        [builders.visit(f"08:00-{8 + m // 60:02d}:{m % 60:02d}", day(f"2026-11-{n:02d}")) for n, m in of],
        Service.ASSISTANT,
    )
    act = facts(
        *visits,
        units=drawn.units,
        amount_tiyn=drawn.amount_tiyn,
        lines=drawn.lines,
        ordered=9600,
        granted=9600,
    )
    assert not [finding for finding in check_act(act) if finding.level is Level.BLOCK]


PIECES = 800
HANDED_OVER = facts(
    logged("12:00-12:01", minutes=0, units=PIECES, recorded_at=logged("12:00-12:01").ended_at),
    service=Service.TECHNICAL_AID,
    units=PIECES,
    lines=[line(PIECES, PRICE, GUARANTEED, Service.TECHNICAL_AID)],
    amount_tiyn=PIECES * GUARANTEED,
    ordered=PIECES,
    used=PIECES,
    granted=PIECES,
    entitlement_used=PIECES,
)


@pytest.mark.law("R42.5", "R42.9", "RI.8")
def test_many_pieces_are_no_long_day() -> None:
    assert check_act(HANDED_OVER) == []


@pytest.mark.law("R42.9", "RI.1", "RI.4", "RG.3")
@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("K5", {"died_on": MONDAY - timedelta(days=1)}),
        ("K5", {"died_on": MONDAY}),
        ("K6", {"departed_on": MONDAY - timedelta(days=1)}),
        ("K9", {"accepted_on": TUESDAY}),
        ("K10", {"order_starts_on": TUESDAY}),
        ("K11", {"ordered": PIECES - 1}),
        ("K12", {"granted": PIECES - 1}),
        ("K32", {"visits": [replace(HANDED_OVER.visits[0], recorded_at=logged("11:00-11:01").ended_at)]}),
        ("K32", {"visits": [replace(HANDED_OVER.visits[0], recorded_at=logged().ended_at + timedelta(days=8))]}),
        ("K34", {"visits": [replace(HANDED_OVER.visits[0], is_objected=True)]}),
        ("K42", {"guaranteed_on": {MONDAY: GUARANTEED - 1}}),
        ("K45", {"month": day("2026-10-01")}),
    ],
)
def test_of_goods_the_checks_speak_of_the_hand_over_and_of_pieces(code: str, changes: dict[str, Any]) -> None:
    (finding,) = check_act(replace(HANDED_OVER, **changes))
    assert finding.code == code
    assert "visit" not in finding.message.lower()
    assert not [name for name in finding.figures if name.endswith("_minutes")]


@pytest.mark.law("RI.1", "RI.8")
@pytest.mark.parametrize("service", [Service.ASSISTANT, Service.INTERPRETER, Service.TECHNICAL_AID])
def test_what_is_too_much_is_said_in_the_units_of_its_service(service: Service) -> None:
    act = replace(HANDED_OVER if service is Service.TECHNICAL_AID else facts(), service=service, ordered=1)
    finding = next(one for one in check_act(act) if one.code == "K11")
    assert finding.figures == {"used_volume": (act.used, service), "limit_volume": (1, service)}
