"""The books of an entitlement: its balances are the sums of its postings, and they add up (RI.1)."""

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.models.entitlement import Account, Entitlement, Posting
from portal.models.order import Order


def check_books(session: Session, entitlement: Entitlement) -> None:
    """Every account holds what was posted to it less what was posted from it; orders hold their part of it."""
    session.flush()
    found = {account: _posted(session, entitlement, account) for account in Account if account is not Account.GRANTED}
    assert found == {
        Account.AVAILABLE: entitlement.available_minutes,
        Account.RESERVED: entitlement.reserved_minutes,
        Account.USED: entitlement.used_minutes,
        Account.RETURNED: entitlement.returned_minutes,
    }
    assert sum(found.values()) == entitlement.granted_minutes == -_posted(session, entitlement, Account.GRANTED)
    assert min(found.values()) >= 0
    mine = Order.entitlement_id == entitlement.id
    sums = select(func.coalesce(func.sum(Order.reserved_minutes), 0), func.coalesce(func.sum(Order.used_minutes), 0))
    assert session.execute(sums.where(mine)).one() == (entitlement.reserved_minutes, entitlement.used_minutes)


def _posted(session: Session, entitlement: Entitlement, account: Account) -> int:
    def total(column: InstrumentedAttribute[Account]) -> int:
        mine = select(func.coalesce(func.sum(Posting.minutes), 0)).where(Posting.entitlement_id == entitlement.id)
        return session.scalars(mine.where(column == account)).one()

    return total(Posting.target) - total(Posting.source)
