"""Money to be claimed back (R42.11): what is open, one claim with its correction, and the three ways it comes back."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import DayField, InputRequired, MoneyField, PortalForm, TextField
from portal.i18n import gettext as _
from portal.office import blueprint, office_id, page_number
from portal.operations import claims as operations
from portal.operations import documents, reversals, set_offs
from portal.queries import claims as found
from portal.rules.claims import KIND_LABELS, SETTLEMENT_LABELS, STATUS_LABELS, ClaimStatus, SettlementKind
from portal.rules.law import RuleViolation
from portal.rules.standing import STRUCK_LABELS

TONES = {ClaimStatus.OPEN: "waiting", ClaimStatus.SETTLED: "good"}
WORDS = {
    "labels": STATUS_LABELS,
    "tones": TONES,
    "kinds": KIND_LABELS,
    "ways": SettlementKind,
    "states": SETTLEMENT_LABELS,
    "reasons": STRUCK_LABELS,
    "statuses": ClaimStatus,
}
"""What pages about claims say of them."""


class RepaymentForm(PortalForm):
    """What the bank says of money that a provider paid back."""

    on = DayField(_l("Day of the repayment"), [InputRequired(_l("Enter the day of the repayment"))])
    reference = TextField(
        _l("Number of the bank’s document"), [InputRequired(_l("Enter the number of the document"))], max_length=60
    )
    amount = MoneyField(_l("Amount in tenge"), [InputRequired(_l("Enter the amount"))])


@blueprint.get("/claims")
def claims() -> str:
    """The claims of the office, open ones first."""
    return render_template(
        "office/claims.html", found=found.of_office(get_session(), office_id(), page_number()), **WORDS
    )


@blueprint.get("/claims/<uuid:claim_id>")
def claim(claim_id: UUID) -> str:
    """One claim: what it is for, what has come back, what can be done."""
    one = found.get_for_office(get_session(), claim_id, office_id())
    return render_template("office/claim.html", claim=one, said=documents.content(one.correction), **WORDS)


@blueprint.route("/claims/<uuid:claim_id>/repayment", methods=["GET", "POST"])
def repayment(claim_id: UUID) -> ResponseReturnValue:
    """Write down that the provider has paid back."""
    form = RepaymentForm()
    if form.validate_on_submit():
        said = (form.on.data, form.reference.data, form.amount.data)
        try:
            with transaction() as session:
                operations.repay(session, claim_id, *said, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The repayment is written down."), "success")
            return redirect(url_for(".claim", claim_id=claim_id))
    one = found.get_for_office(get_session(), claim_id, office_id())
    return render_template("office/repayment.html", claim=one, form=form), form.status


@blueprint.post("/claims/<uuid:claim_id>/set-off")
def set_off(claim_id: UUID) -> ResponseReturnValue:
    """Keep it from the provider's next payments."""
    with transaction() as session:
        set_offs.choose(session, claim_id, actor(), clock.now())
    flash(_("It is kept from the provider’s next payment."), "success")
    return redirect(url_for(".claim", claim_id=claim_id))


@blueprint.post("/claims/<uuid:claim_id>/reversal")
def reversal(claim_id: UUID) -> ResponseReturnValue:
    """Take the transfer back."""
    with transaction() as session:
        reversals.ask(session, claim_id, actor(), clock.now())
    flash(_("The payment system is being asked to take the money back."), "success")
    return redirect(url_for(".claim", claim_id=claim_id))
