"""One entitlement with its orders, visits and acts, moved in every order that comes by chance (RI.1, RI.2, R83.6).

Hypothesis chooses the rules; after each of them the books are balanced to the last minute and the last tiyn.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.actor import ESOBES, SYSTEM
from portal.clock import ALMATY
from portal.models.act import Act
from portal.models.entitlement import Entitlement, MoneyPosting, Posting, Purse
from portal.models.order import Order
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import answers, endings, ledger
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import CloseReason
from portal.rules.quantities import cost_tiyn
from portal.rules.service import GOODS, Service
from tests import apps
from tests import factories as make
from tests.factories import MONDAY
from tests.goods_case import NAPPIES
from tests.operations.balances import check_books

MINUTES = st.integers(1, 2000)


class LedgerMachine(RuleBasedStateMachine):
    """An interpreter's 60 hours, or so many pieces of an aid: every way in which units and money can move."""

    orders: Bundle[Order] = Bundle("orders")
    visits: Bundle[LogEntry] = Bundle("visits")
    acts: Bundle[Act] = Bundle("acts")

    def __init__(self, session: Session, service: Service) -> None:
        super().__init__()
        self.session = session
        self.service = service
        self.savepoint = session.begin_nested()
        self.entitlement: Entitlement = make.make_programme(session, service=service, pieces=3600)
        if service in GOODS:
            self.offer = make.make_goods_offer(session, NAPPIES, service)
        else:
            self.offer = make.make_offer(session, service=service)
            provider = session.get_one(Provider, self.offer.provider_id)
            self.specialist = make.make_specialist(session, provider, service)
        self.day = date(2026, 3, 3)
        self.paid = 0
        self.postings = 0

    def teardown(self) -> None:
        """Nothing of this life is left for the next one."""
        self.savepoint.rollback()
        self.session.expunge_all()

    @precondition(lambda self: self.entitlement.closed_on is None)
    @rule(target=orders, minutes=MINUTES)
    def place(self, minutes: int) -> Order | MultipleResults[Order]:
        """An order sets units aside; one for more than is free is refused and takes nothing."""
        if minutes > self.entitlement.available:
            with pytest.raises(RuleViolation, match="order less"):
                ledger.reserve(self.session, self.entitlement, Order(units=minutes), MONDAY)
            return multiple()
        goods: dict[str, Any] = {"minutes_a_month": 0, "way": "delivery"} if self.service in GOODS else {}
        return make.make_order(self.session, self.entitlement, self.offer, minutes=minutes, **goods)

    @rule(target=visits, order=orders, minutes=st.integers(1, 600))
    def serve(self, order: Order, minutes: int) -> LogEntry | MultipleResults[LogEntry]:
        """A visit takes units of its order, also when that is over and some are left of it; goods come all at once."""
        if self.service in GOODS:
            return self._hand_over(order)
        minutes = min(minutes, ledger.left_for_visits(self.entitlement, order))
        if minutes <= 0:
            return multiple()
        self.day += timedelta(days=1)
        return make.make_entry(self.session, order, self.specialist, self.day, time(8), minutes)

    @rule(visit=consumes(visits))
    def strike(self, visit: LogEntry) -> None:
        """A visit that no act holds is struck: its units are where the order's rest is."""
        if visit.act_id is None and visit.struck_at is None:
            visit.struck_at = MONDAY
            ledger.unuse(self.session, self.entitlement, self._order(visit), visit.id, visit.minutes, MONDAY)

    @rule(target=acts, visit=visits)
    def accept(self, visit: LogEntry) -> Act | MultipleResults[Act]:
        """An act of one visit is accepted: its money is owed instead of set aside."""
        if visit.act_id is not None or visit.struck_at is not None:
            return multiple()
        return make.make_act(self.session, self._order(visit), (visit,), ActStatus.ACCEPTED)

    @rule(act=consumes(acts))
    def pay(self, act: Act) -> None:
        """What is owed is paid, once."""
        act.status = ActStatus.PAID
        order = self.session.get_one(Order, act.order_id)
        ledger.pay(self.session, self.entitlement, order, act.id, act.amount_tiyn, MONDAY)
        self.paid += act.amount_tiyn

    @rule(act=consumes(acts))
    def disown(self, act: Act) -> None:
        """An accepted act turns out to be wrong before it is paid: its money is set aside again."""
        act.status = ActStatus.CANCELLED
        order = self.session.get_one(Order, act.order_id)
        ledger.disown(self.session, self.entitlement, order, act.id, act.units, act.amount_tiyn, MONDAY)

    @rule(order=consumes(orders))
    def end_order(self, order: Order) -> None:
        """An order is over: what it did not use is free, or goes back."""
        if order.ended_on is None:
            answers.close(self.session, order, self.entitlement, CloseReason.EXPIRED, self.day, SYSTEM, MONDAY)

    @precondition(lambda self: self.entitlement.closed_on is None)
    @rule(units=MINUTES)
    def more(self, units: int) -> None:
        """The programme gives more."""
        given = self.entitlement.given
        ledger.raise_by(self.session, self.entitlement, units, MONDAY)
        assert self.entitlement.given == given + units

    @precondition(lambda self: self.entitlement.closed_on is None)
    @rule(units=MINUTES)
    def fewer(self, units: int) -> None:
        """The programme gives fewer: nothing that is set aside or used is lost, and what is free goes first."""
        kept = self.entitlement.reserved, self.entitlement.used
        left = ledger.lower(self.session, self.entitlement, min(units, self.entitlement.given), MONDAY)
        assert kept == (self.entitlement.reserved, self.entitlement.used)
        assert left == 0 or self.entitlement.available == 0

    @precondition(lambda self: self.day > date(2026, 3, 8))
    @rule(days_ago=st.integers(0, 6))
    def end(self, days_ago: int) -> None:
        """The entitlement ends on some day, known late: later visits that no act holds are struck (RI.4)."""
        on = self.day - timedelta(days=days_ago)
        now = datetime.combine(self.day, time(12), ALMATY)
        endings.end_entitlement(self.session, self.entitlement, CloseReason.PROGRAMME_CLOSED, on, ESOBES, now)
        later = select(func.count()).where(
            LogEntry.recipient_id == self.entitlement.person_id,
            LogEntry.day > on,
            LogEntry.struck_at.is_(None),
            LogEntry.act_id.is_(None),
        )
        assert self.session.scalar(later) == 0

    @invariant()
    def the_units_add_up(self) -> None:
        """RI.1, by the postings; of what is over nothing is free."""
        check_books(self.session, self.entitlement)
        if self.entitlement.closed_on is not None:
            assert (self.entitlement.available, self.entitlement.reserved, self.entitlement.excess) == (0, 0, 0)

    @invariant()
    def the_money_adds_up(self) -> None:
        """RI.2: purses are the sums of their postings; an order sets aside the worth of its units, and no more."""
        one = self.entitlement
        held = {
            Purse.RESERVED: one.reserved_tiyn,
            Purse.OWED: one.owed_tiyn,
            Purse.PAID: one.paid_tiyn,
        }
        assert held == {purse: self._posted(purse) for purse in held}
        assert one.paid_tiyn == self.paid
        orders = self.session.scalars(select(Order).where(Order.entitlement_id == one.id)).all()
        assert one.reserved_tiyn == sum(order.reserved_tiyn for order in orders)
        per = 1 if self.service in GOODS else 60
        for order in orders:
            assert order.reserved + order.used <= order.units
            rate = min(order.price_tiyn, order.guaranteed_tiyn)
            assert order.reserved_tiyn == cost_tiyn(order.reserved + order.used - order.acted, rate, per)

    @invariant()
    def what_was_posted_stays(self) -> None:
        """RI.6: postings are only ever added."""
        count = self.session.scalar(select(func.count()).where(Posting.entitlement_id == self.entitlement.id)) or 0
        assert count >= self.postings
        self.postings = count

    def _hand_over(self, order: Order) -> LogEntry | MultipleResults[LogEntry]:
        if order.used or ledger.left_for_visits(self.entitlement, order) < order.units:
            return multiple()
        self.day += timedelta(days=1)
        return make.make_hand_over(self.session, order, datetime.combine(self.day, time(8), ALMATY))

    def _order(self, visit: LogEntry) -> Order:
        return self.session.get_one(Order, visit.order_id)

    def _posted(self, purse: Purse) -> int:
        mine = select(func.coalesce(func.sum(MoneyPosting.tiyn), 0)).where(
            MoneyPosting.entitlement_id == self.entitlement.id
        )
        came, went = (
            self.session.scalar(mine.where(side == purse)) or 0 for side in (MoneyPosting.target, MoneyPosting.source)
        )
        return came - went


@pytest.mark.law("RI.1", "RI.2", "RI.4", "RI.6", "R83.6")
@pytest.mark.parametrize("service", [Service.INTERPRETER, Service.TECHNICAL_AID])
def test_the_books_balance_after_whatever_happens(session: Session, service: Service) -> None:
    with apps.words():
        run_state_machine_as_test(
            lambda: LedgerMachine(session, service),  # type: ignore[arg-type]
            settings=settings(
                max_examples=20,
                stateful_step_count=30,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
