"""A visit that was struck by mistake stands again where it fits (RI.1, RI.2, R34.1)."""

import pytest

from portal.rules.service import Service
from portal.rules.standing import StaysStruck, stays_struck

from .builders import MONDAY, visit

STRUCK = visit("14:00-15:30", on=MONDAY)


@pytest.mark.law("R83.6", "RI.1", "RI.2", "RI.3", "R34.1")
@pytest.mark.parametrize(
    ("service", "left", "of_specialist", "of_recipient", "why"),
    [
        (Service.ASSISTANT, 90, [], [], None),
        (Service.ASSISTANT, 89, [], [], StaysStruck.HOURS_USED),
        (Service.ASSISTANT, 90, ["15:00-16:00"], [], StaysStruck.SPECIALIST_ELSEWHERE),
        (Service.ASSISTANT, 90, ["13:00-14:00", "15:30-16:00"], [], None),
        (Service.ASSISTANT, 90, [], ["13:00-14:01"], StaysStruck.SERVED_BY_ANOTHER),
        (Service.ASSISTANT, 90, [], ["07:00-13:30"], None),
        (Service.ASSISTANT, 90, [], ["07:00-13:31"], StaysStruck.DAY_IS_FULL),
        (Service.INTERPRETER, 90, [], ["07:00-13:31"], None),
    ],
)
def test_a_visit_stands_again_where_it_fits(
    service: Service, left: int, of_specialist: list[str], of_recipient: list[str], why: StaysStruck | None
) -> None:
    beside, there = ([visit(one, on=MONDAY) for one in ones] for ones in (of_specialist, of_recipient))
    assert stays_struck(STRUCK, service, left, beside, there) is why
