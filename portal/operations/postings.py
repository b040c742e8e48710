"""The pen of the ledger (RI.1): a posting goes out right after the flush that writes the balance and what it names.

Postings are written once and not read again in the same unit of work, so they are rows, not objects; all of a flush go
out at once. What is rolled back takes its postings with it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_dirty

from portal.models.entitlement import Account, Cause, Entitlement, MoneyPosting, Posting, Purse
from portal.operations import causes

_WAITING = "postings"
_STATEMENTS = {"units": insert(Posting).inline(), "tiyn": insert(MoneyPosting).inline()}


def post(
    session: Session,
    entitlement: Entitlement,
    source: Account | Purse,
    target: Account | Purse,
    cause: Cause,
    now: datetime,
    **amount_and_links: Any,
) -> None:
    """Write down `units` or `tiyn` that went from one place to another, and what of (`order_id`, `act_id`, ...)."""
    kind = "units" if "units" in amount_and_links else "tiyn"
    row = {
        "entitlement_id": entitlement.id,
        "source": source,
        "target": target,
        "cause": cause,
        "posted_at": now,
        "event_id": causes.event_id(session),
        **amount_and_links,
    }
    session.info.setdefault(_WAITING, []).append((kind, row))
    flag_dirty(entitlement)  # so that there is a flush, whatever else has changed


@event.listens_for(Session, "after_flush")
def _send(session: Session, _context: Any) -> None:
    waiting = session.info.pop(_WAITING, ())
    for kind, statement in _STATEMENTS.items():
        if rows := [row for of, row in waiting if of == kind]:
            session.connection().execute(statement, rows if len(rows) > 1 else rows[0])


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _transaction: Any) -> None:
    session.info.pop(_WAITING, None)
