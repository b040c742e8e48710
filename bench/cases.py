"""Who does what in the bench: people, orders and months drawn from the data set, each used once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any, LiteralString, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from portal.actor import Actor
from portal.clock import ALMATY
from portal.db import Database
from portal.operations import orders
from portal.operations.orders import Wish
from portal.rules.orders import NewOrder
from portal.rules.roles import Role
from portal.rules.service import Service
from portal.rules.service_log import NewEntry

T = TypeVar("T")

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ALMATY)
"""The moment of the bench: the data set ends shortly before."""

VISIT_ON = date(2026, 11, 20)
ACT_MONTH = date(2026, 10, 1)

READERS = """
    SELECT e.person_id, e.id AS entitlement_id, p.language
    FROM entitlements e JOIN people p ON p.id = e.person_id
    WHERE e.year = 2026 ORDER BY md5(e.id::text) LIMIT %(count)s
"""
ORDERING = """
    SELECT e.person_id, e.id AS entitlement_id, e.service, o.offer_id
    FROM entitlements e JOIN people p ON p.id = e.person_id
    CROSS JOIN LATERAL (SELECT offer_id FROM offer_places o
                        WHERE o.place_code = p.place_code AND o.service = e.service
                        ORDER BY md5(e.id::text || o.offer_id::text) LIMIT 1) o
    WHERE e.year = 2026 AND e.available >= 600
    ORDER BY e.id LIMIT %(count)s
"""
SERVING = """
    SELECT * FROM (
        SELECT DISTINCT ON (o.provider_id) o.id AS order_id, o.provider_id, o.service,
               s.person_id AS specialist_person_id, l.specialist_id, l.specialist_number
        FROM orders o
        JOIN log_entries l ON l.order_id = o.id AND l.day BETWEEN '2026-10-01' AND '2026-10-31'
        JOIN specialists s ON s.id = l.specialist_id
        WHERE o.status = 'accepted'
        ORDER BY o.provider_id, o.id) one
    ORDER BY md5(provider_id::text)
"""
PREPARED = """
    SELECT d.id, d.signer_id FROM documents d LEFT JOIN orders o ON o.document_id = d.id
    WHERE o.id IS NULL ORDER BY d.id LIMIT %(count)s
"""
A_FULL_MONTH = """
    INSERT INTO log_entries (id, order_id, recipient_id, service, specialist_id, specialist_number, day, started_at,
           ended_at, units, places, way, price_tiyn, guaranteed_tiyn, form_id, recorded_by_id, recorded_at,
           objection_note, strike_reason, settlement_note)
    SELECT gen_random_uuid(), o.id, o.recipient_id, o.service, %(specialist_id)s, %(specialist_number)s, day::date,
           day + interval '15 hours', day + interval '16 hours', 60, 'Емхана', 'offline', o.price_tiyn,
           o.guaranteed_tiyn, gen_random_uuid(), %(specialist_person_id)s, day + interval '17 hours', '', '', ''
    FROM orders o
    CROSS JOIN generate_series(timestamptz '2026-10-01 00:00Z', timestamptz '2026-10-31 00:00Z', '1 day') day
    WHERE o.id = %(order_id)s AND day::date NOT IN (SELECT day FROM log_entries WHERE order_id = o.id)
"""

A_LONG_LEDGER = """
    INSERT INTO postings (entitlement_id, source, target, units, cause, order_id, posted_at)
    SELECT o.entitlement_id, source, target, 60, cause, o.id, timestamptz '2026-01-12 10:00+05' + n * interval '3 hours'
    FROM (SELECT id, entitlement_id FROM orders WHERE ended_on IS NULL ORDER BY md5(id::text) LIMIT 1) o
    CROSS JOIN generate_series(1, 1000) n
    CROSS JOIN (VALUES (1, 'available', 'reserved', 'order_placed'), (2, 'reserved', 'available', 'order_ended'))
               p (step, source, target, cause)
    ORDER BY n, step
