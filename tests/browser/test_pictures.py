"""The pictures that the README shows, taken from the real pages; `script/pictures` writes them into docs/pictures.

Taken by a test on its own they look at the first day of the demo's story, so that they are the same each time.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from portal.demo.people import CLERKS, FIRMS, MINISTRY_CLERK, ORAZBEK, RECIPIENTS
from tests.browser.conftest import VisitorMaker
from tests.browser.life import change_calendar, make_out_order
from tests.browser.running import ROOT
from tests.browser.visitor import Visitor

SHOWN = re.compile(r"\(docs/pictures/([a-z-]+)\.png\)")
MOST_BYTES = 120_000
WHO = {one.key: one for one in (*RECIPIENTS, *CLERKS)}
QAMQOR, TILSHI = (next(firm for firm in FIRMS if firm.key == key) for key in ("qamqor", "tilshi"))


@dataclass(frozen=True)
class Picture:
    """What a picture shows: the way to its page, and how wide and high it is."""

    language: str
    way: Callable[[Visitor], None]
    width: int = 1000
    height: int = 800


def scroll(one: Visitor, wanted: str, block: str = "start") -> None:
    """Bring the part of a page that the picture is about into sight."""
    one.page.locator(wanted).first.evaluate("(part, block) => part.scrollIntoView({ block })", block)


def her_page(one: Visitor) -> None:
    """What is to be done first, what is left."""
    one.come_back(WHO["aigerim"])
    one.go("/recipient/")


def providers(one: Visitor) -> None:
    """The list, from where the providers begin."""
    one.come_back(WHO["daniyar"])
    one.go("/recipient/")
    one.press("main a[href$='/providers']")
    scroll(one, "#list")


def read_and_sign(one: Visitor) -> None:
    """An order before it is signed."""
    one.come_back(WHO["aigerim"])
    make_out_order(one, "2")
    scroll(one, "main form details", "end")


def orders(one: Visitor) -> None:
    """What a provider has been asked for, with the term of its answer."""
    one.come_back(TILSHI.head, "provider")
    one.go("/provider/orders")
    scroll(one, "h1")


def new_visit(one: Visitor) -> None:
    """A visit on a phone."""
    one.come_back(QAMQOR.specialists[1], "specialist")
    one.go("/specialist/")
    one.press("main section a.govuk-button")
    scroll(one, "h1")


def ranking(one: Visitor) -> None:
    """An order whose first provider did not answer, so that the second was asked."""
    one.come_back(WHO["daniyar"])
    one.go("/recipient/orders")
    one.press(".offers__name a")
    scroll(one, "h1")


def hours(one: Visitor) -> None:
    """Where her hours went, from the top: what is left, and that it adds up."""
    one.come_back(WHO["aigerim"])
    one.go("/recipient/")
    one.press("main a[href*='/entitlements/']:not([href$='/providers'])")
    scroll(one, "h1")


def goods(one: Visitor) -> None:
    """A chair that is on its way: until when it comes, and what happened so far."""
    one.come_back(ORAZBEK)
    one.go("/recipient/orders")
    one.press(one.page.locator(".offers__name a").nth(1))
    scroll(one, "h1")


def claim(one: Visitor) -> None:
    """Money that comes back after a death became known."""
    one.come_back(WHO["zhanar"])
    one.go("/office/claims")
    one.press("main tbody a")
    scroll(one, "h1")


def calendar(one: Visitor) -> None:
    """What a new day off would do to terms that run."""
    one.come_back(MINISTRY_CLERK)
    change_calendar(one)
    scroll(one, "h1")


def act(one: Visitor) -> None:
    """An act: the verdict of the checks, and what stands behind it."""
    one.come_back(WHO["zhanar"])
    one.go("/office/acts?stage=all")
    one.press(f"main tbody tr:has-text('{WHO['aigerim'].last_name}') a")
    scroll(one, ".verdict")


PICTURES = {
    "home-kk": Picture("kk", her_page),
    "providers-ru": Picture("ru", providers),
    "sign-kk": Picture("kk", read_and_sign),
    "ranking-ru": Picture("ru", ranking),
    "provider-orders-ru": Picture("ru", orders),
    "visit-kk": Picture("kk", new_visit, 360, 740),
    "hours-kk": Picture("kk", hours),
    "goods-ru": Picture("ru", goods),
    "office-act-ru": Picture("ru", act),
    "claim-ru": Picture("ru", claim),
    "calendar-kk": Picture("kk", calendar, 1000, 720),
}


def test_the_readme_shows_them_all() -> None:
    """Each picture that can be taken is shown, and each that is shown is there."""
    shown = SHOWN.findall((ROOT / "README.md").read_text("utf-8"))
    assert sorted(shown) == sorted(PICTURES)
    assert [name for name in shown if not (ROOT / "docs" / "pictures" / f"{name}.png").is_file()] == []


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_can_be_taken(visitor: VisitorMaker, name: str) -> None:
    """The page is there, and its picture is small; it is kept only where PORTAL_PICTURES says so."""
    picture = PICTURES[name]
    one = visitor(picture.language, picture.width, picture.height)
    picture.way(one)
    one.page.evaluate("document.fonts.ready")
    taken = one.page.screenshot(scale="css", animations="disabled", caret="hide")
    assert len(taken) < MOST_BYTES
    if place := os.environ.get("PORTAL_PICTURES"):
        (ROOT / place).mkdir(parents=True, exist_ok=True)
        (ROOT / place / f"{name}.png").write_bytes(taken)
