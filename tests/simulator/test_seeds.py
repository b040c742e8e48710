"""Lives by chance (RI.1–RI.6): what the portal does is what the model says, and every balance can be proven."""

import pytest

from tests.conftest import DatabaseServer
from tests.simulator.runner import run

EVERY_TIME = [(1, 5000), (2, 5000), (3, 5000), (4, 5000)]
OF_2023 = [(1, 1500)]
FAILED: list[tuple[int, int]] = []
"""Seeds that once failed, with the event at which they did: kept for ever."""


@pytest.mark.law("RI.1", "RI.2", "RI.3", "RI.4", "RI.5", "RI.6")
@pytest.mark.parametrize(("seed", "events"), [*EVERY_TIME, *FAILED])
def test_the_portal_does_what_the_model_says(database_server: DatabaseServer, seed: int, events: int) -> None:
    report = run(seed, events, database_server.create, drop=database_server.drop)
    assert report.events >= events


@pytest.mark.law("R34.1", "R34.3", "RI.1", "RI.2")
@pytest.mark.parametrize(("seed", "events"), OF_2023)
def test_it_does_so_by_the_edition_of_2023(database_server: DatabaseServer, seed: int, events: int) -> None:
    report = run(seed, events, database_server.create, drop=database_server.drop, edition="2023")
    assert report.events >= events


@pytest.mark.law("RI.6")
def test_the_same_seed_lives_the_same(database_server: DatabaseServer) -> None:
    kinds = [run(7, 150, database_server.create, drop=database_server.drop).kinds for _ in range(2)]
    assert kinds[0] == kinds[1]
