"""The programme as it arrives from E-Sobes (R34.1): what must be right in it before it is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from portal.rules.entitlements import Volume
from portal.rules.identifiers import is_iin, normal_phone
from portal.rules.law import N_, law
from portal.rules.quantities import MINUTES_AN_HOUR
from portal.rules.service import CLASSIFIER_CODE, GOODS, HOURLY, Service

FIRST_YEAR = 2000
LAST_YEAR = 2150
OLDEST_YEARS = 130

_MINUTES: Mapping[str, int] = {"minute": 1, "hour": MINUTES_AN_HOUR}
_MINUTES_A_DAY: Mapping[str, int] = {"minute_a_day": 1, "hour_a_day": MINUTES_AN_HOUR}
_LONGEST_YEAR = 366
_MOST: Mapping[str | None, int] = {
    "minute": _LONGEST_YEAR * 24 * MINUTES_AN_HOUR,
    "hour": _LONGEST_YEAR * 24,
    "minute_a_day": 24 * MINUTES_AN_HOUR,
    "hour_a_day": 24,
    "day": _LONGEST_YEAR,
    "stay": 1,
    "piece": 10_000,
    None: 10_000,
}
"""By unit, what no programme can mean: more hours than a year has, more than one stay a year (R26.1)."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """The recipient, as the programme names them."""

    iin: str
    last_name: str
    first_name: str
    birth_date: date
    language: str
    place: str
    address: str
    middle_name: str = ""
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class NewRepresentative:
    """Who acts for the recipient, as the programme names them."""

    iin: str
    last_name: str
    first_name: str
    kind: Literal["parent", "guardian", "attorney"]
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class NewMeasure:
    """A line of the programme; hours or minutes in all or a day, a stay in days, goods by the piece."""

    id: str
    service: str
    valid_from: date
    valid_to: date
    classifier_code: str | None = None
    quantity: int | None = None
    unit: str | None = None

    @property
    def volume(self) -> Volume:
        """The measure's own volume in units of its service (minutes, days, pieces); empty when it names none."""
        if self.quantity is None or self.unit == "stay":
            return Volume()
        if (a_day := _MINUTES_A_DAY.get(self.unit or "")) is not None:
            return Volume(a_day=self.quantity * a_day)
        return Volume(quantity=self.quantity * _MINUTES.get(self.unit or "", 1))


@dataclass(frozen=True, slots=True)
class NewProgramme:
    """A programme with its person and measures, before it is kept."""

    number: str
    version: int
    valid_from: date
    valid_to: date
    person: NewPerson
    measures: tuple[NewMeasure, ...]
    representative: NewRepresentative | None = None


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field; never repeats what the field says."""

    path: str
    message: str
    point: str
    figures: Mapping[str, Any]


@law("R34.1")
def check_programme(new: NewProgramme, today: date) -> list[FieldProblem]:
    """Everything that keeps this programme from being taken, all at once; nothing when it is right."""
    problems = [*_of_period(new), *_of_person(new.person, today), *_of_representative(new)]
    if not new.measures:
        problems.append(_problem("programme.measures", N_("The programme has no measures.")))
    seen: set[str] = set()
    for at, measure in enumerate(new.measures):
        path = f"programme.measures.{at}"
        if measure.id in seen:
            problems.append(_problem(f"{path}.id", N_("Another measure of this programme has the same id.")))
        seen.add(measure.id)
        problems.extend(_of_measure(measure, new, path))
    return problems


@law("R34.1", "RI.2")
def period_within(measure: NewMeasure, programme: NewProgramme) -> tuple[date, date]:
    """A measure's days, cut to those of its programme. Meant for a programme without problems."""
    return max(measure.valid_from, programme.valid_from), min(measure.valid_to, programme.valid_to)


def _of_period(new: NewProgramme) -> Iterator[FieldProblem]:
    if not new.number.strip():
        yield _problem("programme.number", N_("The number of the programme is missing."))
    if new.version < 1:
        yield _problem("programme.version", N_("Versions count from 1."))
    yield from _of_days(new.valid_from, new.valid_to, "programme")
    if new.valid_from < new.person.birth_date:
        yield _problem("programme.valid_from", N_("The programme begins before its person was born."))


