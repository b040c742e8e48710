"""Two or three providers side by side; what differs comes first."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import get_session
from portal.i18n import language
from portal.queries import offers
from portal.queries.offers import Found
from portal.recipient import blueprint, choice, offer_words
from portal.recipient.choice import Ground
from portal.recipient.ranked import NAMES

MOST = 3


@blueprint.get("/entitlements/<uuid:entitlement_id>/comparison")
def compare_providers(entitlement_id: UUID) -> ResponseReturnValue:
    """The chosen providers in one table; when there are too few or too many, what to do."""
    base, chosen = choice.ground(get_session(), entitlement_id), _chosen()
    found = offers.some(get_session(), base.search(), chosen) if len(chosen) <= MOST else []
    return render_template(
        "recipient/comparison.html",
        **base.shown,
        offers=found,
        rows=_rows(found),
        back=choice.address(entitlement_id),
        without=lambda left: [offer.id for offer in found if offer.id != left.id],
        kept=choice.kept(),
        in_this_order=_ranked(base, found),
    )


def _chosen() -> list[UUID]:
    """The ids in the address, each once; what is none is passed over."""
    found = [choice.uuid(text) for text in request.args.getlist("compare")[:20]]
    return list(dict.fromkeys(one for one in found if one is not None))


def _rows(found: list[Found]) -> list[tuple[str, list[str]]]:
    """What is known of each, side by side."""
    columns = [offer_words.rows(offer) for offer in found]
    return [(row[0][0], [value for _what, value in row]) for row in zip(*columns, strict=True)]


def _ranked(base: Ground, found: list[Found]) -> list[tuple[str, str]]:
    """Each of them as the first choice, the others after it: in words, and the address of the order.

    Nothing where all hours are ordered.
    """
    if not base.entitlement.available:
        return []
    names = {offer.id: offer.name_ru if language() == "ru" else offer.name_kk for offer in found}
    ranked = []
    for first in names:
        others = [one for one in names if one != first]
        asked = {**choice.kept(), **dict(zip(NAMES, others, strict=False))}
        words = ", ".join(f"{rank}) {names[one]}" for rank, one in enumerate([first, *others], 1))
        ranked.append((words, url_for(".new_order", entitlement_id=base.entitlement.id, offer_id=first, **asked)))
    return ranked
