"""The life of an order after it was placed: answered, lapsed, taken back, stopped, closed (R83.3–R83.9)."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.models.document import Document, DocumentKind
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations import choice, documents, executions, ledger, locks, ranking, sms
from portal.operations.documents import Signing
from portal.operations.step import move
from portal.queries import people, recipient_orders
from portal.rules import goods_orders
from portal.rules.answers import check_answer_in_time
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import CloseReason, DeclineReason, StopReason, check_decline, check_stop
from portal.rules.orders import MOVES, OrderAction, OrderStatus
from portal.rules.quantities import day_of
from portal.rules.roles import Role
from portal.rules.service import GOODS
from portal.sms import texts


def prepare_answer(
    session: Session, order_id: UUID, reason: DeclineReason | None, note: str, actor: Actor, now: datetime
) -> Document:
    """The provider's acceptance, or with a `reason` its refusal, fixed for signing (R83.3, R83.9)."""
    order = _of_provider(session, order_id, actor)
    if order.status is not OrderStatus.PLACED:
        raise RuleViolation(MOVES.refusals[order.status], "R83.3")
    if reason is not None:
        check_decline(order.service, reason)
    provider = session.get_one(Provider, order.provider_id)
    signer = session.get_one(Person, actor.person_id)
    body = {
        "signers": [documents.provider_signer(provider, signer)],
        "provider": {"bin": provider.bin, "name_kk": provider.name_kk, "name_ru": provider.name_ru},
        "order": {"id": str(order.id), "number": order.number, "document": str(order.document_id)},
        "answer": "accepted" if reason is None else "declined",
        "reason": reason.value if reason else None,
        "note": note,
    }
    return documents.prepare(
        session,
        DocumentKind.ACCEPTANCE if reason is None else DocumentKind.REFUSAL,
        order.id,
        body,
        recipient_id=order.recipient_id,
        provider_id=order.provider_id,
        signer_id=signer.id,
        now=now,
        corrects_id=None,
    )


def answer(session: Session, signing: Signing, actor: Actor, now: datetime) -> Order:
    """The provider's signed answer: the order is accepted, or declined and the next of her choices is asked (R83.3).

    A second call for the same document changes nothing.
    """
    kind = session.scalars(select(Document.kind).where(Document.id == signing.document_id)).one_or_none()
    if kind not in {DocumentKind.ACCEPTANCE, DocumentKind.REFUSAL}:
        raise LookupError("no such document")
    document = documents.lock(session, signing.document_id, kind, actor)
    said = documents.content(document)
    order = _of_provider(session, UUID(said["order"]["id"]), actor)
    order, entitlement = locks.order(session, order.id)
    if documents.signature_of(document, actor.role) is not None:
        return order
    if order.status is OrderStatus.PLACED:
        check_answer_in_time(order.answer_due_on, now.date())
    action = OrderAction.ACCEPT if kind is DocumentKind.ACCEPTANCE else OrderAction.DECLINE
    move(session, order, MOVES, action, actor, now, point="R83.3", about=order.recipient_id, reason=said["reason"])
    documents.sign(session, document, signing, actor, now)
    order.answered_at = now
    if action is OrderAction.DECLINE:
        order.reason, order.note = said["reason"], said["note"]
        _go_on(session, order, entitlement, action, now)
    else:
        if order.service in GOODS:
            order.hand_over_due_on = goods_orders.hand_over_due_on(order.way, day_of(order.placed_at), day_of(now))
        _tell(session, order, action, now)
    executions.owe_order(session, order, now)
    return order


def lapse(session: Session, order_id: UUID, now: datetime) -> bool:
    """No answer by the end of the term: the next of her choices is asked; without one her hours are free (R83.4)."""
    order, entitlement = locks.order(session, order_id)
    if order.status is not OrderStatus.PLACED or order.answer_due_on >= now.date():
        return False
    move(session, order, MOVES, OrderAction.LAPSE, SYSTEM, now, point="R83.4", about=order.recipient_id)
    _go_on(session, order, entitlement, OrderAction.LAPSE, now)
    executions.owe_order(session, order, now)
    return True


def withdraw(session: Session, order_id: UUID, actor: Actor, now: datetime) -> Order:
    """The recipient takes the order back while it is not answered (R83.7); a second call changes nothing.

    Nobody else of her choices is asked then. When the next one was asked meanwhile, that order is taken back.
    """
    order, entitlement = locks.order(session, order_id)
    if order.recipient_id != actor.for_person_id:
        raise LookupError("no such order")
    order, entitlement = locks.order(session, recipient_orders.last_of_chain(session, order))
    if order.status is OrderStatus.WITHDRAWN:
        return order
    move(session, order, MOVES, OrderAction.WITHDRAW, actor, now, point="R83.7", about=order.recipient_id)
    end(session, order, entitlement, now.date(), now)
    executions.owe_order(session, order, now)
    return order


