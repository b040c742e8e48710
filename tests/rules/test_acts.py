"""Drawing up an act, its money, its terms."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules import acts
from portal.rules.act_lines import LineValue, draw_up
from portal.rules.law import RuleViolation
from portal.rules.parameters import Edition
from portal.rules.service import Service

from .builders import BERIK, CALENDAR, MONDAY, NOON, TUESDAY, WEDNESDAY, Visit, day, visit

TIYN = st.integers(1, 10**7)


@pytest.mark.law("R42.1", "R42.5", "RG.2", "RG.3")
def test_a_line_for_each_price_and_guaranteed_amount_at_the_lower_of_both() -> None:
    act = draw_up(
        [
            visit("09:00-12:00", on=TUESDAY, price_tiyn=50_000),
            visit("09:00-10:00", on=MONDAY),
            visit("09:00-10:01", on=WEDNESDAY),
            visit("14:00-15:00", on=WEDNESDAY, guaranteed_tiyn=61_000, specialist_id=BERIK),
        ],
        Service.ASSISTANT,
    )
    assert act.month == day("2026-11-01")
    assert act.lines == (
        LineValue(121, 60_000, 58_993, 58_993, 118_969, 2_031),
        LineValue(180, 50_000, 58_993, 50_000, 150_000, 0),
        LineValue(60, 60_000, 61_000, 60_000, 60_000, 0),
    )
    assert (act.units, act.amount_tiyn, act.surcharge_tiyn) == (361, 328_969, 2_031)
    assert [sheet.minutes for sheet in act.sheets] == [301, 60]


@pytest.mark.law("R42.5", "RI.2")
def test_struck_visits_do_not_count_and_disputed_ones_stay_out() -> None:
    disputed = visit("13:00-14:00", is_objected=True)
    act = draw_up([visit(), visit("15:00-16:00", struck_at=NOON, is_objected=True), disputed], Service.ASSISTANT)
    assert act.units == 180
    assert act.left_out == (disputed,)
    assert act.sheets[0].visits == (visit(),)


@pytest.mark.law("R42.1")
@pytest.mark.parametrize(
    "visits", [[], [visit(struck_at=NOON)], [visit(is_objected=True)]], ids=["none", "struck", "disputed"]
)
def test_there_is_no_act_about_nothing(visits: list[Visit]) -> None:
    with pytest.raises(RuleViolation, match="no visits in this month"):
        draw_up(visits, Service.ASSISTANT)


@pytest.mark.law("R42.5")
def test_an_act_covers_one_month() -> None:
    with pytest.raises(ValueError, match="one month"):
        draw_up([visit(), visit(on=day("2026-10-31"))], Service.ASSISTANT)


@pytest.mark.law("RI.2", "RI.8", "RG.2")
@given(
    st.lists(st.tuples(st.integers(1, 480), st.sampled_from([50_000, 58_993, 70_001]), TIYN), min_size=1, max_size=31)
)
def test_the_office_never_pays_above_and_nothing_is_lost(of: list[tuple[int, int, int]]) -> None:
    visits = [replace(visit(), minutes=minutes, price_tiyn=p, guaranteed_tiyn=g) for minutes, p, g in of]
    act = draw_up(visits, Service.ASSISTANT)
    assert act.units == sum(minutes for minutes, _p, _g in of)
    assert act.amount_tiyn * 60 <= sum(minutes * min(price, guaranteed) for minutes, price, guaranteed in of)
    assert (act.amount_tiyn + len(act.lines)) * 60 > sum(minutes * min(p, g) for minutes, p, g in of)
    assert act.surcharge_tiyn >= 0
    for line in act.lines:
        assert line.rate_tiyn == min(line.price_tiyn, line.guaranteed_tiyn)
        assert line.amount_tiyn + line.surcharge_tiyn == line.units * line.price_tiyn // 60


@pytest.mark.law("RI.2", "RI.8")
@given(st.lists(st.tuples(st.integers(1, 480), TIYN, TIYN), min_size=1, max_size=12))
def test_the_order_of_the_log_does_not_change_the_money(of: list[tuple[int, int, int]]) -> None:
    visits = [replace(visit(), minutes=minutes, price_tiyn=p, guaranteed_tiyn=g) for minutes, p, g in of]
    forth, back = draw_up(visits, Service.ASSISTANT), draw_up(visits[::-1], Service.ASSISTANT)
    assert (forth.amount_tiyn, forth.surcharge_tiyn) == (back.amount_tiyn, back.surcharge_tiyn)


@pytest.mark.law("R42.8", "R42.5")
@pytest.mark.parametrize(
    ("today", "ended_on", "holds"),
    [
        ("2026-12-01", None, True),
        ("2026-11-30", None, False),
        ("2026-11-20", "2026-11-19", True),
        ("2026-11-20", "2026-11-20", True),
        ("2026-11-20", "2026-11-21", False),
    ],
    ids=["month over", "last day of the month", "order ended", "order ends today", "order will end"],
)
def test_when_an_act_can_be_drawn_up(today: str, ended_on: str | None, holds: bool) -> None:
    ended = day(ended_on) if ended_on else None
    if holds:
        acts.check_month_is_over(day("2026-11-01"), day(today), ended)
    else:
        with pytest.raises(RuleViolation, match="after 2026-11-30"):
            acts.check_month_is_over(day("2026-11-01"), day(today), ended)


@pytest.mark.law("R42.5", "R42.8")
def test_the_recipient_signs_what_is_undisputed() -> None:
    acts.check_sign(died_on=None, open_objections=0)
    with pytest.raises(RuleViolation, match="drawn up again"):
        acts.check_sign(died_on=None, open_objections=1)
    with pytest.raises(RuleViolation, match="without this signature"):
        acts.check_sign(died_on=MONDAY, open_objections=0)


@pytest.mark.law("R42.5", "R42.6", "R42.7", "R42.8")
@pytest.mark.parametrize(
    ("signed", "died", "unsigned_sheets", "message"),
    [
        (True, False, 0, None),
        (False, True, 0, None),
        (False, False, 0, "has not signed"),
        (True, False, 2, "2 of the sheets are not signed"),
        (False, True, 1, "1 of the sheets are not signed"),
    ],
    ids=["signed", "died", "not signed", "sheets not signed", "died, interpreter has not signed"],
)
def test_what_an_act_needs_to_be_sent(signed: bool, died: bool, unsigned_sheets: int, message: str | None) -> None:
    died_on = MONDAY if died else None
    if message is None:
        acts.check_submit(recipient_signed=signed, died_on=died_on, unsigned_sheets=unsigned_sheets)
    else:
        with pytest.raises(RuleViolation, match=message):
            acts.check_submit(recipient_signed=signed, died_on=died_on, unsigned_sheets=unsigned_sheets)


@pytest.mark.law("R42.8")
@pytest.mark.parametrize(
    ("month", "died_on", "due"),
    [
        ("2026-11-01", None, "2026-12-10"),
        ("2026-12-01", None, "2027-01-10"),
        ("2026-11-01", "2026-11-20", "2026-12-20"),
        ("2026-11-01", "2026-11-05", "2026-12-10"),
        ("2026-11-01", "2026-12-10", "2027-01-10"),
        ("2026-11-01", "2026-12-11", "2026-12-10"),
    ],
    ids=["the 10th", "over the new year", "a month from death", "never sooner", "died on the last day", "late already"],
)
def test_when_an_act_is_due(month: str, died_on: str | None, due: str) -> None:
    assert acts.submit_due_on(day(month), day(died_on) if died_on else None) == day(due)


@pytest.mark.law("R42.8")
def test_the_10th_is_in_time_and_the_11th_is_late() -> None:
    assert not acts.is_late(day("2026-12-10"), day("2026-12-10"))
    assert acts.is_late(day("2026-12-10"), day("2026-12-11"))


@pytest.mark.law("R42.9", "R42.11", "RI.7")
def test_the_terms_of_check_correction_and_payment() -> None:
    monday = day("2026-12-07")
    assert acts.check_due_on(monday, Service.ASSISTANT, Edition.OF_2021, CALENDAR) == day("2026-12-17")
    assert acts.check_due_on(monday, Service.ASSISTANT, Edition.OF_2023, CALENDAR) == day("2026-12-14")
    assert acts.check_due_on(monday, Service.INTERPRETER, Edition.BY_DATE, CALENDAR) == day("2026-12-17")
    assert acts.resubmit_due_on(monday, CALENDAR) == day("2026-12-10")
    assert acts.payment_due_on(monday, CALENDAR) == day("2026-12-22")


@pytest.mark.law("R42.9", "R42.10")
def test_who_returns_an_act_says_what_is_wrong() -> None:
    acts.check_note("The hours of 3 November are missing.")
    for note in ("", "  \n"):
        with pytest.raises(RuleViolation, match="what is wrong"):
            acts.check_note(note)
