"""What is kept of a webhook: that it came, once. Its payment is looked up; what the webhook says is not believed."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.models.claim import ClaimSettlement
from portal.models.payment import Payment, PaymentEvent
from portal.payments.webhooks import Event
from portal.queue import nudge
from portal.rules.claims import SettlementKind
from portal.rules.payments import PaymentStatus

log = logging.getLogger(__name__)
REVERSED = "transfer.reversed"


def receive(session: Session, event: Event, now: datetime) -> bool:
    """Keep an event by its id and nudge the job that looks payments up; False when the event came before.

    A payment that is waiting for an answer is due for a look at once; every other is left as it is.
    """
    row = insert(PaymentEvent).values(id=event.id, kind=event.type, received_at=now).on_conflict_do_nothing()
    if session.execute(row.returning(PaymentEvent.id)).first() is None:
        return False
    waiting = (Payment.id == _group(event), Payment.status == PaymentStatus.ASKED, Payment.next_try_at > now)
    session.execute(update(Payment).where(*waiting).values(next_try_at=now))
    if event.type == REVERSED and session.scalar(_taken_back_unasked(_group(event))):
        log.error("A transfer was taken back without the portal: payment %s. Look at it.", _group(event))
    nudge(session, "send_payments")
    return True


def _taken_back_unasked(payment_id: UUID | None) -> Select[bool]:
    """Whether a payment is made, and the portal has never asked for any of it back."""
    asked = select(ClaimSettlement.id).where(
        ClaimSettlement.payment_id == payment_id, ClaimSettlement.kind == SettlementKind.REVERSAL
    )
    paid = select(Payment.id).where(Payment.id == payment_id, Payment.status == PaymentStatus.PAID, ~asked.exists())
    return select(paid.exists())


def _group(event: Event) -> UUID | None:
    """The payment that the event is about, which is the group of its transfer; None when it is not one of ours."""
    group = event.data.object.get("transfer_group")
    try:
        return UUID(group) if isinstance(group, str) else None
    except ValueError:
        return None
