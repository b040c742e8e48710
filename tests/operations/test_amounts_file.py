"""Amounts of goods as a file: taken whole, or refused with all that is wrong; brought again it changes nothing."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from portal.actor import SYSTEM
from portal.clock import ALMATY
from portal.operations import amounts, amounts_file
from portal.operations.table_file import BadFile
from portal.queries import amounts as figures
from portal.rules.guaranteed_amount import NewAmount
from tests.goods_case import NAPPIES, ROOM_CHAIR

pytestmark = pytest.mark.law("RG.1", "RG.3")

NOW = datetime(2026, 12, 1, 10, tzinfo=ALMATY)
DAY = date(2027, 1, 1)
HEAD = "code,valid_from,tenge,basis\n"
GOOD = f"{NAPPIES},2027-01-01,250,Приказ № 20\n{ROOM_CHAIR},2027-01-01,90000.50,Приказ № 20\n"


def bring(session: Session, text: str, now: datetime = NOW) -> int:
    """How many amounts of a file were new."""
    new = amounts_file.bring(session, text.encode(), SYSTEM, now)
    session.flush()
    return new


def counts(session: Session, code: str, day: date = DAY) -> int | None:
    """What a piece is paid on a day, in tiyn."""
    held = figures.counting(session, code, day)
    return held.tiyn if held else None


def test_every_line_is_an_amount(session: Session) -> None:
    assert bring(session, "\ufeff" + (HEAD + GOOD).replace("\n", "\r\n")) == 2
    assert (counts(session, NAPPIES), counts(session, ROOM_CHAIR)) == (25_000, 9_000_050)
    assert counts(session, NAPPIES, date(2026, 12, 31)) is None


def test_the_same_row_again_changes_nothing_also_when_its_day_is_past(session: Session) -> None:
    bring(session, HEAD + GOOD)
    assert bring(session, HEAD + GOOD) == 0
    later = datetime(2027, 3, 1, 10, tzinfo=ALMATY)
    assert bring(session, HEAD + GOOD + "6031002,2027-04-01,300,Приказ № 21\n", later) == 1
    assert len(figures.of_codes(session, [NAPPIES])) == 1


def test_a_row_that_was_corrected_meanwhile_does_not_come_back(session: Session) -> None:
    bring(session, HEAD + GOOD)
    corrected = NewAmount(NAPPIES, DAY, 26_000, "Приказ № 22")
    amounts.set_guaranteed(session, corrected, SYSTEM, NOW.replace(hour=11))
    assert bring(session, HEAD + GOOD, NOW.replace(hour=12)) == 0
    assert counts(session, NAPPIES) == 26_000


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("501,2027-01-01,250,№ 1", "501 is a heading"),
        ("9999,2027-01-01,250,№ 1", "has no code 9999"),
        (",2027-01-01,250,№ 1", "has no code"),
        ("60\x003,2027-01-01,250,№ 1", "has no code"),
        ("703,2027-01-01,250,№ 1", "neither an item of goods"),
        ("701,2027-01-01,250,№ 1", "service by the hour"),
        ("6031002,01.01.2027,250,№ 1", "valid_from holds a day like"),
        ("6031002,2027-W01-1,250,№ 1", "valid_from holds a day like"),
        ("6031002,2026-12-01,250,№ 1", "tomorrow at the earliest"),
        ("6031002,2028-01-01,250,№ 1", "this year and the next"),
        ("6031002,2027-01-01,1 250,№ 1", "tenge holds an amount"),
        ("6031002,2027-01-01,12.345,№ 1", "tenge holds an amount"),
        ("6031002,2027-01-01,0,№ 1", "above zero"),
        ("6031002,2027-01-01,-5,№ 1", "tenge holds an amount"),
        ("6031002,2027-01-01,250,", "Name the order"),
        ("6031002,2027-01-01,250", "too many or too few"),
        ("6031002,2027-01-01,250,№ 1,more", "too many or too few"),
        (f"{NAPPIES},2027-01-01,260,№ 1", "twice"),
    ],
)
def test_one_wrong_line_keeps_all_of_them_out(session: Session, line: str, message: str) -> None:
    with pytest.raises(BadFile) as refusal:
        bring(session, HEAD + GOOD + line + "\nnever,2027-01-01,250,№ 1\n")
    assert [fault.line for fault in refusal.value.faults] == [4, 5]
    assert message in str(refusal.value.faults[0].violation)
    assert counts(session, NAPPIES) is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "These are missing: code"),
        (HEAD.encode(), "no amount in the file"),
        (b"code,code,valid_from,tenge,basis\n6031001,6031002,2027-01-01,250,A\n", "line 1: This line cannot be read"),
        (HEAD.encode() + "6031001,2027-01-01,250,№".encode("cp1251"), "UTF-8"),
        (HEAD.encode() + b"x" * 1_000_000, "larger than 1000 kilobytes"),
    ],
)
def test_what_is_no_such_file_at_all(session: Session, data: bytes, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        amounts_file.bring(session, data, SYSTEM, NOW)
