"""From the front page to a signed order by keyboard alone: Tab, Enter, Space and arrows, and one always sees where."""

from playwright.sync_api import Page, expect

from portal.demo.people import RECIPIENTS
from tests.browser.conftest import VisitorMaker
from tests.browser.running import Demo
from tests.browser.visitor import Visitor

DANIYAR = next(one for one in RECIPIENTS if one.key == "daniyar")
MOST_TABS = 80

LOOKS = """() => {
  const marks = ["outline", "boxShadow", "backgroundColor", "borderColor", "textDecorationLine"];
  const look = (style) => marks.map((mark) => style[mark]).join("|");
  window.lookOf = (one) => {
    const label = one.labels?.[0];
    return [look(getComputedStyle(one)), label ? look(getComputedStyle(label, "::before")) : ""].join("|");
  };
  const all = document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]");
  window.looks = new Map([...all].map((one) => [one, lookOf(one)]));
}"""
"""Remembers how everything looks that can be reached, before it is."""

SEEN = """(wanted) => {
  const one = document.activeElement;
  const box = (one.labels?.[0] ?? one).getClientRects()[0];
  const top = document.elementFromPoint(box.x + Math.min(box.width, 300) / 2, box.y + box.height / 2);
  return {
    there: one.matches(wanted),
    changed: !looks.has(one) || looks.get(one) !== lookOf(one),
    uncovered: Boolean(top) && [one, ...one.labels ?? []].some((part) => part.contains(top)),
    html: one.outerHTML.slice(0, 120),
  };
}"""


class Keyboard:
    """Hands that know no mouse."""

    def __init__(self, visitor: Visitor) -> None:
        self.page: Page = visitor.page

    def tab_to(self, wanted: str) -> None:
        """Go on with Tab until something has the focus; on the way each thing that has it can be seen to have it."""
        if not self.page.evaluate("() => 'looks' in window"):
            self.page.evaluate(LOOKS)
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            seen = self.page.evaluate(SEEN, wanted)
            assert seen["changed"], f"nobody sees that this has the focus: {seen['html']}"
            assert seen["uncovered"], f"something lies over what has the focus: {seen['html']}"
            if seen["there"]:
                return
        raise AssertionError(f"{wanted} cannot be reached with Tab on {self.page.url}")

    def press(self, key: str, status: int = 200) -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation() as going:
            self.page.keyboard.press(key)
        assert going.value is not None
        assert going.value.status == status, going.value.url

    def write(self, wanted: str, text: str) -> None:
        """Go to a box and write into it, in place of what is there."""
        self.tab_to(wanted)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)


def test_choosing_and_signing_by_keyboard(demo: Demo, visitor: VisitorMaker) -> None:
    """The whole way; at its end the order is taken back, so that nothing of it stays."""
    one = visitor("ru")
    hands = Keyboard(one)
    skips_the_header(one, hands)
    signs_in(demo, one, hands)
    chooses(one, hands)
    mends_the_order(one, hands)
    signs(demo, one, hands)
    hands.tab_to("main a[href*='/recipient/orders/']")
    hands.press("Enter")
    hands.tab_to("main a[href$='/take-back']")
    hands.press("Enter")
    hands.tab_to("main form button")
    hands.press("Enter")
    expect(one.page.locator(".notice--success")).to_be_focused()


def skips_the_header(one: Visitor, hands: Keyboard) -> None:
    """The first thing that Tab reaches leads past the header; what comes next is in the main part."""
    hands.tab_to("a.govuk-skip-link")
    one.page.keyboard.press("Enter")
    expect(one.page.locator("main")).to_be_focused()
    one.page.keyboard.press("Tab")
    expect(one.page.locator("main a.big-button")).to_be_focused()
    hands.press("Enter")


def signs_in(demo: Demo, one: Visitor, hands: Keyboard) -> None:
    """Enter in the only box is enough."""
    seen = len(demo.texts(DANIYAR.phone))
    hands.write("[name=iin]", DANIYAR.iin)
    hands.press("Enter")
    hands.write("[name=code]", demo.code(DANIYAR.phone, seen))
    hands.press("Enter")
    expect(one.page.locator(".who__name")).to_contain_text(DANIYAR.last_name)


def chooses(one: Visitor, hands: Keyboard) -> None:
    """A filter with arrows and Space, two to compare, and on to one of them."""
    page = one.page
    hands.tab_to("main a[href$='/providers']")
    hands.press("Enter")
    hands.tab_to("select[name=sort]")
    page.keyboard.press("ArrowDown")
    hands.tab_to("[name=surcharge]")
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    hands.tab_to("main .filters button")
    hands.press("Enter")
    expect(page.locator("select[name=sort]")).not_to_have_value("")
    for place in ("first", "last"):
        hands.tab_to(f".offers__item:{place}-child [name=compare]")
        page.keyboard.press("Space")
    hands.tab_to("main form[action$='/comparison'] button")
    hands.press("Enter")
    assert page.locator("main table thead th").count() == 3
    hands.tab_to("main li a[href*='/providers/']")
    hands.press("Enter")
    hands.tab_to("a.govuk-button[href*='/order']")
    hands.press("Enter")


def mends_the_order(one: Visitor, hands: Keyboard) -> None:
    """The summary of what is to be mended gets the focus, and leads to the box."""
    page = one.page
    hands.write("[name=hours]", "0")
    hands.press("Enter", 422)
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    hands.tab_to(".govuk-error-summary a")
    page.keyboard.press("Enter")
    expect(page.locator("[name=hours]")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    hands.tab_to("[name=way]")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=way]:checked")).to_be_focused()
    hands.tab_to("main form button:not([name])")
    hands.press("Enter")


def signs(demo: Demo, one: Visitor, hands: Keyboard) -> None:
    """When it is cancelled the focus is back on the button; then it is signed."""
    page = one.page
    demo.choose_key("cancel")
    hands.tab_to("[data-sign-button]")
    page.keyboard.press("Space")
    expect(page.locator("[data-sign-alert]")).not_to_be_empty()
    expect(page.locator("[data-sign-button]")).to_be_focused()
    demo.choose_key("auto")
    hands.press("Enter")
    expect(page.locator(".confirmation__number")).to_be_visible()
