"""A day's work in sets leaves the same rows as the same work thing by thing: one world, gone through in both ways."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import clock, db
from portal.actor import SYSTEM
from portal.db import transaction
from portal.jobs import sweep as job
from portal.jobs.sweep import Swept, sweep
from portal.models import Base
from portal.models.entitlement import Entitlement
from portal.models.message import Execution
from portal.models.order import Order
from portal.models.person import Person
from portal.operations import answers, choice, ledger, mass_endings, mass_reminders
from portal.operations.mass_endings import Done
from portal.queries import journal_proof, ledger_proof
from portal.rules.acts import ActStatus
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import apps
from tests import factories as make
from tests.conftest import DatabaseServer
from tests.factories import MONDAY

DAYS = (date(2026, 4, 20), date(2026, 5, 12), date(2026, 7, 1))
NOT_COMPARED = {
    "audit": {"id"},
    "postings": {"id"},
    "money_postings": {"id"},
    "sms_messages": {"id"},
    "executions": {"id", "sequence", "transaction"},
}
"""Numbers that are given in the order of writing, and random ones."""


@pytest.fixture
def edition() -> str:
    return "2021"


@pytest.fixture
def worlds(database_server: DatabaseServer, edition: str) -> Iterator[list[str]]:
    """Two databases with the same people, orders and visits."""
    before, db._database = db._database, None
    first = database_server.create()
    clock.use(lambda: MONDAY)
    with apps.words(edition=edition):
        db.connect(first)
        with transaction() as session:
            people(session, Random(7))
        db.database().dispose()
        second = DatabaseServer(database_server.url, first.rpartition("/")[2].partition("?")[0]).create()
        yield [first, second]
    db.database().dispose()
    db._database = before
    for url in (first, second):
        database_server.drop(url)


def people(session: Session, chance: Random) -> None:
    """Forty people: with and without a phone, one to three entitlements, orders of every kind, visits, goods, acts,
    excess."""
    for number in range(40):
        phone = {} if chance.random() < 0.8 else {"phone": chance.choice(["", None])}
        person = make.make_person(session, language=chance.choice(["kk", "ru"]), **phone)
        if phone and chance.random() < 0.7:
            make.make_representative(session, person, language=chance.choice(["kk", "ru"]))
        usual = number % 5 != 0  # what is left to be done alone is done later, and a person's journal has an order
        for service in chance.sample([Service.ASSISTANT, Service.INTERPRETER], chance.choice([1, 2]) if usual else 1):
            entitled(session, person, service, chance, usual)
        if number % 2 and usual:
            entitled_to_goods(session, person, chance)
    empty = make.make_programme(session)
    ledger.lower(session, empty, empty.available, MONDAY)
    make.end_on(empty, date(2026, 4, 1))
    unanswered = make.make_programme(session, None, Service.TECHNICAL_AID, pieces=900)
    make.end_on(unanswered, date(2026, 3, 31), date(2026, 5, 1))
    offer = make.make_goods_offer(session, "6031001", Service.TECHNICAL_AID)
    for due_on in (date(2026, 3, 9), date(2026, 4, 17)):
        make.make_order(session, unanswered, offer, OrderStatus.PLACED, 9, answer_due_on=due_on)


def entitled(session: Session, person: Person, service: Service, chance: Random, usual: bool) -> None:
    """An entitlement that ends now or later, with up to three orders; not `usual`: with visits after its end."""
    entitlement = make.make_programme(session, person, service)
    days = [date(2026, 3, 31), date(2026, 4, 30), date(2026, 6, 30), date(2026, 12, 31)]
    make.end_on(entitlement, chance.choice(days))
    entitlement.reminder_due_on = chance.choice([None, date(2026, 4, 2), date(2026, 5, 31)])
    for _ in range(chance.randrange(4)):
        ordered(session, entitlement, chance)
    if entitlement.reserved and chance.random() < 0.5:
        ledger.lower(session, entitlement, entitlement.available + entitlement.reserved // 2, MONDAY)
    late = entitlement.ends_on + timedelta(days=1)
    running = select(Order).where(Order.entitlement_id == entitlement.id, Order.status == OrderStatus.ACCEPTED)
    if not usual and (order := session.scalars(running.limit(1)).first()) is not None:
        entry = make.make_entry(session, order, day=late, start=time(1 + chance.randrange(6)), minutes=60)
        if chance.random() < 0.5:
            make.make_act(session, order, (entry,), ActStatus.DRAWN_UP)


def entitled_to_goods(session: Session, person: Person, chance: Random) -> None:
    """Pieces of an item, some ordered, accepted or handed over; the programme may have taken some away meanwhile."""
    entitlement = make.make_programme(session, person, Service.TECHNICAL_AID, pieces=900)
    ends_on = chance.choice([date(2026, 3, 31), date(2026, 4, 30), date(2026, 12, 31)])
    make.end_on(entitlement, ends_on, ends_on + timedelta(days=chance.choice([0, 5, 30])))
    entitlement.reminder_due_on = chance.choice([None, date(2026, 4, 2), date(2026, 5, 31)])
    for _ in range(chance.randrange(4)):
        ordered_goods(session, entitlement, chance)
    if entitlement.reserved and chance.random() < 0.5:
        ledger.lower(session, entitlement, entitlement.available + entitlement.reserved // 2, MONDAY)


def ordered_goods(session: Session, entitlement: Entitlement, chance: Random) -> None:
    """An order of goods that waits for its answer, or was accepted; perhaps handed over, and that in an act or not.

    Some run on although they were handed over: what is kept for the act is reckoned by the piece.
    """
    status = chance.choice([OrderStatus.PLACED, OrderStatus.ACCEPTED, OrderStatus.ACCEPTED])
    order = make.make_order(
        session,
        entitlement,
        make.make_goods_offer(session, "6031001", entitlement.service),
        status=status,
        minutes=chance.randrange(1, 200),
        minutes_a_month=0,
        way=chance.choice(["delivery", "pick_up"]),
        ends_on=chance.choice([date(2026, 3, 20), entitlement.ends_on, entitlement.lasts_until]),
        answer_due_on=chance.choice([date(2026, 3, 9), date(2026, 5, 11)]),
        guaranteed_tiyn=chance.choice([25_007, 31_001]),
    )
    if status is OrderStatus.PLACED or chance.random() < 0.4:
        return
    entry = make.make_hand_over(session, order)
    if chance.random() < 0.3:
        act = make.make_act(session, order, (entry,), ActStatus.DRAWN_UP)
        assert act.amount_tiyn > 0
    if chance.random() < 0.6:
        entry.day = chance.choice([entry.day, entitlement.lasts_until])
        answers.close(session, order, entitlement, CloseReason.HANDED_OVER, entry.day, SYSTEM, MONDAY)


def ordered(session: Session, entitlement: Entitlement, chance: Random) -> None:
    """An order that waits for its answer, runs or is over; some of it served, some of that in an accepted act."""
    status = chance.choice([OrderStatus.PLACED, OrderStatus.ACCEPTED, OrderStatus.ACCEPTED, OrderStatus.STOPPED])
    order = make.make_order(
        session,
        entitlement,
        status=status,
        minutes=60 * chance.randrange(6, 20),
        ends_on=chance.choice([date(2026, 3, 20), entitlement.ends_on]),
        answer_due_on=chance.choice([date(2026, 3, 9), date(2026, 5, 11)]),
        guaranteed_tiyn=chance.choice([58_993, 70_001]),
    )
    if status is OrderStatus.PLACED:
        return
    entries = [
        make.make_entry(session, order, day=date(2026, 3, 3 + n), minutes=30 + 7 * n)
        for n in range(chance.randrange(4))
    ]
    if entries and chance.random() < 0.5:
        make.make_act(session, order, tuple(entries), ActStatus.ACCEPTED)
    if status is OrderStatus.STOPPED:
        ledger.release(session, entitlement, order, MONDAY)
        order.ended_at, order.ended_on = MONDAY, entitlement.ends_on + timedelta(days=chance.choice([-9, 9]))


def gone_through(url: str) -> tuple[list[Swept], dict[str, list[Any]]]:
    """What the sweeps of some days said, and all rows that are there afterwards, once ledger and journal are proven."""
    db.connect(url)
    swept = [sweep(on) for on in DAYS]
    with transaction() as session:
        assert ledger_proof.prove(session).wrong is None
        assert journal_proof.first_broken(session) is None
    return swept, {table: rows(url, table) for table in Base.metadata.tables if table != "swept_days"}


def rows(url: str, table: str) -> list[Any]:
    """The rows of a table as text, without what is not compared, in an order that depends on them alone."""
    left_out = NOT_COMPARED.get(table, set())
    with psycopg.connect(url) as connection:
        found = connection.execute(f"SELECT to_jsonb(t) FROM {table} t").fetchall()
    for (row,) in found:
        for name in left_out:
            del row[name]
        if table == "executions":
            del row["body"]["message_id"]
    return sorted(str(row) for (row,) in found)


def nothing_in_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every thing is left to the operation on one."""

    def left(_session: Session, keys: list[UUID], *_when: Any) -> Done:
        return Done(0, keys)

    for module, name in ((mass_endings, "lapse"), (mass_endings, "close_orders"), (mass_endings, "expire")):
        monkeypatch.setattr(module, name, left)
    monkeypatch.setattr(mass_reminders, "remind", left)


