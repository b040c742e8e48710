"""A person moves to another place: the case goes to the office there (R83.7)."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import InputRequired, NoteField, PortalForm, SelectField
from portal.i18n import gettext as _
from portal.i18n import language
from portal.office import blueprint, office_id
from portal.operations import moves
from portal.queries import office_people, reference
from portal.rules.law import RuleViolation


class MoveForm(PortalForm):
    """Where to, and why."""

    place = SelectField(_l("District or city of the new home"), [InputRequired(_l("Choose the district or city"))])
    reason = NoteField(
        _l("How you learned of it"),
        [InputRequired(_l("Say in a few words how you learned of the move"))],
        hint=_l("Nothing about health"),
        max_length=300,
        rows=3,
    )


@blueprint.route("/people/<uuid:person_id>/move", methods=["GET", "POST"])
def move(person_id: UUID) -> ResponseReturnValue:
    """Hand the person over to the office of the new place."""
    form = MoveForm()
    form.place.choices = _places()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                moves.move(session, person_id, form.place.data, form.reason.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The person and all that is open are with the other office now. An SMS tells them."), "success")
            return redirect(url_for(".person", person_id=person_id))
    person = office_people.get_for_office(get_session(), person_id, office_id())
    return render_template("office/move.html", form=form, person=person), form.status


def _places() -> list[tuple[str, str]]:
    kazakh = language() == "kk"
    return [
        (place.code, (place.name_kk if kazakh else place.name_ru) + (f" ({region})" if region else ""))
        for place, region in reference.places_with_region(get_session(), kazakh=kazakh)
    ]
