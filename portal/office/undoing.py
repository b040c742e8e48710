"""A death or departure that was reported by mistake (R83.6): the reason in words, a second look, then it is undone."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import InputRequired, NoteField, PortalForm
from portal.i18n import gettext as _
from portal.office import blueprint, office_id
from portal.operations import person_events as operations
from portal.queries import acts, office_people
from portal.queries import person_events as found
from portal.rules.law import RuleViolation
from portal.rules.returns import UNDOABLE, EventKind


class UndoForm(PortalForm):
    """How the mistake became known."""

    note = NoteField(
        _l("How did the mistake become known?"),
        [InputRequired(_l("Say in a few words how the mistake became known"))],
        _l("Colleagues read this. Nothing about health."),
        max_length=500,
    )


@blueprint.route("/people/<uuid:person_id>/undo/<kind>", methods=["GET", "POST"])
def undo(person_id: UUID, kind: str) -> ResponseReturnValue:
    """The reason first, then what will be restored, then it is done."""
    form, event = UndoForm(), _kind(kind)
    if form.validate_on_submit() and "sure" in request.form:
        try:
            with transaction() as session:
                operations.undo(session, person_id, event, form.note.data, actor(), clock.now())
                struck = found.still_struck(session, person_id, office_id())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("It is undone. What it had ended is restored, as far as its days have not passed."), "success")
            if struck:
                flash(_("Some visits stay struck, because they do not fit any more. They are listed below."))
            return redirect(url_for(".person", person_id=person_id))
    template = "office/undo_sure.html" if form.is_submitted() and not form.errors else "office/undo.html"
    return render_template(template, form=form, **_held(person_id, event)), form.status


def _kind(said: str) -> EventKind:
    """What is to be undone; LookupError for what cannot be."""
    for kind in UNDOABLE:
        if kind == said:
            return kind
    raise LookupError("no such event")


def _held(person_id: UUID, kind: EventKind) -> dict[str, object]:
    """The person, what is held of them, and what it ended; LookupError when nothing is held."""
    session = get_session()
    person = office_people.get_for_office(session, person_id, office_id())
    events = found.in_force(session, person, kind)
    if not events:
        raise LookupError("no such event")
    return {
        "person": person,
        "kind": kind.value,
        "event": events[-1],
        "ended": found.ended(session, events),
        "unsigned": acts.unsigned(session, person.id) if kind is EventKind.DEATH else (),
    }
