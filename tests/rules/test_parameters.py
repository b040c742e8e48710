"""Figures of the law, each from its day."""

from datetime import date

import pytest

from portal.rules import parameters
from portal.rules.law import RuleViolation
from portal.rules.parameters import Dated

from .builders import day

TODAY = day("2026-11-22")


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("figure", "value"),
    [
        (parameters.ASSISTANT_MINUTES_A_DAY, 8 * 60),
        (parameters.INTERPRETER_MINUTES_A_YEAR, 60 * 60),
    ],
    ids=["8 hours a day", "60 hours a year"],
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
