"""Placing an order (R83.1): prepared in words, signed with the request to reimburse, its hours set aside at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.document import Document, DocumentKind
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.order import Order
from portal.operations import documents, ledger, locks, order_documents
from portal.operations.documents import Signing
from portal.queries import entitlements, goods, offers, reference
from portal.rules import goods_orders
from portal.rules.answers import answer_due_on
from portal.rules.entitlements import check_not_blocked
from portal.rules.law import N_, RuleViolation
from portal.rules.orders import NewOrder, OrderStatus, check_new_order, check_offer, minutes_a_month
from portal.rules.ranking import check_ranking
from portal.rules.service import GOODS, Service

# Built once: every order begins with it.
_PLACED = select(Order.id).where(Order.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a recipient asks of a provider, before it is worked out; one form makes at most one order."""

    entitlement_id: UUID
    offer_id: UUID
    order: NewOrder
    form_id: UUID = field(default_factory=uuid4)
    otherwise: tuple[UUID, ...] = ()
    """Offers to be asked one after the other when the one before declines or does not answer."""

    def each(self) -> Iterator["Wish"]:
        """The same asked of each provider, in order."""
        for offer_id in (self.offer_id, *self.otherwise):
            yield replace(self, offer_id=offer_id)


def prepare(session: Session, wish: Wish, actor: Actor, now: datetime) -> Document:
    """Work out the order and fix it for signing; raises `RuleViolation` when it may not be placed.

    The same form sent again gives the document that is there.
    """
    entitlement = _own_entitlement(session, wish.entitlement_id, actor)
    ranked = _check_each(session, wish, entitlement, now.date())
    first_id = uuid5(entitlement.id, str(wish.form_id))
    body = order_documents.body(session, first_id, wish.order, entitlement, ranked, actor, now)
    return _prepared_before(session, body, actor) or documents.prepare(
        session,
        DocumentKind.ORDER,
        first_id,
        body,
        recipient_id=entitlement.person_id,
        provider_id=ranked[0].provider_id,
        signer_id=_signer(actor),
        now=now,
    )


def place(session: Session, signing: Signing, actor: Actor, now: datetime) -> Order:
    """One signature over the order and the request to reimburse; the order goes to the provider (R83.1).

    A second call for the same document gives the order that is there. The rules are asked again, because hours may
    have been ordered, or the price changed, since the page was shown.
    """
    document = documents.lock(session, signing.document_id, DocumentKind.ORDER, actor)
    said = documents.content(document)
    wish = wish_of(said)
    entitlement = locks.entitlement(session, wish.entitlement_id)
    if session.connection().scalar(_PLACED, {"id": document.subject_id}) is not None:
        return _the_same(session.get_one(Order, document.subject_id), document)
    ranked = _check_each(session, wish, entitlement, now.date())
    for offer, signed in zip(ranked, (said["order"], *said["otherwise"]), strict=True):
        _check_money(session, offer, signed, now.date())
    documents.sign(session, document, signing, actor, now)
    money = {name: said["order"][name] for name in ("price_tiyn", "guaranteed_tiyn")}
    papers = {"document_id": document.id, "placed_by_id": _signer(actor), "choices": len(ranked)}
    order = new_order(session, wish.order, entitlement, ranked[0], now, id=document.subject_id, **money, **papers)
    send(session, order, entitlement, actor, now)
    return order


def send(session: Session, order: Order, entitlement: Entitlement, actor: Actor, now: datetime) -> None:
    """The order goes to its provider and has its number; its hours are set aside. The caller holds the entitlement."""
    ledger.reserve(session, entitlement, order, now)
    entitlement.reminder_due_on = None
    entitlement.lasts_until = max(entitlement.lasts_until, order.ends_on)
    record(
        session,
        actor,
        now,
        thing="orders",
        thing_id=order.id,
        action="place",
        about=order.recipient_id,
        after="placed",
        rank=order.rank,
    )
    session.flush()  # with its number


def wish_of(said: dict[str, Any]) -> Wish:
    """The wish that a signed order holds."""
    order = said["order"]
    return Wish(
        entitlement_id=UUID(order["entitlement_id"]),
        offer_id=UUID(order["offer_id"]),
        order=NewOrder(
            service=Service(order["service"]),
            starts_on=date.fromisoformat(order["starts_on"]),
            ends_on=date.fromisoformat(order["ends_on"]),
            units=order["units"],
            minutes_a_day=order["minutes_a_day"],
            way=order["way"],
        ),
        otherwise=tuple(UUID(choice["offer_id"]) for choice in said["otherwise"]),
    )


