"""The proof of the ledger (RI.1, RI.2): every balance worked out anew from what it is made of.

One pass over the postings sums them by order (those of no order by entitlement); everything else is compared with these
sums, in one pass over each table. Each statement gives the first row that is wrong, with what stands there and what
should.
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
    """CREATE TEMPORARY TABLE programme_sums ON COMMIT DROP AS
    SELECT entitlement_id, count(*) AS postings, sum(units) FILTER (WHERE source = 'granted') AS granted,
           sum(CASE WHEN target = 'reserved' THEN units WHEN source = 'reserved' THEN -units END) AS reserved,
           sum(CASE WHEN target = 'used' THEN units WHEN source = 'used' THEN -units END) AS used,
           sum(CASE WHEN target = 'returned' THEN units WHEN source = 'returned' THEN -units END) AS returned
    FROM postings WHERE order_id IS NULL GROUP BY entitlement_id""",
    """CREATE TEMPORARY TABLE order_sums ON COMMIT DROP AS
    SELECT o.id, o.entitlement_id, u.postings, u.reserved, u.used, u.returned, v.units AS visited,
           m.reserved::bigint AS held, m.owed::bigint, m.paid::bigint, m.claimed::bigint, m.recovered::bigint,
           coalesce(u.links, 0) = coalesce(u.postings, 0) * uuid_hash(o.entitlement_id)
           AND coalesce(m.links, 0) = coalesce(m.postings, 0) * uuid_hash(o.entitlement_id) AS linked,
           o.reserved = coalesce(u.reserved, 0) AND o.used = coalesce(u.used, 0) AND o.used = coalesce(v.units, 0)
           AND o.reserved_tiyn = coalesce(m.reserved, 0)
           AND o.reserved_tiyn = (o.reserved + o.used - o.acted) * least(o.price_tiyn, o.guaranteed_tiyn)
               / CASE WHEN o.service IN ('assistant', 'interpreter') THEN 60 ELSE 1 END AS balanced
    FROM orders o
    LEFT JOIN (
        SELECT order_id, count(*) AS postings, sum(uuid_hash(entitlement_id)) AS links,
               sum(CASE WHEN source = 'reserved' THEN -units WHEN target = 'reserved' THEN units END) AS reserved,
               sum(CASE WHEN target = 'used' THEN units WHEN source = 'used' THEN -units END) AS used,
               sum(CASE WHEN target = 'returned' THEN units WHEN source = 'returned' THEN -units END) AS returned
        FROM postings GROUP BY order_id) u ON u.order_id = o.id
    LEFT JOIN (
        SELECT order_id, count(*) AS postings, sum(uuid_hash(entitlement_id)) AS links,
               sum(CASE WHEN target = 'reserved' THEN tiyn WHEN source = 'reserved' THEN -tiyn END) AS reserved,
               sum(CASE WHEN target = 'owed' THEN tiyn WHEN source = 'owed' THEN -tiyn END) AS owed,
               sum(CASE WHEN target = 'paid' THEN tiyn WHEN source = 'paid' THEN -tiyn END) AS paid,
               sum(CASE WHEN target = 'claimed' THEN tiyn WHEN source = 'claimed' THEN -tiyn END) AS claimed,
               sum(CASE WHEN target = 'recovered' THEN tiyn WHEN source = 'recovered' THEN -tiyn END) AS recovered
        FROM money_postings GROUP BY order_id) m ON m.order_id = o.id
    LEFT JOIN (
        SELECT order_id, sum(units) AS units FROM log_entries
        WHERE struck_at IS NULL GROUP BY order_id) v ON v.order_id = o.id""",
)
"""What the programmes moved, by entitlement; what orders moved, by order, with the units that the log has of it.

