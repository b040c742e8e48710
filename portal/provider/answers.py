"""The provider's answer to an order (R83.3, R83.9): accept, or decline for a listed reason; signed either way."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal import format as show
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import ChoiceField, InputRequired, NoteField, PortalForm
from portal.i18n import gettext as _
from portal.models.document import Document, DocumentKind
from portal.models.order import Order
from portal.operations import answers, documents
from portal.provider import blueprint, provider_id
from portal.queries import provider_orders
from portal.read_and_sign import get_document, page, signing
from portal.rules.answers import check_answer_in_time
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import DECLINE_LABELS, DeclineReason, decline_reasons
from portal.rules.orders import OrderStatus
from portal.rules.roles import Role
from portal.rules.service import GOODS, Service


class DeclineForm(PortalForm):
    """Why the order is declined."""

    reason = ChoiceField(
        _l("Why do you decline the order?"),
        [InputRequired(_l("Choose why you decline the order"))],
        _l("The law names these reasons and no others. The recipient will see what you choose."),
        coerce=DeclineReason,
    )
    note = NoteField(_l("What the recipient should know"), hint=_l("Nothing about health"), max_length=500)

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.reason.choices = [(reason.value, _(DECLINE_LABELS[reason])) for reason in decline_reasons(service)]


@blueprint.post("/orders/<uuid:order_id>/accept")
def accept(order_id: UUID) -> ResponseReturnValue:
    """Make the acceptance out and go on to read and sign it."""
    return redirect(_prepared(order_id, None, ""))


@blueprint.route("/orders/<uuid:order_id>/decline", methods=["GET", "POST"])
def decline(order_id: UUID) -> ResponseReturnValue:
    """Choose a reason of the list, say it in a sentence if you like, and go on to read and sign the refusal."""
    order = provider_orders.get_for_provider(get_session(), order_id, provider_id())
    form = DeclineForm(order.service)
    if form.validate_on_submit():
        try:
            return redirect(_prepared(order_id, form.reason.data, form.note.data))
        except RuleViolation as violation:
            form.refuse(violation)
    return render_template("provider/decline.html", form=form, order=order), form.status


@blueprint.route("/orders/answers/<uuid:document_id>", methods=["GET", "POST"])
def sign_answer(document_id: UUID) -> ResponseReturnValue:
    """Read the answer and sign it; with its signature it goes to the recipient."""
    document = get_document(document_id, DocumentKind.ACCEPTANCE, DocumentKind.REFUSAL)
    violation = None
    if request.method == "POST" and documents.signature_of(document, Role.PROVIDER) is None:
        violation = _answered(document_id)
    back = url_for(".order", order_id=documents.content(document)["order"]["id"])
    if request.method == "POST" and violation is None:
        return redirect(back)
    return page(document, action=_action(document), back=back, violation=violation)


def _prepared(order_id: UUID, reason: DeclineReason | None, note: str) -> str:
    """The address where the answer is read and signed."""
    with transaction() as session:
        order = provider_orders.get_for_provider(session, order_id, provider_id())
        if order.status is OrderStatus.PLACED:
            check_answer_in_time(order.answer_due_on, clock.today())
        document = answers.prepare_answer(session, order.id, reason, note, actor(), clock.now())
        return url_for(".sign_answer", document_id=document.id)


def _answered(document_id: UUID) -> RuleViolation | None:
    """Sign and answer; gives back why it was refused, if it was."""
    try:
        with transaction() as session:
            order = answers.answer(session, signing(document_id), actor(), clock.now())
    except RuleViolation as violation:
        return violation
    flash(_done(order), "success")
    return None


def _done(order: Order) -> str:
    """What was done with an order, and what comes next."""
    if order.status is not OrderStatus.ACCEPTED:
        return _(
            "Order %(number)s is declined. The recipient is told by SMS and may choose again.", number=order.number
        )
    if order.service in GOODS and order.hand_over_due_on is not None:
        return _(
            "Order %(number)s is accepted. The recipient is told by SMS. Hand the goods over by %(day)s.",
            number=order.number,
            day=show.day(order.hand_over_due_on),
        )
    return _(
        "Order %(number)s is accepted. The recipient is told by SMS. Visits can be logged now.", number=order.number
    )


def _action(document: Document) -> str:
    if document.kind is DocumentKind.ACCEPTANCE:
        return _("Sign and accept the order")
    return _("Sign and decline the order")
