"""The contract of E-Sobes' door, as another machine sees it."""

import json
import threading
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from portal import db
from portal.models.audit import AuditRow
from portal.models.entitlement import Entitlement
from portal.models.message import InboundMessage, SmsMessage
from portal.models.person import Person
from portal.models.person_event import PersonEvent
from portal.models.programme import Programme
from portal.operations import programmes
from portal.rules.order_reasons import CloseReason
from portal.rules.roles import Role
from tests.esobes.conftest import API, TOKENS, Door, a_person, changed, message_id, programme, rows
from tests.factories import new_iin
from tests.operations.balances import check_books

PROBLEM = "application/problem+json"
TODAY = "2026-03-02"
MISSING = object()


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem that was answered."""
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM), answer.text
    body: dict[str, Any] = answer.get_json()
    assert body["status"] == status and body["title"]
    return body


def fields(answer: TestResponse) -> set[str]:
    """The fields that were refused."""
    return {error["field"] for error in problem(answer, 422)["errors"]}


def altered(message: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A message with one field changed, or left out."""
    other = deepcopy(message)
    *way, name = path.split(".")
    part: Any = other
    for step in way:
        part = part[int(step)] if step.isdecimal() else part[step]
    if value is MISSING:
        del part[name]
    else:
        part[name] = value
    return other


class TestProgrammes:
    """POST /programmes."""

    @pytest.mark.law("R34.1")
    def test_a_programme_is_kept_and_said_what_it_gives(self, door: Door) -> None:
        six: list[dict[str, Any]] = [
            {"id": "A", "service": "assistant", "valid_from": "2026-01-01", "valid_to": "2027-12-31"},
            {"id": "B", "service": "interpreter", "valid_from": "2026-01-01", "valid_to": "2027-12-31"},
            {"id": "C", "service": "wheelchair", "classifier_code": "501302"},
            {"id": "D", "service": "sanatorium", "quantity": 1, "unit": "stay"},
            {"id": "E", "service": "technical_aid", "classifier_code": "6031001"},
            {"id": "F", "service": "prosthetics", "classifier_code": "211002", "quantity": 2, "unit": "piece"},
        ]
        six = [{"valid_from": "2026-01-01", "valid_to": "2027-12-31", **one} for one in six]
        message = programme(measures=six)
        answer = door.post("/programmes", message)
        assert (answer.status_code, answer.mimetype) == (201, "application/json")
        body = answer.get_json()
        (kept,) = rows(Programme, Programme.number == message["programme"]["number"])
        assert body["programme_id"] == str(kept.id)
        assert [(one["measure"], one["service"], one["quantity"], one["unit"]) for one in body["entitlements"]] == [
            ("A", "assistant", 480 * 305, "minute"),
            ("B", "interpreter", 3600, "minute"),
            ("C", "wheelchair", 1, "piece"),
            ("D", "sanatorium", 14, "day"),
            ("E", "technical_aid", 1460, "piece"),
            ("F", "prosthetics", 2, "piece"),
        ]
        first = body["entitlements"][0]
        assert (first["starts_on"], first["ends_on"], first["year"]) == (TODAY, "2026-12-31", 2026)

    @pytest.mark.law("R34.2", "R34.4")
    @pytest.mark.parametrize(("phone", "owed"), [("+7 701 555 44 33", 1), (MISSING, 0), (None, 0)])
    def test_an_sms_is_owed_when_a_phone_is_known(self, door: Door, phone: Any, owed: int) -> None:
        message = altered(programme(), "programme.person.phone", phone)
        assert door.post("/programmes", message).status_code == 201
        iin = message["programme"]["person"]["iin"]
        to_her = select(Person.id).where(Person.iin == iin).scalar_subquery()
        assert len(rows(SmsMessage, SmsMessage.person_id == to_her)) == owed

    def test_everything_that_may_be_left_out_may_be_left_out(self, door: Door) -> None:
        message = programme()
        for name in ("middle_name", "phone"):
            del message["programme"]["person"][name]
        assert door.post("/programmes", message).status_code == 201

    def test_everything_that_may_be_said(self, door: Door) -> None:
        measure = {
            "id": "1",
            "service": "assistant",
            "classifier_code": "701",
            "quantity": 4,
            "unit": "hour_a_day",
            "valid_from": "2026-01-01",
            "valid_to": "2026-12-31",
        }
        mother = {"iin": new_iin(), "last_name": "Анасы", "first_name": "Гүл", "kind": "parent", "phone": "87017654321"}
        answer = door.post("/programmes", programme(measures=[measure], representative=mother))
        assert answer.get_json()["entitlements"][0]["quantity"] == 240 * 305

    def test_text_is_kept_in_one_spelling(self, door: Door) -> None:
        message = door.programme(person={"first_name": "  Айги\u0306н ", "address": " "})
        (person,) = rows(Person, Person.iin == message["programme"]["person"]["iin"])
        assert (person.first_name, person.address) == ("Айгйн", "")

    @pytest.mark.law("R34.1")
    def test_a_newer_version_answers_in_the_same_way(self, door: Door) -> None:
        message = door.programme(measures=[_interpreter(20)])
        newer = changed(message, version=2, measures=[_interpreter(30)]) | {"message_id": message_id()}
        answer = door.post("/programmes", newer)
        assert answer.status_code == 201
        assert [one["quantity"] for one in answer.get_json()["entitlements"]] == [1800]

    @pytest.mark.law("R34.1")
    @pytest.mark.parametrize("version", [1, 2])
    def test_a_version_that_is_not_newer_is_refused(self, door: Door, version: int) -> None:
        message = door.programme(version=2)
        again = changed(message, version=version) | {"message_id": message_id()}
        body = problem(door.post("/programmes", again), 409)
        assert (body["rule"], body["detail"]) == ("R34.1", "The portal already holds version 2 of this programme.")

    def test_it_is_in_the_journal(self, door: Door) -> None:
        message = door.programme()
        (kept,) = rows(Programme, Programme.number == message["programme"]["number"])
        (row,) = rows(AuditRow, AuditRow.thing_id == kept.id)
        assert (row.action, row.role, row.for_person_id) == ("receive", Role.ESOBES, kept.person_id)


