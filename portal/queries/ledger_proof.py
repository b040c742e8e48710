"""The proof of the ledger (RI.1, RI.2): every balance worked out anew from what it is made of.

One pass over the postings sums them by entitlement and order; everything else is compared with these sums, in one
pass over each table. Each statement gives the first row that is wrong, with what stands there and what should.
"""

from typing import LiteralString, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session


class Wrong(NamedTuple):
    """A row that is wrong: in which table, what of it, what stands there and what follows from the rest."""

    table: str
    id: str
    what: str
    found: str
    expected: str


class Proof(NamedTuple):
    """What was counted, and the first row that is wrong, if any."""

    postings: int
    entitlements: int
    wrong: Wrong | None


_SETTINGS: LiteralString = "SET LOCAL work_mem = '256MB'"
"""Sums over all postings are held in memory, not written to the disk and read again."""

_SUMS: tuple[LiteralString, ...] = (
    """CREATE TEMPORARY TABLE unit_sums ON COMMIT DROP AS
    SELECT entitlement_id, order_id, count(*) AS postings, min(id) AS first_id,
           sum(units) FILTER (WHERE source = 'granted') AS granted,
           sum(CASE WHEN target = 'available' THEN units WHEN source = 'available' THEN -units END) AS available,
           sum(CASE WHEN target = 'reserved' THEN units WHEN source = 'reserved' THEN -units END) AS reserved,
           sum(CASE WHEN target = 'used' THEN units WHEN source = 'used' THEN -units END) AS used,
           sum(CASE WHEN target = 'returned' THEN units WHEN source = 'returned' THEN -units END) AS returned
    FROM postings GROUP BY entitlement_id, order_id""",
    """CREATE TEMPORARY TABLE money_sums ON COMMIT DROP AS
    SELECT entitlement_id, order_id, min(id) AS first_id,
           sum(CASE WHEN target = 'reserved' THEN tiyn WHEN source = 'reserved' THEN -tiyn END) AS reserved,
           sum(CASE WHEN target = 'owed' THEN tiyn WHEN source = 'owed' THEN -tiyn END) AS owed,
           sum(CASE WHEN target = 'paid' THEN tiyn WHEN source = 'paid' THEN -tiyn END) AS paid,
           sum(CASE WHEN target = 'claimed' THEN tiyn WHEN source = 'claimed' THEN -tiyn END) AS claimed,
           sum(CASE WHEN target = 'recovered' THEN tiyn WHEN source = 'recovered' THEN -tiyn END) AS recovered
    FROM money_postings GROUP BY entitlement_id, order_id""",
    "ANALYZE unit_sums (entitlement_id, order_id)",
    "ANALYZE money_sums (entitlement_id, order_id)",
)

