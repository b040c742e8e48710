"""The recipient's cabinet: what she has, whom she chose, what was rendered, what waits for her signature."""

from importlib import import_module

from flask import Blueprint, url_for

from portal.auth import only_for
from portal.frame import NavItem
from portal.i18n import gettext as _
from portal.rules.roles import Role

blueprint = Blueprint("recipient", __name__, url_prefix="/recipient")
only_for(blueprint, Role.RECIPIENT)


@blueprint.context_processor
def _navigation() -> dict[str, object]:
    return {
        "navigation": [
            NavItem(_("My page"), url_for("recipient.home")),
            NavItem(_("Orders"), url_for("recipient.list_orders")),
            NavItem(_("Acts"), url_for("recipient.list_acts")),
            NavItem(_("Messages"), url_for("recipient.list_messages")),
        ]
    }


for _noun in (
    "home",
    "entitlements",
    "providers",
    "comparison",
    "new_order",
    "orders",
    "stopping",
    "visits",
    "acts",
    "messages",
    "looks",
):
    import_module(f"{__name__}.{_noun}")
