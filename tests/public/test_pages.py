"""The open pages: in both languages without a word of English, in the chosen view, with working links."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.frame import NavItem, here
from tests.gallery import make_app

PAGES = [
    "/",
    "/services",
    "/help",
    "/accessibility",
    "/privacy",
    "/view",
    "/no-such-page",
    "/gallery",
    "/gallery/broken",
]
ASKS = {"/journal"}
"""What needs a database, which these pages have not; `test_journal.py` opens it."""
NAMES = {"portal", "look", "size", "cookie", "ncalayer", "wcag", "sms"}
"""Words in Latin letters that are names and not English."""


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def words_in_latin(page: str) -> set[str]:
    """What a reader may see or hear in Latin letters: text, labels, what scripts will say."""
    said = re.findall(r'(?:aria-label|title|placeholder|alt|data-i18n[^=]*)="([^"]*)"', page)
    text = re.sub(r"<(script|svg)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    return {
        word.lower()
        for word in re.findall(r"[A-Za-z]{3,}", unescape(f"{text} {' '.join(said)}").replace("%{count}", ""))
    } - NAMES


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("path", PAGES)
def test_no_word_of_english_is_left(browser: FlaskClient, path: str, language: str) -> None:
    assert words_in_latin(browser.get(f"{path}?lang={language}").text) == set()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_word_of_english_is_left_where_something_is_to_be_mended(browser: FlaskClient, language: str) -> None:
    token = re.findall(r'name="csrf_token" value="([^"]+)"', browser.get(f"/gallery?lang={language}").text)[0]
    wrong = {"iin": "1", "phone": "1", "code": "1", "start": "x", "minutes": "x", "hours": "x", "visited-day": "40"}
    page = browser.post("/gallery", data={**wrong, "note": "ә" * 99, "place": "1", "csrf_token": token})
    assert page.status_code == 422
    assert words_in_latin(page.text.replace('value="x"', "")) == set()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_one_heading_a_title_and_landmarks(browser: FlaskClient, path: str) -> None:
    page = browser.get(path).text
    (heading,) = re.findall(r"<h1[^>]*>\s*(.*?)\s*</h1>", page, re.DOTALL)
    (title,) = re.findall(r"<title>(.*?)</title>", page)
    assert path == "/gallery" or title.startswith(f"{heading} – ")
    assert page.count("<main") == page.count("<footer") == page.count('href="#main-content"') == 1


def test_kazakh_comes_first_and_russian_is_remembered(browser: FlaskClient) -> None:
    assert '<html lang="kk"' in browser.get("/help").text
    first = browser.get("/?lang=ru")
    assert first.status_code == 200
    assert '<html lang="ru"' in first.text
    assert first.headers["Content-Language"] == "ru"
    assert '<html lang="ru"' in browser.get("/help").text
    assert '<html lang="ru"' in browser.get("/no-such-page").text
    assert '<html lang="kk"' in browser.get("/help?lang=kk").text


@pytest.mark.parametrize("junk", ["en", "", "KK", "../ru", "ru\x00"])
def test_a_language_that_there_is_not_changes_nothing(browser: FlaskClient, junk: str) -> None:
    assert '<html lang="kk"' in browser.get("/", query_string={"lang": junk, "look": junk, "size": junk}).text


def test_the_switch_keeps_the_page_and_its_query(browser: FlaskClient) -> None:
    page = browser.get("/gallery?name=%D3%99%26b&place=751110000&lang=kk&look=dark").text
    assert re.search(r'href="/gallery\?name=%D3%99%26b&amp;place=751110000&amp;lang=ru" lang="ru" hreflang="ru"', page)
    assert '<span lang="kk" aria-current="true">Қазақша</span>' in page
    assert '<input type="hidden" name="name" value="ә&amp;b">' in page


def test_every_address_has_a_switch_of_its_own(browser: FlaskClient) -> None:
    """What is kept of a page's head is kept by its address: twice each, in turn."""
    long = f"/help?{'x' * 400}=1"
    for path in ("/help", "/services", "/help?page=2", long) * 2:
        (link,) = re.findall(r'href="([^"]*)" lang="ru"', browser.get(path).text)
        assert unescape(link) == f"{path}{'&' if '?' in path else '?'}lang=ru"


@pytest.mark.parametrize(
    "path", ["//elsewhere.example/a", "/%5Celsewhere.example", "/%2F%2Felsewhere.example", "/a%3Fb%23c"]
)
def test_no_address_turns_the_switch_into_a_way_out(browser: FlaskClient, path: str) -> None:
    page = browser.get(f"http://localhost{path}").text
    (link,) = re.findall(r'href="([^"]*)" lang="ru"', page)
    assert re.match(r"/[a-z]", link.replace("%5C", "x"))
    assert link.count("?") == 1


def test_a_page_that_only_a_button_opens_switches_to_the_front_page(browser: FlaskClient) -> None:
    token = re.findall(r'name="csrf_token" value="([^"]+)"', browser.get("/gallery").text)[0]
    refused = browser.post("/gallery/refused", data={"csrf_token": token})
    assert refused.status_code == 409
    assert 'href="/?lang=ru"' in refused.text


def test_the_view_is_remembered_on_the_device(browser: FlaskClient) -> None:
    chosen = browser.get("/help?look=contrast&size=150")
    assert 'data-look="contrast" data-size="150"' in chosen.text
    assert 'data-look="contrast" data-size="150"' in browser.get("/").text
    assert re.search(r'name="look" value="contrast" checked', browser.get("/").text)
    assert 'data-look="auto" data-size="100"' in browser.get("/?look=auto&size=100").text


@pytest.fixture
def links(browser: FlaskClient) -> Iterator[str]:
    found = {link for path in PAGES[:6] for link in re.findall(r'href="(/[^"#]*)', browser.get(path).text)}
    return iter(sorted(unescape(link) for link in found))


def test_no_link_of_the_open_pages_leads_nowhere(browser: FlaskClient, links: Iterator[str]) -> None:
    dead = [link for link in links if link not in ASKS and browser.get(link).status_code != 200]
    assert dead == []


def test_the_front_page_names_six_services_and_the_way_in(browser: FlaskClient) -> None:
    page = browser.get("/?lang=ru").text
    assert page.count('class="services__item"') == 6
    assert 'href="/sign-in"' in page
    assert "8 часов" in browser.get("/services").text
    assert "60 часов" in browser.get("/services").text
    assert browser.get("/services").text.count("Закажите") == 5, "a stay alone is not ordered here"


def test_the_page_one_is_on_is_marked_in_the_navigation(app: Flask) -> None:
    items = [NavItem("a", "/cabinet"), NavItem("b", "/cabinet/orders"), NavItem("c", "/cabinet/or")]
    for path, current in [("/cabinet/orders/1", "/cabinet/orders"), ("/cabinet/x", "/cabinet"), ("/cab", None)]:
        with app.test_request_context(path):
            assert here(items) == current
