"""What holds for every page, however one came to it, and the way to every page that links lead to."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error, Page

from tests.browser.visitor import Visitor

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": LEVELS, "resultTypes": ["violations"]}
WIDTHS = (320, 1280)
ENGLISH = re.compile(r"\b[A-Za-z]{2,}(?: [a-z]{2,}){2,}")
"""Three words in a row that nobody has translated."""
MOST_PAGES = 60
RUN_AXE = """async (rules) => {
  const found = (await axe.run(rules)).violations;
  return found.flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${node.html.slice(0, 200)}`));
}"""


def check(one: Visitor, widths: tuple[int, ...] = WIDTHS) -> None:
    """Nothing is wrong with the page on a phone, nor on a wide screen."""
    page = one.page
    where = f"{urlsplit(page.url).path} in {one.language}"
    assert page.locator("html").get_attribute("lang") == one.language, where
    assert page.locator("h1").count() == 1, where
    assert page.title().strip(" –"), where
    assert not (said := ENGLISH.findall(words_of(page))), f"{where} says {said}"
    page.evaluate(AXE_SCRIPT)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        check_width(page, f"{where} at {width}")
        check_access(page, f"{where} at {width}")


def words_of(page: Page) -> str:
    """What the page says, without commands that one types as they are."""
    said = page.locator("body").inner_text()
    for command in page.locator("code").all_inner_texts():
        said = said.replace(command, "")
    return said


def check_width(page: Page, where: str) -> None:
    """Nobody has to scroll sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{where} scrolls sideways by {wide}: {page.evaluate(WIDEST)}"


def check_access(page: Page, where: str) -> None:
    """The checker of accessibility, which is in the page already, finds nothing."""
    said = page.evaluate(RUN_AXE, RULES)
    assert said == [], f"{where}: " + "; ".join(said)


def crawl(one: Visitor, *starts: str, below: str = "/") -> Iterator[Page]:
    """The pages below an address that can be reached by links from `starts`, one of each kind."""
    waiting, seen = list(starts), {kind(start) for start in starts}
    for _ in range(MOST_PAGES):
        if not waiting:
            return
        if not _open(one, waiting.pop(0)):
            continue
        yield one.page
        for href in one.page.eval_on_selector_all("a[href]:not([download])", "links => links.map(a => a.href)"):
            if href.startswith(one.demo.url + below) and "/static/" not in href and kind(href) not in seen:
                seen.add(kind(href))
                waiting.append(href)
    raise AssertionError(f"there is no end of pages behind {starts}")


def kind(url: str) -> str:
    """An address without its ids and days: one page of a kind is enough."""
    parts = urlsplit(url)
    path = ["…" if any(sign.isdigit() for sign in part) else part for part in parts.path.split("/")]
    asked = [(name, value if value.isalpha() else "…") for name, value in parse_qsl(parts.query) if name != "lang"]
    return f"{'/'.join(path)}?{sorted(set(asked))}"


def _open(one: Visitor, url: str) -> bool:
    """Open a page; False when it is a file to be kept."""
    try:
        answer = one.page.goto(url)
    except Error as error:
        if "Download is starting" in error.message:
            return False
        raise
    assert answer is not None
    assert answer.status < 400, f"{url}: {answer.status}"
    return "html" in answer.headers.get("content-type", "")


WIDEST = """() => {
  const edge = document.documentElement.clientWidth;
  const wide = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > edge + 1);
  return wide.slice(-3).map((one) => one.outerHTML.slice(0, 160));
}"""
