"""Goods at the provider's door: accepted, sent off, handed over, acted, back again (R83.3–R83.8, R42.5)."""

import re
from datetime import date
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.actor import ESOBES
from portal.models.act import Act
from portal.models.claim import Claim
from portal.models.order import Order
from portal.models.service_log import LogEntry
from portal.operations import objections, person_events
from portal.rules.acts import ActStatus
from portal.rules.goods_orders import GivenBack
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from portal.rules.payments import PaymentStatus
from portal.rules.returns import EventKind
from portal.rules.service import Service
from portal.rules.service_log import ObjectionReason
from tests import factories as make
from tests.goods_case import Goods, on
from tests.provider.conftest import signed_in, staff_of
from tests.recipient.conftest import Browser

HANDED_ON = date(2026, 3, 10)


@pytest.fixture
def case(session: Session) -> Goods:
    return Goods(session, pieces=1460)


@pytest.fixture
def staff(app: Flask, session: Session, case: Goods) -> Browser:
    """Somebody who works where the goods are."""
    at(date(2026, 3, 12))
    return staff_of(app, session, case.provider)


def at(day: date) -> None:
    """What day it is."""
    clock.use(lambda: on(day))


def day(of: date, name: str = "day") -> dict[str, str]:
    """A day as its three boxes send it."""
    return {f"{name}-day": str(of.day), f"{name}-month": str(of.month), f"{name}-year": str(of.year)}


def entries(session: Session, order: Order) -> list[LogEntry]:
    return list(session.scalars(select(LogEntry).where(LogEntry.order_id == order.id).order_by(LogEntry.recorded_at)))


class TestOrder:
    """What an order of goods says."""

    @pytest.mark.law("R83.1", "R83.2", "RG.2")
    def test_item_model_pieces_way_and_money(self, case: Goods, staff: Browser) -> None:
        page = staff.get(f"/provider/orders/{case.place().id}")
        assert page.status == 200
        assert "Подгузник" in page.text
        for said in (case.offer.model, "360 штук", "Доставка", "300", "250"):
            assert said in page.text, said
        assert page.says("Price of a piece")
        assert not page.links("/log")
        assert "месяц:" not in page.text, "goods take nothing of the provider's month"

    @pytest.mark.law("R83.5", "R83.8")
    def test_it_says_until_when_they_are_handed_over(self, case: Goods, staff: Browser) -> None:
        order = case.accepted()
        page = staff.get(f"/provider/orders/{order.id}")
        assert page.says("Hand the goods over to the recipient.")
        assert page.says_number("%(num)s day left", "%(num)s days left", 20)
        assert page.links("/hand-over") and page.links("/send-off") and page.links("/stop")
        at(date(2026, 4, 3))
        late = staff.get(f"/provider/orders/{order.id}")
        assert late.says_number("late by %(num)s day", "late by %(num)s days", 2)

    def test_what_is_picked_up_is_not_sent(self, case: Goods, staff: Browser) -> None:
        assert not staff.get(f"/provider/orders/{case.accepted(way='pick_up').id}").links("/send-off")

    @pytest.mark.law("R42.1")
    def test_it_has_no_log(self, case: Goods, staff: Browser) -> None:
        order = case.accepted()
        assert staff.get(f"/provider/orders/{order.id}/log").status == 409
        entry = case.hand_over(order)
        assert staff.get(f"/provider/orders/visits/{entry.id}/strike").status == 404

    def test_the_list_names_them_and_finds_those_to_hand_over(self, case: Goods, staff: Browser) -> None:
        later, sooner = case.accepted(360), case.accepted(360, way="pick_up")
        placed = case.place(360)
        page = staff.get("/provider/orders?shown=to_hand_over")
        assert page.links("/provider/orders/") == [f"/provider/orders/{one.id}" for one in (sooner, later)]
        assert "Подгузник" in page.text
        assert page.links("shown=nothing") == []
        everything = staff.get("/provider/orders")
        assert everything.links(str(placed.id))
        at(date(2026, 3, 20))
        assert staff.get("/provider/orders?shown=to_hand_over").text.count("опоздание 3 дня") == 1


