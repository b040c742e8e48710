"""A new visit (R42.1): today, the last place and times stand there already; refused at once with the reason."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import clock
from portal import format as show
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import ChoiceField, DayField, InputRequired, NoteField, PortalForm, TimeField
from portal.i18n import gettext as _
from portal.models.order import Order
from portal.operations import service_log as operations
from portal.queries import provider_orders, service_log
from portal.rules.law import RuleViolation
from portal.rules.service import Service
from portal.rules.service_log import WAY_LABELS, NewEntry
from portal.specialist import blueprint, person_id, provider_id

MIDNIGHT = _l("For example 9:30. Midnight at the end of the day is 0:00.")


class VisitForm(PortalForm):
    """When the visit was."""

    day = DayField(_l("Day of the visit"), [InputRequired(_l("Enter the day of the visit"))])
    start = TimeField(_l("Start"), [InputRequired(_l("Enter when the visit began"))], _l("For example 9:30"))
    end = TimeField(_l("End"), [InputRequired(_l("Enter when the visit ended"))], MIDNIGHT)

    def entry(self) -> NewEntry:
        """What was entered, for the rules; called on a valid form only."""
        return NewEntry(self.day.data, self.start.data, self.end.data)


class AssistantForm(VisitForm):
    """A visit of an assistant: with the places visited together (R42.6)."""

    places = NoteField(
        _l("Places visited together"),
        [InputRequired(_l("Name the places that you visited together"))],
        _l("For example: clinic, shop. If you stayed at home, write: at home."),
        max_length=300,
        rows=2,
    )

    def entry(self) -> NewEntry:
        """What was entered, with the places."""
        return NewEntry(self.day.data, self.start.data, self.end.data, self.places.data)


class InterpreterForm(VisitForm):
    """A visit of an interpreter: in person or online (R42.7)."""

    way = ChoiceField(
        _l("Way of service"),
        [InputRequired(_l("Say whether you were there in person or online"))],
        choices=[(way.value, _l(text)) for way, text in WAY_LABELS.items()],
    )

    def entry(self) -> NewEntry:
        """What was entered, with the way."""
        return NewEntry(self.day.data, self.start.data, self.end.data, way=self.way.data)


@blueprint.route("/orders/<uuid:order_id>/visits/new", methods=["GET", "POST"])
def new_visit(order_id: UUID) -> ResponseReturnValue:
    """Write a visit down; what is refused comes back with everything typed, the rule and the way out."""
    order = provider_orders.get_for_specialist(get_session(), order_id, person_id(), provider_id(), clock.today())
    form = _form(order)
    if form.validate_on_submit() and _saved(order, form):
        return redirect(url_for(".visits", saved=form.form_id.data))
    left = service_log.left_today(get_session(), [order], clock.today())[order.id]
    return render_template("specialist/new_visit.html", form=form, order=order, left=left, me=person_id()), form.status


def _saved(order: Order, form: VisitForm) -> bool:
    """Write the visit down; False when it was refused, with the reason in the form."""
    try:
        with transaction() as session:
            entry = operations.record_entry(session, order.id, form.entry(), form.form_id.data, actor(), clock.now())
    except RuleViolation as violation:
        form.refuse(violation)
        return False
    hours = show.duration(entry.minutes)
    flash(_("The visit is saved: %(day)s, %(hours)s.", day=show.day(entry.day), hours=hours), "success")
    return True


def _form(order: Order) -> VisitForm:
    """The form of the service, filled with what is likely: today and the times and the place of the last visit."""
    last = service_log.last_of(get_session(), current_user.person.number, order.id)
    likely: dict[str, object] = {"day": clock.today()}
    if last is not None:
        likely |= {
            "start": last.started_at.astimezone(clock.ALMATY).time(),
            "end": last.ended_at.astimezone(clock.ALMATY).time(),
        }
    if order.service is Service.ASSISTANT:
        return AssistantForm(data=likely | ({"places": last.places} if last else {}))
    return InterpreterForm(data=likely | {"way": last.way if last else order.way})
