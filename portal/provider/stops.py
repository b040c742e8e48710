"""Stopping a running service for one of the provider's listed reasons (R83.7)."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import ChoiceField, InputRequired, NoteField, PortalForm
from portal.i18n import gettext as _
from portal.left import to_come
from portal.operations import answers
from portal.provider import blueprint, provider_id
from portal.queries import provider_orders
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import STOP_LABELS, StopReason, stop_reasons
from portal.rules.roles import Role
from portal.rules.service import GOODS, Service

_STOPPED = {
    False: _l("The service is stopped. What was rendered can still be put in an act."),
    True: _l("The order is stopped. Its pieces went back to the recipient."),
}


class StopForm(PortalForm):
    """Why the order is stopped."""

    reason = ChoiceField(
        _l("Why do you stop the order?"),
        [InputRequired(_l("Choose why you stop the order"))],
        _l("The recipient and the office will see what you choose."),
        coerce=StopReason,
    )
    note = NoteField(
        _l("What happened"),
        [InputRequired(_l("Say in a few words what happened"))],
        _l("Who confirms it, when it was; nothing about health"),
    )

    def __init__(self, service: Service) -> None:
        super().__init__()
        reasons = stop_reasons(Role.PROVIDER, service)
        self.reason.choices = [(reason.value, _(STOP_LABELS[reason])) for reason in reasons]


@blueprint.route("/orders/<uuid:order_id>/stop", methods=["GET", "POST"])
def stop(order_id: UUID) -> ResponseReturnValue:
    """Choose the reason, say what happened; what was rendered stays payable."""
    order = provider_orders.get_for_provider(get_session(), order_id, provider_id())
    form = StopForm(order.service)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                answers.stop(session, order_id, form.reason.data, form.note.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_STOPPED[order.service in GOODS], "success")
            return redirect(url_for(".order", order_id=order_id))
    left = to_come(order, clock.today())
    return render_template("provider/stop.html", form=form, order=order, to_come=left), form.status
