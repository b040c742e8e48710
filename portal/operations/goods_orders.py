"""The life of an order of goods after it is accepted (R83.5, R83.6, R83.8): sent, handed over, given back."""

from datetime import date, datetime, time
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.clock import ALMATY
from portal.i18n import gettext
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.service_log import LogEntry
from portal.operations import answers, choice, executions, late_news, ledger, locks, objections, sms
from portal.operations.late_news import News
from portal.queries import people, reference
from portal.rules.goods_orders import (
    GIVEN_BACK_LABELS,
    GivenBack,
    check_back,
    check_hand_over,
    check_sent,
    delivery_due_on,
)
from portal.rules.law import N_, RuleViolation
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.payments import may_be_out
from portal.rules.quantities import day_of
from portal.rules.roles import Role
from portal.rules.service import GOODS
from portal.sms import texts


def send_off(session: Session, order_id: UUID, number: str, sent_on: date, actor: Actor, now: datetime) -> Order:
    """The goods were handed to delivery under a tracking number; from that day the term of the delivery runs (R83.8).

    The same again changes nothing; another number or day corrects the one before.
    """
    order, _entitlement = _of_provider(session, order_id, actor)
    number = number.strip()
    if (order.tracking_number, order.sent_on) == (number, sent_on):
        return order
    check_sent(order, number, sent_on, day_of(now))
    order.tracking_number, order.sent_on = number, sent_on
    order.hand_over_due_on = delivery_due_on(sent_on)
    record(
        session,
        actor,
        now,
        thing="orders",
        thing_id=order.id,
        action="send_off",
        about=order.recipient_id,
        sent_on=sent_on.isoformat(),
    )
    if (reader := _reader(session, order, day_of(now))) is not None:
        text = texts.goods_sent(reader, order.number, number, order.hand_over_due_on)
        sms.owe(session, reader, f"order:{order.id}:sent:{now.isoformat()}", text, now)
    return order


def hand_over(session: Session, order_id: UUID, on: date, form_id: UUID, actor: Actor, now: datetime) -> LogEntry:
    """The recipient has the goods: their pieces are used, and the order is over (R83.5).

    The same form sent again gives the hand-over that is there. The guaranteed amount is that of the day on which the
    order was accepted (RG.3).
    """
    order, entitlement = _of_provider(session, order_id, actor)
    there = _sent_before(session, form_id, order)
    if there is not None:
        return there
    _check(session, order, entitlement, on, now)
    entry = _entry(session, order, on, form_id, actor, now)
    session.add(entry)
    session.flush()
    ledger.use(session, entitlement, order, entry.id, entry.units, now)
    choice.rest(entitlement)
    record(
        session,
        actor,
        now,
        thing="log_entries",
        thing_id=entry.id,
        action="hand_over",
        about=order.recipient_id,
        order=order.number,
        units=entry.units,
        on=on.isoformat(),
    )
    if order.status is OrderStatus.ACCEPTED:
        answers.close(session, order, entitlement, CloseReason.HANDED_OVER, on, SYSTEM, now)
    elif order.reason == CloseReason.HANDED_OVER:
        order.ended_on = on
    if (reader := _reader(session, order, day_of(now))) is not None:
        text = texts.goods_handed_over(reader, order.number, on)
        sms.owe(session, reader, f"entry:{entry.id}:handed_over", text, now)
    return entry


