"""Guaranteed amounts and the monthly index (RG.1): what applies from when by which order; a new row, never another."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import ChoiceField, DayField, InputRequired, MoneyField, PortalForm, TextField
from portal.i18n import gettext as _
from portal.ministry import blueprint
from portal.operations import amounts as setting
from portal.queries import amounts as figures
from portal.rules.guaranteed_amount import set_due
from portal.rules.law import RuleViolation
from portal.rules.service import Service

SERVICES = [
    (Service.ASSISTANT.value, _l("Personal assistant")),
    (Service.INTERPRETER.value, _l("Sign-language interpreter")),
]


def _valid_from() -> DayField:
    return DayField(_l("From which day it applies"), [InputRequired(_l("Enter from which day it applies"))])


def _basis() -> TextField:
    return TextField(
        _l("Law or order"),
        [InputRequired(_l("Name the law or the order"))],
        hint=_l("Its date, number and name"),
        max_length=300,
    )


class AmountForm(PortalForm):
    """A guaranteed amount from a day to come."""

    service = ChoiceField(_l("Service"), [InputRequired(_l("Choose the service"))], choices=SERVICES, coerce=Service)
    valid_from = _valid_from()
    tiyn = MoneyField(_l("Amount for one hour, in tenge"), [InputRequired(_l("Enter the amount"))])
    basis = _basis()


class IndexForm(PortalForm):
    """A monthly index from a day to come."""

    valid_from = _valid_from()
    tiyn = MoneyField(_l("Monthly index, in tenge"), [InputRequired(_l("Enter the monthly index"))])
    basis = _basis()


@blueprint.get("/amounts")
def amounts() -> str:
    """Every row ever set, and whether next year's amounts are due."""
    session = get_session()
    return render_template(
        "ministry/amounts.html",
        amounts=figures.guaranteed(session),
        indexes=figures.indexes(session),
        services=dict(SERVICES),
        due=set_due(clock.today(), figures.years_set(session)),
    )


@blueprint.route("/amounts/new", methods=["GET", "POST"])
def set_amount() -> ResponseReturnValue:
    """A new amount; what stands stays, and a correction is a new row."""
    form = AmountForm()
    if form.validate_on_submit():
        given = (form.service.data, form.valid_from.data, form.tiyn.data, form.basis.data)
        try:
            with transaction() as session:
                setting.set_guaranteed(session, *given, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The amount is set."), "success")
            return redirect(url_for(".amounts"))
    return render_template("ministry/set_amount.html", form=form), form.status


@blueprint.route("/amounts/index/new", methods=["GET", "POST"])
def set_index() -> ResponseReturnValue:
    """A new monthly index."""
    form = IndexForm()
    if form.validate_on_submit():
        given = (form.valid_from.data, form.tiyn.data, form.basis.data)
        try:
            with transaction() as session:
                setting.set_index(session, *given, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The monthly index is set."), "success")
            return redirect(url_for(".amounts"))
    return render_template("ministry/set_index.html", form=form), form.status