@pytest.mark.law("R83.3", "R83.9")
def test_accepting_says_until_when(case: Goods, staff: Browser) -> None:
    at(date(2026, 3, 3))
    order = case.place()
    signing = staff.post(f"/provider/orders/{order.id}/accept").goes_to
    assert staff.post(signing, cms="c2lnbg==").status == 302
    assert order.status is OrderStatus.ACCEPTED
    page = staff.get(f"/provider/orders/{order.id}")
    assert "Срок передачи товара: среда, 1 апреля" in page.text


@pytest.mark.law("R83.3", "R83.9")
def test_declining_and_stopping_have_reasons_of_goods(case: Goods, staff: Browser) -> None:
    at(date(2026, 3, 3))
    order = case.place()
    page = staff.get(f"/provider/orders/{order.id}/decline")
    assert re.findall(r'name="reason" type="radio" value="(\w+)"', page.html) == ["out_of_stock", "leaving_portal"]
    refused = staff.post(f"/provider/orders/{order.id}/decline", reason="fully_loaded", note="нет часов")
    assert refused.status == 422
    assert "нет часов" in refused.html
    running = case.accepted(way="pick_up")
    page = staff.get(f"/provider/orders/{running.id}/stop")
    assert "not_picked_up" in page.html and "confirmed_insults" not in page.html
    early = staff.post(f"/provider/orders/{running.id}/stop", reason="not_picked_up", note="не пришли")
    assert early.status == 422
    assert "не пришли" in early.html
    at(date(2026, 3, 18))
    assert staff.post(f"/provider/orders/{running.id}/stop", reason="not_picked_up", note="не пришли").status == 302
    assert running.status is OrderStatus.STOPPED


@pytest.mark.law("R83.8")
class TestSendingOff:
    """The goods are on their way."""

    def test_number_and_day(self, case: Goods, staff: Browser) -> None:
        order = case.accepted()
        address = f"/provider/orders/{order.id}/send-off"
        assert staff.get(address).status == 200
        for _ in range(2):
            assert staff.post(address, number="KZ 77", **day(date(2026, 3, 5))).goes_to.endswith(str(order.id))
        assert (order.tracking_number, order.hand_over_due_on) == ("KZ 77", date(2026, 3, 20))
        page = staff.get(f"/provider/orders/{order.id}")
        assert "KZ 77" in page.text
        assert page.says("You sent the goods off")
        again = staff.get(address)
        assert 'value="KZ 77"' in again.html, "what is there can be corrected"

    def test_a_refusal_keeps_what_was_typed(self, case: Goods, staff: Browser) -> None:
        order = case.accepted()
        page = staff.post(f"/provider/orders/{order.id}/send-off", number="KZ 78", **day(date(2026, 3, 13)))
        assert page.status == 422
        assert 'value="KZ 78"' in page.html
        assert 'value="13"' in page.html
        assert staff.post(f"/provider/orders/{order.id}/send-off", **day(date(2026, 3, 5))).status == 422
        assert order.sent_on is None


