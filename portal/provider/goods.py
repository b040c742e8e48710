"""Goods on their way (R83.5, R83.6, R83.8): sent off, handed over, back again; and the act of a hand-over (R42.5)."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal import format as show
from portal.auth import actor
from portal.coming_back import BackForm, what_follows
from portal.db import get_session, transaction
from portal.forms import DayField, InputRequired, NoteField, PortalForm, TextField
from portal.i18n import gettext as _
from portal.models.order import Order
from portal.models.service_log import LogEntry
from portal.operations import acts as act_operations
from portal.operations import goods_orders, service_log
from portal.provider import blueprint, provider_id
from portal.queries import acts, hand_overs, provider_orders
from portal.rules.goods_orders import GETTING_LABELS, LONGEST_NUMBER
from portal.rules.law import RuleViolation
from portal.rules.service import GOODS


class SendOffForm(PortalForm):
    """Under which number the goods travel, and since when."""

    number = TextField(
        _l("Tracking number"),
        [InputRequired(_l("Enter the tracking number"))],
        _l("It stands on the receipt of whoever delivers the goods. The recipient gets it by SMS."),
        max_length=LONGEST_NUMBER,
    )
    day = DayField(
        _l("On which day did you send the goods off?"),
        [InputRequired(_l("Enter the day on which you sent the goods off"))],
        default=clock.today,
    )


class HandOverForm(PortalForm):
    """Since when the recipient has the goods."""

    day = DayField(
        _l("On which day did the recipient get the goods?"),
        [InputRequired(_l("Enter the day on which the recipient got the goods"))],
        default=clock.today,
    )


class MistakeForm(PortalForm):
    """Why a hand-over is struck that was none."""

    reason = NoteField(
        _l("What was wrong?"),
        [InputRequired(_l("Say in a few words what was wrong"))],
        _l("The recipient will see it."),
        max_length=300,
        rows=3,
    )


@blueprint.route("/orders/<uuid:order_id>/send-off", methods=["GET", "POST"])
def send_off(order_id: UUID) -> ResponseReturnValue:
    """The goods are on their way; sent again with another number or day, it corrects the one before."""
    order = _order(order_id)
    form = SendOffForm(number=order.tracking_number, day=order.sent_on or clock.today())
    if form.validate_on_submit():
        try:
            with transaction() as session:
                sent = (form.number.data, form.day.data)
                order = goods_orders.send_off(session, order_id, *sent, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            until = show.day(order.hand_over_due_on or clock.today())
            flash(_("It is written down. The recipient should have the goods by %(day)s.", day=until), "success")
            return redirect(url_for(".order", order_id=order_id))
    return render_template("provider/send_off.html", form=form, **_shown(order)), form.status


@blueprint.route("/orders/<uuid:order_id>/hand-over", methods=["GET", "POST"])
def hand_over(order_id: UUID) -> ResponseReturnValue:
    """The recipient has the goods; the same form sent twice is one hand-over."""
    order, form = _order(order_id), HandOverForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                goods_orders.hand_over(session, order_id, form.day.data, form.form_id.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("It is written down. Draw up the act now, so that the goods are paid for."), "success")
            return redirect(url_for(".order", order_id=order_id))
    return render_template("provider/hand_over.html", form=form, **_shown(order)), form.status


@blueprint.route("/orders/hand-overs/<uuid:entry_id>/back", methods=["GET", "POST"])
def come_back(entry_id: UUID) -> ResponseReturnValue:
    """The goods came back: what follows first, then the day and the reason."""
    session, form = get_session(), BackForm()
    entry = hand_overs.get_for_provider(session, entry_id, provider_id())
    if form.validate_on_submit():
        try:
            with transaction() as session:
                said = (form.reason.data, form.day.data)
                goods_orders.come_back(session, entry_id, *said, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("It is written down that the goods came back."), "success")
            return redirect(url_for(".order", order_id=entry.order_id))
    follows = what_follows(session, entry)
    return render_template("provider/come_back.html", form=form, follows=follows, **_of_entry(entry)), form.status


@blueprint.route("/orders/hand-overs/<uuid:entry_id>/mistake", methods=["GET", "POST"])
def mistake(entry_id: UUID) -> ResponseReturnValue:
    """Strike a hand-over that was written down by mistake; it stays to be seen."""
    form = MistakeForm()
    entry = hand_overs.get_for_provider(get_session(), entry_id, provider_id())
    if entry.struck_at is not None:
        return redirect(url_for(".order", order_id=entry.order_id))
    act = acts.holding(get_session(), entry)
    if act is None and form.validate_on_submit():
        try:
            with transaction() as session:
                service_log.strike(session, entry_id, form.reason.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The hand-over is struck. It can be written down again."), "success")
            return redirect(url_for(".order", order_id=entry.order_id))
    return render_template("provider/mistake.html", form=form, act=act, **_of_entry(entry)), form.status


@blueprint.post("/orders/hand-overs/<uuid:entry_id>/act")
def draw_up_hand_over(entry_id: UUID) -> ResponseReturnValue:
    """The act of a hand-over; pressed twice, it is the same act."""
    entry = hand_overs.get_for_provider(get_session(), entry_id, provider_id())
    with transaction() as session:
        act = act_operations.draw_up(session, entry.order_id, entry.day, actor(), clock.now())
    flash(_("Act %(number)s is drawn up. The recipient gets an SMS to read and sign it.", number=act.number), "success")
    return redirect(url_for(".act", act_id=act.id))


def _order(order_id: UUID) -> Order:
    """An order of goods of this provider; LookupError otherwise."""
    order = provider_orders.get_for_provider(get_session(), order_id, provider_id())
    if order.service not in GOODS:
        raise LookupError("no such order of goods")
    return order


def _shown(order: Order) -> dict[str, object]:
    """What every page about these goods names."""
    what = hand_overs.ordered(get_session(), [order.offer_id])[order.offer_id]
    return {"order": order, "what": what, "ways": GETTING_LABELS}


def _of_entry(entry: LogEntry) -> dict[str, object]:
    return {"entry": entry, **_shown(entry.order)}
