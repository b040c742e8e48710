"""Every page of every door, in both languages: no axe violation, no side scroll at 320 px, one heading, no English."""

from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from portal.demo.people import CLERKS, FIRMS, MINISTRY_CLERK, MOTHER, RECIPIENTS, Somebody, iin
from tests.browser.conftest import VisitorMaker
from tests.browser.life import GO_ON, change_calendar, make_out_order
from tests.browser.looking import WIDTHS, check, check_access, check_width, crawl
from tests.browser.visitor import Visitor

WHO = {one.key: one for one in (*RECIPIENTS, *CLERKS)}
WHERE = {firm.key: firm for firm in FIRMS}
TAKE_NEXT = "main form[action$='/office/next'] button"
DEMO_PAGES = ("/demo/phones", "/demo/clock", "/demo/keys")
PEOPLE: dict[str, tuple[Somebody, str, str]] = {
    "recipient": (WHO["aigerim"], "", "kk"),
    "deaf recipient": (WHO["daniyar"], "", "ru"),
    "recipient of goods and stays": (WHO["zeynep"], "", "ru"),
    "recipient whose programme was lowered": (WHO["batima"], "", "kk"),
    "recipient who got goods": (WHO["orazbek"], "", "kk"),
    "mother": (MOTHER, "", "kk"),
    "provider": (WHERE["qamqor"].head, "", "ru"),
    "provider with a returned act": (WHERE["meirim"].head, "", "kk"),
    "provider of goods": (WHERE["kerek"].head, "", "ru"),
    "assistant": (WHERE["qamqor"].specialists[1], "", "kk"),
    "interpreter": (WHERE["qamqor"].specialists[2], "", "ru"),
    "office": (WHO["zhanar"], "", "kk"),
    "second person of the office": (WHO["saule"], "", "ru"),
    "ministry": (MINISTRY_CLERK, "", "kk"),
}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_for_guests(visitor: VisitorMaker, language: str) -> None:
    """Everything that is open to everybody, the demo's pages too."""
    one = visitor(language)
    for _page in crawl(one, *(one.demo.url + path for path in ("/", "/sign-in", *DEMO_PAGES))):
        check(one)


@pytest.mark.parametrize("who", PEOPLE)
def test_for_the_signed_in(visitor: VisitorMaker, who: str) -> None:
    """Everything that can be reached from the start page of a door."""
    somebody, role, language = PEOPLE[who]
    one = visitor(language)
    one.come_back(somebody, role)
    one.go("/for-whom")
    home = one.page.url
    if one.page.locator(TAKE_NEXT).count():
        one.press(TAKE_NEXT)
    for _page in crawl(one, home, below=urlsplit(home).path):
        check(one)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_refusals(visitor: VisitorMaker, language: str) -> None:
    """Pages that say what did not work, and forms that come back: 403, 404, 405, 409 and 422."""
    one = visitor(language)
    one.go("/sign-in")
    one.press(status=422)
    check(one)
    one.page.locator("[name=iin]").fill(iin(date(2003, 3, 3), 5, 100))
    one.press()
    check(one)
    one.page.locator("[name=code]").fill("000000")
    one.press(status=422)
    check(one)
    one.come_back(WHO["daniyar"])
    for path, status in (("/nothing", 404), ("/office/", 403), ("/sign-out", 405)):
        assert one.look(path).status == status
        check(one)
    one.go("/recipient/orders")
    order = one.page.locator(".offers__name a").last.get_attribute("href")
    assert one.look(f"{order}/take-back").status == 409
    check(one)


def test_ordering(visitor: VisitorMaker) -> None:
    """What stands between choice and order: no provider that fits, nothing to compare, the form, the signing."""
    one = visitor("kk")
    one.come_back(WHO["zeynep"])
    one.go("/recipient/")
    one.press("main a[href$='/providers']")
    listed = one.page.url
    one.press("main form[action$='/comparison'] button")
    check(one)
    one.go(f"{listed}?language=ru&way=online&surcharge=free")
    check(one)
    make_out_order(one, "1")
    check(one)
    one.fail_to_sign("cancel")
    check(one)
    one.sign("expired", 422)
    check(one)
    one.press("nav a.govuk-back-link")
    one.page.locator("[name=hours]").fill("9")
    one.press(GO_ON, 422)
    check(one)


