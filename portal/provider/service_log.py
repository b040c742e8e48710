"""The service log of an order (R42.1): every visit of a month, and striking one that is wrong."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock, months
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import InputRequired, NoteField, PortalForm
from portal.i18n import gettext as _
from portal.models.order import Order
from portal.operations import service_log as operations
from portal.provider import blueprint, provider_id
from portal.queries import acts, provider_orders, service_log
from portal.rules.law import RuleViolation
from portal.rules.objections import SETTLEMENT_LABELS
from portal.rules.quantities import month_of
from portal.rules.service import check_hourly
from portal.rules.service_log import OBJECTION_LABELS, WAY_LABELS
from portal.rules.terms import add_months


class StrikeForm(PortalForm):
    """Why a visit is struck."""

    reason = NoteField(
        _l("Why is this visit struck?"),
        [InputRequired(_l("Say in a few words why the visit is struck"))],
        _l("The specialist and the recipient will see it."),
        max_length=300,
        rows=3,
    )


@blueprint.get("/orders/<uuid:order_id>/log")
def log(order_id: UUID) -> str:
    """The visits of one month, day by day."""
    session = get_session()
    order = _rendered_by_the_hour(order_id)
    month = months.parse(request.args.get("month") or months.written(min(clock.today(), order.ends_on)))
    return render_template(
        "provider/log.html",
        order=order,
        month=month,
        earlier=add_months(month, -1) if month > month_of(order.starts_on) else None,
        later=add_months(month, 1) if month < month_of(min(clock.today(), order.ends_on)) else None,
        entries=service_log.of_order(session, order.id, month),
        standing=acts.standing(session, order.id, month),
        objections=OBJECTION_LABELS,
        settlements=SETTLEMENT_LABELS,
        ways=WAY_LABELS,
    )


@blueprint.route("/orders/visits/<uuid:entry_id>/strike", methods=["GET", "POST"])
def strike(entry_id: UUID) -> ResponseReturnValue:
    """Strike a visit that is wrong; it stays to be seen, its hours go back to the order."""
    form = StrikeForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                entry = operations.strike(session, entry_id, form.reason.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The visit is struck. Its hours are back with the order."), "success")
            return redirect(url_for(".log", order_id=entry.order_id, month=months.written(entry.day)))
    entry = service_log.get_for_provider(get_session(), entry_id, provider_id())
    act = acts.holding(get_session(), entry)
    return render_template("provider/strike.html", form=form, entry=entry, act=act), form.status


def _rendered_by_the_hour(order_id: UUID) -> Order:
    """An order of this provider that has a log; goods have none."""
    order = provider_orders.get_for_provider(get_session(), order_id, provider_id())
    check_hourly(order.service)
    return order
