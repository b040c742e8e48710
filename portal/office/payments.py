"""Payments of the office (R42.11): what waits for the second signature, what failed and why, what is on its way."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.i18n import gettext as _
from portal.office import blueprint, clerk_id, failures, office_id, page_number
from portal.office.act_life import payment_life
from portal.operations import payments as operations
from portal.queries import office_acts
from portal.queries import payments as found
from portal.queries.payments import Pile
from portal.rules.payments import MISMATCH, PaymentStatus, label

PILES = {
    Pile.AWAITING: _l("Waiting for the second signature"),
    Pile.FAILED: _l("To be cleared up"),
    Pile.UNKNOWN: _l("On their way"),
    Pile.PAID: _l("Paid"),
}
TONES = {PaymentStatus.PAID: "good", PaymentStatus.FAILED: "late"}


@blueprint.get("/payments")
def payments() -> str:
    """One pile of payments, with the sums of what waits by provider."""
    session, pile, provider_id = get_session(), _pile(), _provider_id()
    return render_template(
        "office/payments.html",
        pile=pile,
        piles=PILES,
        all_piles=Pile,
        provider_id=provider_id,
        heaps=found.heaps(session, office_id()),
        sums=found.sums_by_provider(session, office_id()) if pile is Pile.AWAITING else [],
        found=found.of_office(session, office_id(), pile, page_number(), provider_id),
        **words(),
    )


@blueprint.get("/payments/<uuid:payment_id>")
def payment(payment_id: UUID) -> str:
    """One payment: where it stands, what can be done, its life."""
    session = get_session()
    row = found.get_for_office(session, payment_id, office_id())
    journal = office_acts.journal(session, row.payment.id)
    steps = payment_life(journal, row.payment)
    return render_template("office/payment.html", row=row, steps=steps, **words())


@blueprint.post("/payments/<uuid:payment_id>/look-again")
def look_again(payment_id: UUID) -> ResponseReturnValue:
    """Ask the payment system anew what became of money that is out otherwise than asked."""
    with transaction() as session:
        operations.look_again(session, payment_id, actor(), clock.now())
    flash(_("The payment system is being asked again. Its answer will stand here in a moment."), "success")
    return redirect(url_for(".payment", payment_id=payment_id))


def words() -> dict[str, object]:
    """What the pages about payments say of them."""
    return {
        "label": label,
        "tones": TONES,
        "statuses": PaymentStatus,
        "mismatch": MISMATCH,
        "failure": failures.of,
        "me": clerk_id(),
    }


def _pile() -> Pile:
    try:
        return Pile(request.args.get("pile", Pile.AWAITING.value))
    except ValueError:
        return Pile.AWAITING


def _provider_id() -> UUID | None:
    try:
        return UUID(request.args.get("provider", ""))
    except ValueError:
        return None
