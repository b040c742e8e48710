"""The recipient's cabinet: what she has, whom she chose, what was rendered, what waits for her signature."""

from importlib import import_module

from flask import Blueprint

from portal.auth import only_for
from portal.frame import navigation
from portal.rules.law import N_
from portal.rules.roles import Role

blueprint = Blueprint("recipient", __name__, url_prefix="/recipient")
only_for(blueprint, Role.RECIPIENT)


@blueprint.context_processor
def _navigation() -> dict[str, object]:
    return {
        "navigation": navigation(
            (N_("My page"), "recipient.home"),
            (N_("Orders"), "recipient.list_orders"),
            (N_("Acts"), "recipient.list_acts"),
            (N_("Messages"), "recipient.list_messages"),
        )
    }


for _noun in (
    "home",
    "entitlements",
    "providers",
    "comparison",
    "goods",
    "new_order",
    "orders",
    "stopping",
    "visits",
    "acts",
    "messages",
    "looks",
):
    import_module(f"{__name__}.{_noun}")
