"""What the choice of a provider stands on: her entitlement, where she lives, what the state pays (R83.1, RG.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.frame import CHOSEN_IN_ADDRESS
from portal.i18n import language
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.person import Person
from portal.models.reference import Place
from portal.queries import entitlements, offers, reference
from portal.queries.offers import Found, Search
from portal.recipient import offer_words
from portal.recipient.words import recipient_id, service_name
from portal.rules.entitlements import check_not_blocked
from portal.rules.law import N_, RuleViolation
from portal.rules.orders import check_offer
from portal.rules.service import GOODS, HOURLY, Service

WAYS = ("offline", "online")
ALL_HOURS = N_("All your hours of this service are ordered. Take an order back or stop one to order elsewhere.")
NOT_YET = N_("Your programme gives this from %(starts_on)s on. From that day it can be ordered.")
ALL_PIECES = N_("Everything that your programme gives of this is ordered or handed over. Nothing is free to order.")


@dataclass(frozen=True, slots=True)
class Ground:
    """The entitlement to order from, the district, the guaranteed amount of an hour today."""

    entitlement: Entitlement
    place: Place | None
    guaranteed_tiyn: int

    @property
    def service(self) -> Service:
        """The service to be ordered."""
        return self.entitlement.service

    @property
    def shown(self) -> dict[str, Any]:
        """What every page of the choice says of its ground."""
        return {
            "entitlement": self.entitlement,
            "place": self.place,
            "guaranteed_tiyn": self.guaranteed_tiyn,
            "service": service_name(self.service),
            "rows_of": offer_words.rows,
        }

    def search(self, **asked: Any) -> Search:
        """A search for this service where she lives."""
        code = self.place.code if self.place else ""
        return Search(self.service, code, self.guaranteed_tiyn, clock.today(), language(), **asked)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer that she looks at: its figures, its row, and the ways in which she can order from it."""

    found: Found
    offer: Offer
    ways: Sequence[str]
    why_not: RuleViolation | None


def ground(session: Session, entitlement_id: UUID) -> Ground:
    """The ground of a choice from one of her own entitlements; LookupError for another's."""
    entitlement = entitlements.get_for_recipient(session, entitlement_id, recipient_id())
    if entitlement.service not in HOURLY:
        raise LookupError("goods are chosen by their item, stays not at all yet")
    code = session.get_one(Person, entitlement.person_id).place_code
    guaranteed = reference.guaranteed_tiyn(session, entitlement.service, clock.today())
    return Ground(entitlement, session.get(Place, code) if code else None, guaranteed)


def candidate(session: Session, base: Ground, offer_id: UUID) -> Candidate:
    """An offer of this service that stands open, and whether she can order from it; LookupError otherwise."""
    found = offers.some(session, base.search(), [offer_id])
    if not found:
        raise LookupError("no such offer")
    offer = session.get_one(Offer, offer_id)
    here = base.place is not None and offers.holds_in(session, offer_id, base.place.code)
    refusals = {way: _refusal(offer, way, here) for way in WAYS}
    ways = [way for way in WAYS if refusals[way] is None]
    return Candidate(found[0], offer, ways, why_not(base.entitlement, None if ways else refusals["offline"]))


def kept() -> dict[str, Any]:
    """The filters in the address, to be carried on to the next page."""
    left_out = {*CHOSEN_IN_ADDRESS, "page", "compare", "second", "third", "document"}
    return {name: values for name, values in request.args.lists() if name not in left_out}


def uuid(text: str) -> UUID | None:
    """The id that stands in an address or form; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def address(entitlement_id: UUID, **given: Any) -> str:
    """The address of the list, narrowed and ordered as the address of this page says."""
    return url_for("recipient.choose_provider", entitlement_id=entitlement_id, **{**kept(), **given})


def why_not(entitlement: Entitlement, refusal: RuleViolation | None = None) -> RuleViolation | None:
    """Why nothing can be ordered from an entitlement now; otherwise what is in the way of one offer, if anything."""
    try:
        check_not_blocked(entitlement.blocked_on)
    except RuleViolation as violation:
        return violation
    if entitlement.closed_on is not None or entitlement.ends_on < clock.today():
        return RuleViolation(N_("This measure of your programme is closed. Nothing can be ordered from it."), "R83.6")
    if entitlement.service in GOODS and entitlement.starts_on > clock.today():
        return RuleViolation(NOT_YET, "RM.2", starts_on=entitlement.starts_on)
    if not entitlement.available:
        return RuleViolation(ALL_PIECES if entitlement.service in GOODS else ALL_HOURS, "RI.1")
    return refusal


def _refusal(offer: Offer, way: str, here: bool) -> RuleViolation | None:
    try:
        check_offer(offer, way, renders_here=here)
    except RuleViolation as violation:
        return violation
    return None
