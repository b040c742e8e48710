"""A day's work: what lapses, ends, is renewed and reminded of; twice the same; days that were missed."""

import logging
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.config import Config, ConfigError
from portal.db import Database, transaction
from portal.jobs import journal
from portal.jobs.sweep import Swept, days_to_sweep, sweep, whole_day
from portal.models.audit import AuditRow, JournalRoot
from portal.models.clockwork import SweptDay
from portal.models.entitlement import Entitlement, Posting
from portal.models.message import Execution, SmsMessage
from portal.models.order import Order
from portal.models.person import Person, Representation
from portal.models.programme import Measure, Programme
from portal.operations import person_events, programmes
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.programmes import NewProgramme
from tests import apps
from tests import factories as make
from tests.factories import MONDAY
from tests.operations.arriving import YEAR_END, a_measure, a_person, a_programme, a_representative
from tests.operations.balances import check_books

TODAY = MONDAY.date()
NEW_YEAR = date(2027, 1, 1)
T = TypeVar("T")


@pytest.fixture
def config(database: Database) -> Config:
    """A portal that keeps no files of its roots."""
    return apps.make_config("postgresql://")


def day(number: int) -> date:
    """So many days after the Monday."""
    return TODAY + timedelta(days=number)


def write(do: Callable[[Session], T]) -> T:
    with transaction() as session:
        return do(session)


def row(of: type[T], key: Any) -> T:
    return write(lambda session: session.get_one(of, key))


def check(entitlement_id: UUID) -> None:
    write(lambda session: check_books(session, session.get_one(Entitlement, entitlement_id)))


def arrive(new: NewProgramme, now: datetime = MONDAY) -> Programme:
    return write(lambda session: programmes.receive(session, new, ESOBES, now))


def given_by(programme: Programme) -> list[Entitlement]:
    mine = select(Entitlement).join(Measure).where(Measure.programme_id == programme.id).order_by(Entitlement.year)
    return write(lambda session: list(session.scalars(mine)))


def sms_about(prefix: str) -> list[SmsMessage]:
    mine = select(SmsMessage).where(SmsMessage.about.startswith(prefix)).order_by(SmsMessage.owed_at)
    return write(lambda session: list(session.scalars(mine)))


def counts() -> dict[str, int]:
    """How many rows there are of everything that a sweep may write."""
    tables = (AuditRow, Execution, SmsMessage, Posting, Entitlement, Order)
    return write(
        lambda session: {
            table.__tablename__: session.scalars(select(func.count()).select_from(table)).one() for table in tables
        }
    )


def an_order(status: OrderStatus = OrderStatus.ACCEPTED, **given: Any) -> Order:
    return write(lambda session: make.make_order(session, status=status, **given))


@pytest.mark.law("R83.4")
def test_an_order_lapses_the_day_after_its_term(database: Database) -> None:
    order = an_order(OrderStatus.PLACED, answer_due_on=day(7))
    assert sweep(day(7)).lapsed == 0
    assert sweep(day(8)).lapsed == 1
    order, entitlement = row(Order, order.id), row(Entitlement, order.entitlement_id)
    assert (order.status, order.reserved, entitlement.reserved) == (OrderStatus.LAPSED, 0, 0)
    assert len(sms_about(f"order:{order.id}:")) == 1
    check(entitlement.id)


@pytest.mark.law("R83.6")
@pytest.mark.parametrize(
    ("ends_on", "still", "over"),
    [
        (date(2026, 3, 20), date(2026, 4, 10), date(2026, 4, 11)),
        (date(2026, 3, 31), date(2026, 4, 10), date(2026, 4, 11)),
        (date(2026, 4, 1), date(2026, 5, 10), date(2026, 5, 11)),
    ],
)
def test_an_ended_order_gives_back_its_rest_once_its_acts_are_due(
    database: Database, ends_on: date, still: date, over: date
) -> None:
    order = an_order(ends_on=ends_on)
    assert sweep(still).closed == 0
    assert sweep(over).closed == 1
    order, entitlement = row(Order, order.id), row(Entitlement, order.entitlement_id)
    assert (order.status, order.reason, order.ended_on) == (OrderStatus.CLOSED, CloseReason.EXPIRED, ends_on)
    assert (entitlement.reserved, entitlement.closed_on) == (0, None)


