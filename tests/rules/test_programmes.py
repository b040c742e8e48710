"""What must be right in a programme before it is kept."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.entitlements import Volume
from portal.rules.programmes import (
    NewMeasure,
    NewPerson,
    NewProgramme,
    NewRepresentative,
    check_programme,
    period_within,
)

from .builders import day

TODAY = day("2026-11-22")
PERSON = NewPerson(
    iin="900101350122",
    last_name="Серікбаева",
    first_name="Айгүл",
    birth_date=day("1990-01-01"),
    language="kk",
    place="711110000",
    address="Астана, Тұран 1",
    phone="8 701 234 56 78",
)
MOTHER = NewRepresentative(iin="010501450008", last_name="Серікбаева", first_name="Гүлнар", kind="parent")
MEASURE = NewMeasure("m1", "assistant", day("2026-03-01"), day("2028-02-29"), "701", 480, "minute_a_day")
PROGRAMME = NewProgramme("26-0001", 1, day("2026-03-01"), day("2028-02-29"), PERSON, (MEASURE,))


def problems(new: NewProgramme) -> list[str]:
    """Where something is wrong."""
    return [problem.path.removeprefix("programme.") for problem in check_programme(new, TODAY)]


def with_measure(**changes: Any) -> NewProgramme:
    """A programme whose one measure is changed."""
    return replace(PROGRAMME, measures=(replace(MEASURE, **changes),))


def with_person(**changes: Any) -> NewProgramme:
    """A programme whose person is changed."""
    return replace(PROGRAMME, person=replace(PERSON, **changes))


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    "new",
    [
        PROGRAMME,
        replace(PROGRAMME, representative=MOTHER),
        with_person(phone=None),
        with_measure(quantity=None, unit=None, classifier_code=None),
        with_measure(quantity=90, unit="hour"),
        with_measure(service="interpreter", classifier_code="702", quantity=60, unit="hour"),
        with_measure(service="wheelchair", classifier_code="501", quantity=1, unit="piece"),
        with_measure(valid_from=day("2025-01-01"), valid_to=day("2030-01-01")),
        replace(PROGRAMME, valid_to=day("2026-03-01")),
        with_measure(valid_from=day("2028-02-29")),
        with_measure(valid_from=day("2026-02-01"), valid_to=day("2026-03-01")),
        replace(PROGRAMME, valid_from=day("2000-01-01"), valid_to=day("2150-12-31")),
        with_person(birth_date=day("1896-01-01")),
        replace(with_person(birth_date=TODAY), valid_from=TODAY),
    ],
    ids=[
        "right",
        "with a parent",
        "no phone",
        "no volume",
        "hours in all",
        "interpreter",
        "a thing",
        "cut to the programme",
        "one day",
        "on the last day",
        "to the first day",
        "the longest",
        "the oldest",
        "born today",
    ],
)
def test_may_be_kept(new: NewProgramme) -> None:
    assert problems(new) == []


@pytest.mark.law("R34.1", "R3.2", "R34.2")
@pytest.mark.parametrize(
    ("new", "paths"),
    [
        (replace(PROGRAMME, number=" "), ["number"]),
        (replace(PROGRAMME, version=0), ["version"]),
        (replace(PROGRAMME, valid_to=day("2026-02-28")), ["valid_to", "measures.0.valid_from"]),
        (replace(PROGRAMME, valid_from=day("1999-12-31")), ["valid_from"]),
        (replace(PROGRAMME, valid_to=day("2999-12-31")), ["valid_to"]),
        (replace(PROGRAMME, measures=()), ["measures"]),
        (replace(PROGRAMME, measures=(MEASURE, MEASURE)), ["measures.1.id"]),
        (with_person(iin="900101350123"), ["person.iin"]),
        (with_person(last_name=""), ["person.last_name"]),
        (with_person(first_name=" "), ["person.first_name"]),
        (with_person(birth_date=day("2026-11-23")), ["valid_from", "person.birth_date"]),
        (with_person(birth_date=day("1890-01-01")), ["person.birth_date"]),
        (with_person(birth_date=day("2026-06-01")), ["valid_from"]),
        (with_person(language="en"), ["person.language"]),
        (with_person(place=""), ["person.place"]),
        (with_person(phone="+79161234567"), ["person.phone"]),
        (replace(PROGRAMME, representative=replace(MOTHER, iin="0")), ["representative.iin"]),
        (replace(PROGRAMME, representative=replace(MOTHER, iin=PERSON.iin)), ["representative.iin"]),
        (replace(PROGRAMME, representative=replace(MOTHER, phone="1")), ["representative.phone"]),
        (with_measure(service="massage"), ["measures.0.service"]),
        (with_measure(classifier_code="702"), ["measures.0.classifier_code"]),
        (with_measure(quantity=0), ["measures.0.quantity"]),
        (with_measure(quantity=None), ["measures.0.quantity"]),
        (with_measure(unit=None), ["measures.0.unit"]),
        (with_measure(unit="piece"), ["measures.0.unit"]),
        (with_measure(quantity=8785, unit="hour"), ["measures.0.quantity"]),
        (with_measure(quantity=25, unit="hour_a_day"), ["measures.0.quantity"]),
        (with_measure(service="sanatorium", classifier_code="703"), ["measures.0.unit"]),
        (with_measure(service="sanatorium", classifier_code="703", quantity=367, unit="day"), ["measures.0.quantity"]),
        (with_measure(service="sanatorium", classifier_code="703", quantity=2, unit="stay"), ["measures.0.quantity"]),
        (
            with_measure(service="sanatorium", classifier_code="701", quantity=14, unit="day"),
            ["measures.0.classifier_code"],
        ),
        (with_measure(service="wheelchair", classifier_code="501302"), ["measures.0.unit"]),
        (
            with_measure(service="wheelchair", classifier_code="501302", quantity=10001, unit=None),
            ["measures.0.quantity"],
        ),
        (with_measure(service="interpreter", classifier_code=None), ["measures.0.unit"]),
        (with_measure(valid_to=day("2026-02-28")), ["measures.0.valid_to", "measures.0.valid_from"]),
        (with_measure(valid_from=day("2028-03-01"), valid_to=day("2028-04-01")), ["measures.0.valid_from"]),
    ],
)
def test_names_the_field_that_is_wrong(new: NewProgramme, paths: list[str]) -> None:
    assert problems(new) == paths


@pytest.mark.law("R34.1")
def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_repeated() -> None:
    new = replace(
        with_person(iin="123", phone="secret", language="xx"), number="", measures=(replace(MEASURE, service="secret"),)
    )
    found = check_programme(new, TODAY)
    assert [problem.path for problem in found] == [
        "programme.number",
        "programme.person.iin",
        "programme.person.phone",
        "programme.person.language",
        "programme.measures.0.service",
    ]
    assert "secret" not in repr(found)
    assert "123" not in repr(found)


@pytest.mark.law("R34.1")
@given(st.text(max_size=15), st.text(max_size=15), st.integers(), st.text(max_size=15))
def test_any_text_gives_problems_and_no_fault(iin: str, phone: str, quantity: int, unit: str) -> None:
    new = replace(with_measure(quantity=quantity, unit=unit), person=replace(PERSON, iin=iin, phone=phone))
    for problem in check_programme(new, TODAY):
        assert problem.message % problem.figures


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("quantity", "unit", "in_all", "a_day"),
    [
        (60, "hour", 3600, None),
        (90, "minute", 90, None),
        (8, "hour_a_day", None, 480),
        (None, None, None, None),
        (10, "day", 10, None),
        (1, "stay", None, None),
        (2, "piece", 2, None),
        (2, None, 2, None),
    ],
)
def test_the_volume_in_units_of_the_service(
    quantity: int | None, unit: str | None, in_all: int | None, a_day: int | None
) -> None:
    measure = replace(MEASURE, quantity=quantity, unit=unit)
    assert measure.volume == Volume(in_all, a_day)


@pytest.mark.law("R34.1", "RI.2")
@pytest.mark.parametrize(
    ("valid_from", "valid_to", "kept"),
    [
        ("2025-01-01", "2030-01-01", ("2026-03-01", "2028-02-29")),
        ("2026-06-01", "2026-07-01", ("2026-06-01", "2026-07-01")),
    ],
    ids=["cut on both sides", "inside"],
)
def test_a_measure_is_cut_to_its_programme(valid_from: str, valid_to: str, kept: tuple[str, str]) -> None:
    measure = replace(MEASURE, valid_from=day(valid_from), valid_to=day(valid_to))
    assert period_within(measure, PROGRAMME) == (day(kept[0]), day(kept[1]))
