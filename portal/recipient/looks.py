"""Who looked at my record (RI.6): each reader once a day and thing, with role, organisation and what was read."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.db import get_session
from portal.format import day
from portal.i18n import gettext as _
from portal.queries import looks
from portal.queries.looks import LISTED, Seen
from portal.recipient import blueprint
from portal.recipient.words import recipient_id
from portal.rules.roles import ROLE_LABELS, Role


@blueprint.get("/looks")
def list_looks() -> ResponseReturnValue:
    """Fifty a page, the latest first."""
    found = looks.of_person(get_session(), recipient_id(), page_number())
    rows = [(one, role_name(one.role), what(one)) for one in found.rows]
    return render_template("recipient/looks.html", found=found, rows=rows)


def role_name(role: Role) -> str:
    """In what role somebody looked."""
    return _(ROLE_LABELS[role]) if role in ROLE_LABELS else ""


def what(seen: Seen) -> str:
    """What was looked at, in the words of the person whose it is."""
    if seen.action == LISTED:
        return _("Your name in a list")
    if seen.thing == "orders" and seen.number:
        return _("Your order %(number)s", number=seen.number)
    if seen.thing == "acts" and seen.number:
        return _("Your act %(number)s", number=seen.number)
    if seen.thing == "log_entries" and seen.day:
        return _("An entry in your log: %(day)s", day=day(seen.day))
    texts = {"documents": _("A document about you"), "payments": _("A payment for your services")}
    return texts.get(seen.thing, _("Your page: programmes, hours, orders and acts"))


def page_number() -> int:
    """The page of a list that the address asks for, from 1."""
    asked = request.args.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdecimal() and 0 < len(asked) < 5 else 1