def test_answering_and_logging(visitor: VisitorMaker) -> None:
    """What a provider and an assistant see when they have left something out, and before they sign."""
    head = visitor("ru")
    head.come_back(WHERE["tilshi"].head, "provider")
    head.go("/provider/orders")
    head.press("main td a, main th a")
    order = head.page.url
    head.press("main form[action$='/accept'] button")
    check(head)
    head.go(f"{order}/decline")
    head.press(status=422)
    check(head)
    one = visitor("kk")
    one.come_back(WHERE["qamqor"].specialists[1], "specialist")
    one.press("main section a.govuk-button")
    one.page.locator("[name=end]").fill("25:00")
    one.press(status=422)
    check(one)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_changing_the_calendar(visitor: VisitorMaker, language: str) -> None:
    """What a change of the calendar would do to terms that run, and what is wrong in a form or in a file."""
    one = visitor(language)
    one.come_back(MINISTRY_CLERK)
    one.go("/ministry/calendar/days/new")
    one.press(status=422)
    check(one)
    change_calendar(one)
    assert one.page.locator("button[name=move]").count() == 2
    one.page.locator("main summary").click()
    check(one)
    one.go("/ministry/calendar/file")
    table = "date,kind,why_kk,why_ru,basis,confirmed\nx,day_off,№,№,№,yes\n".encode()
    one.page.locator("[name=file]").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": table})
    one.press(status=422)
    check(one)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_setting_an_amount_of_goods(visitor: VisitorMaker, language: str) -> None:
    """What is wrong in the form, and what is read once more before it is set."""
    one = visitor(language)
    one.come_back(MINISTRY_CLERK)
    one.go("/ministry/amounts/new?code=501")
    one.fill_day("valid_from", one.demo.today + timedelta(days=1))
    one.page.locator("[name=tiyn]").fill("90 000")
    one.page.locator("[name=basis]").fill("№ 20")
    one.press(status=422)
    check(one)
    one.page.locator("[name=code]").fill("501302")
    one.press(status=200)
    assert one.page.locator("button[name=step]").count() == 2
    check(one)


LOOKED_AT: dict[str, tuple[Somebody | None, str, str]] = {
    "front page": (None, "", "/"),
    "her page": (WHO["aigerim"], "", "/recipient/"),
    "providers": (WHO["aigerim"], "", "main a[href$='/providers']"),
    "orders": (WHERE["qamqor"].head, "provider", "/provider/orders"),
    "month": (WHERE["qamqor"].head, "provider", "/provider/months"),
    "new visit": (WHERE["qamqor"].specialists[1], "specialist", "main section a.govuk-button"),
    "payments": (WHO["zhanar"], "", "/office/payments?pile=paid"),
    "act": (WHO["zhanar"], "", "/office/acts?stage=all main tbody a"),
}


@pytest.mark.parametrize("which", LOOKED_AT)
def test_looks_and_large_text(visitor: VisitorMaker, which: str) -> None:
    """Dark with text of 200 %, and yellow on black: on a phone and on a wide screen."""
    somebody, role, way = LOOKED_AT[which]
    one = visitor("ru")
    if somebody is not None:
        one.come_back(somebody, role)
        one.go("/for-whom")
    path, _, link = way.partition(" ") if way.startswith("/") else ("", "", way)
    if path:
        one.go(path)
    if link:
        one.press(link)
    check_looks(one)


def test_read_and_sign_in_every_look(visitor: VisitorMaker) -> None:
    """The page that matters most."""
    one = visitor("ru")
    one.come_back(WHO["aigerim"])
    make_out_order(one, "1")
    check_looks(one)


def check_looks(one: Visitor) -> None:
    """The present page in other colours, and with large text."""
    address = one.page.url
    for look, size in (("dark", 200), ("contrast", 150)):
        one.go(f"{address}{'&' if '?' in address else '?'}look={look}&size={size}")
        assert one.page.locator("html").get_attribute("data-look") == look
        one.page.evaluate(AXE_SCRIPT)
        for width in WIDTHS:
            one.page.set_viewport_size({"width": width, "height": 900})
            where = f"{urlsplit(address).path}, {look}, {size} % at {width}"
            check_width(one.page, where)
            check_access(one.page, where)
