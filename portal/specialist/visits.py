"""My visits of a month, and striking one that I wrote down by mistake (R42.1)."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock, looks, months
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import InputRequired, NoteField, PortalForm
from portal.i18n import gettext as _
from portal.operations import service_log as operations
from portal.queries import acts, service_log
from portal.rules.law import RuleViolation
from portal.rules.objections import SETTLEMENT_LABELS
from portal.rules.quantities import month_of
from portal.rules.service_log import OBJECTION_LABELS
from portal.rules.terms import add_months
from portal.specialist import blueprint, person_id, provider_id


class StrikeForm(PortalForm):
    """Why a visit is struck."""

    reason = NoteField(
        _l("Why is this visit struck?"),
        [InputRequired(_l("Say in a few words why the visit is struck"))],
        _l("The provider and the recipient will see it."),
        max_length=300,
        rows=3,
    )


@blueprint.get("/visits")
def visits() -> str:
    """The visits of one month, the latest first, with the hours in all."""
    month = months.parse(request.args.get("month") or months.written(clock.today()))
    entries = service_log.of_specialist(get_session(), person_id(), provider_id(), month)
    looks.listed({one.recipient_id for one in entries})
    return render_template(
        "specialist/visits.html",
        month=month,
        earlier=add_months(month, -1) if month > months.FIRST else None,
        later=add_months(month, 1) if month < month_of(clock.today()) else None,
        entries=entries,
        minutes=sum(entry.minutes for entry in entries if entry.struck_at is None),
        objections=OBJECTION_LABELS,
        settlements=SETTLEMENT_LABELS,
        saved=request.args.get("saved", type=UUID),
    )


@blueprint.route("/visits/<uuid:entry_id>/strike", methods=["GET", "POST"])
def strike(entry_id: UUID) -> ResponseReturnValue:
    """Strike a visit of mine; it stays to be seen, its hours go back to the order."""
    form = StrikeForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                entry = operations.strike(session, entry_id, form.reason.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The visit is struck. Write it down again if only a detail was wrong."), "success")
            return redirect(url_for(".visits", month=months.written(entry.day)))
    entry = service_log.get_for_specialist(get_session(), entry_id, person_id(), provider_id())
    act = acts.holding(get_session(), entry)
    return render_template("specialist/strike.html", form=form, entry=entry, act=act), form.status
