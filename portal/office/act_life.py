"""The life of an act as a timeline: every step with its day and its person, the present one, and what comes next."""

from collections.abc import Iterable, Mapping
from typing import Any

from portal import format as show
from portal.i18n import gettext as _
from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.payment import Payment
from portal.models.person import Person
from portal.rules.acts import FINAL, ActStatus
from portal.rules.law import N_
from portal.rules.payments import MISMATCH, PaymentStatus, label

Step = dict[str, str]

_DONE: Mapping[tuple[str, str], str] = {
    ("acts", "draw_up"): N_("The provider drew the act up"),
    ("acts", "sign"): N_("The recipient signed"),
    ("acts", "submit"): N_("The provider signed and sent it"),
    ("acts", "take_up"): N_("The check began"),
    ("acts", "take_over"): N_("A colleague went on with the check"),
    ("acts", "accept"): N_("The office accepted it"),
    ("acts", "return"): N_("The office returned it"),
    ("acts", "withdraw"): N_("The provider took it back"),
    ("acts", "correct"): N_("Set aside after late news"),
    ("payments", "approve"): N_("A second person approved the payment"),
    ("payments", "ask"): N_("The payment was sent"),
    ("payments", "fail"): N_("The payment system refused the payment"),
    ("payments", "look_again"): N_("The office had the payment system asked again"),
    ("payments", "retry"): N_("The payment was approved again"),
    ("payments", "cancel"): N_("The payment was cancelled"),
    ("payments", "confirm"): N_("The money is on the provider’s account"),
}


def timeline(act: Act, payment: Payment | None, journal: Iterable[tuple[AuditRow, Person | None]]) -> list[Step]:
    """What the journal says of an act and its payment, then what is going on, then what is to come."""
    done = [
        _step("done", _(_said(row)), show.moment(row.at), person.full_name if person else "")
        for row, person in journal
        if (row.thing, row.action) in _DONE
    ]
    return done + _now(act, payment) + _next(act)


def payment_life(journal: Iterable[tuple[AuditRow, Person | None]], payment: Payment) -> list[Step]:
    """The life of a payment alone."""
    return timeline(payment.act, payment, [(row, person) for row, person in journal if row.thing == "payments"])


def _said(row: AuditRow) -> str:
    if row.thing == "payments" and row.details.get("code") == MISMATCH:
        return label(PaymentStatus.FAILED, MISMATCH)
    return _DONE[row.thing, row.action]


def _now(act: Act, payment: Payment | None) -> list[Step]:
    if act.status is ActStatus.SUBMITTED:
        return [_step("now", _("The act waits for its check"), _by(act.check_due_on))]
    if act.status is ActStatus.UNDER_REVIEW:
        return [_step("now", _("The office accepts it or returns it"), _by(act.check_due_on))]
    if payment is None or payment.status is PaymentStatus.PAID or act.status in FINAL:
        return []
    return [_step("now", _(label(payment.status, payment.failure_code)), _paid_when(payment))]


def _next(act: Act) -> list[Step]:
    if act.status in {ActStatus.SUBMITTED, ActStatus.UNDER_REVIEW}:
        return [_step("next", _("A second person approves the payment")), _step("next", _("The act is paid"))]
    return [_step("next", _("The act is paid"))] if act.status is ActStatus.ACCEPTED else []


def _paid_when(payment: Payment) -> str:
    """By which day it is paid; of goods also before which day it is not."""
    if payment.not_before_on is None:
        return _by(payment.due_on)
    first, last = show.day(payment.not_before_on), show.day(payment.due_on)
    return _("not before %(first)s, by %(last)s", first=first, last=last)


def _by(due_on: Any) -> str:
    return _("by %(day)s", day=show.day(due_on)) if due_on else ""


def _step(state: str, text: str, when: str = "", who: str = "") -> Step:
    return {"state": state, "text": text, "when": when, "who": who}
