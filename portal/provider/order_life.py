"""The life of an order as a timeline: of a service until it is over, of goods until they are paid or came back."""

from collections.abc import Sequence
from typing import NamedTuple

from portal import format as show
from portal.i18n import gettext as _
from portal.models.act import Act
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.service_log import LogEntry
from portal.rules.acts import STATUS_LABELS as ACT_LABELS
from portal.rules.acts import ActStatus
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OVER, STATUS_LABELS, OrderStatus
from portal.rules.payments import label as payment_label

Step = dict[str, str]


class HandOver(NamedTuple):
    """A hand-over of goods, the act that holds it, and the payment of that act."""

    entry: LogEntry
    act: Act | None
    payment: Payment | None


def timeline(found: Order) -> list[Step]:
    """The life of an order of a service: placed, answered, running, over."""
    begun = _answered(found, step("next", _("The service begins"), show.day(found.starts_on)))
    if found.answered_at is None or found.status is OrderStatus.DECLINED:
        return begun
    if found.status in OVER:
        return [*begun, step("now", _(STATUS_LABELS[found.status]), _moment(found))]
    running = step("now", _("The service is rendered and logged"), _("until %(day)s", day=show.day(found.ends_on)))
    return [*begun, running, step("next", _("An act for each month, then its payment"))]


def goods_timeline(found: Order, hand_overs: Sequence[HandOver]) -> list[Step]:
    """The life of an order of goods: placed, answered, sent, handed over, acted and paid; or back again."""
    begun = _answered(found, step("next", _("You hand the goods over")))
    if found.answered_at is None or found.status is OrderStatus.DECLINED:
        return begun
    if found.sent_on is not None:
        number = _("tracking number %(number)s", number=found.tracking_number)
        begun.append(step("done", _("You sent the goods off"), show.day(found.sent_on), number))
    steps = begun + [one for hand_over in hand_overs for one in _handed_over(hand_over)]
    if found.status in OVER:
        is_told = found.reason == CloseReason.HANDED_OVER
        return steps if is_told else [*steps, step("now", _(STATUS_LABELS[found.status]), _moment(found))]
    due_on = show.day(found.hand_over_due_on) if found.hand_over_due_on else ""
    waiting = step("now", _("You hand the goods over"), _("by %(day)s", day=due_on))
    return [*steps, waiting, step("next", _("An act of the hand-over, then its payment"))]


def step(state: str, text: str, when: str = "", who: str = "") -> Step:
    """A step of a timeline."""
    return {"state": state, "text": text, "when": when, "who": who}


def _answered(found: Order, then: Step) -> list[Step]:
    """From the order to its answer; `then` is what comes after it while it waits."""
    came = _("The recipient signed the order") if found.rank == 1 else _("The signed order came to you")
    placed = step("done", came, show.moment(found.placed_at))
    if found.status is OrderStatus.PLACED:
        due_on = show.day(found.answer_due_on)
        waiting = step("now", _("You answer: accept it or decline it"), _("by %(day)s", day=due_on))
        return [placed, waiting, then]
    if found.answered_at is None:
        return [placed, step("now", _(STATUS_LABELS[found.status]), _moment(found))]
    if found.status is OrderStatus.DECLINED:
        return [placed, step("now", _("You declined the order"), show.moment(found.answered_at))]
    return [placed, step("done", _("You accepted the order"), show.moment(found.answered_at))]


def _handed_over(one: HandOver) -> list[Step]:
    entry, act, payment = one
    done = step("done", _("The recipient has the goods"), show.day(entry.day))
    if entry.struck_on is not None:
        why = show.why_struck(entry.strike_reason)
        said = why if entry.back_on else _("This hand-over does not count: %(reason)s", reason=why)
        return [done, step("now", said, show.day(entry.struck_on))]
    if entry.is_objected:
        return [done, step("now", _("The recipient objects to the hand-over. The office decides."))]
    if act is None:
        return [done, step("now", _("You draw up the act")), step("next", _("It is paid"))]
    if act.status is ActStatus.PAID:
        return [done, step("done", _("Paid"), show.moment(payment.paid_at) if payment and payment.paid_at else "")]
    text = payment_label(payment.status, payment.failure_code) if payment else ACT_LABELS[act.status]
    return [done, step("now", _(text), paid_between(payment)), step("next", _("It is paid"))]


def paid_between(payment: Payment | None) -> str:
    """The days between which goods are paid; empty when there is no payment of goods."""
    if payment is None or payment.not_before_on is None:
        return ""
    first, last = show.day(payment.not_before_on), show.day(payment.due_on)
    return _("not before %(first)s, by %(last)s", first=first, last=last)


def _moment(found: Order) -> str:
    if found.ended_on is not None:
        return show.day(found.ended_on)
    return show.moment(found.ended_at) if found.ended_at else ""
