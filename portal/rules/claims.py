"""Money claimed back from a provider (R42.11, RI.5): what was paid for visits that did not count, until it has come."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from portal.rules import term_table
from portal.rules.law import N_, RuleViolation, law
from portal.rules.moves import Machine, Move
from portal.rules.roles import Role
from portal.rules.terms import due_on


class ClaimStatus(StrEnum):
    """Where a claim stands."""

    OPEN = "open"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class ClaimAction(StrEnum):
    """What a claim undergoes."""

    SETTLE = "settle"
    WITHDRAW = "withdraw"


class SettlementKind(StrEnum):
    """In what way claimed money comes back."""

    REPAYMENT = "repayment"
    SET_OFF = "set_off"
    REVERSAL = "reversal"


class SettlementStatus(StrEnum):
    """Where one of these ways stands."""

    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"


class SettlementAction(StrEnum):
    """What it undergoes."""

    CONFIRM = "confirm"
    FAIL = "fail"


STATUS_LABELS: Mapping[ClaimStatus, str] = {
    ClaimStatus.OPEN: N_("Money to come back"),
    ClaimStatus.SETTLED: N_("All of it has come back"),
    ClaimStatus.WITHDRAWN: N_("The claim was withdrawn"),
}

KIND_LABELS: Mapping[SettlementKind, str] = {
    SettlementKind.REPAYMENT: N_("Repaid by the provider"),
    SettlementKind.SET_OFF: N_("Set off in a payment"),
    SettlementKind.REVERSAL: N_("Transfer reversed"),
}

SETTLEMENT_LABELS: Mapping[SettlementStatus, str] = {
    SettlementStatus.ASKED: N_("Under way"),
    SettlementStatus.DONE: N_("Has come"),
    SettlementStatus.FAILED: N_("Did not come about"),
}

MOVES: Machine[ClaimStatus, ClaimAction] = Machine(
    {
        (ClaimStatus.OPEN, ClaimAction.SETTLE): Move(ClaimStatus.SETTLED, Role.OFFICE, Role.SYSTEM),
        (ClaimStatus.OPEN, ClaimAction.WITHDRAW): Move(ClaimStatus.WITHDRAWN, Role.SYSTEM),
    },
    refusals={
        ClaimStatus.OPEN: N_("This claim is open: money is still to come back."),
        ClaimStatus.SETTLED: N_("All of this claim has already come back."),
        ClaimStatus.WITHDRAWN: N_("This claim was withdrawn. Nothing has to come back."),
    },
)

FINAL: frozenset[ClaimStatus] = frozenset({ClaimStatus.SETTLED, ClaimStatus.WITHDRAWN})
"""Statuses that nothing leads out of."""

SETTLEMENT_MOVES: Machine[SettlementStatus, SettlementAction] = Machine(
    {
        (SettlementStatus.ASKED, SettlementAction.CONFIRM): Move(SettlementStatus.DONE, Role.SYSTEM),
        (SettlementStatus.ASKED, SettlementAction.FAIL): Move(SettlementStatus.FAILED, Role.SYSTEM),
    },
    refusals={
        SettlementStatus.ASKED: N_("This money is already on its way back."),
        SettlementStatus.DONE: N_("This money has already come back."),
        SettlementStatus.FAILED: N_("This way of getting the money back did not come about. Choose one again."),
    },
)

SETTLEMENT_FINAL: frozenset[SettlementStatus] = frozenset({SettlementStatus.DONE, SettlementStatus.FAILED})
"""Statuses that nothing leads out of."""


@law("R42.11")
def repay_due_on(claimed_on: date) -> date:
    """The last day on which the provider pays back: 15 calendar days after the claim was made."""
    return due_on(term_table.REPAYMENT, claimed_on)


@law("R42.11")
def days_late(due_on: date, today: date) -> int:
    """By how many calendar days the term of a repayment has passed; 0 while it runs."""
    return max((today - due_on).days, 0)


@law("R42.11", "RI.2")
def check_settling(status: ClaimStatus, amount_tiyn: int, left_tiyn: int) -> None:
    """Of an open claim at most what is still to come, and is not on its way already, comes back."""
    if status is not ClaimStatus.OPEN:
        raise RuleViolation(MOVES.refusals[status], "R42.11")
    if left_tiyn <= 0:
        raise RuleViolation(SETTLEMENT_MOVES.refusals[SettlementStatus.ASKED], "RI.2")
    if amount_tiyn <= 0:
        raise RuleViolation(N_("Write an amount of more than nothing."), "RI.2")
    if amount_tiyn > left_tiyn:
        raise RuleViolation(N_("Only %(left_tiyn)s of this claim are still to come back."), "RI.2", left_tiyn=left_tiyn)


@law("R42.11")
def check_repaid_on(repaid_on: date, claimed_on: date, today: date) -> None:
    """A repayment is of a day between the claim and today."""
    if repaid_on > today:
        raise RuleViolation(N_("That day is still to come."), "R42.11")
    if repaid_on < claimed_on:
        raise RuleViolation(N_("The claim was made only on %(claimed_on)s."), "R42.11", claimed_on=claimed_on)


@law("R42.11", "RI.2")
def check_reversal(amount_tiyn: int, transferred_tiyn: int) -> None:
    """A reversal takes back at most what of its transfer is still out."""
    if transferred_tiyn <= 0:
        raise RuleViolation(N_("Nothing of this transfer can be taken back any more."), "RI.2")
    if amount_tiyn > transferred_tiyn:
        raise RuleViolation(
            N_("The transfer was of %(transferred_tiyn)s only. Get the money back in another way."),
            "RI.2",
            transferred_tiyn=transferred_tiyn,
        )


@law("R42.11", "RI.2")
def set_off_tiyn(payment_tiyn: int, left_tiyn: int) -> int:
    """How much of a payment is kept for a claim: what is left of the claim, at most the whole payment."""
    return min(payment_tiyn, left_tiyn)
