"""People without a phone (R34.4): no SMS reaches them, so the office tells them that they may choose a provider."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock, looks
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import ChoiceField, InputRequired, NoteField, PortalForm
from portal.i18n import gettext as _
from portal.office import blueprint, office_id, page_number
from portal.office.entitlements import what_is_left
from portal.operations import contacts
from portal.operations.contacts import WAY_LABELS, Way
from portal.queries import office_people
from portal.rules.law import RuleViolation

WAYS = [(way.value, _l(text)) for way, text in WAY_LABELS.items()]


class ReachedForm(PortalForm):
    """How the person was told."""

    way = ChoiceField(
        _l("How did you reach the person?"),
        [InputRequired(_l("Choose how you reached the person"))],
        choices=WAYS,
        coerce=Way,
    )
    note = NoteField(_l("What was agreed"), hint=_l("Nothing about health"), max_length=300, rows=3)


@blueprint.get("/people/without-phone")
def without_phone() -> str:
    """The worklist: those whom nobody has reached yet first."""
    session = get_session()
    found = office_people.unreached(session, office_id(), clock.today(), page_number())
    looks.listed(row.person.id for row in found.rows)
    lefts = what_is_left(session, (one.entitlement for row in found.rows for one in row.may_choose))
    return render_template("office/without_phone.html", found=found, lefts=lefts)


@blueprint.route("/people/<uuid:person_id>/reached", methods=["GET", "POST"])
def reached(person_id: UUID) -> ResponseReturnValue:
    """Write down how the person was reached."""
    form = ReachedForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                contacts.reach(session, person_id, form.way.data, form.note.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("It is written down that the person was reached."), "success")
            return redirect(url_for(".without_phone"))
    found = office_people.get_for_office(get_session(), person_id, office_id())
    return render_template("office/reached.html", form=form, person=found), form.status
