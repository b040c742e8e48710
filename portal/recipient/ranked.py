"""The second and third choice on the form of an order: who is asked when the one before does not serve (R83.1)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from portal.format import money
from portal.i18n import gettext as _
from portal.i18n import language
from portal.queries import offers
from portal.queries.offers import Found
from portal.recipient import choice, offer_words
from portal.recipient.choice import Candidate, Ground
from portal.recipient.providers import ProviderFilter

NAMES = ("second", "third")
MOST = 30
"""So many providers stand in a drop-down."""


def choices(session: Session, base: Ground, candidate: Candidate, named: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Who else renders the service for her in a way of the candidate, ordered as the list, with those `named`."""
    search = base.search(**ProviderFilter.of(base.service).wanted() | _way(candidate))
    listed = [*offers.found(session, search), *offers.found(session, search.on_page(2))]
    others = [offer for offer in listed if offer.id != candidate.offer.id][:MOST]
    there = {offer.id for offer in others}
    others += [one for one in offers.some(session, base.search(), named) if one.id not in {candidate.offer.id} | there]
    return [(offer.id, _words(offer)) for offer in others]


def named() -> tuple[UUID, ...]:
    """Whom the form, or the address that leads to it, names as second and third."""
    sent = [request.values.get(name, "") for name in NAMES]
    return tuple(identity for text in sent if (identity := choice.uuid(text)) is not None)


def _way(candidate: Candidate) -> dict[str, Any]:
    if len(candidate.ways) > 1:
        return {}
    return {"way": candidate.ways[0], "anywhere": candidate.ways[0] == "online"}


def _words(offer: Found) -> str:
    return _(
        "%(name)s: price of an hour %(price)s, you pay yourself %(own)s",
        name=offer.name_ru if language() == "ru" else offer.name_kk,
        price=money(offer.price_tiyn),
        own=offer_words.surcharge(offer),
    )
