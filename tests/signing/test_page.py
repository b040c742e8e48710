"""The signing form in a real browser: with NCALayer's stand-in, with programs that behave badly, without scripts."""

import asyncio
import json
import os
import shutil
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response, render_template_string, request
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from websockets.asyncio.server import Server, ServerConnection, serve
from werkzeug.serving import make_server

from portal.demo import ca, ncalayer
from portal.demo.ncalayer import set_mode
from portal.signing import (
    ORGANISATION_KEY,
    PERSON_KEY,
    Envelope,
    LocalVerifier,
    SignatureRefused,
    Signer,
    canonical,
    submitted,
)
from tests.signing.people import AIGUL, GANI, NOON, ORG, SHE

pytestmark = [pytest.mark.browser, pytest.mark.law("R83.1")]

PORTAL = Path(__file__).resolve().parents[2] / "portal"
HERS = Envelope.of({"signer": {"iin": AIGUL.iin}, "order": "Жеке көмекші, 2 сағат", "price_tiyn": 176_900})
FOR_ORG = Envelope.of({"signer": {"iin": GANI.iin, "bin": ORG.bin}, "answer": "accept"})
PAGE = """
{% from "parts/sign.html" import sign_form %}
<!DOCTYPE html><html lang="ru"><head><title>Order</title></head><body><main><h1>Order</h1>
{% call sign_form(document, "Sign the order", "/sign", ncalayer_url, ekus) %}
  <input type="hidden" name="order" value="7">
{% endcall %}
</main></body></html>
"""
SIGN = "Sign the order"
NOTHING_IS_LOST = "Nothing is signed, and nothing is lost."


class Portal:
    """A small portal with one page to sign, and what was sent to it."""

    def __init__(self, verifier: LocalVerifier) -> None:
        self.document, self.ekus, self.signer = HERS, PERSON_KEY, SHE
        self.ncalayer_url = ""
        self.sent: list[dict[str, str]] = []
        self.app = Flask("page", template_folder=str(PORTAL / "templates"), static_folder=str(PORTAL / "static"))
        self.app.jinja_env.globals.update(
            _=lambda text: text, csrf_token=lambda: "token", asset_url=lambda name: f"/static/{name}"
        )
        self.app.after_request(self._strictly)
        self.app.add_url_rule("/", view_func=self.page)
        self.app.add_url_rule("/sign", view_func=lambda: self.sign(verifier), endpoint="sign", methods=["POST"])
        self.url = ""

    def page(self) -> str:
        """The page to sign."""
        return render_template_string(PAGE, document=self.document, ncalayer_url=self.ncalayer_url, ekus=self.ekus)

    def sign(self, verifier: LocalVerifier) -> str:
        """What came back."""
        self.sent.append(request.form.to_dict())
        try:
            verdict = verifier.verify(self.document.data, submitted(request.form, request.files), self.signer, NOON)
        except SignatureRefused as refused:
            return f"<title>No</title><p>Refused: {refused.code}</p>"
        return f"<title>Yes</title><p>Signed by {verdict.common_name}</p>"

    def _strictly(self, response: Response) -> Response:
        policy = "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        response.headers["Content-Security-Policy"] = f"{policy}connect-src 'self' {self.ncalayer_url}"
        return response


@contextmanager
def in_a_thread(start: Callable[[], Awaitable[Server]]) -> Iterator[str]:
    """Run a WebSocket server in a thread of its own; gives its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> Server:
        return await start()

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the machine has it."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "google-chrome", "chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    assert path, "No Chromium or Chrome is installed."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def data(authority: Path, tmp_path: Path) -> Path:
    """The demo's data directory."""
    ca.place(tmp_path).symlink_to(authority)
    return tmp_path


