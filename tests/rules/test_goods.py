"""Goods in a programme: an item of the classifier, and wheelchairs that go together."""

from datetime import date

import pytest

from portal.rules.goods import Chair, Item, chair_of, check_goods, go_together
from portal.rules.programmes import NewMeasure, NewPerson, NewProgramme

ROOM = Item("501302", "wheelchair", True, above=("5013", "501", "50"))
WALKING = Item("502006", "wheelchair", True, above=("5020", "502", "50"))
UNIVERSAL = Item("502301", "wheelchair", True, above=("5023", "502", "50"))
PUSHED = Item("5024", "wheelchair", True, above=("502", "50"))
CANE = Item("401", "technical_aid", True, above=("40",))
DIAPERS = Item("6031001", "hygiene", True, above=("603", "60"), norm="93-1", yearly_norm=1460)
KIND = Item("501", "wheelchair", False, above=("50",))
ITEMS = {one.code: one for one in (ROOM, WALKING, UNIVERSAL, PUSHED, CANE, DIAPERS, KIND)}


def a_programme(*goods: tuple[str, str | None, int | None]) -> NewProgramme:
    """A programme with goods: service, code, quantity."""
    first, last = date(2026, 1, 1), date(2027, 12, 31)
    measures = tuple(
        NewMeasure(str(at), service, first, last, classifier_code=code, quantity=quantity)
        for at, (service, code, quantity) in enumerate(goods)
    )
    person = NewPerson("850315400124", "А", "Б", date(1985, 3, 15), "kk", "431000000", "")
    return NewProgramme("N", 1, first, last, person, measures)


def refused(new: NewProgramme, *held: Chair) -> list[tuple[str, str]]:
    """Which fields of the measures are refused, by which point."""
    return [(one.path.removeprefix("programme.measures."), one.point) for one in check_goods(new, ITEMS, held)]


@pytest.mark.law("R34.1")
@pytest.mark.parametrize(
    ("service", "code", "quantity", "field"),
    [
        ("technical_aid", "401", None, None),
        ("technical_aid", "401", 2, None),
        ("technical_aid", "6031001", 1460, None),
        ("technical_aid", None, None, "0.classifier_code"),
        ("technical_aid", "999", None, "0.classifier_code"),
        ("wheelchair", "501", None, "0.classifier_code"),
        ("prosthetics", "401", None, "0.classifier_code"),
        ("technical_aid", "401", 51, "0.quantity"),
        ("assistant", None, None, None),
    ],
    ids=["one", "two", "diapers", "no code", "no such code", "a kind", "of another service", "too many", "no goods"],
)
def test_goods_name_an_item_of_their_service(
    service: str, code: str | None, quantity: int | None, field: str | None
) -> None:
    assert refused(a_programme((service, code, quantity))) == ([(field, "R34.1")] if field else [])


@pytest.mark.law("RM.1", "RM.2")
@pytest.mark.parametrize(
    ("codes", "held", "wrong"),
    [
        (["501302"], [], []),
        (["501302", "502006"], [], []),
        (["502301"], [], []),
        (["501302"], [Chair.WALKING], []),
        (["501302", "502301"], [], ["1.classifier_code"]),
        (["502301", "5024"], [], ["1.classifier_code"]),
        (["501302", "501302"], [], ["1.classifier_code"]),
        (["501302", "502006", "502301"], [], ["2.classifier_code"]),
        (["502301"], [Chair.ROOM], ["0.classifier_code"]),
    ],
)
def test_a_room_and_a_walking_chair_or_one_universal(codes: list[str], held: list[Chair], wrong: list[str]) -> None:
    new = a_programme(*(("wheelchair", code, None) for code in codes))
    assert refused(new, *held) == [(field, "RM.2") for field in wrong]


@pytest.mark.law("RM.2")
def test_one_wheelchair_of_a_kind() -> None:
    assert refused(a_programme(("wheelchair", "501302", 2))) == [("0.quantity", "RM.2")]


@pytest.mark.law("RM.1")
@pytest.mark.parametrize(
    ("item", "chair"),
    [
        (ROOM, Chair.ROOM),
        (WALKING, Chair.WALKING),
        (UNIVERSAL, Chair.UNIVERSAL),
        (PUSHED, Chair.TRANSPORT),
        (CANE, None),
    ],
)
def test_the_code_names_the_kind(item: Item, chair: Chair | None) -> None:
    assert chair_of(item) is chair


@pytest.mark.law("RM.2")
@pytest.mark.parametrize("one", list(Chair))
@pytest.mark.parametrize("other", list(Chair))
def test_only_a_room_and_a_walking_chair_go_together(one: Chair, other: Chair) -> None:
    assert go_together(one, other) == ({one, other} == {Chair.ROOM, Chair.WALKING})