"""
WITH_A_LONG_LEDGER = """
    SELECT e.person_id, e.id AS entitlement_id, p.language
    FROM (SELECT entitlement_id FROM postings GROUP BY entitlement_id HAVING count(*) >= 2000) long
    JOIN entitlements e ON e.id = long.entitlement_id JOIN people p ON p.id = e.person_id
    ORDER BY e.id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """A recipient who looks at pages."""

    person_id: UUID
    entitlement_id: UUID
    language: str


@dataclass(frozen=True, slots=True)
class Ordering:
    """A recipient with the offer that they order from."""

    person_id: UUID
    entitlement_id: UUID
    service: str
    offer_id: UUID

    @property
    def actor(self) -> Actor:
        """They act for themselves."""
        return Actor(Role.RECIPIENT, self.person_id, self.person_id)

    @property
    def wish(self) -> Wish:
        """Service in December: an assistant for an hour a day, an interpreter for ten hours."""
        first, last, minutes_a_day = date(2026, 12, 1), date(2026, 12, 31), 60
        service = Service(self.service)
        if service is Service.ASSISTANT:
            order = NewOrder(service, first, last, 31 * minutes_a_day, minutes_a_day, "offline")
        else:
            order = NewOrder(service, first, last, 600, None, "offline")
        return Wish(self.entitlement_id, self.offer_id, order)


@dataclass(frozen=True, slots=True)
class Serving:
    """An order that a specialist serves; one an organisation, so that no two wait for each other."""

    order_id: UUID
    provider_id: UUID
    service: str
    specialist_id: UUID
    specialist_person_id: UUID
    specialist_number: int

    @property
    def specialist(self) -> Actor:
        """Who writes the visits down."""
        return Actor(Role.SPECIALIST, self.specialist_person_id, None, self.provider_id)

    @property
    def provider(self) -> Actor:
        """Who draws up the act."""
        return Actor(Role.PROVIDER, self.specialist_person_id, None, self.provider_id)

    @property
    def visit(self) -> NewEntry:
        """An hour of last Friday, before the other visits of that day."""
        return NewEntry(
            VISIT_ON, time(6), time(7), "Емхана", "offline" if self.service == Service.INTERPRETER else None
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order that waits for its signature."""

    id: UUID
    signer_id: UUID

    @property
    def actor(self) -> Actor:
        """Who signs it, for themselves."""
        return Actor(Role.RECIPIENT, self.signer_id, self.signer_id)


@dataclass(frozen=True, slots=True)
class Cases:
    """Who does what: for the choice page, her page, where her hours went, for the orders, the visits, the acts."""

    choosing: Sequence[Reader]
    at_home: Sequence[Reader]
    tracing: Sequence[Reader]
    ordering: Sequence[Prepared]
    visiting: Sequence[Serving]
    acting: Sequence[Serving]


def prepare(url: str, count: int) -> None:
    """What stands in the data set before both sides begin: `count` prepared orders and months full of visits."""
    with psycopg.connect(url) as connection:
        ordering = _rows(connection, Ordering, ORDERING, count)
        for serving in _acting(connection, count):
            connection.execute(A_FULL_MONTH, asdict(serving))
        connection.execute(A_LONG_LEDGER)
    database = Database(url)
    with database.writes() as session, session.begin():
        for one in ordering:
            orders.prepare(session, one.wish, one.actor, NOW)
    database.dispose()


def draw(url: str, count: int) -> Cases:
    """Choose `count` of each from a data set that was prepared for as many."""
    with psycopg.connect(url) as connection:
        readers = _rows(connection, Reader, READERS, 2 * count)
        acting = _acting(connection, count)
        taken = {one.provider_id for one in acting}
        others = [one for one in _rows(connection, Serving, SERVING) if one.provider_id not in taken]
        prepared = _rows(connection, Prepared, PREPARED, count)
        tracing = _rows(connection, Reader, WITH_A_LONG_LEDGER) * (count // 2)
    return Cases(readers[:count], readers[count:], tracing, prepared, others[:count], acting)


def _acting(connection: psycopg.Connection[Any], count: int) -> list[Serving]:
    assistants = [one for one in _rows(connection, Serving, SERVING) if one.service == Service.ASSISTANT]
    return assistants[:count]


def _rows(connection: psycopg.Connection[Any], kind: type[T], query: LiteralString, count: int = 0) -> list[T]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query, {"count": count}).fetchall()
