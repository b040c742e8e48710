"""Numbers of people, organisations, accounts and phones."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.identifiers import iin_with_check_digit, is_bin, is_iin, is_kz_iban, normal_phone


@pytest.mark.law("R3.2")
@pytest.mark.parametrize(
    ("body", "iin"),
    [
        ("90010135012", "900101350122"),
        ("01050145000", "010501450008"),
        ("85061530000", "850615300000"),
        ("85061530005", None),
        ("90023035012", None),
        ("90010175012", None),
        ("00022955000", "000229550004"),
        ("00022935000", None),
        ("9001013501", None),
        ("9001013501２", None),
        ("", None),
    ],
    ids=[
        "first round",
        "first round, other",
        "second round",
        "never given out",
        "30 February",
        "no such century",
        "29 February 2000",
        "29 February 1900",
        "too short",
        "a digit that is not ASCII",
        "nothing",
    ],
)
def test_the_check_digit_of_an_iin(body: str, iin: str | None) -> None:
    assert iin_with_check_digit(body) == iin
    assert iin is None or is_iin(iin)


@pytest.mark.law("R3.2")
@pytest.mark.parametrize(
    "text",
    ["", "900101350123", "90010135012", "9001013501222", " 900101350122", "900101350122\n", "９００１０１３５０１２２"],
    ids=["empty", "wrong digit", "11 digits", "13 digits", "space", "line end", "other digits"],
)
def test_what_is_no_iin(text: str) -> None:
    assert not is_iin(text)


@pytest.mark.law("R3.2")
@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.sampled_from("34"), st.integers(0, 9999), st.integers(1, 9))
def test_a_wrong_check_digit_is_noticed(born: date, century: str, serial: int, shift: int) -> None:
    iin = iin_with_check_digit(f"{born:%y%m%d}{century}{serial:04d}")
    if iin is not None:
        assert is_iin(iin)
        assert not is_iin(f"{iin[:11]}{(int(iin[11]) + shift) % 10}")


@pytest.mark.law("R3.2")
@given(st.text(max_size=20))
def test_any_text_is_an_iin_or_not(text: str) -> None:
    assert is_iin(text) is (len(text) == 12 and iin_with_check_digit(text[:11]) == text)


@pytest.mark.law("RP.1")
@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("940140000385", True),
        ("940140000386", False),
        ("941340000385", False),
        ("940130000385", False),
        ("94014000038", False),
        ("", False),
    ],
    ids=["a bank", "wrong check digit", "month 13", "kind 3", "too short", "empty"],
)
def test_a_bin(text: str, holds: bool) -> None:
    assert is_bin(text) is holds


@pytest.mark.law("R42.5")
@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("KZ86125KZT5004100100", True),
        ("KZ87125KZT5004100100", False),
        ("KZ86125KZT500410010", False),
        ("DE89370400440532013000", False),
        ("kz86125kzt5004100100", False),
        ("KZ86 125K ZT50 0410 0100", False),
        ("", False),
    ],
    ids=["right", "wrong check digits", "too short", "another country", "small letters", "spaces", "empty"],
)
def test_an_account(text: str, holds: bool) -> None:
    assert is_kz_iban(text) is holds


@pytest.mark.law("R34.2")
@pytest.mark.parametrize(
    "text",
    [
        "+77012345678",
        "87012345678",
        "77012345678",
        "7012345678",
        "8 (701) 234-56-78",
        "+7 701 234 56 78",
        "+7 701 234–56–78",
        " 8 701 234 5678 ",
    ],
)
def test_a_phone_is_kept_in_one_form(text: str) -> None:
    assert normal_phone(text) == "+77012345678"


@pytest.mark.law("R34.2")
@pytest.mark.parametrize(
    "text", ["", "+79161234567", "8701234567", "+1 701 234 5678", "8 701 234 56 78 9", "phone", "+8 701 234 56 78"]
)
def test_what_is_no_phone_of_kazakhstan(text: str) -> None:
    assert normal_phone(text) is None


@pytest.mark.law("R34.2")
@given(st.integers(0, 999_999_999), st.sampled_from(["+7", "8", "7", ""]), st.sampled_from([" ", "-", "", "\u00a0"]))
def test_a_kept_phone_stays_as_it_is(number: int, prefix: str, between: str) -> None:
    phone = normal_phone(between.join([prefix, *f"7{number:09d}"]))
    assert phone == f"+77{number:09d}"
    assert normal_phone(phone) == phone
