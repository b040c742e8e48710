"""Deciding on an act (R42.9, R42.10): take it up, accept it, return it with a listed reason and a note."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal import format as show
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import ChoiceField, InputRequired, ManyField, NoteField, PortalForm
from portal.i18n import gettext as _
from portal.office import blueprint, office_id
from portal.office.acts import of_act
from portal.operations import review
from portal.queries import office_acts
from portal.rules.acts import RETURN_LABELS, ReturnReason
from portal.rules.law import RuleViolation

SEEN = "seen"
REASONS = [(reason.value, _l(text)) for reason, text in RETURN_LABELS.items()]


class AcceptForm(PortalForm):
    """The last look before an act is accepted."""

    seen = ManyField(
        _l("What the checks ask you to look at"),
        choices=[(SEEN, _l("I have looked at it, and the act is right"))],
        mark_optional=False,
    )


class ReturnForm(PortalForm):
    """Why the act goes back."""

    reason = ChoiceField(
        _l("Why does the act go back?"),
        [InputRequired(_l("Choose why the act goes back"))],
        _l("The law names these reasons and no others."),
        choices=REASONS,
        coerce=ReturnReason,
    )
    note = NoteField(
        _l("What is to be mended?"),
        [InputRequired(_l("Say in a few words what is to be mended"))],
        _l("The provider reads it word for word. Name the day or the document. Nothing about health."),
        max_length=1000,
    )


@blueprint.post("/acts/<uuid:act_id>/take-up")
def take_up(act_id: UUID) -> ResponseReturnValue:
    """Begin the check."""
    with transaction() as session:
        review.take_up(session, act_id, actor(), clock.now())
    return redirect(url_for(".act", act_id=act_id))


@blueprint.post("/acts/<uuid:act_id>/take-over")
def take_over(act_id: UUID) -> ResponseReturnValue:
    """Go on with the check that a colleague began."""
    with transaction() as session:
        review.take_over(session, act_id, actor(), clock.now())
    flash(_("You check this act now."), "success")
    return redirect(url_for(".act", act_id=act_id))


@blueprint.route("/acts/<uuid:act_id>/accept", methods=["GET", "POST"])
def accept(act_id: UUID) -> ResponseReturnValue:
    """Say once more what will be owed and to whom, then accept."""
    form = AcceptForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                payment = review.accept(session, act_id, actor(), clock.now(), holds_seen=SEEN in form.seen.data)
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            until = show.day(payment.due_on)
            flash(
                _("The act is accepted. A colleague approves its payment; it is due by %(day)s.", day=until), "success"
            )
            return redirect(url_for(".act", act_id=act_id))
    found = office_acts.get_for_office(get_session(), act_id, office_id())
    return render_template("office/accept.html", form=form, **of_act(found)), form.status


@blueprint.route("/acts/<uuid:act_id>/return", methods=["GET", "POST"])
def send_back(act_id: UUID) -> ResponseReturnValue:
    """Choose a reason of the list and say what is to be mended."""
    form = ReturnForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                returned = review.send_back(session, act_id, form.reason.data, form.note.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            until = show.day(returned.resubmit_due_on or clock.today())
            flash(_("The act went back. The provider was told and has until %(day)s.", day=until), "success")
            return redirect(url_for(".act", act_id=act_id))
    found = office_acts.get_for_office(get_session(), act_id, office_id())
    return render_template("office/return.html", form=form, **of_act(found)), form.status
