"""Forms: what is understood, what is refused in which words, and that nothing typed is ever lost."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage, MultiDict

from portal.fields.asked import clean
from portal.forms import PortalForm
from portal.rules.identifiers import iin_with_check_digit
from portal.rules.law import RuleViolation
from tests.gallery import EveryField, Filter, make_app

IIN = iin_with_check_digit("95010130012") or ""
GOOD = {
    "name": "Әсел",
    "iin": IIN,
    "visited-day": "5",
    "visited-month": "12",
    "visited-year": "2026",
    "colour": "red",
    "place": "751110000",
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


@pytest.fixture(autouse=True)
def page(app: Flask) -> Iterator[None]:
    with app.test_request_context("/gallery?lang=kk"):
        yield


def filled(**answers: Any) -> EveryField:
    """The form as it comes from a browser, with these answers in place of the good ones; None leaves one out."""
    sent = {name: value for name, value in {**GOOD, **answers}.items() if value is not None}
    form = EveryField(formdata=MultiDict(sent), meta={"csrf": False})
    form.validate()
    return form


def errors(form: PortalForm, name: str) -> list[str]:
    return [str(error) for error in form[name].errors]


def test_a_good_form_is_taken() -> None:
    form = filled()
    assert form.errors == {}
    assert form.status == 200


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("name", "  Әсел \x00 Нұр\u202eлан ", "Әсел Нұрлан"),
        ("name", "Й", "Й"),
        ("iin", f"{IIN[:6]} {IIN[6:]}", IIN),
        ("iin", f"{IIN[:6]}-{IIN[6:]}", IIN),
        ("phone", "8 (701) 123-45-67", "+77011234567"),
        ("phone", "", None),
        ("code", "123 456", "123456"),
        ("code", "123-456", "123456"),
        ("start", "9:05", time(9, 5)),
        ("start", "9:5", time(9, 5)),
        ("start", "9.30", time(9, 30)),
        ("start", "930", time(9, 30)),
        ("start", "1730", time(17, 30)),
        ("start", "9", time(9)),
        ("start", "0:00", time(0)),
        ("minutes", "45", 45),
        ("hours", "2", 120),
        ("hours", "2,5", 150),
        ("hours", "2.5", 150),
        ("hours", "2:30", 150),
        ("hours", "0,5", 30),
        ("money", "589,93", 58_993),
        ("money", "9 082.5 ₸", 908_250),
        ("money", "0,01", 1),
        ("money", "", None),
        ("file", "not a file", None),
        ("visited", "5.12.2026", date(2026, 12, 5)),
        ("visited", "2026-12-05", date(2026, 12, 5)),
        ("colour", "blue", "blue"),
        ("places", ["751110000", "711110000"], ["751110000", "711110000"]),
        ("note", "бір\r\nекі\x07\u2028үш", "бір\nекі\nүш"),
    ],
)
def test_what_is_understood(name: str, typed: Any, value: Any) -> None:
    form = filled(**{name: typed})
    assert errors(form, name) == []
    assert form[name].data == value


def test_a_file_is_its_bytes() -> None:
    form = filled(file=FileStorage(BytesIO(b"x" * 100), "a.csv"))
    assert (errors(form, "file"), form["file"].data) == ([], b"x" * 100)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("name", ""),
        ("name", " \x00 "),
        ("name", "ә" * 201),
        ("iin", "123"),
        ("iin", IIN[:11] + str((int(IIN[11]) + 1) % 10)),
        ("iin", "".join(chr(0x660 + int(digit)) for digit in IIN)),
        ("iin", "<script>alert(1)</script>"),
        ("phone", "12345"),
        ("phone", "+7 495 123 45 67"),
        ("code", "12345"),
        ("code", "١٢٣٤٥٦"),
        ("code", "12345a"),
        ("start", "25:00"),
        ("start", "24:00"),
        ("start", "9:60"),
        ("start", "таң"),
        ("start", "９:30"),
        ("minutes", "0"),
        ("minutes", "481"),
        ("minutes", "-5"),
        ("minutes", "1e2"),
        ("minutes", "9" * 1000),
        ("minutes", "5.0"),
        ("hours", "0"),
        ("hours", "8,5"),
        ("hours", "2,25"),
        ("hours", "NaN"),
        ("money", "0"),
        ("money", "-1"),
        ("money", "1,234"),
        ("money", "1e9"),
        ("money", "1234567890123"),
        ("money", "٥"),
        ("file", FileStorage(BytesIO(b"x" * 101), "a.csv")),
        ("visited", "31.2.2026"),
        ("visited", "5.12.26"),
        ("visited", "кеше"),
        ("colour", "green"),
        ("colour", None),
        ("places", ["751110000", "1"]),
        ("place", ""),
        ("place", "1"),
        ("note", "ә" * 51),
    ],
)
def test_what_is_refused_in_words_of_its_own(name: str, typed: Any) -> None:
    form = filled(**{name: typed})
    (error,) = errors(form, name)
    assert form.status == 422
    assert not form.validate()
    for word in ("invalid", "valid choice", "error", "required"):
        assert word not in error.lower()


def test_each_part_of_a_day_that_is_missing_is_named() -> None:
    said = {part: errors(filled(**{f"visited-{part}": ""}), "visited")[0] for part in ("day", "month", "year")}
    assert len(set(said.values())) == 3
    assert errors(filled(**{"visited-day": "", "visited-month": "", "visited-year": ""}), "visited") == [
        "Күнін жазыңыз"
    ]


def test_what_was_typed_comes_back(app: Flask) -> None:
    typed = {**GOOD, "iin": "12 34", "visited-day": "32", "start": "таң", "note": "Рахмет <b>", "colour": "blue"}
    form = filled(**typed, places=["711110000"])
    params = {field.name: field.params() for field in form.asked}
    assert params["iin"]["value"] == "12 34"
    assert [item["value"] for item in params["visited"]["items"]] == ["32", "12", "2026"]
    assert params["start"]["value"] == "таң"
    assert params["note"]["value"] == "Рахмет <b>"
    assert [item["checked"] for item in params["colour"]["items"]] == [False, True]
    assert [item["checked"] for item in params["places"]["items"]] == [False, True]
    assert [item["selected"] for item in params["place"]["items"][1:]] == [True, False]


def test_a_filled_form_shows_values_the_way_people_write_them() -> None:
    form = EveryField(
        formdata=None,
        phone="+77011234567",
        start=time(9, 5),
        hours=150,
        money=58_993,
        visited=date(2026, 12, 5),
        places=["711110000"],
    )
    params = {field.name: field.params() for field in form.asked}
    assert params["phone"]["value"] == "+7 701 123 45 67"
    assert params["start"]["value"] == "09:05"
    assert params["hours"]["value"] == "2,5"
    assert params["money"]["value"] == "589,93"
    assert [item["value"] for item in params["visited"]["items"]] == ["5", "12", "2026"]
    assert [item["checked"] for item in params["places"]["items"]] == [False, True]


def test_the_summary_leads_to_the_boxes() -> None:
    form = filled(iin="1", **{"visited-day": "32"}, colour=None, place="")
    form.refuse(RuleViolation("No.", "R42.1"))
    form.refuse(RuleViolation("Not here.", "R34.1"), "start")
    targets = [target for _text, target in form.summary]
    assert targets == [None, "iin", "visited-day", "start", "colour", "place"]
    texts = [text for text, _target in form.summary]
    assert len(set(texts)) == len(texts)


def test_a_refusal_shows_its_rule_small_and_last(app: Flask) -> None:
    form = filled()
    form.refuse(RuleViolation("Up to %(most_minutes)s <b>.", "R42.1", most_minutes=60), "hours")
    shown = form.hours.params()["errorMessage"]["html"]
    assert str(shown).startswith("Up to 1")
    assert "&lt;b&gt;" in shown
    assert '<small class="rule-number">' in shown
    assert form.status == 422


@pytest.mark.parametrize("sent", ["", "x", "00000000-0000", "' OR 1=1"])
def test_the_number_of_a_form_is_always_one(sent: str) -> None:
    assert isinstance(filled(form_id=sent).form_id.data, UUID)


def test_the_number_of_a_form_stays_the_same_when_it_is_sent_twice() -> None:
    number = str(uuid4())
    form = filled(form_id=number)
    assert str(form.form_id.data) == number
    assert ("form_id", number) in form.hidden


def test_a_form_in_the_address_keeps_its_defaults_where_nothing_was_asked(app: Flask) -> None:
    with app.test_request_context("/gallery?lang=kk"):
        assert Filter(data={"place": "751110000"}).place.data == "751110000"
    with app.test_request_context("/gallery?place=711110000&name=%00"):
        form = Filter(data={"place": "751110000"})
        assert form.validate()
        assert (form.place.data, form.name.data) == ("711110000", "")
        assert form.name.label_text() == "Аты"
    with app.test_request_context("/gallery?place=1"):
        assert not Filter().validate()


@pytest.mark.parametrize(
    ("typed", "lines", "kept"),
    [("a\tb", False, "a b"), ("a\n\nb", True, "a\n\nb"), ("\ufeffa\x7f", False, "a"), ("e\u0301", False, "é")],
)
def test_cleaning(typed: str, lines: bool, kept: str) -> None:
    assert clean(typed, lines) == kept


def test_a_form_over_http(app: Flask) -> None:
    browser = app.test_client()
    page = browser.get("/gallery").text
    hidden = dict(part.split('" value="') for part in _hidden(page))
    answers: Mapping[str, str] = {**GOOD, **hidden}
    assert browser.post("/gallery", data=answers).status_code == 302
    refused = browser.post("/gallery", data={**answers, "iin": "123<b>", "note": "Сақталсын"})
    assert refused.status_code == 422
    assert "123&lt;b&gt;" in refused.text
    assert "Сақталсын" in refused.text
    assert f'value="{answers["form_id"]}"' in refused.text
    assert 'href="#iin"' in refused.text
    in_place = browser.post("/gallery", data={**answers, "refuse": "hours"})
    assert in_place.status_code == 422
    assert 'href="#hours"' in in_place.text
    assert "R42.1" in browser.post("/gallery", data={**answers, "refuse_all": "1"}).text


def _hidden(page: str) -> list[str]:
    form = page[page.index("novalidate", page.index("Сұрақтар")) :]
    inputs = form.split('<input type="hidden" name="')[1:3]
    return [part.split('">')[0] for part in inputs]


@pytest.mark.parametrize("junk", ["\x00", "\ud800", "💥" * 100, "א" * 3000, "%(x)s {{7*7}}", "1" * 5000])
def test_hostile_values_never_break_a_form(app: Flask, junk: str) -> None:
    names = [*GOOD, "phone", "code", "start", "minutes", "hours", "places", "note", "form_id", "visited"]
    form = filled(**dict.fromkeys(names, junk))
    assert form.status == 422
    assert all(field.params() for field in form.asked)
