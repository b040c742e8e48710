"""Two or three providers side by side; what differs comes first."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.db import get_session
from portal.queries import offers
from portal.recipient import blueprint, choice, offer_words

MOST = 3


@blueprint.get("/entitlements/<uuid:entitlement_id>/comparison")
def compare_providers(entitlement_id: UUID) -> ResponseReturnValue:
    """The chosen providers in one table; when there are too few or too many, what to do."""
    session = get_session()
    base = choice.ground(session, entitlement_id)
    chosen = _chosen()
    found = offers.some(session, base.search(), chosen) if len(chosen) <= MOST else []
    columns = [dict(offer_words.rows(offer)) for offer in found]
    names = [what for what, _value in offer_words.rows(found[0])] if found else []
    return render_template(
        "recipient/comparison.html",
        **base.shown,
        offers=found,
        rows=[(what, [column[what] for column in columns]) for what in names],
        back=choice.address(entitlement_id),
        without=lambda left: [offer.id for offer in found if offer.id != left.id],
        kept=choice.kept(),
    )


def _chosen() -> list[UUID]:
    """The ids in the address, each once; what is none is passed over."""
    ids: dict[UUID, None] = {}
    for text in request.args.getlist("compare")[:20]:
        try:
            ids[UUID(text)] = None
        except ValueError:
            continue
    return list(ids)
