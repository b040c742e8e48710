"""How the command line reads its arguments: days, ports, small numbers, files; what is none is a sentence."""

import argparse
from datetime import date
from pathlib import Path

from portal.rules.quantities import written_day


def day(text: str) -> date:
    """A day like 2026-12-31."""
    try:
        return written_day(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day like 2026-12-31") from None


def port(text: str) -> int:
    """A port that can be listened on."""
    return _whole(text, 65535, "a port")


def count(text: str) -> int:
    """How many of something that one machine has."""
    return _whole(text, 99, "a number")


def many(text: str) -> int:
    """How many of something that nobody counts by hand."""
    return _whole(text, 999_999_999, "a number")


def file(text: str) -> Path:
    """A file that is there."""
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return Path(text)


def _whole(text: str, most: int, what: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= most:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not {what} from 1 to {most}")