class TestFields:
    """422: all field errors at once, and no personal data echoed."""

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("message_id", MISSING),
            ("message_id", ""),
            ("message_id", "a b"),
            ("message_id", 7),
            ("programme", MISSING),
            ("programme", []),
            ("programme.number", "№ 1"),
            ("programme.version", 0),
            ("programme.version", "1"),
            ("programme.version", True),
            ("programme.version", 1.5),
            ("programme.version", None),
            ("programme.valid_from", "2026-02-30"),
            ("programme.valid_from", "01.01.2026"),
            ("programme.valid_from", 1_767_225_600),
            ("programme.valid_from", "2026-01-01T00:00:00"),
            ("programme.valid_from", "٢٠٢٦-٠١-٠١"),
            ("programme.valid_to", "2025-12-31"),
            ("programme.valid_to", "9999-12-31"),
            ("programme.person", None),
            ("programme.person.iin", "850315400125"),
            ("programme.person.iin", "٨٥٠٣١٥٤٠٠١٢٤"),
            ("programme.person.iin", 850315400124),
            ("programme.person.last_name", ""),
            ("programme.person.last_name", "   "),
            ("programme.person.last_name", "<b>"),
            ("programme.person.last_name", "a\u0000b"),
            ("programme.person.last_name", "a\u202eb"),
            ("programme.person.first_name", "ә" * 101),
            ("programme.person.birth_date", "2026-03-03"),
            ("programme.person.birth_date", "1850-01-01"),
            ("programme.person.language", "en"),
            ("programme.person.phone", "123"),
            ("programme.person.phone", "call me"),
            ("programme.person.place", "430000000"),
            ("programme.person.place", "000000000"),
            ("programme.person.address", "ә" * 301),
            ("programme.person.address", None),
            ("programme.measures", []),
            ("programme.measures.0.id", "a b"),
            ("programme.measures.0.service", "massage"),
            ("programme.measures.0.classifier_code", "702"),
            ("programme.measures.0.quantity", 0),
            ("programme.measures.0.quantity", "60"),
            ("programme.measures.0.unit", "fortnight"),
            ("programme.measures.0.valid_to", "2025-12-31"),
        ],
    )
    def test_a_field_that_is_not_right_is_named(self, door: Door, path: str, value: Any) -> None:
        message = altered(programme(), path, value)
        assert path in fields(door.post("/programmes", message))
        assert rows(InboundMessage, InboundMessage.message_id == str(message.get("message_id"))) == []

    def test_all_of_them_at_once_shape_and_rules_alike(self, door: Door) -> None:
        measures = [
            {"id": "1", "service": "assistant", "valid_from": "2026-06-01", "valid_to": "2026-05-01"},
            {"id": "1", "service": "interpreter", "valid_from": "2030-01-01", "valid_to": "2030-12-31"},
            {"id": "3", "service": "interpreter", "unit": "piece", "valid_from": "soon", "valid_to": "2026-12-31"},
            {"id": "4", "service": "dance", "valid_from": "2026-01-01", "valid_to": "2026-12-31", "colour": "red"},
        ]
        person = {"iin": "850315400125", "language": "en", "place": "999999999", "phone": "7", "birth_date": "x"}
        mother = {"iin": "1", "last_name": "", "first_name": "Гүл", "kind": "aunt"}
        message = programme(person=person, measures=measures, representative=mother, version="one")
        assert fields(door.post("/programmes", message)) == {
            "programme.version",
            "programme.person.iin",
            "programme.person.birth_date",
            "programme.person.language",
            "programme.person.phone",
            "programme.person.place",
            "programme.representative.iin",
            "programme.representative.last_name",
            "programme.representative.kind",
            "programme.measures.0.valid_to",
            "programme.measures.1.id",
            "programme.measures.1.valid_from",
            "programme.measures.2.valid_from",
            "programme.measures.2.quantity",
            "programme.measures.2.unit",
            "programme.measures.3.service",
            "programme.measures.3.colour",
        }

    def test_a_field_is_named_once(self, door: Door) -> None:
        answer = door.post("/programmes", altered(programme(), "programme.person.iin", "12"))
        assert [one["field"] for one in answer.get_json()["errors"]] == ["programme.person.iin"]

    @pytest.mark.parametrize(
        "path",
        [
            "programme.person.iin",
            "programme.person.last_name",
            "programme.person.address",
            "programme.person.phone",
            "programme.person.birth_date",
            "programme.number",
            "programme.measures.0.id",
            "message_id",
        ],
    )
    @pytest.mark.parametrize("value", ["Құпиясы<>850315400124", {"Құпиясы": "850315400124"}, ["850315400124"]])
    def test_what_was_sent_is_never_quoted(self, door: Door, path: str, value: Any) -> None:
        message = altered(programme(), path, value)
        answer = door.post("/programmes", message)
        assert answer.status_code == 422
        sent = message["programme"]["person"]
        for secret in ("Құпиясы", "850315400124", sent["iin"], sent["last_name"], sent["address"]):
            assert not isinstance(secret, str) or secret not in answer.text

    def test_not_even_the_name_of_a_field_that_could_be_a_persons(self, door: Door) -> None:
        answer = door.post("/programmes", altered(programme(), "programme.person.850315400124 Сейтқали", "x"))
        assert fields(answer) == {"programme.person.?"}

    def test_each_error_says_what_to_do_and_which_rule(self, door: Door) -> None:
        answer = door.post("/programmes", altered(programme(), "programme.valid_to", "1999-12-31"))
        errors = answer.get_json()["errors"]
        assert all(one["message"] and one["rule"] == "R34.1" for one in errors)
        assert any("between 2000 and 2150" in one["message"] for one in errors)


