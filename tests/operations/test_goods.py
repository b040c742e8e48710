"""All six services from the programme to the balance: days and pieces, norms, replacements, newer versions."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.models.entitlement import Entitlement
from portal.models.programme import Measure, Programme
from portal.operations import endings, entitlements, ledger, person_events, programmes
from portal.operations.programmes import ProgrammeRefused
from portal.rules.order_reasons import CloseReason
from portal.rules.programmes import NewMeasure, NewProgramme
from portal.rules.service import GOODS
from tests import factories as make
from tests.factories import MONDAY
from tests.operations.arriving import YEAR_END, a_measure, a_person, a_programme, newer
from tests.operations.balances import check_books

LATER = datetime(2026, 4, 1, 10, tzinfo=ALMATY)
NEW_YEAR = datetime(2027, 1, 1, 0, 5, tzinfo=ALMATY)
ROOM, WALKING, UNIVERSAL, CANE, DIAPERS, CHILDS_DIAPERS = "501302", "502006", "502301", "401", "6031001", "6032001"
WHOLE = date(2027, 12, 31)


def receive(session: Session, new: NewProgramme, now: datetime = MONDAY) -> Programme:
    return programmes.receive(session, new, ESOBES, now)


def given_by(session: Session, programme: Programme) -> list[Entitlement]:
    mine = select(Entitlement).join(Measure).where(Measure.programme_id == programme.id)
    found = list(session.scalars(mine.order_by(Measure.external_id, Entitlement.year)))
    for one in found:
        check_books(session, one)
    return found


def the_one(session: Session, programme: Programme) -> Entitlement:
    (entitlement,) = given_by(session, programme)
    return entitlement


def an_aid(code: str = CANE, number: str = "1", **given: Any) -> NewMeasure:
    return a_measure(number, "technical_aid", classifier_code=code, **given)


def a_chair(code: str = ROOM, number: str = "1", **given: Any) -> NewMeasure:
    return a_measure(number, "wheelchair", classifier_code=code, **given)


def use(session: Session, entitlement: Entitlement, units: int = 1, now: datetime = MONDAY) -> None:
    """So much is received: ordered and handed over; of a service by the hour, or a stay, only used."""
    if entitlement.service not in GOODS:
        order = make.make_order(session, entitlement, minutes=units, now=now)
        ledger.use(session, entitlement, order, None, units, now)  # type: ignore[arg-type]
        return
    code = entitlement.measure.classifier_code or ""
    offer = make.make_goods_offer(session, code, entitlement.service)
    order = make.make_order(session, entitlement, offer, minutes=units, now=now, way="delivery", minutes_a_day=None)
    make.make_hand_over(session, order, now)
    session.flush()


ALL_SIX: list[tuple[NewMeasure, NewMeasure, int, int]] = [
    (a_measure(quantity=300, unit="hour"), a_measure(quantity=200, unit="hour"), 18_000, 12_000),
    (
        a_measure(service="interpreter", quantity=60, unit="hour"),
        a_measure(service="interpreter", quantity=40, unit="hour"),
        3_600,
        2_400,
    ),
    (a_measure(service="sanatorium"), a_measure(service="sanatorium", quantity=10, unit="day"), 14, 10),
    (
        a_measure(service="prosthetics", classifier_code="211002", quantity=3),
        a_measure(service="prosthetics", classifier_code="211002", quantity=2),
        3,
        2,
    ),
    (an_aid(DIAPERS), an_aid(DIAPERS, quantity=1000), 1460, 1000),
    (a_chair(), a_chair(), 1, 1),
]
SERVICES = [one[0].service for one in ALL_SIX]


class TestAllSix:
    """What each service gives, and what a newer version makes of it."""

    @pytest.mark.law("R34.1", "R26.1", "RM.2")
    @pytest.mark.parametrize(("more", "less", "most", "fewer"), ALL_SIX, ids=SERVICES)
    def test_lowered_and_raised_again(
        self, session: Session, more: NewMeasure, less: NewMeasure, most: int, fewer: int
    ) -> None:
        first = a_programme(more)
        programme = receive(session, first)
        entitlement = the_one(session, programme)
        assert (entitlement.granted, entitlement.available, entitlement.given) == (most, most, most)
        second = newer(first, less)
        receive(session, second, LATER)
        assert (the_one(session, programme).available, entitlement.returned) == (fewer, most - fewer)
        receive(session, newer(second, more), LATER)
        assert (the_one(session, programme).available, entitlement.returned, entitlement.granted) == (most, 0, most)

    @pytest.mark.law("RI.1")
    @pytest.mark.parametrize(("more", "less", "most", "fewer"), ALL_SIX, ids=SERVICES)
    def test_lowered_below_what_is_used_loses_nothing(
        self, session: Session, more: NewMeasure, less: NewMeasure, most: int, fewer: int
    ) -> None:
        first = a_programme(more)
        programme = receive(session, first)
        use(session, the_one(session, programme), most)
        receive(session, newer(first, less), LATER)
        entitlement = the_one(session, programme)
        assert (entitlement.used, entitlement.available, entitlement.excess) == (most, 0, most - fewer)

    @pytest.mark.law("R83.6")
    @pytest.mark.parametrize(("more", "less", "most", "fewer"), ALL_SIX, ids=SERVICES)
    def test_removed_and_added_again(
        self, session: Session, more: NewMeasure, less: NewMeasure, most: int, fewer: int
    ) -> None:
        first = a_programme(more, a_measure("9", "interpreter") if more.service != "interpreter" else a_measure("9"))
        programme = receive(session, first)
        without = newer(first, first.measures[1])
        receive(session, without)
        gone = given_by(session, programme)[0]
        assert (gone.close_reason, gone.available) == (CloseReason.PROGRAMME_CLOSED, 0)
        assert gone.measure.renew_on is None
        receive(session, newer(without, *first.measures))
        again = given_by(session, programme)[0]
        assert (again.id, again.closed_on, again.available) == (gone.id, None, most)

    @pytest.mark.law("R83.6")
    @pytest.mark.parametrize("measure", [one[0] for one in ALL_SIX], ids=SERVICES)
    def test_closed_early(self, session: Session, measure: NewMeasure) -> None:
        programme = receive(session, a_programme(measure))
        person_events.programme_closed(session, programme, LATER.date(), ESOBES, LATER)
        entitlement = the_one(session, programme)
        assert (entitlement.closed_on, entitlement.available) == (LATER.date(), 0)
        assert entitlement.returned == entitlement.granted

    @pytest.mark.law("R42.2")
    @pytest.mark.parametrize("measure", [one[0] for one in ALL_SIX], ids=SERVICES)
    def test_at_a_re_examination_it_lasts_to_the_last_day_of_the_programme(
        self, session: Session, measure: NewMeasure
    ) -> None:
        first = a_programme(measure)
        programme = receive(session, first)
        receive(session, newer(first, valid_to=date(2026, 5, 31)), LATER)
        entitlement = the_one(session, programme)
        assert (entitlement.ends_on, entitlement.closed_on) == (date(2026, 5, 31), None)

    @pytest.mark.law("RI.2")
    @pytest.mark.parametrize("measure", [one[0] for one in ALL_SIX], ids=SERVICES)
    def test_two_programmes_side_by_side_give_it_once(self, session: Session, measure: NewMeasure) -> None:
        person = a_person()
        receive(session, a_programme(measure, person=person))
        second = a_programme(measure, person=person)
        if measure.service == "wheelchair":
            with pytest.raises(ProgrammeRefused):
                receive(session, second)
            return
        given = sum(one.given for one in given_by(session, receive(session, second)))
        most = {"assistant": 480 * 305 - 18_000}.get(measure.service, 0)
        assert given <= most


@pytest.mark.law("R34.1", "R26.1")
@pytest.mark.parametrize(
    ("measure", "renew_on"),
    [
        (a_measure(), date(2027, 1, 1)),
        (a_measure(service="interpreter"), date(2027, 1, 1)),
        (a_measure(service="sanatorium"), date(2027, 1, 1)),
        (an_aid(DIAPERS), date(2027, 1, 1)),
        (an_aid(CANE), None),
        (a_chair(), None),
        (a_measure(service="prosthetics", classifier_code="211002"), None),
        (a_measure(service="sanatorium", valid_to=YEAR_END), None),
        (a_measure(valid_from=date(2027, 2, 1)), None),
    ],
)
def test_a_measure_knows_when_it_gives_something_next(
    session: Session, measure: NewMeasure, renew_on: date | None
) -> None:
    programme = receive(session, a_programme(measure))
    assert [one.renew_on for one in programme.measures] == [renew_on]


@pytest.mark.law("R26.1", "R34.1")
@pytest.mark.parametrize(("measure", "units"), [(a_measure(service="sanatorium"), 14), (an_aid(DIAPERS), 1460)])
def test_what_is_yearly_is_given_each_year(session: Session, measure: NewMeasure, units: int) -> None:
    programme = receive(session, a_programme(measure))
    entitlements.renew(session, programme.measures[0], NEW_YEAR)
    assert [(one.year, one.granted) for one in given_by(session, programme)] == [(2026, units), (2027, units)]


@pytest.mark.law("R34.1", "RI.2")
def test_diapers_of_all_sizes_share_one_norm(session: Session) -> None:
    new = a_programme(an_aid(DIAPERS, "1", quantity=1000), an_aid(CHILDS_DIAPERS, "2"), an_aid("606", "3"))
    assert [one.granted for one in given_by(session, receive(session, new))] == [1000, 460, 12]


@pytest.mark.law("RI.2")
def test_what_ends_early_is_given_by_another_measure_from_the_next_day(session: Session) -> None:
    person = a_person()
    first = receive(session, a_programme(a_measure(service="interpreter"), person=person))
    second = receive(session, a_programme(a_measure(service="interpreter"), person=person))
    assert given_by(session, second) == []
    person_events.programme_closed(session, first, LATER.date(), ESOBES, LATER)
    measure = second.measures[0]
    session.refresh(measure)
    assert measure.renew_on == date(2026, 3, 3)
    entitlements.renew(session, measure, datetime(2026, 4, 2, 0, 5, tzinfo=ALMATY))
    assert the_one(session, second).available == 3600
    assert measure.renew_on == date(2027, 1, 1)


class TestReplacement:
    """Given again not before the term of the last one (RM.2)."""

    def had(self, session: Session, code: str, on: datetime) -> NewProgramme:
        """A chair that was received on a day, from a programme that is over."""
        old = a_programme(
            a_chair(code, valid_from=date(2022, 1, 1)), valid_from=date(2022, 1, 1), valid_to=date(2025, 12, 31)
        )
        programme = receive(session, old, on)
        entitlement = the_one(session, programme)
        use(session, entitlement, now=on)
        endings.end_entitlement(session, entitlement, CloseReason.EXPIRED, date(2025, 12, 31), ESOBES, MONDAY)
        return old

    @pytest.mark.law("RM.2", "RI.7")
    @pytest.mark.parametrize("hour", [0, 9, 10, 23])
    def test_it_begins_on_the_day_it_is_due(self, session: Session, hour: int) -> None:
        old = self.had(session, WALKING, datetime(2022, 9, 15, hour, tzinfo=ALMATY))
        new = a_programme(a_chair(WALKING), person=old.person)
        programme = receive(session, new)
        entitlement = the_one(session, programme)
        assert (entitlement.starts_on, entitlement.ends_on, entitlement.year) == (date(2026, 9, 15), WHOLE, 2026)
        receive(session, newer(new), LATER)
        assert the_one(session, programme).starts_on == date(2026, 9, 15)

    @pytest.mark.law("RM.2")
    def test_due_after_the_measure_is_refused_with_the_day(self, session: Session) -> None:
        old = self.had(session, ROOM, datetime(2022, 9, 15, 10, tzinfo=ALMATY))
        with pytest.raises(ProgrammeRefused) as refused:
            receive(session, a_programme(a_chair(ROOM), person=old.person))
        (problem,) = refused.value.problems
        assert (problem.path, problem.point) == ("programme.measures.0.classifier_code", "RM.2")
        assert problem.figures == {"due_on": date(2029, 9, 15)}

    @pytest.mark.law("RM.2")
    def test_what_was_never_received_is_given_at_once(self, session: Session) -> None:
        person = a_person()
        first = receive(session, a_programme(an_aid(), person=person))
        person_events.programme_closed(session, first, MONDAY.date(), ESOBES, MONDAY)
        assert the_one(session, receive(session, a_programme(an_aid(), person=person))).starts_on == MONDAY.date()

    @pytest.mark.law("RM.2")
    def test_its_own_newer_version_is_no_replacement(self, session: Session) -> None:
        new = a_programme(a_chair())
        programme = receive(session, new)
        use(session, the_one(session, programme))
        receive(session, newer(new, replace(new.measures[0], valid_to=date(2026, 12, 31))), LATER)
        assert (the_one(session, programme).used, the_one(session, programme).excess) == (1, 0)

    @pytest.mark.law("RM.2")
    def test_a_universal_chair_beside_a_room_chair_of_another_programme(self, session: Session) -> None:
        person = a_person()
        receive(session, a_programme(a_chair(ROOM), person=person))
        with pytest.raises(ProgrammeRefused) as refused:
            receive(session, a_programme(a_chair(UNIVERSAL), person=person))
        assert [one.point for one in refused.value.problems] == ["RM.2"]
        assert the_one(session, receive(session, a_programme(a_chair(WALKING), person=person))).available == 1


@pytest.mark.law("R34.1")
@pytest.mark.parametrize("code", [None, "50", "999", "211002"], ids=["none", "a kind", "unknown", "another service"])
def test_goods_without_an_item_are_refused(session: Session, code: str | None) -> None:
    with pytest.raises(ProgrammeRefused) as refused:
        receive(session, a_programme(a_measure(service="wheelchair", classifier_code=code)))
    assert [one.path for one in refused.value.problems] == ["programme.measures.0.classifier_code"]


@pytest.mark.law("R34.1", "RI.2")
@pytest.mark.parametrize("code", ["3011007", "601009"], ids=["another aid", "what is given anew each year"])
def test_a_measure_stays_the_item_that_it_is(session: Session, code: str) -> None:
    new = a_programme(an_aid())
    receive(session, new)
    changed = replace(new.measures[0], classifier_code=code)
    with pytest.raises(ProgrammeRefused) as refused:
        receive(session, newer(new, measures=(changed,)))
    assert [one.path for one in refused.value.problems] == ["programme.measures.0.classifier_code"]


@pytest.mark.law("R34.1", "RI.2")
def test_what_another_programme_gives_now_is_given_when_that_one_is_over_also_in_a_later_year(session: Session) -> None:
    person = a_person()
    over_on = date(2027, 3, 31)
    first = a_programme(an_aid(valid_to=over_on), person=person, valid_to=over_on)
    receive(session, first)
    second = receive(
        session, a_programme(an_aid(valid_to=date(2028, 6, 30)), person=person, valid_to=date(2028, 6, 30))
    )
    (measure,) = second.measures
    assert given_by(session, second) == []
    assert entitlements.renew(session, measure, datetime(2026, 12, 31, 0, 5, tzinfo=ALMATY)) is None
    assert measure.renew_on == date(2027, 1, 1)
