"""The act of services rendered (rulebook 7): its life, from being drawn up for a month to being paid."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from portal.rules import term_table
from portal.rules.law import N_, RuleViolation, law
from portal.rules.moves import Machine, Move
from portal.rules.parameters import Edition
from portal.rules.roles import Role
from portal.rules.service import Service
from portal.rules.terms import Calendar, due_on, last_day_of_month


class ActStatus(StrEnum):
    """Where an act stands."""

    DRAWN_UP = "drawn_up"
    SIGNED = "signed"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    PAID = "paid"
    SET_ASIDE = "set_aside"


class ActAction(StrEnum):
    """What an act undergoes."""

    SIGN = "sign"
    SUBMIT = "submit"
    TAKE_UP = "take_up"
    ACCEPT = "accept"
    RETURN = "return"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    PAY = "pay"
    CORRECT = "correct"


class ReturnReason(StrEnum):
    """Why the office may return an act (R42.10)."""

    ACT_OR_SHEET_MISSING = "act_or_sheet_missing"
    SIGNATURE_MISSING = "signature_missing"
    WRONG_PERIOD_OR_HOURS = "wrong_period_or_hours"
    WRONG_BANK_DETAILS = "wrong_bank_details"
    INCOMPLETE = "incomplete"
    FALSE_DATA = "false_data"


STATUS_LABELS: Mapping[ActStatus, str] = {
    ActStatus.DRAWN_UP: N_("Drawn up, waiting for the recipient’s signature"),
    ActStatus.SIGNED: N_("Signed by the recipient"),
    ActStatus.SUBMITTED: N_("Sent to the office"),
    ActStatus.UNDER_REVIEW: N_("Being checked by the office"),
    ActStatus.ACCEPTED: N_("Accepted, payment to follow"),
    ActStatus.RETURNED: N_("Returned by the office"),
    ActStatus.WITHDRAWN: N_("Taken back by the provider"),
    ActStatus.CANCELLED: N_("Cancelled"),
    ActStatus.PAID: N_("Paid"),
    ActStatus.SET_ASIDE: N_("Set aside after late news"),
}

RETURN_LABELS: Mapping[ReturnReason, str] = {
    ReturnReason.ACT_OR_SHEET_MISSING: N_("There is no act or sheet for the recipient who signed the request"),
    ReturnReason.SIGNATURE_MISSING: N_("A signature is missing"),
    ReturnReason.WRONG_PERIOD_OR_HOURS: N_("The period or the hours are wrong"),
    ReturnReason.WRONG_BANK_DETAILS: N_("The bank details are wrong"),
    ReturnReason.INCOMPLETE: N_("The set of documents is incomplete"),
    ReturnReason.FALSE_DATA: N_("The documents hold false data"),
}

MOVES: Machine[ActStatus, ActAction] = Machine(
    {
        (ActStatus.DRAWN_UP, ActAction.SIGN): Move(ActStatus.SIGNED, Role.RECIPIENT),
        (ActStatus.DRAWN_UP, ActAction.SUBMIT): Move(ActStatus.SUBMITTED, Role.PROVIDER),
        (ActStatus.DRAWN_UP, ActAction.CANCEL): Move(ActStatus.CANCELLED, Role.PROVIDER, Role.SYSTEM),
        (ActStatus.SIGNED, ActAction.SUBMIT): Move(ActStatus.SUBMITTED, Role.PROVIDER),
        (ActStatus.SIGNED, ActAction.CANCEL): Move(ActStatus.CANCELLED, Role.PROVIDER, Role.SYSTEM),
        (ActStatus.SUBMITTED, ActAction.TAKE_UP): Move(ActStatus.UNDER_REVIEW, Role.OFFICE),
        (ActStatus.SUBMITTED, ActAction.WITHDRAW): Move(ActStatus.WITHDRAWN, Role.PROVIDER),
        (ActStatus.UNDER_REVIEW, ActAction.ACCEPT): Move(ActStatus.ACCEPTED, Role.OFFICE),
        (ActStatus.UNDER_REVIEW, ActAction.RETURN): Move(ActStatus.RETURNED, Role.OFFICE),
        (ActStatus.SUBMITTED, ActAction.CORRECT): Move(ActStatus.RETURNED, Role.SYSTEM),
        (ActStatus.UNDER_REVIEW, ActAction.CORRECT): Move(ActStatus.RETURNED, Role.SYSTEM),
        (ActStatus.ACCEPTED, ActAction.CORRECT): Move(ActStatus.SET_ASIDE, Role.SYSTEM),
        (ActStatus.ACCEPTED, ActAction.PAY): Move(ActStatus.PAID, Role.SYSTEM),
    },
    refusals={
        ActStatus.DRAWN_UP: N_("This act is still waiting for the recipient’s signature."),
        ActStatus.SIGNED: N_("The recipient has already signed this act. The provider can send it to the office."),
        ActStatus.SUBMITTED: N_("This act has been sent to the office and has not been taken up yet."),
        ActStatus.UNDER_REVIEW: N_("The office is checking this act. It can only be accepted or returned now."),
        ActStatus.ACCEPTED: N_("The office has already accepted this act."),
        ActStatus.RETURNED: N_("The office has returned this act. Draw up a corrected one; it will name this one."),
        ActStatus.WITHDRAWN: N_("The provider has taken this act back. Draw up a new one for the same month."),
        ActStatus.CANCELLED: N_("This act is cancelled. A new one can be drawn up for the same month."),
        ActStatus.PAID: N_("This act is already paid."),
        ActStatus.SET_ASIDE: N_(
            "This act was set aside after late news. Draw up a corrected one; it will name this one."
        ),
    },
)

FALLEN: frozenset[ActStatus] = frozenset(
    {ActStatus.RETURNED, ActStatus.WITHDRAWN, ActStatus.CANCELLED, ActStatus.SET_ASIDE}
)
"""Statuses in which an act stands no more: its visits are free for another one."""

FINAL: frozenset[ActStatus] = FALLEN | {ActStatus.PAID}
"""Statuses that nothing leads out of: a signed act is never changed, a corrected one is a new act (RI.5)."""

LIVE: frozenset[ActStatus] = frozenset(ActStatus) - FALLEN
"""Statuses in which an act holds its month and its log entries: no other act may hold them (RI.2)."""

WITH_OFFICE: frozenset[ActStatus] = frozenset({ActStatus.SUBMITTED, ActStatus.UNDER_REVIEW})
"""Statuses in which the office’s term runs."""


@law("R42.5", "R42.8")
def check_month_is_over(month: date, today: date, ended_on: date | None) -> None:
    """An act is drawn up when its month is over, or earlier when the order has ended (`ended_on`)."""
    if today > last_day_of_month(month) or (ended_on is not None and ended_on <= today):
        return
    raise RuleViolation(
        N_("This month is not over yet. The act can be drawn up after %(last_on)s."),
        "R42.8",
        last_on=last_day_of_month(month),
    )


@law("R42.5", "R42.8")
def check_sign(*, died_on: date | None, open_objections: int) -> None:
    """The recipient signs an act when every visit in it is undisputed; nobody signs for someone who has died."""
    if died_on is not None:
        raise RuleViolation(N_("The recipient has died. The act goes to the office without this signature."), "R42.8")
    if open_objections:
        raise RuleViolation(N_("Visits that were objected to are in this act. It has to be drawn up again."), "R42.5")


@law("R42.5", "R42.6", "R42.7", "R42.8")
def check_submit(*, recipient_signed: bool, died_on: date | None, unsigned_sheets: int) -> None:
    """An act is sent with all its signatures; only after a death without the recipient's. Being late is no bar.

    `unsigned_sheets` counts the sheets that lack a signature which `sheets.signatories` asks for.
    """
    if not recipient_signed and died_on is None:
        raise RuleViolation(N_("The recipient has not signed this act yet."), "R42.5")
    if unsigned_sheets:
        raise RuleViolation(
            N_("%(count)s of the sheets are not signed yet. Every specialist signs their own sheet."),
            "R42.6",
            count=unsigned_sheets,
        )


@law("R42.8")
def submit_due_on(month: date, died_on: date | None = None) -> date:
    """The last day to send an act: the 10th of the next month; after a death, one month from it when that is later.

    The portal takes acts on every day, so a term that ends on a day off is not moved.
    """
    usual = due_on(term_table.ACT, month)
    if died_on is None or died_on > usual:
        return usual
    return max(usual, due_on(term_table.ACT_AFTER_DEATH, died_on))


@law("R42.8")
def is_late(due_on: date, sent_on: date) -> bool:
    """Whether an act was sent after its term; it is taken all the same, and shown as late to provider and office."""
    return sent_on > due_on


@law("R42.9")
def check_due_on(submitted_on: date, service: Service, edition: Edition, calendar: Calendar) -> date:
    """The last day of the office's check, in working days from the day the act arrived."""
    return due_on(term_table.CHECKS[service], submitted_on, calendar, edition)


@law("R42.9")
def resubmit_due_on(returned_on: date, calendar: Calendar) -> date:
    """The last day to send a corrected act: 3 working days after the office returned it."""
    return due_on(term_table.ACT_AGAIN, returned_on, calendar)


@law("R42.11")
def payment_due_on(accepted_on: date, calendar: Calendar) -> date:
    """The last day of payment: 10 working days after the office accepted the act."""
    return due_on(term_table.PAYMENT, accepted_on, calendar)


@law("R42.9", "R42.10")
def check_note(note: str) -> None:
    """Who returns an act or takes it back says in words what is wrong, so that it can be mended."""
    if not note.strip():
        raise RuleViolation(N_("Say in a few words what is wrong."), "R42.9")
