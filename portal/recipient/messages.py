"""The SMS that the portal sent her."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.db import get_session
from portal.i18n import gettext as _
from portal.models.message import SmsStatus
from portal.models.person import Person
from portal.queries import recipient_messages
from portal.recipient import blueprint
from portal.recipient.words import recipient_id


@blueprint.get("/messages")
def list_messages() -> ResponseReturnValue:
    """Her messages, the newest first."""
    session = get_session()
    person = session.get_one(Person, recipient_id())
    states = {
        SmsStatus.OWED: _("on its way"),
        SmsStatus.SENT: _("sent"),
        SmsStatus.DELIVERED: _("delivered"),
        SmsStatus.FAILED: _("could not be delivered"),
    }
    found = recipient_messages.of_person(session, person.id)
    return render_template("recipient/messages.html", messages=found, person=person, states=states)
