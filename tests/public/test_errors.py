"""The pages that say what did not work: plain words, the right status, a way on, nothing of the inside."""

import logging
import re

import pytest
from flask import Blueprint, Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.gallery import blueprint, config, make_app

failing = Blueprint("failing", __name__)


@failing.get("/fail/<int:status>")
def fail(status: int) -> str:
    abort(status)


@failing.get("/fail/database")
def fail_database() -> str:
    raise OperationalError("SELECT iin", {"iin": "950101300123"}, Exception("gone"))


@failing.get("/api/fail/<int:status>")
def fail_api(status: int) -> str:
    abort(status)


@pytest.fixture(scope="module")
def app() -> Flask:
    import portal

    app = portal.create_app(config(), [blueprint, failing])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 418, 429, 500, 502, 503])
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_each_status_is_a_page_with_a_way_on(browser: FlaskClient, status: int, language: str) -> None:
    answer = browser.get(f"/fail/{status}?lang={language}")
    assert answer.status_code == status
    assert f'<html lang="{language}"' in answer.text
    assert re.search(r'<a class="govuk-button" href="/[^"]*">', answer.text)
    for word in ("Traceback", "werkzeug", "Error"):
        assert word not in answer.text


@pytest.mark.parametrize(("status", "seconds"), [(429, "60"), (503, "120")])
def test_it_says_when_to_come_back(browser: FlaskClient, status: int, seconds: str) -> None:
    assert browser.get(f"/fail/{status}").headers["Retry-After"] == seconds


def test_a_fault_of_ours_is_a_page_without_details(browser: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = browser.get("/gallery/broken")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def test_without_a_database_the_portal_says_so(browser: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = browser.get("/fail/database")
    assert answer.status_code == 503
    assert "950101300123" not in answer.text + caplog.text


def test_a_wrong_method_says_which_are_right(browser: FlaskClient) -> None:
    answer = browser.get("/gallery/refused")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def token(browser: FlaskClient) -> str:
    return str(re.findall(r'name="csrf_token" value="([^"]+)"', browser.get("/gallery").text)[0])


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://localhost/gallery?name=a", "/gallery?name=a"),
        ("https://elsewhere.example/gallery", "/"),
        ("http://localhost//elsewhere.example", "/"),
        ("http://localhost/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_a_refusal_names_the_rule_and_leads_back(browser: FlaskClient, came_from: str, back: str) -> None:
    answer = browser.post("/gallery/refused", data={"csrf_token": token(browser)}, headers={"Referer": came_from})
    assert answer.status_code == 409
    assert "2 сағат 30 минут" in answer.text
    assert "R42.1" in answer.text
    assert f'<a class="govuk-button" href="{back}">' in answer.text


@pytest.mark.parametrize("sent", ["", "x", "IjEi.aSdf.x"])
def test_a_page_that_was_open_too_long_leads_to_a_fresh_one(browser: FlaskClient, sent: str) -> None:
    answer = browser.post("/gallery?name=a", data={"csrf_token": sent})
    assert answer.status_code == 400
    assert 'href="/gallery"' in answer.text


def test_machines_get_a_problem_and_no_page(browser: FlaskClient) -> None:
    for path, status in (("/api/fail/403", 403), ("/api/no-such", 404)):
        answer = browser.get(path)
        assert answer.status_code == status
        assert answer.mimetype == "application/problem+json"
        assert answer.json is not None
        assert answer.json["status"] == status


def test_a_redirect_is_not_an_error(app: Flask) -> None:
    assert make_app().test_client().get("/gallery/").status_code == 404
