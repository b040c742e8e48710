"""The door of the payment system: its signed webhooks. It has no session; the signature over the body is the guard."""

import logging

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.config import Config
from portal.db import transaction
from portal.payments import events, webhooks

log = logging.getLogger(__name__)
blueprint = Blueprint("payments", __name__, url_prefix="/webhooks")
MOST_BYTES = 65_536


@blueprint.post("/payments")
def receive() -> ResponseReturnValue:
    """Take a nudge: 204 when it is signed (again, too), 400 when it is not, 413 when it is too long."""
    config: Config = current_app.config["PORTAL"]
    request.max_content_length = MOST_BYTES
    try:
        header = request.headers.get("Stripe-Signature", "")
        event = webhooks.check(request.get_data(), header, config.stripe_webhook_secret, clock.wall())
    except webhooks.WebhookRefused as refusal:
        log.warning("A webhook was refused: %s", refusal)
        abort(400)
    with transaction() as session:
        events.receive(session, event, clock.now())
    return "", 204