def _prepared_before(session: Session, body: dict[str, Any], actor: Actor) -> Document | None:
    """The document that says the very same of the same order, when the form was sent before."""
    prepared = session.scalars(
        select(Document)
        .where(
            Document.subject_id == UUID(body["order"]["id"]),
            Document.kind == DocumentKind.ORDER,
            Document.signer_id == actor.person_id,
        )
        .order_by(Document.prepared_at.desc(), Document.id)
    )
    return next(
        (document for document in prepared if documents.content(document) | body == documents.content(document)), None
    )


def _the_same(placed: Order, document: Document) -> Order:
    if placed.document_id != document.id:
        raise RuleViolation(
            N_("An order from this form is already signed. Look at it in your orders; begin a new form for another."),
            "RI.5",
        )
    return placed


def _check_money(session: Session, offer: Offer, said: dict[str, Any], today: date) -> None:
    """What was read is what is signed: price and guaranteed amount are still the same (RG.2)."""
    if offer.price_tiyn != said["price_tiyn"]:
        raise RuleViolation(
            N_("The provider has changed its price to %(price_tiyn)s. Nothing was signed. Look at it again."),
            "RG.2",
            price_tiyn=offer.price_tiyn,
        )
    guaranteed = reference.guaranteed_tiyn(session, offer.service, today, offer.classifier_code)
    if guaranteed != said["guaranteed_tiyn"]:
        raise RuleViolation(
            N_("The guaranteed amount is now %(guaranteed_tiyn)s. Nothing was signed. Look at the order again."),
            "RG.3",
            guaranteed_tiyn=guaranteed,
        )


def _own_entitlement(session: Session, entitlement_id: UUID, actor: Actor) -> Entitlement:
    entitlement = session.get(Entitlement, entitlement_id)
    if entitlement is None or entitlement.person_id != actor.for_person_id:
        raise LookupError("no such entitlement")
    return entitlement


def _check_each(session: Session, wish: Wish, entitlement: Entitlement, today: date) -> list[Offer]:
    """The offers in their order, when the rules allow this order to each of them."""
    ranked = [check(session, one, entitlement, today) for one in wish.each()]
    check_ranking([offer.provider_id for offer in ranked])
    return ranked


def check(session: Session, wish: Wish, entitlement: Entitlement, today: date, signed_on: date | None = None) -> Offer:
    """The offer, when the rules allow this order to it; `signed_on` is given when it was signed on a day before."""
    offer = session.get(Offer, wish.offer_id)
    if offer is None or offer.service != entitlement.service:
        raise LookupError("no such offer")
    place = entitlement.person.place_code
    here = place is not None and offers.holds_in(session, offer.id, place)
    check_not_blocked(entitlement.blocked_on)
    if offer.service in GOODS:
        item = entitlement.measure.classifier_code
        goods_orders.check_offer(offer, item, wish.order.way, holds_here=here)
        goods_orders.check_new(
            wish.order,
            entitlement,
            programme_until=goods.programme_until(entitlement),
            today=today,
            signed_on=signed_on,
            least=goods.least(session, item),
        )
        return offer
    check_offer(offer, wish.order.way, renders_here=here)
    busy = entitlements.ordered_minutes_a_day(
        session, entitlement.person_id, entitlement.service, wish.order.starts_on, wish.order.ends_on
    )
    check_new_order(wish.order, entitlement, overlapping_minutes_a_day=busy, today=today)
    return offer


def new_order(
    session: Session, order: NewOrder, entitlement: Entitlement, offer: Offer, now: datetime, **signed: Any
) -> Order:
    """The row of an order to an offer; `signed` is its id, money, signer and papers. Nothing is set aside yet."""
    return Order(
        entitlement_id=entitlement.id,
        recipient_id=entitlement.person_id,
        provider_id=offer.provider_id,
        offer_id=offer.id,
        office_id=entitlement.office_id,
        service=entitlement.service,
        status=OrderStatus.PLACED,
        way=order.way,
        starts_on=order.starts_on,
        ends_on=order.ends_on,
        units=order.units,
        minutes_a_day=order.minutes_a_day,
        minutes_a_month=minutes_a_month(order),
        reserved=0,
        used=0,
        acted=0,
        reserved_tiyn=0,
        placed_at=now,
        answer_due_on=answer_due_on(now.date(), reference.calendar(session)),
        **{"rank": 1, "choices": 1, **signed},
    )


def _signer(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise PermissionError("only a person signs")
    return actor.person_id