@pytest.mark.law("R42.2", "R83.6", "RI.1")
def test_the_year_ends_and_the_next_begins(database: Database) -> None:
    programme = arrive(a_programme(a_measure()))
    (old,) = given_by(programme)
    order = write(lambda session: make.make_order(session, session.get_one(Entitlement, old.id)))
    assert (sweep(YEAR_END).expired, sweep(YEAR_END).renewed) == (0, 0)
    swept = sweep(NEW_YEAR)
    assert (swept.expired, swept.renewed, swept.faults) == (1, 1, 0)
    old, new = given_by(programme)
    assert (old.closed_on, old.close_reason) == (YEAR_END, CloseReason.EXPIRED)
    assert old.available == old.reserved == 0
    assert row(Order, order.id).status is OrderStatus.CLOSED
    assert (new.year, new.starts_on, new.ends_on, new.granted) == (
        2027,
        NEW_YEAR,
        date(2027, 12, 31),
        480 * 365,
    )
    for one in (old, new):
        check(one.id)


@pytest.mark.law("R34.1")
def test_a_programme_that_was_closed_is_not_renewed(database: Database) -> None:
    closed, ended = arrive(a_programme()), arrive(a_programme(a_measure(valid_to=YEAR_END)))
    left, came_back = arrive(a_programme()), arrive(a_programme())

    def events(session: Session) -> None:
        person_events.programme_closed(session, session.get_one(Programme, closed.id), day(1), ESOBES, MONDAY)
        for one in (left, came_back):
            person_events.departed(session, session.get_one(Person, one.person_id), day(1), ESOBES, MONDAY)
        person_events.came_back(session, session.get_one(Person, came_back.person_id), day(2), ESOBES, MONDAY)

    write(events)
    assert sweep(NEW_YEAR).renewed == 1
    assert [len(given_by(one)) for one in (closed, ended, left, came_back)] == [1, 1, 1, 2]


@pytest.mark.law("R34.1")
def test_a_measure_that_begins_later_is_given_on_its_day_once(database: Database) -> None:
    programme = arrive(a_programme(a_measure(valid_from=date(2027, 5, 1))))
    assert sweep(date(2027, 5, 1)).renewed == 0
    assert [one.starts_on for one in given_by(programme)] == [date(2027, 5, 1)]


