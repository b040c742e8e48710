"""An event that is known already."""

from datetime import date

import pytest

from portal.rules.events import Known, check_is_news
from portal.rules.law import RuleViolation

ON = date(2026, 3, 2)
EARLIER, LATER = date(2026, 3, 1), date(2026, 3, 9)
PHONE = "+77010000000"
NOBODY = Known(None, None, None)


@pytest.mark.law("RI.4", "R34.2")
@pytest.mark.parametrize(
    ("kind", "known", "says"),
    [
        ("death", NOBODY, None),
        ("death", Known(ON, None, None), "already known"),
        ("death", Known(EARLIER, None, None), None),
        ("departure", NOBODY, None),
        ("departure", Known(None, ON, None), "already known"),
        ("departure", Known(None, None, None, returned_on=LATER), "has come back since"),
        ("departure", Known(None, None, None, returned_on=EARLIER), None),
        ("return", NOBODY, "No departure"),
        ("return", Known(None, EARLIER, None), None),
        ("return", Known(None, ON, None), None),
        ("return", Known(None, LATER, None), "cannot be before"),
        ("phone_changed", NOBODY, None),
        ("phone_changed", Known(None, None, PHONE), "already has"),
        ("programme_closed", NOBODY, None),
        ("programme_closed", Known(None, None, None, closed=True), "already closed"),
    ],
)
def test_what_is_news(kind: str, known: Known, says: str | None) -> None:
    if says is None:
        check_is_news(kind, ON, PHONE, known)
        return
    with pytest.raises(RuleViolation, match=says):
        check_is_news(kind, ON, PHONE, known)


@pytest.mark.law("RI.4")
@pytest.mark.parametrize("kind", ["death", "departure"])
def test_another_day_is_news(kind: str) -> None:
    check_is_news(kind, EARLIER, None, Known(ON, ON, None))
