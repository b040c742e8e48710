"""Without JavaScript everything works but the button that calls NCALayer: signing is done with a file."""

import base64
from pathlib import Path

from playwright.sync_api import expect

from portal.demo import ca
from portal.demo.people import FIRMS, RECIPIENTS
from tests.browser.conftest import VisitorMaker
from tests.browser.life import make_out_order
from tests.browser.running import Demo
from tests.browser.visitor import Visitor

ZEYNEP = next(one for one in RECIPIENTS if one.key == "zeynep")
QAMQOR = next(firm for firm in FIRMS if firm.key == "qamqor")


def test_everything_but_ncalayer(demo: Demo, visitor: VisitorMaker, tmp_path: Path) -> None:
    """She signs in, filters, orders and signs with a file; the provider declines in the same way."""
    she, head = visitor("kk", script=False), visitor("ru", script=False)
    she.sign_in(ZEYNEP)
    filters(she)
    make_out_order(she, "2")
    expect(she.page.locator("[data-sign-button]")).to_be_hidden()
    expect(she.page.locator("main noscript")).not_to_be_empty()
    send(she, tmp_path / "wrong.cms", b"no signature at all", 422)
    expect(she.page.locator(".govuk-error-summary")).to_be_visible()
    send(she, tmp_path / "order.cms", ca.sign(ca.place(demo.data), ZEYNEP.iin, document(she)))
    expect(she.page.locator(".confirmation__number")).to_be_visible()
    she.press("main a[href*='/recipient/orders/']")

    head.come_back(QAMQOR.head, "provider")
    head.go(f"/provider/orders/{she.page.url.rsplit('/', 1)[-1]}")
    head.press("main a[href$='/decline']")
    head.press(status=422)
    head.page.locator("[name=reason]").first.check()
    head.press()
    signed = ca.sign(ca.place(demo.data), QAMQOR.head.iin, document(head), bin_=QAMQOR.bin)
    send(head, tmp_path / "refusal.cms", signed)
    expect(head.page.locator(".notice--success")).to_be_visible()
    expect(head.page.locator("main form[action$='/accept']")).to_have_count(0)


def test_the_view_is_changed(visitor: VisitorMaker) -> None:
    """Colours and size are chosen by a form, on the page where one is, and are kept."""
    one = visitor("kk", script=False)
    one.go("/services")
    one.page.locator("details.view summary").click()
    one.page.locator("header [name=look][value=dark]").check()
    one.page.locator("header [name=size][value='150']").check()
    one.press("header details.view button")
    for path in (one.page.url, "/help"):
        one.go(path)
        expect(one.page.locator("html")).to_have_attribute("data-look", "dark")
        expect(one.page.locator("html")).to_have_attribute("data-size", "150")


def filters(one: Visitor) -> None:
    """The list is narrowed by a form like any other."""
    one.press("main a[href$='/providers']")
    one.page.locator("select[name=sort]").select_option(index=1)
    one.press("main .filters button")
    assert "sort=" in one.page.url


def document(one: Visitor) -> bytes:
    """The document that the page offers to be saved."""
    address = one.page.locator("main form.sign a[download]").get_attribute("href") or ""
    return base64.b64decode(address.partition("base64,")[2], validate=True)


def send(one: Visitor, path: Path, signature: bytes, status: int = 200) -> None:
    """Choose a file as the signature, and send it."""
    path.write_bytes(signature)
    one.page.locator("main form.sign summary").click()
    one.page.locator("[name=cms_file]").set_input_files(path)
    one.press("main form.sign button[name=way]", status)
