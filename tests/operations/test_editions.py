"""Edition 2023: an assistant's hours by quarter, and the choice that is blocked after two months."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import ESOBES, Actor
from portal.clock import ALMATY
from portal.models.audit import AuditRow
from portal.models.entitlement import Entitlement
from portal.models.message import Execution, SmsMessage
from portal.models.programme import Measure, Programme
from portal.operations import choice, endings, entitlements, ledger, programmes
from portal.rules.entitlements import check_not_blocked
from portal.rules.law import RuleViolation
from portal.rules.roles import Role
from tests import apps
from tests.factories import MONDAY
from tests.operations.arriving import a_measure, a_programme, newer
from tests.operations.balances import check_books


@pytest.fixture
def of_2023() -> Iterator[None]:
    with apps.words(edition="2023"):
        yield


def moment(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), ALMATY) + timedelta(minutes=5)


def given_by(session: Session, programme: Programme) -> list[Entitlement]:
    mine = select(Entitlement).where(Entitlement.measure_id == programme.measures[0].id)
    found = list(session.scalars(mine.order_by(Entitlement.year, Entitlement.quarter)))
    for one in found:
        check_books(session, one)
    return found


@pytest.mark.law("R34.1", "RI.2")
@pytest.mark.parametrize("hours", [None, 1000])
def test_four_quarters_never_give_more_than_the_year(session: Session, of_2023: None, hours: int | None) -> None:
    measure = a_measure(quantity=hours, unit="hour" if hours else None)
    programme = programmes.receive(session, a_programme(measure), ESOBES, MONDAY)
    line = programme.measures[0]
    while line.renew_on and line.renew_on.year == 2026:
        entitlements.renew(session, line, moment(line.renew_on))
    found = given_by(session, programme)
    assert [(one.quarter, one.starts_on, one.ends_on) for one in found] == [
        (1, date(2026, 3, 2), date(2026, 3, 31)),
        (2, date(2026, 4, 1), date(2026, 6, 30)),
        (3, date(2026, 7, 1), date(2026, 9, 30)),
        (4, date(2026, 10, 1), date(2026, 12, 31)),
    ]
    assert sum(one.granted for one in found) == (hours * 60 if hours else 480 * 305)
    assert line.renew_on == date(2027, 1, 1)


@pytest.mark.law("R34.1")
def test_a_newer_version_changes_the_quarter_that_runs(session: Session, of_2023: None) -> None:
    new = a_programme(a_measure(quantity=4, unit="hour_a_day"))
    programme = programmes.receive(session, new, ESOBES, MONDAY)
    programmes.receive(session, newer(new, a_measure(quantity=2, unit="hour_a_day")), ESOBES, MONDAY)
    (entitlement,) = given_by(session, programme)
    assert (entitlement.available, entitlement.returned) == (120 * 30, 120 * 30)


@pytest.mark.law("R34.1")
def test_a_year_that_began_as_a_whole_stays_one(session: Session) -> None:
    with apps.words(edition="2021"):
        programme = programmes.receive(session, a_programme(), ESOBES, MONDAY)
    with apps.words(edition="2023"):
        line = programme.measures[0]
        assert entitlements.renew(session, line, moment(date(2026, 7, 1))) is None
        assert line.renew_on == date(2027, 1, 1)
        entitlements.renew(session, line, moment(date(2027, 1, 1)))
    assert [(one.year, one.quarter) for one in given_by(session, programme)] == [(2026, 0), (2027, 1)]


@pytest.mark.law("R34.1")
def test_other_services_are_given_by_the_year(session: Session, of_2023: None) -> None:
    programme = programmes.receive(session, a_programme(a_measure(service="sanatorium")), ESOBES, MONDAY)
    assert [one.quarter for one in given_by(session, programme)] == [0]


class TestBlock:
    """Two months without a choice (R34.3)."""

    @pytest.fixture
    def entitlement(self, session: Session, of_2023: None) -> Entitlement:
        new = a_programme(a_measure(service="interpreter"))
        (entitlement,) = given_by(session, programmes.receive(session, new, ESOBES, MONDAY))
        return entitlement

    def live(self, session: Session, entitlement: Entitlement, until: date) -> None:
        day = MONDAY.date()
        while day <= until:
            choice.remind(session, entitlement.id, moment(day))
            choice.resume(session, entitlement, moment(day))
            day += timedelta(days=1)

    def said(self, session: Session, entitlement: Entitlement) -> list[str]:
        mine = select(SmsMessage.about).where(SmsMessage.person_id == entitlement.person_id)
        return [one.split(":")[0] for one in session.scalars(mine.order_by(SmsMessage.owed_at))]

    @pytest.mark.law("R34.3")
    def test_a_reminder_then_the_block_and_nothing_more(self, session: Session, entitlement: Entitlement) -> None:
        self.live(session, entitlement, date(2026, 5, 1))
        assert (entitlement.blocked_on, self.said(session, entitlement)) == (None, ["programme", "reminder"])
        self.live(session, entitlement, date(2026, 9, 1))
        assert entitlement.blocked_on == date(2026, 5, 2)
        assert self.said(session, entitlement) == ["programme", "reminder", "block"]
        assert entitlement.available == 3600
        with pytest.raises(RuleViolation, match="activate"):
            check_not_blocked(entitlement.blocked_on)

    @pytest.mark.law("R34.3")
    def test_she_activates_it_and_the_reminders_begin_anew(self, session: Session, entitlement: Entitlement) -> None:
        self.live(session, entitlement, date(2026, 5, 2))
        she = Actor(role=Role.RECIPIENT, person_id=entitlement.person_id, for_person_id=entitlement.person_id)
        for _ in range(2):
            choice.activate(session, entitlement.id, she, moment(date(2026, 6, 10)))
        assert (entitlement.blocked_on, entitlement.reminder_due_on) == (None, date(2026, 7, 10))
        check_not_blocked(entitlement.blocked_on)
        written = select(AuditRow.action).where(AuditRow.thing_id == entitlement.id).order_by(AuditRow.id)
        assert session.scalars(written).all() == ["remind", "block", "activate"]
        for day in range(80):
            choice.remind(session, entitlement.id, moment(date(2026, 6, 10) + timedelta(days=day)))
        assert self.said(session, entitlement)[-2:] == ["reminder", "block"]
        assert entitlement.blocked_on == date(2026, 8, 10)

    @pytest.mark.law("R34.3")
    def test_with_nothing_left_she_is_asked_for_no_choice(self, session: Session, entitlement: Entitlement) -> None:
        """A visit that was written down late may have taken the last hours of a choice that was blocked before."""
        self.live(session, entitlement, date(2026, 5, 2))
        ledger.lower(session, entitlement, entitlement.available, moment(date(2026, 6, 1)))
        she = Actor(role=Role.RECIPIENT, person_id=entitlement.person_id, for_person_id=entitlement.person_id)
        choice.activate(session, entitlement.id, she, moment(date(2026, 6, 10)))
        assert (entitlement.blocked_on, entitlement.reminder_due_on) == (None, None)

    def heard(self, session: Session, entitlement: Entitlement) -> list[tuple[str, str, int]]:
        """What E-Sobes learns of it: what, of which day, how much was left then."""
        mine = select(Execution.body).where(Execution.about.startswith(f"entitlement:{entitlement.id}:"))
        bodies = session.scalars(mine.order_by(Execution.sequence)).all()
        return [(one["kind"], one["on"], one.get("left", 0)) for one in bodies]

    @pytest.mark.law("R34.3", "R42.4")
    def test_esobes_learns_of_each_block_and_each_activation(self, session: Session, entitlement: Entitlement) -> None:
        """E-Sobes keeps the queue: the measure goes back to it, and comes again when she is ready to choose."""
        self.live(session, entitlement, date(2026, 5, 4))
        assert self.heard(session, entitlement) == [("blocked", "2026-05-02", 3600)]
        she = Actor(role=Role.RECIPIENT, person_id=entitlement.person_id, for_person_id=entitlement.person_id)
        for _ in range(2):
            choice.activate(session, entitlement.id, she, moment(date(2026, 6, 10)))
        for day in range(80):
            choice.remind(session, entitlement.id, moment(date(2026, 6, 10) + timedelta(days=day)))
        assert self.heard(session, entitlement)[1:] == [
            ("activated", "2026-06-10", 3600),
            ("blocked", "2026-08-10", 3600),
        ]
        body = session.scalars(select(Execution.body).where(Execution.about.contains(":activated:"))).one()
        measure = session.get_one(Measure, entitlement.measure_id)
        assert (body["programme"], body["measure"]) == (measure.programme.number, measure.external_id)
        assert (body["service"], body["year"], body["quarter"]) == ("interpreter", 2026, 0)

    @pytest.mark.law("R34.3")
    def test_nobody_else_can(self, session: Session, entitlement: Entitlement) -> None:
        self.live(session, entitlement, date(2026, 5, 2))
        somebody = Actor(role=Role.RECIPIENT, person_id=entitlement.measure_id, for_person_id=entitlement.measure_id)
        with pytest.raises(LookupError):
            choice.activate(session, entitlement.id, somebody, MONDAY)

    @pytest.mark.law("R34.3")
    def test_what_ends_is_blocked_no_more(self, session: Session, entitlement: Entitlement) -> None:
        self.live(session, entitlement, date(2026, 5, 2))
        endings.expire(session, entitlement.id, date(2027, 1, 1), moment(date(2027, 1, 1)))
        assert entitlement.blocked_on is None
        kinds = [kind for kind, _on, _left in self.heard(session, entitlement)]
        assert kinds == ["blocked", "returned"], "that it has ended says enough"


@pytest.mark.law("R34.3")
def test_edition_2021_never_blocks(session: Session) -> None:
    with apps.words(edition="2021"):
        programme = programmes.receive(session, a_programme(), ESOBES, MONDAY)
        (entitlement,) = given_by(session, programme)
        for day in range(150):
            choice.remind(session, entitlement.id, moment(MONDAY.date() + timedelta(days=day)))
    assert (entitlement.blocked_on, entitlement.reminders_sent) == (None, 4)