@pytest.fixture
def portal(verifier: LocalVerifier) -> Iterator[Portal]:
    """The running portal."""
    portal = Portal(verifier)
    server = make_server("127.0.0.1", 0, portal.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    portal.url = f"http://127.0.0.1:{server.server_port}/"
    yield portal
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def with_ncalayer(portal: Portal, data: Path) -> Iterator[Portal]:
    """The portal on a computer on which NCALayer's stand-in runs."""
    with in_a_thread(lambda: ncalayer.listen(data, 0)) as url:
        portal.ncalayer_url = url
        yield portal


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which nothing offends against the Content-Security-Policy and no script breaks."""
    page = context.new_page()
    page.set_default_timeout(8_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    yield page
    assert faults == []


def press(page: Page, portal: Portal) -> None:
    """Open the page and press the button."""
    page.goto(portal.url)
    page.get_by_role("button", name=SIGN).click()


def expect_alert(page: Page, portal: Portal, beginning: str) -> None:
    """A message stands there, nothing was sent, and the button works again."""
    expect(page.get_by_role("alert")).to_contain_text(beginning)
    expect(page.get_by_role("alert")).to_contain_text(NOTHING_IS_LOST)
    expect(page.get_by_role("status")).to_be_empty()
    button = page.get_by_role("button", name=SIGN)
    expect(button).to_have_attribute("aria-disabled", "false")
    expect(button).to_be_focused()
    expect(page.get_by_role("button", name="Stop waiting")).to_be_hidden()
    assert portal.sent == []


def test_she_signs_with_one_press(page: Page, with_ncalayer: Portal) -> None:
    press(page, with_ncalayer)
    expect(page.get_by_text("Signed by")).to_have_text(f"Signed by {AIGUL.common_name}")
    (sent,) = with_ncalayer.sent
    assert sent["cms"].startswith("-----BEGIN CMS-----")
    assert {"csrf_token": "token", "order": "7"}.items() <= sent.items()
    assert "way" not in sent


def test_he_signs_for_his_organisation(page: Page, with_ncalayer: Portal) -> None:
    with_ncalayer.document, with_ncalayer.ekus = FOR_ORG, ORGANISATION_KEY
    with_ncalayer.signer = Signer(GANI.iin, ORG.bin)
    press(page, with_ncalayer)
    expect(page.get_by_text("Signed by")).to_have_text(f"Signed by {GANI.common_name}")


def test_two_presses_are_one_signature(page: Page, with_ncalayer: Portal) -> None:
    page.goto(with_ncalayer.url)
    page.get_by_role("button", name=SIGN).dblclick()
    expect(page.get_by_text("Signed by")).to_be_visible()
    assert len(with_ncalayer.sent) == 1


def test_who_comes_back_to_the_page_can_sign_again(page: Page, with_ncalayer: Portal) -> None:
    page.route("**/sign", lambda route: route.fulfill(status=204))  # the browser stays on the page
    press(page, with_ncalayer)
    button = page.get_by_role("button", name=SIGN)
    expect(page.get_by_role("status")).to_contain_text("Sending it to the portal")
    expect(button).to_have_attribute("aria-disabled", "true")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(button).to_have_attribute("aria-disabled", "false")
    expect(page.locator("[name=cms]")).to_have_value("")
    page.unroute("**/sign")
    button.click()
    expect(page.get_by_text("Signed by")).to_be_visible()


@pytest.mark.parametrize(("mode", "code"), [("expired", "expired"), ("wrong_person", "wrong_person")])
def test_a_wrong_key_is_told_by_the_server(page: Page, with_ncalayer: Portal, data: Path, mode: str, code: str) -> None:
    set_mode(data, mode)
    press(page, with_ncalayer)
    expect(page.get_by_text("Refused")).to_have_text(f"Refused: {code}")


def test_the_window_was_closed(page: Page, with_ncalayer: Portal, data: Path) -> None:
    set_mode(data, "cancel")
    press(page, with_ncalayer)
    expect_alert(page, with_ncalayer, "The NCALayer window was closed")
    set_mode(data, "auto")
    page.get_by_role("button", name=SIGN).click()
    expect(page.get_by_text("Signed by")).to_be_visible()


def test_no_key_fits(page: Page, with_ncalayer: Portal, data: Path) -> None:
    set_mode(data, "login")
    press(page, with_ncalayer)
    expect_alert(page, with_ncalayer, "NCALayer could not make the signature")


def test_ncalayer_takes_no_connection(page: Page, with_ncalayer: Portal, data: Path) -> None:
    set_mode(data, "off")
    press(page, with_ncalayer)
    expect_alert(page, with_ncalayer, "The page does not reach NCALayer")


def test_ncalayer_does_not_run(page: Page, portal: Portal) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        portal.ncalayer_url = f"ws://127.0.0.1:{probe.getsockname()[1]}"
    press(page, portal)
    expect_alert(page, portal, "The page does not reach NCALayer")


def test_something_else_holds_the_port(page: Page, portal: Portal) -> None:
    page.clock.install()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        portal.ncalayer_url = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        press(page, portal)
        expect(page.get_by_role("status")).to_contain_text("Signing…")
        page.clock.fast_forward(3_000)
        expect(page.get_by_role("alert")).to_be_empty()
        page.clock.fast_forward(2_100)
        expect_alert(page, portal, "The page does not reach NCALayer")


def behaving(*messages: str, ends: bool = False) -> Callable[[], Awaitable[Server]]:
    """A program that greets, answers with these messages, and then waits or hangs up."""

    async def converse(connection: ServerConnection) -> None:
        await connection.send(json.dumps(ncalayer.GREETING))
        await connection.recv()
        for message in messages:
            await connection.send(message)
        if not ends:
            await connection.wait_closed()

    async def start() -> Server:
        return await serve(converse, "127.0.0.1", 0)

    return start


async def mute() -> Server:
    """A program that takes the connection and says nothing that NCALayer would say."""

    async def converse(connection: ServerConnection) -> None:
        await connection.send("hello")
        await connection.wait_closed()

    return await serve(converse, "127.0.0.1", 0)


def test_ncalayer_hangs(page: Page, portal: Portal) -> None:
    page.clock.install()
    heard: list[object] = []
    page.on("websocket", lambda opened: opened.on("framereceived", lambda frame: heard.append(frame)))  # noqa: PLW0108
    with in_a_thread(mute) as portal.ncalayer_url:
        press(page, portal)
        while not heard:
            page.wait_for_timeout(10)
        expect(page.get_by_role("status")).to_contain_text("Signing…")
        page.clock.fast_forward(5_100)
        expect_alert(page, portal, "NCALayer is running but does not answer")


def test_the_wait_can_be_ended(page: Page, portal: Portal) -> None:
    with in_a_thread(behaving()) as portal.ncalayer_url:
        press(page, portal)
        button = page.get_by_role("button", name=SIGN)
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(page.get_by_role("status")).to_contain_text("Choose your key in the NCALayer window")
        page.get_by_role("button", name="Stop waiting").click()
        expect_alert(page, portal, "You stopped waiting")


ERROR: dict[str, Any] = {"status": False, "code": "GENERAL_ERROR", "message": "x", "details": None}


@pytest.mark.parametrize(
    ("answers", "ends"),
    [
        ([json.dumps(ERROR)], False),
        (['{"success":false,"errorCode":"MODULE_NOT_FOUND"}'], False),
        (['{"status":true,"body":{"result":[]}}'], False),
        (['{"status":true,"body":{"result":[""]}}'], False),
        (['{"status":true,"body":{"result":{"signatures":[]}}}'], False),
        ([], True),
        (["--heartbeat--", "{}", "5", "null"], True),
    ],
    ids=["error", "old version", "no signature", "empty", "another shape", "hangs up", "noise"],
)
def test_an_answer_that_is_no_signature(page: Page, portal: Portal, answers: list[str], ends: bool) -> None:
    with in_a_thread(behaving(*answers, ends=ends)) as portal.ncalayer_url:
        press(page, portal)
        expect_alert(page, portal, "NCALayer could not make the signature")


@pytest.mark.parametrize("result", ["as text", ["as a list"]])
def test_both_shapes_of_the_answer_and_noise_before_it(page: Page, portal: Portal, result: object) -> None:
    answer = json.dumps({"status": True, "body": {"result": result}})
    with in_a_thread(behaving("--heartbeat--", "{}", answer)) as portal.ncalayer_url:
        press(page, portal)
        expect(page.get_by_text("Refused: malformed")).to_be_visible()
    assert portal.sent[0]["cms"] in {"as text", "as a list"}


def test_what_ncalayer_is_asked(page: Page, portal: Portal) -> None:
    heard: list[str] = []

    async def start() -> Server:
        async def converse(connection: ServerConnection) -> None:
            await connection.send(json.dumps(ncalayer.GREETING))
            heard.append(str(await connection.recv()))
            await connection.send('{"status":true,"body":{}}')

        return await serve(converse, "127.0.0.1", 0)

    with in_a_thread(start) as portal.ncalayer_url:
        press(page, portal)
        expect_alert(page, portal, "The NCALayer window was closed")
    assert json.loads(heard[0]) == {
        "module": "kz.gov.pki.knca.basics",
        "method": "sign",
        "args": {
            "allowedStorages": None,
            "format": "cms",
            "data": HERS.base64,
            "signingParams": {"decode": True, "encapsulate": False, "digested": False},
            "signerParams": {"extKeyUsageOids": list(PERSON_KEY)},
            "locale": "ru",
        },
    }


# The way beside it


def sign_by_hand(page: Page, portal: Portal, authority: Path, tmp_path: Path) -> None:
    """Save the document, sign it with another program, send the file."""
    page.goto(portal.url)
    page.get_by_text("Sign in another way").click()
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save the document as a file").click()
    saved = Path(saving.value.path()).read_bytes()
    assert saved == HERS.data == canonical(json.loads(saved))
    signature = tmp_path / "order.cms"
    signature.write_bytes(ca.sign(authority, AIGUL.iin, saved))
    page.get_by_label("File with the signature").set_input_files(signature)
    page.get_by_role("button", name="Send the file with the signature").click()
    expect(page.get_by_text("Signed by")).to_be_visible()
    (sent,) = portal.sent
    assert sent == {"csrf_token": "token", "cms": "", "order": "7", "way": "file"}


def test_with_another_program(page: Page, portal: Portal, authority: Path, tmp_path: Path) -> None:
    sign_by_hand(page, portal, authority, tmp_path)


def test_without_scripts(browser: Browser, portal: Portal, authority: Path, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(portal.url)
    expect(page.get_by_role("button", name=SIGN)).to_be_hidden()
    expect(page.locator("noscript p")).to_contain_text("JavaScript must be on")
    expect(page.locator("noscript p")).to_be_visible()
    sign_by_hand(page, portal, authority, tmp_path)
    context.close()


def test_no_file_was_chosen(page: Page, portal: Portal) -> None:
    page.goto(portal.url)
    page.get_by_text("Sign in another way").click()
    page.get_by_role("button", name="Send the file with the signature").click()
    expect(page.get_by_text("Refused: malformed")).to_be_visible()


def test_everyone_can_use_it(page: Page, with_ncalayer: Portal, data: Path) -> None:
    set_mode(data, "cancel")
    press(page, with_ncalayer)
    expect_alert(page, with_ncalayer, "The NCALayer window was closed")
    page.get_by_text("Sign in another way").click()
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def test_it_is_signed_by_keyboard(page: Page, with_ncalayer: Portal) -> None:
    page.goto(with_ncalayer.url)
    expect(page.get_by_role("button", name=SIGN)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=SIGN)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed by")).to_be_visible()
