"""The provider's orders (R83.3): the list, soonest due first, and an order with its life and its signed document."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock, looks
from portal.actor import Actor
from portal.auth import actor
from portal.db import get_session
from portal.forms import QueryForm, SelectField, TextField
from portal.left import to_come
from portal.models.act import Act
from portal.models.order import Order
from portal.models.service_log import LogEntry
from portal.operations import documents, order_documents
from portal.provider import blueprint, provider_id
from portal.provider.order_life import HandOver, goods_timeline, timeline
from portal.queries import acts, hand_overs, provider_orders
from portal.queries.provider_orders import Shown
from portal.read_and_sign import download
from portal.rules.goods_orders import GETTING_LABELS
from portal.rules.guaranteed_amount import reimbursed_rate, surcharge_rate
from portal.rules.moves import available_actions
from portal.rules.order_reasons import CLOSE_LABELS, DECLINE_LABELS, STOP_LABELS
from portal.rules.orders import MOVES, STATUS_LABELS, OrderStatus
from portal.rules.service import GOODS
from portal.rules.service_log import OBJECTION_LABELS

_REASONS: Mapping[OrderStatus, Mapping[Any, str]] = {
    OrderStatus.DECLINED: DECLINE_LABELS,
    OrderStatus.STOPPED: STOP_LABELS,
    OrderStatus.CLOSED: CLOSE_LABELS,
}
TONES = {OrderStatus.PLACED: "waiting", OrderStatus.ACCEPTED: "good", OrderStatus.LAPSED: "late"}
SHOWN = [
    (Shown.ALL.value, _l("All")),
    (Shown.TO_ANSWER.value, _l("Waiting for our answer")),
    (Shown.RUNNING.value, _l("Running")),
    (Shown.TO_HAND_OVER.value, _l("Goods to hand over")),
    (Shown.ENDED.value, _l("Ended, declined, lapsed")),
]


class OrderFilter(QueryForm):
    """Which orders to show."""

    search = TextField(_l("Number or name"), hint=_l("The number of an order, or how a name begins"), max_length=60)
    shown = SelectField(_l("Orders"), choices=SHOWN, coerce=Shown, empty=_l("All"))


@blueprint.get("/orders")
def orders() -> str:
    """The list; a page has fifty of them."""
    form, page = OrderFilter(), page_number()
    shown = form.shown.data or Shown.ALL
    found = provider_orders.of_provider(get_session(), provider_id(), shown, form.search.data, page)
    looks.listed(one.recipient_id for one in found.orders)
    return render_template(
        "provider/orders.html",
        form=form,
        found=found,
        page=page,
        shown=shown,
        labels=STATUS_LABELS,
        tones=TONES,
        items=hand_overs.ordered(get_session(), [one.offer_id for one in found.orders if one.service in GOODS]),
        ways=GETTING_LABELS,
    )


@blueprint.get("/orders/<uuid:order_id>")
def order(order_id: UUID) -> str:
    """One order: what is asked, where it stands, what can be done with it now."""
    found = provider_orders.get_for_provider(get_session(), order_id, provider_id())
    around = _of_goods(found) if found.service in GOODS else _of_service(found)
    return render_template(
        "provider/goods_order.html" if found.service in GOODS else "provider/order.html",
        order=found,
        actions=actions_of(found, actor()),
        label=STATUS_LABELS[found.status],
        tone=TONES.get(found.status, "quiet"),
        reason=_REASONS.get(found.status, {}).get(found.reason, ""),
        reimbursed_tiyn=reimbursed_rate(found.price_tiyn, found.guaranteed_tiyn),
        surcharge_tiyn=surcharge_rate(found.price_tiyn, found.guaranteed_tiyn),
        **around,
    )


def _of_service(found: Order) -> dict[str, Any]:
    return {
        "load": provider_orders.load(get_session(), found),
        "steps": timeline(found),
        "to_come": to_come(found, clock.today()),
    }


def _of_goods(found: Order) -> dict[str, Any]:
    """What is ordered, how it was handed over, and what the provider may do with it now."""
    session = get_session()
    entries = hand_overs.of_order(session, found.id)
    made = [_hand_over(entry, acts.holding(session, entry)) for entry in entries]
    return {
        "what": hand_overs.ordered(session, [found.offer_id])[found.offer_id],
        "ways": GETTING_LABELS,
        "objections": OBJECTION_LABELS,
        "standing": next((one for one in made if one.entry.struck_at is None), None),
        "steps": goods_timeline(found, made),
    }


def _hand_over(entry: LogEntry, act: Act | None) -> HandOver:
    return HandOver(entry, act, acts.payments_of(get_session(), [act.id]).get(act.id) if act else None)


@blueprint.get("/orders/<uuid:order_id>/document")
def order_document(order_id: UUID) -> ResponseReturnValue:
    """What the recipient signed, in words; with `?file=1` the very bytes, where they name no other provider."""
    found = provider_orders.get_for_provider(get_session(), order_id, provider_id())
    document = provider_orders.document_of(get_session(), found)
    if request.args.get("file"):
        return download(document) if found.choices == 1 else abort(404)
    said = documents.content(document)
    if found.choices > 1:
        said = order_documents.part(said, found.rank)
    return render_template("provider/document.html", document=document, said=said, order=found)


def actions_of(found: Order, who: Actor) -> list[str]:
    """What the provider may do with an order now; a placed order whose term has passed has lapsed (R83.4)."""
    if found.status is OrderStatus.PLACED and found.answer_due_on < clock.today():
        return []
    return [action.value for action in available_actions(MOVES, found.status, who.role)]


def page_number() -> int:
    """The page of a list that the address asks for, from 1."""
    asked = request.args.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 5 and int(asked) > 0 else 1