def stop(session: Session, order_id: UUID, reason: StopReason, note: str, actor: Actor, now: datetime) -> Order:
    """Either side stops a running service for a reason of its list; what was rendered stays payable (R83.7).

    A second call with the same reason changes nothing.
    """
    order, entitlement = locks.order(session, order_id)
    mine = order.recipient_id == actor.for_person_id or order.provider_id == actor.organisation_id
    if not mine:
        raise LookupError("no such order")
    check_stop(actor.role, order.service, reason)
    if order.status is OrderStatus.STOPPED and order.reason == reason.value:
        return order
    goods_orders.check_stop(order, reason, day_of(now))
    move(
        session,
        order,
        MOVES,
        OrderAction.STOP,
        actor,
        now,
        point="R83.7",
        about=order.recipient_id,
        reason=reason.value,
    )
    order.reason, order.note = reason.value, note
    end(session, order, entitlement, now.date(), now)
    if actor.role is Role.PROVIDER:
        _tell(session, order, OrderAction.STOP, now)
    else:
        _tell_of_end(session, order, people.staff(session, order.provider_id), now)
    executions.owe_order(session, order, now)
    return order


def close(
    session: Session, order: Order, entitlement: Entitlement, reason: CloseReason, on: date, actor: Actor, now: datetime
) -> None:
    """The programme’s end, a death, a departure or a move closes the order on its day (R83.6, R83.7).

    The provider is told, unless it is the last day that it knows, or its own hand-over; so is a recipient who is here
    and did not end it: nobody comes any more. The caller holds the locks.
    """
    move(
        session,
        order,
        MOVES,
        OrderAction.CLOSE,
        actor,
        now,
        point="R83.6",
        about=order.recipient_id,
        reason=reason.value,
    )
    order.reason = reason.value
    end(session, order, entitlement, on, now)
    if reason not in {CloseReason.EXPIRED, CloseReason.HANDED_OVER}:
        _tell_of_end(session, order, people.staff(session, order.provider_id), now)
    if reason in {CloseReason.PROGRAMME_CLOSED, CloseReason.MOVE} and order.recipient.died_on is None:
        _tell_of_end(session, order, [_reader(session, order, now)], now)
    executions.owe_order(session, order, now)


def end(session: Session, order: Order, entitlement: Entitlement, on: date, now: datetime) -> None:
    """What the order did not use is free again; from `on` it is over."""
    ledger.release(session, entitlement, order, now)
    order.ended_at = now
    order.ended_on = on
    choice.resume(session, entitlement, now)


def _go_on(session: Session, order: Order, entitlement: Entitlement, action: OrderAction, now: datetime) -> None:
    """This provider does not serve her: the next one is asked if there is one; either way she gets one message."""
    end(session, order, entitlement, now.date(), now)
    _tell(session, order, action, now, ranking.ask_next(session, order, entitlement, now))


def _of_provider(session: Session, order_id: UUID, actor: Actor) -> Order:
    order = session.get(Order, order_id)
    if order is None or order.provider_id != actor.organisation_id:
        raise LookupError("no such order")
    return order


def _tell(session: Session, order: Order, action: OrderAction, now: datetime, asked: Order | None = None) -> None:
    """The recipient, or who acts for them, learns by SMS what became of the order, and who is `asked` instead."""
    person = _reader(session, order, now)
    name = _name(session, order, person)
    if action is OrderAction.ACCEPT:
        text = texts.order_accepted(person, order.number, name)
    elif asked is not None:
        text = texts.next_asked(person, name, _name(session, asked, person), asked.answer_due_on)
    else:
        say = {
            OrderAction.DECLINE: texts.order_declined,
            OrderAction.LAPSE: texts.order_lapsed,
            OrderAction.STOP: texts.order_stopped,
        }[action]
        text = say(person, order.number)
    sms.owe(session, person, f"order:{order.id}:{action}", text, now)


def _tell_of_end(session: Session, order: Order, readers: Iterable[Person], now: datetime) -> None:
    """They learn by SMS that an order ended before its time (R83.6, R83.7)."""
    on = order.ended_on or now.date()
    for person in readers:
        about = f"order:{order.id}:ended:{now.isoformat()}:{person.id}"
        sms.owe(session, person, about, texts.order_ended(person, order.number, on), now)


def _reader(session: Session, order: Order, now: datetime) -> Person:
    """The recipient, or without a phone who acts for them, before others who signed the order."""
    recipient = session.get_one(Person, order.recipient_id)
    return people.reader(session, recipient, day_of(now), order.placed_by_id)


def _name(session: Session, order: Order, reader: Person) -> str:
    provider = session.get_one(Provider, order.provider_id)
    return provider.name_kk if reader.language == "kk" else provider.name_ru