Grouped by one short key, and not by two, ten million rows are summed in little more than half the time. That each
posting of an order is of the order's own entitlement is seen in the sum of their hashes; only where it is another one
are the rows looked at one by one."""

_CHECKS: tuple[tuple[str, LiteralString], ...] = (
    (
        "postings",
        """SELECT p.id, 'is of the entitlement of its order' AS what, p.entitlement_id::text AS found,
               s.entitlement_id::text AS expected
        FROM order_sums s JOIN postings p ON p.order_id = s.id
        WHERE (SELECT bool_or(NOT linked) FROM order_sums) AND p.entitlement_id <> s.entitlement_id
        ORDER BY p.id LIMIT 1""",
    ),
    (
        "money_postings",
        """SELECT p.id, 'is of the entitlement of its order' AS what, p.entitlement_id::text AS found,
               s.entitlement_id::text AS expected
        FROM order_sums s JOIN money_postings p ON p.order_id = s.id
        WHERE (SELECT bool_or(NOT linked) FROM order_sums) AND p.entitlement_id <> s.entitlement_id
        ORDER BY p.id LIMIT 1""",
    ),
    (
        "entitlements",
        """WITH due AS (
            SELECT e.id, coalesce(p.granted, 0) AS granted,
                   coalesce(p.reserved, 0) + coalesce(o.reserved, 0) AS reserved,
                   coalesce(p.used, 0) + coalesce(o.used, 0) AS used,
                   coalesce(p.returned, 0) + coalesce(o.returned, 0) AS returned, coalesce(o.held, 0) AS held,
                   coalesce(o.owed, 0) AS owed, coalesce(o.paid, 0) AS paid, coalesce(o.claimed, 0) AS claimed,
                   coalesce(o.recovered, 0) AS recovered
            FROM entitlements e LEFT JOIN programme_sums p ON p.entitlement_id = e.id
            LEFT JOIN (
                SELECT entitlement_id, sum(reserved)::bigint AS reserved, sum(used)::bigint AS used,
                       sum(returned)::bigint AS returned, sum(held)::bigint AS held, sum(owed)::bigint AS owed,
                       sum(paid)::bigint AS paid, sum(claimed)::bigint AS claimed, sum(recovered)::bigint AS recovered
                FROM order_sums GROUP BY entitlement_id) o ON o.entitlement_id = e.id),
        wrong AS (
            SELECT e.*, d FROM due d JOIN entitlements e USING (id)
            WHERE e.granted <> d.granted OR e.reserved <> d.reserved OR e.used <> d.used OR e.returned <> d.returned
               OR e.available <> d.granted - d.reserved - d.used - d.returned
               OR e.reserved_tiyn <> d.held OR e.owed_tiyn <> d.owed OR e.paid_tiyn <> d.paid
               OR e.claimed_tiyn <> d.claimed OR e.recovered_tiyn <> d.recovered
            ORDER BY least((SELECT min(id) FROM postings WHERE entitlement_id = e.id),
                           (SELECT min(id) FROM money_postings WHERE entitlement_id = e.id)), e.id LIMIT 1)
        SELECT id, what, found, expected FROM wrong CROSS JOIN LATERAL (VALUES
            (1, 'granted, available, reserved, used, returned',
             concat_ws(', ', granted, available, reserved, used, returned),
             concat_ws(', ', (d).granted, (d).granted - (d).reserved - (d).used - (d).returned, (d).reserved, (d).used,
                       (d).returned)),
            (2, 'money reserved, owed, paid, claimed, recovered',
             concat_ws(', ', reserved_tiyn, owed_tiyn, paid_tiyn, claimed_tiyn, recovered_tiyn),
             concat_ws(', ', (d).held, (d).owed, (d).paid, (d).claimed, (d).recovered))) c (n, what, found, expected)
        WHERE found <> expected ORDER BY n LIMIT 1""",
    ),
    (
        "orders",
        """WITH wrong AS (
            SELECT o.*, coalesce(s.reserved, 0) AS posted, coalesce(s.used, 0) AS used_up, coalesce(s.held, 0) AS held,
                   coalesce(s.visited, 0) AS visited,
                   (o.reserved + o.used - o.acted) * least(o.price_tiyn, o.guaranteed_tiyn)
                   / CASE WHEN o.service IN ('assistant', 'interpreter') THEN 60 ELSE 1 END AS kept
            FROM order_sums s JOIN orders o USING (id) WHERE NOT s.balanced
            ORDER BY (SELECT min(id) FROM postings WHERE entitlement_id = o.entitlement_id AND order_id = o.id), o.id
            LIMIT 1)
        SELECT id, what, found, expected FROM wrong CROSS JOIN LATERAL (VALUES
            (1, 'reserved, used', concat_ws(', ', reserved, used), concat_ws(', ', posted, used_up)),
            (2, 'money reserved by its postings, and by its units', concat_ws(', ', reserved_tiyn, reserved_tiyn),
             concat_ws(', ', held, kept)),
            (3, 'units used, as the log has them', used::text, visited::text))
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
        text(
            "SELECT coalesce((SELECT sum(postings) FROM programme_sums), 0)::bigint"
            " + coalesce((SELECT sum(postings) FROM order_sums), 0)::bigint, (SELECT count(*) FROM entitlements)"
        )
    ).one()
    return Proof(counted[0], counted[1], _first_wrong(session))


def _first_wrong(session: Session) -> Wrong | None:
    for table, statement in _CHECKS:
        row = session.execute(text(statement)).first()
        if row is not None:
            return Wrong(table, str(row.id), row.what, row.found, row.expected)
    return None