class TestMessages:
    """The message itself: its form, its id."""

    @pytest.mark.parametrize("path", ["/programmes", "/events"])
    @pytest.mark.parametrize("body", [b"", b"{", b"[1,", b"\xff\xfe", b'{"a": 1} x', b"\xef\xbb\xbf{}", b"{'a': 1}"])
    def test_what_is_no_json_is_400(self, door: Door, path: str, body: bytes) -> None:
        problem(door.post(path, body), 400)

    @pytest.mark.parametrize(
        "body", [b"null", b"7", b"[]", b'"text"', b"{}", b'{"programme": []}', b"[" * 500 + b"]" * 500]
    )
    @pytest.mark.parametrize("path", ["/programmes", "/events"])
    def test_json_of_another_kind_is_refused(self, door: Door, path: str, body: bytes) -> None:
        assert door.post(path, body).status_code in {400, 422}

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
    def test_what_does_not_say_that_it_is_json_is_415(self, door: Door, kind: str) -> None:
        problem(door.post("/programmes", programme(), **{"Content-Type": kind}), 415)

    def test_a_charset_may_be_said(self, door: Door) -> None:
        answer = door.post("/programmes", programme(), **{"Content-Type": "application/json; charset=utf-8"})
        assert answer.status_code == 201

    def test_too_much_is_413(self, door: Door) -> None:
        problem(door.post("/programmes", b'"' + b"a" * (1024 * 1024 + 1) + b'"'), 413)

    def test_the_same_again_gets_the_first_answer_and_changes_nothing(self, door: Door) -> None:
        message = programme()
        first = door.post("/programmes", message)
        again = door.post("/programmes", json.dumps(message, indent=3, ensure_ascii=False).encode())
        assert (again.status_code, again.data) == (first.status_code, first.data)
        (person,) = rows(Person, Person.iin == message["programme"]["person"]["iin"])
        assert len(rows(Programme, Programme.person_id == person.id)) == 1
        assert len(rows(SmsMessage, SmsMessage.person_id == person.id)) == 1

    def test_the_first_answer_stays_when_everything_has_changed(self, door: Door) -> None:
        message = programme(measures=[_interpreter(20)])
        first = door.post("/programmes", message)
        door.post("/programmes", changed(message, version=2) | {"message_id": message_id()})
        door.event(message["programme"]["person"]["iin"], "death", TODAY)
        assert door.post("/programmes", message).data == first.data

    @pytest.mark.parametrize(("path", "value"), [("programme.number", "other"), ("programme.person.first_name", "Ая")])
    def test_another_body_under_the_same_id_is_409(self, door: Door, path: str, value: str) -> None:
        message = door.programme()
        problem(door.post("/programmes", altered(message, path, value)), 409)
        assert rows(Programme, Programme.number == "other") == []

    def test_one_id_for_both_addresses_is_409(self, door: Door) -> None:
        message = door.programme()
        event = {
            "message_id": message["message_id"],
            "iin": message["programme"]["person"]["iin"],
            "kind": "return",
            "on": TODAY,
        }
        problem(door.post("/events", event), 409)

    def test_what_was_refused_may_be_sent_mended_under_its_id(self, door: Door) -> None:
        message = programme()
        wrong = altered(message, "programme.person.place", "999999999")
        problem(door.post("/programmes", wrong), 422)
        assert door.post("/programmes", message).status_code == 201


