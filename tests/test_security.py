"""What browsers are told to refuse and to keep; the guard against foreign sites; bounds on what comes in."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.gallery import make_app


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("path", ["/", "/help", "/gallery", "/no-such-page", "/static/portal.css", "/gallery/broken"])
def test_every_answer_has_the_headers(browser: FlaskClient, path: str) -> None:
    headers = browser.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["font-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["connect-src"] == "'self' wss://127.0.0.1:13579"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Permissions-Policy" in headers
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["/", "/gallery"])
def test_pages_need_no_inline_script_or_style_and_no_other_host(browser: FlaskClient, path: str) -> None:
    page = browser.get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)


def test_behind_https_cookies_are_bound_to_the_host() -> None:
    answer = (
        make_app(PUBLIC_URL="https://portal.example")
        .test_client()
        .get("/?lang=ru&look=dark", base_url="https://portal.example")
    )
    cookies = answer.headers.getlist("Set-Cookie")
    (session,) = [cookie for cookie in cookies if cookie.startswith("__Host-portal=")]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(session.split("; "))
    assert "Domain" not in session
    (look,) = [cookie for cookie in cookies if cookie.startswith("look=")]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(look.split("; "))
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_pages_of_the_signed_in_are_never_kept(browser: FlaskClient) -> None:
    assert browser.get("/gallery").headers["Cache-Control"] == "private, no-cache"
    with browser.session_transaction() as session:
        session["_user_id"] = "00000000-0000-0000-0000-000000000000"
    assert browser.get("/static/portal.css").headers["Cache-Control"] == "public, max-age=3600"
    browser_page = browser.get("/gallery/broken")
    assert browser_page.headers["Cache-Control"] == "no-store"


def test_files_have_a_version_and_are_kept_for_a_year(browser: FlaskClient) -> None:
    page = browser.get("/").text
    addresses = re.findall(r'"(/static/[^"]+)"', page)
    assert len(addresses) >= 6
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert "?v=" in address
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers


def test_what_a_foreign_site_sends_is_not_taken(browser: FlaskClient) -> None:
    answer = browser.post("/gallery/refused", data={})
    assert answer.status_code == 400
    assert 'href="/"' in answer.text


def test_too_much_at_once_is_a_page(browser: FlaskClient) -> None:
    assert browser.post("/gallery", data={"name": "a" * 1_100_000}).status_code == 413
    assert (
        browser.post(
            "/gallery", data={"name": (b"a" * 1_100_000).decode()}, content_type="multipart/form-data"
        ).status_code
        == 413
    )


def test_behind_proxies_the_address_is_the_readers() -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "portal.example"}
    seen: list[tuple[str | None, str]] = []

    def address_of(app: Flask) -> tuple[str | None, str]:
        from flask import request

        @app.before_request
        def note() -> None:
            seen.append((request.remote_addr, request.host_url))

        app.test_client().get("/help", headers=forwarded)
        return seen[-1]

    assert address_of(make_app()) == ("127.0.0.1", "http://localhost/")
    assert address_of(make_app(PORTAL_PROXIES="1")) == ("203.0.113.9", "https://portal.example/")
