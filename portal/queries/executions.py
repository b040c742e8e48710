"""Reading the outbox to E-Sobes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from portal.models.message import Execution


def after(session: Session, transaction: int, sequence: int, most: int) -> Sequence[Execution]:
    """Rows after a cursor, oldest first. Only of transactions that are over, so that none is ever skipped."""
    over = text("executions.transaction < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")
    return session.scalars(
        select(Execution)
        .where(tuple_(Execution.transaction, Execution.sequence) > (transaction, sequence), over)
        .order_by(Execution.transaction, Execution.sequence)
        .limit(most)
    ).all()


def next_due(session: Session, now: datetime) -> Execution | None:
    """The row that is to be sent next, locked for this job alone; what another one holds is passed over."""
    return session.scalars(
        select(Execution)
        .where(Execution.sent_at.is_(None), Execution.next_try_at <= now)
        .order_by(Execution.next_try_at, Execution.sequence)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