@pytest.mark.law("R83.4", "R83.6", "R42.2", "R34.3", "RI.1", "RI.6")
@pytest.mark.parametrize(("edition", "batch"), [("2021", 500), ("2021", 7), ("2023", 500), ("2023", 7)])
def test_sets_leave_the_same_rows(worlds: list[str], monkeypatch: pytest.MonkeyPatch, edition: str, batch: int) -> None:
    monkeypatch.setattr(job, "BATCH", batch)
    in_sets = gone_through(worlds[0])
    nothing_in_sets(monkeypatch)
    one_by_one = gone_through(worlds[1])
    assert in_sets[0] == one_by_one[0]
    assert [min(getattr(one, name) for one in in_sets[0]) for name in ("lapsed", "closed", "expired")] != [0, 0, 0]
    assert sum(one.faults for one in in_sets[0]) == 0
    for table, found in in_sets[1].items():
        assert found == one_by_one[1][table], table
    blocks = [row for row in in_sets[1]["executions"] if "'kind': 'blocked'" in row]
    assert (len(blocks) > 3) == (edition == "2023")


@pytest.mark.law("R34.3", "R42.4")
@pytest.mark.parametrize("edition", ["2023"])
def test_a_set_is_blocked_as_a_set(worlds: list[str], monkeypatch: pytest.MonkeyPatch, edition: str) -> None:
    """Two months after a quarter began thousands of choices are blocked on one day: only those without a phone of
    their own are left."""
    monkeypatch.setattr(choice, "remind", lambda session, key, now: people_left.append(key))
    people_left: list[UUID] = []
    db.connect(worlds[0])
    swept = sweep(date(2026, 5, 12))
    with transaction() as session:
        blocked = list(session.scalars(select(Entitlement).where(Entitlement.blocked_on.is_not(None))))
        told = session.scalars(select(Execution).where(Execution.body["kind"].astext == "blocked")).all()
        assert swept.reminded >= len(blocked) == len(told) > 3
        assert all(session.get_one(Person, one.person_id).phone for one in blocked)
        phones = [session.get_one(Entitlement, key).person.phone for key in people_left]
    assert phones and not any(phones)


@pytest.mark.law("R83.4", "R34.3")
def test_one_nudge_for_a_set(worlds: list[str]) -> None:
    db.connect(worlds[0])
    swept = sweep(DAYS[0])
    with transaction() as session:
        nudges = session.execute(text("SELECT task_name, count(*) FROM procrastinate_jobs GROUP BY 1")).all()
    assert swept.lapsed > 3 and swept.expired > 3
    assert max(count for _task, count in nudges) <= 12, "one a set, and one for each thing that is not plain"


@pytest.mark.parametrize(
    "many",
    [mass_endings.expire, mass_reminders.remind],
)
def test_nothing_due_changes_nothing(worlds: list[str], many: Callable[[Session, list[UUID], datetime], Done]) -> None:
    """What another sweep has done meanwhile is neither done again nor left."""
    db.connect(worlds[0])
    with transaction() as session:
        keys = list(session.scalars(select(Entitlement.id).order_by(Entitlement.id)))
        assert many(session, keys, MONDAY) == Done(0, [])
