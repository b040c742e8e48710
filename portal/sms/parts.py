"""How a text becomes the parts of an SMS: what it is written in, where it is cut, how many parts it takes.

A text of letters and signs that mean the same in ASCII and in GSM 03.38 goes as GSM-7: 160 characters in one part, 153
in each of several. Any other, so every text in Kazakh or Russian, goes as UCS-2: 70, or 67. A character is never cut.
"""

from dataclasses import dataclass
from enum import IntEnum

# What gateways disagree about (@ $ _ and the escaped signs) is left out on purpose: such a text goes as UCS-2.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 \n\r!\"#%&'()*+,-./:;<=>?")


class Coding(IntEnum):
    """SMPP's `data_coding`."""

    GSM7 = 0
    UCS2 = 8


@dataclass(frozen=True, slots=True)
class Split:
    """A text cut into parts."""

    coding: Coding
    parts: tuple[bytes, ...]


def split(text: str) -> Split:
    """The encoded parts of a text, at least one, without their headers."""
    coding = Coding.GSM7 if _PLAIN.issuperset(text) else Coding.UCS2
    alone, together, width = (160, 153, 1) if coding is Coding.GSM7 else (70, 67, 2)
    encoded = [_encoded(character, coding) for character in text]
    if sum(map(len, encoded)) <= alone * width:
        return Split(coding, (b"".join(encoded),))
    parts = [b""]
    for character in encoded:
        if len(parts[-1]) + len(character) > together * width:
            parts.append(b"")
        parts[-1] += character
    return Split(coding, tuple(parts))


def count(text: str) -> int:
    """How many parts of an SMS the text takes."""
    return len(split(text).parts)


def _encoded(character: str, coding: Coding) -> bytes:
    return character.encode("ascii") if coding is Coding.GSM7 else character.encode("utf-16-be", "replace")
