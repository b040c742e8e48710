"""When what was received may be given again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.goods import Item
from portal.rules.replacements import NEVER, Holder, Received, Term, due_on, years_of

ROOM = Item("501302", "wheelchair", True, above=("5013", "501", "50"))
WALKING = Item("502006", "wheelchair", True, above=("5020", "502", "50"))
WALKING_CHILD = Item("502101", "wheelchair", True, above=("5021", "502", "50"))
UNIVERSAL = Item("502301", "wheelchair", True, above=("5023", "502", "50"))
LEFT = Item("301101", "technical_aid", True, side="left", above=("3011", "301"))
RIGHT = Item("301102", "technical_aid", True, side="right", above=("3011", "301"))
LEG = Item("20210101", "prosthetics", True, side="left", above=("202101", "202"))
REPAIR = Item("20210102", "prosthetics", True, is_repair=True, side="left", above=("202101", "202"))
READER = Item("403", "technical_aid", True)
NOTETAKER = Item("417", "technical_aid", True)
ALPHABET = Item("414", "technical_aid", True)
COSMETIC = Item("201302", "prosthetics", True)
ANY = Holder.ANYBODY
TERMS = {
    "501": [Term(ANY, 7)],
    "5020": [Term(ANY, 4)],
    "5021": [Term(ANY, 4)],
    "5023": [Term(ANY, 5)],
    "301": [Term(Holder.VETERAN, 3), Term(Holder.OTHER, 4)],
    "202101": [Term(Holder.ADULT, 3), Term(Holder.CHILD, 2)],
    "403": [Term(ANY, 5)],
    "417": [Term(ANY, 5)],
    "414": [Term(ANY, None)],
}
ADULT = date(1980, 5, 17)
CHILD = date(2015, 5, 17)
ON = date(2024, 2, 29)


@pytest.mark.law("RM.2")
@pytest.mark.parametrize(
    ("item", "received", "born", "due"),
    [
        (ROOM, [ROOM], ADULT, date(2031, 2, 28)),
        (WALKING, [WALKING], ADULT, date(2028, 2, 29)),
        (WALKING, [WALKING_CHILD], CHILD, date(2028, 2, 29)),
        (UNIVERSAL, [UNIVERSAL], ADULT, date(2029, 2, 28)),
        (WALKING, [ROOM], ADULT, None),
        (UNIVERSAL, [ROOM, WALKING], ADULT, date(2028, 2, 29)),
        (ROOM, [UNIVERSAL], ADULT, date(2029, 2, 28)),
        (LEFT, [LEFT], ADULT, date(2028, 2, 29)),
        (LEFT, [RIGHT], ADULT, None),
        (LEG, [LEG], ADULT, date(2027, 2, 28)),
        (LEG, [LEG], CHILD, date(2026, 2, 28)),
        (LEG, [LEG], None, date(2027, 2, 28)),
        (REPAIR, [LEG], ADULT, None),
        (LEG, [REPAIR], ADULT, None),
        (NOTETAKER, [READER], ADULT, date(2029, 2, 28)),
        (ALPHABET, [ALPHABET], ADULT, NEVER),
        (COSMETIC, [COSMETIC], ADULT, None),
        (ROOM, [], ADULT, None),
    ],
    ids=[
        "room chair 7 years",
        "walking chair 4",
        "a child's chair and an adult's are one place",
        "universal 5",
        "room and walking go together",
        "from two to a universal one: when one of them is over",
        "from a universal one: when it is over",
        "hearing aid: others 4",
        "the other ear",
        "an adult's leg 3",
        "a child's leg 2",
        "age not known: the longer term",
        "a repair has no term",
        "a repair is no new leg",
        "either of two",
        "once for life",
        "no term set",
        "nothing received",
    ],
)
def test_when_a_replacement_is_due(item: Item, received: list[Item], born: date | None, due: date | None) -> None:
    assert due_on(item, [Received(one, ON) for one in received], TERMS, born) == due


@pytest.mark.law("RM.2")
@pytest.mark.parametrize(("item", "years"), [(ROOM, 7), (LEFT, 4), (ALPHABET, None), (COSMETIC, None)])
def test_how_long_an_item_serves(item: Item, years: int | None) -> None:
    assert years_of(item, TERMS, ADULT, ON) == years


@pytest.mark.law("RM.2")
@given(st.lists(st.dates(date(2021, 1, 1), date(2026, 1, 1)), min_size=1, max_size=4))
def test_never_before_the_term_of_the_last_one(days: list[date]) -> None:
    due = due_on(ROOM, [Received(ROOM, day) for day in days], TERMS, ADULT)
    assert due is not None
    assert due - max(days) >= timedelta(days=7 * 365)
