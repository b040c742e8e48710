"""The ledger for many orders that end at once (RI.1, RI.2): what `ledger.release` and `return_rest` do, in sets.

These are parts of one statement, so all of them see what stood there before it. They work on `ending`: the orders that
end, with the `place` in which they are taken, their `units` reserved, the money `held`, the money `kept` for what was
used and is not yet in an accepted act, and the `excess` of their entitlement, which is open. Locks are held already.
"""

from typing import LiteralString

ENDING: LiteralString = """
    o.id, o.entitlement_id, o.recipient_id, o.number, o.service, o.status, o.used, o.reserved AS units,
    o.reserved_tiyn AS held, (o.used - o.acted) * least(o.price_tiyn, o.guaranteed_tiyn)
    / CASE WHEN o.service IN ('assistant', 'interpreter') THEN 60 ELSE 1 END AS kept, e.excess"""
"""The columns of `ending`, of an order `o` and its entitlement `e`."""

FREED: LiteralString = """
freed AS MATERIALIZED (
    SELECT *, greatest(least(units, excess - (sum(units) OVER in_turn - units)), 0) AS back
    FROM ending WINDOW in_turn AS (PARTITION BY entitlement_id ORDER BY place, id ROWS UNBOUNDED PRECEDING)
)"""
"""What each order frees; `back` goes back, because the programme has taken it away (`ledger._free`)."""

SUMS: LiteralString = """
sums AS MATERIALIZED (
    SELECT entitlement_id, sum(units) AS units, sum(back) AS back, sum(kept - held) AS more
    FROM freed GROUP BY entitlement_id
)"""

RELEASED: LiteralString = """
released AS (
    UPDATE entitlements e
    SET reserved = e.reserved - s.units, available = e.available + s.units - s.back, returned = e.returned + s.back,
        excess = e.excess - s.back, reserved_tiyn = e.reserved_tiyn + s.more,
        reminder_due_on = CASE WHEN w.waits THEN :remind_on ELSE e.reminder_due_on END,
        waits_since = CASE WHEN w.waits THEN :waits_since ELSE e.waits_since END
    FROM sums s JOIN LATERAL (
        SELECT b.reminder_due_on IS NULL AND b.blocked_on IS NULL AND b.available + s.units - s.back > 0
            AND NOT EXISTS (SELECT FROM orders o WHERE o.entitlement_id = b.id AND o.status IN ('placed', 'accepted')
            AND o.id NOT IN (SELECT id FROM freed)) AS waits
        FROM entitlements b WHERE b.id = s.entitlement_id
    ) w ON true WHERE e.id = s.entitlement_id
)"""
"""The balances of entitlements that go on; when nothing of one is ordered any more, reminders begin (R34.3)."""

POSTED: LiteralString = """
posted AS (
    INSERT INTO postings (entitlement_id, source, target, units, cause, order_id, posted_at)
    SELECT entitlement_id, 'reserved', target, moved, cause, id, :now
    FROM freed CROSS JOIN LATERAL (VALUES (1, 'returned', back, 'programme'),
        (2, 'available', units - back, 'order_ended')) t (step, target, moved, cause)
    WHERE moved > 0 ORDER BY place, id, step
)"""

PAID: LiteralString = """
paid AS (
    INSERT INTO money_postings (entitlement_id, source, target, tiyn, cause, order_id, posted_at)
    SELECT entitlement_id, CASE WHEN kept > held THEN 'budget' ELSE 'reserved' END,
           CASE WHEN kept > held THEN 'reserved' ELSE 'budget' END, abs(kept - held), 'order_ended', id, :now
    FROM freed WHERE kept <> held ORDER BY place, id
)"""

OVER: LiteralString = """
over AS MATERIALIZED (
    SELECT e.id, e.person_id, e.measure_id, e.service, e.year, d.last_on, d.place, coalesce(s.units, 0) AS units,
           coalesce(s.more, 0) AS more, e.available + coalesce(s.units - s.back, 0) AS rest,
           e.returned + e.available + coalesce(s.units, 0) AS returned
    FROM last_days d JOIN entitlements e ON e.id = d.id LEFT JOIN sums s ON s.entitlement_id = e.id
)"""
"""Entitlements that end on their `last_days`, after their orders: all that is free, their `rest`, goes back."""

RETURNED: LiteralString = """
closed AS (
    UPDATE entitlements e
    SET reserved = e.reserved - o.units, available = 0, returned = o.returned, excess = 0,
        reserved_tiyn = e.reserved_tiyn + o.more, closed_on = o.last_on, close_reason = 'expired',
        waits_since = NULL, reminder_due_on = NULL, blocked_on = NULL
    FROM over o WHERE e.id = o.id RETURNING e.id
)"""

ALL_POSTED: LiteralString = """
posted AS (
    INSERT INTO postings (entitlement_id, source, target, units, cause, order_id, posted_at)
    SELECT entitlement_id, source, target, moved, cause, order_id, :now
    FROM (SELECT entitlement_id, 'reserved' AS source, target, moved, cause, id AS order_id, place, step
          FROM freed CROSS JOIN LATERAL (VALUES (1, 'returned', back, 'programme'),
              (2, 'available', units - back, 'order_ended')) t (step, target, moved, cause)
          UNION ALL
          SELECT id, 'available', 'returned', rest, 'return', NULL, place, 3 FROM over) moves
    WHERE moved > 0 ORDER BY place, order_id NULLS LAST, step
)"""
"""The postings of the orders, and of each entitlement that ends after them."""
