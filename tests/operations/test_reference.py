"""Reference data: loaded from the project's own files, as often as one likes, beside what was edited."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models.office import Office
from portal.models.reference import CalendarDay, ClassifierItem, GuaranteedAmount, MonthlyIndex, Place, ReplacementTerm
from portal.operations import reference
from portal.queries import reference as queries
from portal.rules.law import RuleViolation
from portal.rules.service import CLASSIFIER_CODE, HOURLY, Service
from portal.rules.terms import CalendarMissing

ASSISTANT, INTERPRETER = Service.ASSISTANT, Service.INTERPRETER


def count(session: Session, of: type) -> int:
    return session.scalar(select(func.count()).select_from(of)) or 0


def test_what_there_is(session: Session) -> None:
    assert Counter(session.scalars(select(Place.kind))) == {
        "region": 17,
        "city_of_republican_significance": 3,
        "city_of_regional_significance": 39,
        "district": 170,
        "city_district": 19,
    }
    assert count(session, Office) == 3 + 39 + 170
    assert {day.year for day in session.scalars(select(CalendarDay.day))} == set(range(2021, 2028))
    for service, code in CLASSIFIER_CODE.items():
        assert session.get_one(ClassifierItem, code).service == service


def test_loading_it_again_changes_nothing(session: Session) -> None:
    tables = (Place, Office, CalendarDay, ClassifierItem, GuaranteedAmount, MonthlyIndex, ReplacementTerm)
    before = [count(session, table) for table in tables]
    counted = reference.import_all(session)
    assert [count(session, table) for table in tables] == before
    assert counted == {
        "places": 248,
        "calendar": 114,
        "indexes": before[5],
        "classifier": before[3],
        "replacement_terms": before[6],
        "hygiene_norms": 12,
        "guaranteed_amounts": before[4],
        "offices": 212,
    }


def test_what_was_edited_is_left(session: Session) -> None:
    day = session.scalars(select(CalendarDay).order_by(CalendarDay.day).limit(1)).one()
    office = session.scalars(select(Office).order_by(Office.place_code).limit(1)).one()
    day.kind, office.name_ru = "worked_weekend", "Отдел"
    session.add(CalendarDay(day=date(2028, 1, 3), kind="day_off", why_kk="", why_ru="", basis="", confirmed=False))
    session.flush()
    reference.import_all(session)
    for row in (day, office):
        session.refresh(row)
    assert (day.kind, office.name_ru) == ("worked_weekend", "Отдел")
    assert session.get(CalendarDay, date(2028, 1, 3)) is not None


@pytest.mark.law("RG.1", "RG.3")
@pytest.mark.parametrize(
    ("service", "day", "tiyn"),
    [
        (ASSISTANT, date(2021, 12, 31), 35_004),
        (ASSISTANT, date(2022, 3, 31), 36_756),
        (ASSISTANT, date(2022, 4, 1), 38_160),
        (ASSISTANT, date(2023, 8, 9), 41_400),
        (ASSISTANT, date(2023, 8, 10), 47_058),
        (ASSISTANT, date(2026, 3, 2), 58_993),
        (INTERPRETER, date(2026, 3, 2), 908_250),
    ],
)
def test_the_guaranteed_amount_of_a_day(session: Session, service: Service, day: date, tiyn: int) -> None:
    assert queries.guaranteed_tiyn(session, service, day) == tiyn


@pytest.mark.law("RG.1")
def test_both_services_have_an_amount_on_every_day(session: Session) -> None:
    for service in HOURLY:
        assert queries.guaranteed_tiyn(session, service, date(2021, 1, 1)) > 0
        with pytest.raises(RuleViolation, match="No guaranteed amount is set"):
            queries.guaranteed_tiyn(session, service, date(2020, 12, 31))


class TestCalendar:
    """The official calendar as it stands (RI.7)."""

    pytestmark = pytest.mark.law("RI.7")

    def test_a_holiday_a_weekend_and_a_year_that_is_not_there(self, session: Session) -> None:
        calendar = queries.calendar(session)
        assert not calendar.is_working_day(date(2026, 3, 9)), "8 March is a Sunday, so Monday is off"
        assert calendar.is_working_day(date(2026, 3, 10))
        with pytest.raises(CalendarMissing):
            calendar.is_working_day(date(2028, 1, 3))

    def test_it_is_read_once_while_it_stays_as_it_is(self, session: Session) -> None:
        assert queries.calendar(session) is queries.calendar(session)

    def test_a_day_that_was_moved_is_seen_at_once(self, session: Session) -> None:
        """The number of days, the last one and their kinds stay; only the day is another."""
        held = session.get_one(CalendarDay, date(2026, 3, 9))
        assert not queries.calendar(session).is_working_day(held.day)
        held.day = date(2026, 3, 10)
        session.flush()
        calendar = queries.calendar(session)
        assert calendar.is_working_day(date(2026, 3, 9))
        assert not calendar.is_working_day(date(2026, 3, 10))

    def test_a_day_whose_kind_was_changed_is_seen_at_once(self, session: Session) -> None:
        queries.calendar(session)
        session.get_one(CalendarDay, date(2026, 3, 9)).kind = "worked_weekend"
        session.flush()
        assert queries.calendar(session).is_working_day(date(2026, 3, 9))


class TestPlaces:
    """Places by their KATO code, and the offices that are responsible for them (rulebook 1)."""

    @pytest.mark.parametrize(
        ("code", "place"),
        [
            ("431000000", "431000000"),
            ("431010100", "431000000"),
            ("751110000", "751110000"),
            ("999999999", None),
            ("43100000", None),
            ("4310000000", None),
            ("٤٣١٠٠٠٠٠٠", None),
            ("43100000x", None),
            ("", None),
        ],
    )
    def test_a_place(self, session: Session, code: str, place: str | None) -> None:
        found = queries.place(session, code)
        assert (found.code if found else None) == place

    @pytest.mark.parametrize(
        ("code", "office"),
        [("431000000", "431000000"), ("751110000", "750000000"), ("750000000", "750000000"), ("430000000", None)],
    )
    def test_the_office_of_a_place(self, session: Session, code: str, office: str | None) -> None:
        found = queries.office_of_place(session, code)
        assert (found.place_code if found else None) == office

    def test_every_city_and_district_has_its_office(self, session: Session) -> None:
        codes = session.scalars(select(Place.code).where(Place.kind != "region")).all()
        assert [code for code in codes if queries.office_of_place(session, code) is None] == []

    def test_names_sort_as_the_kazakh_alphabet_does(self) -> None:
        names = ["Ыр", "Өр", "Он", "Ңа", "На", "Қа", "Ка", "Әр", "Ар", "Ғо", "Го", "Үр", "Ұр", "Ур", "Һа", "Ха", "Ір"]
        names.sort(key=reference.kazakh_order)
        right = ["Ар", "Әр", "Го", "Ғо", "Ка", "Қа", "На", "Ңа", "Он", "Өр", "Ур", "Ұр", "Үр", "Ха", "Һа", "Ыр", "Ір"]
        assert names == right
