"""Adding, changing and taking out a day of the calendar; each goes on to what the change would do."""

from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.db import get_session
from portal.forms import ChoiceField, DayField, InputRequired, PortalForm, TextField
from portal.ministry import blueprint, day_of_address
from portal.ministry.calendar_changes import preview
from portal.queries import calendar_days
from portal.rules.calendar_days import KIND_LABELS, LONGEST_TEXT, NewDay
from portal.rules.law import RuleViolation
from portal.rules.terms import DayKind


def _basis() -> TextField:
    return TextField(
        _l("Decree or law"),
        [InputRequired(_l("Name the decree or the law"))],
        hint=_l("Its date, number and name"),
        max_length=LONGEST_TEXT,
    )


DAY = DayField(_l("Day"), [InputRequired(_l("Enter the day"))])
"""Asked first: a form shows its fields in the order in which they are written down."""


class RemovalForm(PortalForm):
    """By which decree a day is taken out of the calendar."""

    basis = _basis()


class ChangedDayForm(PortalForm):
    """What the calendar is to say of a day."""

    kind = ChoiceField(
        _l("What kind of day is it?"),
        [InputRequired(_l("Choose what kind of day it is"))],
        choices=[(kind.value, _l(text)) for kind, text in KIND_LABELS.items()],
        coerce=DayKind,
    )
    why_kk = TextField(
        _l("Why, in Kazakh"), [InputRequired(_l("Say why, in Kazakh"))], hint=_l("A holiday or a move of a day off")
    )
    why_ru = TextField(_l("Why, in Russian"), [InputRequired(_l("Say why, in Russian"))])
    basis = _basis()
    confirmed = ChoiceField(
        _l("Is the decree out?"),
        [InputRequired(_l("Choose whether the decree is out"))],
        choices=[("yes", _l("Yes, the day is confirmed")), ("no", _l("No, the day is expected"))],
    )

    def new_day(self, day: date) -> NewDay:
        """What was entered, for the rules; called on a valid form only."""
        return NewDay(
            day, self.kind.data, self.why_kk.data, self.why_ru.data, self.basis.data, self.confirmed.data == "yes"
        )


class NewDayForm(ChangedDayForm):
    """A day that the calendar says nothing of yet."""

    day = DAY


@blueprint.route("/calendar/days/new", methods=["GET", "POST"])
def new_day() -> ResponseReturnValue:
    """A day of a year that is loaded."""
    form = NewDayForm()
    if form.validate_on_submit():
        try:
            return preview([form.new_day(form.day.data)])
        except RuleViolation as violation:
            form.refuse(violation)
    return render_template("ministry/new_day.html", form=form), form.status


@blueprint.route("/calendar/days/<day>", methods=["GET", "POST"])
def day(day: str) -> ResponseReturnValue:
    """What the calendar says of a day, to be changed."""
    held = calendar_days.get(get_session(), day_of_address(day))
    said = {name: getattr(held, name) for name in ("kind", "why_kk", "why_ru", "basis")}
    form = ChangedDayForm(data={**said, "confirmed": "yes" if held.confirmed else "no"})
    if form.validate_on_submit():
        try:
            return preview([form.new_day(held.day)])
        except RuleViolation as violation:
            form.refuse(violation)
    return render_template("ministry/day.html", form=form, held=held), form.status


@blueprint.route("/calendar/days/<day>/remove", methods=["GET", "POST"])
def remove_day(day: str) -> ResponseReturnValue:
    """Take a day out of the calendar: it is again what its weekday says."""
    held = calendar_days.get(get_session(), day_of_address(day))
    form = RemovalForm()
    if form.validate_on_submit():
        try:
            return preview([NewDay(held.day, None, "", "", form.basis.data, confirmed=True)])
        except RuleViolation as violation:
            form.refuse(violation)
    return render_template("ministry/remove_day.html", form=form, held=held), form.status
