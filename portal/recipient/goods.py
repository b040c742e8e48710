"""Ordering goods: the models of the item in her programme that come to her district, then how many and how (R83.2)."""

from dataclasses import dataclass
from math import ceil
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock, read_and_sign
from portal.auth import actor
from portal.db import get_session, transaction
from portal.fields import ChoiceField, PiecesField
from portal.forms import InputRequired, PortalForm
from portal.i18n import gettext as _
from portal.i18n import language
from portal.models.document import Document, DocumentKind
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.provider import Provider
from portal.models.reference import Place
from portal.operations import documents, orders
from portal.operations.orders import Wish
from portal.queries import entitlements, goods, goods_offers, offers, reference
from portal.queries.goods_offers import Model
from portal.queries.offer_search import PAGE
from portal.recipient import blueprint, choice, offer_words
from portal.recipient.looks import page_number
from portal.recipient.words import getting_names, measure_name, recipient_id
from portal.rules.goods_orders import GETTING_LABELS, Getting, check_new, check_offer, last_day
from portal.rules.guaranteed_amount import reimbursed_rate, surcharge_rate
from portal.rules.law import RuleViolation
from portal.rules.orders import NewOrder
from portal.rules.quantities import cost_tiyn
from portal.rules.service import GOODS, Service


@dataclass(frozen=True, slots=True)
class Ground:
    """The entitlement to order from, its item, where she lives; what the state pays of a piece, None when not set.

    `least` is how many pieces one orders at least: hygiene means for a quarter (Order 287, point 93).
    """

    entitlement: Entitlement
    item: str | None
    name: str
    place: Place | None
    guaranteed_tiyn: int | None
    least: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that she orders from: its provider, what the state and she pay of a piece, the ways to get it."""

    offer: Offer
    provider: Provider
    state_tiyn: int
    own_tiyn: int
    ways: list[Getting]


class GoodsForm(PortalForm):
    """How many pieces, and how she gets them where there are two ways."""

    pieces = PiecesField(_l("How many pieces"), [InputRequired(_l("Enter how many pieces you need"))])
    way = ChoiceField(
        _l("How you get them"),
        [InputRequired(_l("Choose how you get them"))],
        choices=[(way.value, _l(text)) for way, text in GETTING_LABELS.items()],
    )

    @classmethod
    def of(cls, base: Ground, candidate: Candidate, before: NewOrder) -> "GoodsForm":
        """The form filled with what is proposed or was asked for before."""
        form = cls(pieces=before.units, way=before.way)
        if base.least > 1:
            form.pieces.hint = _("At least %(pieces)s, for a quarter; or all that you have left.", pieces=base.least)
        if len(candidate.ways) == 1:
            del form.way
        return form

    def order(self, base: Ground, candidate: Candidate) -> NewOrder:
        """What was asked for; called on a valid form only."""
        way = candidate.ways[0] if self.way is None else Getting(self.way.data)
        return _new(base.entitlement, self.pieces.data, way)


@blueprint.get("/entitlements/<uuid:entitlement_id>/goods")
def choose_goods(entitlement_id: UUID) -> ResponseReturnValue:
    """The models of her item that come to where she lives, the one that costs her least first; or what to do."""
    session = get_session()
    base = ground(session, entitlement_id)
    found, page = _found(session, base)
    return render_template(
        "recipient/goods.html" if found else "recipient/no_goods.html",
        base=base,
        models=[(one, offer_words.goods_rows(one, base.guaranteed_tiyn or 0)) for one in found],
        page=page,
        pages=ceil(found[0].all / PAGE) if found else 1,
        why_not=choice.why_not(base.entitlement),
        office=reference.office(session, base.entitlement.office_id),
    )


@blueprint.route("/entitlements/<uuid:entitlement_id>/goods/<uuid:offer_id>/order", methods=["GET", "POST"])
def order_goods(entitlement_id: UUID, offer_id: UUID) -> ResponseReturnValue:
    """Make out an order of goods; the button "work out the sum" only shows what it comes to."""
    base = ground(get_session(), entitlement_id)
    if base.guaranteed_tiyn is None:
        return redirect(url_for(".choose_goods", entitlement_id=entitlement_id))
    candidate = _candidate(get_session(), base, offer_id)
    form = GoodsForm.of(base, candidate, _before(base, candidate))
    order = form.order(base, candidate) if form.validate_on_submit() else None
    if order is not None and _fits(form, base, order) and "work_out" not in request.form:
        document = _prepare(form, Wish(entitlement_id, offer_id, order, form.form_id.data))
        if document is not None:
            return redirect(url_for(".sign_order", document_id=document.id))
    return _page(base, candidate, form, order), form.status


def ground(session: Session, entitlement_id: UUID) -> Ground:
    """The ground of an order from one of her own entitlements of goods; LookupError for every other one."""
    entitlement = entitlements.get_for_recipient(session, entitlement_id, recipient_id())
    if entitlement.service not in GOODS:
        raise LookupError("not goods")
    item, code = entitlement.measure.classifier_code, entitlement.person.place_code
    place = session.get(Place, code) if code else None
    return Ground(
        entitlement,
        item,
        measure_name(entitlement.service, item, goods.names(session, [item])),
        place,
        _guaranteed(session, entitlement.service, item),
        goods.least(session, item),
    )


def _guaranteed(session: Session, service: Service, item: str | None) -> int | None:
    try:
        return reference.guaranteed_tiyn(session, service, clock.today(), item) if item else None
    except RuleViolation:
        return None


def _found(session: Session, base: Ground) -> tuple[list[Model], int]:
    """The page that was asked for; the first one when there is no such page."""
    if base.item is None or base.place is None or base.guaranteed_tiyn is None:
        return [], 1
    asked: dict[str, Any] = {"guaranteed_tiyn": base.guaranteed_tiyn, "today": clock.today(), "reader": language()}
    for page in dict.fromkeys((page_number(), 1)):
        found = goods_offers.of_item(session, base.item, base.entitlement.service, base.place.code, page=page, **asked)
        if found:
            return found, page
    return [], 1


def _candidate(session: Session, base: Ground, offer_id: UUID) -> Candidate:
    """A model of her item that she can order from; refused with the reason when she cannot."""
    offer = session.get(Offer, offer_id)
    if offer is None or offer.classifier_code != base.item or base.guaranteed_tiyn is None:
        raise LookupError("no such goods")
    ways = offer_words.gettings(offer)
    here = base.place is not None and offers.holds_in(session, offer.id, base.place.code)
    refusal = choice.why_not(base.entitlement)
    if refusal is not None:
        raise refusal
    check_offer(offer, base.item, ways[0], holds_here=here)
    price, guaranteed = offer.price_tiyn, base.guaranteed_tiyn
    provider = session.get_one(Provider, offer.provider_id)
    return Candidate(offer, provider, reimbursed_rate(price, guaranteed), surcharge_rate(price, guaranteed), ways)


def _new(entitlement: Entitlement, pieces: int, way: Getting) -> NewOrder:
    today = clock.today()
    until = last_day(entitlement.ends_on, goods.programme_until(entitlement), today)
    return NewOrder(entitlement.service, today, until, pieces, None, way.value)


def _before(base: Ground, candidate: Candidate) -> NewOrder:
    """What she had made out before she went back from the page for signing; else all that is free, or one chair."""
    document_id = request.args.get("document", type=UUID)
    if document_id is not None:
        document = read_and_sign.get_document(document_id, DocumentKind.ORDER)
        wish = orders.wish_of(documents.content(document))
        if (wish.entitlement_id, wish.offer_id) == (base.entitlement.id, candidate.offer.id):
            return wish.order
    free = base.entitlement.available
    return _new(base.entitlement, 1 if base.entitlement.service is Service.WHEELCHAIR else free, candidate.ways[0])


def _fits(form: GoodsForm, base: Ground, order: NewOrder) -> bool:
    try:
        until = goods.programme_until(base.entitlement)
        check_new(order, base.entitlement, programme_until=until, today=clock.today(), least=base.least)
    except RuleViolation as violation:
        form.refuse(violation, "pieces")
    return not form.errors


def _prepare(form: GoodsForm, wish: Wish) -> Document | None:
    try:
        with transaction() as session:
            return orders.prepare(session, wish, actor(), clock.now())
    except RuleViolation as violation:
        form.refuse(violation)
    return None


def _page(base: Ground, candidate: Candidate, form: GoodsForm, order: NewOrder | None) -> str:
    total = None
    if order is not None and not form.errors:
        total = {
            "pieces": order.units,
            "state_tiyn": cost_tiyn(order.units, candidate.state_tiyn, 1),
            "own_tiyn": cost_tiyn(order.units, candidate.own_tiyn, 1),
        }
    return render_template(
        "recipient/order_goods.html",
        base=base,
        candidate=candidate,
        form=form,
        total=total,
        ways=getting_names(candidate.ways),
        address=base.entitlement.person.address,
    )
