"""The frame and its pieces in a real browser: every look, both languages, a narrow screen, the keyboard, no script."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.gallery import make_app

pytestmark = pytest.mark.browser

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
OPEN_PAGES = ["/", "/services", "/help", "/accessibility", "/privacy", "/view", "/no-such-page"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


def open_page(chromium: Browser, address: str, width: int = 320, javascript: bool = True) -> Page:
    viewport = {"width": width, "height": 800}
    context = chromium.new_context(base_url=address, viewport=viewport, java_script_enabled=javascript)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(10_000)
    return page


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    page = open_page(chromium, address)
    yield page
    page.context.close()


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def check(page: Page) -> None:
    """The page fits and axe finds nothing."""
    assert fits(page)
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_open_pages_at_320(page: Page, path: str) -> None:
    page.goto(f"{path}?lang=ru")
    assert fits(page)
    page.goto(f"{path}?lang=kk")
    check(page)


@pytest.mark.parametrize("look", ["light", "dark", "contrast"])
def test_all_pieces_in_every_look(page: Page, look: str) -> None:
    page.goto(f"/gallery?look={look}")
    check(page)


def test_all_pieces_on_a_wide_screen(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/gallery")
    check(page)


@pytest.mark.parametrize("size", ["125", "150", "200"])
def test_larger_text_needs_no_scrolling_to_the_side(page: Page, size: str) -> None:
    page.goto(f"/gallery?size={size}")
    assert fits(page)
    scale = int(size) / 100
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == pytest.approx(19 * scale)


def test_wishes_of_the_device(page: Page) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.goto("/gallery")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 23, 28)"
    check(page)
    page.emulate_media(color_scheme="light", contrast="more")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    page.emulate_media(media="print")
    page.goto("/gallery?look=dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(20, 25, 31)"
    assert not page.locator(".bottom").is_visible()


def test_what_is_to_be_mended_gets_the_focus_and_leads_to_its_box(page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto("/gallery")
    page.fill("#iin", "123")
    page.fill("#note", "ә" * 60)
    page.locator(".govuk-character-count__message", has_text="10").last.wait_for()
    page.get_by_role("button", name="Сақтау").click()
    page.wait_for_load_state()
    assert page.title().startswith("Түзету керек: ")
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    check(page)
    page.locator(".govuk-error-summary a[href='#iin']").click()
    assert page.evaluate("document.activeElement.id") == "iin"
    assert page.input_value("#iin") == "123"
    assert [line for line in complaints if "422" not in line] == []


def test_the_view_changes_on_the_spot_and_nothing_typed_is_lost(page: Page) -> None:
    page.goto("/gallery")
    page.fill("#name", "Сәуле")
    page.locator("header summary").press("Enter")
    page.check("header [name=look][value=contrast]")
    page.check("header [name=size][value='150']")
    with page.expect_response("**/view?*"):
        page.locator("header .view button").click()
    assert page.input_value("#name") == "Сәуле"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(255, 255, 0)"
    page.goto("/help")
    assert page.locator("html").get_attribute("data-size") == "150"


def test_without_a_script_view_and_language_lead_back_to_the_same_page(chromium: Browser, address: str) -> None:
    page = open_page(chromium, address, javascript=False)
    page.goto("/gallery?name=b")
    page.locator("header summary").click()
    page.check("header [name=look][value=dark]")
    page.locator("header .view button").click()
    page.wait_for_url("**/gallery?name=b&look=dark**")
    assert page.locator("html").get_attribute("data-look") == "dark"
    page.get_by_role("link", name="Русский").first.click()
    page.wait_for_url("**/gallery?name=b&lang=ru")
    assert page.locator("html").get_attribute("lang") == "ru"
    page.context.close()


def test_the_keyboard_reaches_the_main_text_first_and_sees_where_it_is(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"
    page.goto("/gallery")
    seen = set()
    for _step in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
        assert page.evaluate(
            """() => { const here = document.activeElement;
            const boxes = [getComputedStyle(here)];
            if (here.nextElementSibling) boxes.push(getComputedStyle(here.nextElementSibling, '::before'));
            const seen = box => box.outlineStyle !== 'none' || box.boxShadow !== 'none';
            return here === document.body || boxes.some(seen) }"""
        )
    assert len(seen) > 25


def test_targets_are_large_enough(page: Page) -> None:
    page.goto("/gallery")
    small = page.evaluate(
        """() => [...document.querySelectorAll(
            'button, .govuk-input, .govuk-select, .view summary, .top a, .bottom a, .doors a')]
        .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 43.9)
        .map(each => each.outerHTML.slice(0, 90))"""
    )
    assert small == []


def test_no_other_host_is_asked_for_anything(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/gallery")
    page.wait_for_load_state("networkidle")
    assert len(asked) > 6
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def test_the_letters_of_kazakh_come_from_our_font(page: Page) -> None:
    page.goto("/gallery?lang=kk")
    page.evaluate("document.fonts.ready")
    for text in ("әіңғүұқөһ", "₸№", "ӘІҢҒҮҰҚӨҺ"):
        assert page.evaluate("text => document.fonts.check('19px \"Noto Sans\"', text)", text)
    loaded = page.evaluate("[...document.fonts].filter(face => face.status === 'loaded').length")
    assert loaded >= 3
