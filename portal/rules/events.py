"""What E-Sobes tells of a person (R34.2, RI.4): an event that the portal knows already is said to be known."""

from dataclasses import dataclass
from datetime import date

from portal.rules.law import N_, RuleViolation, law


@dataclass(frozen=True, slots=True)
class Known:
    """What the portal knows of a person before an event; `closed` is whether the programme was closed on that day.

    `returned_on` is the day of the last return to the country, if there was one.
    """

    died_on: date | None
    departed_on: date | None
    phone: str | None
    closed: bool = False
    returned_on: date | None = None


@law("RI.4", "R34.2")
def check_is_news(kind: str, on: date, phone: str | None, known: Known) -> None:
    """The same event in other words changes nothing and is answered as known; another day corrects it and is news.

    A departure is over with the return: told again after it, it ends nothing. A return is not before its departure.
    """
    if kind == "death" and known.died_on == on:
        raise RuleViolation(N_("The death is already known, for %(known_on)s."), "RI.4", known_on=known.died_on)
    if kind == "departure" and known.departed_on == on:
        raise RuleViolation(N_("The departure is already known, for %(known_on)s."), "RI.4", known_on=known.departed_on)
    if kind == "departure" and known.departed_on is None and on < (known.returned_on or date.min):
        raise RuleViolation(
            N_("The person has come back since, on %(known_on)s. A departure before that day is over."),
            "RI.4",
            known_on=known.returned_on,
        )
    if kind == "return" and known.departed_on is None:
        raise RuleViolation(N_("No departure of this person is known, so there is nothing to return from."), "RI.4")
    if kind == "return" and on < (known.departed_on or date.min):
        raise RuleViolation(
            N_("The departure was on %(departed_on)s: a return cannot be before it."),
            "RI.4",
            departed_on=known.departed_on,
        )
    if kind == "phone_changed" and phone == known.phone:
        raise RuleViolation(N_("The portal already has this phone."), "R34.2")
    if kind == "programme_closed" and known.closed:
        raise RuleViolation(N_("This programme is already closed."), "RI.4")
