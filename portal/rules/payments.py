"""The payment of an accepted act (R42.11): approved by a second person, asked for once, looked up until answered."""

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum

from portal.rules.law import N_, RuleViolation, law
from portal.rules.moves import Machine, Move
from portal.rules.quantities import LAW_TIME
from portal.rules.roles import Role


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    AWAITING = "awaiting"
    APPROVED = "approved"
    ASKED = "asked"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PaymentAction(StrEnum):
    """What a payment undergoes."""

    APPROVE = "approve"
    ASK = "ask"
    CONFIRM = "confirm"
    FAIL = "fail"
    LOOK_AGAIN = "look_again"
    RETRY = "retry"
    CANCEL = "cancel"


MISMATCH = "mismatch"
"""The failure of a payment for which money was found out, otherwise than asked; kept while it is looked at again."""

STATUS_LABELS: Mapping[PaymentStatus, str] = {
    PaymentStatus.AWAITING: N_("Waiting for a second person of the office"),
    PaymentStatus.APPROVED: N_("Approved, to be sent"),
    PaymentStatus.ASKED: N_("Sent, waiting for the payment system’s answer"),
    PaymentStatus.PAID: N_("Paid"),
    PaymentStatus.FAILED: N_("Refused by the payment system"),
    PaymentStatus.CANCELLED: N_("Cancelled: its act was set aside"),
}

MOVES: Machine[PaymentStatus, PaymentAction] = Machine(
    {
        (PaymentStatus.AWAITING, PaymentAction.APPROVE): Move(PaymentStatus.APPROVED, Role.OFFICE),
        (PaymentStatus.APPROVED, PaymentAction.ASK): Move(PaymentStatus.ASKED, Role.SYSTEM),
        (PaymentStatus.ASKED, PaymentAction.CONFIRM): Move(PaymentStatus.PAID, Role.SYSTEM),
        (PaymentStatus.ASKED, PaymentAction.FAIL): Move(PaymentStatus.FAILED, Role.SYSTEM),
        (PaymentStatus.FAILED, PaymentAction.LOOK_AGAIN): Move(PaymentStatus.ASKED, Role.OFFICE),
        (PaymentStatus.FAILED, PaymentAction.RETRY): Move(PaymentStatus.APPROVED, Role.OFFICE),
        (PaymentStatus.AWAITING, PaymentAction.CANCEL): Move(PaymentStatus.CANCELLED, Role.SYSTEM),
        (PaymentStatus.APPROVED, PaymentAction.CANCEL): Move(PaymentStatus.CANCELLED, Role.SYSTEM),
        (PaymentStatus.FAILED, PaymentAction.CANCEL): Move(PaymentStatus.CANCELLED, Role.SYSTEM),
    },
    refusals={
        PaymentStatus.AWAITING: N_("This payment is waiting for a second person of the office to approve it."),
        PaymentStatus.APPROVED: N_("This payment has already been approved and will be sent."),
        PaymentStatus.ASKED: N_("This payment has been sent and is waiting for the payment system’s answer."),
        PaymentStatus.PAID: N_("This payment has already been made."),
        PaymentStatus.FAILED: N_("The payment system refused this payment. Mend the cause, then approve it again."),
        PaymentStatus.CANCELLED: N_("This payment is cancelled: its act was set aside. Nothing is paid for it."),
    },
)

FINAL: frozenset[PaymentStatus] = frozenset({PaymentStatus.PAID, PaymentStatus.CANCELLED})
"""Statuses that nothing leads out of."""


@law("R42.11")
def first_try(not_before_on: date | None, now: datetime) -> datetime:
    """When an approved payment is asked for: now, or for goods when the day comes before which they are not paid."""
    return now if not_before_on is None else max(now, datetime.combine(not_before_on, time.min, LAW_TIME))


@law("R42.11", "RI.2")
def may_be_out(status: PaymentStatus, failure_code: str | None) -> bool:
    """Whether money may be out for a payment that is not made: asked for, or found otherwise than it was asked for.

    Until that is known the payment is neither cancelled nor made anew: one would lose the money, the other pay twice.
    """
    return status is PaymentStatus.ASKED or (status is PaymentStatus.FAILED and failure_code == MISMATCH)


@law("R42.11", "RI.2")
def check_look_again(status: PaymentStatus, failure_code: str | None) -> None:
    """A failed payment is looked at again only when money may be out for it."""
    if status is PaymentStatus.FAILED and not may_be_out(status, failure_code):
        raise RuleViolation(MOVES.refusals[status], "R42.11")


@law("R42.11", "RI.2")
def check_not_out(failure_code: str | None) -> None:
    """Nothing is paid beside money that was found out, also while it is being looked at again."""
    if failure_code == MISMATCH:
        raise RuleViolation(
            N_(
                "Money has left for this payment otherwise than asked. Look again first, so that nothing is paid twice."
            ),
            "RI.2",
        )


@law("R42.11")
def label(status: PaymentStatus, failure_code: str | None) -> str:
    """Where a payment stands, in words: money that is out is no refusal."""
    if status is PaymentStatus.FAILED and may_be_out(status, failure_code):
        return N_("Money is out, but not as asked for")
    return STATUS_LABELS[status]


@law("R42.11", "RI.2")
def check_amount(amount_tiyn: int, act_amount_tiyn: int, paid_before_tiyn: int) -> None:
    """A payment is the act's amount, whole and once: more than nothing, and never again for the same act."""
    if paid_before_tiyn > 0:
        raise RuleViolation(N_("This act has already been paid."), "RI.2")
    if amount_tiyn <= 0:
        raise RuleViolation(N_("There is nothing to pay for this act."), "RI.2")
    if amount_tiyn != act_amount_tiyn:
        raise RuleViolation(
            N_("The payment of %(amount_tiyn)s differs from the act’s amount of %(act_amount_tiyn)s."),
            "RI.2",
            amount_tiyn=amount_tiyn,
            act_amount_tiyn=act_amount_tiyn,
        )
