"""Where the money is (R42.11): each payment with its act, when it is due or was made, and what went wrong."""

from collections.abc import Mapping

from flask import render_template

from portal import looks
from portal.db import get_session
from portal.operations import documents
from portal.provider import blueprint, provider_id
from portal.provider.order_life import paid_between
from portal.queries import acts, provider_orders
from portal.queries import claims as found
from portal.rules import claims as rules
from portal.rules.law import N_
from portal.rules.payments import MISMATCH, PaymentStatus, label
from portal.rules.standing import STRUCK_LABELS

TONES = {PaymentStatus.PAID: "good", PaymentStatus.FAILED: "late"}
ACCOUNT = N_("The payment system does not find your account. Compare your bank details and tell the office.")
FAILURES: Mapping[str, str] = {
    "resource_missing": ACCOUNT,
    "insufficient_capabilities_for_transfer": ACCOUNT,
    "account_closed": ACCOUNT,
    "no_account": ACCOUNT,
    "balance_insufficient": N_("The office’s account lacked the money. The office will send it again."),
    MISMATCH: N_(
        "Money has left for it, but not as it should. The office has it put right before anything else is paid."
    ),
}
CLAIM_WORDS = {
    "claim_labels": rules.STATUS_LABELS,
    "claim_tones": {rules.ClaimStatus.OPEN: "late", rules.ClaimStatus.SETTLED: "good"},
    "kinds": rules.KIND_LABELS,
    "states": rules.SETTLEMENT_LABELS,
    "reasons": STRUCK_LABELS,
}
OTHER_FAILURE = N_("The payment system refused it. The office looks into it and sends it again.")
PAYMENT_WORDS = {
    "label": label,
    "paid_between": paid_between,
    "tones": TONES,
    "statuses": PaymentStatus,
    "failures": FAILURES,
    "other_failure": OTHER_FAILURE,
}


@blueprint.get("/payments")
def payments() -> str:
    """What is on its way first, then what has arrived."""
    session = get_session()
    claims = found.of_provider(session, provider_id())
    made = acts.payments_of_provider(session, provider_id())
    looks.listed(one.act.recipient_id for one in made)
    return render_template(
        "provider/payments.html",
        payments=made,
        provider=provider_orders.provider(session, provider_id()),
        claims=claims,
        said={claim.id: documents.content(claim.correction) for claim in claims},
        **PAYMENT_WORDS,
        **CLAIM_WORDS,
    )
