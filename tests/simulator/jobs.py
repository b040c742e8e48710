"""Several seeds at once, each in a process of its own: one report of all, and the first failure stops them."""

import logging
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from queue import Empty
from typing import Any

from tests.conftest import DatabaseServer
from tests.simulator.runner import Report, SimulationFailed, run


def shares(seed: int, events: int, jobs: int) -> list[tuple[int, int]]:
    """The seed of each process and how many events it lives: as equal as can be, `events` in all."""
    return [(seed + place, events // jobs + (place < events % jobs)) for place in range(jobs)]


def again(seed: int, events: int, edition: str) -> str:
    """How to live the same once more."""
    return f"Again: script/simulate --seed {seed} --events {events} --edition {edition}"


def live(
    server: DatabaseServer, seed: int, events: int, jobs: int, edition: str, say: Callable[[Report], object] = id
) -> Report:
    """All of them to the end, while `say` is told how far they are together; raises `SimulationFailed`."""
    began, context = time.monotonic(), get_context("spawn")
    news: Any = context.Queue()
    mine = [share for share in shares(seed, events, jobs) if share[1]]
    workers = [
        context.Process(target=_work, args=(server.url, server.template, *share, edition, news), daemon=True)
        for share in mine
    ]
    reports: dict[int, Report] = {}
    ended: set[int] = set()
    try:
        for worker in workers:
            worker.start()
        while len(ended) < len(workers):
            try:
                of, report, is_over = news.get(timeout=1)
            except Empty:
                dead = [share for share, one in zip(mine, workers, strict=True) if one.exitcode]
                if dead:
                    raise SimulationFailed(f"seed {dead[0][0]}: its process died\n{again(*dead[0], edition)}") from None
                continue
            if isinstance(report, str):
                raise SimulationFailed(report)
            reports[of] = report
            ended |= {of} if is_over else set()
            joint = together([reports[one] for one in sorted(reports)])
            joint.seconds = time.monotonic() - began
            say(joint)
    finally:
        for worker in workers:
            worker.kill()
    return joint


def together(reports: list[Report]) -> Report:
    """What all of them have lived."""
    whole = Report()
    for one in reports:
        whole.events += one.events
        whole.worlds += one.worlds
        for mine, theirs in ((whole.kinds, one.kinds), (whole.done, one.done), (whole.told, one.told)):
            mine.update(theirs)
    whole.mark = " ".join(one.mark for one in reports)
    return whole


def _work(url: str, template: str, seed: int, events: int, edition: str, news: Any) -> None:
    """One process: it tells how far it is, and whether it came to the end or how it failed. Ctrl-C is for the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.WARNING)
    server = DatabaseServer(url, template)
    try:
        told = run(
            seed, events, server.create, lambda report: news.put((seed, report, False)), server.drop, edition=edition
        )
        news.put((seed, told, True))
    except SimulationFailed as failed:
        news.put((seed, f"{failed}\n{again(seed, events, edition)}", True))
