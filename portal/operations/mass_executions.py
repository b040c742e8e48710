"""What E-Sobes must learn of many things at once (R42.4): the rows of `operations.executions`, as parts of a statement.

Each of `ORDERS`, `RETURNS` and `BLOCKS` says row for row what `owe_order`, `owe_return` and `owe_blocked` say of one
thing. A statement with `told` says afterwards how many things it did and how many rows it owes; `do` sends it.
"""

from datetime import datetime
from typing import Any, LiteralString

from sqlalchemy import TextClause
from sqlalchemy.orm import Session

from portal.queue import nudge

ORDERS: LiteralString = """
    SELECT 'order:' || o.id || ':' || o.status AS about, o.entitlement_id, o.place, o.id AS order_id,
           jsonb_build_object('kind', 'order', 'order', o.number, 'status', o.status, 'reason', o.reason,
                              'service', o.service, 'used', o.used) AS body
    FROM ended o"""
"""Of the orders that have `ended`."""

RETURNS: LiteralString = """
    SELECT 'entitlement:' || id || ':returned:' || :said_at, id, place, NULL,
           jsonb_build_object('kind', 'returned', 'service', service, 'year', year, 'returned', returned,
                              'reason', 'expired', 'on', last_on)
    FROM over"""
"""Of the entitlements that are `over`."""

BLOCKS: LiteralString = """
    SELECT 'entitlement:' || id || ':blocked:' || :said_at AS about, id AS entitlement_id, place,
           CAST(NULL AS uuid) AS order_id,
           jsonb_build_object('kind', 'blocked', 'service', service, 'year', year, 'quarter', quarter,
                              'on', blocked_on, 'left', available + reserved) AS body
    FROM changed WHERE blocked_on IS NOT NULL"""
"""Of the entitlements among those that have `changed` whose choice is blocked now."""

_TOLD: LiteralString = """
named AS MATERIALIZED (
    SELECT e.id, jsonb_build_object('programme', p.number, 'measure', m.external_id) AS body
    FROM (SELECT DISTINCT entitlement_id FROM said) s
    JOIN entitlements e ON e.id = s.entitlement_id
    JOIN measures m ON m.id = e.measure_id
    JOIN programmes p ON p.id = m.programme_id
),
told AS (
    INSERT INTO executions (id, about, body, owed_at, next_try_at, attempts)
    SELECT s.message_id, s.about, s.body || n.body || jsonb_build_object('message_id', s.message_id,
           'at', CAST(:said_at AS text)), :now, :now, 0
    FROM (SELECT gen_random_uuid() AS message_id, said.* FROM said OFFSET 0) s
    JOIN named n ON n.id = s.entitlement_id
    ORDER BY s.place, s.order_id NULLS LAST
    ON CONFLICT (about) DO NOTHING RETURNING id
)"""


def told(*said: LiteralString) -> LiteralString:
    """The parts of a statement that owe what is said, in the order of `place`: of an entitlement after its orders."""
    return "\nsaid AS MATERIALIZED (" + "\n    UNION ALL".join(said) + ")," + _TOLD


def do(session: Session, statement: TextClause, now: datetime, **given: Any) -> int:
    """Send a statement that ends with how many things it did and how many rows it owes; says how many it did."""
    count, owed = session.execute(statement, {"now": now, "said_at": now.isoformat(), **given}).one()
    if owed:
        nudge(session, "send_executions")
    return int(count)
