"""Late news (R83.6, RI.4, RI.5): what an event that became known afterwards does to visits and to the acts they are in.

A visit of a later day is struck. The act that holds it is corrected by a new document: one not yet sent is cancelled,
one at the office goes back, an accepted one is set aside with its payment, and what was paid is claimed back. While the
outcome of a payment is not known, or money is out for it otherwise than asked, nothing is done; `reach` is called again
when what became of it is written down.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.i18n import LANGUAGES, gettext
from portal.i18n import gettext as _
from portal.models.act import Act
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person_event import PersonEvent
from portal.models.service_log import LogEntry
from portal.operations import acts, choice, claims, executions, ledger, locks, set_offs, sms
from portal.operations.causes import because_of
from portal.operations.step import move
from portal.queries import acts as found
from portal.queries import people, reference
from portal.queries import service_log as log
from portal.rules.acts import FALLEN, MOVES, WITH_OFFICE, ActAction, ActStatus, ReturnReason, resubmit_due_on
from portal.rules.law import N_
from portal.rules.objections import Settlement
from portal.rules.order_reasons import CLOSE_LABELS, CloseReason
from portal.rules.payments import MOVES as PAYMENT_MOVES
from portal.rules.payments import PaymentAction, may_be_out
from portal.rules.returns import ENDING
from portal.sms import texts


@dataclass(frozen=True, slots=True)
class News:
    """Why something rendered does not count: the event if there is one, the reason, and the note in an act's words."""

    reason: str
    event_id: UUID | None
    say: Callable[[], str]
    returned_for: ReturnReason | None = ReturnReason.WRONG_PERIOD_OR_HOURS
    """For which of the listed reasons an act goes back; none when its goods did (R42.10)."""


def strike_later(session: Session, entitlement: Entitlement, actor: Actor, now: datetime) -> None:
    """Strike what was written down for days after the entitlement's end; its acts follow, each in its own way.

    Without an event (a newer version of the programme, the last day itself) what an office has before it or has decided
    on stays. The caller holds the locks of the person and the entitlement.
    """
    held = session.scalars(_later(entitlement, LogEntry.act_id.is_not(None))).all()
    for act_id in dict.fromkeys(entry.act_id for entry in held if entry.act_id is not None):
        reach(session, locks.act(session, act_id), actor, now)
    free = session.scalars(_later(entitlement, LogEntry.act_id.is_(None))).all()
    if free and entitlement.closed_on is not None:
        news = _news(CloseReason(entitlement.close_reason or ""), entitlement.closed_on, entitlement.ended_by_id)
        _strike(session, entitlement, free, news, actor, now)


def reach(session: Session, act: Act, actor: Actor, now: datetime) -> None:
    """The end of an entitlement reaches an act: its later visits are struck, and the act is corrected.

    What ended its order counts, also when the entitlement lasts again since. Nothing is done when it has no later
    visits, or while money may be out for its payment. The caller holds the lock of the act.
    """
    order = session.get_one(Order, act.order_id)
    if order.ended_on is None:
        return
    later = session.scalars(_standing(LogEntry.act_id == act.id, LogEntry.day > order.ended_on)).all()
    if not later or (order.ended_by_id is None and act.status in _DECIDED):
        return
    payment = _payment(session, act)
    if payment is not None and may_be_out(payment.status, payment.failure_code):
        return
    take_out(session, act, payment, later, _news_of(session, order), actor, now)
    choice.resume(session, order.entitlement, now)


def take_out(
    session: Session,
    act: Act,
    payment: Payment | None,
    entries: Sequence[LogEntry],
    news: News,
    actor: Actor,
    now: datetime,
) -> None:
    """Strike these entries of an act; it is corrected, or of what is paid for them a claim is made (RI.5).

    The outcome of the payment, if there is one, is known. The caller holds the locks.
    """
    entitlement = session.get_one(Order, act.order_id).entitlement
    with because_of(session, news.event_id):
        if act.status is ActStatus.PAID and payment is not None:
            claims.make(session, act, payment, entitlement, entries, news.reason, news.event_id, now)
        elif act.status not in FALLEN:
            _correct(session, act, payment, entries, news, now)
        else:
            acts.free(session, act)
        _strike(session, entitlement, entries, news, actor, now)


