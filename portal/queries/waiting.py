"""What has waited for the outside world for more than a day: somebody has to look why (R34.2, R42.4, R42.11)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from portal.models.claim import ClaimSettlement
from portal.models.clockwork import SweptDay
from portal.models.message import Execution, SmsMessage, SmsStatus
from portal.models.payment import Payment
from portal.rules.claims import SettlementKind, SettlementStatus
from portal.rules.payments import PaymentStatus

LONG = timedelta(days=1)


def long(session: Session, now: datetime, *, told: bool) -> Mapping[str, int]:
    """How many of each kind wait; kinds of which none does are left out.

    `told`: E-Sobes is sent its executions; else it fetches them, and none waits.
    """
    before = now - LONG
    count = select(func.count())
    asked: dict[str, Select[int]] = {
        "sms": count.where(SmsMessage.status == SmsStatus.OWED, SmsMessage.owed_at < before),
        "executions": count.where(Execution.sent_at.is_(None), Execution.owed_at < before),
        "payments": count.where(
            Payment.status.in_((PaymentStatus.APPROVED, PaymentStatus.ASKED)),
            func.coalesce(Payment.asked_at, Payment.approved_at) < before,
            or_(Payment.not_before_on.is_(None), Payment.not_before_on < before.date()),
        ),
        "reversals": count.where(
            ClaimSettlement.kind == SettlementKind.REVERSAL,
            ClaimSettlement.status == SettlementStatus.ASKED,
            ClaimSettlement.recorded_at < before,
        ),
    }
    if not told:
        del asked["executions"]
    found = {what: session.scalar(statement) or 0 for what, statement in asked.items()}
    return {what: number for what, number in found.items() if number}


def undone_since(session: Session, today: date) -> date | None:
    """The last day whose work is done, when the days after it wait for more than a day; None when none does."""
    last = session.scalar(select(func.max(SweptDay.day)).where(SweptDay.day <= today))
    return last if last is not None and last < today - LONG else None
