"""Stopping a running service for a reason of the law's list, for good or for another provider (R83.7)."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.fields import ChoiceField, NoteField
from portal.format import duration
from portal.forms import InputRequired, PortalForm
from portal.i18n import gettext as _
from portal.left import to_come
from portal.models.order import Order
from portal.operations import answers
from portal.recipient import blueprint, free_hours
from portal.recipient.orders import get_order
from portal.rules import goods_orders
from portal.rules.law import RuleViolation
from portal.rules.moves import next_status
from portal.rules.order_reasons import STOP_LABELS, StopReason, stop_reasons
from portal.rules.orders import MOVES, OrderAction
from portal.rules.roles import Role
from portal.rules.service import GOODS


class StopForm(PortalForm):
    """Why the service, or the order of goods, is to be stopped; the provider sees both answers."""

    reason = ChoiceField(
        _l("Why do you stop the service?"), [InputRequired(_l("Choose the reason"))], coerce=StopReason
    )
    note = NoteField(_l("In your own words"), hint=_l("The provider reads this."))

    @classmethod
    def of(cls, order: Order) -> "StopForm":
        """The form with the reasons that a recipient has for such an order."""
        form, reasons = cls(), stop_reasons(Role.RECIPIENT, order.service)
        form.reason.choices = [(reason.value, _(STOP_LABELS[reason])) for reason in reasons]
        if order.service in GOODS:
            form.reason.label.text = _("Why do you stop the order?")
        return form


@blueprint.route("/orders/<uuid:order_id>/stop", methods=["GET", "POST"])
def stop_order(order_id: UUID) -> ResponseReturnValue:
    """The reason first, then the question whether she is sure, then it is done."""
    order = get_order(order_id)
    form = StopForm.of(order)
    if _stopped(order, form):
        flash(_("It is stopped. What was not used is free again."), "success")
        return redirect(url_for(".show_order", order_id=order_id))
    return _page(order, form, "stop")


@blueprint.route("/orders/<uuid:order_id>/change", methods=["GET", "POST"])
def change_provider(order_id: UUID) -> ResponseReturnValue:
    """Another provider instead: what happens, the reason, whether she is sure; then straight to the choice (R83.7)."""
    order = get_order(order_id)
    if order.service in GOODS:
        raise LookupError("an order of goods is stopped, then another one is made")
    form = StopForm.of(order)
    free = free_hours.after(get_session(), order)
    if _stopped(order, form):
        flash(
            _("The service is stopped. Now choose the new provider. Free: %(hours)s.", hours=duration(free)), "success"
        )
        return redirect(url_for(".choose_provider", entitlement_id=order.entitlement_id))
    return _page(order, form, "change", free=free)


def _stopped(order: Order, form: StopForm) -> bool:
    """Stop the service when she has given her reason and is sure; whether it is done."""
    if not form.validate_on_submit():
        return False
    try:
        goods_orders.check_stop(order, form.reason.data, clock.today())
    except RuleViolation as violation:
        form.refuse(violation, "reason")
    if form.errors or "sure" not in request.form:
        return False
    with transaction() as session:
        answers.stop(session, order.id, form.reason.data, form.note.data, actor(), clock.now())
    return True


def _page(order: Order, form: StopForm, step: str, **shown: Any) -> ResponseReturnValue:
    next_status(MOVES, order.status, OrderAction.STOP, Role.RECIPIENT, "R83.7")
    sure = form.is_submitted() and not form.errors
    reason = STOP_LABELS[form.reason.data] if sure else ""
    template = "recipient/stop_sure.html" if sure else f"recipient/{step}.html"
    shown |= {"changing": step == "change", "goods": order.service in GOODS, "to_come": to_come(order, clock.today())}
    page = render_template(template, order=order, form=form, reason=reason, **shown)
    return page, form.status
