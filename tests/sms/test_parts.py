"""How many parts of an SMS a text takes."""

import pytest

from portal.sms.parts import Coding, count, split


@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        ("", Coding.GSM7, 1),
        ("a" * 160, Coding.GSM7, 1),
        ("a" * 161, Coding.GSM7, 2),
        ("a" * 306, Coding.GSM7, 2),
        ("a" * 307, Coding.GSM7, 3),
        ("ә" * 70, Coding.UCS2, 1),
        ("ә" * 71, Coding.UCS2, 2),
        ("ә" * 134, Coding.UCS2, 2),
        ("ә" * 135, Coding.UCS2, 3),
        ("a" * 69 + "ә", Coding.UCS2, 1),
        ("a" * 70 + "ә", Coding.UCS2, 2),
        ("you@example", Coding.UCS2, 1),
        ("5 000 ₸", Coding.UCS2, 1),
        ("😀" * 35, Coding.UCS2, 1),
        ("😀" * 36, Coding.UCS2, 2),
        ("😀" * 67, Coding.UCS2, 3),
    ],
)
def test_counts(text: str, coding: Coding, parts: int) -> None:
    assert (split(text).coding, count(text)) == (coding, parts)


def test_no_character_is_cut() -> None:
    cut = split("ә" * 66 + "😀" * 40)
    assert "".join(part.decode("utf-16-be") for part in cut.parts) == "ә" * 66 + "😀" * 40
    assert max(map(len, cut.parts)) <= 134
