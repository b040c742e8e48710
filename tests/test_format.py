"""Days, money, hours and phones as people read them, in both languages."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import flask_babel
import pytest
from flask import Flask

from portal import format
from portal.rules.law import RuleViolation
from tests.conftest import At
from tests.gallery import make_app

NARROW, FIXED = "\u202f", "\u00a0"


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


@pytest.fixture(autouse=True)
def page(app: Flask, at: At) -> Iterator[None]:
    at("2026-11-22")
    with app.test_request_context("/"):
        yield


@pytest.mark.parametrize(
    ("tiyn", "shown"),
    [
        (0, f"0{FIXED}₸"),
        (176900, f"1{NARROW}769{FIXED}₸"),
        (176950, f"1{NARROW}769,50{FIXED}₸"),
        (7, f"0,07{FIXED}₸"),
        (123456789000, f"1{NARROW}234{NARROW}567{NARROW}890{FIXED}₸"),
        (-176905, f"\u22121{NARROW}769,05{FIXED}₸"),
    ],
)
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_money_is_the_same_in_both_languages(tiyn: int, shown: str, language: str) -> None:
    with flask_babel.force_locale(language):
        assert format.money(tiyn) == shown


@pytest.mark.parametrize(
    ("language", "minutes", "shown"),
    [
        ("kk", 0, "0 сағат"),
        ("kk", 60, "1 сағат"),
        ("kk", 150, "2 сағат 30 минут"),
        ("ru", 1, "1 минута"),
        ("ru", 60, "1 час"),
        ("ru", 122, "2 часа 2 минуты"),
        ("ru", 330, "5 часов 30 минут"),
        ("ru", 1261, "21 час 1 минута"),
        ("kk", 65_280, f"1{NARROW}088 сағат"),
    ],
)
def test_duration_has_the_plurals_of_its_language(language: str, minutes: int, shown: str) -> None:
    with flask_babel.force_locale(language):
        assert format.duration(minutes) == shown


@pytest.mark.parametrize(
    ("language", "day", "shown"),
    [
        ("kk", date(2026, 12, 5), "сенбі, 5 желтоқсан"),
        ("ru", date(2026, 12, 5), "суббота, 5 декабря"),
        ("kk", date(2027, 3, 8), "дүйсенбі, 2027 жылғы 8 наурыз"),
        ("ru", date(2027, 3, 8), "понедельник, 8 марта 2027 года"),
    ],
)
def test_a_day_has_its_weekday_and_another_year_its_number(language: str, day: date, shown: str) -> None:
    with flask_babel.force_locale(language):
        assert format.day(day) == shown


def test_months_stand_alone() -> None:
    with flask_babel.force_locale("kk"):
        assert format.month(date(2026, 12, 5)) == "2026 жылғы желтоқсан"
    with flask_babel.force_locale("ru"):
        assert format.month(date(2026, 12, 5)) == "декабрь 2026 года"


@pytest.mark.parametrize(
    ("language", "quarter", "shown"),
    [("kk", 0, "2026"), ("ru", 0, "2026"), ("kk", 3, "2026 жылғы 3-тоқсан"), ("ru", 3, "3-й квартал 2026 года")],
)
def test_a_quarter_is_told_from_its_year(language: str, quarter: int, shown: str) -> None:
    with flask_babel.force_locale(language):
        assert format.period(2026, quarter) == shown


def test_moments_are_shown_in_the_time_of_the_law() -> None:
    late = datetime(2026, 12, 4, 20, 5, tzinfo=UTC)
    with flask_babel.force_locale("ru"):
        assert format.moment(late) == "суббота, 5 декабря, 01:05"
    assert format.hour(late) == "01:05"
    assert format.hour(time(9, 5)) == "09:05"


def test_a_masked_phone_shows_its_beginning_and_end_only() -> None:
    assert format.phone_masked("+77011234567") == "+7 701 ••• •• 67".replace(" ", format.FIXED)


def test_figures_of_a_refusal_are_written_by_the_end_of_their_name() -> None:
    figures = {"left_minutes": 90, "sum_tiyn": 100, "due_on": date(2026, 12, 5), "count": 3}
    with flask_babel.force_locale("ru"):
        assert format.figures(figures) == {
            "left_minutes": "1 час 30 минут",
            "sum_tiyn": f"1{FIXED}₸",
            "due_on": "суббота, 5 декабря",
            "count": 3,
        }


def test_a_refusal_is_said_with_its_figures() -> None:
    violation = RuleViolation("%(left_minutes)s, %(name)s", "R42.1", left_minutes=60, name="100 %")
    with flask_babel.force_locale("kk"):
        assert format.violation_text(violation) == "1 сағат, 100 %"


@pytest.mark.parametrize(
    ("language", "kk", "ru", "shown"),
    [
        ("kk", "Қамқор", "Забота", "Қамқор"),
        ("ru", "Қамқор", "Забота", "Забота"),
        ("kk", "", "Забота & Ко", '<span lang="ru">Забота &amp; Ко</span>'),
        ("ru", "Қамқор", None, '<span lang="kk">Қамқор</span>'),
        ("ru", "", "", ""),
        ("kk", "<b>", "", "&lt;b&gt;"),
    ],
)
def test_a_name_in_the_other_language_only_is_marked(language: str, kk: str, ru: str | None, shown: str) -> None:
    with flask_babel.force_locale(language):
        assert format.lang_span(kk, ru) == shown
