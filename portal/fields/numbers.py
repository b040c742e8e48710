"""Fields of numbers: a time of day, minutes, whole and half hours, money."""

import re
from datetime import time
from typing import Any

from wtforms.validators import StopValidation

from portal.fields.asked import Asked
from portal.i18n import gettext as _

_TIME = re.compile(r"([0-9]{1,2})(?:[:.,\- ]([0-9]{1,2}))?")
_TIME_TOGETHER = re.compile(r"([0-9]{1,2})([0-9]{2})")
_MONEY = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,2}))?")
_HOURS = re.compile(r"([0-9]{1,3})(?:[.,]([05])0?|:(00|30))?")


class TimeField(Asked):
    """A time of day; 9:05, 9.5, 905 and 9 are understood."""

    inputmode = "text"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"width": 5, **kwargs})

    def parse(self, text: str) -> time:
        self.check_digits(text)
        found = _TIME.fullmatch(text) or _TIME_TOGETHER.fullmatch(text)
        try:
            if found is None:
                raise ValueError
            return time(int(found[1]), int(found[2] or 0))
        except ValueError:
            raise ValueError(_("%(label)s: write hours and minutes, for example 9:30.", label=self.asks)) from None

    def show(self, value: time) -> str:
        return value.strftime("%H:%M")


class MinutesField(Asked):
    """A whole number of minutes from `low` to `high`."""

    inputmode = "numeric"
    max_length = 20

    def __init__(self, *args: Any, low: int = 1, high: int = 1440, **kwargs: Any) -> None:
        super().__init__(*args, **{"width": 4, **kwargs})
        self.low, self.high = low, high

    def parse(self, text: str) -> int:
        self.check_digits(text)
        if not re.fullmatch(r"[0-9]+", text) or not self.low <= int(text) <= self.high:
            raise ValueError(
                _(
                    "%(label)s: write a whole number from %(low)s to %(high)s.",
                    label=self.asks,
                    low=self.low,
                    high=self.high,
                )
            )
        return int(text)


class PiecesField(MinutesField):
    """A whole number of pieces, at least one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"high": 9999, **kwargs})


class HoursField(Asked):
    """Whole or half hours from half an hour to `high` hours; the value is in minutes."""

    inputmode = "decimal"
    max_length = 20

    def __init__(self, *args: Any, high: int = 24, **kwargs: Any) -> None:
        super().__init__(*args, **{"width": 4, **kwargs})
        self.high = high

    def parse(self, text: str) -> int:
        self.check_digits(text)
        found = _HOURS.fullmatch(text)
        return int(found[1]) * 60 + 30 * (found[2] == "5" or found[3] == "30") if found else 0

    def pre_validate(self, form: Any) -> None:
        """The bounds are looked at last, so that a form may set `high` for whoever fills it."""
        super().pre_validate(form)
        if self.data is not None and not 30 <= self.data <= self.high * 60:
            raise StopValidation(
                _(
                    "%(label)s: write whole or half hours up to %(high)s, for example 2,5.",
                    label=self.asks,
                    high=self.high,
                )
            )

    def show(self, value: int) -> str:
        return f"{value // 60},5" if value % 60 else str(value // 60)


class MoneyField(Asked):
    """An amount of money in tenge and tiyn, above nothing; the value is in tiyn: 58993 for 589,93."""

    inputmode = "decimal"
    max_length = 20

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"width": 10, **kwargs})

    def parse(self, text: str) -> int:
        self.check_digits(text)
        found = _MONEY.fullmatch("".join(text.split()).removesuffix("₸"))
        tiyn = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else 0
        if not tiyn:
            raise ValueError(_("%(label)s: write it in tenge and tiyn, for example 589,93.", label=self.asks))
        return tiyn

    def show(self, value: int) -> str:
        return f"{value // 100},{value % 100:02}" if value % 100 else str(value // 100)