_CHECKS: tuple[tuple[str, LiteralString], ...] = (
    (
        "entitlements",
        """WITH wrong AS (
            SELECT e.*, u, m, least(u.first_id, m.first_id) AS first_id
            FROM entitlements e
            LEFT JOIN (SELECT entitlement_id, min(first_id) AS first_id, sum(granted) AS granted,
                              sum(available) AS available, sum(reserved) AS reserved, sum(used) AS used,
                              sum(returned) AS returned
                       FROM unit_sums GROUP BY entitlement_id) u ON u.entitlement_id = e.id
            LEFT JOIN (SELECT entitlement_id, min(first_id) AS first_id, sum(reserved) AS reserved, sum(owed) AS owed,
                              sum(paid) AS paid, sum(claimed) AS claimed, sum(recovered) AS recovered
                       FROM money_sums GROUP BY entitlement_id) m ON m.entitlement_id = e.id
            WHERE e.granted <> coalesce(u.granted, 0) OR e.available <> coalesce(u.available, 0)
               OR e.reserved <> coalesce(u.reserved, 0) OR e.used <> coalesce(u.used, 0)
               OR e.returned <> coalesce(u.returned, 0)
               OR e.reserved_tiyn <> coalesce(m.reserved, 0) OR e.owed_tiyn <> coalesce(m.owed, 0)
               OR e.paid_tiyn <> coalesce(m.paid, 0) OR e.claimed_tiyn <> coalesce(m.claimed, 0)
               OR e.recovered_tiyn <> coalesce(m.recovered, 0)
            ORDER BY first_id, e.id LIMIT 1)
        SELECT id, what, found, expected FROM wrong CROSS JOIN LATERAL (VALUES
            (1, 'granted, available, reserved, used, returned',
             concat_ws(', ', granted, available, reserved, used, returned),
             concat_ws(', ', coalesce((u).granted, 0), coalesce((u).available, 0), coalesce((u).reserved, 0),
                       coalesce((u).used, 0), coalesce((u).returned, 0))),
            (2, 'money reserved, owed, paid, claimed, recovered',
             concat_ws(', ', reserved_tiyn, owed_tiyn, paid_tiyn, claimed_tiyn, recovered_tiyn),
             concat_ws(', ', coalesce((m).reserved, 0), coalesce((m).owed, 0), coalesce((m).paid, 0),
                       coalesce((m).claimed, 0), coalesce((m).recovered, 0)))) c (n, what, found, expected)
        WHERE found <> expected ORDER BY n LIMIT 1""",
    ),
    (
        "orders",
        """WITH wrong AS (
            SELECT o.*, u.reserved AS posted, u.used AS used_up, m.reserved AS held, v.units AS visited,
                   (o.reserved + o.used - o.acted) * least(o.price_tiyn, o.guaranteed_tiyn) / per.units AS kept,
                   u.first_id
            FROM orders o
            CROSS JOIN LATERAL (
                SELECT CASE WHEN o.service IN ('assistant', 'interpreter') THEN 60 ELSE 1 END AS units) per
            LEFT JOIN unit_sums u ON u.entitlement_id = o.entitlement_id AND u.order_id = o.id
            LEFT JOIN money_sums m ON m.entitlement_id = o.entitlement_id AND m.order_id = o.id
            LEFT JOIN (SELECT order_id, sum(units) AS units FROM log_entries
                       WHERE struck_at IS NULL GROUP BY order_id) v ON v.order_id = o.id
            WHERE o.reserved <> coalesce(u.reserved, 0) OR o.used <> coalesce(u.used, 0)
               OR o.reserved_tiyn <> coalesce(m.reserved, 0)
               OR o.reserved_tiyn <>
                  (o.reserved + o.used - o.acted) * least(o.price_tiyn, o.guaranteed_tiyn) / per.units
               OR o.used <> coalesce(v.units, 0)
            ORDER BY u.first_id, o.id LIMIT 1)
        SELECT id, what, found, expected FROM wrong CROSS JOIN LATERAL (VALUES
            (1, 'reserved, used', concat_ws(', ', reserved, used),
             concat_ws(', ', coalesce(posted, 0), coalesce(used_up, 0))),
            (2, 'money reserved by its postings, and by its units', concat_ws(', ', reserved_tiyn, reserved_tiyn),
             concat_ws(', ', coalesce(held, 0), kept)),
            (3, 'units used, as the log has them', used::text, coalesce(visited, 0)::text))
            c (n, what, found, expected)
        WHERE found <> expected ORDER BY n LIMIT 1""",
    ),
    (
        "orders",
        """SELECT o.id, 'units in accepted acts, less what is claimed back' AS what, o.acted::text AS found,
               coalesce(a.units, 0)::text AS expected
        FROM orders o LEFT JOIN (
            SELECT a.order_id, sum(a.units - coalesce(c.units, 0)) AS units
            FROM acts a LEFT JOIN (SELECT act_id, sum(units) AS units FROM claims WHERE status <> 'withdrawn'
                                   GROUP BY act_id) c ON c.act_id = a.id
            WHERE a.status IN ('accepted', 'paid') GROUP BY a.order_id) a ON a.order_id = o.id
        WHERE o.acted <> coalesce(a.units, 0) ORDER BY o.id LIMIT 1""",
    ),
    (
        "acts",
        """WITH due AS (
            SELECT a.id, a.number, m.owed, m.paid,
                   CASE a.status WHEN 'accepted' THEN a.amount_tiyn ELSE 0 END AS to_owe,
                   CASE p.status WHEN 'paid' THEN p.amount_tiyn ELSE 0 END AS to_pay
            FROM acts a LEFT JOIN payments p ON p.act_id = a.id
            LEFT JOIN (SELECT act_id, sum(tiyn) FILTER (WHERE cause = 'payment') AS paid,
                              sum(CASE WHEN target = 'owed' THEN tiyn WHEN source = 'owed' THEN -tiyn END) AS owed
                       FROM money_postings WHERE act_id IS NOT NULL GROUP BY act_id) m ON m.act_id = a.id)
        SELECT id, 'money owed and paid, as the ledger has it' AS what, concat_ws(', ', to_owe, to_pay) AS found,
               concat_ws(', ', coalesce(owed, 0), coalesce(paid, 0)) AS expected
        FROM due WHERE to_owe <> coalesce(owed, 0) OR to_pay <> coalesce(paid, 0) ORDER BY number LIMIT 1""",
    ),
    (
        "payments",
        """SELECT p.id, 'more than the guaranteed amount of its units (RI.2)' AS what, p.amount_tiyn::text AS found,
               l.tiyn::text AS expected
        FROM payments p JOIN (
            SELECT l.act_id, sum(l.units * l.guaranteed_tiyn
                / CASE WHEN a.service IN ('assistant', 'interpreter') THEN 60 ELSE 1 END) AS tiyn
            FROM act_lines l JOIN acts a ON a.id = l.act_id GROUP BY l.act_id) l ON l.act_id = p.act_id
        WHERE p.amount_tiyn > l.tiyn ORDER BY p.id LIMIT 1""",
    ),
    (
        "entitlements",
        """SELECT e.id, 'money claimed back and recovered, as the claims have it' AS what,
               concat_ws(', ', e.claimed_tiyn + e.recovered_tiyn, e.recovered_tiyn) AS found,
               concat_ws(', ', coalesce(c.tiyn, 0), coalesce(c.settled, 0)) AS expected
        FROM entitlements e LEFT JOIN (
            SELECT o.entitlement_id, sum(c.amount_tiyn) AS tiyn, sum(c.settled_tiyn) AS settled
            FROM claims c JOIN acts a ON a.id = c.act_id JOIN orders o ON o.id = a.order_id
            WHERE c.status <> 'withdrawn' GROUP BY o.entitlement_id) c ON c.entitlement_id = e.id
        WHERE e.claimed_tiyn + e.recovered_tiyn <> coalesce(c.tiyn, 0) OR e.recovered_tiyn <> coalesce(c.settled, 0)
        ORDER BY e.id LIMIT 1""",
    ),
    (
        "claims",
        """SELECT c.id, 'money that has come, by its settlements' AS what, c.settled_tiyn::text AS found,
               coalesce(s.tiyn, 0)::text AS expected
        FROM claims c LEFT JOIN (SELECT claim_id, sum(amount_tiyn) AS tiyn FROM claim_settlements
                                 WHERE status = 'done' GROUP BY claim_id) s ON s.claim_id = c.id
        WHERE c.settled_tiyn <> coalesce(s.tiyn, 0) ORDER BY c.number LIMIT 1""",
    ),
    (
        "payments",
        """SELECT p.id, 'money set off in it, as the claims have it' AS what, p.set_off_tiyn::text AS found,
               coalesce(s.tiyn, 0)::text AS expected
        FROM payments p LEFT JOIN (SELECT payment_id, sum(amount_tiyn) AS tiyn FROM claim_settlements
                                   WHERE kind = 'set_off' AND status <> 'failed' GROUP BY payment_id) s
             ON s.payment_id = p.id
        WHERE p.set_off_tiyn <> coalesce(s.tiyn, 0) ORDER BY p.id LIMIT 1""",
    ),
    (
        "payments",
        """SELECT c.payment_id, 'not more claimed of it than was paid' AS what, sum(c.amount_tiyn)::text AS found,
               min(p.amount_tiyn)::text AS expected
        FROM claims c JOIN payments p ON p.id = c.payment_id WHERE c.status <> 'withdrawn'
        GROUP BY c.payment_id HAVING sum(c.amount_tiyn) > min(p.amount_tiyn) ORDER BY c.payment_id LIMIT 1""",
    ),
)


def prove(session: Session) -> Proof:
    """Work everything out anew; stops at the first wrong row. The transaction should see one moment of the database."""
    for statement in (_SETTINGS, *_SUMS):
        session.execute(text(statement))
    counted = session.execute(
        text("SELECT coalesce((SELECT sum(postings) FROM unit_sums), 0)::bigint, (SELECT count(*) FROM entitlements)")
    ).one()
    return Proof(counted[0], counted[1], _first_wrong(session))


def _first_wrong(session: Session) -> Wrong | None:
    for table, statement in _CHECKS:
        row = session.execute(text(statement)).first()
        if row is not None:
            return Wrong(table, str(row.id), row.what, row.found, row.expected)
    return None
