"""Placing an order (R83.1): prepared in words, signed with the request to reimburse, its hours set aside at once."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.document import Document, DocumentKind
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.office import Office
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations import documents, ledger, locks
from portal.operations.documents import Signing
from portal.queries import entitlements, offers, reference
from portal.rules import guaranteed_amount
from portal.rules.entitlements import check_not_blocked
from portal.rules.law import N_, RuleViolation
from portal.rules.orders import NewOrder, OrderStatus, answer_due_on, check_new_order, check_offer, minutes_a_month
from portal.rules.roles import Role
from portal.rules.service import Service


@dataclass(frozen=True, slots=True)
class Wish:
    """What a recipient asks of a provider, before it is worked out; one form makes at most one order."""

    entitlement_id: UUID
    offer_id: UUID
    order: NewOrder
    form_id: UUID = field(default_factory=uuid4)


def prepare(session: Session, wish: Wish, actor: Actor, now: datetime) -> Document:
    """Work out the order and fix it for signing; raises `RuleViolation` when it may not be placed.

    The same form sent again gives the document that is there.
    """
    entitlement = _own_entitlement(session, wish.entitlement_id, actor)
    offer = _check(session, wish, entitlement, now.date())
    body = _body(session, wish, entitlement, offer, actor, now)
    return _prepared_before(session, body, actor) or documents.prepare(
        session,
        DocumentKind.ORDER,
        UUID(body["order"]["id"]),
        body,
        recipient_id=entitlement.person_id,
        provider_id=offer.provider_id,
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
    placed = session.get(Order, document.subject_id)
    if placed is not None:
        return _the_same(placed, document)
    offer = _check(session, wish, entitlement, now.date())
    _check_money(session, offer, said["order"], now.date())
    documents.sign(session, document, signing, actor, now)
    order = _new_order(session, document, said, wish, entitlement, actor, now)
    session.add(order)
    session.flush()
    ledger.reserve(session, entitlement, order, now)
    entitlement.reminder_due_on = None
    record(
        session, actor, now, thing="orders", thing_id=order.id, action="place", about=order.recipient_id, after="placed"
    )
    return order


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
            minutes=order["minutes"],
            minutes_a_day=order["minutes_a_day"],
            way=order["way"],
        ),
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
            N_("The provider has changed its price to %(price_tiyn)s an hour. Nothing was signed. Look at it again."),
            "RG.2",
            price_tiyn=offer.price_tiyn,
        )
    guaranteed = reference.guaranteed_tiyn(session, offer.service, today)
    if guaranteed != said["guaranteed_tiyn"]:
        raise RuleViolation(
            N_(
                "The guaranteed amount is now %(guaranteed_tiyn)s an hour. Nothing was signed. Look at the order again."
            ),
            "RG.3",
            guaranteed_tiyn=guaranteed,
        )


def _own_entitlement(session: Session, entitlement_id: UUID, actor: Actor) -> Entitlement:
    entitlement = session.get(Entitlement, entitlement_id)
    if entitlement is None or entitlement.person_id != actor.for_person_id:
        raise LookupError("no such entitlement")
    return entitlement


def _check(session: Session, wish: Wish, entitlement: Entitlement, today: date) -> Offer:
    """The offer, when the rules allow this order to it."""
    offer = session.get(Offer, wish.offer_id)
    if offer is None or offer.service != entitlement.service:
        raise LookupError("no such offer")
    person = session.get_one(Person, entitlement.person_id)
    here = person.place_code is not None and offers.holds_in(session, offer.id, person.place_code)
    check_not_blocked(entitlement.blocked_on)
    check_offer(offer, wish.order.way, renders_here=here)
    busy = entitlements.ordered_minutes_a_day(
        session, entitlement.person_id, entitlement.service, wish.order.starts_on, wish.order.ends_on
    )
    check_new_order(wish.order, entitlement, overlapping_minutes_a_day=busy, today=today)
    return offer


def _body(
    session: Session, wish: Wish, entitlement: Entitlement, offer: Offer, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Everything that is signed: the order and, in the same step, the request to reimburse the guaranteed amount."""
    recipient = session.get_one(Person, entitlement.person_id)
    provider = session.get_one(Provider, offer.provider_id)
    office = session.get_one(Office, entitlement.office_id)
    signer = session.get_one(Person, actor.person_id)
    guaranteed = reference.guaranteed_tiyn(session, entitlement.service, now.date())
    return {
        "signers": [{"role": Role.RECIPIENT.value, "iin": signer.iin, "name": signer.full_name}],
        "recipient": party(recipient),
        "provider": {
            "bin": provider.bin,
            "name_kk": provider.name_kk,
            "name_ru": provider.name_ru,
            "iban": provider.iban,
            "bic": provider.bic,
        },
        "office": {"name_kk": office.name_kk, "name_ru": office.name_ru},
        "order": _order_said(wish, entitlement, offer, guaranteed),
        "reimbursement_request": {"to_office": str(office.id), "for_provider": provider.bin, "for_order": "this"},
    }


def _order_said(wish: Wish, entitlement: Entitlement, offer: Offer, guaranteed: int) -> dict[str, Any]:
    order = wish.order
    return {
        "id": str(uuid5(entitlement.id, str(wish.form_id))),
        "entitlement_id": str(entitlement.id),
        "offer_id": str(offer.id),
        "service": entitlement.service.value,
        "starts_on": order.starts_on.isoformat(),
        "ends_on": order.ends_on.isoformat(),
        "minutes": order.minutes,
        "minutes_a_day": order.minutes_a_day,
        "way": order.way,
        "price_tiyn": offer.price_tiyn,
        "guaranteed_tiyn": guaranteed,
        "reimbursed_tiyn": guaranteed_amount.reimbursed_tiyn_an_hour(offer.price_tiyn, guaranteed),
        "surcharge_tiyn": guaranteed_amount.surcharge_tiyn_an_hour(offer.price_tiyn, guaranteed),
    }


def party(person: Person) -> dict[str, Any]:
    """A person as a signed document names them."""
    return {"iin": person.iin, "name": person.full_name, "phone": person.phone or "", "address": person.address}


def _new_order(
    session: Session,
    document: Document,
    said: dict[str, Any],
    wish: Wish,
    entitlement: Entitlement,
    actor: Actor,
    now: datetime,
) -> Order:
    order = wish.order
    return Order(
        id=document.subject_id,
        entitlement_id=entitlement.id,
        recipient_id=entitlement.person_id,
        provider_id=document.provider_id,
        offer_id=wish.offer_id,
        office_id=entitlement.office_id,
        service=entitlement.service,
        status=OrderStatus.PLACED,
        way=order.way,
        starts_on=order.starts_on,
        ends_on=order.ends_on,
        minutes=order.minutes,
        minutes_a_day=order.minutes_a_day,
        minutes_a_month=minutes_a_month(order),
        reserved=0,
        used=0,
        acted=0,
        reserved_tiyn=0,
        price_tiyn=said["order"]["price_tiyn"],
        guaranteed_tiyn=said["order"]["guaranteed_tiyn"],
        placed_at=now,
        placed_by_id=_signer(actor),
        answer_due_on=answer_due_on(now.date(), reference.calendar(session)),
        document_id=document.id,
    )


def _signer(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise PermissionError("only a person signs")
    return actor.person_id
