"""Guaranteed amounts and the monthly index (RG.1): what applies from when by which order; a new row, never another."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.forms import ChoiceField, DayField, InputRequired, MoneyField, PortalForm, QueryForm, TextField
from portal.i18n import gettext as _
from portal.ministry import blueprint, page_number
from portal.operations import amounts as setting
from portal.queries import amounts as figures
from portal.queries import goods
from portal.rules.guaranteed_amount import HOUR_CODES, LONGEST_BASIS, NewAmount, set_due
from portal.rules.law import RuleViolation
from portal.rules.service import CLASSIFIER_CODE, Service

GOODS = "goods"
WHAT = [
    (CLASSIFIER_CODE[Service.ASSISTANT], _l("An hour of a personal assistant")),
    (CLASSIFIER_CODE[Service.INTERPRETER], _l("An hour of a sign-language interpreter")),
    (GOODS, _l("A piece of an item of goods")),
]


def _valid_from() -> DayField:
    return DayField(_l("From which day it applies"), [InputRequired(_l("Enter from which day it applies"))])


def _basis() -> TextField:
    return TextField(
        _l("Law or order"),
        [InputRequired(_l("Name the law or the order"))],
        hint=_l("Its date, number and name"),
        max_length=LONGEST_BASIS,
    )


class AmountForm(PortalForm):
    """A guaranteed amount from a day to come."""

    what = ChoiceField(_l("What is it for?"), [InputRequired(_l("Choose what it is for"))], choices=WHAT)
    code = TextField(
        _l("Code of the item"),
        hint=_l("Only for goods: the code in the classifier, for example 6031001"),
        max_length=20,
        width=10,
        mark_optional=False,
    )
    valid_from = _valid_from()
    tiyn = MoneyField(_l("Amount for one hour or one piece, in tenge"), [InputRequired(_l("Enter the amount"))])
    basis = _basis()

    def validate_code(self, code: TextField) -> None:
        """Goods are named by their item."""
        if self.what.data == GOODS and not code.data:
            raise ValidationError(_("Enter the code of the item"))

    def new(self) -> NewAmount:
        """What was entered, for the rules; called on a valid form only."""
        code = self.code.data if self.what.data == GOODS else self.what.data
        return NewAmount(code, self.valid_from.data, self.tiyn.data, self.basis.data)


class IndexForm(PortalForm):
    """A monthly index from a day to come."""

    valid_from = _valid_from()
    tiyn = MoneyField(_l("Monthly index, in tenge"), [InputRequired(_l("Enter the monthly index"))])
    basis = _basis()


class ItemFilter(QueryForm):
    """Amounts of which goods."""

    search = TextField(_l("Code or name"), hint=_l("How the code begins, or words of the name"), max_length=100)


@blueprint.get("/amounts")
def amounts() -> str:
    """Every row ever set: of hours, and of goods by pages; what cannot be ordered for want of an amount."""
    session, today, form = get_session(), clock.today(), ItemFilter()
    search = form.search.data if form.validate() else ""
    return render_template(
        "ministry/amounts.html",
        hours=figures.of_hours(session),
        goods=figures.of_goods(session, search, page_number()),
        without=figures.without(session, today),
        indexes=figures.indexes(session),
        due=set_due(today, figures.years_set(session)),
        form=form,
    )


@blueprint.route("/amounts/new", methods=["GET", "POST"])
def set_amount() -> ResponseReturnValue:
    """A new amount, read once more before it is set; what stands stays, and a correction is a new row."""
    form = AmountForm(data=_named())
    if form.validate_on_submit() and request.form.get("step") != "change":
        try:
            return _set(form.new()) if request.form.get("step") == "set" else _confirm(form)
        except RuleViolation as violation:
            form.refuse(violation, "code" if "code" in violation.figures and form.what.data == GOODS else None)
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


def _named() -> dict[str, Any]:
    """The item that the address names, as the list of what has no amount does."""
    code = request.args.get("code", "")[:20]
    return {"what": GOODS, "code": code} if code else {}


def _confirm(form: AmountForm) -> str:
    """What would be set, in words, with the name that the classifier gives the item; RuleViolation when it may not."""
    session, new = get_session(), form.new()
    setting.check(session, new, clock.today())
    held = figures.counting(session, new.code, new.valid_from)
    return render_template(
        "ministry/confirm_amount.html",
        form=form,
        new=new,
        name=goods.names(session, [new.code]).get(new.code, ("", "")),
        hourly=new.code in HOUR_CODES,
        held=held,
    )


def _set(new: NewAmount) -> ResponseReturnValue:
    with transaction() as session:
        setting.set_guaranteed(session, new, actor(), clock.now())
    flash(_("The amount is set."), "success")
    return redirect(url_for(".amounts"))
