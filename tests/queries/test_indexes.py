"""What is asked again and again finds its rows by an index: its cost follows what is due, not what exists."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.jobs import sweep
from portal.models.act import Act
from portal.operations import reversals
from portal.queries import acts, executions, payments, people

NOW = datetime(2026, 4, 6, 10, tzinfo=ALMATY)
TODAY = NOW.date()
NOBODY = UUID(int=0)
ASKED: dict[str, tuple[Callable[[Session], Any], str]] = {
    "what corrects an act": (lambda session: acts.correction_of(session, Act(id=NOBODY)), "ix_acts_corrects"),
    "kin of a clerk": (lambda session: people.relatives(session, NOBODY), "ix_kinships_relative_id"),
    "payments to be asked for": (lambda session: payments.due(session, NOW, 50), "ix_payments_open"),
    "transfers to be reversed": (lambda session: reversals.due(session, NOW, 50), "ix_claim_settlements_asked"),
    "what E-Sobes must learn": (lambda session: executions.next_due(session, NOW), "ix_executions_unsent"),
    "what E-Sobes reads": (lambda session: executions.after(session, 0, 0, 50), "ix_executions_cursor"),
    "orders without an answer": (lambda session: session.execute(sweep._unanswered(TODAY)), "ix_orders_unanswered"),
    "orders whose days have passed": (lambda session: session.execute(sweep._over(TODAY)), "ix_orders_open_end"),
    "entitlements that end": (lambda session: session.execute(sweep._ended(TODAY)), "ix_entitlements_open_end"),
    "measures that give anew": (lambda session: session.execute(sweep._to_renew(TODAY)), "ix_measures_renew"),
    "reminders": (lambda session: session.execute(sweep._to_remind(TODAY)), "ix_entitlements_reminders"),
}


@pytest.mark.parametrize(("asked", "index"), ASKED.values(), ids=ASKED.keys())
def test_has_its_index(session: Session, asked: Callable[[Session], Any], index: str) -> None:
    connection = session.connection()
    statements: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        statements.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", keep)
    asked(session)
    event.remove(connection, "before_cursor_execute", keep)
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plans = [
        row[0]
        for statement, parameters in statements
        for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    ]
    assert any(index in line for line in plans), "\n".join(plans)
