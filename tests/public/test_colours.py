"""Every pair of colours in every look can be read: 4.5 to 1 for text, 3 to 1 for boxes (WCAG 1.4.3, 1.4.11)."""

import re
from pathlib import Path

import pytest

import portal

STYLE = (Path(portal.__file__).parent / "static" / "portal.css").read_text("utf-8")

TEXT = [
    ("text", "page"),
    ("text", "soft"),
    ("text", "good-soft"),
    ("muted", "page"),
    ("muted", "soft"),
    ("link", "page"),
    ("link", "soft"),
    ("link", "good-soft"),
    ("link-hover", "page"),
    ("link-hover", "soft"),
    ("visited", "page"),
    ("visited", "soft"),
    ("good", "page"),
    ("good", "good-soft"),
    ("warn", "warn-soft"),
    ("bad", "page"),
    ("bad", "bad-soft"),
    ("on-bad", "bad"),
    ("on-brand", "brand"),
    ("on-top", "top"),
    ("on-focus", "focus"),
]
SHAPES = [("box", "page"), ("box", "soft"), ("brand", "page"), ("brand", "soft"), ("bad", "page"), ("good", "page")]


def palette(before: str) -> dict[str, str]:
    """The colours set in the first block after `before`."""
    start = STYLE.index(before)
    block = STYLE[STYLE.index("--", start) : STYLE.index("}", start)]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


LIGHT = palette(":root {")
DARK = palette(':root[data-look="dark"]')
LOOKS = {
    "light": LIGHT,
    "dark": DARK,
    "yellow on black": palette(':root[data-look="contrast"]'),
    "light, more contrast asked": LIGHT | palette("(prefers-contrast: more) and (prefers-color-scheme: light)"),
    "dark, more contrast asked": DARK | palette("(prefers-contrast: more) and (prefers-color-scheme: dark)"),
}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_what_the_standard_computes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#0b5c6b", "#ffffff") == pytest.approx(7.6, abs=0.1)


@pytest.mark.parametrize("look", LOOKS)
def test_every_text_can_be_read(look: str) -> None:
    colours = LOOKS[look]
    assert {pair: contrast(colours[pair[0]], colours[pair[1]]) >= 4.5 for pair in TEXT} == dict.fromkeys(TEXT, True)


@pytest.mark.parametrize("look", LOOKS)
def test_every_shape_can_be_seen(look: str) -> None:
    colours = LOOKS[look]
    assert {pair: contrast(colours[pair[0]], colours[pair[1]]) >= 3 for pair in SHAPES} == dict.fromkeys(SHAPES, True)


@pytest.mark.parametrize("look", LOOKS)
def test_the_focus_stands_out_from_the_page(look: str) -> None:
    colours = LOOKS[look]
    assert max(contrast(colours[part], colours["page"]) for part in ("focus", "on-focus")) >= 3


def test_a_dark_device_gets_the_very_look_that_one_may_choose() -> None:
    assert palette("@media screen and (prefers-color-scheme: dark)") == DARK


def test_every_look_sets_every_colour() -> None:
    assert set(DARK) == set(LOOKS["yellow on black"]) == set(LIGHT)


def test_rules_name_no_colour_beside_the_looks() -> None:
    rules = STYLE[STYLE.index("/* Text */") : STYLE.index("@media print")]
    assert re.findall(r"#[0-9a-fA-F]{3,6}\b|\brgb", rules) == []
