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
from portal.operations import answers
from portal.provider import blueprint, provider_id
from portal.queries import provider_orders
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import STOP_LABELS, StopReason


class StopForm(PortalForm):
    """Why the service is stopped."""

    reason = ChoiceField(
        _l("Why do you stop the service?"),
        [InputRequired(_l("Choose why you stop the service"))],
        _l("The recipient and the office will see what you choose."),
        choices=[(reason.value, _l(text)) for reason, text in STOP_LABELS.items()],
        coerce=StopReason,
    )
    note = NoteField(
        _l("What happened"),
        [InputRequired(_l("Say in a few words what happened"))],
        _l("Who confirms it, when it was; nothing about health"),
    )


@blueprint.route("/orders/<uuid:order_id>/stop", methods=["GET", "POST"])
def stop(order_id: UUID) -> ResponseReturnValue:
    """Choose the reason, say what happened; what was rendered stays payable."""
    form = StopForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                answers.stop(session, order_id, form.reason.data, form.note.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The service is stopped. What was rendered can still be put in an act."), "success")
            return redirect(url_for(".order", order_id=order_id))
    order = provider_orders.get_for_provider(get_session(), order_id, provider_id())
    return render_template("provider/stop.html", form=form, order=order), form.status
