"""The loop: worlds one after another, each with a database of its own, until so many events have happened."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from unittest import mock

from portal import db
from portal.proofs import ONE_MOMENT
from portal.queries import journal_proof, ledger_proof
from tests import apps
from tests.simulator.rows import Wrong
from tests.simulator.steps import Step, every_step
from tests.simulator.world import LAST_DAY, World

PROVE_EVERY = 500
TRIES = 1000
UUID_BYTES = 16


class SimulationFailed(AssertionError):  # noqa: N818 - what happened
    """The seed, the event and the row at which the portal and the model parted."""


@dataclass
class Report:
    """How many events there were, of which kind, how long they took, and how many worlds were lived.

    `done` are the steps of each kind that were not refused as a whole; `told` is what else the steps have counted, and
    `mark` is the same for the same lives: every step with its moment and the newest identifiers.
    """

    events: int = 0
    worlds: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    mark: str = ""

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds if self.seconds else 0.0


def run(
    seed: int,
    events: int,
    new_database: Callable[[], str],
    say: Callable[[Report], object] = id,
    drop: Callable[[str], object] = id,
    edition: str = "2021",
) -> Report:
    """Live `events` events of `seed` by the rules of an edition; raises `SimulationFailed`.

    The same seed always lives the same.
    """
    report, began = Report(), time.monotonic()
    while report.events < events:
        url = new_database()
        database = db.connect(url)
        world_seed = f"{seed}.{report.worlds}"
        report.worlds += 1
        with _by_chance(world_seed), apps.words(edition=edition):
            world = World(world_seed, url, edition)
            _live(world, seed, events, report, lambda: _tell(report, began, say))
        database.dispose()
        drop(url)
    _tell(report, began, say)
    return report


def _live(world: World, seed: int, events: int, report: Report, tell: Callable[[], None]) -> None:
    steps = every_step()
    weights = [one.weight for one in steps]
    name, before = "the beginning", report.events
    try:
        while report.events < events and world.today <= LAST_DAY:
            world.later(40)
            done = world.done
            name = _step(world, steps, weights)
            world.check()
            report.mark = sha256(f"{report.mark} {name} {world.mark}".encode()).hexdigest()[:12]
            report.kinds[name] += 1
            report.done[name] += world.done > done
            proven, report.events = report.events // PROVE_EVERY, before + world.asked
            if report.events // PROVE_EVERY > proven:
                name = "the proof"
                prove(world)
                tell()
        name = "the last proof"
        prove(world)
    except Exception as fault:
        raise SimulationFailed(
            f"seed {seed}, event {before + world.asked} ({name}, {world.now:%Y-%m-%d %H:%M}): {fault}"
        ) from fault
    finally:
        report.told.update(world.told)
        world.close()


def _step(world: World, steps: list[Step], weights: list[int]) -> str:
    """Take one step of those that are possible; says which."""
    for _ in range(TRIES):
        [one] = world.rng.choices(steps, weights)
        if _take(world, one):
            return one.name
    raise Wrong("nothing can happen any more")


def _take(world: World, one: Step) -> bool:
    try:
        return one.take(world)
    except Wrong as wrong:
        raise Wrong(f"{one.name}: {wrong}") from wrong


def prove(world: World) -> None:
    """All rows are as the model has them, the ledger follows from its postings, the journal is whole."""
    world.check_all()
    with db.transaction() as session:
        session.connection(execution_options=ONE_MOMENT)
        if wrong := ledger_proof.prove(session).wrong:
            raise Wrong(f"the ledger is wrong: {wrong}")
        if broken := journal_proof.first_broken(session):
            raise Wrong(f"the journal is broken: {broken}")


def _tell(report: Report, began: float, say: Callable[[Report], object]) -> None:
    report.seconds = time.monotonic() - began
    say(report)


@contextmanager
def _by_chance(seed: str) -> Iterator[None]:
    """Identifiers come from the seed, too: where they decide on an order, the same seed decides the same.

    `uuid4` asks for 16 bytes. Whoever asks for others does so now and then only: SQLAlchemy names a subquery once, when
    it first makes a statement in the process.
    """
    really, ids = os.urandom, random.Random(f"{seed} ids")
    with mock.patch.object(os, "urandom", lambda n: ids.randbytes(n) if n == UUID_BYTES else really(n)):
        yield
