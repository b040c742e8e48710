"""One sheet a specialist, and who signs it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.roles import Role
from portal.rules.service import Service
from portal.rules.sheets import by_specialist, signatories

from .builders import ANNA, BERIK, MONDAY, TUESDAY, visit


@pytest.mark.law("R42.6", "R42.7", "R42.1")
def test_a_sheet_for_each_specialist_with_visits_in_their_order() -> None:
    late, early, other = visit(on=TUESDAY), visit("08:00-08:30"), visit("10:00-11:00", specialist_id=BERIK)
    first, second = by_specialist([late, other, early])
    assert (first.specialist_id, first.visits, first.minutes) == (ANNA, (early, late), 210)
    assert (second.specialist_id, second.visits, second.minutes) == (BERIK, (other,), 60)


@pytest.mark.law("R42.1", "RI.2")
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 22))))
def test_every_visit_stands_on_exactly_one_sheet(of: list[tuple[bool, int]]) -> None:
    visits = [visit(f"{hour:02d}:00-{hour + 1:02d}:00", specialist_id=ANNA if a else BERIK) for a, hour in of]
    sheets = by_specialist(visits)
    assert sum(len(sheet.visits) for sheet in sheets) == len(visits)
    assert sum(sheet.minutes for sheet in sheets) == 60 * len(visits)
    for sheet in sheets:
        assert {one.specialist_id for one in sheet.visits} == {sheet.specialist_id}
        assert all(one.day == MONDAY for one in sheet.visits)


@pytest.mark.law("R42.6", "R42.7")
@pytest.mark.parametrize(
    ("service", "died", "roles"),
    [
        (Service.ASSISTANT, False, {Role.SPECIALIST}),
        (Service.ASSISTANT, True, set()),
        (Service.INTERPRETER, False, {Role.SPECIALIST, Role.RECIPIENT}),
        (Service.INTERPRETER, True, {Role.SPECIALIST}),
    ],
    ids=["annex 9", "annex 9 after a death", "annex 10", "annex 10 after a death"],
)
def test_who_signs_a_sheet(service: Service, died: bool, roles: set[Role]) -> None:
    assert signatories(service, recipient_died=died) == roles


@pytest.mark.law("R42.1")
def test_goods_have_no_sheet_to_sign() -> None:
    assert signatories(Service.PROSTHETICS, recipient_died=False) == frozenset()
