"""Programmes as they arrive in tests: `NewProgramme` values that are right, but for what a test is about."""

from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from portal.rules.programmes import NewMeasure, NewPerson, NewProgramme, NewRepresentative
from tests.factories import PLACE, new_iin

_numbers = count(1)
YEAR_END = date(2026, 12, 31)


def a_person(**given: Any) -> NewPerson:
    """A recipient with a phone."""
    number = next(_numbers)
    person = NewPerson(
        iin=new_iin(),
        last_name=f"Келген{number}",
        first_name="Айгүл",
        middle_name="Маратқызы",
        birth_date=date(1980, 5, 17),
        language="kk",
        place=PLACE,
        address="Абай көшесі, 1",
        phone="8 (701) 123-45-67",
    )
    return replace(person, **given)


def a_representative(**given: Any) -> NewRepresentative:
    """A mother."""
    mother = NewRepresentative(
        iin=new_iin(date(1970, 2, 3)), last_name="Анасы", first_name="Гүлнар", kind="parent", phone="+77017654321"
    )
    return replace(mother, **given)


def a_measure(number: str = "1", service: str = "assistant", **given: Any) -> NewMeasure:
    """A measure for two years."""
    measure = NewMeasure(id=number, service=service, valid_from=date(2026, 1, 1), valid_to=date(2027, 12, 31))
    return replace(measure, **given)


def a_programme(*measures: NewMeasure, **given: Any) -> NewProgramme:
    """A programme of two years with an assistant."""
    programme = NewProgramme(
        number=f"IRP-{next(_numbers)}",
        version=1,
        valid_from=date(2026, 1, 1),
        valid_to=date(2027, 12, 31),
        person=given.pop("person", None) or a_person(),
        measures=measures or (a_measure(),),
    )
    return replace(programme, **given)


def newer(old: NewProgramme, *measures: NewMeasure, **given: Any) -> NewProgramme:
    """The next version of a programme."""
    new: dict[str, Any] = {"version": old.version + 1, "measures": measures or old.measures}
    return replace(old, **new | given)
