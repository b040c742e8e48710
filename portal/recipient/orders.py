"""Her orders: where each stands, who holds it and until when, what can still be done (R83.3–R83.7)."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import clock, read_and_sign
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import PortalForm
from portal.i18n import gettext as _
from portal.left import to_come
from portal.models.document import Document
from portal.models.order import Order
from portal.operations import answers, documents
from portal.queries import recipient_orders, reference
from portal.recipient import blueprint, free_hours, hand_overs, measures, papers
from portal.recipient.order_life import REASONS, timeline
from portal.recipient.words import TONES, recipient_id, service_name, way_name
from portal.rules.moves import available_actions, next_status
from portal.rules.orders import MOVES, OVER, STATUS_LABELS, OrderAction, OrderStatus
from portal.rules.roles import Role
from portal.rules.service import GOODS

ACTIONS = {OrderAction.WITHDRAW: "recipient.take_back", OrderAction.STOP: "recipient.stop_order"}
"""What the recipient may do with an order, and the page on which it is done."""


def get_order(order_id: UUID) -> Order:
    """One of her own orders; LookupError for another's."""
    return recipient_orders.get_for_recipient(get_session(), order_id, recipient_id())


@blueprint.get("/orders")
def list_orders() -> ResponseReturnValue:
    """All her orders, those that wait or run first."""
    found = recipient_orders.of_recipient(get_session(), recipient_id())
    return render_template(
        "recipient/orders.html",
        orders=found,
        names=measures.names_of(get_session(), recipient_id(), found),
        labels=STATUS_LABELS,
        tones=TONES,
    )


@blueprint.get("/orders/<uuid:order_id>")
def show_order(order_id: UUID) -> ResponseReturnValue:
    """One order: what is due, its life so far, what can be done, the signed documents."""
    order = get_order(order_id)
    papers = _papers(get_session(), order)
    goods = order.service in GOODS
    return render_template(
        "recipient/order_of_goods.html" if goods else "recipient/order.html",
        order=order,
        **papers,
        **_shown(get_session(), order, papers["said"]),
        **(hand_overs.shown(get_session(), order) if goods else {}),
        service_name=service_name,
        way_name=way_name,
    )


@blueprint.route("/orders/<uuid:order_id>/take-back", methods=["GET", "POST"])
def take_back(order_id: UUID) -> ResponseReturnValue:
    """Take an order back before it is answered; asked once more before it is done (R83.7)."""
    order, form = get_order(order_id), PortalForm()
    if form.validate_on_submit():
        with transaction() as session:
            answers.withdraw(session, order_id, actor(), clock.now())
        flash(_("You have taken the order back. What it held is free again."), "success")
        return redirect(url_for(".show_order", order_id=order_id))
    next_status(MOVES, order.status, OrderAction.WITHDRAW, Role.RECIPIENT, "R83.7")
    return render_template("recipient/take_back.html", order=order, form=form, to_come=to_come(order, clock.today()))


@blueprint.get("/orders/<uuid:order_id>/documents/<uuid:document_id>")
def order_document(order_id: UUID, document_id: UUID) -> ResponseReturnValue:
    """The very bytes that were signed."""
    return read_and_sign.download(_document(order_id, document_id))


@blueprint.get("/orders/<uuid:order_id>/documents/<uuid:document_id>/signatures/<role>")
def order_signature(order_id: UUID, document_id: UUID, role: str) -> ResponseReturnValue:
    """One side's signature over them."""
    if role not in set(Role):
        abort(404)
    return papers.signature_file(_document(order_id, document_id), Role(role))


def _document(order_id: UUID, document_id: UUID) -> Document:
    order = get_order(order_id)
    answer = recipient_orders.answer_of(get_session(), order.id)
    if document_id == order.document_id:
        return get_session().get_one(Document, document_id)
    if answer is None or answer.id != document_id:
        raise LookupError("no such document")
    return answer


def _shown(session: Session, order: Order, said: dict[str, Any]) -> dict[str, Any]:
    chain = recipient_orders.chain(session, order) if order.choices > 1 else [order]
    calendar = reference.calendar(session)
    waits = order.status is OrderStatus.PLACED
    actions = available_actions(MOVES, order.status, Role.RECIPIENT)
    return {
        "label": STATUS_LABELS[order.status],
        "tone": TONES.get(order.status, "quiet"),
        "reason": REASONS.get(order.reason or ""),
        "days_left": calendar.working_days_left(clock.today(), order.answer_due_on) if waits else None,
        "actions": {action.value: url_for(ACTIONS[action], order_id=order.id) for action in actions},
        "timeline": timeline(session, chain, said),
        "asked_now": chain[-1] if chain[-1].rank > order.rank else None,
        "is_over": order.status in OVER,
        "beside": free_hours.beside(session, order),
        "to_come": to_come(order, clock.today()),
        "was_accepted": order.answered_at is not None and order.status is not OrderStatus.DECLINED,
    }


def _papers(session: Session, order: Order) -> dict[str, Any]:
    document = session.get_one(Document, order.document_id)
    answer = recipient_orders.answer_of(session, order.id)
    return {
        "document": document,
        "said": documents.content(document),
        "papers": [paper for paper in (document, answer) if paper is not None],
    }
