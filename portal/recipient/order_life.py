"""The life of an order as a timeline; of a ranked choice with everybody who was asked, in one line (R83.3–R83.7)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from portal.format import day, lang_span, moment
from portal.i18n import gettext as _
from portal.models.order import Order
from portal.queries import journal
from portal.rules.goods_orders import Getting
from portal.rules.order_reasons import CLOSE_LABELS, DECLINE_LABELS, STOP_LABELS, CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.service import GOODS

REASONS: dict[str, str] = {
    key.value: text for labels in (DECLINE_LABELS, STOP_LABELS, CLOSE_LABELS) for key, text in labels.items()
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the timeline."""

    state: str
    text: str
    when: str = ""
    who: str = ""


def timeline(session: Session, chain: Sequence[Order], said: Mapping[str, Any]) -> list[Step]:
    """What was done, who holds it now, what comes next; `chain` is everybody who was asked, in order."""
    steps: list[Step] = []
    for order in chain:
        by = {happened.action: happened.who for happened in journal.of_thing(session, "orders", order.id)}
        provider = lang_span(order.provider.name_kk, order.provider.name_ru)
        steps += [
            _begin(order, by, provider),
            *_answer(order, provider),
            *_goods(order, provider),
            *_end(order, by, provider),
        ]
    return [*steps, *_next(chain[-1], said)]


def _begin(order: Order, by: Mapping[str, str], provider: str) -> Step:
    if order.rank == 1:
        return Step("done", _("The order was signed and sent."), moment(order.placed_at), by.get("place", ""))
    text = _("Your next choice was asked: order %(number)s.", number=order.number)
    return Step("done", text, moment(order.placed_at), provider)


def _answer(order: Order, provider: str) -> Sequence[Step]:
    if order.status is OrderStatus.PLACED:
        answers = Step("now", _("The provider answers."), _("due: %(day)s", day=day(order.answer_due_on)), provider)
        if order.service in GOODS:
            return (answers, Step("next", _("You get the goods, once the order is accepted.")))
        begins = _("The service begins on the first day of the order, once it is accepted.")
        return (answers, Step("next", begins, day(order.starts_on)))
    if order.answered_at is None:
        return ()
    if order.status is not OrderStatus.DECLINED:
        return (Step("done", _("The provider accepted the order."), moment(order.answered_at), provider),)
    text = _("The provider declined the order.")
    why = f"{text} {_(REASONS[order.reason])}." if order.reason in REASONS else text
    return (Step("done", why, moment(order.answered_at), provider),)


def _goods(order: Order, provider: str) -> Iterator[Step]:
    """From the acceptance of goods to their hand-over."""
    if order.sent_on is not None:
        text = _("The goods were sent. Tracking number: %(number)s.", number=order.tracking_number)
        yield Step("done", text, day(order.sent_on), provider)
    if order.status is OrderStatus.ACCEPTED and order.hand_over_due_on is not None:
        pick_up = order.way == Getting.PICK_UP
        text = _("You fetch the goods at the provider’s.") if pick_up else _("The provider delivers the goods.")
        yield Step("now", text, _("due: %(day)s", day=day(order.hand_over_due_on)), provider)
        yield Step("next", _("You sign the act. Then the state pays the provider."))


def _end(order: Order, by: Mapping[str, str], provider: str) -> Sequence[Step]:
    if order.service in GOODS and order.reason == CloseReason.HANDED_OVER and order.ended_on is not None:
        return (Step("done", _("The goods were handed over."), day(order.ended_on), provider),)
    if order.status is OrderStatus.ACCEPTED and order.service not in GOODS:
        return (
            Step("now", _("The service is being rendered."), "", provider),
            Step("next", _("The order ends."), day(order.ends_on)),
        )
    texts = {
        OrderStatus.LAPSED: (_("There was no answer in time. The order lapsed."), provider),
        OrderStatus.WITHDRAWN: (_("The order was taken back."), by.get("withdraw", "")),
        OrderStatus.STOPPED: (
            _("The order was stopped.") if order.service in GOODS else _("The service was stopped."),
            by.get("stop", ""),
        ),
        OrderStatus.CLOSED: (_("The order was closed."), ""),
    }
    if order.status not in texts or order.ended_at is None:
        return ()
    text, who = texts[order.status]
    return (Step("done", text, moment(order.ended_at), who),)


def _next(last: Order, said: Mapping[str, Any]) -> Iterator[Step]:
    """Who is asked if the present one does not serve; or, when all is over, who could not be asked any more."""
    for choice in said.get("otherwise", ()):
        name = lang_span(choice["provider"]["name_kk"], choice["provider"]["name_ru"])
        if choice["rank"] <= last.rank:
            continue
        if last.status is OrderStatus.PLACED:
            yield Step("next", _("If they decline or do not answer, the next one is asked."), "", name)
        elif last.status in {OrderStatus.DECLINED, OrderStatus.LAPSED}:
            yield Step("done", _("This provider could no longer be asked as you had signed."), "", name)
