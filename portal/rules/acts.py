"""The act of services rendered (rulebook 7): its life, from being drawn up for a month to being paid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from portal.rules import term_table
from portal.rules.guaranteed_amount import reimbursed_tiyn_an_hour
from portal.rules.law import N_, RuleViolation, law
from portal.rules.moves import Machine, Move
from portal.rules.parameters import Edition
from portal.rules.quantities import cost_tiyn, month_of
from portal.rules.roles import Role
from portal.rules.service import Service
from portal.rules.sheets import Sheeted, SheetValue, by_specialist
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


class Priced(Sheeted, Protocol):
    """A visit with the price and the guaranteed amount of an hour on its day, in tiyn (RG.3)."""

    @property
    def price_tiyn(self) -> int: ...
    @property
    def guaranteed_tiyn(self) -> int: ...
    @property
    def is_objected(self) -> bool: ...
    @property
    def struck_at(self) -> datetime | None: ...


P = TypeVar("P", bound=Priced)


@dataclass(frozen=True, slots=True)
class LineValue:
    """A row of the act: minutes at one rate; the office pays `amount_tiyn`, the recipient the surcharge."""

    minutes: int
    price_tiyn: int
    guaranteed_tiyn: int
    rate_tiyn: int
    amount_tiyn: int
    surcharge_tiyn: int


@dataclass(frozen=True, slots=True)
class ActValue(Generic[P]):
    """An act as it is drawn up: its month, lines, sheets, totals, and the visits that stay out until settled."""

    month: date
    lines: tuple[LineValue, ...]
    sheets: tuple[SheetValue[P], ...]
    left_out: tuple[P, ...]

    @property
    def minutes(self) -> int:
        """Minutes in all."""
        return sum(line.minutes for line in self.lines)

    @property
    def amount_tiyn(self) -> int:
        """What the office pays, in tiyn."""
        return sum(line.amount_tiyn for line in self.lines)

    @property
    def surcharge_tiyn(self) -> int:
        """What the recipient pays, in tiyn."""
        return sum(line.surcharge_tiyn for line in self.lines)


@law("R42.1", "R42.5", "RG.2", "RG.3", "RI.2", "RI.8")
def draw_up(entries: Iterable[P]) -> ActValue[P]:
    """The act of one month's visits of one order, a line for each price and guaranteed amount.

    Struck visits do not count; those under an open objection stay out (`left_out`). Money is rounded once a line.
    Raises when nothing is left to pay for.
    """
    standing = [entry for entry in entries if entry.struck_at is None]
    visits = [entry for entry in standing if not entry.is_objected]
    if not visits:
        raise RuleViolation(N_("There are no visits in this month that an act could be drawn up from."), "R42.1")
    if len(months := {month_of(visit.day) for visit in visits}) > 1:
        raise ValueError("An act covers one month.")
    return ActValue(
        month=months.pop(),
        lines=lines_of(visits),
        sheets=by_specialist(visits),
        left_out=tuple(entry for entry in standing if entry.is_objected),
    )


@law("RG.2", "RG.3", "RI.8")
def lines_of(visits: Iterable[Priced]) -> tuple[LineValue, ...]:
    """A line for each price and guaranteed amount, in the order in which they were first used."""
    minutes_at: dict[tuple[int, int], int] = {}
    for visit in sorted(visits, key=lambda visit: visit.started_at):
        rate = (visit.price_tiyn, visit.guaranteed_tiyn)
        minutes_at[rate] = minutes_at.get(rate, 0) + visit.minutes
    return tuple(line(minutes, price, guaranteed) for (price, guaranteed), minutes in minutes_at.items())


@law("RG.2", "RI.2", "RI.8")
def line(minutes: int, price_tiyn: int, guaranteed_tiyn: int) -> LineValue:
    """A row of the act; the office's part and the surcharge together are what the price makes, to the tiyn."""
    rate = reimbursed_tiyn_an_hour(price_tiyn, guaranteed_tiyn)
    amount = cost_tiyn(minutes, rate)
    return LineValue(minutes, price_tiyn, guaranteed_tiyn, rate, amount, cost_tiyn(minutes, price_tiyn) - amount)


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