def strike_free(session: Session, entry: LogEntry, news: News, actor: Actor, now: datetime) -> None:
    """Strike an entry that no act holds. The caller holds the locks."""
    entitlement = session.get_one(Order, entry.order_id).entitlement
    _strike(session, entitlement, [entry], news, actor, now)


_UNPAID = frozenset({*WITH_OFFICE, ActStatus.ACCEPTED})
_DECIDED = _UNPAID | {ActStatus.PAID}


def _correct(
    session: Session, act: Act, payment: Payment | None, later: Sequence[LogEntry], news: News, now: datetime
) -> None:
    """The act stands no more: cancelled, given back, or set aside; its visits are free for a corrected one."""
    act.ended_by_id = news.event_id
    if act.status not in _DECIDED:
        move(session, act, MOVES, ActAction.CANCEL, SYSTEM, now, point="RI.4", about=act.recipient_id)
        acts.free(session, act)
        return
    stands = _stands(session, act, later)
    act.reason = news.returned_for.value if news.returned_for else None
    act.note = _in_each_language(news.say)
    act.resubmit_due_on = resubmit_due_on(now.date(), reference.calendar(session)) if stands else None
    _set_aside(session, act, payment, now)


def sign_anew(session: Session, act: Act, now: datetime) -> None:
    """A death that excused a signature is undone: the act is drawn up anew and signed by everybody (R42.5, R42.10).

    One that is paid stays paid. Nothing is done while money may be out for its payment. The caller holds the act.
    """
    if act.status not in _UNPAID or found.lacking(session, [act])[act.id].nothing:
        return
    payment = _payment(session, act)
    if payment is not None and may_be_out(payment.status, payment.failure_code):
        return
    act.reason, act.note = ReturnReason.SIGNATURE_MISSING.value, _in_each_language(lambda: _(_ALIVE))
    act.resubmit_due_on = resubmit_due_on(now.date(), reference.calendar(session))
    _set_aside(session, act, payment, now)


_ALIVE = N_("The recipient’s death was reported by mistake. This act is drawn up anew, and everybody signs it.")


def ask_anew(session: Session, recipient_id: UUID, now: datetime) -> None:
    """Acts that an event ended which was a mistake: what stands of them again is drawn up anew (R83.6, R42.9).

    The provider was told of some that no new one is needed: now it is. The caller holds the person.
    """
    session.flush()
    note = _in_each_language(lambda: _(_MISTAKE))
    for act_id in found.ended_by_mistake(session, recipient_id):
        act = locks.act(session, act_id)
        of_month = (act.order_id, act.month)
        last = found.to_correct(session, *of_month)
        if act.note == note or last is not act or not log.to_be_acted(session, *of_month):
            continue
        act.note = note
        stands = act.status.value
        record(session, SYSTEM, now, thing="acts", thing_id=act.id, action="ask_anew", about=recipient_id, after=stands)
        if act.resubmit_due_on is None:
            act.resubmit_due_on = resubmit_due_on(now.date(), reference.calendar(session))
            _tell(session, act, now)


_MISTAKE = N_("What this act fell by was reported by mistake. What was rendered counts again: draw the act up anew.")


def _set_aside(session: Session, act: Act, payment: Payment | None, now: datetime) -> None:
    """An act that was sent stands no more: it goes back, or is set aside with its payment; its visits are free."""
    order, was = session.get_one(Order, act.order_id), act.status
    move(session, act, MOVES, ActAction.CORRECT, SYSTEM, now, point="RI.5", about=act.recipient_id, reason=act.reason)
    acts.free(session, act)
    if was is ActStatus.ACCEPTED:
        ledger.disown(session, order.entitlement, order, act.id, act.units, act.amount_tiyn, now)
    if payment is not None:
        _cancel(session, payment, act, now)
    _tell(session, act, now)
    executions.owe_correction(session, act, order.entitlement, now)


