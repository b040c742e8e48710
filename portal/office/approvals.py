"""Approving payments (R42.11): one, or many at once with a result for each; always by a second person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal import format as show
from portal.auth import actor
from portal.db import get_session, transaction
from portal.fields.asked import Refusal
from portal.format import violation_text
from portal.i18n import gettext as _
from portal.office import blueprint, clerk_id, office_id
from portal.operations import payments as operations
from portal.queries import payments as found
from portal.queries.payments import PaymentRow
from portal.rules.law import RuleViolation
from portal.rules.payments import PaymentStatus

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one payment of many; `refusal` says why it was not approved."""

    row: PaymentRow
    refusal: str = ""


@blueprint.get("/payments/approve")
def choose_approvals() -> ResponseReturnValue:
    """What was selected, its sum, and what of it this clerk may not approve."""
    rows = found.some_of_office(get_session(), _selected(request.args.getlist("payment")), office_id())
    if not rows:
        flash(_("Nothing was selected. Tick the payments that you want to approve."))
        return redirect(url_for(".payments"))
    may = [row for row in rows if _may(row)]
    return render_template("office/approve.html", rows=may, left_out=[row for row in rows if not _may(row)])


@blueprint.post("/payments/approve")
def approve_many() -> ResponseReturnValue:
    """Approve each selected payment in a transaction of its own, and tell the result of each."""
    selected = _selected(request.form.getlist("payment"))
    refusals = {payment_id: _approve(payment_id) for payment_id in selected}
    rows = found.some_of_office(get_session(), selected, office_id())
    results = [Result(row, refusals[row.payment.id]) for row in rows]
    return render_template("office/approved.html", results=results)


@blueprint.post("/payments/<uuid:payment_id>/approve")
def approve(payment_id: UUID) -> ResponseReturnValue:
    """Approve one payment."""
    with transaction() as session:
        payment = operations.approve(session, payment_id, actor(), clock.now())
    flash(_sent_when(payment.not_before_on, _("The payment is approved and will be sent now.")), "success")
    return redirect(url_for(".payment", payment_id=payment_id))


@blueprint.post("/payments/<uuid:payment_id>/approve-again")
def approve_again(payment_id: UUID) -> ResponseReturnValue:
    """Approve a payment anew whose cause of failure is mended."""
    with transaction() as session:
        payment = operations.approve_again(session, payment_id, actor(), clock.now())
    flash(_sent_when(payment.not_before_on, _("The payment is approved again and will be sent now.")), "success")
    return redirect(url_for(".payment", payment_id=payment_id))


def _sent_when(not_before_on: date | None, now: str) -> str:
    """When an approved payment leaves; `now` are the words for at once."""
    if not_before_on is None or not_before_on <= clock.today():
        return now
    return _(
        "The payment is approved and will be sent on %(day)s, when the goods cannot come back any more.",
        day=show.day(not_before_on),
    )


def _approve(payment_id: UUID) -> str:
    """Why a payment was not approved; empty when it was."""
    try:
        with transaction() as session:
            operations.approve(session, payment_id, actor(), clock.now())
    except RuleViolation as violation:
        return Refusal(violation_text(violation), violation.point)
    except LookupError:
        return _("This payment is not one of your office.")
    return ""


def _may(row: PaymentRow) -> bool:
    return row.payment.status is PaymentStatus.AWAITING and row.payment.act.decided_by_id != clerk_id()


def _selected(texts: Iterable[str]) -> list[UUID]:
    """The ids that a page sent, each once, at most a hundred; what is no id is left out."""
    ids: dict[UUID, None] = {}
    for text in texts:
        try:
            ids[UUID(text)] = None
        except ValueError:
            continue
    return list(ids)[:MOST_AT_ONCE]
