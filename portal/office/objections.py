"""Objections to visits (R42.5): the office hears both sides, then strikes the visit or lets it stand."""

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
from portal.operations import objections as operations
from portal.queries import office_people
from portal.rules.goods_orders import GETTING_LABELS
from portal.rules.law import N_, RuleViolation
from portal.rules.objections import SETTLEMENT_LABELS, Settlement
from portal.rules.service import GOODS, Service
from portal.rules.service_log import OBJECTION_LABELS, ObjectionReason

OF_VISITS = (
    (Settlement.STRUCK.value, _l("The visit is struck"), _l("Its hours are free again and are not paid.")),
    (Settlement.STANDS.value, _l("The visit stands"), _l("It can be put into an act and is paid.")),
)
OF_GOODS = (
    (Settlement.STRUCK.value, _l("The hand-over is struck"), _l("Its pieces are free again and are not paid.")),
    (Settlement.STANDS.value, _l("The hand-over stands"), _l("It can be put into an act and is paid.")),
)

GOODS_LABELS = {
    **SETTLEMENT_LABELS,
    Settlement.STRUCK: N_("The hand-over was struck"),
    Settlement.STANDS: N_("The office decided that the hand-over stands"),
}


class SettleForm(PortalForm):
    """What the office decides, and why."""

    settlement = ChoiceField(
        _l("What do you decide?"),
        [InputRequired(_l("Choose what you decide"))],
        coerce=Settlement,
    )
    note = NoteField(
        _l("Why?"),
        [InputRequired(_l("Say in a few words why"))],
        _l("The recipient and the provider both read it. Nothing about health."),
        max_length=1000,
    )

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.settlement.choices = OF_GOODS if service in GOODS else OF_VISITS


@blueprint.get("/objections")
def objections() -> str:
    """What is not settled, the oldest first."""
    found = office_people.objected(get_session(), office_id(), page_number())
    looks.listed(row.recipient_id for row in found.rows)
    return render_template("office/objections.html", found=found, reason=_reason, **_words())


@blueprint.route("/objections/<uuid:entry_id>", methods=["GET", "POST"])
def settle(entry_id: UUID) -> ResponseReturnValue:
    """One visit with its objection, and the decision on it."""
    entry = office_people.get_objected(get_session(), entry_id, office_id())
    form = SettleForm(entry.service)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                answer = (form.settlement.data, form.note.data)
                operations.settle(session, entry_id, *answer, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The objection is settled. Both sides can read your decision."), "success")
            return redirect(url_for(".objections"))
    labels = GOODS_LABELS if entry.service in GOODS else SETTLEMENT_LABELS
    page = {"entry": entry, "reason": _reason(entry.objection_reason), "labels": labels, **_words()}
    return render_template("office/settle.html", form=form, **page), form.status


def _words() -> dict[str, object]:
    """How goods are told from visits, and in which ways they are got."""
    return {"goods": GOODS, "ways": GETTING_LABELS}


def _reason(value: str | None) -> str:
    """Why the recipient objected, in words."""
    return _(OBJECTION_LABELS[ObjectionReason(value)]) if value else ""
