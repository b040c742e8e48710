"""How days, money, hours and phones are written for people, in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from flask import Flask
from markupsafe import Markup, escape

from portal import clock
from portal.i18n import gettext, language, ngettext, number
from portal.rules.law import RuleViolation
from portal.rules.quantities import TIYN_A_TENGE
from portal.rules.service import Service, Unit, unit_of
from portal.rules.standing import STRUCK_LABELS

FIXED = "\u00a0"
"""The no-break space before the sign of the tenge."""

DAY_PATTERNS = {
    "kk": ("EEEE, d MMMM", "EEEE, y 'жылғы' d MMMM"),
    "ru": ("EEEE, d MMMM", "EEEE, d MMMM y 'года'"),
}
MONTH_PATTERNS = {"kk": "y 'жылғы' MMMM", "ru": "LLLL y 'года'"}


def money(tiyn: int) -> str:
    """An amount of tiyn in tenge: 1 769 ₸, 1 769,50 ₸; the same in both languages."""
    tenge, rest = divmod(abs(tiyn), TIYN_A_TENGE)
    sign = "\u2212" if tiyn < 0 else ""
    cents = f",{rest:02}" if rest else ""
    return f"{sign}{number(tenge)}{cents}{FIXED}₸"


def duration(minutes: int) -> str:
    """So many minutes in hours and minutes: 2 hours 30 minutes."""
    hours, rest = divmod(minutes, 60)
    said = [ngettext("%(num)s hour", "%(num)s hours", hours)] if hours or not rest else []
    if rest:
        said.append(ngettext("%(num)s minute", "%(num)s minutes", rest))
    return " ".join(said)


def volume(units: int, service: Service) -> str:
    """So many units of a service in words: hours and minutes, days or pieces (RI.8)."""
    unit = unit_of(service)
    if unit is Unit.MINUTE:
        return duration(units)
    if unit is Unit.DAY:
        return ngettext("%(num)s day", "%(num)s days", units)
    return ngettext("%(num)s piece", "%(num)s pieces", units)


def day(value: date) -> str:
    """A day with its weekday; the year is said only when it is not this one."""
    this_year, other_year = DAY_PATTERNS[language()]
    return _date(value, this_year if value.year == clock.today().year else other_year, language())


def moment_day(value: datetime) -> str:
    """The day of a moment in UTC+5."""
    return day(value.astimezone(clock.ALMATY).date())


def moment(value: datetime) -> str:
    """A moment in UTC+5: the day and the time."""
    there = value.astimezone(clock.ALMATY)
    return f"{day(there.date())}, {there:%H:%M}"


def hour(value: Any) -> str:
    """A time of day (a `time`, or a moment in UTC+5): 09:30."""
    there = value.astimezone(clock.ALMATY) if isinstance(value, datetime) else value
    return str(there.strftime("%H:%M"))


def month(value: date) -> str:
    """The month of a day, with its year."""
    return _date(value, MONTH_PATTERNS[language()], language())


def period(year: int, quarter: int) -> str:
    """A calendar year, or a quarter of it (edition 2023); `quarter` is 0 for the whole year."""
    return gettext("quarter %(quarter)s of %(year)s", quarter=quarter, year=year) if quarter else str(year)


@lru_cache(maxsize=4_000)
def _date(value: date, pattern: str, lang: str) -> str:
    """Babel reads the pattern anew for each day; pages show the same few days again and again."""
    return format_date(value, pattern, locale=lang)


def phone_masked(phone: str) -> str:
    """A phone of which one sees enough to know one's own: +7 701 ••• •• 67."""
    return f"{phone[:2]} {phone[2:5]} ••• •• {phone[-2:]}".replace(" ", FIXED)


def figures(values: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a refusal as people read them, by the end of their name (see `RuleViolation`)."""
    return {name: _figure(name, value) for name, value in values.items()}


_BY_SUFFIX: tuple[tuple[str, Callable[[Any], str]], ...] = (
    ("_minutes", duration),
    ("_volume", lambda of: volume(*of)),
    ("_tiyn", money),
    ("_on", day),
    ("_at", moment),
)


def _figure(name: str, value: Any) -> Any:
    for suffix, written in _BY_SUFFIX:
        if name.endswith(suffix):
            return written(value)
    return value


def violation_text(violation: RuleViolation) -> str:
    """Why something may not be done, in the reader's language, with its figures."""
    return gettext(violation.message, **figures(violation.figures))


def lang_span(text_kk: str | None, text_ru: str | None) -> str:
    """The text in the reader's language; in the other one, and marked as such, when there is none."""
    texts = {"kk": text_kk or "", "ru": text_ru or ""}
    mine, other = (language(), "ru") if language() == "kk" else ("ru", "kk")
    if texts[mine] or not texts[other]:
        return escape(texts[mine])
    return Markup('<span lang="{}">{}</span>').format(other, texts[other])


def why_struck(reason: str) -> str:
    """Why a visit is struck: the portal's own reasons in the reader's language, a person's in their own words."""
    return gettext(STRUCK_LABELS[reason]) if reason in STRUCK_LABELS else reason


def register(app: Flask) -> None:
    """Give the templates these as filters; `lang_span` also as a function."""
    written = (money, number, duration, volume, day, moment, moment_day, hour, month, phone_masked)
    for function in (*written, violation_text, why_struck):
        app.add_template_filter(function)
    app.add_template_global(lang_span)
    app.add_template_filter(lambda one: period(one.year, one.quarter), "period")
