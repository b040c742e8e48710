"""One entitlement: what the programme gives, and where its hours went (R34.1, RI.1)."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.db import get_session
from portal.i18n import gettext as _
from portal.models.entitlement import Cause, Entitlement
from portal.models.programme import Measure, Programme
from portal.queries import entitlements
from portal.queries.entitlements import Movement
from portal.recipient import blueprint
from portal.recipient.words import recipient_id, service_name
from portal.rules.orders import CLOSE_LABELS


@blueprint.get("/entitlements/<uuid:entitlement_id>")
def show_entitlement(entitlement_id: UUID) -> ResponseReturnValue:
    """The balance, each movement of hours with its order, and the programme behind it."""
    session = get_session()
    entitlement = entitlements.get_for_recipient(session, entitlement_id, recipient_id())
    measure = session.get_one(Measure, entitlement.measure_id)
    return render_template(
        "recipient/entitlement.html",
        entitlement=entitlement,
        service=service_name(entitlement.service),
        programme=session.get_one(Programme, measure.programme_id),
        movements=[(one, what(one)) for one in entitlements.movements(session, entitlement_id)],
        closed_because=next((text for key, text in CLOSE_LABELS.items() if key == entitlement.close_reason), None),
        may_choose=is_open(entitlement) and entitlement.available > 0,
    )


def is_open(entitlement: Entitlement) -> bool:
    """Whether something can still be ordered from it."""
    return entitlement.closed_on is None and entitlement.ends_on >= clock.today()


def what(movement: Movement) -> str:
    """A movement of hours in words."""
    texts = {
        Cause.PROGRAMME: _("Given by your programme"),
        Cause.ORDER_PLACED: _("Set aside for an order"),
        Cause.ORDER_ENDED: _("Free again after an order ended"),
        Cause.VISIT: _("Used in visits"),
        Cause.VISIT_STRUCK: _("Given back: struck visits"),
        Cause.RETURN: _("Returned at the end"),
    }
    return texts[movement.cause]
