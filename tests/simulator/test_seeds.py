"""Lives by chance (RI.1–RI.6): what the portal does is what the model says, and every balance can be proven."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import DatabaseServer
from tests.simulator.runner import run

EVERY_TIME = [(1, "2021", 5000), (2, "2021", 5000), (3, "2021", 5000), (4, "2023", 5000)]
"""Seeds, the edition by which they live (rulebook 12), and how many events."""
FAILED: list[tuple[int, str, int]] = [(41, "2021", 500)]
"""Seeds that once failed, with the event at which they did: kept for ever."""


@pytest.mark.law("RI.1", "RI.2", "RI.3", "RI.4", "RI.5", "RI.6", "R34.1", "R34.3")
@pytest.mark.parametrize(("seed", "edition", "events"), [*EVERY_TIME, *FAILED])
def test_the_portal_does_what_the_model_says(
    database_server: DatabaseServer, seed: int, edition: str, events: int
) -> None:
    report = run(seed, events, database_server.create, drop=database_server.drop, edition=edition)
    assert report.events >= events


ALONE = """
import logging, sys
from tests import factories
from tests.conftest import DatabaseServer
from tests.simulator.runner import run
server = DatabaseServer(*sys.argv[1:3])
logging.disable(logging.WARNING)
for _ in range(int(sys.argv[3])):
    factories.new_iin()
for seed, events in ((8, int(sys.argv[3])), (7, 150)):
    mark = run(seed, events, server.create, drop=server.drop).mark
print(mark)
"""
"""A process that lives seed 7, perhaps after it has done other things."""


@pytest.mark.law("RI.6")
def test_the_same_seed_lives_the_same(database_server: DatabaseServer) -> None:
    """Whatever the hashes of words are in a process, and whatever it has done before."""
    processes = []
    for hashes, before in (("1", "0"), ("2", "40")):
        command = [sys.executable, "-c", ALONE, database_server.url, database_server.template, before]
        where = {**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        processes.append(subprocess.Popen(command, env=where, stdout=subprocess.PIPE, text=True))
    marks = [process.communicate(timeout=120)[0] for process in processes]
    assert marks[0] == marks[1] != ""
