"""What all fields have in common: clean text in, a value or a sentence out, and what the macro shows it with."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from markupsafe import Markup, escape
from wtforms import Field
from wtforms.validators import StopValidation

from portal.i18n import Text
from portal.i18n import gettext as _

_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029")
_DIRECTION = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def clean(text: str, lines: bool = False) -> str:
    """`text` in one spelling (NFC), without control characters, hidden signs and outer space; lines kept if asked."""
    text = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text))
    kept = "".join(_kept(sign, lines) for sign in text)
    return kept.strip() if lines else " ".join(kept.split())


def _kept(sign: str, lines: bool) -> str:
    if sign == "\n" and lines:
        return sign
    if sign in "\n\t":
        return " "
    return "" if sign in _DIRECTION or unicodedata.category(sign) in {"Cc", "Cs", "Co", "Cn"} else sign


def has_foreign_digits(text: str) -> bool:
    """Whether a digit of another script stands in `text`; the portal reads 0 to 9 only."""
    return any(sign.isdecimal() and not sign.isascii() for sign in text)


class Refusal(str):
    """A sentence that refuses, with the rule behind it when there is one."""

    __slots__ = ("point",)
    point: str

    def __new__(cls, text: str, point: str = "") -> "Refusal":
        refusal = super().__new__(cls, text)
        refusal.point = point
        return refusal

    def __html__(self) -> str:
        text = escape(str(self))
        if not self.point:
            return text
        number = _("Rule %(point)s", point=self.point)
        return text + Markup(' <small class="rule-number">{}</small>').format(number)


class Asked(Field):  # type: ignore[misc]
    """A question with one line to answer; `parse` turns the text into the value or raises ValueError with a sentence.

    `width` is about how many signs the box shows; `mark_optional=False` leaves "(not required)" away
    where another answer decides whether this one is needed.
    """

    kind = "input"
    input_type = "text"
    inputmode: str | None = None
    max_length = 200
    keeps_lines = False

    def __init__(
        self,
        label: Text,
        validators: Sequence[Any] = (),
        hint: Text = "",
        *,
        width: Literal[2, 3, 4, 5, 10, 20, 30] | None = None,
        autocomplete: str | None = None,
        mark_optional: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, description=hint, **kwargs)
        self.width = width
        self.autocomplete = autocomplete
        self.mark_optional = mark_optional

    def parse(self, text: str) -> Any:
        """The value that `text` stands for; raises ValueError with a sentence for the reader."""
        return text

    def show(self, value: Any) -> str:
        """How a value stands in the box."""
        return str(value)

    def process_data(self, value: Any) -> None:
        self.data = self.nothing() if value is None else value

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if not valuelist:
            return
        text = clean(str(valuelist[0]), self.keeps_lines)
        self.raw_data = [text]
        self.data = None
        if len(text) > self.max_length:
            raise ValueError(
                _("%(label)s: write at most %(limit)s characters.", label=self.asks, limit=self.max_length)
            )
        self.data = self.parse(text) if text else self.nothing()

    def nothing(self) -> Any:
        """The value of an empty box."""
        return None

    def pre_validate(self, _form: Any) -> None:
        if self.process_errors:
            raise StopValidation

    @property
    def asks(self) -> str:
        """The label as it begins a sentence about the answer, so that no two lines of a summary are alike."""
        return str(self.label.text).rstrip("?:. ")

    def check_digits(self, text: str) -> None:
        """Raise ValueError when `text` has digits other than 0 to 9."""
        if has_foreign_digits(text):
            raise ValueError(_("%(label)s: use the digits 0 to 9.", label=self.asks))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    @property
    def error_id(self) -> str:
        """The id that a link in the error summary leads to."""
        return str(self.id)

    def label_text(self) -> str:
        """The label as shown; says so when an answer is not required."""
        if self.flags.required or not self.mark_optional:
            return str(self.label.text)
        return _("%(label)s (not required)", label=self.label.text)

    def params(self, size: str = "s") -> dict[str, Any]:
        """What the GOV.UK macro of this kind is called with; `size` is that of the label: s, m, l."""
        return {
            **self.common_params(),
            "label": {"text": self.label_text(), "classes": f"govuk-label--{size}"},
            "type": self.input_type,
            "value": self._value(),
            "inputmode": self.inputmode,
            "autocomplete": self.autocomplete,
            "classes": f"govuk-input--width-{self.width}" if self.width else "",
        }

    def common_params(self) -> dict[str, Any]:
        """What the macros of all kinds take."""
        params: dict[str, Any] = {"id": self.id, "idPrefix": self.id, "name": self.name}
        if self.description:
            params["hint"] = {"text": self.description}
        if self.errors:
            lines = Markup("<br>").join(self.errors)
            params["errorMessage"] = {"html": lines, "visuallyHiddenText": _("To mend")}
        return params

    def legend(self, size: str) -> Mapping[str, Any]:
        """The label of a group of boxes."""
        return {"legend": {"text": self.label_text(), "classes": f"govuk-fieldset__legend--{size}"}}
