"""Payments of the office (R42.11): what waits for the second signature, what failed and why, what is on its way."""

from uuid import UUID

from flask import render_template, request
from flask_babel import lazy_gettext as _l

from portal.db import get_session
from portal.office import blueprint, clerk_id, failures, office_id, page_number
from portal.office.act_life import payment_life
from portal.queries import office_acts
from portal.queries import payments as found
from portal.queries.payments import Pile
from portal.rules.payments import STATUS_LABELS, PaymentStatus

PILES = {
    Pile.AWAITING: _l("Waiting for the second signature"),
    Pile.FAILED: _l("Refused by the payment system"),
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


def words() -> dict[str, object]:
    """What the pages about payments say of them."""
    return {
        "labels": STATUS_LABELS,
        "tones": TONES,
        "statuses": PaymentStatus,
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
