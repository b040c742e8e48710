"""`portal verify`: the ledger and the journal prove themselves, and whoever tampers with them is named (RI.1, RI.6)."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import audit, clock
from portal.actor import SYSTEM
from portal.models.audit import AuditRow
from portal.models.order import Order
from portal.models.payment import Payment
from portal.operations import journal, ledger
from portal.queries import journal_proof, ledger_proof
from portal.rules.acts import ActStatus
from portal.rules.payments import PaymentStatus
from portal.signing.seal import Seal, new_key
from tests import factories as make

Tamper = Callable[[str], None]


_POSTING = """
    INSERT INTO money_postings (entitlement_id, source, target, tiyn, cause, order_id, act_id, posted_at)
    SELECT o.entitlement_id, 'budget', '{}', 58993, '{}', o.id, {}, now()
    FROM acts a JOIN orders o ON o.id = a.order_id;
    UPDATE entitlements SET {}_tiyn = {}_tiyn + 58993;
"""
_OWED_TWICE = _POSTING.format("owed", "act", "a.id", "owed", "owed")
"""What was owed for an act is owed once more: nobody would ever pay it, but it stands in the books."""
_HELD_TWICE = (
    _POSTING.format("reserved", "correction", "NULL", "reserved", "reserved")
    + "UPDATE orders SET acted = acted - 60, reserved_tiyn = reserved_tiyn + 58993 WHERE acted > 0"
)
"""An hour of a paid act holds money again, as if the act had been set aside."""


@pytest.fixture
def lived(session: Session) -> Session:
    """An order with visits, one of them paid; another order that is over."""
    order = make.make_order(session, minutes=1200)
    act = make.make_act(session, order, status=ActStatus.PAID)
    about = {"act_id": act.id, "provider_id": act.provider_id, "office_id": act.office_id}
    paid = {"status": PaymentStatus.PAID, "due_on": act.month, "owed_at": make.MONDAY, "paid_at": make.MONDAY}
    session.add(Payment(amount_tiyn=act.amount_tiyn, **about, **paid))
    make.make_entry(session, order, day=date(2026, 3, 4))
    over = make.make_order(session, order.entitlement, minutes=600)
    ledger.release(session, over.entitlement, over, make.MONDAY)
    over.ended_on = date(2026, 3, 5)
    for whom in (order.recipient_id, order.recipient_id, order.recipient_id, None):
        audit.record(session, SYSTEM, make.MONDAY, thing="orders", thing_id=order.id, action="x", about=whom)
    session.flush()
    return session


@pytest.fixture
def tamper(lived: Session) -> Tamper:
    """Somebody with all rights on the database changes it behind the guards' back."""

    def do(statement: str) -> None:
        lived.flush()
        lived.execute(text("SET LOCAL ROLE NONE"))
        lived.execute(text("SET LOCAL session_replication_role = replica"))
        lived.execute(text(statement))

    return do


@pytest.mark.law("RI.1", "RI.2")
def test_what_was_lived_is_right(lived: Session) -> None:
    proof = ledger_proof.prove(lived)
    assert proof.wrong is None
    assert proof.postings >= 6


@pytest.mark.law("RI.1", "RI.2")
@pytest.mark.parametrize(
    ("statement", "table", "what"),
    [
        ("UPDATE entitlements SET available = available - 60, returned = returned + 60", "entitlements", "granted"),
        ("UPDATE postings SET units = units + 1 WHERE cause = 'visit'", "entitlements", "granted"),
        ("DELETE FROM postings WHERE cause = 'order_placed'", "entitlements", "granted"),
        ("UPDATE entitlements SET paid_tiyn = paid_tiyn + 1", "entitlements", "money reserved"),
        ("DELETE FROM money_postings WHERE cause = 'payment'", "entitlements", "money reserved"),
        ("UPDATE orders SET used = used - 60, reserved = reserved + 60 WHERE used > 0", "orders", "reserved, used"),
        ("UPDATE orders SET acted = 0", "orders", "money reserved"),
        (_HELD_TWICE, "orders", "accepted acts"),
        (_OWED_TWICE, "acts", "owed"),
        ("UPDATE log_entries SET units = units + 60, ended_at = ended_at + interval '1 hour'", "orders", "the log"),
    ],
)
def test_the_first_wrong_row_is_named(lived: Session, tamper: Tamper, statement: str, table: str, what: str) -> None:
    tamper(statement)
    wrong = ledger_proof.prove(lived).wrong
    assert wrong is not None
    assert (wrong.table, what in wrong.what) == (table, True), wrong
    assert wrong.found != wrong.expected
    if table == "orders":
        assert lived.get(Order, UUID(wrong.id)) is not None


