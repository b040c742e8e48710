"""The month (R42.1, R42.8): who is complete, who lacks a signature, what is objected to; acts drawn up together."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from portal import clock, looks
from portal import months as addresses
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import ManyField, PortalForm
from portal.models.act import Act
from portal.models.order import Order
from portal.operations import acts as operations
from portal.provider import blueprint, provider_id
from portal.queries import acts, provider_months
from portal.queries.provider_months import OrderMonth
from portal.rules.acts import STATUS_LABELS, submit_due_on
from portal.rules.law import RuleViolation
from portal.rules.quantities import month_of
from portal.rules.service import GOODS
from portal.rules.terms import add_months


class DrawUpForm(PortalForm):
    """Of which orders the acts are drawn up."""

    orders = ManyField(
        _l("Orders"), [InputRequired(_l("Choose at least one order to draw up its act"))], coerce=UUID, choices=()
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one order: its act, or why there is none."""

    order: Order
    act: Act | None
    violation: RuleViolation | None


@blueprint.get("/months")
def months() -> ResponseReturnValue:
    """The month that is due: the last one until its term has passed and nothing of it is left, then this one."""
    today = clock.today()
    last = add_months(month_of(today), -1)
    rows = provider_months.of_provider(get_session(), provider_id(), last, today)
    unsent = any(row.drawable is not None or (row.act and row.act.status in acts.UNSENT) for row in rows)
    is_last = unsent or today <= submit_due_on(last)
    return redirect(url_for(".month", month=addresses.written(last if rows and is_last else today)))


@blueprint.get("/months/<month>")
def month(month: str) -> ResponseReturnValue:
    """Every order of which something was rendered in the month."""
    return _page(addresses.parse(month), DrawUpForm())


@blueprint.post("/months/<month>/acts")
def draw_up(month: str) -> ResponseReturnValue:
    """Draw up the acts of the chosen orders, each for itself, and say what became of each."""
    form, first = DrawUpForm(), addresses.parse(month)
    rows = provider_months.of_provider(get_session(), provider_id(), first, clock.today())
    form.orders.choices = [(str(row.order.id), "") for row in rows]
    if not form.validate_on_submit():
        return _page(first, form)
    results = [_result(row.order, first) for row in rows if row.order.id in form.orders.data]
    return render_template("provider/drawn_up.html", month=first, results=results)


def _page(first: date, form: DrawUpForm) -> ResponseReturnValue:
    session, today = get_session(), clock.today()
    rows = provider_months.of_provider(session, provider_id(), first, today)
    looks.listed(row.order.recipient_id for row in rows)
    page = render_template(
        "provider/month.html",
        month=first,
        form=form,
        rows=rows,
        total=provider_months.drawable(rows),
        months=provider_months.months(session, provider_id(), today),
        due_on=submit_due_on(first),
        next_act=acts.next_to_send(session, provider_id()),
        labels=STATUS_LABELS,
        state=state_of,
        goods_services=GOODS,
    )
    return page, form.status


def state_of(row: OrderMonth) -> str:
    """Where an order stands in its month, in one word for the template."""
    if row.drawable is not None:
        return "drawable" if row.act is None or row.is_standing else "returned"
    if row.act is None:
        return "waiting"
    if row.lacking is not None:
        return "ready" if row.lacking.nothing else "lacking"
    return "gone"


def _result(order: Order, first: date) -> Result:
    """One transaction for each order, so that what is refused of one does not undo the others."""
    try:
        with transaction() as session:
            act = operations.draw_up(session, order.id, first, actor(), clock.now())
    except RuleViolation as violation:
        return Result(order, None, violation)
    return Result(order, act, None)