def come_back(session: Session, entry_id: UUID, reason: GivenBack, on: date, actor: Actor, now: datetime) -> LogEntry:
    """The provider has the goods back: their pieces are free again, or go back, and what was paid is claimed (R42.11).

    The provider writes it down, or the office for it. A second call changes nothing. While their payment is on its
    way it is refused: a return must know whether there is anything to pay back.
    """
    entry, order, entitlement = locks.entry(session, entry_id)
    mine = (actor.role is Role.PROVIDER and order.provider_id == actor.organisation_id) or (
        actor.role is Role.OFFICE and order.office_id == actor.organisation_id
    )
    if not mine or entry.service not in GOODS:
        raise LookupError("no such hand-over")
    if entry.struck_at is not None:
        if entry.back_on is not None:
            return entry
        raise RuleViolation(N_("This hand-over is struck already: nothing of it counts."), "R83.6")
    if actor.role is Role.OFFICE:
        objections.check_may_decide(session, entry, actor, now)
    check_back(entry.day, on, day_of(now))
    news = News(reason.value, None, lambda: gettext(GIVEN_BACK_LABELS[reason]), returned_for=None)
    _take_out(session, entry, news, actor, now)
    entry.back_on = on
    choice.resume(session, entitlement, now)
    executions.owe_back(session, entry, order, on, now)
    if (reader := _reader(session, order, day_of(now))) is not None:
        sms.owe(session, reader, f"entry:{entry.id}:back", texts.goods_back(reader, order.number), now)
    return entry


def _take_out(session: Session, entry: LogEntry, news: News, actor: Actor, now: datetime) -> None:
    """The hand-over is struck, and its act goes its own way, unless its money may be out."""
    if entry.act_id is None:
        late_news.strike_free(session, entry, news, actor, now)
    else:
        act = locks.act(session, entry.act_id)
        payment_id = session.scalar(select(Payment.id).where(Payment.act_id == act.id))
        payment = locks.payment(session, payment_id) if payment_id else None
        if payment is not None and may_be_out(payment.status, payment.failure_code):
            raise RuleViolation(
                N_("The payment for these goods is on its way just now. Write their return down again in an hour."),
                "R42.11",
            )
        late_news.take_out(session, act, payment, [entry], news, actor, now)


def _of_provider(session: Session, order_id: UUID, actor: Actor) -> tuple[Order, Entitlement]:
    order, entitlement = locks.order(session, order_id)
    if actor.role is not Role.PROVIDER or order.provider_id != actor.organisation_id or order.service not in GOODS:
        raise LookupError("no such order")
    return order, entitlement


def _check(session: Session, order: Order, entitlement: Entitlement, on: date, now: datetime) -> None:
    recipient = session.get_one(Person, order.recipient_id)
    check_hand_over(
        order,
        on,
        last_on=min(order.ends_on, entitlement.lasts_until, entitlement.closed_on or order.ends_on),
        left=ledger.left_for_visits(entitlement, order),
        died_on=recipient.died_on,
        departed_on=recipient.departed_on,
        today=day_of(now),
    )


def _entry(session: Session, order: Order, on: date, form_id: UUID, actor: Actor, now: datetime) -> LogEntry:
    """A hand-over is a moment of its day: now, or of a day past its noon."""
    at = now if on == day_of(now) else datetime.combine(on, time(12), ALMATY)
    item = session.get_one(Offer, order.offer_id).classifier_code
    return LogEntry(
        id=uuid4(),
        order_id=order.id,
        recipient_id=order.recipient_id,
        service=order.service,
        day=on,
        started_at=at,
        ended_at=at,
        units=order.units,
        places="",
        way=order.way,
        price_tiyn=order.price_tiyn,
        guaranteed_tiyn=reference.guaranteed_tiyn(session, order.service, day_of(order.answered_at or now), item),
        form_id=form_id,
        recorded_by_id=actor.person_id,
        recorded_at=now,
    )


def _sent_before(session: Session, form_id: UUID, order: Order) -> LogEntry | None:
    there = session.scalars(select(LogEntry).where(LogEntry.form_id == form_id)).first()
    if there is not None and there.order_id != order.id:
        raise RuleViolation(N_("This form was sent before. Open a new one."), "R83.5")
    return there


def _reader(session: Session, order: Order, today: date) -> Person | None:
    """Whom an SMS about the goods reaches; nobody once the recipient has died."""
    recipient = session.get_one(Person, order.recipient_id)
    return people.reader(session, recipient, today) if recipient.died_on is None else None
