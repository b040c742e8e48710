"""Where the money is: each month that I served, with where its act stands and when it was accepted and paid."""

from flask import render_template

from portal import looks
from portal.db import get_session
from portal.queries import acts
from portal.rules.acts import STATUS_LABELS, ActStatus
from portal.specialist import blueprint, person_id, provider_id

TONES = {
    ActStatus.RETURNED: "late",
    ActStatus.SET_ASIDE: "late",
    ActStatus.ACCEPTED: "good",
    ActStatus.PAID: "good",
}


@blueprint.get("/money")
def money() -> str:
    """My hours in each act; the office pays the provider, the provider pays me."""
    session = get_session()
    rows = acts.sheets_of_specialist(session, person_id(), provider_id())
    looks.listed(row.act.recipient_id for row in rows)
    return render_template(
        "specialist/money.html",
        rows=rows,
        payments=acts.payments_of(session, [row.act.id for row in rows]),
        labels=STATUS_LABELS,
        tones=TONES,
    )