@pytest.mark.law("R83.5", "R83.6")
class TestHandingOver:
    """The recipient has the goods."""

    def test_twice_is_once(self, session: Session, case: Goods, staff: Browser) -> None:
        order = case.accepted()
        address = f"/provider/orders/{order.id}/hand-over"
        form_id = staff.get(address).hidden("form_id")
        for _ in range(2):
            assert staff.post(address, form_id=form_id, **day(HANDED_ON)).goes_to.endswith(str(order.id))
        (entry,) = entries(session, order)
        assert (entry.units, entry.day, order.reason) == (360, HANDED_ON, CloseReason.HANDED_OVER)
        page = staff.get(f"/provider/orders/{order.id}")
        assert page.says("Draw up the act")
        assert page.links(f"{entry.id}/back") and page.links(f"{entry.id}/mistake")

    def test_another_form_is_refused(self, case: Goods, staff: Browser) -> None:
        order = case.accepted()
        case.hand_over(order)
        page = staff.post(f"/provider/orders/{order.id}/hand-over", form_id=str(uuid4()), **day(HANDED_ON))
        assert page.status == 422

    @pytest.mark.parametrize("on_day", [date(2026, 3, 2), date(2026, 3, 13)], ids=["before it", "to come"])
    def test_a_refusal_keeps_the_day(self, case: Goods, staff: Browser, on_day: date) -> None:
        order = case.accepted()
        page = staff.post(f"/provider/orders/{order.id}/hand-over", form_id=str(uuid4()), **day(on_day))
        assert page.status == 422
        assert f'value="{on_day.day}"' in page.html
        assert order.status is OrderStatus.ACCEPTED

    def test_a_mistake_is_struck_and_written_down_anew(self, session: Session, case: Goods, staff: Browser) -> None:
        order = case.accepted()
        entry = case.hand_over(order)
        address = f"/provider/orders/hand-overs/{entry.id}/mistake"
        assert staff.get(address).status == 200
        assert staff.post(address).status == 422, "a reason is needed"
        for _ in range(2):
            assert staff.post(address, reason="другой заказ").status == 302
        assert (entry.strike_reason, order.used) == ("другой заказ", 0)
        page = staff.get(f"/provider/orders/{order.id}")
        assert "другой заказ" in page.text
        assert page.links("/hand-over")
        form = {"form_id": str(uuid4()), **day(date(2026, 3, 11))}
        assert staff.post(f"/provider/orders/{order.id}/hand-over", **form).status == 302
        assert [one.struck_at is None for one in entries(session, order)] == [False, True]

    def test_no_mistake_while_an_act_holds_it(self, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        act = case.draw_up(entry)
        assert not staff.get(f"/provider/orders/{entry.order_id}").links("/mistake")
        address = f"/provider/orders/hand-overs/{entry.id}/mistake"
        assert staff.get(address).says(
            "The hand-over stands in act %(number)s. Cancel the act first.", number=act.number
        )
        staff.post(address, reason="ошибка")
        assert entry.struck_at is None

    @pytest.mark.law("R42.5")
    def test_what_she_objects_to_waits(self, session: Session, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        objections.object_to(session, entry.id, ObjectionReason.DAMAGED, "колесо", case.she, on(HANDED_ON))
        page = staff.get(f"/provider/orders/{entry.order_id}")
        assert "колесо" in page.text
        assert not page.says("Draw up the act")
        assert page.says("The recipient objects to the hand-over. The office decides.")


@pytest.mark.law("R83.6", "R42.11")
class TestComingBack:
    """The goods came back: what follows is said beforehand, and follows."""

    def back(self, staff: Browser, entry: LogEntry, of: date = date(2026, 3, 12), reason: str = "faulty") -> int:
        address = f"/provider/orders/hand-overs/{entry.id}/back"
        return staff.post(address, reason=reason, **day(of)).status

    def test_before_an_act(self, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        page = staff.get(f"/provider/orders/hand-overs/{entry.id}/back")
        assert page.says("The pieces are free again, and the recipient may order anew. An SMS tells them.")
        assert [self.back(staff, entry) for _ in range(2)] == [302, 302]
        assert (entry.strike_reason, case.entitlement.available) == (GivenBack.FAULTY, 1460)
        page = staff.get(f"/provider/orders/{entry.order_id}")
        assert page.says("The goods came back: they are faulty")
        assert not page.links("/back")
        assert staff.get(f"/provider/orders/hand-overs/{entry.id}/back").status == 200

    def test_when_the_programme_gives_nothing_any_more(self, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        case.entitlement.closed_on, case.entitlement.close_reason = HANDED_ON, "departure"
        page = staff.get(f"/provider/orders/hand-overs/{entry.id}/back")
        assert page.says("The pieces go back to the state: the programme gives nothing of them any more.")
        assert not page.says("The pieces are free again, and the recipient may order anew. An SMS tells them.")

    def test_an_act_that_is_drawn_up(self, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        act = case.draw_up(entry)
        page = staff.get(f"/provider/orders/hand-overs/{entry.id}/back")
        assert page.says("Act %(number)s is cancelled.", number=act.number)
        assert self.back(staff, entry) == 302
        assert act.status is ActStatus.CANCELLED

    def test_an_act_at_the_office_is_no_more_to_be_done(self, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        act = case.sent(entry)
        page = staff.get(f"/provider/orders/hand-overs/{entry.id}/back")
        assert page.says("Act %(number)s goes back from the office. Nothing is paid for it.", number=act.number)
        assert self.back(staff, entry) == 302
        assert act.status is ActStatus.RETURNED
        page = staff.get(f"/provider/months/acts/{act.id}")
        assert page.says("Nothing of this act stands, so no new one is needed.")
        assert not staff.get("/provider/").links(str(act.id)), "nothing is to be corrected"

    def test_an_accepted_act(self, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        payment = case.owed(entry)
        page = staff.get(f"/provider/orders/hand-overs/{entry.id}/back")
        number = payment.act.number
        assert page.says("Act %(number)s is set aside, and its payment is cancelled.", number=number)
        assert self.back(staff, entry) == 302
        assert payment.status is PaymentStatus.CANCELLED
        assert staff.get(f"/provider/months/acts/{payment.act_id}").status == 200
        assert not staff.get("/provider/").links(str(payment.act_id))

    def test_a_paid_act(self, session: Session, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        payment = case.paid(entry)
        at(date(2026, 3, 27))
        page = staff.get(f"/provider/orders/hand-overs/{entry.id}/back")
        number = payment.act.number
        assert page.says("Act %(number)s is paid. The provider pays the money back within 15 days.", number=number)
        assert self.back(staff, entry, date(2026, 3, 27), "not_as_ordered") == 302
        assert session.scalars(select(Claim.units)).one() == 360
        claims = staff.get("/provider/payments")
        assert claims.says("The goods came back: they are not what was ordered")
        assert "360 штук" in claims.text

    def test_a_refusal_keeps_what_was_typed(self, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        address = f"/provider/orders/hand-overs/{entry.id}/back"
        page = staff.post(address, reason="does_not_fit", **day(date(2026, 3, 9)))
        assert page.status == 422
        assert re.search(r'value="does_not_fit" checked', page.html)
        assert 'value="9"' in page.html
        assert staff.post(address, **day(HANDED_ON)).status == 422, "a reason is needed"
        assert entry.struck_at is None

    def test_a_death_before_it_is_no_return(self, session: Session, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        person_events.died(session, case.person, date(2026, 3, 9), ESOBES, on(date(2026, 3, 12)))
        assert self.back(staff, entry) == 422
        assert entry.strike_reason == EventKind.DEATH


@pytest.mark.law("R42.5", "R42.8")
class TestAct:
    """The act of a hand-over, its month, its page."""

    def test_from_the_order_at_once(self, session: Session, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        address = f"/provider/orders/hand-overs/{entry.id}/act"
        first, second = (staff.post(address).goes_to for _ in range(2))
        assert first == second
        act = session.scalars(select(Act)).one()
        assert session.scalar(select(func.count()).select_from(Act)) == 1
        page = staff.get(first)
        assert page.status == 200
        assert page.says("Price of a piece") and page.says("The recipient signs the act in their own cabinet.")
        assert page.says("The recipient signs, then you send it")
        assert "360 штук" in page.text
        assert not page.says("Price of an hour")
        assert not page.links("/log")
        assert staff.get(f"/provider/orders/{entry.order_id}").links(f"/months/acts/{act.id}")

    def test_cancelled_it_can_be_drawn_up_again(self, session: Session, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        act = case.draw_up(entry)
        back = staff.post(f"/provider/months/acts/{act.id}/cancel").goes_to
        assert back.endswith(f"/provider/orders/{entry.order_id}")
        assert staff.get(back).says("Draw up the act")

    def test_the_month_counts_pieces_beside_hours(self, session: Session, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        offer = make.make_offer(session, case.provider, Service.ASSISTANT)
        order = make.make_order(session, make.make_programme(session, make.make_person(session)), offer)
        specialist = make.make_specialist(session, case.provider, Service.ASSISTANT)
        make.make_entry(session, order, specialist, date(2026, 3, 10))
        at(date(2026, 4, 2))
        page = staff.get("/provider/months/2026-03")
        assert page.status == 200
        assert "2 часа, 360 штук" in page.text
        assert page.says("handed over")
        assert page.links(f"/provider/orders/{entry.order_id}")
        assert not page.links(f"/orders/{entry.order_id}/log")
        done = staff.post("/provider/months/2026-03/acts", orders=[str(order.id), str(entry.order_id)])
        assert done.status == 200
        assert session.scalar(select(func.count()).select_from(Act)) == 2
        assert staff.get("/provider/months/2026-03").status == 200

    def test_sent_accepted_and_paid(self, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        payment = case.owed(entry)
        for address in (f"/provider/months/acts/{payment.act_id}", f"/provider/orders/{entry.order_id}"):
            page = staff.get(address)
            assert page.status == 200
            assert "самый ранний день: четверг, 26 марта" in page.text
            assert "суббота, 11 апреля" in page.text
        assert "самый ранний день: четверг, 26 марта" in staff.get("/provider/payments").text
        assert staff.get(f"/provider/months/acts/{payment.act_id}/document").status == 200

    def test_paid(self, case: Goods, staff: Browser) -> None:
        entry = case.handed_over()
        case.paid(entry)
        at(date(2026, 3, 27))
        assert staff.get(f"/provider/orders/{entry.order_id}").says("Paid")


@pytest.mark.law("R83.5", "R83.8")
def test_the_home_page_counts_what_is_to_be_handed_over(case: Goods, staff: Browser) -> None:
    case.accepted(360)
    case.accepted(360, way="pick_up")
    page = staff.get("/provider/")
    assert page.says_number("Hand over the goods of %(num)s order.", "Hand over the goods of %(num)s orders.", 2)
    assert page.says_number("%(num)s day left", "%(num)s days left", 5)
    assert page.links("shown=to_hand_over")
    at(date(2026, 3, 18))
    late = staff.get("/provider/")
    assert late.says_number("%(num)s of them is late.", "%(num)s of them are late.", 1)
    assert late.says_number("late by %(num)s day", "late by %(num)s days", 1)


@pytest.mark.law("R83.3")
def test_others_goods_are_not_found(session: Session, case: Goods, stranger: Browser) -> None:
    at(date(2026, 3, 12))
    order = case.accepted(360)
    entry = case.hand_over(case.accepted(360))
    form = {"form_id": str(uuid4()), "number": "1", "reason": "faulty", **day(HANDED_ON)}
    for address in (
        f"/provider/orders/{order.id}",
        f"/provider/orders/{order.id}/send-off",
        f"/provider/orders/{order.id}/hand-over",
        f"/provider/orders/hand-overs/{entry.id}/back",
        f"/provider/orders/hand-overs/{entry.id}/mistake",
    ):
        assert stranger.get(address).status == 404, address
        assert stranger.post(address, **form).status in {404, 405}, address
    assert stranger.post(f"/provider/orders/hand-overs/{entry.id}/act").status == 404
    assert (order.status, entry.struck_at) == (OrderStatus.ACCEPTED, None)


def test_an_order_of_a_service_has_no_goods_pages(session: Session, case: Goods, staff: Browser) -> None:
    offer = make.make_offer(session, case.provider, Service.ASSISTANT)
    order = make.make_order(session, make.make_programme(session, make.make_person(session)), offer)
    specialist = make.make_specialist(session, case.provider, Service.ASSISTANT)
    entry = make.make_entry(session, order, specialist, date(2026, 3, 10))
    for address in (
        f"/provider/orders/{order.id}/send-off",
        f"/provider/orders/{order.id}/hand-over",
        f"/provider/orders/hand-overs/{entry.id}/back",
        f"/provider/orders/hand-overs/{entry.id}/mistake",
    ):
        assert staff.get(address).status == 404, address


@pytest.mark.law("R42.1")
def test_a_specialist_sees_no_goods(app: Flask, session: Session, case: Goods, staff: Browser) -> None:
    order = case.accepted(360)
    entry = case.hand_over(case.accepted(360))
    person = make.make_person(session)
    for service in (Service.ASSISTANT, Service.TECHNICAL_AID):
        specialist = make.make_specialist(session, case.provider, service, person=person)
    browser = signed_in(app, session, person, f"specialist:{case.provider.id}")
    for address in (
        "/specialist/",
        "/specialist/people",
        "/specialist/visits",
        "/specialist/sheets",
        "/specialist/money",
    ):
        page = browser.get(address)
        assert page.status == 200, address
        assert case.person.last_name not in page.text
        assert not page.links(str(order.id))
    assert browser.get(f"/specialist/orders/{order.id}/visits/new").status == 404
    assert browser.post(f"/specialist/visits/{entry.id}/strike", reason="ошибка").status == 404
    assert specialist.provider_id == case.provider.id
    assert entry.struck_at is None
