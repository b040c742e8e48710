"""What should be: a small model of people, orders, visits, acts and payments that knows nothing of the portal's ledger.

Only what happened is kept here; every balance follows from it when it is asked for. So the model and the ledger, which
adds up posting by posting, can agree only when both are right. `row()` is what the database must say; money is in tiyn.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from portal.rules.acts import ActStatus
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests.simulator import goods
from tests.simulator.case import Event, Measure, Period, Person, Programme
from tests.simulator.papers import AGREED, STANDING, UNKNOWN, Act

__all__ = ["RUNNING", "Entitlement", "Event", "Measure", "Order", "Period", "Person", "Programme", "Visit"]
RUNNING = frozenset({OrderStatus.PLACED, OrderStatus.ACCEPTED})


@dataclass(eq=False)
class Entitlement:
    """What a measure gives for a year; `returned` and `excess` are the only flows that are not worked out anew."""

    measure: Measure
    period: Period
    starts_on: date
    ends_on: date
    granted: int
    returned: int = 0
    excess: int = 0
    closed_on: date | None = None
    ended_by: Event | None = None
    waits_since: date | None = None
    remind_on: date | None = None
    blocked_on: date | None = None
    orders: list["Order"] = field(default_factory=list)
    id: UUID = UNKNOWN
    office: Any = field(init=False)
    lasts_until: date = field(init=False)

    def __post_init__(self) -> None:
        self.office, self.lasts_until = self.measure.programme.office, self.ends_on

    @property
    def person(self) -> Person:
        """Whose it is."""
        return self.measure.programme.person

    @property
    def service(self) -> Service:
        """Of which service."""
        return self.measure.service

    @property
    def reserved(self) -> int:
        """What its orders keep set aside."""
        return sum(order.reserved for order in self.orders)

    @property
    def used(self) -> int:
        """What its visits took."""
        return sum(order.used for order in self.orders)

    @property
    def available(self) -> int:
        """What is left of all (RI.1)."""
        return self.granted - self.returned - self.reserved - self.used

    @property
    def given(self) -> int:
        """What the programme gives as it stands."""
        return self.granted - self.returned - self.excess

    def take(self, order: "Order") -> None:
        """Something is ordered of it; goods may be handed over for a while after its last day."""
        self.orders.append(order)
        self.lasts_until = max(self.lasts_until, order.ends_on)

    def end_on(self, day: date) -> None:
        """It ends on another day; goods on their way may come while the programme lasts."""
        last = min(self.measure.valid_to, self.measure.programme.sent.valid_to)
        self.ends_on, self.lasts_until = day, max(day, min(self.lasts_until, last))

    def over_on(self, today: date) -> date | None:
        """The day on which it is over by itself by now: its last one, or that of the last goods that came after it."""
        if today <= self.ends_on:
            return None
        if today > self.lasts_until:
            return self.lasts_until
        return None if self.reserved else max([self.ends_on, *(one.ended_on for one in self.orders if one.ended_on)])

    def tiyn(self, *statuses: ActStatus) -> int:
        """The amounts of its acts in some statuses."""
        return sum(act.amount for order in self.orders for act in order.acts if act.status in statuses)

    def more(self, units: int) -> None:
        """The programme gives more."""
        kept = min(units, self.excess)
        back = min(units - kept, self.returned)
        self.excess -= kept
        self.returned -= back
        self.granted += units - kept - back

    def fewer(self, units: int) -> None:
        """The programme gives fewer: what is free goes now, the rest when it is free."""
        now = min(units, self.available)
        self.returned += now
        self.excess += units - now

    def freed(self, units: int) -> None:
        """Units came free of an order: those that were taken away meanwhile go back, all of them when it is over."""
        back = units if self.closed_on is not None else min(units, self.excess)
        self.excess -= min(back, self.excess)
        self.returned += back

    def row(self) -> tuple[Any, ...]:
        units = self.granted, self.available, self.reserved, self.used, self.returned, self.excess
        claims = [claim for order in self.orders for act in order.acts for claim in act.claims if claim.holds]
        claimed, recovered = sum(claim.amount for claim in claims), sum(claim.settled for claim in claims)
        paid = self.tiyn(ActStatus.PAID) - claimed
        reserved = sum(order.tiyn for order in self.orders)
        money = reserved, self.tiyn(ActStatus.ACCEPTED), paid, claimed - recovered, recovered
        return (
            *units,
            *money,
            self.starts_on,
            self.ends_on,
            self.lasts_until,
            self.closed_on,
            self.office.id,
            self.remind_on,
            self.blocked_on,
        )


@dataclass(eq=False)
class Order:
    """An order with its visits and acts."""

    id: UUID
    entitlement: Entitlement
    offer: Any
    starts_on: date
    ends_on: date
    minutes: int
    a_day: int | None
    guaranteed: int
    placed_on: date
    answer_due_on: date
    document_id: UUID
    way: str = "offline"
    status: OrderStatus = OrderStatus.PLACED
    answered_on: date | None = None
    ended_on: date | None = None
    stopped_at: tuple[date, int] | None = None
    reason: str | None = None
    visits: list["Visit"] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    used: int = 0
    lacks: int = 0
    rank: int = 1
    otherwise: list[Any] = field(default_factory=list)
    chain: list["Order"] = field(default_factory=list)
    ended_by: Event | None = None
    placed_by: UUID | None = None
    hand_over_due_on: date | None = None
    sent: tuple[str, date | None] = ("", None)
    office: Any = field(init=False)

    def __post_init__(self) -> None:
        self.office = self.entitlement.office

    @property
    def is_of_goods(self) -> bool:
        """Whether it is for pieces, not for hours."""
        return self.entitlement.service in goods.GOODS

    @property
    def is_handed_over(self) -> bool:
        """Whether it ended because its goods were handed over; they may have come back since."""
        return self.reason == "handed_over"

    @property
    def reserved(self) -> int:
        """What it keeps set aside while it runs; `lacks` are units that were used while it was ended by mistake."""
        return self.minutes - self.used - self.lacks if self.ended_on is None else 0

    @property
    def acted(self) -> int:
        """What the office has accepted, less what is claimed back."""
        return sum(act.minutes - act.claimed for act in self.acts if act.status in AGREED)

    @property
    def tiyn(self) -> int:
        """The money set aside for it: all its units but those in accepted acts, at the rate it was signed for."""
        whole = (self.reserved + self.used - self.acted) * min(self.offer.price, self.guaranteed)
        return whole if self.is_of_goods else whole // 60

    @property
    def last_on(self) -> date:
        """The last day on which it may be served."""
        return min(self.ends_on, self.ended_on or self.ends_on)

    def standing(self, month: date) -> Act | None:
        """The newest act that holds a month."""
        return next((act for act in reversed(self.acts) if act.month == month and act.status in STANDING), None)

    def log(self, visit: "Visit") -> None:
        """A visit is written down; one of an order that is over takes its units from where they went."""
        self.visits.append(visit)
        self.used += visit.minutes
        if self.ended_on is not None and self.entitlement.closed_on is not None:
            self.entitlement.returned -= visit.minutes

    def end(self, status: OrderStatus, on: date, reason: str | None = None) -> None:
        """It is over: what it did not use is free."""
        free = self.reserved
        self.status, self.ended_on, self.reason = status, on, reason
        self.entitlement.freed(free)

    def row(self) -> tuple[Any, ...]:
        units = self.reserved, self.used, self.acted, self.tiyn
        terms = self.ended_on, self.answer_due_on, self.hand_over_due_on, *self.sent
        return self.status.value, *units, *terms, self.office.id, self.placed_by, self.is_handed_over


@dataclass(eq=False)
class Visit:
    """A visit, or a hand-over of goods, which is a moment of nobody's time; its objection is open, or settled in one of
    three ways."""

    id: UUID
    order: Order
    specialist: Any
    day: date
    start: int
    minutes: int
    guaranteed: int
    form_id: UUID
    struck: bool = False
    objection: str | None = None
    act: Act | None = None
    ended_by: Event | None = None
    was_open: bool = False
    came_back: bool = False
    reason: Any = None

    @property
    def is_of_goods(self) -> bool:
        """Whether it is a hand-over; its minutes are pieces then."""
        return self.specialist is None

    @property
    def stage(self) -> str:
        """How far the money for it is."""
        if self.act is None:
            return "not in an act"
        payment = self.act.payment
        is_accepted = payment is not None and self.act.status is ActStatus.ACCEPTED
        return f"{payment.status if is_accepted and payment else self.act.status} {'payment' if is_accepted else 'act'}"

    @property
    def held(self) -> bool:
        """Whether an act that stands holds it."""
        return self.act is not None and self.act.status in STANDING

    @property
    def objected(self) -> bool:
        """Whether an objection is open."""
        return self.objection == "open"

    def overlaps(self, other: "Visit") -> bool:
        """Whether both share a minute of a day."""
        if self.is_of_goods:
            return False
        return self.start < other.start + other.minutes and other.start < self.start + self.minutes

    def strike(self, because_of: Event | None = None) -> None:
        """It counts no more; its units go where the order's rest is."""
        self.struck, self.ended_by, self.was_open = True, because_of, self.objected
        self.order.used -= self.minutes
        if self.objected:
            self.objection = "struck"
        if self.order.ended_on is not None:
            self.order.entitlement.freed(self.minutes)

    def stand_again(self) -> None:
        """It was struck by mistake: its units are used again, an objection to it is open again."""
        self.struck, self.ended_by = False, None
        self.objection = "open" if self.was_open else self.objection
        self.order.used += self.minutes
        self.order.entitlement.returned -= self.minutes

    def row(self) -> tuple[Any, ...]:
        act_id = self.act.id if self.act else None
        return self.struck, self.objected, act_id, self.minutes, self.guaranteed, self.day, self.came_back
