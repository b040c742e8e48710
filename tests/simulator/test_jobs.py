"""Several seeds at once (RI.1): which process lives what, and what all of them report together."""

import pytest

from tests.conftest import DatabaseServer
from tests.simulator import jobs
from tests.simulator.__main__ import main
from tests.simulator.runner import Report, SimulationFailed


@pytest.mark.parametrize(
    ("seed", "events", "number", "expected"),
    [
        (1, 20_000, 1, [(1, 20_000)]),
        (5, 10, 3, [(5, 4), (6, 3), (7, 3)]),
        (1, 2, 4, [(1, 1), (2, 1), (3, 0), (4, 0)]),
    ],
)
def test_the_events_are_divided(seed: int, events: int, number: int, expected: list[tuple[int, int]]) -> None:
    assert jobs.shares(seed, events, number) == expected


def test_all_report_together() -> None:
    one, two = Report(10, 1, mark="a"), Report(5, 2, mark="b")
    one.kinds.update({"acts.sign": 3})
    two.kinds.update({"acts.sign": 1, "days.day": 4})
    whole = jobs.together([one, two])
    assert (whole.events, whole.worlds, whole.mark) == (15, 3, "a b")
    assert whole.kinds == {"acts.sign": 4, "days.day": 4}


@pytest.mark.law("RI.1")
def test_two_seeds_at_once(database_server: DatabaseServer) -> None:
    whole = jobs.live(database_server, 7, 40, 2, "2021")
    assert (whole.worlds, len(whole.mark.split())) == (2, 2)
    assert whole.events >= 40


def test_a_failure_stops_all_and_says_which_seed(database_server: DatabaseServer) -> None:
    nowhere = DatabaseServer(database_server.url, "no_such_template")
    with pytest.raises(SimulationFailed, match="--seed 7 --events 20"):
        jobs.live(nowhere, 7, 20, 1, "2021")


@pytest.mark.parametrize("asked", [("--events", "-5"), ("--events", "0"), ("--events", "1e6"), ("--jobs", "0")])
def test_nothing_is_proven_by_no_event(
    asked: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["script/simulate", *asked])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, "is not a number from 1" in capsys.readouterr().err) == (2, True)
