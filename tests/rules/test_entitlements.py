"""What a measure gives for a year, and when to remind."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.entitlements import Grant, grant, reminder_due_on, usable_minutes
from portal.rules.law import RuleViolation
from portal.rules.service import HOURLY, Service

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
        "year": 2026,
        "quantity_minutes": None,
        "already_granted_minutes": 0,
        **changes,
    }
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
        ({"already_granted_minutes": 1200}, 2400),
        ({"quantity_minutes": 1800}, 1800),
        ({"quantity_minutes": 9000}, 3600),
        ({"quantity_minutes": 1800, "already_granted_minutes": 3000}, 600),
    ],
    ids=["60 hours", "60 hours of two months too", "less what was given", "lowered", "never raised", "the lower"],
)
def test_an_interpreter_sixty_hours_a_calendar_year(changes: dict[str, Any], minutes: int) -> None:
    found = granted(Service.INTERPRETER, **changes)
    assert found is not None
    assert found.minutes == minutes


@pytest.mark.law("R34.1", "R42.2")
@pytest.mark.parametrize(
    ("service", "changes"),
    [
        (Service.ASSISTANT, {"year": 2025}),
        (Service.ASSISTANT, {"year": 2029}),
        (Service.ASSISTANT, {"measure_to": "2026-03-04"}),
        (Service.ASSISTANT, {"quantity_minutes": 0}),
        (Service.INTERPRETER, {"already_granted_minutes": 3600}),
        (Service.INTERPRETER, {"already_granted_minutes": 4000}),
    ],
    ids=["before", "after", "over before it came", "none", "all given already", "more given already"],
)
def test_what_gives_nothing(service: Service, changes: dict[str, Any]) -> None:
    assert granted(service, **changes) is None


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({"minutes_a_day": 240}, 240 * 302),
        ({"minutes_a_day": 600}, 480 * 302),
        ({"quantity_minutes": 6000}, 6000),
        ({"already_granted_minutes": 480 * 300}, 480 * 2),
    ],
    ids=["half days", "never more than 8 hours", "a volume in all", "less what other measures gave for the same days"],
)
def test_the_programme_lowers_an_assistants_volume(changes: dict[str, Any], minutes: int) -> None:
    found = granted(**changes)
    assert found is not None
    assert found.minutes == minutes


@pytest.mark.law("R34.1")
@pytest.mark.parametrize("service", sorted(set(Service) - HOURLY))
def test_other_services_are_not_granted_by_the_hour(service: Service) -> None:
    with pytest.raises(RuleViolation, match="not rendered by the hour"):
        granted(service)


@pytest.mark.law("R34.1", "RI.2")
@given(
    st.sampled_from(sorted(HOURLY)),
    st.tuples(DAYS, DAYS, DAYS, DAYS, DAYS),
    st.integers(2024, 2028),
    st.none() | st.integers(1, 200_000),
    st.integers(0, 200_000),
)
def test_nothing_is_granted_outside_or_above(
    service: Service, days: tuple[date, ...], year: int, quantity: int | None, already: int
) -> None:
    programme_from, programme_to, measure_from, measure_to, arrived_on = days
    found = grant(
        service,
        programme_from=programme_from,
        programme_to=programme_to,
        measure_from=measure_from,
        measure_to=measure_to,
        arrived_on=arrived_on,
        year=year,
        quantity_minutes=quantity,
        already_granted_minutes=already,
    )
    if found is None:
        return
    assert max(programme_from, measure_from, arrived_on) <= found.starts_on <= found.ends_on
    assert found.ends_on <= min(programme_to, measure_to)
    assert found.starts_on.year == found.ends_on.year == year
    most = 3600 if service is Service.INTERPRETER else 480 * ((found.ends_on - found.starts_on).days + 1)
    assert 0 < found.minutes <= most - already
    assert quantity is None or found.minutes <= quantity


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
    assert usable_minutes(service, left, today, date(2026, 12, 31), busy_minutes_a_day=busy) == usable
