"""What always holds (rulebook 11), through a year of orders, visits and ends that come as they like."""

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.acts import draw_up
from portal.rules.law import RuleViolation
from portal.rules.orders import CloseReason, OrderStatus, check_new_order
from portal.rules.quantities import month_of
from portal.rules.returns import Event, close_on, to_be_struck
from portal.rules.service import Service
from portal.rules.service_log import check_new_entry

from .builders import Entitlement, Order, Visit, day, entry, new_order, visit

FIRST, LAST = day("2026-11-01"), day("2026-12-31")
DAYS = st.integers(0, 60)
STEPS = st.one_of(
    st.tuples(st.just("order"), DAYS, st.integers(0, 20), st.integers(30, 500)),
    st.tuples(st.just("visit"), DAYS, st.integers(0, 22), st.integers(1, 600)),
    st.tuples(st.just("end"), DAYS, st.integers(0, 5), st.just(0)),
)


@dataclass
class Running:
    """An accepted order with its visits."""

    order: Order
    minutes: int
    minutes_a_day: int
    visits: list[Visit] = field(default_factory=list)

    @property
    def used(self) -> int:
        return sum(one.minutes for one in self.visits)


@dataclass
class Life:
    """An entitlement of 6000 minutes and everything that happens to it."""

    available: int = 6000
    returned: int = 0
    orders: list[Running] = field(default_factory=list)

    @property
    def open(self) -> list[Running]:
        return [one for one in self.orders if one.order.ended_on is None]

    @property
    def reserved(self) -> int:
        return sum(one.minutes - one.used for one in self.open)

    @property
    def used(self) -> int:
        return sum(one.used for one in self.orders)

    def place(self, on: date, days: int, a_day: int) -> None:
        new = new_order(
            starts_on=on, ends_on=on + timedelta(days=days), minutes_a_day=a_day, minutes=a_day * (days + 1)
        )
        busy = sum(
            one.minutes_a_day
            for one in self.open
            if one.order.starts_on <= new.ends_on and one.order.ends_on >= new.starts_on
        )
        entitlement = Entitlement(starts_on=FIRST, ends_on=LAST, available=self.available)
        check_new_order(new, entitlement, overlapping_minutes_a_day=busy, today=FIRST)
        self.available -= new.minutes
        self.orders.append(Running(Order(starts_on=new.starts_on, ends_on=new.ends_on), new.minutes, a_day))

    def record(self, on: date, hour: int, minutes: int) -> None:
        """Try to write one visit down with each order in turn; the first one that may have it gets it."""
        end = min(hour * 60 + minutes, 24 * 60 - 1)
        hours = f"{hour:02d}:00-{end // 60:02d}:{end % 60:02d}"
        for running in self.orders:
            try:
                self.check(running, hours, on)
            except RuleViolation:
                continue
            running.visits.append(visit(hours, on))
            return

    def check(self, running: Running, hours: str, on: date) -> None:
        """Ask whether the order may have this visit; a closed order has nothing left."""
        check_new_entry(
            entry(hours, on),
            service=Service.ASSISTANT,
            order=running.order,
            logged_that_day_all_providers=[one for order in self.orders for one in order.visits],
            specialist_that_day=[],
            left_minutes=running.minutes - running.used if running.order.ended_on is None else 0,
            acted_months=set(),
            died_on=None,
            departed_on=None,
            today=day("2027-01-01"),
            now_time=time(12),
            not_before=FIRST,
        )

    def end(self, on: date, which: int) -> None:
        running = self.open[which % len(self.open)]
        closing = close_on(Event(CloseReason.DEATH, on), running.order.ends_on, running.minutes, running.visits)
        struck = to_be_struck(running.visits, closing.last_day_on)
        running.visits = [one for one in running.visits if one not in struck]
        running.order = replace(running.order, status=OrderStatus.CLOSED, ended_on=closing.last_day_on)
        self.returned += closing.returned_minutes
        assert running.used == closing.kept_minutes


def take(life: Life, step: tuple[str, int, int, int]) -> None:
    """One thing that somebody tries; a refusal changes nothing."""
    kind, at, second, third = step
    on = FIRST + timedelta(days=at)
    try:
        if kind == "order":
            life.place(on, second, third)
        elif kind == "visit":
            life.record(on, second, third)
        elif life.open:
            life.end(on, second)
    except RuleViolation:
        return


@pytest.mark.law("RI.1", "RI.2", "RI.3", "RI.4", "RI.8")
@given(st.lists(STEPS, max_size=60))
def test_at_every_moment_the_minutes_add_up(steps: list[tuple[str, int, int, int]]) -> None:
    life = Life()
    for step in steps:
        take(life, step)
        assert life.available + life.reserved + life.used + life.returned == 6000
        assert min(life.available, life.reserved, life.used, life.returned) >= 0
    visits = [visit for one in life.orders for visit in one.visits]
    for running in life.orders:
        last = running.order.ended_on or running.order.ends_on
        assert all(running.order.starts_on <= one.day <= last for one in running.visits)
    for on in {one.day for one in visits}:
        assert sum(one.minutes for one in visits if one.day == on) <= 480
    for month in {month_of(one.day) for one in visits}:
        act = draw_up([one for one in visits if month_of(one.day) == month])
        assert act.minutes == sum(one.minutes for one in visits if month_of(one.day) == month)
        assert act.amount_tiyn * 60 <= act.minutes * 58_993
