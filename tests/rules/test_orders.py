"""Placing, answering and stopping an order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.answers import answer_due_on, check_answer_in_time
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import (
    DeclineReason,
    StopReason,
    check_decline,
    check_stop,
    decline_reasons,
    stop_reasons,
)
from portal.rules.orders import NewOrder, check_new_order, check_offer, minutes_a_month
from portal.rules.roles import Role
from portal.rules.service import Service

from .builders import CALENDAR, Entitlement, Offer, day, interpreting, new_order

TODAY = day("2026-11-22")
DEAF = Entitlement(service=Service.INTERPRETER, available=3600)


@pytest.mark.law("R83.1", "R34.1")
@pytest.mark.parametrize(
    ("new", "entitlement", "overlapping"),
    [
        (new_order(), Entitlement(), 0),
        (new_order(), Entitlement(), 240),
        (new_order(minutes_a_day=480, units=4800), Entitlement(), 0),
        (new_order(starts_on=TODAY, ends_on=TODAY, units=240), Entitlement(), 0),
        (new_order(starts_on=day("2026-12-31"), ends_on=day("2026-12-31"), units=240), Entitlement(), 0),
        (new_order(), Entitlement(available=2400), 0),
        (new_order(), Entitlement(starts_on=day("2026-12-01"), ends_on=day("2026-12-10")), 0),
        (interpreting(), DEAF, 0),
        (interpreting(units=3600, starts_on=TODAY, ends_on=TODAY), DEAF, 480),
    ],
    ids=[
        "",
        "8 hours with another",
        "8 hours",
        "from today",
        "the last day",
        "all that is left",
        "all its days",
        "interpreter",
        "all",
    ],
)
def test_may_be_placed(new: NewOrder, entitlement: Entitlement, overlapping: int) -> None:
    check_new_order(new, entitlement, overlapping_minutes_a_day=overlapping, today=TODAY)


@pytest.mark.law("R83.1", "R34.1", "RI.1", "RI.3")
@pytest.mark.parametrize(
    ("new", "entitlement", "overlapping", "message", "point"),
    [
        (new_order(service=Service.SANATORIUM), Entitlement(), 0, "not rendered by the hour", "R42.1"),
        (interpreting(), Entitlement(), 0, "another service", "R83.1"),
        (new_order(), Entitlement(closed_on=TODAY), 0, "is closed", "R83.6"),
        (new_order(ends_on=day("2026-11-30")), Entitlement(), 0, "first day or later", "R83.1"),
        (new_order(starts_on=day("2026-11-21")), Entitlement(), 0, "in the past. Choose 2026-11-22", "R83.1"),
        (new_order(), Entitlement(starts_on=day("2026-12-02")), 0, "from 2026-12-02 to 2026-12-31", "R34.1"),
        (new_order(), Entitlement(ends_on=day("2026-12-09")), 0, "to 2026-12-09", "R34.1"),
        (new_order(minutes_a_day=None), Entitlement(), 0, "how many hours a day", "R34.1"),
        (new_order(minutes_a_day=0, units=0), Entitlement(), 0, "how many hours a day", "R34.1"),
        (new_order(minutes_a_day=481, units=4810), Entitlement(), 0, "at most 480 a day", "R34.1"),
        (new_order(), Entitlement(), 241, "241 are already ordered .* You can order 239 a day", "R34.1"),
        (new_order(units=2399), Entitlement(), 0, "times its days", "RI.8"),
        (new_order(), Entitlement(available=2399), 0, "takes 2400, and you have 2399 left", "RI.1"),
        (interpreting(units=0), DEAF, 0, "at least some time", "R83.1"),
        (interpreting(units=-60), DEAF, 0, "at least some time", "R83.1"),
        (interpreting(units=3601), DEAF, 0, "you have 3600 left", "RI.1"),
    ],
    ids=[
        "a service without hours",
        "a service that the measure does not give",
        "a closed measure",
        "ends before it begins",
        "begins in the past",
        "before the entitlement",
        "after the entitlement",
        "no hours a day",
        "nought hours a day",
        "more than 8 hours a day",
        "more than 8 hours with another order",
        "hours that do not add up",
        "more than is left",
        "no time at all",
        "less than no time",
        "interpreter: more than is left",
    ],
)
def test_refuses(new: NewOrder, entitlement: Entitlement, overlapping: int, message: str, point: str) -> None:
    with pytest.raises(RuleViolation, match=message) as refusal:
        check_new_order(new, entitlement, overlapping_minutes_a_day=overlapping, today=TODAY)
    assert refusal.value.point == point


@pytest.mark.law("RI.1", "RI.3")
@given(
    st.integers(-500, 1000),
    st.integers(0, 600),
    st.integers(-5, 60),
    st.integers(-5, 60),
    st.integers(0, 30_000),
)
def test_whatever_is_taken_is_inside_every_limit(
    a_day: int, overlapping: int, start: int, length: int, left: int
) -> None:
    starts_on = TODAY + timedelta(days=start)
    new = new_order(
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=length),
        minutes_a_day=a_day,
        units=a_day * (length + 1),
    )
    entitlement = Entitlement(available=left)
    try:
        check_new_order(new, entitlement, overlapping_minutes_a_day=overlapping, today=TODAY)
    except RuleViolation:
        return
    assert 0 < new.units <= left
    assert a_day + overlapping <= 480
    assert max(TODAY, entitlement.starts_on) <= new.starts_on <= new.ends_on <= entitlement.ends_on
    assert 0 < minutes_a_month(new) <= new.units


@pytest.mark.law("R83.1", "R42.7")
@pytest.mark.parametrize(
    ("offer", "way", "here"),
    [
        (Offer(), "offline", True),
        (Offer(service=Service.INTERPRETER, online=True), "online", False),
        (Offer(service=Service.INTERPRETER, at_home=False, online=True), "online", True),
    ],
    ids=["at home", "online from elsewhere", "online only"],
)
def test_an_offer_that_fits(offer: Offer, way: str, here: bool) -> None:
    check_offer(offer, way, renders_here=here)


@pytest.mark.law("R83.1", "R83.9", "R42.7")
@pytest.mark.parametrize(
    ("offer", "way", "here", "message"),
    [
        (Offer(withdrawn_on=TODAY), "offline", True, "no longer offers"),
        (Offer(online=True), "online", True, "cannot be rendered in that way"),
        (Offer(), "by post", True, "cannot be rendered in that way"),
        (Offer(service=Service.INTERPRETER), "online", True, "does not render the service in that way"),
        (Offer(service=Service.INTERPRETER, at_home=False, online=True), "offline", True, "does not render"),
        (Offer(), "offline", False, "does not come to where you live"),
    ],
    ids=["withdrawn", "an assistant online", "no such way", "not online", "not at home", "another district"],
)
def test_an_offer_that_does_not_fit(offer: Offer, way: str, here: bool, message: str) -> None:
    with pytest.raises(RuleViolation, match=message):
        check_offer(offer, way, renders_here=here)


@pytest.mark.law("R83.3", "RI.7")
@pytest.mark.parametrize(
    ("placed", "due"),
    [("2026-11-20", "2026-11-27"), ("2026-11-22", "2026-11-27"), ("2026-12-14", "2026-12-22")],
    ids=["Friday", "Sunday", "over the holiday"],
)
def test_the_answer_is_due_in_five_working_days(placed: str, due: str) -> None:
    assert answer_due_on(day(placed), CALENDAR) == day(due)


@pytest.mark.law("R83.4")
def test_the_last_day_is_still_in_time_and_the_next_is_not() -> None:
    check_answer_in_time(day("2026-11-27"), day("2026-11-27"))
    with pytest.raises(RuleViolation, match="due on 2026-11-27, so this order has lapsed") as refusal:
        check_answer_in_time(day("2026-11-27"), day("2026-11-28"))
    assert refusal.value.point == "R83.4"


@pytest.mark.law("R83.7")
def test_reasons_for_stopping_belong_to_one_side() -> None:
    every: set[StopReason] = set()
    for service, counts in ((Service.ASSISTANT, (5, 3)), (Service.WHEELCHAIR, (2, 3))):
        theirs, ours = (set(stop_reasons(role, service)) for role in (Role.RECIPIENT, Role.PROVIDER))
        assert not theirs & ours
        assert (len(theirs), len(ours)) == counts
        every |= theirs | ours
    assert every == set(StopReason)


@pytest.mark.law("R83.3", "R83.9")
def test_reasons_for_declining_are_those_of_the_service() -> None:
    of_hours, of_goods = set(decline_reasons(Service.INTERPRETER)), set(decline_reasons(Service.PROSTHETICS))
    assert of_hours | of_goods == set(DeclineReason)
    assert of_hours & of_goods == {DeclineReason.LEAVING_PORTAL}
    check_decline(Service.PROSTHETICS, DeclineReason.OUT_OF_STOCK)
    with pytest.raises(RuleViolation, match="listed reasons"):
        check_decline(Service.INTERPRETER, DeclineReason.OUT_OF_STOCK)


@pytest.mark.law("R83.7")
@pytest.mark.parametrize(
    ("role", "reason", "holds"),
    [
        (Role.RECIPIENT, StopReason.TIMES_BROKEN, True),
        (Role.PROVIDER, StopReason.SURCHARGE_REFUSED, True),
        (Role.PROVIDER, StopReason.TIMES_BROKEN, False),
        (Role.RECIPIENT, StopReason.SURCHARGE_REFUSED, False),
        (Role.OFFICE, StopReason.FORCE_MAJEURE, False),
    ],
)
def test_who_may_stop_for_what(role: Role, reason: StopReason, holds: bool) -> None:
    if holds:
        check_stop(role, Service.ASSISTANT, reason)
    else:
        with pytest.raises(RuleViolation, match="listed reasons"):
            check_stop(role, Service.ASSISTANT, reason)


@pytest.mark.law("R83.1")
@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({}, 2400),
        ({"ends_on": day("2026-12-30"), "units": 240 * 30}, 7200),
        ({"ends_on": day("2027-01-29"), "units": 240 * 60}, 7200),
        ({"ends_on": day("2026-12-31"), "units": 100}, 97),
    ],
    ids=["shorter than a month", "30 days", "60 days", "rounded up"],
)
def test_what_an_order_takes_of_a_providers_month(changes: dict[str, Any], minutes: int) -> None:
    assert minutes_a_month(replace(new_order(), **changes)) == minutes
