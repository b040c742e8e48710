"""A day's work (rulebook 5–7): lapses, ended orders, expiries, renewals, reminders.

Safe to run twice. Things are done in sets, a transaction for each `BATCH` of them; what is not plain, and each thing
of a set in which there is a fault, is done in a transaction of its own. So a fault in one thing does not keep the
others: it is logged and counted, and what was not done is found again the next day.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal import clock
from portal.clock import ALMATY
from portal.config import Config, ConfigError
from portal.db import reading, transaction
from portal.jobs import journal
from portal.models.clockwork import SweptDay
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.programme import Measure
from portal.operations import answers, choice, endings, entitlements, locks, mass_endings, mass_reminders
from portal.operations.mass_endings import Done
from portal.rules.acts import submit_due_on
from portal.rules.orders import OrderStatus
from portal.rules.parameters import FIRST_DAY
from portal.rules.quantities import month_of
from portal.rules.terms import add_months

log = logging.getLogger(__name__)

FIRST = add_months(FIRST_DAY, 1)
"""Before it there was no month whose acts could be due."""
BATCH = 500
"""How many things are done in one transaction: few commits, and nobody waits long for what it holds."""

Many = Callable[[Session, Sequence[UUID], datetime], Done]
One = Callable[[Session, UUID, datetime], object]


@dataclass
class Swept:
    """What a day's work did, and how much of it could not be done."""

    lapsed: int = 0
    closed: int = 0
    expired: int = 0
    renewed: int = 0
    reminded: int = 0
    faults: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))


def whole_day(on: date, config: Config) -> Swept:
    """The work of a day, then the root of its journal (RI.6); only after both has it been done.

    A day to come is refused: it would end what still lasts, and its root would leave none for the days before it.
    """
    if not FIRST <= on <= clock.today():
        raise ConfigError(f"The work of a day is done on that day or later: name one from {FIRST} to {clock.today()}.")
    swept = sweep(on)
    journal.close_day(on, config)
    with transaction() as session:
        row = insert(SweptDay).values(day=on, swept_at=clock.now())
        session.execute(row.on_conflict_do_update(index_elements=[SweptDay.day], set_={"swept_at": clock.now()}))
    return swept


def sweep(on: date) -> Swept:
    """Do the work of the day `on`, as it stands at its beginning; days before it need not have been swept."""
    day = _Day(datetime.combine(on, time(0, 5), ALMATY))
    swept = Swept(
        lapsed=day.each(_unanswered(on), mass_endings.lapse, answers.lapse),
        closed=day.each(_over(on), mass_endings.close_orders, _close_order),
        expired=day.each(_ended(on), mass_endings.expire, _expire),
        renewed=day.each(_to_renew(on), _in_turn(_renew, locks.people_of_measures), _renew),
        reminded=day.each(_to_remind(on), mass_reminders.remind, choice.remind),
    )
    swept.faults = day.faults
    return swept


def days_to_sweep(today: date) -> list[date]:
    """The days that were missed, oldest first, and today; at the very first start only today.

    A day to come that was swept by a clock that was moved does not count.
    """
    newest = select(SweptDay.day).where(SweptDay.day <= today).order_by(SweptDay.day.desc()).limit(1)
    with reading() as session:
        last = session.scalars(newest).first()
    if last is None:
        return [today]
    return [last + timedelta(days=n) for n in range(1, (today - last).days + 1)]


class _Day:
    """The work of one day, set by set."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.faults = 0

    def each(self, due: Select[UUID], many: Many, one: One) -> int:
        """Do something for each key that is due, `many` at once where that can be; says how often it had an effect."""
        with reading() as session:
            keys = session.scalars(due).all()
        return sum(self._batch(keys[begin : begin + BATCH], many, one) for begin in range(0, len(keys), BATCH))

    def _batch(self, keys: Sequence[UUID], many: Many, one: One) -> int:
        try:
            with transaction() as session:
                done = many(session, keys, self._now)
        except Exception:
            log.exception("A set of %s things could not be done at once: they are done one by one.", len(keys))
            done = Done(0, keys)
        return done.count + sum(self._one(key, one) for key in done.left)

    def _one(self, key: UUID, do: One) -> bool:
        try:
            with transaction() as session:
                return bool(do(session, key, self._now))
        except Exception:  # one thing's fault must not hold back the others
            log.exception("The day's work on %s could not be done.", key)
            self.faults += 1
            return False


def _in_turn(do: One, lock: Callable[[Session, Sequence[UUID]], None]) -> Many:
    """One after another in the transaction of a set, once everybody concerned is locked in the one order."""

    def many(session: Session, keys: Sequence[UUID], now: datetime) -> Done:
        lock(session, keys)
        return Done(sum(bool(do(session, key, now)) for key in keys))

    return many


def _close_order(session: Session, order_id: UUID, now: datetime) -> bool:
    return endings.close_order(session, order_id, now.date(), now)


def _expire(session: Session, entitlement_id: UUID, now: datetime) -> bool:
    return endings.expire(session, entitlement_id, now.date(), now)


def _unanswered(on: date) -> Select[UUID]:
    return (
        select(Order.id)
        .where(Order.status == OrderStatus.PLACED, Order.answer_due_on < on)
        .order_by(Order.answer_due_on, Order.id)
    )


def _over(on: date) -> Select[UUID]:
    """Orders whose days have passed, once the acts of their last month are due: until then visits are written down."""
    this, before = month_of(on), add_months(month_of(on), -1)
    return (
        select(Order.id)
        .where(Order.status == OrderStatus.ACCEPTED, Order.ends_on < (this if submit_due_on(before) < on else before))
        .order_by(Order.ends_on, Order.id)
    )


def _ended(on: date) -> Select[UUID]:
    """Entitlements whose last day has passed, unless goods ordered of them are on their way and may still come."""
    is_over = or_(Entitlement.lasts_until < on, Entitlement.reserved == 0)
    return (
        select(Entitlement.id)
        .where(Entitlement.closed_on.is_(None), Entitlement.ends_on < on, is_over)
        .order_by(Entitlement.ends_on, Entitlement.id)
    )


def _to_renew(on: date) -> Select[UUID]:
    """Measures that give something new today (R34.1)."""
    return select(Measure.id).where(Measure.renew_on <= on).order_by(Measure.renew_on, Measure.id)


def _renew(session: Session, measure_id: UUID, now: datetime) -> bool:
    return entitlements.renew(session, session.get_one(Measure, measure_id), now) is not None


def _to_remind(on: date) -> Select[UUID]:
    return (
        select(Entitlement.id)
        .where(Entitlement.closed_on.is_(None), Entitlement.reminder_due_on <= on)
        .order_by(Entitlement.reminder_due_on, Entitlement.id)
    )
