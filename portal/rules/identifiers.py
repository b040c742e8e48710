"""Numbers that name people, organisations, accounts and phones: whether they can exist (rulebook 2, R3.2, R34.2)."""

import re
from datetime import date

from portal.rules.law import law

_FIRST_ROUND = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_ROUND = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_CENTURIES = {"0": (1900, 2000), "1": (1800,), "2": (1800,), "3": (1900,), "4": (1900,), "5": (2000,), "6": (2000,)}
_BODY = re.compile(r"[0-9]{11}", re.ASCII)
_BIN = re.compile(r"[0-9]{2}(0[1-9]|1[0-2])[456][0-9]{7}", re.ASCII)
_IBAN = re.compile(r"KZ[0-9]{5}[0-9A-Z]{13}", re.ASCII)
_PHONE = re.compile(r"(?:\+7|8|7)?(7[0-9]{9})", re.ASCII)
_BETWEEN_DIGITS = re.compile(r"[\s()\-\u2010-\u2014]")


@law("R3.2")
def is_iin(text: str) -> bool:
    """Whether `text` can be an IIN: twelve digits, a real birth date, the right check digit.

    Says nothing about sex or age: those come from the registers. The seventh digit 0 occurs with foreigners.
    """
    return iin_with_check_digit(text[:11]) == text


@law("R3.2")
def iin_with_check_digit(body11: str) -> str | None:
    """The IIN of these eleven digits; None when no such number is ever given out (date, century, check digit)."""
    if not _BODY.fullmatch(body11) or not _has_birth_date(body11):
        return None
    return _with_check_digit(body11)


@law("RP.1")
def is_bin(text: str) -> bool:
    """Whether `text` can be a BIN: twelve digits, year and month of registration, kind 4 to 6, check digit."""
    return _BIN.fullmatch(text) is not None and _with_check_digit(text[:11]) == text


@law("R42.5")
def is_kz_iban(text: str) -> bool:
    """Whether `text` can be an account in Kazakhstan: KZ, 18 more signs without spaces, remainder 1 (ISO 13616)."""
    if not _IBAN.fullmatch(text):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


@law("R34.2")
def normal_phone(text: str) -> str | None:
    """The phone as +77XXXXXXXXX; None when it is not a number of Kazakhstan.

    Takes 8 7…, +7 7…, 7 7… or the ten digits alone, with spaces, hyphens and brackets between them.
    """
    found = _PHONE.fullmatch(_BETWEEN_DIGITS.sub("", text))
    return f"+7{found[1]}" if found else None


def _with_check_digit(body11: str) -> str | None:
    for weights in (_FIRST_ROUND, _SECOND_ROUND):
        check = sum(int(digit) * weight for digit, weight in zip(body11, weights, strict=True)) % 11
        if check < 10:
            return f"{body11}{check}"
    return None


def _has_birth_date(body11: str) -> bool:
    year, month, day = (int(body11[at : at + 2]) for at in (0, 2, 4))
    return any(_is_date(century + year, month, day) for century in _CENTURIES.get(body11[6], ()))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
