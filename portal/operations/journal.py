"""The root of a day (RI.6): one signed hash over all rows of the journal that the root before did not cover."""

import hashlib
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.models.audit import JournalRoot
from portal.queries import journal_proof
from portal.signing.seal import Seal, is_signed


def settled_id(session: Session) -> int:
    """The last row of the journal, once everybody who writes in it now has finished; in a transaction of its own."""
    return int(session.execute(text("SELECT settle_journal()")).scalar_one())


def close_day(session: Session, day: date, upto_id: int, seal: Seal | None, now: datetime) -> JournalRoot | None:
    """The root of `day` over the rows up to `upto_id`; None when the day has one, or a later day."""
    last = journal_proof.last_root(session)
    if last is not None and last.day >= day:
        return None
    previous, after = (last.root, last.upto_id) if last else (journal_proof.NOTHING, 0)
    rows, digest = journal_proof.digest(session, after, upto_id)
    root = root_of(previous, day, upto_id, rows, digest)
    made = JournalRoot(
        day=day,
        upto_id=upto_id,
        rows=rows,
        previous=previous,
        root=root,
        public_key=seal.public_key if seal else None,
        signature=seal.sign(root) if seal else None,
        made_at=now,
    )
    session.add(made)
    return made


def root_of(previous: bytes, day: date, upto_id: int, rows: int, digest: bytes) -> bytes:
    """SHA-256 over the root before, the day, how far it goes, how many rows it covers, and their digest."""
    return hashlib.sha256(previous + f"{day.isoformat()} {upto_id} {rows}".encode() + digest).digest()


def said(root: JournalRoot) -> dict[str, str | int | None]:
    """A root as its file and its page have it."""
    return {
        "day": root.day.isoformat(),
        "upto": root.upto_id,
        "rows": root.rows,
        "previous": root.previous.hex(),
        "root": root.root.hex(),
        "public_key": root.public_key.hex() if root.public_key else None,
        "signature": root.signature.hex() if root.signature else None,
    }


def first_broken_root(session: Session) -> str | None:
    """What is wrong with the first root that is wrong: not of its rows, not linked, or not signed by its key."""
    previous, after = journal_proof.NOTHING, 0
    for one in reversed(journal_proof.roots(session)):
        rows, digest = journal_proof.digest(session, after, one.upto_id)
        if (rows, root_of(previous, one.day, one.upto_id, rows, digest)) != (one.rows, one.root):
            return f"The root of {one.day} is not that of the rows it covers."
        if one.signature is not None and not is_signed(one.public_key or b"", one.signature, one.root):
            return f"The root of {one.day} is not signed by its key."
        previous, after = one.root, one.upto_id
    return None
