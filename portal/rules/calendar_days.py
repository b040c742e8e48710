"""What a day of the official calendar must say, and what a change of it may be (RI.7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from portal.rules.law import N_, RuleViolation, law
from portal.rules.parameters import FIRST_DAY
from portal.rules.terms import DayKind

LAST_YEAR = 2099
LONGEST_TEXT = 300
KIND_LABELS: dict[DayKind, str] = {
    DayKind.DAY_OFF: N_("a weekday off"),
    DayKind.WORKED_WEEKEND: N_("a worked weekend"),
}


@dataclass(frozen=True, slots=True)
class NewDay:
    """What the calendar is to say of a day; `kind` is None where it is to say nothing any more."""

    day: date
    kind: DayKind | None
    why_kk: str
    why_ru: str
    basis: str
    confirmed: bool


@law("RI.7")
def check_day(new: NewDay) -> None:
    """A day off is a weekday, a worked day is on a weekend; why, in both languages, and the decree are named."""
    if not FIRST_DAY.year <= new.day.year <= LAST_YEAR:
        raise RuleViolation(
            N_("The calendar holds the years from %(first)s to %(last)s."), "RI.7", first=FIRST_DAY.year, last=LAST_YEAR
        )
    if not new.basis.strip():
        raise RuleViolation(N_("Name the decree or the law that this day rests on."), "RI.7")
    if new.kind is None:
        return
    weekend = new.day.weekday() > 4
    if new.kind is DayKind.DAY_OFF and weekend:
        raise RuleViolation(N_("%(day_on)s is on a weekend, so it is off already."), "RI.7", day_on=new.day)
    if new.kind is DayKind.WORKED_WEEKEND and not weekend:
        raise RuleViolation(N_("%(day_on)s is a weekday, so it is worked already."), "RI.7", day_on=new.day)
    if not new.why_kk.strip() or not new.why_ru.strip():
        raise RuleViolation(N_("Say why, in Kazakh and in Russian."), "RI.7")


@law("RI.7")
def check_texts(new: NewDay) -> None:
    """Texts can be printed and are not too long."""
    for text in (new.why_kk, new.why_ru, new.basis):
        if not text.isprintable():
            raise RuleViolation(N_("There are signs in the text that cannot be printed."), "RI.7")
        if len(text) > LONGEST_TEXT:
            raise RuleViolation(N_("A text is longer than %(limit)s characters."), "RI.7", limit=LONGEST_TEXT)


@law("RI.7")
def check_new_years(changes: Iterable[NewDay], years: Iterable[int]) -> None:
    """A year that is not loaded comes whole: a part of it would let terms be reckoned wrongly.

    January and December always have a day off, so a file that lacks either is not a whole year.
    """
    added = [new.day for new in changes if new.kind is DayKind.DAY_OFF]
    for year in sorted({new.day.year for new in changes if new.kind} - set(years)):
        months = {day.month for day in added if day.year == year}
        if not {1, 12} <= months:
            raise RuleViolation(
                N_("%(year)s is not in the portal yet. Bring the whole year as a file, from January to December."),
                "RI.7",
                year=year,
            )