@pytest.mark.law("RI.1", "RI.2")
@pytest.mark.parametrize("table", ["postings", "money_postings"])
def test_a_posting_that_is_of_another_entitlement_than_its_order_is_named(
    lived: Session, tamper: Tamper, table: str
) -> None:
    other = make.make_programme(lived)
    tamper(f"UPDATE {table} SET entitlement_id = '{other.id}' WHERE cause = 'order_ended'")
    wrong = ledger_proof.prove(lived).wrong
    assert wrong is not None
    assert (wrong.table, wrong.what, wrong.found) == (table, "is of the entitlement of its order", str(other.id))


@pytest.mark.law("RI.6")
def test_the_journal_is_a_chain_for_each_stream(lived: Session) -> None:
    rows = lived.scalars(select(AuditRow).order_by(AuditRow.stream, AuditRow.sequence)).all()
    for one, after in pairwise(rows):
        if one.stream == after.stream:
            assert (after.sequence, after.previous) == (one.sequence + 1, one.hash)
        else:
            assert (after.sequence, after.previous) == (1, journal_proof.NOTHING)
    assert len({one.stream for one in rows}) == 2
    assert journal_proof.first_broken(lived) is None


@pytest.mark.law("RI.6")
@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE audit SET action = 'y' WHERE id = {middle}", "something else"),
        ("UPDATE audit SET at = at + interval '1 second' WHERE id = {middle}", "something else"),
        ("UPDATE audit SET details = '{{\"a\": 1}}' WHERE id = {middle}", "something else"),
        ("UPDATE audit SET hash = previous WHERE id = {middle}", "something else"),
        ("DELETE FROM audit WHERE id = {middle}", "not linked"),
        ("DELETE FROM audit WHERE id = {last}", "ends elsewhere"),
        ("UPDATE journal_heads SET sequence = sequence - 1", "ends elsewhere"),
        ("DELETE FROM audit WHERE stream = (SELECT stream FROM audit WHERE id = {middle})", "ends elsewhere"),
    ],
)
def test_the_first_broken_link_is_named(lived: Session, tamper: Tamper, statement: str, what: str) -> None:
    order = lived.scalars(select(AuditRow).where(AuditRow.sequence == 3)).one()
    mine = lived.scalars(select(AuditRow.id).where(AuditRow.stream == order.stream).order_by(AuditRow.sequence)).all()
    tamper(statement.format(middle=mine[1], last=mine[-1]))
    broken = journal_proof.first_broken(lived)
    assert broken is not None
    assert what in broken.what
    if statement.endswith("WHERE id = {middle}"):
        assert broken.row == (mine[2] if "DELETE" in statement else mine[1])


@pytest.mark.law("RI.6")
def test_the_roots_of_days(lived: Session, tamper: Tamper, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(new_key())
    seal = Seal.load(key)
    now = clock.now()
    first = journal.close_day(lived, date(2026, 3, 2), journal.settled_id(lived), seal, now)
    audit.record(lived, SYSTEM, now, thing="x", thing_id=UUID(int=7), action="y")
    lived.flush()
    second = journal.close_day(lived, date(2026, 3, 3), journal.settled_id(lived), seal, now)
    assert first is not None
    assert second is not None
    assert (second.previous, second.rows) == (first.root, 1)
    assert journal.close_day(lived, date(2026, 3, 3), 10**9, seal, now) is None, "a day has one root"
    lived.flush()
    assert journal.first_broken_root(lived) is None
    tamper("UPDATE journal_roots SET signature = previous || previous WHERE day = '2026-03-03'")
    lived.expire_all()
    assert journal.first_broken_root(lived) == "The root of 2026-03-03 is not signed by its key."
    tamper("DELETE FROM audit WHERE thing = 'orders'")
    assert journal.first_broken_root(lived) == "The root of 2026-03-02 is not that of the rows it covers."


@pytest.mark.law("RI.6")
def test_a_personal_value_can_be_erased(lived: Session) -> None:
    audit.record(lived, SYSTEM, make.MONDAY, thing="x", thing_id=UUID(int=7), action="y", personal={"note": "Құпия"})
    lived.flush()
    row = lived.scalars(select(AuditRow).where(AuditRow.thing == "x")).one()
    assert "Құпия" not in str(row.details)
    assert lived.execute(text("DELETE FROM journal_values")).rowcount == 1  # type: ignore[attr-defined]
    assert journal_proof.first_broken(lived) is None