def _cancel(session: Session, payment: Payment, act: Act, now: datetime) -> None:
    """The payment of an act that is set aside is not made; what of it was set off is claimed again."""
    move(
        session,
        payment,
        PAYMENT_MOVES,
        PaymentAction.CANCEL,
        SYSTEM,
        now,
        point="RI.4",
        about=act.recipient_id,
        amount_tiyn=payment.amount_tiyn,
    )
    payment.next_try_at = None
    set_offs.drop(session, payment, now)


def _strike(
    session: Session,
    entitlement: Entitlement,
    entries: Sequence[LogEntry],
    news: News,
    actor: Actor,
    now: datetime,
) -> None:
    """Strike entries with the reason; an open objection to one is settled by that."""
    for entry in entries:
        if entry.is_objected:
            entry.settled_at, entry.settlement = now, Settlement.STRUCK.value
        entry.struck_at, entry.strike_reason, entry.ended_by_id = now, news.reason, news.event_id
        order = session.get_one(Order, entry.order_id)
        with because_of(session, news.event_id):
            ledger.unuse(session, entitlement, order, entry.id, entry.units, now)
        record(
            session,
            actor,
            now,
            thing="log_entries",
            thing_id=entry.id,
            action="strike",
            about=entry.recipient_id,
            after=news.reason,
        )


def _later(entitlement: Entitlement, whose: ColumnElement[bool]) -> Select[LogEntry]:
    """Visits that stand in the log for days after the entitlement's end."""
    return _standing(Order.entitlement_id == entitlement.id, LogEntry.day > entitlement.closed_on, whose)


def _standing(*which: ColumnElement[bool]) -> Select[LogEntry]:
    found = select(LogEntry).join(Order).where(LogEntry.struck_at.is_(None), *which)
    return found.order_by(LogEntry.day, LogEntry.id)


def _stands(session: Session, act: Act, later: Sequence[LogEntry]) -> bool:
    """Whether the act holds visits that still count; if not, no new one is needed."""
    held = session.scalars(select(LogEntry.id).where(LogEntry.act_id == act.id, LogEntry.struck_at.is_(None))).all()
    return len(held) > len(later)


def _payment(session: Session, act: Act) -> Payment | None:
    payment_id: UUID | None = session.scalar(select(Payment.id).where(Payment.act_id == act.id))
    return locks.payment(session, payment_id) if payment_id else None


def _tell(session: Session, act: Act, now: datetime) -> None:
    """The provider learns by SMS that the act is to be drawn up anew, or that nothing of it stands."""
    for person in people.staff(session, act.provider_id):
        text = (
            texts.act_returned(person, act.number, act.resubmit_due_on)
            if act.resubmit_due_on
            else texts.act_fell(person, act.number)
        )
        sms.owe(session, person, f"act:{act.id}:returned:{act.resubmit_due_on}:{person.id}", text, now)


def _in_each_language(say: Callable[[], str]) -> str:
    """Why the act does not stand: it is the portal's own note, and everybody reads it."""
    said = []
    for locale in LANGUAGES:
        with force_locale(locale):
            said.append(say())
    return " / ".join(said)


def _news(reason: CloseReason, on: date, event_id: UUID | None) -> News:
    return News(reason.value, event_id, lambda: _why(reason, on))


def _news_of(session: Session, order: Order) -> News:
    """What ended an order: its entitlement may last again since, the event that is named stays."""
    event = session.get(PersonEvent, order.ended_by_id) if order.ended_by_id else None
    reason = ENDING[event.kind] if event else CloseReason(order.entitlement.close_reason or "")
    return _news(reason, order.ended_on or date.max, order.ended_by_id)


def _why(reason: CloseReason, on: date) -> str:
    said = gettext(CLOSE_LABELS[reason])
    return _("Visits after %(day)s do not count: %(reason)s.", day=f"{on:%d.%m.%Y}", reason=said)
