"""Goods: ordered by the piece, accepted, sent, handed over, acted, paid; and given back at each of these moments."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.models.claim import Claim
from portal.models.document import Document
from portal.models.message import Execution, SmsMessage
from portal.models.order import Order
from portal.models.person import Kinship
from portal.operations import answers, documents, goods_orders, objections, orders, payments, person_events, service_log
from portal.queries import goods as held
from portal.queries import ledger_proof, reference
from portal.rules.acts import ActStatus
from portal.rules.goods_orders import GivenBack
from portal.rules.law import RuleViolation
from portal.rules.objections import Settlement
from portal.rules.order_reasons import CloseReason, DeclineReason, StopReason
from portal.rules.orders import OrderStatus
from portal.rules.payments import PaymentStatus
from portal.rules.returns import EventKind
from portal.rules.service import Service
from portal.rules.service_log import ObjectionReason
from tests import factories as make
from tests.factories import MONDAY
from tests.goods_case import AMOUNT, NAPPIES, ROOM_CHAIR, Goods, on
from tests.pen import signed

HANDED_ON = date(2026, 3, 10)


@pytest.fixture
def case(session: Session) -> Goods:
    return Goods(session)


def proven(session: Session) -> bool:
    session.flush()
    return ledger_proof.prove(session).wrong is None


def balance(case: Goods) -> tuple[int, int, int, int]:
    """Pieces available, reserved, used, returned."""
    one = case.entitlement
    return one.available, one.reserved, one.used, one.returned


@pytest.mark.law("R83.1", "R83.2", "RG.2")
def test_what_is_signed_names_the_item_the_model_the_pieces_and_the_money(session: Session, case: Goods) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    said = documents.content(document)["order"]
    assert (said["units"], said["unit"], said["way"], said["model"]) == (360, "piece", "delivery", case.offer.model)
    assert said["item"]["code"] == "6031001"
    assert said["item"]["name_ru"].startswith("Подгузник")
    assert (said["price_tiyn"], said["reimbursed_tiyn"], said["surcharge_tiyn"]) == (30_000, AMOUNT, 5_000)


@pytest.mark.law("R83.1", "RI.1", "RI.2")
def test_pieces_and_their_money_are_set_aside(session: Session, case: Goods) -> None:
    order = case.place()
    assert balance(case) == (360, 360, 0, 0)
    assert case.entitlement.reserved_tiyn == order.reserved_tiyn == 360 * AMOUNT
    assert order.minutes_a_month == 0, "goods take nothing of a provider's month"
    assert proven(session)


@pytest.mark.law("R83.1", "R83.2", "R83.9", "RI.1")
@pytest.mark.parametrize(
    ("pieces", "way", "changed", "message"),
    [
        (0, "delivery", {}, "at least one piece"),
        (359, "delivery", {}, "for a quarter at least"),
        (721, "delivery", {}, "Order fewer"),
        (360, "delivery", {"delivers": False}, "in that way"),
        (360, "pick_up", {"pick_up": False}, "in that way"),
        (360, "delivery", {"withdrawn_on": MONDAY.date()}, "no longer offers"),
        (360, "delivery", {"classifier_code": ROOM_CHAIR}, "another item"),
    ],
)
def test_what_may_not_be_ordered(
    session: Session, case: Goods, pieces: int, way: str, changed: dict[str, object], message: str
) -> None:
    for name, value in changed.items():
        setattr(case.offer, name, value)
    with pytest.raises(RuleViolation, match=message):
        orders.prepare(session, case.wish(pieces, way), case.she, MONDAY)


@pytest.mark.law("R34.1")
def test_a_rest_below_the_quarter_may_be_ordered_whole(session: Session, case: Goods) -> None:
    case.place(500)
    assert case.place(220).units == 220


@pytest.mark.law("R83.9")
def test_only_where_she_lives(session: Session, case: Goods) -> None:
    case.person.place_code = "750000000"
    with pytest.raises(RuleViolation, match="does not serve the place"):
        orders.prepare(session, case.wish(), case.she, MONDAY)


@pytest.mark.law("R83.3", "R83.9")
def test_goods_are_declined_only_for_a_reason_of_goods(session: Session, case: Goods) -> None:
    order = case.place()
    with pytest.raises(RuleViolation, match="listed reasons"):
        answers.prepare_answer(session, order.id, DeclineReason.FULLY_LOADED, "", case.staff, MONDAY)
    document = answers.prepare_answer(session, order.id, DeclineReason.OUT_OF_STOCK, "", case.staff, MONDAY)
    answers.answer(session, signed(document), case.staff, MONDAY)
    assert (order.status, balance(case)) == (OrderStatus.DECLINED, (720, 0, 0, 0))


@pytest.mark.law("R83.3", "RG.2")
def test_when_one_declines_the_next_is_asked_at_the_amount_of_the_item(session: Session, case: Goods) -> None:
    second = make.make_goods_offer(session, NAPPIES, Service.TECHNICAL_AID)
    wish = replace(case.wish(), otherwise=(second.id,))
    order = orders.place(session, signed(orders.prepare(session, wish, case.she, MONDAY)), case.she, MONDAY)
    document = answers.prepare_answer(session, order.id, DeclineReason.OUT_OF_STOCK, "", case.staff, MONDAY)
    answers.answer(session, signed(document), case.staff, MONDAY)
    following = session.scalars(select(Order).where(Order.first_id == order.id)).one()
    assert (following.offer_id, following.status, following.units) == (second.id, OrderStatus.PLACED, 360)
    assert (following.guaranteed_tiyn, balance(case)) == (AMOUNT, (360, 360, 0, 0))
    assert proven(session)


@pytest.mark.law("RG.1", "RG.3")
@pytest.mark.parametrize("item", [ROOM_CHAIR, None], ids=["no amount", "no item"])
def test_goods_without_an_amount_are_refused_with_a_sentence(session: Session, item: str | None) -> None:
    with pytest.raises(RuleViolation, match="No guaranteed amount is set"):
        reference.guaranteed_tiyn(session, Service.WHEELCHAIR, MONDAY.date(), item)


@pytest.mark.law("R83.5", "R83.8")
@pytest.mark.parametrize(("way", "due_on"), [("delivery", date(2026, 4, 1)), ("pick_up", date(2026, 3, 17))])
def test_a_term_for_handing_over_begins(session: Session, case: Goods, way: str, due_on: date) -> None:
    assert case.accepted(way=way).hand_over_due_on == due_on


class TestSending:
    """Goods are handed to delivery under a tracking number (R83.8)."""

    pytestmark = pytest.mark.law("R83.8")

    def test_the_term_of_the_delivery_begins_and_she_is_told(self, session: Session, case: Goods) -> None:
        order = case.accepted()
        goods_orders.send_off(session, order.id, " KZ1 ", date(2026, 3, 5), case.staff, on(date(2026, 3, 5)))
        assert (order.tracking_number, order.hand_over_due_on) == ("KZ1", date(2026, 3, 20))
        told = session.scalars(select(SmsMessage.text).where(SmsMessage.about.like(f"order:{order.id}:sent:%"))).all()
        assert len(told) == 1
        assert "KZ1" in told[0]

    def test_twice_is_once(self, session: Session, case: Goods) -> None:
        order = case.accepted()
        for _ in range(2):
            goods_orders.send_off(session, order.id, "KZ1", date(2026, 3, 5), case.staff, on(date(2026, 3, 5)))
        sent = select(func.count()).where(SmsMessage.about.like(f"order:{order.id}:sent:%"))
        assert session.scalar(sent) == 1

    @pytest.mark.parametrize(
        ("way", "number", "day", "message"),
        [
            ("pick_up", "KZ1", date(2026, 3, 5), "picks these goods up"),
            ("delivery", "  ", date(2026, 3, 5), "tracking number"),
            ("delivery", "KZ1", date(2026, 3, 6), "still to come"),
            ("delivery", "KZ1", date(2026, 3, 2), "before you accepted"),
        ],
    )
    def test_refuses(self, session: Session, case: Goods, way: str, number: str, day: date, message: str) -> None:
        order = case.accepted(way=way)
        with pytest.raises(RuleViolation, match=message):
            goods_orders.send_off(session, order.id, number, day, case.staff, on(date(2026, 3, 5)))

    def test_not_before_it_is_accepted(self, session: Session, case: Goods) -> None:
        order = case.place()
        with pytest.raises(RuleViolation, match="Accept the order first"):
            goods_orders.send_off(session, order.id, "KZ1", MONDAY.date(), case.staff, MONDAY)

    def test_another_provider_does_not_find_it(self, session: Session, case: Goods) -> None:
        other = make.make_provider(session)
        staff = make.as_provider(make.make_staff(session, other), other)
        with pytest.raises(LookupError):
            goods_orders.send_off(session, case.accepted().id, "KZ1", MONDAY.date(), staff, MONDAY)


class TestHandingOver:
    """Pieces are used when she has them, and the order is over (R83.5)."""

    pytestmark = pytest.mark.law("R83.5", "R83.6", "RI.1", "RI.4")

    def test_the_pieces_are_used_and_the_order_is_over(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        order = session.get_one(Order, entry.order_id)
        assert balance(case) == (360, 0, 360, 0)
        assert (order.status, order.reason, order.ended_on) == (OrderStatus.CLOSED, CloseReason.HANDED_OVER, HANDED_ON)
        assert order.reserved_tiyn == 360 * AMOUNT, "its money is kept until an act is accepted"
        assert proven(session)

    def test_she_is_asked_by_sms_and_e_sobes_learns_it(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        assert session.scalar(select(func.count()).where(SmsMessage.about == f"entry:{entry.id}:handed_over")) == 1
        said = session.scalars(select(Execution.body).where(Execution.about == f"order:{entry.order_id}:closed")).one()
        assert (said["reason"], said["used"]) == ("handed_over", 360)

    def test_the_same_form_is_the_same_hand_over(self, session: Session, case: Goods) -> None:
        order, form = case.accepted(), uuid4()
        one, two = (goods_orders.hand_over(session, order.id, HANDED_ON, form, case.staff, on(HANDED_ON)) for _ in "12")
        assert one is two

    def test_not_twice(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        with pytest.raises(RuleViolation, match="written down already"):
            goods_orders.hand_over(session, entry.order_id, HANDED_ON, uuid4(), case.staff, on(HANDED_ON))

    @pytest.mark.parametrize(
        ("field", "day", "message"),
        [
            (None, date(2026, 3, 11), "still to come"),
            (None, date(2026, 3, 2), "before you accepted"),
            ("died_on", HANDED_ON, "died on"),
            ("departed_on", HANDED_ON, "left the country"),
        ],
    )
    def test_refuses(self, session: Session, case: Goods, field: str | None, day: date, message: str) -> None:
        order = case.accepted()
        if field:
            setattr(case.person, field, date(2026, 3, 9))
        with pytest.raises(RuleViolation, match=message):
            goods_orders.hand_over(session, order.id, day, uuid4(), case.staff, on(HANDED_ON))

    def test_one_that_was_struck_can_be_written_down_again(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        service_log.strike(session, entry.id, "the wrong day", case.staff, on(HANDED_ON))
        assert balance(case) == (720, 0, 0, 0)
        again = case.hand_over(session.get_one(Order, entry.order_id), date(2026, 3, 12))
        assert (balance(case), again.order.ended_on) == ((360, 0, 360, 0), date(2026, 3, 12))
        assert proven(session)

    def test_a_day_before_the_end_counts_after_it(self, session: Session, case: Goods) -> None:
        """The clerk writes down next week what was handed over the day before she died (RI.4)."""
        order = case.accepted()
        person_events.died(session, case.person, date(2026, 3, 11), ESOBES, on(date(2026, 3, 16)))
        entry = goods_orders.hand_over(session, order.id, HANDED_ON, uuid4(), case.staff, on(date(2026, 3, 17)))
        assert (entry.day, balance(case)) == (HANDED_ON, (0, 0, 360, 360))
        assert proven(session)

    def test_a_replacement_counts_from_that_day(self, session: Session, case: Goods) -> None:
        case.handed_over()
        [received] = held.received(session, case.person.id)
        assert (received.item.code, received.on) == ("6031001", HANDED_ON)


@pytest.mark.law("R83.7", "R83.8")
class TestStopping:
    """Goods that do not come, or are not fetched, stop the order when their term is over."""

    def test_not_before(self, session: Session, case: Goods) -> None:
        order = case.accepted()
        with pytest.raises(RuleViolation, match="handed over until"):
            answers.stop(session, order.id, StopReason.NOT_DELIVERED, "", case.she, on(date(2026, 4, 1)))

    def test_after_it(self, session: Session, case: Goods) -> None:
        order = case.accepted()
        answers.stop(session, order.id, StopReason.NOT_DELIVERED, "", case.she, on(date(2026, 4, 2)))
        assert (order.status, balance(case)) == (OrderStatus.STOPPED, (720, 0, 0, 0))

    def test_by_the_provider_when_nobody_fetches_them(self, session: Session, case: Goods) -> None:
        order = case.accepted(way="pick_up")
        answers.stop(session, order.id, StopReason.NOT_PICKED_UP, "", case.staff, on(date(2026, 3, 18)))
        assert order.status is OrderStatus.STOPPED

    def test_not_for_a_reason_of_services(self, session: Session, case: Goods) -> None:
        order = case.accepted()
        with pytest.raises(RuleViolation, match="listed reasons"):
            answers.stop(session, order.id, StopReason.TIMES_BROKEN, "", case.she, on(date(2026, 4, 2)))


@pytest.mark.law("R42.5", "R42.11", "RG.2", "RG.3")
class TestMoney:
    """An act of what was handed over; paid between the 14th and the 30th day after its acceptance."""

    def test_the_act_is_the_hand_over(self, session: Session, case: Goods) -> None:
        act = case.draw_up(case.handed_over())
        assert (act.units, act.amount_tiyn, act.surcharge_tiyn) == (360, 360 * AMOUNT, 360 * 5_000)
        said = documents.content(session.get_one(Document, act.document_id))
        rows = [(row["day"], row["units"], row["way"]) for row in said["hand_overs"]]
        assert rows == [("2026-03-10", 360, "delivery")]
        assert said["sheets"] == []

    def test_accepted_it_is_owed_and_paid_after_a_fortnight(self, session: Session, case: Goods) -> None:
        payment = case.owed(case.handed_over())
        assert (payment.not_before_on, payment.due_on) == (date(2026, 3, 26), date(2026, 4, 11))
        assert (case.entitlement.owed_tiyn, case.entitlement.reserved_tiyn) == (360 * AMOUNT, 0)
        payments.approve(session, payment.id, case.second, on(date(2026, 3, 13)))
        assert payment.next_try_at == on(date(2026, 3, 26), 0)
        assert proven(session)

    def test_paid(self, session: Session, case: Goods) -> None:
        payment = case.paid(case.handed_over())
        assert (payment.status, case.entitlement.paid_tiyn) == (PaymentStatus.PAID, 360 * AMOUNT)
        assert proven(session)

    def test_what_she_objects_to_stays_out_of_the_act(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        with pytest.raises(RuleViolation, match="what is wrong"):
            objections.object_to(session, entry.id, ObjectionReason.SHORTER, "", case.she, on(HANDED_ON))
        objections.object_to(session, entry.id, ObjectionReason.NOT_RECEIVED, "", case.she, on(HANDED_ON))
        with pytest.raises(RuleViolation, match="no goods"):
            case.draw_up(entry)
        objections.settle(session, entry.id, Settlement.STRUCK, "it was not", case.clerk, on(date(2026, 3, 12)))
        assert balance(case) == (720, 0, 0, 0)


@pytest.mark.law("R83.6", "R42.11", "RI.1", "RI.2", "RI.5")
class TestComingBack:
    """Goods that come back are free again; what was asked or paid for them follows, each in its own way."""

    def test_before_an_act(self, session: Session, case: Goods) -> None:
        entry = case.come_back(case.handed_over(), date(2026, 3, 12))
        assert (entry.strike_reason, entry.back_on) == (GivenBack.FAULTY, date(2026, 3, 12))
        assert balance(case) == (720, 0, 0, 0)
        assert case.entitlement.reserved_tiyn == 0
        assert proven(session)

    def test_twice_is_once(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        for _ in range(2):
            case.come_back(entry, date(2026, 3, 12))
        assert session.scalar(select(func.count()).where(Execution.about == f"entry:{entry.id}:back")) == 1
        assert session.scalar(select(func.count()).where(SmsMessage.about == f"entry:{entry.id}:back")) == 1

    def test_an_act_that_is_not_sent_is_cancelled(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        act = case.draw_up(entry)
        case.come_back(entry, date(2026, 3, 12))
        assert (act.status, balance(case)) == (ActStatus.CANCELLED, (720, 0, 0, 0))

    def test_an_act_at_the_office_goes_back_for_good(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        act = case.sent(entry)
        case.come_back(entry, date(2026, 3, 12))
        assert (act.status, act.resubmit_due_on, act.reason) == (ActStatus.RETURNED, None, None)
        assert "возврат" in act.note or "вернули" in act.note
        assert proven(session)

    def test_an_accepted_act_is_set_aside_with_its_payment(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        payment = case.owed(entry)
        payments.approve(session, payment.id, case.second, on(date(2026, 3, 13)))
        case.come_back(entry, date(2026, 3, 14))
        assert (payment.act.status, payment.status) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
        assert (case.entitlement.owed_tiyn, case.entitlement.reserved_tiyn, balance(case)) == (0, 0, (720, 0, 0, 0))
        assert proven(session)

    def test_while_the_payment_is_on_its_way_it_waits(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        payment = case.owed(entry)
        payments.approve(session, payment.id, case.second, on(date(2026, 3, 13)))
        payments.write_down(session, payment.id, on(date(2026, 3, 26)))
        with pytest.raises(RuleViolation, match="on its way"):
            case.come_back(entry, date(2026, 3, 26))

    def test_what_is_paid_is_claimed_back_within_15_days(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        payment = case.paid(entry)
        case.come_back(entry, date(2026, 3, 27), GivenBack.NOT_AS_ORDERED)
        claim = session.scalars(select(Claim).where(Claim.payment_id == payment.id)).one()
        assert (claim.amount_tiyn, claim.units, claim.event_id) == (360 * AMOUNT, 360, None)
        assert (claim.reason, claim.due_on) == (GivenBack.NOT_AS_ORDERED, date(2026, 4, 11))
        assert (case.entitlement.claimed_tiyn, case.entitlement.paid_tiyn, balance(case)) == (
            360 * AMOUNT,
            0,
            (720, 0, 0, 0),
        )
        assert proven(session)

    def test_after_the_programme_they_go_back(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        person_events.departed(session, case.person, date(2026, 3, 15), ESOBES, on(date(2026, 3, 16)))
        case.come_back(entry, date(2026, 3, 17))
        assert balance(case) == (0, 0, 0, 720)
        assert proven(session)

    @pytest.mark.law("R42.9")
    def test_nobody_of_the_office_writes_it_down_for_their_kin(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        session.add(Kinship(person_id=case.clerk.person_id, relative_id=case.person.id))
        session.flush()
        with pytest.raises(RuleViolation, match="your kin"):
            goods_orders.come_back(session, entry.id, GivenBack.FAULTY, HANDED_ON, case.clerk, on(HANDED_ON))

    def test_the_office_may_write_it_down_and_another_may_not(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        other = make.office_here(session, "750000000")
        stranger = make.as_office(make.make_clerk(session, other), other)
        with pytest.raises(LookupError):
            goods_orders.come_back(session, entry.id, GivenBack.FAULTY, HANDED_ON, stranger, on(HANDED_ON))
        goods_orders.come_back(session, entry.id, GivenBack.FAULTY, HANDED_ON, case.clerk, on(HANDED_ON))
        assert balance(case) == (720, 0, 0, 0)

    @pytest.mark.parametrize(("day", "message"), [(date(2026, 3, 13), "still to come"), (date(2026, 3, 9), "before")])
    def test_refuses(self, session: Session, case: Goods, day: date, message: str) -> None:
        entry = case.handed_over()
        with pytest.raises(RuleViolation, match=message):
            goods_orders.come_back(session, entry.id, GivenBack.FAULTY, day, case.staff, on(date(2026, 3, 12)))


@pytest.mark.law("RI.4", "R83.6")
class TestLateNews:
    """A death before the day of the hand-over becomes known after it."""

    def news(self, session: Session, case: Goods, day: date = date(2026, 3, 9)) -> None:
        person_events.died(session, case.person, day, ESOBES, on(date(2026, 4, 2)))

    def undo(self, session: Session, case: Goods) -> None:
        person_events.undo(session, case.person.id, EventKind.DEATH, "she lives", case.clerk, on(date(2026, 4, 3)))

    def test_it_is_struck_and_what_was_paid_is_claimed(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        payment = case.paid(entry)
        self.news(session, case)
        claim = session.scalars(select(Claim).where(Claim.payment_id == payment.id)).one()
        assert (entry.strike_reason, claim.amount_tiyn) == ("death", 360 * AMOUNT)
        assert balance(case) == (0, 0, 0, 720)
        assert proven(session)

    def test_undone_it_stands_again(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        payment = case.paid(entry)
        order = session.get_one(Order, entry.order_id)
        self.news(session, case)
        self.undo(session, case)
        assert entry.struck_at is None
        assert (balance(case), case.entitlement.paid_tiyn) == ((360, 0, 360, 0), payment.amount_tiyn)
        assert (order.status, order.reason, order.ended_on) == (OrderStatus.CLOSED, CloseReason.HANDED_OVER, HANDED_ON)
        assert proven(session)

    def test_an_accepted_order_runs_again(self, session: Session, case: Goods) -> None:
        order = case.accepted()
        self.news(session, case, date(2026, 3, 20))
        assert balance(case) == (0, 0, 0, 720)
        self.undo(session, case)
        assert (order.status, balance(case)) == (OrderStatus.ACCEPTED, (360, 360, 0, 0))
        assert proven(session)

    def test_a_death_on_that_day_changes_nothing(self, session: Session, case: Goods) -> None:
        entry = case.handed_over()
        self.news(session, case, HANDED_ON)
        assert (entry.struck_at, balance(case)) == (None, (0, 0, 360, 360))
