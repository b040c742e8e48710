"""The specialist's start page: the next step, whom I serve with what is left today, and how to find somebody else."""

from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import lazy_gettext as _l

from portal import clock, looks
from portal.db import get_session
from portal.forms import QueryForm, TextField
from portal.i18n import gettext as _
from portal.i18n import ngettext
from portal.queries import acts, provider_orders, service_log
from portal.queries.acts import UNSENT
from portal.specialist import blueprint, person_id, provider_id, services


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done next."""

    sentence: str
    button: str
    href: str


class PeopleFilter(QueryForm):
    """Whom to look for."""

    search = TextField(_l("Name or order number"), hint=_l("How a name begins is enough"), max_length=60)


@blueprint.get("/")
def home() -> str:
    """Whom I have served, the last one on top; a new visit is one press away."""
    session = get_session()
    orders = provider_orders.served_by(session, person_id(), provider_id(), services())
    looks.listed(one.recipient_id for one in orders)
    return render_template(
        "specialist/home.html",
        step=next_step(orders[0].id if orders else None),
        orders=orders,
        left=service_log.left_today(session, orders, clock.today()),
    )


@blueprint.get("/people")
def people() -> str:
    """Everybody whom the provider serves and this specialist may serve, by name."""
    form, session = PeopleFilter(), get_session()
    page = int(request.args.get("page", "1")) if request.args.get("page", "1") in {str(n) for n in range(1, 100)} else 1
    found = provider_orders.to_serve(session, provider_id(), services(), form.search.data, page)
    left = service_log.left_today(session, found.orders, clock.today())
    looks.listed(one.recipient_id for one in found.orders)
    return render_template("specialist/people.html", form=form, found=found, page=page, left=left)


def next_step(last_order_id: UUID | None) -> Step:
    """Sheets that wait come first: without them nobody is paid; else the next visit."""
    rows = acts.sheets_of_specialist(get_session(), person_id(), provider_id())
    waiting = [row for row in rows if not row.is_signed and row.act.status in UNSENT]
    if waiting:
        sentence = ngettext(
            "%(num)s sheet waits for your signature. Without it the act cannot be sent.",
            "%(num)s sheets wait for your signature. Without them the acts cannot be sent.",
            len(waiting),
        )
        return Step(sentence, _("Open the sheets"), url_for(".sheets"))
    if last_order_id is not None:
        address = url_for(".new_visit", order_id=last_order_id)
        return Step(_("Write a visit down when it is over."), _("New visit"), address)
    return Step(_("Choose whom you served and write the visit down."), _("Choose the person"), url_for(".people"))
