"""Many orders and entitlements that end on their day (R83.4, R83.6, R42.2): what the operations on one do, in sets.

Row for row the same as `answers.lapse`, `endings.close_order` and `endings.expire`, which stay for whatever is not
plain: it is handed back to be done one by one. Each set is one statement: its parts see what stood there before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from sqlalchemy import TextClause, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Session

from portal.models.order import Order
from portal.models.person import Person
from portal.operations import locks, mass_executions, mass_ledger, sms
from portal.operations.sms import Owed
from portal.rules.entitlements import reminder_due_on
from portal.rules.orders import OrderAction
from portal.sms import texts


@dataclass(frozen=True, slots=True)
class Done:
    """How many were done, and which are left to be done one by one."""

    count: int = 0
    left: Sequence[UUID] = ()


_KEYS: LiteralString = "WITH keys AS (SELECT * FROM unnest(:keys) WITH ORDINALITY AS k (id, place))"

_LAST_DAYS: LiteralString = """
last_days AS MATERIALIZED (
    SELECT e.id, k.place, CASE WHEN e.lasts_until < CAST(:today AS date) THEN e.lasts_until
        ELSE greatest(e.ends_on, (SELECT max(o.ended_on) FROM orders o WHERE o.entitlement_id = e.id)) END AS last_on
    FROM keys k JOIN entitlements e ON e.id = k.id
)"""
"""The days on which entitlements that are over end (`endings.expire`)."""

_ENDING: LiteralString = (
    "\nending AS MATERIALIZED (SELECT"
    + mass_ledger.ENDING
    + ", o.ends_on AS ended_on, k.place\n"
    + "    FROM keys k JOIN orders o ON o.id = k.id JOIN entitlements e ON e.id = o.entitlement_id)"
)
_ENDING_OF_ENTITLEMENTS: LiteralString = (
    "\nending AS MATERIALIZED (SELECT"
    + mass_ledger.ENDING
    + ", least(d.last_on, o.ends_on) AS ended_on, d.place\n"
    + "    FROM last_days d JOIN entitlements e ON e.id = d.id\n"
    + "    JOIN orders o ON o.entitlement_id = e.id AND o.status IN ('placed', 'accepted'))"
)
_LAPSED: LiteralString = """
ended AS (
    UPDATE orders o
    SET status = 'lapsed', reserved = 0, reserved_tiyn = f.kept, ended_at = :now, ended_on = :today
    FROM freed f WHERE o.id = f.id
    RETURNING o.id, o.status, o.reason, f.entitlement_id, f.number, f.service, f.used, f.place
)"""
_CLOSED: LiteralString = """
ended AS (
    UPDATE orders o
    SET status = 'closed', reason = 'expired', reserved = 0, reserved_tiyn = f.kept, ended_at = :now,
        ended_on = f.ended_on
    FROM freed f WHERE o.id = f.id
    RETURNING o.id, o.status, o.reason, f.entitlement_id, f.number, f.service, f.used, f.place
)"""
_EARLIER: LiteralString = """
earlier AS (
    UPDATE orders o SET ended_on = d.last_on FROM last_days d
    WHERE o.entitlement_id = d.id AND o.status NOT IN ('placed', 'accepted') AND o.ended_on > d.last_on
)"""
_JOURNAL_OF_LAPSES: LiteralString = """
journal AS (
    INSERT INTO audit (at, role, for_person_id, thing, thing_id, action, before, after, details)
    SELECT :now, 'system', recipient_id, 'orders', id, 'lapse', status, 'lapsed', '{}'
    FROM freed ORDER BY place
)"""
_JOURNAL_OF_ORDERS: LiteralString = """
journal AS (
    INSERT INTO audit (at, role, for_person_id, thing, thing_id, action, before, after, details)
    SELECT :now, 'system', recipient_id, 'orders', id, 'close', status, 'closed', '{"reason": "expired"}'
    FROM freed ORDER BY place
)"""
_JOURNAL_OF_ENTITLEMENTS: LiteralString = """
journal AS (
    INSERT INTO audit (at, role, for_person_id, thing, thing_id, action, before, after, details)
    SELECT :now, 'system', about_id, thing, thing_id, 'close', before, after, details
    FROM (SELECT recipient_id AS about_id, 'orders' AS thing, id AS thing_id, status AS before, 'closed' AS after,
                 jsonb_build_object('reason', 'expired') AS details, place, id AS order_id FROM freed
          UNION ALL
          SELECT person_id, 'entitlements', id, NULL, 'expired', jsonb_build_object('returned', returned), place, NULL
          FROM over) acts
    ORDER BY place, order_id NULLS LAST
)"""
_ORDERS_TOLD: LiteralString = mass_executions.told(mass_executions.ORDERS)
_ALL_TOLD: LiteralString = mass_executions.told(mass_executions.ORDERS, mass_executions.RETURNS)
_COUNT: LiteralString = "SELECT count(*), (SELECT count(*) FROM told) FROM ended"
_COUNT_CLOSED: LiteralString = "SELECT count(*), (SELECT count(*) FROM told) FROM closed"


def _set(*parts: LiteralString, count: LiteralString = _COUNT) -> TextClause:
    joined = ",".join((_KEYS, *parts)) + "\n" + count
    return text(joined).bindparams(
        bindparam("keys", type_=ARRAY(Uuid)), bindparam("now", type_=TIMESTAMP(timezone=True))
    )


_RELEASE = (mass_ledger.FREED, mass_ledger.SUMS, mass_ledger.PAID)
_LAPSE = _set(_ENDING, *_RELEASE, mass_ledger.RELEASED, mass_ledger.POSTED, _LAPSED, _JOURNAL_OF_LAPSES, _ORDERS_TOLD)
_CLOSE = _set(_ENDING, *_RELEASE, mass_ledger.RELEASED, mass_ledger.POSTED, _CLOSED, _JOURNAL_OF_ORDERS, _ORDERS_TOLD)
_EXPIRE = _set(
    _LAST_DAYS,
    _ENDING_OF_ENTITLEMENTS,
    *_RELEASE,
    mass_ledger.OVER,
    mass_ledger.RETURNED,
    mass_ledger.ALL_POSTED,
    _CLOSED,
    _EARLIER,
    _JOURNAL_OF_ENTITLEMENTS,
    _ALL_TOLD,
    count=_COUNT_CLOSED,
)

_LAPSING = text("""
    SELECT o.id, e.closed_on IS NULL AND o.rank = o.choices AND coalesce(p.phone, '') <> ''
    FROM orders o JOIN entitlements e ON e.id = o.entitlement_id JOIN people p ON p.id = o.recipient_id
    WHERE o.id = ANY(:keys) AND o.status = 'placed' AND o.answer_due_on < :today
