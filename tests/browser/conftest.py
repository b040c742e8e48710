"""The whole demo, run as people run it, and a Chromium that looks at it: one of each for all browser tests.

Both belong to this directory and end with it. Playwright keeps an event loop running in the thread that started it;
left on, it would be in the way of every later test that runs one of its own.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.running import Demo, run
from tests.browser.visitor import LONGEST_LOOK, Visitor

HERE = Path(__file__).parent
NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
LANGUAGES = {"kk": "kk-KZ", "ru": "ru-RU"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this directory share one demo, so with several workers one of them runs them all."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo on a free port, with everything that belongs to it, on a day that is always the same."""
    with run(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests here."""
    path = next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *NAMES))), None)
    assert path, "Chromium is missing: script/test installs it, or run: apt-get install chromium"
    expect.set_options(timeout=LONGEST_LOOK)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class VisitorMaker:
    """Opens browsers for people."""

    def __init__(self, chromium: Browser, demo: Demo) -> None:
        self._chromium, self._demo = chromium, demo
        self._made: list[Visitor] = []

    def __call__(self, language: str = "kk", width: int = 1280, height: int = 900, script: bool = True) -> Visitor:
        """A new visitor; without `script` the browser runs no JavaScript."""
        context = self._chromium.new_context(
            locale=LANGUAGES[language],
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            accept_downloads=True,
        )
        self._made.append(Visitor(context, self._demo, language))
        return self._made[-1]

    def close(self) -> None:
        """Close them all; faults that any page caused fail the test."""
        faults = [fault for one in self._made for fault in one.faults]
        for one in self._made:
            one.context.close()
        assert faults == []


@pytest.fixture
def visitor(chromium: Browser, demo: Demo) -> Iterator[VisitorMaker]:
    """Makes visitors; each has a browser of their own, and none may have caused a fault."""
    maker = VisitorMaker(chromium, demo)
    yield maker
    maker.close()
