"""Goods that come back (R83.6, R42.11): written down by the office for a provider, and the list of those that did."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal import clock, looks
from portal.auth import actor
from portal.coming_back import BackForm, what_follows
from portal.db import get_session, transaction
from portal.i18n import gettext as _
from portal.office import blueprint, office_id, page_number
from portal.operations import goods_orders
from portal.queries import hand_overs
from portal.rules.goods_orders import GETTING_LABELS
from portal.rules.law import RuleViolation


@blueprint.route("/people/hand-overs/<uuid:entry_id>/back", methods=["GET", "POST"])
def come_back(entry_id: UUID) -> ResponseReturnValue:
    """What follows first, then the day and the reason."""
    session, form = get_session(), BackForm()
    entry = hand_overs.get_for_office(session, entry_id, office_id())
    if form.validate_on_submit():
        try:
            with transaction() as writing:
                said = (form.reason.data, form.day.data)
                goods_orders.come_back(writing, entry_id, *said, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("It is written down that the goods came back."), "success")
            return redirect(url_for(".person", person_id=entry.recipient_id))
    what = hand_overs.ordered(session, [entry.order.offer_id])[entry.order.offer_id]
    page = {"entry": entry, "what": what, "ways": GETTING_LABELS, "follows": what_follows(session, entry)}
    return render_template("office/come_back.html", form=form, **page), form.status


@blueprint.get("/returns/goods")
def goods_back() -> str:
    """What recipients gave back, when, why, of which provider; the latest first."""
    session = get_session()
    found = hand_overs.came_back(session, office_id(), page_number())
    looks.listed(one.recipient_id for one in found.rows)
    items = hand_overs.ordered(session, [one.order.offer_id for one in found.rows])
    return render_template("office/goods_back.html", found=found, items=items)