class TestAtOnce:
    """Real threads, each with its own connection."""

    def together(self, app: Flask, messages: list[dict[str, Any]]) -> list[TestResponse]:
        start = threading.Barrier(len(messages))
        answers: list[TestResponse] = []

        def send(message: dict[str, Any]) -> None:
            door = Door(app.test_client())
            start.wait(10)
            answers.append(door.post("/programmes", message))

        threads = [threading.Thread(target=send, args=(message,)) for message in messages]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return answers

    def test_the_same_message_is_one_programme_and_one_answer(self, app: Flask, door: Door) -> None:
        message = programme()
        answers = self.together(app, [message] * 5)
        assert [answer.status_code for answer in answers] == [201] * 5
        assert len({answer.data for answer in answers}) == 1
        assert len(rows(Programme, Programme.number == message["programme"]["number"])) == 1

    def test_one_programme_under_two_ids_is_one_programme(self, app: Flask, door: Door) -> None:
        message = programme()
        messages = [message | {"message_id": message_id()} for _ in range(5)]
        answers = self.together(app, messages)
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
        assert len(rows(Programme, Programme.number == message["programme"]["number"])) == 1

    def test_two_bodies_under_one_id_are_one_programme(self, app: Flask, door: Door) -> None:
        message = programme()
        answers = self.together(app, [changed(message, number=f"{message_id()}") for _ in range(4)])
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        held = rows(InboundMessage, InboundMessage.message_id == message["message_id"])
        assert len(held) == 1

    @pytest.mark.law("R34.1", "RI.2")
    def test_two_programmes_of_one_person_give_the_hours_once(self, app: Flask, door: Door) -> None:
        person = a_person()
        answers = self.together(app, [programme(person=person, measures=[_interpreter()]) for _ in range(4)])
        given = [len(answer.get_json()["entitlements"]) for answer in answers]
        assert sorted(given) == [0, 0, 0, 1]

    @pytest.mark.law("RI.1")
    def test_versions_and_events_of_one_person_neither_block_nor_lose_a_minute(self, app: Flask, door: Door) -> None:
        """Everybody takes the same locks in the same order: nobody is told to come again."""
        message = door.programme(measures=[_interpreter(30)])
        iin, number = message["programme"]["person"]["iin"], message["programme"]["number"]
        answers: list[int] = []

        def versions() -> None:
            mine = Door(app.test_client())
            for version in range(2, 8):
                new = changed(message, version=version, measures=[_interpreter(10 * version)])
                answers.append(mine.post("/programmes", new | {"message_id": message_id()}).status_code)

        def events(kind: str, **given: str) -> None:
            mine = Door(app.test_client())
            for _ in range(6):
                answers.append(mine.event(iin, kind, TODAY, **given).status_code)

        threads = [threading.Thread(target=versions)]
        for kind, given in (
            ("departure", {}),
            ("return", {}),
            ("programme_closed", {"programme_number": number}),
            ("phone_changed", {"phone": "+77010000009"}),
        ):
            threads.append(threading.Thread(target=events, args=(kind,), kwargs=given))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(answers) == 30
        assert set(answers) <= {201, 202, 409}
        (person,) = rows(Person, Person.iin == iin)
        with db.reading() as session:
            (entitlement,) = session.scalars(select(Entitlement).where(Entitlement.person_id == person.id)).all()
            check_books(session, entitlement)


