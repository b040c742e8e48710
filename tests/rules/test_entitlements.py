"""What a measure gives for a year, and when to remind."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.entitlements import (
    Grant,
    Period,
    Volume,
    busiest_day_minutes,
    grant,
    is_to_be_blocked,
    once,
    period_on,
    reminder_due_on,
    usable_units,
)
from portal.rules.parameters import Edition
from portal.rules.service import GOODS, Service

from .builders import day

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def granted(service: Service = Service.ASSISTANT, **changes: Any) -> Grant | None:
    """What a programme of two years gives in 2026; days may be given as text."""
    facts: dict[str, Any] = {
        "programme_from": "2026-03-01",
        "programme_to": "2028-02-29",
        "measure_from": "2026-03-01",
        "measure_to": "2028-02-29",
        "arrived_on": "2026-03-05",
        "already_granted": 0,
        **changes,
    }
    facts["period"] = Period(facts.pop("year", 2026), facts.pop("quarter", 0))
    facts["volume"] = Volume(
        **{name: facts.pop(name) for name in ("quantity", "a_day", "yearly_norm") if name in facts}
    )
    for name, value in facts.items():
        facts[name] = day(value) if isinstance(value, str) else value
    return grant(service, **facts)


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("changes", "starts", "ends", "days"),
    [
        ({}, "2026-03-05", "2026-12-31", 302),
        ({"year": 2027}, "2027-01-01", "2027-12-31", 365),
        ({"year": 2028}, "2028-01-01", "2028-02-29", 60),
        ({"programme_to": "2026-06-30"}, "2026-03-05", "2026-06-30", 118),
        ({"measure_to": "2026-06-30"}, "2026-03-05", "2026-06-30", 118),
        ({"measure_from": "2026-12-31"}, "2026-12-31", "2026-12-31", 1),
        ({"programme_from": "2026-04-01", "measure_from": "2026-04-01"}, "2026-04-01", "2026-12-31", 275),
    ],
    ids=[
        "to the end of the year",
        "the next year",
        "to the end of the programme",
        "programme ends sooner",
        "measure ends sooner",
        "one day",
        "data came early",
    ],
)
def test_an_assistant_eight_hours_for_every_day(changes: dict[str, Any], starts: str, ends: str, days: int) -> None:
    assert granted(**changes) == Grant(day(starts), day(ends), 480 * days)


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({}, 3600),
        ({"year": 2028}, 3600),
        ({"already_granted": 1200}, 2400),
        ({"quantity": 1800}, 1800),
        ({"quantity": 9000}, 3600),
        ({"quantity": 1800, "already_granted": 3000}, 600),
    ],
    ids=["60 hours", "60 hours of two months too", "less what was given", "lowered", "never raised", "the lower"],
)
def test_an_interpreter_sixty_hours_a_calendar_year(changes: dict[str, Any], minutes: int) -> None:
    found = granted(Service.INTERPRETER, **changes)
    assert found is not None
    assert found.units == minutes


@pytest.mark.law("R34.1", "R42.2")
@pytest.mark.parametrize(
    ("service", "changes"),
    [
        (Service.ASSISTANT, {"year": 2025}),
        (Service.ASSISTANT, {"year": 2029}),
        (Service.ASSISTANT, {"measure_to": "2026-03-04"}),
        (Service.ASSISTANT, {"quantity": 0}),
        (Service.INTERPRETER, {"already_granted": 3600}),
        (Service.INTERPRETER, {"already_granted": 4000}),
    ],
    ids=["before", "after", "over before it came", "none", "all given already", "more given already"],
)
def test_what_gives_nothing(service: Service, changes: dict[str, Any]) -> None:
    assert granted(service, **changes) is None


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({"a_day": 240}, 240 * 302),
        ({"a_day": 600}, 480 * 302),
        ({"quantity": 6000}, 6000),
        ({"already_granted": 480 * 300}, 480 * 2),
        ({"a_day": 240, "already_granted": 240 * 302}, 240 * 302),
        ({"a_day": 240, "already_granted": 360 * 302}, 120 * 302),
    ],
    ids=[
        "half days",
        "never more than 8 hours",
        "a volume in all",
        "less what other measures gave for the same days",
        "half days beside half days",
        "half days beside six hours",
    ],
)
def test_the_programme_lowers_an_assistants_volume(changes: dict[str, Any], minutes: int) -> None:
    found = granted(**changes)
    assert found is not None
    assert found.units == minutes


@pytest.mark.law("R26.1")
@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 14),
        ({"year": 2027}, 14),
        ({"quantity": 10}, 10),
        ({"quantity": 21}, 14),
        ({"already_granted": 7}, None),
    ],
    ids=["14 days", "each year", "fewer", "never more", "one stay a year, however short"],
)
def test_one_stay_of_fourteen_days_a_year(changes: dict[str, Any], days: int | None) -> None:
    found = granted(Service.SANATORIUM, **changes)
    assert (found.units if found else None) == days


@pytest.mark.law("RM.2")
@pytest.mark.parametrize("service", sorted(GOODS))
@pytest.mark.parametrize(
    ("changes", "pieces"),
    [({}, 1), ({"quantity": 2}, 2), ({"quantity": 2, "already_granted": 1}, 1), ({"already_granted": 1}, None)],
    ids=["one", "as many as the programme says", "less what another gives", "all given already"],
)
def test_goods_once_for_all_days_of_the_measure(service: Service, changes: dict[str, Any], pieces: int | None) -> None:
    found = granted(service, **changes)
    assert found == (Grant(day("2026-03-05"), day("2028-02-29"), pieces) if pieces else None)


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("changes", "pieces"),
    [
        ({}, 1460),
        ({"year": 2027}, 1460),
        ({"quantity": 400}, 400),
        ({"quantity": 2000}, 1460),
        ({"already_granted": 1000}, 460),
    ],
    ids=["the norm", "each year", "fewer", "never above the norm", "less what shares the norm"],
)
def test_hygiene_goods_up_to_the_norm_of_a_year(changes: dict[str, Any], pieces: int) -> None:
    found = granted(Service.TECHNICAL_AID, yearly_norm=1460, **changes)
    assert found is not None
    assert (found.units, found.ends_on.month, found.ends_on.day) == (pieces, 12, 31)


@pytest.mark.law("RM.2")
@pytest.mark.parametrize("service", sorted(Service))
def test_what_is_given_once(service: Service) -> None:
    assert once(service, Volume()) == (service in GOODS)
    assert not once(service, Volume(yearly_norm=365))


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("edition", "service", "on", "period"),
    [
        (Edition.OF_2021, Service.ASSISTANT, "2026-05-01", Period(2026)),
        (Edition.OF_2023, Service.ASSISTANT, "2026-05-01", Period(2026, 2)),
        (Edition.OF_2023, Service.ASSISTANT, "2026-12-31", Period(2026, 4)),
        (Edition.OF_2023, Service.INTERPRETER, "2026-05-01", Period(2026)),
        (Edition.BY_DATE, Service.ASSISTANT, "2023-06-30", Period(2023)),
        (Edition.BY_DATE, Service.ASSISTANT, "2023-07-01", Period(2023, 3)),
    ],
)
def test_for_which_period_a_measure_gives(edition: Edition, service: Service, on: str, period: Period) -> None:
    assert period_on(service, day(on), edition) == period


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("period", "first", "last", "following"),
    [
        (Period(2026), "2026-01-01", "2026-12-31", "2027-01-01"),
        (Period(2026, 1), "2026-01-01", "2026-03-31", "2026-04-01"),
        (Period(2026, 4), "2026-10-01", "2026-12-31", "2027-01-01"),
    ],
)
def test_the_days_of_a_period(period: Period, first: str, last: str, following: str) -> None:
    assert (period.first, period.last, period.next_first) == (day(first), day(last), day(following))


@pytest.mark.law("R34.1", "RI.2")
@given(DAYS, st.integers(2024, 2028), st.none() | st.integers(1, 200_000))
def test_four_quarters_give_what_the_year_gives(received: date, year: int, quantity: int | None) -> None:
    """By days and by a volume in all: nothing is lost between quarters and nothing is given twice."""
    facts: dict[str, Any] = {"programme_from": received, "measure_from": received, "planned_from": received}
    facts |= {"arrived_on": received, "programme_to": date(2029, 1, 1), "measure_to": date(2029, 1, 1)}
    facts |= {"year": year, "quantity": quantity}
    whole = granted(**facts)
    parts = [granted(**facts, quarter=quarter) for quarter in (1, 2, 3, 4)]
    assert sum(one.units for one in parts if one) == (whole.units if whole else 0)


@pytest.mark.law("R34.3")
@pytest.mark.parametrize(
    ("edition", "today", "blocked"),
    [
        (Edition.OF_2021, "2027-01-01", False),
        (Edition.OF_2023, "2026-05-01", False),
        (Edition.OF_2023, "2026-05-02", True),
        (Edition.BY_DATE, "2026-05-02", True),
    ],
)
def test_two_months_without_a_choice(edition: Edition, today: str, blocked: bool) -> None:
    assert is_to_be_blocked(date(2026, 3, 2), day(today), edition) is blocked


@pytest.mark.law("R34.1", "RI.1", "RI.2")
@given(
    st.sampled_from(sorted(Service)),
    st.tuples(DAYS, DAYS, DAYS, DAYS, DAYS),
    st.tuples(st.integers(2024, 2028), st.integers(0, 4)),
    st.none() | st.integers(1, 200_000),
    st.none() | st.integers(1, 2190),
    st.integers(0, 200_000),
)
def test_nothing_is_granted_outside_or_above(
    service: Service,
    days: tuple[date, ...],
    when: tuple[int, int],
    quantity: int | None,
    norm: int | None,
    already: int,
) -> None:
    year, quarter = when
    programme_from, programme_to, measure_from, measure_to, arrived_on = days
    found = grant(
        service,
        programme_from=programme_from,
        programme_to=programme_to,
        measure_from=measure_from,
        measure_to=measure_to,
        arrived_on=arrived_on,
        period=Period(year, quarter),
        volume=Volume(quantity=quantity, yearly_norm=norm),
        already_granted=already,
    )
    if found is None:
        return
    assert max(programme_from, measure_from, arrived_on) <= found.starts_on <= found.ends_on
    assert found.ends_on <= min(programme_to, measure_to)
    if norm is not None or service not in GOODS:
        assert found.starts_on.year == found.ends_on.year == year
    most = {
        Service.ASSISTANT: 480 * ((found.ends_on - found.starts_on).days + 1),
        Service.INTERPRETER: 3600,
        Service.SANATORIUM: 14,
    }.get(service, norm or quantity or 1)
    assert 0 < found.units <= most - already
    assert quantity is None or found.units <= quantity


@pytest.mark.law("R34.3")
@pytest.mark.parametrize(
    ("arrived", "sent", "due"),
    [
        ("2026-10-22", 0, "2026-11-22"),
        ("2026-10-22", 1, "2026-12-22"),
        ("2026-01-31", 0, "2026-02-28"),
        ("2026-01-31", 1, "2026-03-31"),
        ("2026-12-15", 0, "2027-01-15"),
    ],
    ids=["one month after", "then monthly", "a short month", "and not slid", "over the new year"],
)
def test_when_to_remind_of_the_choice(arrived: str, sent: int, due: str) -> None:
    assert reminder_due_on(day(arrived), sent) == day(due)


@pytest.mark.law("R34.3")
@given(DAYS, st.integers(0, 24))
def test_reminders_are_about_a_month_apart(arrived: date, sent: int) -> None:
    apart = reminder_due_on(arrived, sent + 1) - reminder_due_on(arrived, sent)
    assert timedelta(days=28) <= apart <= timedelta(days=31)


@pytest.mark.law("R34.1", "RI.3")
@pytest.mark.parametrize(
    ("service", "left", "today", "busy", "usable"),
    [
        (Service.ASSISTANT, 60_000, date(2026, 12, 22), 0, 10 * 480),
        (Service.ASSISTANT, 600, date(2026, 12, 22), 0, 600),
        (Service.ASSISTANT, 60_000, date(2026, 12, 22), 240, 10 * 240),
        (Service.ASSISTANT, 60_000, date(2026, 12, 22), 480, 0),
        (Service.ASSISTANT, 60_000, date(2027, 1, 1), 0, 0),
        (Service.INTERPRETER, 3_600, date(2026, 12, 31), 0, 3_600),
    ],
    ids=["ten days of eight hours", "less is left", "beside an order", "every day is taken", "it is over", "no day"],
)
def test_what_can_still_be_served(service: Service, left: int, today: date, busy: int, usable: int) -> None:
    assert usable_units(service, left, today, date(2026, 12, 31), busy_minutes_a_day=busy) == usable


@pytest.mark.law("R34.1", "RI.3")
@given(st.lists(st.tuples(st.integers(-9, 20), st.integers(0, 20), st.integers(1, 480)), max_size=5))
def test_the_busiest_day_is_that_of_a_count_day_by_day(ordered: list[tuple[int, int, int]]) -> None:
    first = date(2026, 3, 1)
    orders = [
        (first + timedelta(days=begins), first + timedelta(days=begins + length), minutes)
        for begins, length, minutes in ordered
        if begins + length >= 0
    ]
    every_day = [first + timedelta(days=n) for n in range(41)]
    counted = [sum(minutes for begin, end, minutes in orders if begin <= one <= end) for one in every_day]
    assert busiest_day_minutes(orders, first) == max(counted)
