"""One entitlement: what the programme gives, and where it went (R34.1, RI.1)."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.i18n import gettext as _
from portal.models.entitlement import Cause, Entitlement
from portal.models.programme import Measure, Programme
from portal.operations import choice
from portal.queries import entitlements, goods
from portal.queries.entitlements import Movement
from portal.recipient import blueprint
from portal.recipient.words import measure_name, recipient_id
from portal.rules.orders import CLOSE_LABELS
from portal.rules.service import HOURLY


@blueprint.get("/entitlements/<uuid:entitlement_id>")
def show_entitlement(entitlement_id: UUID) -> ResponseReturnValue:
    """The balance, each movement with its order, and the programme behind it."""
    session = get_session()
    entitlement = entitlements.get_for_recipient(session, entitlement_id, recipient_id())
    measure = session.get_one(Measure, entitlement.measure_id)
    return render_template(
        "recipient/entitlement.html",
        entitlement=entitlement,
        name=measure_name(entitlement, goods.names(session, [measure.classifier_code])),
        programme=session.get_one(Programme, measure.programme_id),
        movements=[(one, what(one)) for one in entitlements.movements(session, entitlement_id)],
        closed_because=next((text for key, text in CLOSE_LABELS.items() if key == entitlement.close_reason), None),
        today=clock.today(),
        may_choose=may_order(entitlement),
    )


@blueprint.post("/entitlements/<uuid:entitlement_id>/activate")
def activate(entitlement_id: UUID) -> ResponseReturnValue:
    """The choice is blocked no more; reminders begin anew (edition 2023)."""
    with transaction() as session:
        choice.activate(session, entitlement_id, actor(), clock.now())
    flash(_("The choice is active again. You can choose a provider."), "success")
    return redirect(url_for(".show_entitlement", entitlement_id=entitlement_id))


def may_order(entitlement: Entitlement) -> bool:
    """Whether a provider can be chosen for it now; goods and stays are not ordered through the portal yet."""
    hourly = entitlement.service in HOURLY
    return hourly and is_open(entitlement) and entitlement.available > 0 and entitlement.blocked_on is None


def is_open(entitlement: Entitlement) -> bool:
    """Whether something can still be ordered from it."""
    return entitlement.closed_on is None and entitlement.ends_on >= clock.today()


def what(movement: Movement) -> str:
    """A movement of units in words."""
    texts = {
        Cause.PROGRAMME: _("Given by your programme"),
        Cause.ORDER_PLACED: _("Set aside for an order"),
        Cause.ORDER_ENDED: _("Free again after an order ended"),
        Cause.VISIT: _("Used in visits"),
        Cause.VISIT_STRUCK: _("Given back: struck visits"),
        Cause.RETURN: _("Returned at the end"),
    }
    return texts[movement.cause]
