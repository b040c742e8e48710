"""The ledger of minutes (RI.1): where each minute comes from and goes to, and what the database refuses."""

import threading
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.actor import ESOBES, SYSTEM
from portal.clock import ALMATY
from portal.db import Database
from portal.models.entitlement import Account, Entitlement, Posting
from portal.models.order import Order
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import answers, endings, ledger, locks
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.factories import MONDAY
from tests.operations.balances import check_books

pytestmark = pytest.mark.law("RI.1")


class Books:
    """One interpreter's entitlement of 60 hours, and everything that can happen to its minutes."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entitlement: Entitlement = make.make_programme(session, service=Service.INTERPRETER)
        self.offer = make.make_offer(session, service=Service.INTERPRETER)
        self.specialist = make.make_specialist(
            session, session.get_one(Provider, self.offer.provider_id), Service.INTERPRETER
        )
        self.orders: list[Order] = []
        self.entries: list[LogEntry] = []
        self.at = datetime(2026, 3, 3, 8, tzinfo=ALMATY)

    def place(self, minutes: int, _which: int) -> None:
        """An order sets minutes aside, or is refused."""
        if minutes > self.entitlement.available or self.entitlement.closed_on:
            with pytest.raises(RuleViolation):
                ledger.reserve(self.session, self.entitlement, Order(units=10**6), MONDAY)
            return
        self.orders.append(make.make_order(self.session, self.entitlement, self.offer, minutes=minutes))

    def visit(self, minutes: int, which: int) -> None:
        """A visit takes minutes of an order, also of one that is over."""
        if not self.orders:
            return
        order = self.orders[which % len(self.orders)]
        minutes = min(minutes, ledger.left_for_visits(self.entitlement, order))
        if minutes > 0:
            self.at += timedelta(days=1)
            at: dict[str, Any] = {"day": self.at.date(), "start": time(8), "minutes": min(minutes, 600)}
            self.entries.append(make.make_entry(self.session, order, self.specialist, **at))

    def strike(self, _minutes: int, which: int) -> None:
        """A visit is struck."""
        standing = [entry for entry in self.entries if entry.struck_at is None]
        if standing:
            entry = standing[which % len(standing)]
            entry.struck_at = MONDAY
            order = self.session.get_one(Order, entry.order_id)
            ledger.unuse(self.session, self.entitlement, order, entry.id, entry.minutes, MONDAY)

    def end_order(self, _minutes: int, which: int) -> None:
        """An order is over."""
        running = [order for order in self.orders if order.ended_on is None]
        if running:
            order = running[which % len(running)]
            answers.close(self.session, order, self.entitlement, CloseReason.EXPIRED, date(2026, 3, 3), SYSTEM, MONDAY)

    def end(self, _minutes: int, which: int) -> None:
        """The entitlement ends on some day."""
        on = date(2026, 3, 3) + timedelta(days=which)
        endings.end_entitlement(self.session, self.entitlement, CloseReason.PROGRAMME_CLOSED, on, ESOBES, MONDAY)


@pytest.fixture
def books(session: Session) -> Books:
    return Books(session)


def test_an_order_takes_what_is_free_and_no_more(books: Books) -> None:
    with pytest.raises(RuleViolation, match="order less") as refused:
        ledger.reserve(books.session, books.entitlement, Order(units=3601), MONDAY)
    assert refused.value.figures == {"left_volume": (3600, Service.INTERPRETER)}


@pytest.mark.parametrize(
    ("close_entitlement", "source"), [(False, Account.AVAILABLE), (True, Account.RETURNED)], ids=["open", "ended"]
)
def test_a_late_visit_takes_from_where_the_minutes_went(books: Books, close_entitlement: bool, source: str) -> None:
    books.place(600, 0)
    books.end_order(0, 0)
    if close_entitlement:
        books.end(0, 5)
    books.visit(120, 0)
    check_books(books.session, books.entitlement)
    last = books.session.scalars(select(Posting).order_by(Posting.id.desc()).limit(1)).one()
    assert (last.source, last.target, last.units) == (source, Account.USED, 120)
    books.strike(0, 0)
    last = books.session.scalars(select(Posting).order_by(Posting.id.desc()).limit(1)).one()
    assert (last.source, last.target, last.units) == (Account.USED, source, 120)


def test_a_late_visit_takes_no_more_than_was_ordered_or_is_left(books: Books) -> None:
    books.place(600, 0)
    order = books.orders[0]
    assert ledger.left_for_visits(books.entitlement, order) == 600
    books.visit(120, 0)
    books.end_order(0, 0)
    assert ledger.left_for_visits(books.entitlement, order) == 480
    books.place(3400, 0)
    assert ledger.left_for_visits(books.entitlement, order) == 80


@pytest.mark.parametrize("column", ["available", "reserved", "used", "returned", "granted"])
def test_the_database_refuses_books_that_do_not_balance(books: Books, column: str) -> None:
    setattr(books.entitlement, column, getattr(books.entitlement, column) + 1)
    with pytest.raises(IntegrityError, match="units_add_up"):
        books.session.flush()


@pytest.mark.parametrize("column", ["available", "reserved", "used", "returned"])
def test_the_database_refuses_less_than_nothing(books: Books, column: str) -> None:
    other = "returned" if column != "returned" else "available"
    values = {
        "available": 0,
        "reserved": 0,
        "used": 0,
        "returned": 0,
        column: -1,
        other: 3601,
    }
    for name, value in values.items():
        setattr(books.entitlement, name, value)
    with pytest.raises(IntegrityError, match="nothing_is_negative"):
        books.session.flush()


def test_an_order_holds_no_more_than_was_ordered(books: Books) -> None:
    books.place(600, 0)
    books.orders[0].used = 1
    with pytest.raises(IntegrityError, match="not_more_than_ordered"):
        books.session.flush()


@pytest.mark.law("RI.6", "RI.5")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE postings SET units = units + 1",
        "DELETE FROM postings",
        "TRUNCATE postings",
        "UPDATE audit SET action = 'other'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "UPDATE money_postings SET tiyn = 1",
        "DELETE FROM money_postings",
        "UPDATE documents SET body = ''",
        "DELETE FROM documents",
        "TRUNCATE documents CASCADE",
        "TRUNCATE office_moves",
    ],
)
@pytest.mark.parametrize("owner", [False, True], ids=["the portal", "the owner of the tables"])
def test_what_was_written_once_stays(books: Books, statement: str, owner: bool) -> None:
    """The portal has no right to change it; whoever has the right is refused by the trigger."""
    books.place(600, 0)
    books.end(0, 1)
    books.session.flush()
    if owner:
        books.session.execute(text("SET LOCAL ROLE NONE"))
    with pytest.raises(DBAPIError, match="written once" if owner else "permission denied|written once"):
        books.session.execute(text(statement))


@pytest.mark.law("RI.6")
@pytest.mark.parametrize("statement", ["UPDATE journal_heads SET sequence = 7", "DELETE FROM journal_heads"])
def test_the_portal_may_not_move_the_end_of_a_stream(books: Books, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        books.session.execute(text(statement))


def test_of_orders_at_once_those_that_fit_are_kept(fresh_database: str) -> None:
    """Ten threads want ten hours each of what is left of sixty; six get them."""
    database = Database(fresh_database)
    with database.writes() as session, session.begin():
        entitlement_id = make.make_programme(session, service=Service.INTERPRETER).id
        entitlement = session.get_one(Entitlement, entitlement_id)
        made = [make.make_order(session, entitlement, minutes=1) for _ in range(10)]
        for order in made:
            ledger.release(session, entitlement, order, MONDAY)
            order.units = 600
        orders = [order.id for order in made]
    refused: list[RuleViolation] = []

    def take(order_id: Any) -> None:
        with database.writes() as session:
            try:
                with session.begin():
                    order, entitlement = locks.order(session, order_id)
                    ledger.reserve(session, entitlement, order, MONDAY)
            except RuleViolation as violation:
                refused.append(violation)

    threads = [threading.Thread(target=take, args=(one,)) for one in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with database.writes() as session:
        entitlement = session.get_one(Entitlement, entitlement_id)
        check_books(session, entitlement)
        assert (entitlement.reserved, len(refused)) == (3600, 4)
        assert session.get_one(Order, orders[0]).status is OrderStatus.ACCEPTED
    database.dispose()
