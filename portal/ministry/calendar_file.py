"""Bringing a calendar as a CSV file: refused with every line that is wrong, or shown with what it would change."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.forms import FileField, InputRequired, PortalForm
from portal.ministry import blueprint
from portal.ministry.calendar_changes import preview
from portal.operations import calendar_file
from portal.operations.table_file import BadFile, Fault
from portal.rules.law import RuleViolation


class CalendarFileForm(PortalForm):
    """The file."""

    file = FileField(
        _l("File"),
        [InputRequired(_l("Choose a file"))],
        hint=_l("A table in CSV, in UTF-8, at most 200 kilobytes"),
        most_bytes=calendar_file.MOST_BYTES,
        accept=".csv",
    )


@blueprint.route("/calendar/file", methods=["GET", "POST"])
def bring_calendar() -> ResponseReturnValue:
    """Nothing is kept before the operator has seen what would change."""
    form, faults = CalendarFileForm(), list[Fault]()
    if form.validate_on_submit():
        try:
            return preview(calendar_file.read(form.file.data))
        except BadFile as bad:
            faults = bad.faults
        except RuleViolation as violation:
            form.refuse(violation)
    status = 422 if faults else form.status
    return render_template(
        "ministry/calendar_file.html", form=form, faults=faults, columns=calendar_file.COLUMNS
    ), status
