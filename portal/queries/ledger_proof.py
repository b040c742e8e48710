"""The proof of the ledger (RI.1, RI.2): every balance worked out anew from what it is made of.

One pass over the postings sums them by entitlement and order; everything else is compared with these sums. Each
statement gives the rows that are wrong, the first one first, with what stands there and what should.
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
    SELECT entitlement_id, order_id, count(*) AS postings, min(id) AS first_id,
           sum(CASE WHEN target = 'reserved' THEN tiyn WHEN source = 'reserved' THEN -tiyn END) AS reserved,
           sum(CASE WHEN target = 'owed' THEN tiyn WHEN source = 'owed' THEN -tiyn END) AS owed,
           sum(CASE WHEN target = 'paid' THEN tiyn WHEN source = 'paid' THEN -tiyn END) AS paid,
           sum(CASE WHEN target = 'claimed' THEN tiyn WHEN source = 'claimed' THEN -tiyn END) AS claimed,
           sum(CASE WHEN target = 'recovered' THEN tiyn WHEN source = 'recovered' THEN -tiyn END) AS recovered
    FROM money_postings GROUP BY entitlement_id, order_id""",
    "ANALYZE unit_sums",
    "ANALYZE money_sums",
)

_CHECKS: tuple[tuple[str, str, LiteralString], ...] = (
    (
        "entitlements",
        "granted, available, reserved, used, returned",
        """SELECT e.id, ROW(e.granted, e.available, e.reserved, e.used, e.returned),
                  ROW(coalesce(s.granted, 0), coalesce(s.available, 0), coalesce(s.reserved, 0), coalesce(s.used, 0),
                      coalesce(s.returned, 0))
        FROM entitlements e LEFT JOIN (
            SELECT entitlement_id, min(first_id) AS first_id, sum(granted) AS granted, sum(available) AS available,
                   sum(reserved) AS reserved, sum(used) AS used, sum(returned) AS returned
            FROM unit_sums GROUP BY entitlement_id) s ON s.entitlement_id = e.id
        WHERE e.granted <> coalesce(s.granted, 0) OR e.available <> coalesce(s.available, 0)
           OR e.reserved <> coalesce(s.reserved, 0) OR e.used <> coalesce(s.used, 0)
           OR e.returned <> coalesce(s.returned, 0)
        ORDER BY s.first_id, e.id LIMIT 1""",
    ),
    (
        "entitlements",
        "money reserved, owed, paid, claimed, recovered",
        """SELECT e.id, ROW(e.reserved_tiyn, e.owed_tiyn, e.paid_tiyn, e.claimed_tiyn, e.recovered_tiyn),
                  ROW(coalesce(s.reserved, 0), coalesce(s.owed, 0), coalesce(s.paid, 0), coalesce(s.claimed, 0),
                      coalesce(s.recovered, 0))
        FROM entitlements e LEFT JOIN (
            SELECT entitlement_id, min(first_id) AS first_id, sum(reserved) AS reserved, sum(owed) AS owed,
                   sum(paid) AS paid, sum(claimed) AS claimed, sum(recovered) AS recovered
            FROM money_sums GROUP BY entitlement_id) s ON s.entitlement_id = e.id
        WHERE e.reserved_tiyn <> coalesce(s.reserved, 0) OR e.owed_tiyn <> coalesce(s.owed, 0)
           OR e.paid_tiyn <> coalesce(s.paid, 0) OR e.claimed_tiyn <> coalesce(s.claimed, 0)
           OR e.recovered_tiyn <> coalesce(s.recovered, 0)
        ORDER BY s.first_id, e.id LIMIT 1""",
    ),
    (
        "orders",
        "reserved, used",
        """SELECT o.id, ROW(o.reserved, o.used), ROW(coalesce(s.reserved, 0), coalesce(s.used, 0))
        FROM orders o LEFT JOIN unit_sums s ON s.entitlement_id = o.entitlement_id AND s.order_id = o.id
        WHERE o.reserved <> coalesce(s.reserved, 0) OR o.used <> coalesce(s.used, 0)
        ORDER BY s.first_id, o.id LIMIT 1""",
    ),
    (
        "orders",
        "money reserved by its postings, and by its units",
        """SELECT o.id, ROW(o.reserved_tiyn, o.reserved_tiyn),
                  ROW(coalesce(s.reserved, 0),
                      (o.reserved + o.used - o.acted) * least(o.price_tiyn, o.guaranteed_tiyn) / 60)
        FROM orders o LEFT JOIN money_sums s ON s.entitlement_id = o.entitlement_id AND s.order_id = o.id
        WHERE o.reserved_tiyn <> coalesce(s.reserved, 0)
           OR o.reserved_tiyn <> (o.reserved + o.used - o.acted) * least(o.price_tiyn, o.guaranteed_tiyn) / 60
        ORDER BY s.first_id, o.id LIMIT 1""",
    ),
    (
        "orders",
        "minutes used, as its visits have them",
        """SELECT o.id, ROW(o.used), ROW(coalesce(v.minutes, 0))
        FROM orders o LEFT JOIN (SELECT order_id, sum(minutes) AS minutes FROM log_entries
                                 WHERE struck_at IS NULL GROUP BY order_id) v ON v.order_id = o.id
        WHERE o.used <> coalesce(v.minutes, 0) ORDER BY o.id LIMIT 1""",
    ),
    (
        "payments",
        "money paid, as the ledger has it",
        """SELECT p.id, ROW(p.amount_tiyn), ROW(coalesce(m.tiyn, 0))
        FROM payments p LEFT JOIN (SELECT act_id, sum(tiyn) AS tiyn FROM money_postings
                                   WHERE cause = 'payment' GROUP BY act_id) m ON m.act_id = p.act_id
        WHERE (CASE p.status WHEN 'paid' THEN p.amount_tiyn ELSE 0 END) <> coalesce(m.tiyn, 0)
        ORDER BY p.id LIMIT 1""",
    ),
    (
        "payments",
        "more than the guaranteed amount of its minutes (RI.2)",
        """SELECT p.id, ROW(p.amount_tiyn), ROW(l.tiyn)
        FROM payments p JOIN (SELECT act_id, sum(minutes * guaranteed_tiyn / 60) AS tiyn FROM act_lines
                              GROUP BY act_id) l ON l.act_id = p.act_id
        WHERE p.amount_tiyn > l.tiyn ORDER BY p.id LIMIT 1""",
    ),
    (
        "entitlements",
        "money claimed back and recovered, as the claims have it",
        """SELECT e.id, ROW(e.claimed_tiyn + e.recovered_tiyn, e.recovered_tiyn),
                  ROW(coalesce(c.tiyn, 0), coalesce(c.settled, 0))
        FROM entitlements e LEFT JOIN (
            SELECT o.entitlement_id, sum(c.amount_tiyn) AS tiyn, sum(c.settled_tiyn) AS settled
            FROM claims c JOIN acts a ON a.id = c.act_id JOIN orders o ON o.id = a.order_id
            WHERE c.status <> 'withdrawn' GROUP BY o.entitlement_id) c ON c.entitlement_id = e.id
        WHERE e.claimed_tiyn + e.recovered_tiyn <> coalesce(c.tiyn, 0) OR e.recovered_tiyn <> coalesce(c.settled, 0)
        ORDER BY e.id LIMIT 1""",
    ),
    (
        "claims",
        "money that has come, by its settlements",
        """SELECT c.id, ROW(c.settled_tiyn), ROW(coalesce(s.tiyn, 0))
        FROM claims c LEFT JOIN (SELECT claim_id, sum(amount_tiyn) AS tiyn FROM claim_settlements
                                 WHERE status = 'done' GROUP BY claim_id) s ON s.claim_id = c.id
        WHERE c.settled_tiyn <> coalesce(s.tiyn, 0) ORDER BY c.number LIMIT 1""",
    ),
    (
        "payments",
        "money set off in it, as the claims have it",
        """SELECT p.id, ROW(p.set_off_tiyn), ROW(coalesce(s.tiyn, 0))
        FROM payments p LEFT JOIN (SELECT payment_id, sum(amount_tiyn) AS tiyn FROM claim_settlements
                                   WHERE kind = 'set_off' AND status <> 'failed' GROUP BY payment_id) s
             ON s.payment_id = p.id
        WHERE p.set_off_tiyn <> coalesce(s.tiyn, 0) ORDER BY p.id LIMIT 1""",
    ),
    (
        "claims",
        "not more claimed of a payment than was paid",
        """SELECT c.payment_id, ROW(sum(c.amount_tiyn)), ROW(min(p.amount_tiyn))
        FROM claims c JOIN payments p ON p.id = c.payment_id WHERE c.status <> 'withdrawn'
        GROUP BY c.payment_id HAVING sum(c.amount_tiyn) > min(p.amount_tiyn) ORDER BY c.payment_id LIMIT 1""",
    ),
)


def prove(session: Session) -> Proof:
    """Work everything out anew; stops at the first wrong row. The transaction should see one moment of the database."""
    for statement in _SUMS:
        session.execute(text(statement))
    counted = session.execute(
        text("SELECT coalesce((SELECT sum(postings) FROM unit_sums), 0)::bigint, (SELECT count(*) FROM entitlements)")
    ).one()
    return Proof(counted[0], counted[1], _first_wrong(session))


def _first_wrong(session: Session) -> Wrong | None:
    for table, what, statement in _CHECKS:
        row = session.execute(text(statement)).first()
        if row is not None:
            return Wrong(table, str(row[0]), what, _shown(row[1]), _shown(row[2]))
    return None


def _shown(values: object) -> str:
    return ", ".join(str(value) for value in values) if isinstance(values, tuple) else str(values)
