"""Orders of goods (R83.1–R83.9, R42.11): each rule and its refusals; RI.1, RI.2 and RI.8 whatever the figures are."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules import goods_orders as rules
from portal.rules.act_lines import draw_up, line
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import CloseReason, DeclineReason, StopReason, check_decline, check_stop
from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.quantities import LAW_TIME
from portal.rules.roles import Role
from portal.rules.service import GOODS, Service

from .builders import ANNA

ACCEPTED_ON, TODAY = date(2026, 11, 16), date(2026, 11, 25)
LAST = date(2026, 12, 31)
AID = Service.TECHNICAL_AID
MONEY = st.integers(1, 10**8)
PIECES = st.integers(1, 10_000)


@dataclass(frozen=True)
class Gives:
    """An entitlement of 100 pieces, from 1 November to the end of the year."""

    service: Service = AID
    starts_on: date = date(2026, 11, 1)
    ends_on: date = LAST
    closed_on: date | None = None
    available: int = 100


@dataclass(frozen=True)
class Offer:
    """An item that is delivered, and not picked up."""

    classifier_code: str | None = "3011007"
    delivers: bool = True
    pick_up: bool = False
    withdrawn_on: date | None = None


@dataclass(frozen=True)
class Order:
    """Twelve pieces, accepted on 16 November, to be delivered."""

    status: OrderStatus = OrderStatus.ACCEPTED
    reason: str | None = None
    way: str = "delivery"
    units: int = 12
    used: int = 0
    starts_on: date = date(2026, 11, 10)
    ends_on: date = LAST
    answered_at: datetime | None = datetime(2026, 11, 16, 9, tzinfo=LAW_TIME)
    ended_on: date | None = None
    hand_over_due_on: date | None = date(2026, 12, 10)


@dataclass(frozen=True)
class HandOver:
    """Pieces at a price, of which the state pays up to an amount."""

    units: int
    price_tiyn: int
    guaranteed_tiyn: int
    specialist_id: UUID = ANNA
    minutes: int = 0
    started_at: datetime = datetime(2026, 11, 20, 12, tzinfo=LAW_TIME)
    day: date = date(2026, 11, 20)
    is_objected: bool = False
    struck_at: datetime | None = None


def wish(pieces: int, first: date = TODAY, last: date = LAST, service: Service = AID) -> NewOrder:
    """An order of so many pieces."""
    return NewOrder(service, first, last, pieces, None, "delivery")


class TestOrdering:
    """What may be ordered, and from whom (R83.1, R83.2)."""

    @pytest.mark.law("R83.1", "RI.1")
    @pytest.mark.parametrize(
        ("new", "gives", "point", "message"),
        [
            (wish(0), Gives(), "R83.1", "at least one piece"),
            (wish(101), Gives(), "RI.1", "Order fewer"),
            (wish(1), Gives(available=0), "RI.1", "Order fewer"),
            (wish(1, service=Service.WHEELCHAIR), Gives(), "R83.1", "another service"),
            (wish(1), Gives(closed_on=TODAY), "R83.6", "closed"),
            (wish(1, first=TODAY - timedelta(1)), Gives(), "R83.1", "in the past"),
            (wish(1, last=LAST + timedelta(1)), Gives(), "R34.1", "Your programme gives this service from"),
            (wish(1), Gives(ends_on=TODAY - timedelta(1)), "R83.6", "closed"),
        ],
    )
    def test_refuses(self, new: NewOrder, gives: Gives, point: str, message: str) -> None:
        with pytest.raises(RuleViolation, match=message) as refused:
            rules.check_new(new, gives, programme_until=LAST, today=TODAY)
        assert refused.value.point == point

    @pytest.mark.law("R83.6", "R83.8")
    @pytest.mark.parametrize(
        ("signed_on", "programme_until", "last"),
        [
            (date(2026, 11, 16), date(2028, 5, 1), LAST),
            (date(2026, 11, 17), date(2028, 5, 1), date(2027, 1, 1)),
            (date(2026, 12, 30), date(2028, 5, 1), date(2027, 2, 13)),
            (date(2026, 12, 30), date(2027, 1, 20), date(2027, 1, 20)),
            (date(2026, 12, 30), LAST, LAST),
        ],
    )
    def test_what_was_ordered_late_in_the_year_comes_after_it(
        self, signed_on: date, programme_until: date, last: date
    ) -> None:
        """At most 30 days for all of it and 15 for its delivery, and not after the programme."""
        assert rules.last_day(LAST, programme_until, signed_on) == last
        new = replace(wish(1, last=last), starts_on=signed_on)
        rules.check_new(new, Gives(), programme_until=programme_until, today=signed_on)
        with pytest.raises(RuleViolation, match="Choose days between them"):
            late = replace(new, ends_on=last + timedelta(1))
            rules.check_new(late, Gives(), programme_until=programme_until, today=signed_on)

    @pytest.mark.law("R83.4", "R83.6")
    def test_a_further_provider_is_asked_after_the_year_for_what_was_signed_in_it(self) -> None:
        signed_on, today = date(2026, 12, 30), date(2027, 1, 6)
        new = wish(1, first=today, last=date(2027, 2, 13))
        rules.check_new(new, Gives(), programme_until=date(2028, 5, 1), today=today, signed_on=signed_on)
        with pytest.raises(RuleViolation, match="closed"):
            rules.check_new(new, Gives(), programme_until=date(2028, 5, 1), today=today)

    @pytest.mark.law("RI.1")
    @given(PIECES, st.integers(0, 10_000))
    def test_no_more_than_are_free(self, asked: int, free: int) -> None:
        gives = Gives(available=free)
        if asked <= free:
            rules.check_new(wish(asked), gives, programme_until=LAST, today=TODAY)
        else:
            with pytest.raises(RuleViolation):
                rules.check_new(wish(asked), gives, programme_until=LAST, today=TODAY)

    @pytest.mark.law("R83.1", "R83.2", "R83.9")
    @pytest.mark.parametrize(
        ("offer", "item", "way", "here", "message"),
        [
            (Offer(withdrawn_on=TODAY), "3011007", "delivery", True, "no longer offers"),
            (Offer(), "3011001", "delivery", True, "another item"),
            (Offer(), None, "delivery", True, "another item"),
            (Offer(classifier_code=None), "3011007", "delivery", True, "another item"),
            (Offer(), "3011007", "pick_up", True, "in that way"),
            (Offer(delivers=False, pick_up=True), "3011007", "delivery", True, "in that way"),
            (Offer(), "3011007", "delivery", False, "does not serve the place"),
        ],
    )
    def test_refuses_an_offer(self, offer: Offer, item: str | None, way: str, here: bool, message: str) -> None:
        with pytest.raises(RuleViolation, match=message):
            rules.check_offer(offer, item, way, holds_here=here)

    @pytest.mark.law("R83.1")
    def test_takes_the_very_item(self) -> None:
        rules.check_offer(Offer(), "3011007", "delivery", holds_here=True)


class TestTerms:
    """Until when goods are handed over, and when they are paid for (R83.5, R83.8, R42.11)."""

    @pytest.mark.law("R83.5", "R83.8")
    @pytest.mark.parametrize(("way", "due_on"), [("delivery", date(2026, 12, 10)), ("pick_up", date(2026, 11, 30))])
    def test_after_acceptance(self, way: str, due_on: date) -> None:
        assert rules.hand_over_due_on(way, date(2026, 11, 10), ACCEPTED_ON) == due_on

    @pytest.mark.law("R83.8")
    def test_once_sent(self) -> None:
        assert rules.delivery_due_on(date(2026, 11, 20)) == date(2026, 12, 5)

    @pytest.mark.law("R42.11")
    def test_paid_between_the_14th_and_the_30th_day(self) -> None:
        assert rules.paid_between(date(2026, 11, 20)) == (date(2026, 12, 4), date(2026, 12, 20))


class TestSending:
    """Goods are handed to delivery under a number (R83.8)."""

    @pytest.mark.law("R83.8", "R83.3")
    @pytest.mark.parametrize(
        ("order", "number", "day", "message"),
        [
            (Order(status=OrderStatus.PLACED), "KZ1", TODAY, "Accept the order first"),
            (Order(status=OrderStatus.STOPPED), "KZ1", TODAY, "This order is over"),
            (Order(way="pick_up"), "KZ1", TODAY, "nothing to send"),
            (Order(), "  ", TODAY, "tracking number"),
            (Order(), "KZ1", TODAY + timedelta(1), "still to come"),
            (Order(), "KZ1", ACCEPTED_ON - timedelta(1), "before you accepted"),
        ],
    )
    def test_refuses(self, order: Order, number: str, day: date, message: str) -> None:
        with pytest.raises(RuleViolation, match=message):
            rules.check_sent(order, number, day, TODAY)


DIED_ON = date(2026, 11, 20)
CLOSED = Order(status=OrderStatus.CLOSED, reason=CloseReason.DEATH, ended_on=DIED_ON)
STRUCK = Order(status=OrderStatus.CLOSED, reason=CloseReason.HANDED_OVER, ended_on=date(2026, 11, 18))


def hand_over(
    order: Order,
    day: date,
    last_on: date = LAST,
    left: int = 100,
    died_on: date | None = None,
    departed_on: date | None = None,
) -> None:
    """Asks whether goods may have been handed over on a day."""
    rules.check_hand_over(order, day, last_on=last_on, left=left, died_on=died_on, departed_on=departed_on, today=TODAY)


class TestHandingOver:
    """All pieces at once, to somebody who lives and is here, while the order runs (R83.5, RI.4)."""

    pytestmark = pytest.mark.law("R83.5", "R83.6", "RI.1", "RI.2", "RI.4")

    @pytest.mark.parametrize(
        ("order", "day", "how", "message"),
        [
            (Order(used=12), TODAY, {}, "written down already"),
            (Order(status=OrderStatus.PLACED, answered_at=None), TODAY, {}, "Accept the order first"),
            (Order(status=OrderStatus.DECLINED, ended_on=ACCEPTED_ON), ACCEPTED_ON, {}, "This order is over"),
            (Order(status=OrderStatus.LAPSED, answered_at=None, ended_on=TODAY), TODAY, {}, "This order is over"),
            (replace(CLOSED, answered_at=None), DIED_ON, {}, "before you accepted"),
            (Order(), TODAY + timedelta(1), {}, "still to come"),
            (Order(), ACCEPTED_ON - timedelta(1), {}, "before you accepted"),
            (Order(starts_on=TODAY), TODAY - timedelta(1), {}, "outside the order"),
            (Order(), TODAY, {"last_on": TODAY - timedelta(1)}, "This order ended on"),
            (CLOSED, DIED_ON + timedelta(1), {}, "This order ended on"),
            (STRUCK, TODAY, {"last_on": TODAY - timedelta(1)}, "This order ended on"),
            (CLOSED, DIED_ON + timedelta(1), {"died_on": DIED_ON}, "The recipient died on"),
            (Order(), TODAY, {"departed_on": DIED_ON}, "left the country"),
            (Order(), TODAY, {"left": 11}, "not free any more"),
        ],
    )
    def test_refuses(self, order: Order, day: date, how: dict[str, date], message: str) -> None:
        with pytest.raises(RuleViolation, match=message):
            hand_over(order, day, **how)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("order", "day", "how"),
        [
            (Order(), ACCEPTED_ON, {}),
            (Order(), TODAY, {"left": 12}),
            (CLOSED, DIED_ON, {"died_on": DIED_ON}),
            (replace(CLOSED, status=OrderStatus.STOPPED, reason=StopReason.NOT_DELIVERED), DIED_ON, {}),
            (STRUCK, TODAY, {}),
        ],
    )
    def test_takes(self, order: Order, day: date, how: dict[str, date]) -> None:
        hand_over(order, day, **how)  # type: ignore[arg-type]

    @given(units=PIECES, left=st.integers(0, 10_000), used=st.integers(0, 1))
    def test_all_at_once_and_once(self, units: int, left: int, used: int) -> None:
        """RI.1, RI.2: never more than is left, never a second time."""
        order = Order(units=units, used=used * units)
        if used or units > left:
            with pytest.raises(RuleViolation):
                hand_over(order, TODAY, left=left)
        else:
            hand_over(order, TODAY, left=left)


class TestComingBack:
    """Goods come back on the day of the hand-over or later (R83.6, R42.11)."""

    pytestmark = pytest.mark.law("R83.6", "R42.11")

    @pytest.mark.parametrize(
        ("day", "message"),
        [(TODAY + timedelta(1), "still to come"), (date(2026, 11, 19), "cannot have come back before")],
    )
    def test_refuses(self, day: date, message: str) -> None:
        with pytest.raises(RuleViolation, match=message):
            rules.check_back(date(2026, 11, 20), day, TODAY)

    @pytest.mark.parametrize("day", [date(2026, 11, 20), TODAY])
    def test_takes(self, day: date) -> None:
        rules.check_back(date(2026, 11, 20), day, TODAY)


class TestReasons:
    """Declined and stopped for the reasons of goods only (R83.7, R83.9)."""

    @pytest.mark.law("R83.7", "R83.8")
    @pytest.mark.parametrize("reason", [StopReason.NOT_DELIVERED, StopReason.NOT_PICKED_UP])
    def test_only_after_the_term(self, reason: StopReason) -> None:
        order = Order(hand_over_due_on=TODAY)
        with pytest.raises(RuleViolation, match="may be handed over until"):
            rules.check_stop(order, reason, TODAY)
        rules.check_stop(order, reason, TODAY + timedelta(1))
        rules.check_stop(order, StopReason.RECIPIENT_MOVES, TODAY)

    @pytest.mark.law("R83.7")
    @pytest.mark.parametrize(
        ("role", "reason"),
        [
            (Role.RECIPIENT, StopReason.NOT_PICKED_UP),
            (Role.RECIPIENT, StopReason.TIMES_BROKEN),
            (Role.PROVIDER, StopReason.NOT_DELIVERED),
            (Role.OFFICE, StopReason.NOT_DELIVERED),
        ],
    )
    def test_not_for_a_reason_of_the_other_side(self, role: Role, reason: StopReason) -> None:
        with pytest.raises(RuleViolation, match="listed reasons for stopping"):
            check_stop(role, AID, reason)

    @pytest.mark.law("R83.9")
    @pytest.mark.parametrize("service", sorted(GOODS))
    def test_declined(self, service: Service) -> None:
        check_decline(service, DeclineReason.OUT_OF_STOCK)
        with pytest.raises(RuleViolation, match="listed reasons for declining"):
            check_decline(service, DeclineReason.FULLY_LOADED)
        with pytest.raises(RuleViolation, match="listed reasons for declining"):
            check_decline(Service.ASSISTANT, DeclineReason.OUT_OF_STOCK)


class TestMoney:
    """What pieces come to (RG.2, RI.2, RI.8): whole pieces at whole tiyn, nothing rounded, nothing twice."""

    pytestmark = pytest.mark.law("RG.2", "RI.2", "RI.8")

    @given(PIECES, MONEY, MONEY)
    def test_a_line(self, pieces: int, price: int, guaranteed: int) -> None:
        made = line(pieces, price, guaranteed, AID)
        assert made.amount_tiyn == pieces * min(price, guaranteed)
        assert made.amount_tiyn + made.surcharge_tiyn == pieces * price

    @given(st.lists(st.builds(HandOver, PIECES, st.sampled_from([300, 301]), st.sampled_from([250, 400])), min_size=1))
    def test_an_act_counts_each_piece_once(self, handed: list[HandOver]) -> None:
        made = draw_up(handed, AID)
        assert made.units == sum(one.units for one in handed)
        assert made.amount_tiyn == sum(one.units * min(one.price_tiyn, one.guaranteed_tiyn) for one in handed)
        assert made.sheets == ()

    @given(PIECES, PIECES, MONEY, MONEY)
    def test_what_is_struck_is_not_paid(self, struck: int, stands: int, price: int, guaranteed: int) -> None:
        one, two = HandOver(struck, price, guaranteed), HandOver(stands, price, guaranteed)
        made = draw_up([replace(one, struck_at=one.started_at), two], AID)
        assert made == draw_up([two], AID)