class TestReminders:
    """While nothing is chosen (R34.3)."""

    pytestmark = pytest.mark.law("R34.3")

    @pytest.fixture
    def entitlement(self, database: Database) -> Entitlement:
        """Given on 31 January."""
        january = datetime(2026, 1, 31, 10, tzinfo=ALMATY)
        (entitlement,) = given_by(arrive(a_programme(), january))
        return entitlement

    def reminded_on(self, entitlement: Entitlement, last: date) -> list[date]:
        """On which days up to `last` she was reminded."""
        found = []
        on = date(2026, 2, 1)
        while on <= last:
            before = row(Entitlement, entitlement.id).reminders_sent
            if sweep(on).reminded and row(Entitlement, entitlement.id).reminders_sent > before:
                found.append(on)
            on += timedelta(days=1)
        return found

    def test_after_a_month_and_then_once_a_month(self, entitlement: Entitlement) -> None:
        """The 31st stays the 31st where there is one."""
        days = [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
        assert self.reminded_on(entitlement, date(2026, 6, 5)) == days
        assert [one.owed_at.astimezone(ALMATY).date() for one in sms_about("reminder:")] == days

    def test_it_says_by_when(self, entitlement: Entitlement) -> None:
        sweep(date(2026, 2, 28))
        (message,) = sms_about("reminder:")
        assert "31.03.2026" in message.text

    def test_measures_that_wait_alike_are_said_once(self, database: Database) -> None:
        arrive(a_programme(a_measure(), a_measure("2", "interpreter")))
        sweep(date(2026, 4, 2))
        assert len(sms_about("reminder:")) == 1

    def test_not_beyond_the_last_day(self, database: Database) -> None:
        arrive(a_programme(a_measure(valid_to=date(2026, 4, 20))))
        sweep(date(2026, 4, 2))
        (message,) = sms_about("reminder:")
        assert "20.04.2026" in message.text

    def test_one_reminder_for_the_months_that_were_missed(self, entitlement: Entitlement) -> None:
        assert sweep(date(2026, 7, 10)).reminded == 1
        assert sweep(date(2026, 7, 11)).reminded == 0
        assert row(Entitlement, entitlement.id).reminder_due_on == date(2026, 7, 31)

    def test_not_once_something_is_chosen(self, entitlement: Entitlement) -> None:
        def choose(session: Session) -> None:
            held = session.get_one(Entitlement, entitlement.id)
            make.make_order(session, held, status=OrderStatus.PLACED, answer_due_on=date(2027, 1, 1))
            held.reminder_due_on = None

        write(choose)
        assert sweep(date(2026, 3, 1)).reminded == 0
        assert sweep(date(2026, 8, 1)).reminded == 0

    def test_again_a_month_after_the_order_has_lapsed(self, entitlement: Entitlement) -> None:
        def choose(session: Session) -> UUID:
            held = session.get_one(Entitlement, entitlement.id)
            held.reminder_due_on = None
            due = date(2026, 3, 9)
            return make.make_order(session, held, status=OrderStatus.PLACED, answer_due_on=due).id

        write(choose)
        assert sweep(date(2026, 3, 10)).lapsed == 1
        assert row(Entitlement, entitlement.id).reminder_due_on == date(2026, 4, 10)
        assert sweep(date(2026, 4, 9)).reminded == 0
        assert sweep(date(2026, 4, 10)).reminded == 1
        assert row(Entitlement, entitlement.id).reminder_due_on == date(2026, 5, 10)

    def test_not_again_when_everything_is_used(self, entitlement: Entitlement) -> None:
        def use_up(session: Session) -> None:
            held = session.get_one(Entitlement, entitlement.id)
            held.reminder_due_on = None
            held.used, held.available = held.available, 0

        write(use_up)
        assert sweep(date(2026, 4, 10)).reminded == 0

    @pytest.mark.law("R34.2", "R34.4")
    def test_who_acts_for_her_is_reminded_when_she_has_no_phone(self, database: Database) -> None:
        person, mother = a_person(phone=None), a_representative()
        arrive(a_programme(person=person, representative=mother))
        arrive(a_programme(a_measure(service="interpreter"), person=a_person(phone=None)))
        assert sweep(date(2026, 4, 2)).reminded == 1
        (message,) = sms_about("reminder:")
        assert message.phone == mother.phone

    def test_a_mother_who_lost_her_right_is_not(self, database: Database) -> None:
        programme = arrive(a_programme(person=a_person(phone=None), representative=a_representative()))

        def end(session: Session) -> None:
            mine = select(Representation).where(Representation.recipient_id == programme.person_id)
            session.scalars(mine).one().valid_to = day(10)

        write(end)
        assert sweep(date(2026, 4, 2)).reminded == 0
        (entitlement,) = given_by(programme)
        assert entitlement.reminder_due_on == date(2026, 5, 2), "the office sees her meanwhile"


def test_the_same_day_twice_is_the_same(database: Database) -> None:
    arrive(a_programme())
    an_order(OrderStatus.PLACED, answer_due_on=day(1))
    an_order(ends_on=day(3))
    first = sweep(NEW_YEAR)
    assert (first.lapsed, first.expired, first.renewed, first.faults) == (1, 3, 3, 0)
    before = counts()
    assert sweep(NEW_YEAR) == Swept()
    assert counts() == before


def test_two_at_once_do_each_thing_once(database: Database) -> None:
    for _ in range(4):
        arrive(a_programme())
        an_order(OrderStatus.PLACED, answer_due_on=day(1))
    results: list[Swept] = []
    threads = [threading.Thread(target=lambda: results.append(sweep_in_words())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [sum(getattr(one, name) for one in results) for name in ("lapsed", "expired", "renewed", "faults")] == [
        4,
        8,
        8,
        0,
    ]


def sweep_in_words() -> Swept:
    from tests import apps

    with apps.words():
        return sweep(NEW_YEAR)


def test_a_fault_in_one_thing_does_not_hold_back_the_others(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """One bad row spoils its set: then all of the set are done one by one, and only the bad one is left."""
    orders = [an_order(OrderStatus.PLACED, answer_due_on=day(1)) for _ in range(3)]
    bad = orders[1].entitlement_id

    def spoil(reserved: int) -> None:
        change = update(Entitlement).where(Entitlement.id == bad)
        write(
            lambda session: session.execute(
                change.values(available=Entitlement.available + Entitlement.reserved - reserved, reserved=reserved)
            )
        )

    spoil(0)
    with caplog.at_level(logging.ERROR):
        swept = sweep(day(2))
    assert (swept.lapsed, swept.faults) == (2, 1)
    assert str(orders[1].id) in caplog.text
    spoil(orders[1].reserved)
    assert sweep(day(3)).lapsed == 1


class TestDays:
    """Which days are to be swept."""

    def test_only_today_at_the_very_first(self, database: Database) -> None:
        assert days_to_sweep(TODAY) == [TODAY]

    def test_the_days_that_were_missed_oldest_first(self, config: Config) -> None:
        whole_day(TODAY, config)
        assert days_to_sweep(TODAY) == []
        assert days_to_sweep(day(3)) == [day(1), day(2), day(3)]

    def test_a_day_to_come_that_was_swept_does_not_count(self, config: Config, at: Callable[..., datetime]) -> None:
        """Else a clock that was moved would stop the portal's days."""
        whole_day(TODAY, config)
        at("2030-01-01")
        whole_day(date(2030, 1, 1), config)
        assert days_to_sweep(day(2)) == [day(1), day(2)]

    @pytest.mark.law("RI.6")
    @pytest.mark.parametrize("on", [day(1), date(9999, 12, 31), date(2021, 1, 31), date.min])
    def test_a_day_to_come_is_not_done(self, config: Config, on: date) -> None:
        """It would end what still lasts, and the root of such a day would be the journal's last."""
        order = an_order(OrderStatus.PLACED, answer_due_on=TODAY)
        with pytest.raises(ConfigError, match="name one from 2021-02-01 to 2026-03-02"):
            whole_day(on, config)
        assert row(Order, order.id).status is OrderStatus.PLACED
        assert write(lambda session: session.scalars(select(JournalRoot)).all()) == []

    def test_what_is_written_down_is_when(self, config: Config) -> None:
        clock.use(lambda: MONDAY + timedelta(hours=3))
        whole_day(TODAY, config)
        assert row(SweptDay, TODAY).swept_at == MONDAY + timedelta(hours=3)

    @pytest.mark.law("RI.6")
    def test_a_day_without_its_root_is_done_again(
        self, config: Config, at: Callable[..., datetime], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The process may die between the day's work and the root of its journal."""
        whole_day(TODAY, config)
        at(day(1))
        with monkeypatch.context() as dying, pytest.raises(SystemExit):
            dying.setattr(journal, "close_day", lambda *_given: sys.exit())
            whole_day(day(1), config)
        assert days_to_sweep(day(1)) == [day(1)]
        whole_day(day(1), config)
        assert row(JournalRoot, day(1)).rows >= 0
        assert days_to_sweep(day(1)) == []


def test_what_a_sweep_says() -> None:
    said = str(Swept(lapsed=1, renewed=2))
    assert said == "lapsed 1, closed 0, expired 0, renewed 2, reminded 0, faults 0"