""")
_CLOSING = text("""
    SELECT o.id, e.closed_on IS NULL
    FROM orders o JOIN entitlements e ON e.id = o.entitlement_id
    WHERE o.id = ANY(:keys) AND o.status = 'accepted' AND o.ends_on < :today
""")
_OVER: LiteralString = """
    SELECT e.id, NOT EXISTS (
        SELECT FROM orders o JOIN log_entries l ON l.order_id = o.id
        WHERE o.entitlement_id = e.id AND l.day > d.last_on AND l.struck_at IS NULL)
    FROM last_days d JOIN entitlements e ON e.id = d.id
    WHERE e.closed_on IS NULL AND e.ends_on < :today AND (e.lasts_until < :today OR e.reserved = 0)"""
_EXPIRING = text(",".join((_KEYS, _LAST_DAYS)) + _OVER).bindparams(bindparam("keys", type_=ARRAY(Uuid)))
_TO_TELL = select(Order.id, Order.number, Person).join(Person, Person.id == Order.recipient_id).order_by(Order.id)


def lapse(session: Session, keys: Sequence[UUID], now: datetime) -> Done:
    """No answer by the end of the term: the hours are free again and the recipients are told (R83.4).

    An order after which another provider is to be asked is left, and one of somebody who has no phone.
    """
    locks.orders(session, keys)
    today = now.date()
    plain, left = _sorted(session, _LAPSING, keys, today)
    done = _do(session, _LAPSE, plain, now, today=today, **_from_now(today))
    owed = [
        Owed(person, f"order:{order_id}:{OrderAction.LAPSE}", texts.order_lapsed(person, number))
        for order_id, number, person in session.execute(_TO_TELL.where(Order.id.in_(plain)))
    ]
    sms.owe_many(session, owed, now)
    return Done(done, left)


def close_orders(session: Session, keys: Sequence[UUID], now: datetime) -> Done:
    """The days of orders have passed: they end on their last one, and what they did not use is free again (R83.6)."""
    locks.orders(session, keys)
    plain, left = _sorted(session, _CLOSING, keys, now.date())
    return Done(_do(session, _CLOSE, plain, now, **_from_now(now.date())), left)


def expire(session: Session, keys: Sequence[UUID], now: datetime) -> Done:
    """The last day of entitlements has passed: they end on it with their orders (R42.2, R83.6).

    Goods on their way may be handed over until it lasts no longer. One with a visit that was written down for a later
    day is left: such a visit is struck, and may be in an act.
    """
    locks.entitlements(session, keys, with_orders=True)
    plain, left = _sorted(session, _EXPIRING, keys, now.date())
    return Done(_do(session, _EXPIRE, plain, now, today=now.date()), left)


def _from_now(today: date) -> dict[str, date]:
    """From when a choice waits again, and when to remind of it (R34.3)."""
    return {"waits_since": today, "remind_on": reminder_due_on(today, 0)}


def _sorted(session: Session, due: TextClause, keys: Sequence[UUID], today: date) -> tuple[list[UUID], list[UUID]]:
    """What of the keys is still due: what is plain, and what is left, both in the order of the keys."""
    is_plain = {row[0]: row[1] for row in session.execute(due, {"keys": list(keys), "today": today})}
    still = [key for key in keys if key in is_plain]
    return [key for key in still if is_plain[key]], [key for key in still if not is_plain[key]]


def _do(session: Session, statement: TextClause, keys: list[UUID], now: datetime, **more: Any) -> int:
    if not keys:
        return 0
    return mass_executions.do(session, statement, now, keys=keys, **more)
