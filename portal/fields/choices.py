"""Fields that choose from a list: radios, checkboxes, a drop-down."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wtforms.validators import StopValidation

from portal.fields.asked import Asked, clean
from portal.i18n import Text
from portal.i18n import gettext as _

Choice = tuple[Any, ...]
"""What is sent (a string, enum or UUID), what is read and, for radios and checkboxes, a hint below it."""


class _Choosing(Asked):
    """A question answered from `choices`; they may be set after the form is made.

    `coerce` turns what was sent into the value (an enum, UUID, int); what is not on the list is refused.
    """

    def __init__(
        self,
        *args: Any,
        choices: Iterable[Choice] = (),
        coerce: Callable[[str], Any] = str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choices: Iterable[Choice] = tuple(choices)
        self.coerce = coerce

    def pre_validate(self, _form: Any) -> None:
        super().pre_validate(_form)
        offered = {str(choice[0]) for choice in self.choices}
        if any(answer not in offered for answer in self._sent() if answer):
            raise StopValidation(_("%(label)s: choose from the list.", label=self.asks))

    def parse(self, text: str) -> Any:
        try:
            return self.coerce(text)
        except (ValueError, KeyError):
            raise ValueError(_("%(label)s: choose from the list.", label=self.asks)) from None

    def _sent(self) -> Sequence[str]:
        if self.raw_data:
            return [str(answer) for answer in self.raw_data]
        return [str(value) for value in self._values()]

    def _values(self) -> Sequence[Any]:
        return [] if self.data is None else [self.data]

    def params(self, size: str = "s") -> dict[str, Any]:
        sent = self._sent()
        items = [_item(choice, str(choice[0]) in sent) for choice in self.choices]
        return {**self.common_params(), "fieldset": self.legend(size), "items": items}


def _item(choice: Choice, chosen: bool) -> dict[str, Any]:
    hint = {"hint": {"text": choice[2]}} if len(choice) > 2 and choice[2] else {}
    return {"value": str(choice[0]), "text": choice[1], "checked": chosen, "selected": chosen, **hint}


class ChoiceField(_Choosing):
    """One of a few, as radio buttons."""

    kind = "radios"


class SelectField(_Choosing):
    """One of many, as a drop-down; `empty` is the line that stands for no answer."""

    kind = "select"

    def __init__(self, *args: Any, empty: Text | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty = empty

    def params(self, size: str = "s") -> dict[str, Any]:
        params = super().params(size)
        first = {"value": "", "text": self.empty or _("Choose from the list")}
        label = {"text": self.label_text(), "classes": f"govuk-label--{size}"}
        return {**params, "label": label, "items": [first, *params["items"]]}


class ManyField(_Choosing):
    """Any number of a few, as checkboxes; the value is a list."""

    kind = "checkboxes"

    def nothing(self) -> list[Any]:
        return []

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.raw_data = [answer for answer in (clean(str(sent)) for sent in valuelist) if answer]
        self.data = []
        self.data = [self.parse(answer) for answer in self.raw_data]

    def _values(self) -> Sequence[Any]:
        return self.data or []
