"""Reading claims (R42.11): an office's own, those against a provider, how many are open."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.models.act import Act
from portal.models.claim import Claim, ClaimSettlement
from portal.models.payment import Payment
from portal.queries.paged import Page, page
from portal.queries.payments import Heap
from portal.rules.claims import ClaimStatus

_OPEN_FIRST = (case((Claim.status == ClaimStatus.OPEN, 0), else_=1), Claim.due_on, Claim.number)


def of_office(session: Session, office_id: UUID, number: int) -> Page[Claim]:
    """A page of an office's claims: open ones first, the one due first on top."""
    found = page(session, _claims(Claim.office_id == office_id).order_by(*_OPEN_FIRST), number)
    return Page([row[0] for row in found.rows], found.number, found.total, found.size)


def get_for_office(session: Session, claim_id: UUID, office_id: UUID) -> Claim:
    """One claim of this office; LookupError when it is another's or not there."""
    claim = session.scalars(_claims(Claim.id == claim_id, Claim.office_id == office_id)).one_or_none()
    if claim is None:
        raise LookupError("no such claim")
    return claim


def of_provider(session: Session, provider_id: UUID, limit: int = 200) -> Sequence[Claim]:
    """The claims against a provider, by whichever office: open ones first."""
    return session.scalars(_claims(Claim.provider_id == provider_id).order_by(*_OPEN_FIRST).limit(limit)).all()


def open_heap(session: Session, office_id: UUID) -> Heap:
    """How many claims of an office are open, and how much is still to come back."""
    left = func.coalesce(func.sum(Claim.amount_tiyn - Claim.settled_tiyn), 0)
    mine = select(func.count(), left).where(Claim.office_id == office_id, Claim.status == ClaimStatus.OPEN)
    count, tiyn = session.execute(mine).one()
    return Heap(count, int(tiyn))


def _claims(*conditions: ColumnElement[bool]) -> Select[Claim]:
    return (
        select(Claim)
        .where(*conditions)
        .options(
            joinedload(Claim.act).joinedload(Act.recipient),
            joinedload(Claim.provider),
            joinedload(Claim.correction),
            selectinload(Claim.settlements).joinedload(ClaimSettlement.payment).joinedload(Payment.act),
            selectinload(Claim.settlements).joinedload(ClaimSettlement.recorded_by),
        )
    )
