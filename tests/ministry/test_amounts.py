"""Guaranteed amounts and the monthly index: a new row each time, from a day to come, by an order."""

from datetime import date, datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal import clock
from portal.clock import ALMATY
from portal.models.audit import AuditRow
from portal.models.reference import GuaranteedAmount, MonthlyIndex
from portal.operations import amounts
from portal.queries import amounts as figures
from portal.queries import reference
from portal.rules.service import Service
from tests import factories as make
from tests.ministry.conftest import NOW
from tests.recipient.conftest import Browser

pytestmark = pytest.mark.law("RG.1")

GIVEN = {"service": "assistant", "valid_from": "1.1.2027", "tiyn": "612,50", "basis": "Приказ № 20"}


def test_an_amount_is_set_and_counts_from_its_day(clerk: Browser, session: Session) -> None:
    before = reference.guaranteed_tiyn(session, Service.ASSISTANT, date(2026, 12, 31))
    assert clerk.post("/ministry/amounts/new", **GIVEN).goes_to == "/ministry/amounts"
    assert reference.guaranteed_tiyn(session, Service.ASSISTANT, date(2027, 1, 1)) == 61_250
    assert reference.guaranteed_tiyn(session, Service.ASSISTANT, date(2026, 12, 31)) == before
    row = session.scalars(select(AuditRow).where(AuditRow.action == "set_figure")).one()
    assert (row.before, row.after, row.details["basis"]) == (str(before), "61250", "Приказ № 20")


def test_a_correction_is_a_new_row(clerk: Browser, session: Session) -> None:
    clerk.post("/ministry/amounts/new", **GIVEN)
    clock.use(lambda: NOW.replace(hour=12))
    clerk.post("/ministry/amounts/new", **(GIVEN | {"tiyn": "620", "basis": "Приказ № 21"}))
    assert reference.guaranteed_tiyn(session, Service.ASSISTANT, date(2027, 1, 1)) == 62_000
    day = GuaranteedAmount.valid_from == date(2027, 1, 1)
    assert sorted(session.scalars(select(GuaranteedAmount.tiyn).where(day))) == [61_250, 62_000]


@pytest.mark.parametrize("model", [GuaranteedAmount, MonthlyIndex])
def test_no_row_is_ever_changed(session: Session, model: type[GuaranteedAmount | MonthlyIndex]) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(update(model).values(tiyn=1))


@pytest.mark.parametrize(
    "given",
    [
        {"valid_from": "6.4.2026"},
        {"valid_from": "1.1.2028"},
        {"tiyn": "0"},
        {"tiyn": "-5"},
        {"tiyn": "12,345"},
        {"tiyn": "9999999999999"},
        {"basis": ""},
        {"service": "sanatorium"},
    ],
)
def test_what_is_to_be_mended(clerk: Browser, given: dict[str, str]) -> None:
    page = clerk.post("/ministry/amounts/new", **(GIVEN | given))
    assert page.status == 422
    assert 'class="govuk-error-summary"' in page.html


def test_an_index_is_set(clerk: Browser, session: Session) -> None:
    given = {"valid_from": "2027-01-01", "tiyn": "4 500", "basis": "Закон"}
    assert clerk.post("/ministry/amounts/index/new", **given).goes_to == "/ministry/amounts"
    held = figures.index_on(session, date(2027, 1, 1))
    assert held is not None
    assert held.tiyn == 450_000
    assert clerk.post("/ministry/amounts/index/new", **(given | {"valid_from": "2026-01-01"})).status == 422


def test_only_the_ministry_sets_them(session: Session) -> None:
    clerk = make.as_office(make.make_clerk(session), make.office_here(session))
    with pytest.raises(LookupError):
        amounts.set_index(session, date(2027, 1, 1), 1, "Закон", clerk, NOW)


def test_next_years_amounts_are_asked_for_from_december(clerk: Browser) -> None:
    sentence = "Set the guaranteed amounts for %(year)s."
    for moment, asked in (
        (datetime(2026, 11, 30, 9, tzinfo=ALMATY), False),
        (datetime(2026, 12, 1, 9, tzinfo=ALMATY), True),
    ):
        clock.use(lambda moment=moment: moment)  # type: ignore[misc]
        assert clerk.get("/ministry/").says(sentence, year=2027) is asked
    for service in ("assistant", "interpreter"):
        clerk.post("/ministry/amounts/new", **(GIVEN | {"service": service}))
    assert not clerk.get("/ministry/").says(sentence, year=2027)
