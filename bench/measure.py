"""Measuring a piece of work: rounds of the portal and of raw psycopg in turn, on databases that began alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Generic, TypeVar

import psycopg
from sqlalchemy import Engine

from bench.recorder import Recorder, Statement, replay
from portal.db import OPTIONS

T = TypeVar("T")
MOST_TIMES_RAW = 3.0
LEAST_OF_RAW_RATE = 0.4


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """Something the portal does, for each case once. Pages read in AUTOCOMMIT; what writes has its transaction."""

    name: str
    cases: Sequence[T]
    do: Callable[[T], None]
    writes: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of one case, the medians of all rounds; `times` is the median of the rounds' own ratios."""

    name: str
    writes: bool
    statements: float
    portal_ms: float
    raw_ms: float
    times: float

    @property
    def is_met(self) -> bool:
        """Whether the work is as fast as it should be."""
        return 1 / self.times >= LEAST_OF_RAW_RATE if self.writes else self.times <= MOST_TIMES_RAW

    @property
    def said(self) -> str:
        """One line of the report."""
        ratio = f"{1 / self.times:6.2f} of the raw rate" if self.writes else f"{self.times:6.2f} times the raw time"
        aim = f"at least {LEAST_OF_RAW_RATE}" if self.writes else f"at most {MOST_TIMES_RAW:.0f}"
        return (
            f"{self.name:<24}{self.statements:>11.0f}{self.portal_ms:>9.2f} ms{self.raw_ms:>9.2f} ms"
            f"{ratio:>28}   {aim} {'' if self.is_met else ' MISSED'}".rstrip()
        )


HEAD = f"{'':<24}{'statements':>11}{'portal':>12}{'raw':>12}{'ratio':>28}   aim"


def measure(work: Work[T], engines: Sequence[Engine], raw_url: str, rounds: int) -> Measured:
    """Do all cases in rounds, the portal first because its statements are what raw psycopg repeats.

    The first round warms up: statements are prepared, templates and queries compiled.
    """
    size = len(work.cases) // (rounds + 1)
    recorder = Recorder(*engines)
    figures: list[tuple[float, float]] = []
    statements: list[list[Statement]] = []
    with _raw(raw_url, work) as raw, recorder.recording():
        for begin in range(0, size * (rounds + 1), size):
            portal_ms, statements = _by_portal(work, work.cases[begin : begin + size], recorder)
            figures.append((portal_ms, _by_raw(raw, statements)))
    warm = figures[1:]
    return Measured(
        name=work.name,
        writes=work.writes,
        statements=median(len([one for one in of_case if one.sql is not None]) for of_case in statements),
        portal_ms=median(portal for portal, _ in warm),
        raw_ms=median(raw for _, raw in warm),
        times=median(portal / raw for portal, raw in warm),
    )


def _raw(url: str, work: Work[Any]) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=not work.writes, options=OPTIONS)


def _by_portal(work: Work[T], cases: Sequence[T], recorder: Recorder) -> tuple[float, list[list[Statement]]]:
    noted = []
    begun = time.perf_counter()
    for case in cases:
        work.do(case)
        noted.append(recorder.notes())
    return _ms(begun, len(cases)), noted


def _by_raw(connection: psycopg.Connection[Any], statements: Sequence[Sequence[Statement]]) -> float:
    begun = time.perf_counter()
    for of_case in statements:
        replay(connection, of_case)
    return _ms(begun, len(statements))


def _ms(begun: float, count: int) -> float:
    return (time.perf_counter() - begun) * 1000 / count
