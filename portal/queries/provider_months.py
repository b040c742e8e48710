"""A provider's month (R42.1, R42.8): for each order what was rendered, what is objected to, what an act lacks."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.models.act import Act
from portal.models.order import Order
from portal.models.person import Person
from portal.models.service_log import LogEntry
from portal.queries import acts
from portal.queries.acts import Lacking
from portal.queries.service_log import in_month
from portal.rules.act_lines import ActValue, draw_up
from portal.rules.acts import LIVE, ActStatus, check_month_is_over
from portal.rules.law import RuleViolation
from portal.rules.quantities import month_of
from portal.rules.service import Service, Unit, unit_of
from portal.rules.terms import add_months


@dataclass(frozen=True, slots=True)
class OrderMonth:
    """One order in a month, its visits, or the hand-over of its goods, with their units.

    `drawable` is the act that could be drawn up now; `why_not` says why there is none.
    """

    order: Order
    visits: int
    units: int
    objected: int
    act: Act | None
    lacking: Lacking | None
    drawable: ActValue[Any] | None  # of LogEntry; as a type argument mypy would not see that a row is Priced
    why_not: RuleViolation | None

    @property
    def is_standing(self) -> bool:
        """True when an act holds this month."""
        return self.act is not None and self.act.status in LIVE


@dataclass(frozen=True, slots=True)
class Sum:
    """What the acts that can be drawn up come to; `volumes` are units with a service that is counted in them."""

    acts: int
    volumes: Sequence[tuple[int, Service]]
    amount_tiyn: int


def of_provider(session: Session, provider_id: UUID, month: date, today: date) -> list[OrderMonth]:
    """Every order with visits in the month, by the recipient's name."""
    entries = _entries(session, provider_id, month)
    last_acts = _last_acts(session, provider_id, month)
    unsent = [act for act in last_acts.values() if act.status in acts.UNSENT]
    lacking = acts.lacking(session, unsent) if unsent else {}
    return [
        _order_month(of_order, last_acts.get(of_order[0].order_id), lacking, month, today)
        for of_order in entries.values()
    ]


def drawable(rows: Sequence[OrderMonth]) -> Sum:
    """The sum of what could be drawn up now."""
    values = [(row.drawable, row.order.service) for row in rows if row.drawable is not None]
    units: Counter[Unit] = Counter()
    counted: dict[Unit, Service] = {}
    for value, service in values:
        units[unit_of(service)] += value.units
        counted.setdefault(unit_of(service), service)
    volumes = [(units[unit], counted[unit]) for unit in Unit if unit in counted]
    return Sum(len(values), volumes, sum(value.amount_tiyn for value, _service in values))


def months(session: Session, provider_id: UUID, today: date, count: int = 12) -> list[date]:
    """The months that a provider may want to look at: this one and those before it, as far as it has orders."""
    first = session.scalars(
        select(Order.starts_on).where(Order.provider_id == provider_id).order_by(Order.starts_on).limit(1)
    ).first()
    found = [add_months(month_of(today), -back) for back in range(count)]
    return [month for month in found if first is not None and month >= month_of(first)] or [month_of(today)]


def _entries(session: Session, provider_id: UUID, month: date) -> dict[UUID, list[LogEntry]]:
    found: defaultdict[UUID, list[LogEntry]] = defaultdict(list)
    rows = session.scalars(
        select(LogEntry)
        .join(LogEntry.order)
        .join(Person, Person.id == Order.recipient_id)
        .where(Order.provider_id == provider_id, in_month(month), LogEntry.struck_at.is_(None))
        .options(contains_eager(LogEntry.order).joinedload(Order.recipient))
        .order_by(Person.last_name, Person.first_name, Order.number, LogEntry.started_at, LogEntry.id)
    )
    for entry in rows:
        found[entry.order_id].append(entry)
    return found


def _last_acts(session: Session, provider_id: UUID, month: date) -> dict[UUID, Act]:
    """The act of each order that counts: the standing one, else the last that was returned or taken back."""
    rows = session.scalars(
        select(Act)
        .where(Act.provider_id == provider_id, Act.month == month_of(month), Act.status.in_({*LIVE, *acts.CORRECTABLE}))
        .options(joinedload(Act.recipient))
        .order_by(Act.status.in_(LIVE), Act.number)
    )
    return {act.order_id: act for act in rows}


def _order_month(
    entries: list[LogEntry], act: Act | None, lacking: dict[UUID, Lacking], month: date, today: date
) -> OrderMonth:
    order = entries[0].order
    value = why_not = None
    if act is None or act.status not in LIVE or (act.status in acts.CONCLUDED and _gets_a_further_act(entries)):
        try:
            check_month_is_over(month_of(month), today, order.ended_on)
            value = draw_up([entry for entry in entries if entry.act_id is None], order.service)
        except RuleViolation as violation:
            why_not = violation
    return OrderMonth(
        order=order,
        visits=len(entries),
        units=sum(entry.units for entry in entries),
        objected=sum(entry.is_objected for entry in entries),
        act=act,
        lacking=lacking.get(act.id) if act is not None and act.status is not ActStatus.RETURNED else None,
        drawable=value,
        why_not=why_not,
    )


def _gets_a_further_act(entries: list[LogEntry]) -> bool:
    """Whether visits of a month that the office has accepted stand in no act: settled since, or undone and free."""
    return any(entry.act_id is None and not entry.is_objected for entry in entries)
