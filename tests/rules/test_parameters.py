"""Figures of the law, each from its day."""

from datetime import date

import pytest

from portal.rules import parameters
from portal.rules.law import RuleViolation
from portal.rules.parameters import Dated, Edition, act_check_working_days
from portal.rules.service import Service

from .builders import day

TODAY = day("2026-11-22")


@pytest.mark.law("R34.1", "R34.3", "R83.3", "R42.8", "R42.9", "R42.11")
@pytest.mark.parametrize(
    ("figure", "value"),
    [
        (parameters.ASSISTANT_MINUTES_A_DAY, 8 * 60),
        (parameters.INTERPRETER_MINUTES_A_YEAR, 60 * 60),
        (parameters.CHOICE_REMINDER_MONTHS, 1),
        (parameters.ANSWER_WORKING_DAYS, 5),
        (parameters.ACT_SUBMIT_DAY_OF_MONTH, 10),
        (parameters.ACT_AFTER_DEATH_MONTHS, 1),
        (parameters.ACT_CHECK_WORKING_DAYS, 7),
        (parameters.ACT_RESUBMIT_WORKING_DAYS, 3),
        (parameters.PAYMENT_WORKING_DAYS, 10),
    ],
    ids=["8 hours a day", "60 hours a year", "a month", "answer", "10th", "death", "check", "again", "payment"],
)
def test_what_the_law_says(figure: Dated[int], value: int) -> None:
    assert figure.on(TODAY) == value


@pytest.mark.law("RG.1")
@pytest.mark.parametrize(
    ("on", "share"),
    [("2021-01-01", 1200), ("2022-01-20", 1200), ("2023-08-09", 1200), ("2023-08-10", 1364), ("2026-11-22", 1364)],
)
def test_the_share_of_the_monthly_index_for_an_assistant(on: str, share: int) -> None:
    assert parameters.ASSISTANT_MCI_BASIS_POINTS.on(day(on)) == share


@pytest.mark.law("R34.1")
def test_before_the_first_day_there_is_no_figure() -> None:
    with pytest.raises(RuleViolation, match="No figure is known for 2020-12-31") as refusal:
        parameters.ASSISTANT_MINUTES_A_DAY.on(date(2020, 12, 31))
    assert refusal.value.point == "R34.1"
    assert refusal.value.figures["first_on"] == parameters.FIRST_DAY


@pytest.mark.parametrize("rows", [(), ((TODAY, 1, "R34.1"), (TODAY, 2, "R34.1"))], ids=["none", "twice a day"])
def test_a_figure_is_written_down_in_the_order_of_its_days(rows: tuple[tuple[date, int, str], ...]) -> None:
    with pytest.raises(ValueError, match="go up by their days"):
        Dated(*rows)


@pytest.mark.law("R42.9")
@pytest.mark.parametrize(
    ("service", "on", "edition", "days"),
    [
        (Service.ASSISTANT, "2026-11-22", Edition.OF_2021, 7),
        (Service.ASSISTANT, "2026-04-01", Edition.OF_2023, 7),
        (Service.ASSISTANT, "2026-04-02", Edition.OF_2023, 5),
        (Service.INTERPRETER, "2026-11-22", Edition.OF_2023, 7),
        (Service.ASSISTANT, "2023-06-30", Edition.BY_DATE, 7),
        (Service.ASSISTANT, "2026-11-22", Edition.BY_DATE, 5),
        (Service.INTERPRETER, "2026-11-22", Edition.BY_DATE, 7),
    ],
)
def test_how_long_the_office_checks(service: Service, on: str, edition: Edition, days: int) -> None:
    assert act_check_working_days(service, day(on), edition) == days
