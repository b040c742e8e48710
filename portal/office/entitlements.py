"""Entitlements to look at: blocked for want of a choice, replacements that are not due yet."""

from flask import abort, render_template

from portal import clock, looks
from portal.db import get_session
from portal.office import blueprint, office_id, page_number
from portal.queries import goods, office_entitlements
from portal.rules.law import N_

TITLES = {
    office_entitlements.BLOCKED: N_("The choice of a provider is blocked"),
    office_entitlements.REPLACED: N_("Goods that are to be replaced later"),
}


@blueprint.get("/entitlements/<which>")
def entitlements(which: str) -> str:
    """One of the lists."""
    if which not in TITLES:
        abort(404)
    found = office_entitlements.listed(get_session(), office_id(), which, clock.today(), page_number())
    looks.listed(one.person_id for one in found.rows)
    names = goods.names(get_session(), (one.measure.classifier_code for one in found.rows))
    return render_template("office/entitlements.html", which=which, title=TITLES[which], found=found, names=names)
