"""The books of an entitlement: its balances are the sums of its postings, and they add up (RI.1)."""

from sqlalchemy import func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.models.entitlement import Account, Entitlement, Posting
from portal.models.order import Order
from portal.queries import ledger_proof


def check_books(session: Session, entitlement: Entitlement) -> None:
    """Every account holds what was posted to it less what was posted from it; orders hold their part of it."""
    session.flush()
    found = {account: _posted(session, entitlement, account) for account in Account if account is not Account.GRANTED}
    assert found == {
        Account.AVAILABLE: entitlement.available,
        Account.RESERVED: entitlement.reserved,
        Account.USED: entitlement.used,
        Account.RETURNED: entitlement.returned,
    }
    assert sum(found.values()) == entitlement.granted == -_posted(session, entitlement, Account.GRANTED)
    assert min(found.values()) >= 0
    mine = Order.entitlement_id == entitlement.id
    sums = select(func.coalesce(func.sum(Order.reserved), 0), func.coalesce(func.sum(Order.used), 0))
    assert session.execute(sums.where(mine)).one() == (entitlement.reserved, entitlement.used)


def check_ledger(session: Session) -> None:
    """Units and money of the whole database follow from what they are made of (RI.1, RI.2)."""
    session.flush()
    assert ledger_proof.prove(session).wrong is None
    session.execute(text("DROP TABLE programme_sums, order_sums"))


def _posted(session: Session, entitlement: Entitlement, account: Account) -> int:
    def total(column: InstrumentedAttribute[Account]) -> int:
        mine = select(func.coalesce(func.sum(Posting.units), 0)).where(Posting.entitlement_id == entitlement.id)
        return session.scalars(mine.where(column == account)).one()

    return total(Posting.target) - total(Posting.source)
