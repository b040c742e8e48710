"""The base of all forms. Forms check shape, rules check law: a rule's refusal is shown where the answer stands.

A view answers 422 when it shows a form again: `return render_template(…, form=form), form.status`.
"""

from typing import Any
from uuid import UUID, uuid4

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import InputRequired

from portal.fields import (
    Asked,
    ChoiceField,
    CodeField,
    DayField,
    FileField,
    HoursField,
    IinField,
    ManyField,
    MinutesField,
    MoneyField,
    NoteField,
    PhoneField,
    SelectField,
    TextField,
    TimeField,
)
from portal.fields.asked import Refusal
from portal.format import violation_text
from portal.rules.law import RuleViolation

__all__ = [
    "ChoiceField",
    "CodeField",
    "DayField",
    "FileField",
    "HoursField",
    "IinField",
    "InputRequired",
    "ManyField",
    "MinutesField",
    "MoneyField",
    "NoteField",
    "PhoneField",
    "PortalForm",
    "QueryForm",
    "SelectField",
    "TextField",
    "TimeField",
]


class FormIdField(HiddenField):  # type: ignore[misc]
    """The number of this sheet of the form, the same when it is sent twice; what cannot be one is replaced."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            self.data = UUID(valuelist[0])
        except (ValueError, IndexError):
            self.data = uuid4()
        self.raw_data = [str(self.data)]


class Sheet(FlaskForm):  # type: ignore[misc]
    """What the forms that write and the forms that look have in common."""

    form_errors: list[str]

    def refuse(self, violation: RuleViolation, field: str | None = None) -> None:
        """Show why a rule forbids what was asked, at `field` or, without one, at the top of the form."""
        refusal = Refusal(violation_text(violation), violation.point)
        if field is None:
            self.form_errors = [*self.form_errors, refusal]
        else:
            self[field].errors = [*self[field].errors, refusal]

    @property
    def status(self) -> int:
        """200, or 422 when something is to be mended."""
        return 422 if self.errors else 200

    @property
    def asked(self) -> list[Asked]:
        """The fields that the reader sees, in order."""
        return [field for field in self if isinstance(field, Asked)]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Names and values that go along unseen."""
        return [(field.name, field._value()) for field in self if isinstance(field, HiddenField)]

    @property
    def summary(self) -> list[tuple[str, str | None]]:
        """Each thing to mend with the id of the box it is about."""
        lines: list[tuple[str, str | None]] = [(error, None) for error in self.form_errors]
        return lines + [(error, field.error_id) for field in self.asked for error in field.errors]


class PortalForm(Sheet):
    """A form that writes: guarded against foreign sites, known by `form_id.data` (a UUID) when it is sent twice."""

    form_id = FormIdField(default=uuid4)


class QueryForm(Sheet):
    """A form that only looks: filled from the address, not guarded; call `validate()` before reading the fields."""

    class Meta:
        csrf = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(formdata=request.args, **kwargs)
        for field in self.asked:
            field.mark_optional = False
