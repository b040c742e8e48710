"""Goods from the choice to the act and back again: he orders nappies for a quarter more, and they do not fit."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from portal.demo.people import FIRMS, ORAZBEK
from tests.browser.conftest import VisitorMaker
from tests.browser.life import GO_ON
from tests.browser.looking import check
from tests.browser.running import Demo
from tests.browser.visitor import Visitor

KEREK = next(firm for firm in FIRMS if firm.key == "kerek")
MODEL = "Мақта L"


def test_ordered_brought_acted_and_given_back(demo: Demo, visitor: VisitorMaker) -> None:
    """Each page on the way is looked at, on a phone and on a wide screen; each side learns what the other did."""
    he, head = visitor("kk", 320), visitor("ru")
    he.come_back(ORAZBEK)
    head.come_back(KEREK.head)
    order = orders(he)
    accepts(head, order)
    seen = len(demo.texts(ORAZBEK.phone))
    sends(head, order)
    demo.told(ORAZBEK.phone, "KZ77", seen)
    looks(he, f"/recipient/orders/{order}", "KZ77")
    hands_over(head, order)
    act = draws_up(head, order)
    signs(he, act)
    gives_back(head, order)
    looks(he, f"/recipient/orders/{order}", "365")
    expect(he.page.locator("main a[href$='/goods']")).to_have_count(1)


def looks(one: Visitor, path: str, wanted: str) -> None:
    """Open a page, look at it, and see that it says something."""
    one.go(path)
    check(one)
    expect(one.page.locator("main")).to_contain_text(wanted)


def orders(he: Visitor) -> str:
    """From his page to the models, to the form, to the signature; gives the id of the order."""
    he.go("/recipient/")
    he.press(he.page.locator("main a[href$='/goods']").first)
    expect(he.page.locator("main h3", has_text=MODEL)).to_have_count(1)
    he.press(he.page.locator("main a[href*='/order']", has_text=MODEL))
    he.page.locator("[name=pieces]").fill("12")
    he.press(GO_ON, 422)
    expect(he.page.locator("[name=pieces]")).to_have_value("12")
    check(he)
    he.page.locator("[name=pieces]").fill("365")
    he.press("main form button[name=work_out]")
    check(he)
    he.press(GO_ON)
    expect(he.page.locator("main")).to_contain_text(MODEL)
    check(he)
    he.sign()
    return urlsplit(he.page.url).path.split("/")[3]


def accepts(head: Visitor, order: str) -> None:
    """The provider reads, accepts and signs."""
    looks(head, f"/provider/orders/{order}", MODEL)
    head.press("main form[action$='/accept'] button")
    check(head)
    head.sign()


def sends(head: Visitor, order: str) -> None:
    """A form without a number comes back with the day that was typed; then the goods are on their way."""
    looks(head, f"/provider/orders/{order}/send-off", "")
    head.press(status=422)
    check(head)
    head.page.locator("main form input[type=text]").first.fill("KZ77")
    head.press()
    looks(head, f"/provider/orders/{order}", "KZ77")


def hands_over(head: Visitor, order: str) -> None:
    """The recipient has them."""
    looks(head, f"/provider/orders/{order}/hand-over", "")
    head.press()
    looks(head, f"/provider/orders/{order}", MODEL)


def draws_up(head: Visitor, order: str) -> str:
    """The act is one button on the page of the order; gives its id."""
    head.go(f"/provider/orders/{order}")
    head.press("main form[action$='/act'] button")
    check(head)
    return urlsplit(head.page.url).path.split("/")[-1]


def signs(he: Visitor, act: str) -> None:
    """He reads what he holds and signs for it."""
    looks(he, f"/recipient/acts/{act}", "365")
    he.press("main a.govuk-button[href*='/sign']")
    expect(he.page.locator("main")).to_contain_text(MODEL)
    check(he)
    he.sign()


def gives_back(head: Visitor, order: str) -> None:
    """The page says beforehand what follows; then the pieces are free again."""
    head.go(f"/provider/orders/{order}")
    head.press(head.page.locator("main a[href$='/back']"))
    check(head)
    head.page.locator("[name=reason]").first.check()
    head.press()
    check(head)
