"""Visits as they are logged, month by month; objecting to one, and taking the objection back (R42.1, R42.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.fields import ChoiceField, NoteField
from portal.forms import InputRequired, PortalForm
from portal.i18n import gettext as _
from portal.models.order import Order
from portal.models.service_log import LogEntry
from portal.operations import objections
from portal.queries import recipient_orders, visits
from portal.queries.visits import MonthTotal, Visit
from portal.recipient import blueprint
from portal.recipient.words import recipient_id, way_name
from portal.rules.acts import ActStatus
from portal.rules.law import N_, RuleViolation
from portal.rules.objections import (
    SETTLEMENT_LABELS,
    Settlement,
    check_not_decided,
    check_objection,
    check_settlement,
    objection_reasons,
    settlements,
)
from portal.rules.quantities import month_of
from portal.rules.roles import Role
from portal.rules.service import GOODS, Service
from portal.rules.service_log import OBJECTION_LABELS, ObjectionReason

WRITTEN_DOWN = N_("Your objection is written down. Until it is settled, this is in no act and is not paid for.")


class ObjectionForm(PortalForm):
    """What is wrong with a visit or with goods; the provider and the office see both answers."""

    reason = ChoiceField(
        _l("What is wrong with this visit?"),
        [InputRequired(_l("Choose what is wrong"))],
        coerce=ObjectionReason,
    )
    note = NoteField(_l("In your own words"), hint=_l("The provider and the office read this."))

    @classmethod
    def of(cls, entry: LogEntry) -> "ObjectionForm":
        """The form with the reasons that there are for such an entry."""
        form, reasons = cls(), objection_reasons(entry.service)
        form.reason.choices = [(reason.value, _(OBJECTION_LABELS[reason])) for reason in reasons]
        if entry.service in GOODS:
            form.reason.label.text = _("What is wrong with the goods?")
        return form


@dataclass(frozen=True, slots=True)
class Line:
    """A visit on the page: what it says, where it stands, what she may do about it."""

    visit: Visit
    state: str
    tone: str
    actions: dict[str, str]


@blueprint.get("/orders/<uuid:order_id>/visits")
def list_visits(order_id: UUID) -> ResponseReturnValue:
    """One month of an order, day by day; its total, and what the order has left."""
    order = _hourly(order_id)
    months = visits.months(get_session(), order_id)
    month = _month_asked(months)
    found = visits.of_order(get_session(), order_id, month)
    return render_template(
        "recipient/visits.html",
        order=order,
        month=month,
        months=months,
        lines=[line(visit) for visit in found],
        total=next((one for one in months if one.month == month), MonthTotal(month, 0, 0)),
        to_sign={v.act_id: v.act_number for v in found if v.act_status is ActStatus.DRAWN_UP},
        with_places=order.service is Service.ASSISTANT,
        way_name=way_name,
    )


@blueprint.route("/visits/<uuid:entry_id>/object", methods=["GET", "POST"])
def object_to_visit(entry_id: UUID) -> ResponseReturnValue:
    """Say what is wrong with a visit: it stays out of acts until that is settled."""
    visit = visits.get_for_recipient(get_session(), entry_id, recipient_id())
    form = ObjectionForm.of(visit.entry)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                objections.object_to(session, entry_id, form.reason.data, form.note.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_(WRITTEN_DOWN), "success")
            return redirect(_back(visit))
    elif request.method == "GET":
        check_may_object(visit)
    return _page("object", visit, form), form.status


@blueprint.route("/visits/<uuid:entry_id>/withdraw-objection", methods=["GET", "POST"])
def withdraw_objection(entry_id: UUID) -> ResponseReturnValue:
    """Take an objection back: the visit counts again; asked once more before it is done."""
    visit, form = visits.get_for_recipient(get_session(), entry_id, recipient_id()), PortalForm()
    if form.validate_on_submit():
        with transaction() as session:
            objections.settle(session, entry_id, Settlement.WITHDRAWN, "", actor(), clock.now())
        flash(_("You have taken your objection back. What was written down counts again."), "success")
        return redirect(_back(visit))
    check_settlement(visit.entry)
    return _page("withdraw_objection", visit, form)


def _page(name: str, visit: Visit, form: PortalForm) -> str:
    goods = visit.entry.service in GOODS
    shown = {"visit": visit, "form": form, "back": _back(visit), "goods": goods, "way_name": way_name}
    return render_template(f"recipient/{name}.html", **shown)


def _hourly(order_id: UUID) -> Order:
    order = recipient_orders.get_for_recipient(get_session(), order_id, recipient_id())
    if order.service in GOODS:
        raise LookupError("goods have no visits")
    return order


def check_may_object(visit: Visit) -> None:
    """Raises when she can no longer object to this visit, or has done so."""
    check_objection(visit.entry, act_signed=visit.is_signed)
    check_not_decided(visit.entry.settlement)


def line(visit: Visit) -> Line:
    """A visit with its state in words and what may be done."""
    state, tone = _state(visit)
    return Line(visit, state, tone, _actions(visit))


def _state(visit: Visit) -> tuple[str, str]:
    entry, goods = visit.entry, visit.entry.service in GOODS
    if entry.struck_at is not None:
        return _("Came back to the provider") if entry.back_on else _("Struck: does not count"), "quiet"
    if entry.is_objected:
        return _("You objected: the provider has to answer"), "late"
    if entry.settlement is not None and entry.settlement != Settlement.WITHDRAWN:
        stands = _("The office decided that the hand-over stands")
        return stands if goods else _(SETTLEMENT_LABELS[Settlement(entry.settlement)]), "quiet"
    if visit.is_signed:
        return _("In act %(number)s, which you signed", number=visit.act_number), "good"
    if visit.act_status is ActStatus.DRAWN_UP:
        return _("In act %(number)s, which waits for you", number=visit.act_number), "waiting"
    return (_("Handed over"), "good") if goods else (_("Logged"), "quiet")


def _actions(visit: Visit) -> dict[str, str]:
    """What she may do about a visit, as the rules say: (action, address)."""
    found: dict[str, str] = {}
    if _allowed(visit):
        found["object"] = url_for(".object_to_visit", entry_id=visit.entry.id)
    if visit.entry.is_objected and Settlement.WITHDRAWN in settlements(Role.RECIPIENT):
        found["withdraw"] = url_for(".withdraw_objection", entry_id=visit.entry.id)
    return found


def _allowed(visit: Visit) -> bool:
    try:
        check_may_object(visit)
    except RuleViolation:
        return False
    return True


def _month_asked(months: Sequence[MonthTotal]) -> date:
    """The month in the address (2026-03), else the latest with a visit, else this one."""
    text = request.args.get("month", "")
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return months[0].month if months else month_of(clock.today())


def _back(visit: Visit) -> str:
    if visit.entry.service in GOODS:
        return url_for(".show_order", order_id=visit.entry.order_id)
    return url_for(".list_visits", order_id=visit.entry.order_id, month=f"{visit.entry.day:%Y-%m}")
