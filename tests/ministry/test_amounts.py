"""Guaranteed amounts and the monthly index: a new row each time, from a day to come, by an order."""

from datetime import date, datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal import clock
from portal.clock import ALMATY
from portal.format import money
from portal.models.audit import AuditRow
from portal.models.reference import ClassifierItem, GuaranteedAmount, MonthlyIndex
from portal.operations import amounts
from portal.queries import amounts as figures
from portal.queries import reference
from portal.rules.service import Service
from tests import factories as make
from tests.goods_case import AMOUNT, NAPPIES, ROOM_CHAIR
from tests.ministry.conftest import NOW
from tests.recipient.conftest import Browser

pytestmark = pytest.mark.law("RG.1")

GIVEN = {"what": "701", "valid_from": "1.1.2027", "tiyn": "612,50", "basis": "Приказ № 20", "step": "set"}
CHAIR = GIVEN | {"what": "goods", "code": ROOM_CHAIR, "tiyn": "90 000"}


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
        {"what": "703"},
        {"what": "goods"},
        {"what": "goods", "code": "703"},
        {"what": "goods", "code": "501"},
        {"what": "goods", "code": "9999"},
    ],
)
def test_what_is_to_be_mended(clerk: Browser, given: dict[str, str]) -> None:
    for step in ("", "set"):
        page = clerk.post("/ministry/amounts/new", **(GIVEN | given | {"step": step}))
        assert page.status == 422
        assert 'class="govuk-error-summary"' in page.html


class TestGoods:
    """An amount of a piece: by the item of the classifier, read once more before it is set."""

    pytestmark = pytest.mark.law("RG.1", "RM.1")

    def test_the_item_is_named_before_anything_is_set(self, clerk: Browser, session: Session) -> None:
        page = clerk.post("/ministry/amounts/new", **(CHAIR | {"step": ""}))
        assert page.status == 200
        assert page.says("Is this amount right?") and page.says("%(amount)s a piece", amount=money(9_000_000))
        assert "Кресло-коляска комнатная с ручным приводом базовая (для взрослых) (501302)" in page.text
        assert page.says("no amount yet")
        assert page.hidden("tiyn") == "90 000" and page.hidden("what") == "goods"
        assert figures.counting(session, ROOM_CHAIR, date(2027, 1, 1)) is None

    def test_one_may_go_back_and_change_it(self, clerk: Browser, session: Session) -> None:
        page = clerk.post("/ministry/amounts/new", **(CHAIR | {"step": "change"}))
        assert page.status == 200
        assert f'value="{ROOM_CHAIR}"' in page.html and 'value="90 000"' in page.html
        assert figures.counting(session, ROOM_CHAIR, date(2027, 1, 1)) is None

    def test_it_is_set_and_journalled_without_an_amount_before(self, clerk: Browser, session: Session) -> None:
        assert clerk.post("/ministry/amounts/new", **CHAIR).goes_to == "/ministry/amounts"
        day = date(2027, 1, 1)
        assert reference.guaranteed_tiyn(session, Service.WHEELCHAIR, day, ROOM_CHAIR) == 9_000_000
        row = session.scalars(select(AuditRow).where(AuditRow.action == "set_figure")).one()
        assert (row.before, row.after, row.details["code"]) == (None, "9000000", ROOM_CHAIR)

    def test_the_same_once_more_is_the_row_that_is_there(self, clerk: Browser, session: Session) -> None:
        for _ in range(2):
            clerk.post("/ministry/amounts/new", **CHAIR)
        assert len(figures.of_codes(session, [ROOM_CHAIR])) == 1

    def test_what_is_offered_without_an_amount_is_said(self, clerk: Browser, session: Session) -> None:
        sentence = (
            "Providers offer %(num)s item that has no amount today. It cannot be ordered.",
            "Providers offer %(num)s items that have no amount today. They cannot be ordered.",
        )
        make.make_goods_offer(session, ROOM_CHAIR, Service.WHEELCHAIR)
        make.make_goods_offer(session, ROOM_CHAIR, Service.WHEELCHAIR)
        page = clerk.get("/ministry/amounts")
        assert page.says_number(*sentence, 1)
        assert page.links("code=") == [f"/ministry/amounts/new?code={ROOM_CHAIR}"]
        assert f'value="{ROOM_CHAIR}"' in clerk.get(f"/ministry/amounts/new?code={ROOM_CHAIR}").html
        clerk.post("/ministry/amounts/new", **CHAIR)
        assert clerk.get("/ministry/amounts").says_number(*sentence, 1), "it applies from a day to come"
        clock.use(lambda: datetime(2027, 1, 1, 9, tzinfo=ALMATY))
        assert not clerk.get("/ministry/amounts").links("code=")

    @pytest.mark.parametrize(
        ("search", "found"),
        [("6031", True), ("подгузник", True), ("Подгузник 55 обычной", True), ("коляска", False), ("031001", False)],
    )
    def test_they_are_found_by_code_and_by_words(
        self, clerk: Browser, session: Session, search: str, found: bool
    ) -> None:
        set_for(session, NAPPIES)
        page = clerk.get(f"/ministry/amounts?search={search}")
        assert (f"({NAPPIES})" in page.text) is found
        assert page.says("No amount fits. Try the beginning of the code, or one word of the name.") is not found

    def test_fifty_stand_on_a_page(self, clerk: Browser, session: Session) -> None:
        items = select(ClassifierItem.code).where(ClassifierItem.service == "prosthetics", ClassifierItem.is_item)
        codes = session.scalars(items.order_by(ClassifierItem.code).limit(51)).all()
        for code in codes:
            set_for(session, code)
        first, second = clerk.get("/ministry/amounts"), clerk.get("/ministry/amounts?page=2")
        assert [code for code in codes if f"({code})" in first.text] == codes[:50]
        assert [code for code in codes if f"({code})" in second.text] == codes[50:]
        assert first.links("page=2") and not second.links("page=3")


def set_for(session: Session, code: str) -> None:
    session.add(GuaranteedAmount(code=code, valid_from=date(2025, 1, 1), tiyn=AMOUNT, basis="test"))
    session.flush()


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
    for service in ("701", "702"):
        clerk.post("/ministry/amounts/new", **(GIVEN | {"what": service}))
    assert not clerk.get("/ministry/").says(sentence, year=2027)