class TestTokens:
    """Authorization: Bearer."""

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            "Bearer ",
            "Bearer wrong",
            "Bearer token-one,token-two",
            "Bearer token-on",
            "Bearer token-onee",
            "Basic token-one",
            "token-one",
            "Bearer кілт",
        ],
    )
    @pytest.mark.parametrize(("method", "path"), [("POST", "/programmes"), ("POST", "/events"), ("GET", "/executions")])
    def test_without_a_right_one_is_401(self, app: Flask, door: Door, header: str, method: str, path: str) -> None:
        wire = header.encode().decode("latin-1")
        answer = app.test_client().open(API + path, method=method, headers={"Authorization": wire} if wire else {})
        body = problem(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "wrong" not in json.dumps(body)

    @pytest.mark.parametrize("token", [*TOKENS, f" {TOKENS[0]} "])
    def test_each_of_several_lets_in(self, door: Door, token: str) -> None:
        assert door.get("/executions", token=token).status_code == 200

    def test_the_kind_may_be_written_small(self, app: Flask) -> None:
        answer = app.test_client().get(f"{API}/executions", headers={"Authorization": f"bearer {TOKENS[1]}"})
        assert answer.status_code == 200

    def test_a_session_is_no_token_and_a_token_no_session(self, app: Flask, door: Door) -> None:
        signed_in = app.test_client()
        with signed_in.session_transaction() as cookie:
            cookie["_user_id"] = "somebody"
        problem(signed_in.get(f"{API}/executions"), 401)
        assert "Set-Cookie" not in door.get("/executions").headers

    def test_without_tokens_nobody_comes_in(self, app: Flask, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        from tests.apps import make_config

        monkeypatch.setitem(app.config, "PORTAL", make_config("postgresql://"))
        problem(door.get("/executions", token=""), 401)


class TestEvents:
    """POST /events."""

    @pytest.fixture
    def iin(self, door: Door) -> str:
        iin: str = door.programme()["programme"]["person"]["iin"]
        return iin

    @pytest.mark.law("R83.6", "RI.4")
    @pytest.mark.parametrize("kind", ["death", "departure"])
    def test_what_ends_everything(self, door: Door, iin: str, kind: str) -> None:
        answer = door.event(iin, kind, "2026-03-01")
        assert (answer.status_code, answer.get_json()) == (202, {"accepted": True})
        (person,) = rows(Person, Person.iin == iin)
        assert (person.died_on if kind == "death" else person.departed_on) == date(2026, 3, 1)
        (entitlement,) = rows(Entitlement, Entitlement.person_id == person.id)
        assert (entitlement.close_reason, entitlement.available) == (kind, 0)

    def test_a_programme_that_is_closed(self, door: Door) -> None:
        message = door.programme()
        number, iin = message["programme"]["number"], message["programme"]["person"]["iin"]
        assert door.event(iin, "programme_closed", TODAY, programme_number=number).status_code == 202
        (kept,) = rows(Programme, Programme.number == number)
        assert kept.close_reason == CloseReason.PROGRAMME_CLOSED

    def test_a_return(self, door: Door, iin: str) -> None:
        door.event(iin, "departure", "2026-03-01")
        assert door.event(iin, "return", TODAY).status_code == 202
        (person,) = rows(Person, Person.iin == iin)
        assert person.departed_on is None

    @pytest.mark.law("R34.2", "R34.4", "RI.6")
    def test_a_new_phone_is_told_what_nobody_could_be_told(self, door: Door) -> None:
        iin = door.programme(person={"phone": None})["programme"]["person"]["iin"]
        (person,) = rows(Person, Person.iin == iin)
        assert rows(SmsMessage, SmsMessage.person_id == person.id) == []
        assert door.event(iin, "phone_changed", TODAY, phone="8 701 999 88 77").status_code == 202
        assert door.event(iin, "phone_changed", TODAY, phone="8 701 999 88 78").status_code == 202
        (sms,) = rows(SmsMessage, SmsMessage.person_id == person.id)
        assert sms.phone == "+77019998878", "what is still owed goes to the newest phone"
        journal = rows(AuditRow, AuditRow.thing_id == person.id)
        assert [(row.action, row.details) for row in journal] == [("change_phone", {})] * 2

    @pytest.mark.law("R34.2")
    def test_a_mothers_phone_brings_word_of_her_sons_programme(self, door: Door) -> None:
        mother = {"iin": new_iin(), "last_name": "Анасы", "first_name": "Гүл", "kind": "parent"}
        door.programme(person={"phone": None}, representative=mother)
        door.event(mother["iin"], "phone_changed", TODAY, phone="87013332211")
        (person,) = rows(Person, Person.iin == mother["iin"])
        assert [sms.phone for sms in rows(SmsMessage, SmsMessage.person_id == person.id)] == ["+77013332211"]

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"kind": "phone_changed"}, "phone"),
            ({"kind": "phone_changed", "phone": "12"}, "phone"),
            ({"kind": "programme_closed"}, "programme_number"),
            ({"kind": "programme_closed", "programme_number": "nobody-s"}, "programme_number"),
            ({"kind": "programme_closed", "programme_number": "a\u0000b"}, "programme_number"),
            ({"kind": "resurrection"}, "kind"),
            ({"on": "2026-03-03"}, "on"),
            ({"on": "1970-01-01"}, "on"),
            ({"on": 0}, "on"),
            ({"iin": "850315400125"}, "iin"),
            ({"extra": 1}, "extra"),
        ],
    )
    def test_fields_that_are_not_right(self, door: Door, iin: str, given: dict[str, Any], field: str) -> None:
        message = {"message_id": message_id(), "iin": iin, "kind": "death", "on": TODAY} | given
        assert fields(door.post("/events", message)) == {field}
        (person,) = rows(Person, Person.iin == iin)
        assert person.died_on is None

    def test_all_of_them_at_once(self, door: Door) -> None:
        message = {"message_id": "", "iin": "850315400125", "kind": "phone_changed", "on": "2027-01-01", "x": 1}
        assert fields(door.post("/events", message)) == {"message_id", "iin", "on", "phone", "x"}

    def test_a_person_nobody_knows_is_404_and_is_not_quoted(self, door: Door) -> None:
        iin = new_iin()
        answer = door.event(iin, "death", TODAY)
        problem(answer, 404)
        assert iin not in answer.text

    def test_the_programme_of_another_is_not_closed(self, door: Door, iin: str) -> None:
        number = door.programme()["programme"]["number"]
        assert fields(door.event(iin, "programme_closed", TODAY, programme_number=number)) == {"programme_number"}
        assert rows(Programme, Programme.number == number)[0].closed_at is None

    def test_the_same_again_changes_nothing(self, door: Door, iin: str) -> None:
        message = {"message_id": message_id(), "iin": iin, "kind": "departure", "on": TODAY}
        first = door.post("/events", message)
        door.event(iin, "return", TODAY)
        again = door.post("/events", message)
        assert (again.status_code, again.data) == (202, first.data)
        (person,) = rows(Person, Person.iin == iin)
        assert person.departed_on is None

    @pytest.mark.law("R83.6", "RI.4")
    def test_the_same_in_other_words_changes_nothing_but_the_journal(self, door: Door, iin: str) -> None:
        assert door.event(iin, "death", "2026-03-01").status_code == 202
        assert door.event(iin, "death", "2026-03-01").status_code == 409
        assert door.event(iin, "return", TODAY).status_code == 409
        (person,) = rows(Person, Person.iin == iin)
        (event,) = rows(PersonEvent, PersonEvent.person_id == person.id)
        assert (event.kind, event.happened_on) == ("death", date(2026, 3, 1))
        journal = rows(AuditRow, AuditRow.thing_id == person.id)
        assert [row.action for row in journal] == ["death"]

    @pytest.mark.law("R83.6", "RI.4")
    def test_a_departure_that_is_over_ends_nothing_again(self, door: Door, iin: str) -> None:
        """Told again after the return, in other words: what has been given since goes on."""
        door.event(iin, "departure", "2026-02-20")
        assert door.event(iin, "return", "2026-02-19").status_code == 409
        assert door.event(iin, "return", "2026-03-01").status_code == 202
        for on in ("2026-02-20", "2026-02-18"):
            assert door.event(iin, "departure", on).status_code == 409
        (person,) = rows(Person, Person.iin == iin)
        assert person.departed_on is None
        assert door.event(iin, "departure", "2026-03-01").status_code == 202, "she has left anew"

    @pytest.mark.law("R83.6", "RI.4")
    @pytest.mark.parametrize(("first", "second"), [("2026-02-20", "2026-03-01"), ("2026-03-01", "2026-02-20")])
    def test_another_day_corrects_the_first(self, door: Door, iin: str, first: str, second: str) -> None:
        for on in (first, second):
            assert door.event(iin, "death", on).status_code == 202
        (person,) = rows(Person, Person.iin == iin)
        assert person.died_on == date.fromisoformat(second)
        (entitlement,) = rows(Entitlement, Entitlement.person_id == person.id)
        assert (entitlement.closed_on, entitlement.available) == (date.fromisoformat(second), 0)


