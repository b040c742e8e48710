"""What is kept of a webhook: that it came, once. Its payment is looked up; what the webhook says is not believed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.models.payment import Payment, PaymentEvent
from portal.payments.webhooks import Event
from portal.queue import nudge
from portal.rules.payments import PaymentStatus


def receive(session: Session, event: Event, now: datetime) -> bool:
    """Keep an event by its id and nudge the job that looks payments up; False when the event came before.

    A payment that is waiting for an answer is due for a look at once; every other is left as it is.
    """
    row = insert(PaymentEvent).values(id=event.id, kind=event.type, received_at=now).on_conflict_do_nothing()
    if session.execute(row.returning(PaymentEvent.id)).first() is None:
        return False
    waiting = (Payment.id == _group(event), Payment.status == PaymentStatus.ASKED, Payment.next_try_at > now)
    session.execute(update(Payment).where(*waiting).values(next_try_at=now))
    nudge(session, "send_payments")
    return True


def _group(event: Event) -> UUID | None:
    """The payment that the event is about, which is the group of its transfer; None when it is not one of ours."""
    group = event.data.object.get("transfer_group")
    try:
        return UUID(group) if isinstance(group, str) else None
    except ValueError:
        return None
