"""The day field: three boxes, as people know it from paper; a whole day pasted into the first is understood, too."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.fields.asked import Asked, clean
from portal.i18n import gettext as _

_DAY_FIRST = re.compile(r"([0-9]{1,2})[./\- ]([0-9]{1,2})[./\- ]([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_BOXES = ("day", "month", "year")


class DayField(Asked):
    """A day; the boxes are `name-day`, `name-month`, `name-year`, or all of it in `name` (5.12.2026, 2026-12-05)."""

    kind = "day"
    parts: tuple[str, ...] = ("", "", "")

    def process(self, formdata: Mapping[str, str] | None, *args: Any, **kwargs: Any) -> None:
        if formdata is None or not any(name in formdata for name in (self.name, *self._names())):
            super().process(None if formdata is None else MultiDict(), *args, **kwargs)
            self.parts = _of_day(self.data)
            return
        whole = clean(formdata.get(self.name, ""))
        self.parts = (whole, "", "") if whole else tuple(clean(formdata.get(name, "")) for name in self._names())
        super().process(MultiDict({self.name: " ".join(part for part in self.parts if part)}), *args, **kwargs)
        if self.data:
            self.parts = _of_day(self.data)

    def parse(self, text: str) -> date:
        self.check_digits(text)
        if found := _DAY_FIRST.fullmatch(text):
            day, month, year = found.groups()
        elif found := _YEAR_FIRST.fullmatch(text):
            year, month, day = found.groups()
        else:
            raise ValueError(self._what_is_missing())
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            raise ValueError(
                _("%(label)s: there is no such day. Compare it with a calendar.", label=self.asks)
            ) from None

    def _what_is_missing(self) -> str:
        day, month, year = self.parts
        if month and year and not day:
            return _("%(label)s: write the day of the month.", label=self.asks)
        if day and year and not month:
            return _("%(label)s: write the month as a number.", label=self.asks)
        if day and month and not year:
            return _("%(label)s: write the year.", label=self.asks)
        return _("%(label)s: write the day in figures, for example 5 12 2026.", label=self.asks)

    def _names(self) -> tuple[str, ...]:
        return tuple(f"{self.name}-{box}" for box in _BOXES)

    @property
    def error_id(self) -> str:
        return f"{self.id}-day"

    def params(self, size: str = "s") -> dict[str, Any]:
        labels = (_("Day"), _("Month"), _("Year"))
        error = " govuk-input--error" if self.errors else ""
        items = [
            {
                "name": name,
                "id": f"{self.id}-{box}",
                "label": label,
                "value": value,
                "classes": f"govuk-input--width-{4 if box == 'year' else 2}{error}",
            }
            for name, box, label, value in zip(self._names(), _BOXES, labels, self.parts, strict=True)
        ]
        return {**self.common_params(), "fieldset": self.legend(size), "items": items}


def _of_day(day: date | None) -> tuple[str, ...]:
    return (str(day.day), str(day.month), str(day.year)) if day else ("", "", "")