class TestProblems:
    """Every error under /api/ is a problem, whatever it is."""

    @pytest.mark.parametrize("path", ["/nothing", "/programmes/1", "", "/../x"])
    def test_404(self, door: Door, path: str) -> None:
        problem(door.get(path), 404)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/programmes"),
            ("PUT", "/programmes"),
            ("DELETE", "/events"),
            ("POST", "/executions"),
            ("PATCH", "/openapi.json"),
        ],
    )
    def test_405_names_what_is_allowed(self, door: Door, method: str, path: str) -> None:
        answer = door.client.open(API + path, method=method, headers={"Authorization": f"Bearer {TOKENS[0]}"})
        problem(answer, 405)
        assert answer.headers["Allow"]

    def test_a_fault_is_500_without_a_word_of_it(self, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise RuntimeError("850315400124")

        monkeypatch.setattr(programmes, "receive", fail)
        message = programme()
        answer = door.post("/programmes", message)
        problem(answer, 500)
        assert "850315400124" not in answer.text
        assert rows(InboundMessage, InboundMessage.message_id == message["message_id"]) == []

    def test_a_database_that_is_away_is_503_and_worth_trying_again(
        self, door: Door, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any) -> None:
            raise OperationalError("SELECT", {}, Exception("850315400124"))

        monkeypatch.setattr(programmes, "receive", fail)
        answer = door.post("/programmes", programme())
        problem(answer, 503)
        assert answer.headers["Retry-After"] and "850315400124" not in answer.text

    def test_nothing_is_kept_by_a_cache(self, door: Door) -> None:
        assert door.get("/executions").headers["Cache-Control"] == "no-store"


def test_nothing_of_the_answer_is_translated(door: Door) -> None:
    """The API speaks English whatever the browser asks for."""
    message = altered(programme(), "programme.valid_to", "2025-12-31")
    answer = door.post("/programmes?lang=ru", message, **{"Accept-Language": "ru"})
    assert "The last day is before the first day." in answer.text


def test_every_message_is_counted_once(door: Door) -> None:
    with db.reading() as session:
        ids = session.scalar(select(func.count()).select_from(InboundMessage).where(InboundMessage.status == 0))
    assert ids == 0


def _interpreter(hours: int | None = None) -> dict[str, Any]:
    volume = {"quantity": hours, "unit": "hour"} if hours else {}
    return {"id": "1", "service": "interpreter", "valid_from": "2026-01-01", "valid_to": "2027-12-31", **volume}
