"""What the law allows, said a second time and in other words: whether a step is taken or refused, and what is given."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import uuid5

from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests.simulator import choosing, goods
from tests.simulator.goods import DATA, GOODS
from tests.simulator.model import RUNNING, Entitlement, Measure, Order, Period, Person, Visit
from tests.simulator.papers import Act

A_DAY, A_YEAR, A_STAY = 480, 3600, 14
SHARES = {Service.ASSISTANT: 1364, Service.INTERPRETER: 21000}
"""Of the monthly index, in hundredths of a per cent, from August 2023 on."""


@cache
def guaranteed(service: Service, year: int) -> int:
    """The guaranteed amount of an hour in a year after 2023, in tiyn (RG.1)."""
    with (DATA / "indexes.csv").open(encoding="utf-8") as rows:
        indexes = {int(row["valid_from"][:4]): int(row["mci_tenge"]) for row in csv.DictReader(rows)}
    return indexes[min(year, max(indexes))] * SHARES[service] // 100


@cache
def _calendar() -> dict[date, bool]:
    with (DATA / "calendar.csv").open(encoding="utf-8") as rows:
        return {date.fromisoformat(row["date"]): row["kind"] == "worked_weekend" for row in csv.DictReader(rows)}


def working_days_after(day: date, n: int) -> date:
    """The n-th working day after a day (RI.7)."""
    while n:
        day += timedelta(days=1)
        n -= _calendar().get(day, day.weekday() < 5)
    return day


def days_of(measure: Measure, period: Period, since: date) -> tuple[date, date] | None:
    """The days of a measure in a period from a day on (R34.1)."""
    first, last = max(measure.valid_from, since), measure.valid_to
    if measure.is_once:
        first = max(first, goods.due_on(measure.programme.person, measure.code, measure))
    else:
        first, last = max(first, period.first), min(last, period.last)
    return (first, last) if first <= last else None


def grant(measure: Measure, period: Period, since: date) -> tuple[date, date, int] | None:
    """The days and units that a measure gives in a period from a day on (R34.1)."""
    days_there = days_of(measure, period, since)
    if days_there is None:
        return None
    first, last = days_there
    whole = _whole(measure, days_there)
    taken = sum(_taken(one, first, last) for one in _others(measure, period.year))
    if taken and measure.service is Service.SANATORIUM:
        return None
    units = min(whole - taken, own(measure, period, days_there))
    return (first, last, units) if units > 0 else None


def _whole(measure: Measure, days: tuple[date, date]) -> int:
    """What the law gives for these days."""
    if measure.service in GOODS:
        return measure.norm.pieces if measure.norm else measure.in_all or 1
    yearly = {Service.INTERPRETER: A_YEAR, Service.SANATORIUM: A_STAY}
    return yearly.get(measure.service, ((days[1] - days[0]).days + 1) * A_DAY)


def own(measure: Measure, period: Period, days: tuple[date, date]) -> int:
    """What a measure by its own volume gives for these days, whatever others give."""
    most = _whole(measure, days)
    if measure.service is Service.ASSISTANT and measure.a_day:
        most = most // A_DAY * min(A_DAY, measure.a_day)
    return most if measure.in_all is None else min(most, _share(measure, measure.in_all, period))


def _share(measure: Measure, in_all: int, period: Period) -> int:
    """What of a year's volume has fallen due by the end of a quarter, less what had before it; a year has it all."""
    if not period.quarter:
        return in_all
    first = max(measure.valid_from, measure.programme.received_on, date(period.year, 1, 1))
    days = (min(measure.valid_to, date(period.year, 12, 31)) - first).days + 1
    passed = [min(max((day - first).days, 0), days) for day in (period.first, period.last + timedelta(days=1))]
    before, after = (in_all * some // days for some in passed)
    return after - before


def _others(measure: Measure, year: int) -> Iterator[Entitlement]:
    """What counts against a measure: of the same year, under a norm of the same norm; of an item that is given once,
    what another programme still gives."""
    for one in measure.programme.person.entitlements:
        if one.service is not measure.service or one.measure is measure:
            continue
        if measure.is_once:
            other = one.measure.programme is not measure.programme
            if other and one.measure.code == measure.code and one.closed_on is None:
                yield one
        elif one.period.year == year and one.measure.norm == measure.norm:
            yield one


def _taken(other: Entitlement, first: date, last: date) -> int:
    """What another measure takes of the same days (assistant), or of the year (all others)."""
    if other.service is not Service.ASSISTANT:
        return other.given
    days = (other.ends_on - other.starts_on).days + 1
    until = min(other.ends_on, other.closed_on or other.ends_on, last)
    shared = max((until - max(other.starts_on, first)).days + 1, 0)
    return min(other.given, shared * min(A_DAY, (other.granted + days - 1) // days))


def renew(measure: Measure, today: date) -> bool:
    """The entitlement of the period of today, or of the measure's first day, that has none yet."""
    period = measure.period(max(today, measure.valid_from))
    given = grant(measure, period, today)
    held = bool(measure.entitlements) if measure.is_once else period in measure.entitlements
    if held or measure.programme.is_closed or not measure.programme.person.is_here or not given:
        return False
    if measure.is_once:
        period = Period(given[0].year)
    measure.entitlements[period] = Entitlement(measure, period, *given)
    choosing.wait(measure.entitlements[period], today)
    return True


def last_of_order(one: Entitlement, signed_on: date) -> date:
    """The last day that an order may have; ordered goods have 30 days, and 15 more for their delivery (R83.8)."""
    if one.service not in GOODS:
        return one.ends_on
    last = min(one.measure.valid_to, one.measure.programme.sent.valid_to)
    return min(last, max(one.ends_on, signed_on + timedelta(days=30 + 15)))


def may_order(
    one: Entitlement,
    first: date,
    last: date,
    minutes: int,
    a_day: int | None,
    today: date,
    signed_on: date | None = None,
) -> bool:
    """Whether an order may be placed; of a further provider, perhaps signed on a day before (R83.1)."""
    signed_on = signed_on or today
    if (
        one.closed_on is not None
        or one.blocked_on is not None
        or signed_on > one.ends_on
        or not max(today, one.starts_on) <= first <= last <= last_of_order(one, signed_on)
    ):
        return False
    if one.service is Service.ASSISTANT:
        running = [o for o in one.person.orders(one.service) if o.status in RUNNING]
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        busy = max(sum(o.a_day or 0 for o in running if o.starts_on <= day <= o.ends_on) for day in days)
        if not a_day or busy + a_day > A_DAY or minutes != a_day * ((last - first).days + 1):
            return False
    least = one.measure.norm.least if one.measure.norm else 1
    return 0 < minutes <= one.available and minutes >= min(least, one.available)


def comes_to(offer: Any, person: Person, way: str) -> bool:
    """Whether a provider may be asked to serve somebody: where they live, or from afar; goods in that way."""
    return way == "online" or (person.place in offer.places and (offer.code is None or way in offer.ways))


def reimbursed_most(offer: Any, day: date) -> int | None:
    """The guaranteed amount of what is offered, if there is one on a day."""
    return goods.guaranteed(offer.code, day) if offer.code else guaranteed(offer.service, day.year)


def may_be_asked(offer: Any, ended: Order, today: date) -> bool:
    """Whether a next choice can be asked: it comes there, and she pays no more of its price than she signed for."""
    most, signed = (reimbursed_most(offer, day) for day in (today, ended.chain[0].placed_on))
    if most is None or signed is None or max(offer.price - most, 0) > max(offer.price - signed, 0):
        return False
    return comes_to(offer, ended.entitlement.person, ended.way)


def ask_next(ended: Order, today: date) -> Order | None:
    """The first of her other choices that can be asked today, for the days that are left, is asked (R83.4)."""
    first, one = max(ended.starts_on, today), ended.entitlement
    days = (ended.ends_on - first).days + 1
    minutes = ended.a_day * days if ended.a_day and first > ended.starts_on else ended.minutes
    if not may_order(one, first, ended.ends_on, minutes, ended.a_day, today, ended.chain[0].placed_on):
        return None
    coming = [n for n, offer in enumerate(ended.otherwise) if may_be_asked(offer, ended, today)]
    if not coming:
        return None
    passed_over = coming[0]
    rank = ended.rank + 1 + passed_over
    asked = Order(
        uuid5(ended.chain[0].id, f"choice:{rank}"),
        one,
        ended.otherwise[passed_over],
        first,
        ended.ends_on,
        minutes,
        ended.a_day,
        reimbursed_most(ended.otherwise[passed_over], today) or 0,
        today,
        working_days_after(today, 5),
        ended.document_id,
        ended.way,
        otherwise=ended.otherwise[passed_over + 1 :],
        chain=ended.chain,
        rank=rank,
        placed_by=ended.placed_by,
    )
    ended.chain.append(asked)
    one.take(asked)
    return asked


def may_log(order: Order, new: Visit, now: tuple[date, int], at_that_time: Iterable[Visit]) -> bool:
    """Whether a visit may be written down (R42.1); `at_that_time` are the specialist's visits of its day."""
    one, person = order.entitlement, order.entitlement.person
    if order.status not in {OrderStatus.ACCEPTED, OrderStatus.STOPPED, OrderStatus.CLOSED} or not order.answered_on:
        return False
    ends = min(person.died_on or date.max, person.departed_on or date.max, order.last_on, one.ends_on)
    if not max(order.starts_on, order.answered_on, one.starts_on) <= new.day <= ends:
        return False
    end = (new.day, new.start + new.minutes)
    is_acted = any(act.covers_its_month for act in order.acts if act.month == new.day.replace(day=1))
    if end > now or (order.stopped_at and end > order.stopped_at) or is_acted:
        return False
    same_day = [v for o in person.orders(one.service) for v in o.visits if v.day == new.day and not v.struck]
    busy = [*same_day, *(v for v in at_that_time if not v.struck)]
    if any(visit.overlaps(new) for visit in busy):
        return False
    if one.service is Service.ASSISTANT and sum(v.minutes for v in same_day) + new.minutes > A_DAY:
        return False
    return new.minutes <= left(order)


def left(order: Order) -> int:
    """What a visit may still take: of the order, or of where its rest went."""
    if order.ended_on is None:
        return order.reserved
    one = order.entitlement
    return min(order.minutes - order.used, one.available if one.closed_on is None else one.returned)


def may_hand_over(order: Order, day: date, today: date) -> bool:
    """Whether goods may be said to have been handed over on a day: all at once, before whatever ended (R83.5, RI.4).

    After an order is over that counts too, unless nobody had accepted it; and again after it was struck.
    """
    one = order.entitlement
    if order.used or order.status not in {OrderStatus.ACCEPTED, OrderStatus.STOPPED, OrderStatus.CLOSED}:
        return False
    ends = [today, one.person.died_on, one.person.departed_on, order.ends_on, one.lasts_until, one.closed_on]
    ends += [] if order.is_handed_over else [order.ended_on]
    last = min(end for end in ends if end is not None)
    return (
        order.answered_on is not None
        and order.minutes <= left(order)
        and (max(order.answered_on, order.starts_on) <= day <= last)
    )


def hand_over_due_on(order: Order, accepted_on: date) -> date:
    """Goods are picked up within 14 days of the acceptance, or delivered within 30 days of the order (R83.5, R83.8)."""
    if order.way == "pick_up":
        return accepted_on + timedelta(days=14)
    return order.placed_on + timedelta(days=30)


def paid_between(act: Act, accepted_on: date) -> tuple[date | None, date]:
    """Between which days an accepted act is paid: goods from the 14th to the 30th, services in 10 working days."""
    if act.order.is_of_goods:
        return accepted_on + timedelta(days=14), accepted_on + timedelta(days=30)
    return None, working_days_after(accepted_on, 10)


def is_blocked(act: Act) -> bool:
    """Whether news keep an act from being sent, accepted or paid: a visit after it, one objected to, or a signature
    that was not needed from somebody who had died by mistake."""
    person = act.order.entitlement.person
    if not act.signed and person.died_on is None:
        return True
    ended_on = act.order.last_on if act.order.ended_by else act.order.ends_on
    last = min(person.died_on or date.max, person.departed_on or date.max, ended_on)
    return any(visit.day > last or visit.objected or visit.struck for visit in act.visits)


def can_be_acted(order: Order, month: date) -> list[Visit]:
    """The visits that an act of the month would hold."""
    return [v for v in order.visits if v.day.replace(day=1) == month and not (v.struck or v.held or v.objected)]


def amount(visits: Iterable[Visit]) -> int:
    """What an act is worth: its minutes at each rate an hour, rounded down once a rate, or its pieces (RG.2, RI.8)."""
    visits = list(visits)
    handed = [visit for visit in visits if visit.is_of_goods]
    pieces = sum(visit.minutes * min(visit.order.offer.price, visit.guaranteed) for visit in handed)
    rates: dict[int, int] = {}
    for visit in (visit for visit in visits if not visit.is_of_goods):
        rate = min(visit.order.offer.price, visit.guaranteed)
        rates[rate] = rates.get(rate, 0) + visit.minutes
    return pieces + sum(minutes * rate // 60 for rate, minutes in rates.items())
