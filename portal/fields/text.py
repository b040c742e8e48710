"""Fields of words and of numbers that name somebody: text, note, IIN, phone, the code from an SMS."""

import re
from typing import Any

from portal.fields.asked import Asked
from portal.i18n import gettext as _
from portal.i18n import ngettext
from portal.rules.identifiers import is_iin, normal_phone

_GAPS = re.compile(r"[\s\-\u2010-\u2014]")


class TextField(Asked):
    """One line of words; the value is never None."""

    def __init__(self, *args: Any, max_length: int = 200, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_length = max_length

    def nothing(self) -> str:
        return ""


class NoteField(TextField):
    """Some sentences, with a count of what is left to write."""

    kind = "note"
    keeps_lines = True

    def __init__(self, *args: Any, max_length: int = 500, rows: int = 4, **kwargs: Any) -> None:
        super().__init__(*args, max_length=max_length, **kwargs)
        self.rows = rows

    def params(self, size: str = "s") -> dict[str, Any]:
        limit = self.max_length
        return {
            **super().params(size),
            "rows": self.rows,
            "maxlength": limit,
            "textareaDescriptionText": _("You can write up to %(limit)s characters.", limit=limit),
            "charactersUnderLimitText": {form: _left(number) for form, number in _PLURALS.items()},
            "charactersAtLimitText": _("The place for this text is full."),
            "charactersOverLimitText": {form: _too_many(number) for form, number in _PLURALS.items()},
        }


_PLURALS = {"one": 1, "few": 2, "many": 5, "other": 5}
"""The forms that a browser's plural rules may ask for, each with a number that has it."""


def _left(number: int) -> str:
    return ngettext(
        "You can write %(count)s more character.", "You can write %(count)s more characters.", number, count="%{count}"
    )


def _too_many(number: int) -> str:
    return ngettext(
        "There is %(count)s character too many.", "There are %(count)s characters too many.", number, count="%{count}"
    )


class IinField(Asked):
    """An IIN: twelve digits, spaces and hyphens allowed; the value is the twelve digits."""

    inputmode = "numeric"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"width": 20, **kwargs})

    def parse(self, text: str) -> str:
        self.check_digits(text)
        digits = _GAPS.sub("", text)
        if not re.fullmatch(r"[0-9]{12}", digits):
            raise ValueError(_("An IIN has 12 digits. Copy it from the identity card."))
        if not is_iin(digits):
            raise ValueError(_("There is a slip in this IIN. Compare it with the identity card."))
        return digits


class PhoneField(Asked):
    """A phone of Kazakhstan; the value is +77XXXXXXXXX."""

    input_type = "tel"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"width": 20, "autocomplete": "tel", **kwargs})

    def parse(self, text: str) -> str:
        self.check_digits(text)
        if (phone := normal_phone(text)) is None:
            raise ValueError(_("Write a phone of Kazakhstan, for example +7 701 123 45 67."))
        return phone

    def show(self, value: str) -> str:
        return f"{value[:2]} {value[2:5]} {value[5:8]} {value[8:10]} {value[10:]}"


class CodeField(Asked):
    """The six digits of an SMS; may be pasted with spaces."""

    inputmode = "numeric"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"width": 10, "autocomplete": "one-time-code", **kwargs})

    def parse(self, text: str) -> str:
        self.check_digits(text)
        digits = _GAPS.sub("", text)
        if not re.fullmatch(r"[0-9]{6}", digits):
            raise ValueError(_("The code has 6 digits. Copy it from the SMS."))
        return digits