def _of_days(valid_from: date, valid_to: date, path: str) -> Iterator[FieldProblem]:
    if valid_to < valid_from:
        yield _problem(f"{path}.valid_to", N_("The last day is before the first day."))
    for name, day in (("valid_from", valid_from), ("valid_to", valid_to)):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            yield _problem(
                f"{path}.{name}",
                N_("The year has to be between %(first_year)s and %(last_year)s."),
                first_year=FIRST_YEAR,
                last_year=LAST_YEAR,
            )


def _of_person(person: NewPerson, today: date) -> Iterator[FieldProblem]:
    path = "programme.person"
    yield from _of_name(person.iin, person.last_name, person.first_name, person.phone, path)
    if not today.year - OLDEST_YEARS <= person.birth_date.year or person.birth_date > today:
        yield _problem(f"{path}.birth_date", N_("Nobody living was born on this day."))
    if person.language not in {"kk", "ru"}:
        yield _problem(f"{path}.language", N_("The language has to be kk or ru."))
    if not person.place.strip():
        yield _problem(f"{path}.place", N_("The code of the district or city is missing."))


def _of_name(iin: str, last_name: str, first_name: str, phone: str | None, path: str) -> Iterator[FieldProblem]:
    if not is_iin(iin):
        yield _problem(
            f"{path}.iin", N_("This is not an IIN: twelve digits, a real birth date, a check digit."), "R3.2"
        )
    if not last_name.strip():
        yield _problem(f"{path}.last_name", N_("The last name is missing."))
    if not first_name.strip():
        yield _problem(f"{path}.first_name", N_("The first name is missing."))
    if phone is not None and normal_phone(phone) is None:
        yield _problem(f"{path}.phone", N_("This is not a phone number of Kazakhstan."), "R34.2")


def _of_representative(new: NewProgramme) -> Iterator[FieldProblem]:
    if (who := new.representative) is None:
        return
    path = "programme.representative"
    yield from _of_name(who.iin, who.last_name, who.first_name, who.phone, path)
    if who.iin == new.person.iin:
        yield _problem(f"{path}.iin", N_("Nobody represents themselves."))


def _of_measure(measure: NewMeasure, programme: NewProgramme, path: str) -> Iterator[FieldProblem]:
    yield from _of_days(measure.valid_from, measure.valid_to, path)
    if measure.valid_from > programme.valid_to or measure.valid_to < programme.valid_from:
        yield _problem(f"{path}.valid_from", N_("The measure lies outside the days of its programme."))
    if measure.service not in set(Service):
        yield _problem(f"{path}.service", N_("This service is not known."))
        return
    code = CLASSIFIER_CODE.get(Service(measure.service))
    if code is not None and measure.classifier_code not in {None, code}:
        yield _problem(f"{path}.classifier_code", N_("The code of this service is %(code)s."), code=code)
    yield from _of_quantity(measure, path)


def _of_quantity(measure: NewMeasure, path: str) -> Iterator[FieldProblem]:
    if measure.quantity is not None and measure.quantity <= 0:
        yield _problem(f"{path}.quantity", N_("The quantity has to be more than nought."))
    if measure.quantity is None and measure.unit is None:
        return
    if measure.quantity is None:
        yield _problem(f"{path}.quantity", N_("A unit needs a quantity."))
    units = _units(Service(measure.service))
    if measure.unit not in units and not (measure.unit is None and measure.service in GOODS):
        yield _problem(f"{path}.unit", N_("The unit has to be one of: %(units)s."), units=", ".join(sorted(units)))
    elif measure.quantity is not None and measure.quantity > (most := _MOST[measure.unit]):
        yield _problem(f"{path}.quantity", N_("The quantity has to be at most %(most)s in this unit."), most=most)


def _units(service: Service) -> set[str]:
    if service in HOURLY:
        return {*_MINUTES, *(_MINUTES_A_DAY if service is Service.ASSISTANT else ())}
    return {"piece"} if service in GOODS else {"day", "stay"}


def _problem(path: str, message: str, point: str = "R34.1", **figures: Any) -> FieldProblem:
    return FieldProblem(path, message, point, figures)
