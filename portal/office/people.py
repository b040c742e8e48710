"""People of the district: found by name; a person with programmes, entitlements, orders and acts."""

from uuid import UUID

from flask import render_template
from flask_babel import lazy_gettext as _l

from portal import clock, looks
from portal.db import get_session
from portal.forms import QueryForm, TextField
from portal.office import blueprint, office_id, page_number
from portal.office.acts import TONES
from portal.office.entitlements import what_is_left
from portal.queries import goods, hand_overs, office_entitlements, office_people, person_events
from portal.queries import people as everybody
from portal.rules.acts import STATUS_LABELS
from portal.rules.order_reasons import CLOSE_LABELS, DECLINE_LABELS, STOP_LABELS
from portal.rules.orders import STATUS_LABELS as ORDER_LABELS
from portal.rules.service import GOODS
from portal.rules.standing import STRUCK_LABELS

REASONS: dict[str, str] = {
    key.value: text for labels in (DECLINE_LABELS, STOP_LABELS, CLOSE_LABELS) for key, text in labels.items()
}
"""Why an order ended, in words."""
MOST = 100
"""A person's page shows so many orders and acts; the history has all of them."""


class PeopleFilter(QueryForm):
    """Whom to show."""

    name = TextField(
        _l("Last name or first name"), hint=_l("A part of the last name, the first name or both"), max_length=60
    )


@blueprint.get("/people")
def people() -> str:
    """The recipients of the district, by name."""
    form = PeopleFilter()
    found = office_people.search(get_session(), office_id(), form.name.data, page_number())
    looks.listed(one.id for one in found.rows)
    return render_template("office/people.html", form=form, found=found)


@blueprint.get("/people/<uuid:person_id>")
def person(person_id: UUID) -> str:
    """One recipient; that this page was opened is written into the journal, where the recipient can see it."""
    found = office_people.get_for_office(get_session(), person_id, office_id())
    return render_template("office/person.html", person=found, **_belongings(person_id))


def _belongings(person_id: UUID) -> dict[str, object]:
    """Everything of a person that came to this office, and who may act for them."""
    session = get_session()
    given = office_people.entitlements(session, person_id, office_id())
    orders = office_people.orders(session, person_id, office_id(), MOST + 1)
    handed_over = hand_overs.of_person(session, person_id, office_id(), MOST + 1)
    acts = office_people.acts(session, person_id, office_id(), MOST + 1)
    return {
        "names": goods.names(session, (one.measure.classifier_code for one in given if one.service in GOODS)),
        "goods": GOODS,
        "representatives": everybody.representatives(session, person_id, clock.today()),
        "programmes": office_people.programmes(session, person_id, office_id()),
        "entitlements": given,
        "lefts": what_is_left(session, given),
        "orders": sorted(orders[:MOST], key=lambda one: one.placed_at, reverse=True),
        "hand_overs": handed_over[:MOST],
        "items": hand_overs.ordered(session, [one.order.offer_id for one in handed_over]),
        "still_struck": person_events.still_struck(session, person_id, office_id()),
        "struck_labels": STRUCK_LABELS,
        "acts": sorted(acts[:MOST], key=lambda one: (one.month, one.number), reverse=True),
        "has_more": {"order": len(orders) > MOST, "act": len(acts) > MOST, "goods": len(handed_over) > MOST},
        "most": MOST,
        "moves": office_entitlements.moves(session, person_id),
        "is_here": office_people.is_of_district(session, person_id, office_id()),
        "order_labels": ORDER_LABELS,
        "reasons": REASONS,
        "act_labels": STATUS_LABELS,
        "act_tones": TONES,
        "reached_at": office_people.reached_at(session, person_id),
    }
