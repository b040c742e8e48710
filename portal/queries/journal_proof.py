"""The proof of the journal (RI.6): every row's hash, every link, the ends of the streams, and the signed roots."""

from collections.abc import Sequence
from datetime import date
from typing import LiteralString, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.models.audit import JournalRoot

NOTHING = bytes(32)
"""What the first row of a stream, and the first root, is linked to."""


class Broken(NamedTuple):
    """The first broken link: the row (0 for none), and what is wrong with it."""

    row: int
    what: str


_DIGEST = text(
    "SELECT count(*), sha256(coalesce(string_agg(hash, ''::bytea ORDER BY id), ''::bytea)) FROM audit "
    "WHERE id > :after AND id <= :upto"
)
_SETTINGS = text("SET LOCAL work_mem = '256MB'")
"""Streams and links are joined in memory, not on the disk."""
_COUNT = text("SELECT count(*) FROM audit")
_CHECKS: tuple[tuple[str, LiteralString], ...] = (
    (
        "it says something else than when it was written",
        # Not min(id): for that the rows would be read one after another by their index, by one process alone.
        "SELECT min(a.id + 0) FROM audit a WHERE a.hash <> journal_hash(a)",
    ),
    (
        "it is not linked to the row before it in its stream, or that row is missing",
        """SELECT min(n.id) FROM audit n
        LEFT JOIN audit p ON p.stream = n.stream AND p.sequence = n.sequence - 1
        WHERE n.previous <> coalesce(p.hash, CASE n.sequence WHEN 1 THEN decode(repeat('00', 32), 'hex') END, '')""",
    ),
    (
        "its stream ends elsewhere: rows at the end are missing, or there are some too many",
        """SELECT min(coalesce(s.id, 0)) FROM journal_heads h
        FULL JOIN (SELECT stream, max(id) AS id, max(sequence) AS sequence FROM audit GROUP BY stream) s USING (stream)
        LEFT JOIN audit a ON a.stream = h.stream AND a.sequence = h.sequence
        WHERE h.sequence IS DISTINCT FROM s.sequence OR h.hash IS DISTINCT FROM a.hash""",
    ),
)


def last_root(session: Session) -> JournalRoot | None:
    """The newest root."""
    return session.scalars(select(JournalRoot).order_by(JournalRoot.day.desc()).limit(1)).first()


def roots(session: Session, limit: int | None = None) -> Sequence[JournalRoot]:
    """The roots, the newest first."""
    return session.scalars(select(JournalRoot).order_by(JournalRoot.day.desc()).limit(limit)).all()


def root_of_day(session: Session, day: date) -> JournalRoot:
    """The root of a day; LookupError when it has none."""
    found = session.get(JournalRoot, day)
    if found is None:
        raise LookupError("no such root")
    return found


def digest(session: Session, after_id: int, upto_id: int) -> tuple[int, bytes]:
    """How many rows there are between two, the first left out, and the SHA-256 of their hashes one after another."""
    row = session.execute(_DIGEST, {"after": after_id, "upto": upto_id}).one()
    return row[0], bytes(row[1])


def count(session: Session) -> int:
    """How many rows the journal has."""
    return int(session.execute(_COUNT).scalar_one())


def first_broken(session: Session) -> Broken | None:
    """The first row that was changed, taken out or put in, if any; roots are checked apart."""
    session.execute(_SETTINGS)
    for what, statement in _CHECKS:
        found = session.execute(text(statement)).scalar()
        if found is not None:
            return Broken(int(found), what)
    return None
