"""Somebody at a browser of their own, and the few things that everybody does on every page.

Nothing here reads a word of a page: names of fields, addresses and roles are the same in each language.
"""

from datetime import date

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, WebSocket, expect

from portal.demo.people import Somebody
from tests.browser.running import Demo, wait

LONGEST_LOOK = 30_000
OURS = ("data:", "blob:", "ws://127.0.0.1:")
EXPECTED = ("status of 4", "WebSocket connection")
"""What a browser complains of where a page refuses something, or NCALayer is off."""


class Visitor:
    """Somebody at a browser; `faults` are what no page may do."""

    def __init__(self, context: BrowserContext, demo: Demo, language: str) -> None:
        self.context, self.demo, self.language = context, demo, language
        self.faults: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(LONGEST_LOOK)
        self.page.on("request", self._note_request)
        self.page.on("websocket", self._note_socket)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", self._note_console)
        self.page.goto(f"{demo.url}/?lang={language}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.demo.url, *OURS)):
            self.faults.append(f"foreign: {request.url}")

    def _note_socket(self, socket: WebSocket) -> None:
        if not socket.url.startswith(OURS):
            self.faults.append(f"foreign: {socket.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(one in message.text for one in EXPECTED):
            self.faults.append(f"console: {message.text}")

    def sign_in(self, somebody: Somebody, role: str = "") -> Page:
        """Sign in with IIN and code; choose the role where there are several ("specialist")."""
        seen = len(self.demo.texts(somebody.phone))
        self.go("/sign-in")
        self.page.locator("[name=iin]").fill(somebody.iin)
        self.press()
        self.page.locator("[name=code]").fill(self.demo.code(somebody.phone, seen))
        self.press()
        if self.page.locator("[name=capacity]").count():
            self.page.locator(f"[name=capacity][value^={role}]").check()
            self.press()
        self.demo.signed_in[somebody.iin, role] = self.context.storage_state()
        return self.page

    def come_back(self, somebody: Somebody, role: str = "") -> Page:
        """Go on as somebody who signed in before, in this or another browser; sign in if they did not."""
        kept = self.demo.signed_in.get((somebody.iin, role))
        if kept is None:
            return self.sign_in(somebody, role)
        self.context.add_cookies(kept["cookies"])  # type: ignore[arg-type]
        self.go(f"/?lang={self.language}")
        return self.page

    def go(self, path: str) -> Response:
        """Open a page of the portal, which has to be there."""
        answer = self.look(path)
        assert answer.status == 200, f"{path}: {answer.status}"
        return answer

    def look(self, path: str) -> Response:
        """Open a page of the portal that may refuse."""
        answer = self.page.goto(path if path.startswith("http") else self.demo.url + path)
        assert answer is not None
        return answer

    def press(self, button: str | Locator = "main form button[type=submit]", status: int = 200) -> None:
        """Press a button or a link that leads to a page, and say with which status it has to come."""
        place = self.page.locator(button).first if isinstance(button, str) else button
        with self.page.expect_navigation() as going:
            place.click()
        assert going.value is not None
        assert going.value.status == status, f"{going.value.url}: {going.value.status}\n{self.refusals()}"

    def refusals(self) -> str:
        """What the page refuses, if it does."""
        return "\n".join(self.page.locator(".govuk-error-summary, main h1").all_inner_texts())

    def fill_day(self, name: str, day: date) -> None:
        """Write a day into its three boxes."""
        for box, figure in (("day", day.day), ("month", day.month), ("year", day.year)):
            self.page.locator(f"[name={name}-{box}]").fill(str(figure))

    def sign(self, mode: str = "auto", status: int = 200) -> None:
        """Press the button for signing, with NCALayer doing what `mode` says; a page has to come of it."""
        self.demo.choose_key(mode)
        self.press("[data-sign-button]", status)

    def fail_to_sign(self, mode: str) -> str:
        """Press the button where NCALayer gives nothing: no page comes, and the sentence that says why is given."""
        alert = self.page.locator("[data-sign-alert]")
        self.demo.choose_key(mode)
        self.page.locator("[data-sign-button]").click()
        expect(self.page.locator("[data-sign-button]")).to_have_attribute("aria-disabled", "false")
        expect(alert).not_to_be_empty()
        return alert.inner_text()

    def await_on(self, path: str, wanted: str) -> Locator:
        """Look at a page again and again until something is there."""

        def found() -> Locator | None:
            self.go(path)
            return self.page.locator(wanted).first if self.page.locator(wanted).count() else None

        return wait(found, f"{wanted} on {path}")

    def move_clock(self, day: date) -> None:
        """Make it another day, on the demo's own page."""
        self.go("/demo/clock")
        self.fill_day("day", day)
        self.press()
        assert self.demo.today == day
