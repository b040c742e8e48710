"""What always holds (rulebook 11), each invariant by its number, through lives that come as they like.

RI.6 is kept by the database (tests/operations/test_ledger.py, test_proofs.py); here is its part in the rules.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules import acts, orders, payments
from portal.rules.act_lines import draw_up, line
from portal.rules.acts import ActAction, ActStatus
from portal.rules.law import RuleViolation
from portal.rules.moves import Machine, next_status
from portal.rules.orders import OrderStatus, check_new_order
from portal.rules.payments import PaymentAction, PaymentStatus
from portal.rules.quantities import cost_tiyn, month_of, overlap
from portal.rules.returns import last_day_of_service
from portal.rules.roles import Role
from portal.rules.service import Service
from portal.rules.service_log import NewEntry, check_new_entry

from .builders import CALENDAR, Entitlement, Order, Visit, day, entry, new_order, visit

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)
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
        new = new_order(starts_on=on, ends_on=on + timedelta(days=days), minutes_a_day=a_day, units=a_day * (days + 1))
        busy = sum(
            one.minutes_a_day
            for one in self.open
            if one.order.starts_on <= new.ends_on and one.order.ends_on >= new.starts_on
        )
        entitlement = Entitlement(starts_on=FIRST, ends_on=LAST, available=self.available)
        check_new_order(new, entitlement, overlapping_minutes_a_day=busy, today=FIRST)
        self.available -= new.units
        self.orders.append(Running(Order(starts_on=new.starts_on, ends_on=new.ends_on), new.units, a_day))

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
        allow(
            entry(hours, on),
            order=running.order,
            logged_that_day_all_providers=[one for order in self.orders for one in order.visits],
            left_minutes=running.minutes - running.used if running.order.ended_on is None else 0,
        )

    def end(self, on: date, which: int) -> None:
        running = self.open[which % len(self.open)]
        last = last_day_of_service(running.order.ends_on, on)
        running.visits = [one for one in running.visits if one.day <= last]
        running.order = replace(running.order, status=OrderStatus.CLOSED, ended_on=last)
        self.returned += running.minutes - running.used


def allow(new: NewEntry, **given: Any) -> None:
    """Ask the rules whether a visit of an assistant may be written down; `given` is what matters."""
    known: dict[str, Any] = {
        "order": Order(ends_on=LAST),
        "logged_that_day_all_providers": [],
        "specialist_that_day": [],
        "left_minutes": 10_000,
        "acted_months": set(),
        "died_on": None,
        "departed_on": None,
    }
    known |= given
    today, now_time = day("2027-01-01"), time(12)
    check_new_entry(
        new, service=Service.ASSISTANT, today=today, now_time=now_time, not_before=FIRST, not_after=LAST, **known
    )


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


def lived(steps: list[tuple[str, int, int, int]]) -> Life:
    """A life after everything that was tried."""
    life = Life()
    for step in steps:
        take(life, step)
    return life


LIVES = st.lists(STEPS, max_size=60).map(lived)


@pytest.mark.law("RI.1")
@given(st.lists(STEPS, max_size=60))
def test_ri_1_at_every_moment_the_minutes_add_up(steps: list[tuple[str, int, int, int]]) -> None:
    life = Life()
    for step in steps:
        take(life, step)
        assert life.available + life.reserved + life.used + life.returned == 6000
        assert min(life.available, life.reserved, life.used, life.returned) >= 0
        assert all(one.used <= one.minutes for one in life.orders)


@pytest.mark.law("RI.2")
@given(LIVES)
def test_ri_2_every_minute_is_in_one_act_and_none_is_paid_above_the_guaranteed_amount(life: Life) -> None:
    for running in life.orders:
        months = {month_of(one.day) for one in running.visits}
        acts = [
            draw_up([one for one in running.visits if month_of(one.day) == month], Service.ASSISTANT)
            for month in months
        ]
        paid = [one for act in acts for sheet in act.sheets for one in sheet.visits]
        assert sorted(paid, key=by_start) == sorted(running.visits, key=by_start)
        assert sum(act.units for act in acts) == running.used
        assert sum(act.amount_tiyn for act in acts) * 60 <= running.used * 58_993
        last = running.order.ended_on or running.order.ends_on
        assert all(running.order.starts_on <= one.day <= last for one in running.visits)


@pytest.mark.law("RI.2")
@given(st.lists(st.sampled_from(PaymentAction), max_size=40))
def test_ri_2_no_way_leads_a_payment_to_be_made_twice(actions: list[PaymentAction]) -> None:
    """Whatever is tried in whatever order: after the money has arrived nothing is asked for any more."""
    walk = walked(payments.MOVES, PaymentStatus.AWAITING, actions)
    assert walk.count(PaymentStatus.PAID) <= 1
    assert PaymentStatus.PAID not in walk[:-1]
    for before, after in pairwise(walk):
        # From a failure by looking again, which asks for nothing.
        assert after is not PaymentStatus.ASKED or before in {PaymentStatus.APPROVED, PaymentStatus.FAILED}


@pytest.mark.law("RI.3")
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 2), st.integers(0, 22 * 60)), max_size=40)
)
def test_ri_3_nobody_is_in_two_places_and_nobody_has_more_than_eight_hours(tried: list[tuple[int, ...]]) -> None:
    """Two assistants, two recipients, three days: what is written down never overlaps for either."""
    stand: list[tuple[int, int, Visit]] = []
    for who, whom, on, start in tried:
        new = entry(f"{hours(start)}-{hours(start + 100)}", FIRST + timedelta(days=on))
        that_day = [one for one in stand if one[2].day == new.day]
        try:
            allow(
                new,
                logged_that_day_all_providers=[one for _who, served, one in that_day if served == whom],
                specialist_that_day=[one for served_by, _whom, one in that_day if served_by == who],
            )
        except RuleViolation:
            continue
        stand.append((who, whom, visit(f"{hours(start)}-{hours(start + 100)}", new.day)))
    for place in (0, 1):
        for one, two in combinations(stand, 2):
            same = one[place] == two[place]
            assert not same or not overlap((one[2].started_at, one[2].ended_at), (two[2].started_at, two[2].ended_at))
    for whom, that in {(one[1], one[2].day) for one in stand}:
        assert sum(one[2].minutes for one in stand if (one[1], one[2].day) == (whom, that)) <= 480


@pytest.mark.law("RI.4")
@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from(["died_on", "departed_on", "ended_on"]))
def test_ri_4_no_visit_after_the_last_day_and_none_lost_before_it(day_of_visit: int, last_day: int, what: str) -> None:
    on, last = FIRST + timedelta(days=day_of_visit), FIRST + timedelta(days=last_day)
    order = Order(ends_on=LAST, ended_on=last if what == "ended_on" else None)
    given_days = {} if what == "ended_on" else {what: last}
    try:
        allow(entry("09:00-10:00", on), order=order, **given_days)
    except RuleViolation:
        assert on > last
    else:
        assert on <= last


@pytest.mark.law("RI.5")
@given(st.lists(st.sampled_from(ActAction), max_size=40))
def test_ri_5_what_was_signed_never_stands_unsigned_again(actions: list[ActAction]) -> None:
    """No way leads back: an act is signed, sent and decided once; what is wrong in it needs a new act."""
    walk = walked(acts.MOVES, ActStatus.DRAWN_UP, actions)
    assert len(set(walk)) == len(walk)
    sent = next((at for at, status in enumerate(walk) if status is ActStatus.SUBMITTED), len(walk))
    assert not {ActStatus.DRAWN_UP, ActStatus.SIGNED} & set(walk[sent:])
    assert all(status not in acts.FINAL for status in walk[:-1])


@pytest.mark.law("RI.6")
@pytest.mark.parametrize("machine", [orders.MOVES, acts.MOVES, payments.MOVES], ids=["order", "act", "payment"])
@given(data=st.data())
def test_ri_6_every_step_is_somebodys(machine: Machine[Any, Any], data: st.DataObject) -> None:
    """Nobody takes the step of another: who did it can only be who may."""
    (status, action), move = data.draw(st.sampled_from(list(machine.items())))
    role = data.draw(st.sampled_from(Role))
    try:
        assert next_status(machine, status, action, role, "RI.6") is move.status
    except RuleViolation:
        assert role not in move.roles
    else:
        assert role in move.roles


@pytest.mark.law("RI.7")
@given(st.dates(day("2026-01-01"), day("2026-10-31")), st.integers(0, 30))
def test_ri_7_a_term_counts_every_working_day_after_the_day_of_the_event(event: date, term: int) -> None:
    due = CALENDAR.add_working_days(event, term)
    between = [event + timedelta(days=n) for n in range(1, (due - event).days + 1)]
    assert sum(map(CALENDAR.is_working_day, between)) == term == CALENDAR.working_days_left(event, due)
    assert term == 0 or CALENDAR.is_working_day(due)
    assert CALENDAR.add_working_days(event + timedelta(days=1), term) >= due


@pytest.mark.law("RI.8")
@given(st.lists(st.integers(1, 480), min_size=1, max_size=31), st.integers(1, 10**7), st.integers(1, 10**7))
def test_ri_8_money_is_whole_and_rounded_down_once(minutes: list[int], price: int, guaranteed: int) -> None:
    row = line(sum(minutes), price, guaranteed, Service.ASSISTANT)
    exact = Fraction(sum(minutes) * min(price, guaranteed), 60)
    assert all(type(value) is int for value in (row.units, row.amount_tiyn, row.surcharge_tiyn))
    assert exact - 1 < row.amount_tiyn <= exact
    assert row.amount_tiyn + row.surcharge_tiyn == cost_tiyn(sum(minutes), price)
    assert sum(cost_tiyn(part, row.rate_tiyn) for part in minutes) <= row.amount_tiyn


def walked(machine: Machine[S, A], status: S, actions: list[A]) -> list[S]:
    """The statuses that a thing goes through when all this is tried by whoever may."""
    walk = [status]
    for action in actions:
        if (move := machine.get((walk[-1], action))) is not None:
            walk.append(next_status(machine, walk[-1], action, min(move.roles), "RI.5"))
    return walk


def hours(minute: int) -> str:
    """A time of day from its minute."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def by_start(one: Visit) -> datetime:
    """Visits in their order."""
    return one.started_at
