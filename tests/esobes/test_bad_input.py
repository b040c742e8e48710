"""Messages that cannot be right: each has its own answer, and leaves no trace but one row of the journal."""

import json
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from sqlalchemy import func, select

from portal import db
from portal.models.audit import AuditRow
from portal.models.base import Base
from portal.models.person import Person
from tests.esobes.conftest import Door, changed, message_id, programme
from tests.factories import new_iin

PROBLEM = "application/problem+json"
TODAY = "2026-03-02"
NEVER_COUNTED = {"audit", "journal_heads", "alembic_version"}


def counted() -> dict[str, int]:
    """How many rows each table has, but for the journal's."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in NEVER_COUNTED]
    with db.reading() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def last_row() -> AuditRow:
    with db.reading() as session:
        return session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(1)).one()


def rows_written() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditRow)) or 0


def refused(door: Door, path: str, message: dict[str, Any], status: int) -> dict[str, Any]:
    """The problem that answers a message; nothing is kept but a row that names nobody."""
    before, written = counted(), rows_written()
    answer = door.post(path, message)
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM), answer.text
    assert counted() == before
    assert rows_written() == written + 1
    row = last_row()
    assert (row.action, row.after, row.for_person_id) == ("refuse", str(status), None)
    assert row.thing_id == uuid5(NAMESPACE_URL, message["message_id"])
    body: dict[str, Any] = answer.get_json()
    assert str(message.get("iin") or message["programme"]["person"]["iin"]) not in str(row.details) + str(body)
    return body


def measure(**given: Any) -> dict[str, Any]:
    return {"id": "1", "service": "assistant", "valid_from": "2026-01-01", "valid_to": "2027-12-31", **given}


@pytest.mark.law("R34.1", "RI.6")
@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"valid_from": "2026-02-30"}, "valid_from", ""),
        ({"valid_to": "2025-12-31"}, "valid_to", "before the first day"),
        ({"service": "massage"}, "service", ""),
        ({"quantity": -1, "unit": "hour"}, "quantity", ""),
        ({"quantity": 9000, "unit": "hour"}, "quantity", "at most 8784"),
        ({"quantity": 25, "unit": "hour_a_day"}, "quantity", "at most 24"),
        ({"service": "sanatorium", "quantity": 400, "unit": "day"}, "quantity", "at most 366"),
        ({"service": "sanatorium", "quantity": 2, "unit": "stay"}, "quantity", "at most 1 "),
        ({"service": "sanatorium", "quantity": 2, "unit": "hour"}, "unit", "day, stay"),
        ({"service": "wheelchair"}, "classifier_code", "need the code"),
        ({"service": "wheelchair", "classifier_code": "50"}, "classifier_code", "not the code of an item"),
        ({"service": "wheelchair", "classifier_code": "401"}, "classifier_code", "another service"),
        ({"service": "technical_aid", "classifier_code": "401", "quantity": 51}, "quantity", "at most 50"),
        ({"service": "wheelchair", "classifier_code": "501302", "quantity": 2}, "quantity", "one wheelchair"),
    ],
)
def test_a_programme_with_a_wrong_measure(door: Door, given: dict[str, Any], field: str, says: str) -> None:
    body = refused(door, "/programmes", programme(measures=[measure(**given)]), 422)
    (error,) = [one for one in body["errors"] if one["field"] == f"programme.measures.0.{field}"]
    assert says in error["message"]


@pytest.mark.law("RM.2")
def test_chairs_that_do_not_go_together(door: Door) -> None:
    chairs = [
        measure(id="1", service="wheelchair", classifier_code="501302"),
        measure(id="2", service="wheelchair", classifier_code="502301"),
    ]
    (error,) = refused(door, "/programmes", programme(measures=chairs), 422)["errors"]
    assert (error["field"], error["rule"]) == ("programme.measures.1.classifier_code", "RM.2")
    assert last_row().details == {"points": ["RM.2"], "fields": ["programme.measures.1.classifier_code"]}


@pytest.mark.law("R34.1")
def test_a_version_older_than_the_one_held(door: Door) -> None:
    message = door.programme(version=3)
    old = changed(message, version=2) | {"message_id": message_id()}
    body = refused(door, "/programmes", old, 409)
    assert (body["rule"], body["detail"]) == ("R34.1", "The portal already holds version 3 of this programme.")
    assert last_row().details == {"points": ["R34.1"], "fields": []}


@pytest.mark.law("R34.1")
def test_a_number_that_is_held_for_another_person(door: Door) -> None:
    number = door.programme()["programme"]["number"]
    (error,) = refused(door, "/programmes", programme(number=number, version=2), 422)["errors"]
    assert error["field"] == "programme.person.iin"


def event(iin: str, kind: str, on: str = TODAY, **given: Any) -> dict[str, Any]:
    return {"message_id": message_id(), "iin": iin, "kind": kind, "on": on, **given}


@pytest.mark.law("RI.4")
def test_an_event_for_nobody_known(door: Door) -> None:
    assert refused(door, "/events", event(new_iin(), "death"), 404)["title"] == "Unknown person"


@pytest.mark.law("RI.4")
@pytest.mark.parametrize(
    ("on", "says"),
    [("2023-12-31", "before the person"), ("2026-03-03", "still to come"), ("2020-12-31", "before there")],
)
def test_an_event_on_an_impossible_day(door: Door, on: str, says: str) -> None:
    iin = door.programme(person={"birth_date": "2024-01-01"})["programme"]["person"]["iin"]
    (error,) = refused(door, "/events", event(iin, "death", on), 422)["errors"]
    assert (error["field"], says in error["message"]) == ("on", True)


def dead(door: Door, iin: str, _number: str) -> list[dict[str, Any]]:
    return [event(iin, "death", "2026-03-01"), event(iin, "death", "2026-03-01"), event(iin, "death", "2026-03-01")]


def gone(door: Door, iin: str, _number: str) -> list[dict[str, Any]]:
    return [event(iin, "departure", "2026-03-01"), event(iin, "departure", "2026-03-01")]


def telling(door: Door, iin: str, _number: str) -> list[dict[str, Any]]:
    first = event(iin, "phone_changed", phone="8 701 999 88 77")
    return [first, event(iin, "phone_changed", phone="+7 (701) 999-88-77")]


def closing(door: Door, iin: str, number: str) -> list[dict[str, Any]]:
    return [event(iin, "programme_closed", programme_number=number) for _ in range(2)]


@pytest.mark.law("RI.4", "R34.2")
@pytest.mark.parametrize("words", [dead, gone, telling, closing])
def test_the_same_event_in_other_words(door: Door, words: Callable[..., list[dict[str, Any]]]) -> None:
    said = door.programme()["programme"]
    first, *again = words(door, said["person"]["iin"], said["number"])
    assert door.post("/events", first).status_code == 202
    for message in again:
        assert "already" in refused(door, "/events", message, 409)["detail"]


@pytest.mark.law("RI.4")
def test_a_return_without_a_departure(door: Door) -> None:
    iin = door.programme()["programme"]["person"]["iin"]
    assert "No departure" in refused(door, "/events", event(iin, "return"), 409)["detail"]


@pytest.mark.law("RI.4")
def test_a_return_before_the_departure(door: Door) -> None:
    iin = door.programme()["programme"]["person"]["iin"]
    assert door.event(iin, "departure", "2026-03-01").status_code == 202
    body = refused(door, "/events", event(iin, "return", "2026-02-28"), 409)
    assert (body["rule"], "cannot be before" in body["detail"]) == ("RI.4", True)


@pytest.mark.law("RI.4")
def test_a_death_on_an_earlier_day_is_news(door: Door) -> None:
    iin = door.programme()["programme"]["person"]["iin"]
    for on in ("2026-03-02", "2026-03-01"):
        assert door.post("/events", event(iin, "death", on)).status_code == 202
    with db.reading() as session:
        assert str(session.scalars(select(Person.died_on).where(Person.iin == iin)).one()) == "2026-03-01"


@pytest.mark.law("RI.6")
def test_a_message_id_that_is_no_text_is_no_fault(door: Door) -> None:
    answer = door.post("/events", b'{"message_id": "\\ud800", "iin": "850315400124"}')
    assert (answer.status_code, answer.mimetype) == (400, PROBLEM), answer.text
    assert (last_row().action, last_row().after) == ("refuse", "400")


@pytest.mark.law("RI.6")
@pytest.mark.parametrize("name", ["version", "iin", "message_id"])
def test_a_name_that_stands_twice(door: Door, name: str) -> None:
    before = counted()
    twice = json.dumps(programme()).encode().replace(f'"{name}":'.encode(), f'"{name}": "1", "{name}":'.encode(), 1)
    answer = door.post("/programmes", twice)
    assert (answer.status_code, "twice" in answer.get_json()["detail"]) == (400, True)
    assert (counted(), last_row().after) == (before, "400")


@pytest.mark.parametrize("sign", ["\ufffd", "\u00ad", "\u061c", "\u200b", "\u202e", "\x00", "\x1b"])
def test_a_name_with_signs_that_nobody_sees_or_could_read(door: Door, sign: str) -> None:
    body = refused(door, "/programmes", programme(person={"last_name": f"Әлі{sign}ева"}), 422)
    assert [error["field"] for error in body["errors"]] == ["programme.person.last_name"]


def test_a_body_that_is_too_large_says_how_much_may_come(door: Door) -> None:
    answer = door.post("/programmes", b" " * 1_100_000)
    assert (answer.status_code, answer.mimetype) == (413, PROBLEM)
    assert "at most a megabyte" in answer.get_json()["detail"]
