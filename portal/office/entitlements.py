"""Entitlements to look at: blocked for want of a choice, replacements that are not due yet; and what is left of any."""

from collections.abc import Iterable
from uuid import UUID

from flask import abort, render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock, looks
from portal.db import get_session
from portal.forms import QueryForm, SelectField, TextField
from portal.left import Left, left_of
from portal.models.entitlement import Entitlement
from portal.office import blueprint, office_id, page_number
from portal.queries import goods, office_entitlements
from portal.rules.law import N_
from portal.rules.service import GOODS, HOURLY, SERVICE_LABELS, Service

TITLES = {
    office_entitlements.BLOCKED: N_("The choice of a provider is blocked"),
    office_entitlements.REPLACED: N_("Goods that are to be replaced later"),
}
SERVICES = {office_entitlements.BLOCKED: HOURLY, office_entitlements.REPLACED: GOODS}
"""Of which services each list can have something."""


class EntitlementFilter(QueryForm):
    """Whom to show."""

    name = TextField(
        _l("Last name or first name"), hint=_l("A part of the last name, the first name or both"), max_length=60
    )
    service = SelectField(_l("Service"), coerce=Service, empty=_l("All services"))

    def __init__(self, services: Iterable[Service]) -> None:
        super().__init__()
        self.service.choices = [(one.value, _l(SERVICE_LABELS[one])) for one in Service if one in set(services)]

    def wanted(self) -> tuple[Service | None, str]:
        """What is looked for; an answer that cannot be used counts as none."""
        self.validate()
        return self.service.data, self.name.data or ""


@blueprint.get("/entitlements/<which>")
def entitlements(which: str) -> str:
    """One of the lists, of all or of those that are looked for."""
    form = EntitlementFilter(SERVICES[which]) if which in SERVICES else abort(404)
    found = office_entitlements.listed(get_session(), office_id(), which, clock.today(), page_number(), *form.wanted())
    looks.listed(one.person_id for one in found.rows)
    return render_template(
        "office/entitlements.html",
        which=which,
        title=TITLES[which],
        form=form,
        found=found,
        names=goods.names(get_session(), (one.measure.classifier_code for one in found.rows)),
        asked={name: request.args[name] for name in ("name", "service") if request.args.get(name)},
    )


def what_is_left(session: Session, given: Iterable[Entitlement]) -> dict[UUID, Left]:
    """What of each can still be ordered and served, as its person sees it; of one that is over, what the books hold."""
    today, every = clock.today(), list(given)
    running = [one for one in every if one.closed_on is None and one.ends_on >= today]
    orders = office_entitlements.running_orders(session, [one.id for one in running])
    over = {one.id: Left(one.available, one.reserved, 0) for one in every}
    return over | {one.id: left_of(one, orders, today) for one in running}
