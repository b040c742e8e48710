"""Goods in her cabinet: chosen, ordered, handed over, objected to, given back; each page in the words of goods."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.format import money
from portal.models.act import Act
from portal.models.claim import Claim
from portal.models.document import Document
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.service_log import LogEntry
from portal.operations import documents, goods_orders
from portal.rules.goods_orders import GivenBack
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from tests import factories as make
from tests.conftest import At
from tests.factories import MONDAY
from tests.goods_case import NAPPIES, ROOM_CHAIR, Goods, on
from tests.recipient.conftest import Browser, Page, SignIn

HANDED_ON = date(2026, 3, 10)
CMS = "c2lnbmF0dXJl"


@pytest.fixture
def goods(app: Flask, session: Session, at: At) -> Iterator[Goods]:
    """Everybody in the story; what they do writes SMS, so an application is at hand."""
    at(MONDAY)
    with app.test_request_context():
        yield Goods(session)


@pytest.fixture
def browser(sign_in: SignIn, goods: Goods) -> Browser:
    return sign_in(goods.person)


def at_list(entitlement: Entitlement) -> str:
    return f"/recipient/entitlements/{entitlement.id}/goods"


def at_form(goods: Goods) -> str:
    return f"{at_list(goods.entitlement)}/{goods.offer.id}/order"


def of_order(order: Order) -> str:
    return f"/recipient/orders/{order.id}"


def where(order: Order) -> tuple[OrderStatus, int]:
    """Where an order stands by now, and what it holds."""
    return order.status, order.reserved


def answers(page: Page | None = None, /, **given: Any) -> dict[str, Any]:
    return {"form_id": page.hidden("form_id") if page else str(uuid4()), "pieces": "360", "way": "pick_up"} | given


def tenge(tiyn: int) -> str:
    """An amount as it stands in the text of a page."""
    return " ".join(money(tiyn).split())


class TestChoosing:
    """From her page to the models of her item."""

    def test_her_page_and_the_entitlement_lead_there(self, browser: Browser, goods: Goods) -> None:
        for path in ("/recipient/", f"/recipient/entitlements/{goods.entitlement.id}"):
            page = browser.get(path)
            assert page.links(at_list(goods.entitlement)), path
            assert not page.links("/providers"), path

    @pytest.mark.law("R83.1", "RG.2")
    def test_a_model_with_all_that_counts(self, browser: Browser, goods: Goods) -> None:
        page = browser.get(at_list(goods.entitlement))
        assert page.status == 200
        for text in (goods.offer.model, goods.provider.name_ru, tenge(30_000), tenge(25_000), tenge(5_000)):
            assert text in page.text, text
        assert page.says("Delivered to the recipient’s address") and page.says("Picked up at the provider’s")
        assert page.says("No orders yet")
        assert page.links(at_form(goods))

    def test_another_item_and_another_district_are_not_there(
        self, session: Session, browser: Browser, goods: Goods
    ) -> None:
        other = make.make_goods_offer(session, "6031002", Service.TECHNICAL_AID)
        far = make.make_goods_offer(session, NAPPIES, Service.TECHNICAL_AID, places=("750000000",))
        page = browser.get(at_list(goods.entitlement))
        assert other.model not in page.text and far.model not in page.text
        for offer in (other, far):
            address = f"{at_list(goods.entitlement)}/{offer.id}/order"
            assert browser.get(address).status == (404 if offer is other else 409)

    def test_pages_of_twenty(self, session: Session, browser: Browser, goods: Goods) -> None:
        for _model in range(20):
            make.make_goods_offer(session, NAPPIES, Service.TECHNICAL_AID, goods.provider)
        first, second = browser.get(at_list(goods.entitlement)), browser.get(at_list(goods.entitlement) + "?page=2")
        assert (len(first.links("/order")), len(second.links("/order"))) == (20 + 1, 1 + 1), "and “Orders” in the menu"
        assert first.says("Page %(page)s of %(pages)s", page=1, pages=2)
        assert len(browser.get(at_list(goods.entitlement) + "?page=9").links("/order")) == 21, "no such page: the first"

    def test_nobody_offers_it(self, browser: Browser, goods: Goods) -> None:
        goods.offer.withdrawn_on = date(2026, 3, 1)
        page = browser.get(at_list(goods.entitlement))
        assert page.status == 200
        assert page.says("At the moment no provider offers this where you live.")
        assert page.says("Ask it at the desk or in writing how you can get this now.")
        assert browser.get(at_form(goods)).status == 409

    @pytest.mark.law("RG.1")
    def test_no_guaranteed_amount_is_said_in_plain_words(
        self, session: Session, browser: Browser, goods: Goods
    ) -> None:
        goods.entitlement.measure.classifier_code = "401"
        page = browser.get(at_list(goods.entitlement))
        assert page.status == 200
        assert page.says(
            "It is not set yet how much the state pays for this. Until then it cannot be ordered on the portal."
        )
        assert not page.links(at_form(goods))
        assert browser.get(at_form(goods)).goes_to == at_list(goods.entitlement)

    def test_without_a_district_the_office_writes_it_down(self, browser: Browser, goods: Goods) -> None:
        goods.person.place_code = None
        assert browser.get(at_list(goods.entitlement)).says(
            "The portal does not know in which district you live. Your employment office can write it down."
        )

    def test_hours_are_not_chosen_here_and_goods_not_among_providers(
        self, session: Session, browser: Browser, goods: Goods
    ) -> None:
        hourly = make.make_programme(session, goods.person)
        assert browser.get(at_list(hourly)).status == 404
        assert browser.get(f"/recipient/entitlements/{goods.entitlement.id}/providers").status == 404
        assert browser.get(f"/recipient/entitlements/{goods.entitlement.id}/providers/{goods.offer.id}").status == 404

    def test_somebody_elses_is_not_found(self, sign_in: SignIn, session: Session, goods: Goods) -> None:
        somebody = make.make_person(session)
        make.make_programme(session, somebody)
        other = sign_in(somebody)
        assert other.get(at_list(goods.entitlement)).status == 404
        assert other.get(at_form(goods)).status == 404
        assert other.post(at_form(goods), **answers()).status == 404


class TestWhyNot:
    """Nothing can be ordered: the list says why, and the form is shut (R34.3, RI.1, RM.2)."""

    @pytest.mark.law("R34.3")
    def test_a_blocked_choice(self, browser: Browser, goods: Goods) -> None:
        goods.entitlement.blocked_on = date(2026, 3, 1)
        assert "1 марта" in self.is_shut(browser, goods).text

    @pytest.mark.law("RI.1")
    def test_nothing_is_free(self, browser: Browser, goods: Goods) -> None:
        goods.place(pieces=720)
        page = self.is_shut(browser, goods)
        assert page.says(
            "Everything that your programme gives of this is ordered or handed over. Nothing is free to order."
        )

    def test_a_closed_measure(self, browser: Browser, goods: Goods) -> None:
        goods.entitlement.closed_on = date(2026, 3, 1)
        page = self.is_shut(browser, goods)
        assert page.says("This measure of your programme is closed. Nothing can be ordered from it.")

    @pytest.mark.law("RM.2")
    def test_what_is_due_later(self, browser: Browser, goods: Goods) -> None:
        goods.entitlement.starts_on = date(2026, 9, 15)
        assert "15 сентября" in self.is_shut(browser, goods).text

    def is_shut(self, browser: Browser, goods: Goods) -> Page:
        page = browser.get(at_list(goods.entitlement))
        assert page.status == 200
        assert not page.links(at_form(goods))
        assert browser.get(at_form(goods)).status == 409
        assert browser.post(at_form(goods), **answers()).status == 409
        return page


class TestOrdering:
    """How many, in which way; read, signed."""

    def test_all_that_is_free_is_proposed(self, browser: Browser, goods: Goods) -> None:
        page = browser.get(at_form(goods))
        assert 'name="pieces"' in page.html and 'value="720"' in page.html
        assert 'value="delivery" checked' in page.html and 'value="pick_up"' in page.html
        assert goods.offer.model in page.text

    def test_of_wheelchairs_one(self, session: Session, sign_in: SignIn, goods: Goods) -> None:
        chairs = Goods(session, Service.WHEELCHAIR, ROOM_CHAIR, 2)
        assert 'value="1"' in sign_in(chairs.person).get(at_form(chairs)).html

    def test_one_way_is_not_asked_for(self, browser: Browser, goods: Goods) -> None:
        goods.offer.delivers = False
        page = browser.get(at_form(goods))
        assert 'name="way"' not in page.html
        assert page.says("Picked up at the provider’s")
        document = browser.post(at_form(goods), pieces="400", form_id=str(uuid4())).goes_to
        assert browser.get(document).says("Picked up at the provider’s")

    @pytest.mark.law("RG.2")
    def test_the_sum_is_worked_out_and_nothing_is_prepared(
        self, session: Session, browser: Browser, goods: Goods
    ) -> None:
        page = browser.post(at_form(goods), **answers(work_out="1"))
        assert page.status == 200
        assert tenge(360 * 25_000) in page.text and tenge(360 * 5_000) in page.text
        assert 'value="360"' in page.html and 'value="pick_up" checked' in page.html
        assert session.scalars(select(Document)).all() == []

    @pytest.mark.law("R83.1", "R83.2", "RG.2")
    def test_the_whole_way_to_a_signed_order(self, session: Session, browser: Browser, goods: Goods) -> None:
        to_sign = browser.post(at_form(goods), **answers(browser.get(at_form(goods)))).goes_to
        page = browser.get(to_sign)
        item = documents.content(session.scalars(select(Document)).one())["order"]["item"]
        for text in (item["name_ru"], goods.offer.model, tenge(30_000), tenge(360 * 25_000), tenge(360 * 5_000)):
            assert text in page.text, text
        assert page.says("Picked up at the provider’s") and page.says("The recipient pays in all")
        for hourly in ("Price of an hour", "In person", "Hours a day"):
            assert not page.says(hourly), hourly
        placed = browser.get(browser.post(to_sign, cms=CMS).goes_to)
        order = session.scalars(select(Order)).one()
        assert (order.units, order.way, order.status, order.reserved) == (360, "pick_up", OrderStatus.PLACED, 360)
        assert placed.says("The order is signed and sent") and str(order.number) in placed.text
        assert placed.says(
            "You can take the order back until the provider has answered. Later you can stop it if "
            "the goods do not come in time."
        )

    def test_back_from_signing_finds_what_was_typed(self, browser: Browser, goods: Goods) -> None:
        form = answers()
        to_sign = browser.post(at_form(goods), **form).goes_to
        back = next(link for link in browser.get(to_sign).links("/goods/") if "document=" in link)
        page = browser.get(back)
        assert 'value="360"' in page.html and 'value="pick_up" checked' in page.html

    def test_the_same_form_twice_is_one_order(self, session: Session, browser: Browser, goods: Goods) -> None:
        form = answers()
        assert browser.post(at_form(goods), **form).goes_to == browser.post(at_form(goods), **form).goes_to

    @pytest.mark.law("RI.1", "R83.1")
    @pytest.mark.parametrize(
        "given",
        [{"pieces": ""}, {"pieces": "0"}, {"pieces": "1,5"}, {"pieces": "много"}, {"pieces": "721"}, {"way": "by air"}],
    )
    def test_what_cannot_be_is_refused_and_kept(
        self, session: Session, browser: Browser, goods: Goods, given: dict[str, str]
    ) -> None:
        for more in ({}, {"work_out": "1"}):
            page = browser.post(at_form(goods), **answers(**given, **more))
            assert page.status == 422
            assert f'value="{answers(**given)["pieces"]}"' in page.html or not given.get("pieces", "x")
            if "way" not in given:
                assert 'value="pick_up" checked' in page.html
        assert session.scalars(select(Document)).all() == []

    def test_what_was_ordered_meanwhile_is_said_at_signing(
        self, session: Session, browser: Browser, goods: Goods
    ) -> None:
        to_sign = browser.post(at_form(goods), **answers(pieces="700")).goes_to
        goods.place(pieces=360)
        page = browser.post(to_sign, cms=CMS)
        assert page.status == 422
        assert len(session.scalars(select(Order)).all()) == 1


class TestHerOrder:
    """One page from the order to the goods and back."""

    @pytest.mark.law("R83.3")
    def test_while_it_waits(self, browser: Browser, goods: Goods) -> None:
        order = goods.place()
        page = browser.get(of_order(order))
        assert page.says("The provider answers your order.")
        assert page.says("You get the goods, once the order is accepted.")
        assert page.links("/take-back") and not page.links("/visits") and not page.links("/change")
        assert browser.get("/recipient/orders").says(
            "Order %(number)s: %(service)s", number=order.number, service=self.name(page, order)
        )

    def name(self, page: Page, order: Order) -> str:
        session = Session.object_session(order)
        assert session is not None
        return str(documents.content(session.get_one(Document, order.document_id))["order"]["item"]["name_ru"])

    @pytest.mark.law("R83.7")
    def test_taking_it_back_frees_the_pieces(self, browser: Browser, goods: Goods) -> None:
        order = goods.place()
        address = of_order(order) + "/take-back"
        assert browser.get(address).says("Free again: %(volume)s.", volume="360 штук")
        browser.post(address)
        assert where(order) == (OrderStatus.WITHDRAWN, 0)
        assert browser.get(of_order(order)).links(at_list(goods.entitlement)), "and leads to another order"

    @pytest.mark.law("R83.5", "R83.8")
    @pytest.mark.parametrize(
        ("way", "said"),
        [
            ("delivery", "The provider delivers the goods to you."),
            ("pick_up", "You fetch the goods at the provider’s."),
        ],
    )
    def test_until_when_they_come(self, browser: Browser, goods: Goods, way: str, said: str) -> None:
        order = goods.accepted(way=way)
        page = browser.get(of_order(order))
        assert page.says(said)
        assert order.hand_over_due_on is not None
        assert str(order.hand_over_due_on.day) in page.text
        assert page.links("/stop") and not page.links("/change") and not page.links("/visits")
        assert not page.says("Price of an hour") and not page.says("Hours used")
        assert browser.get("/recipient/").links(of_order(order))

    @pytest.mark.law("R83.8")
    def test_the_tracking_number_and_the_day(self, session: Session, browser: Browser, goods: Goods) -> None:
        order = goods.accepted()
        goods_orders.send_off(session, order.id, "KZ-77", date(2026, 3, 5), goods.staff, on(date(2026, 3, 5)))
        page = browser.get(of_order(order))
        assert "KZ-77" in page.text
        assert page.says("The goods were sent. Tracking number: %(number)s.", number="KZ-77")

    @pytest.mark.law("R83.5", "R42.5")
    def test_handed_over_she_can_object_or_wait_for_the_act(self, browser: Browser, goods: Goods) -> None:
        entry = goods.handed_over()
        page = browser.get(of_order(goods_order(entry)))
        assert "10 марта" in page.text and "360 штук" in page.text
        assert page.says("To give the goods back")
        assert page.links(f"/visits/{entry.id}/object")
        assert page.says("Next the provider draws up an act, and an SMS asks you to sign it.")
        assert not page.says("The reason")

    @pytest.mark.law("R42.5")
    def test_the_act_is_to_be_signed(self, browser: Browser, goods: Goods) -> None:
        entry = goods.handed_over()
        act = goods.draw_up(entry)
        page = browser.get(of_order(goods_order(entry)))
        assert page.links(f"/acts/{act.id}")
        home = browser.get("/recipient/")
        assert home.says("You got goods. The act for them waits for your signature.")
        assert "360 штук" in home.text

    @pytest.mark.law("R83.6", "R42.11")
    def test_after_they_came_back(self, browser: Browser, goods: Goods) -> None:
        entry = goods.handed_over()
        goods.come_back(entry, date(2026, 3, 12))
        page = browser.get(of_order(goods_order(entry)))
        assert page.says("Came back to the provider")
        assert page.says("The goods came back: they are faulty") and "12 марта" in page.text
        assert "720 штук" in page.text, "all are free again"
        assert page.links(at_list(goods.entitlement))
        assert not page.links("/object")

    def test_visits_and_another_provider_are_not_there(self, browser: Browser, goods: Goods) -> None:
        order = goods.accepted()
        assert browser.get(of_order(order) + "/visits").status == 404
        assert browser.get(of_order(order) + "/change").status == 404

    def test_somebody_elses_is_not_found(self, sign_in: SignIn, session: Session, goods: Goods) -> None:
        entry = goods.handed_over()
        somebody = make.make_person(session)
        make.make_programme(session, somebody)
        other = sign_in(somebody)
        for path in (of_order(goods_order(entry)), f"/recipient/visits/{entry.id}/object"):
            assert other.get(path).status == 404, path
        assert other.post(f"/recipient/visits/{entry.id}/object", reason="damaged").status == 404


def goods_order(entry: LogEntry) -> Order:
    return entry.order


def act_document(act: Act) -> Document:
    session = Session.object_session(act)
    assert session is not None
    return session.get_one(Document, act.document_id)


class TestObjecting:
    """What is wrong with the goods (R42.5)."""

    @pytest.mark.law("R42.5")
    def test_for_a_reason_of_goods(self, browser: Browser, goods: Goods) -> None:
        entry = goods.handed_over()
        address = f"/recipient/visits/{entry.id}/object"
        form = browser.get(address)
        assert form.html.count('name="reason"') == 3
        assert form.says("I have not got the goods") and not form.says("Another person came")
        assert browser.post(address, reason="damaged", note="Орам <жыртық>").goes_to == of_order(entry.order)
        page = browser.get(of_order(entry.order))
        assert page.says("You objected: the provider has to answer")
        assert page.says("The goods are damaged or do not work") and "Орам <жыртық>" in page.text
        back = page.links("/withdraw-objection")
        assert back and not page.links("/object")
        assert browser.get(back[0]).status == 200
        assert browser.post(back[0]).goes_to == of_order(entry.order)
        assert not entry.is_objected

    @pytest.mark.parametrize("reason", ["", "another_person", "x"])
    def test_another_reason_is_refused_and_the_words_kept(self, browser: Browser, goods: Goods, reason: str) -> None:
        entry = goods.handed_over()
        page = browser.post(f"/recipient/visits/{entry.id}/object", reason=reason, note="Қорап бос")
        assert page.status == 422
        assert "Қорап бос" in page.text
        assert entry.objected_at is None

    def test_of_a_visit_only_reasons_of_visits(self, session: Session, browser: Browser, goods: Goods) -> None:
        order = make.make_order(session, make.make_programme(session, goods.person))
        page = browser.get(f"/recipient/visits/{make.make_entry(session, order).id}/object")
        assert page.html.count('name="reason"') == 6 and not page.says("I have not got the goods")


class TestStopping:
    """Goods that do not come (R83.7, R83.8)."""

    @pytest.mark.law("R83.8")
    def test_not_before_their_term_is_over(self, browser: Browser, goods: Goods) -> None:
        order = goods.accepted()
        address = of_order(order) + "/stop"
        assert browser.get(address).html.count('name="reason"') == 2
        for more in ({}, {"sure": "1"}):
            page = browser.post(address, reason="not_delivered", note="Келмеді", **more)
            assert page.status == 422
            assert "Келмеді" in page.text
        assert where(order) == (OrderStatus.ACCEPTED, 360)

    @pytest.mark.law("R83.8")
    @pytest.mark.parametrize("way", ["delivery", "pick_up"])
    def test_when_the_term_is_over_she_is_told_what_to_do(
        self, browser: Browser, goods: Goods, at: At, way: str
    ) -> None:
        order = goods.accepted(way=way)
        assert order.hand_over_due_on is not None
        at(order.hand_over_due_on + timedelta(days=1))
        said = {
            "delivery": "The goods did not come in time. You can wait for them, or stop the order and choose others.",
            "pick_up": "The term is over, and the provider may stop the order. "
            "Ask whether the goods are still kept for you.",
        }
        assert browser.get(of_order(order)).says(said[way])
        assert browser.get("/recipient/").says(said[way]), "the next step, before any new choice"

    @pytest.mark.law("R83.7")
    def test_after_it_in_the_words_of_goods(self, browser: Browser, goods: Goods, at: At) -> None:
        order = goods.accepted()
        assert order.hand_over_due_on is not None
        at(order.hand_over_due_on + timedelta(days=1))
        sure = browser.post(of_order(order) + "/stop", reason="not_delivered")
        assert sure.says("The order ends today, and its goods are not handed over any more.")
        assert sure.says("Free again: %(volume)s.", volume="360 штук")
        assert browser.post(of_order(order) + "/stop", reason="not_delivered", sure="1").goes_to == of_order(order)
        assert where(order) == (OrderStatus.STOPPED, 0)
        assert browser.get(of_order(order)).says("The order was stopped.")


class TestHerAct:
    """The act of a hand-over, read and signed (R42.5)."""

    @pytest.mark.law("R42.5")
    def test_pieces_the_day_and_the_way(self, browser: Browser, goods: Goods) -> None:
        act = goods.draw_up(goods.handed_over())
        for path in (f"/recipient/acts/{act.id}", f"/recipient/acts/{act.id}/sign"):
            page = browser.get(path)
            assert page.status == 200
            assert "360 штук" in page.text and "10 марта" in page.text, path
            assert page.says("Delivered to the recipient’s address") and page.says("For a piece")
            assert not page.says("For an hour") and not page.says("Visits in this act")
            assert page.says_number("%(num)s piece", "%(num)s pieces", 360)
            assert documents.content(act_document(act))["goods"]["item"]["name_ru"] in page.text
        assert browser.get("/recipient/acts").links(f"/acts/{act.id}")

    @pytest.mark.law("R42.5")
    def test_she_signs_it(self, browser: Browser, goods: Goods) -> None:
        act = goods.draw_up(goods.handed_over())
        assert browser.get(browser.post(f"/recipient/acts/{act.id}/sign", cms=CMS).goes_to).status == 200
        page = browser.get(of_order(act.order))
        assert page.says("In act %(number)s, which you signed", number=act.number)
        assert not page.links("/object")

    @pytest.mark.law("R42.11")
    def test_the_correction_of_a_paid_act(self, app: Flask, session: Session, goods: Goods) -> None:
        entry = goods.handed_over()
        goods.paid(entry)
        goods.come_back(entry, date(2026, 4, 2))
        claim = session.scalars(select(Claim)).one()
        said = documents.content(claim.correction)
        with app.test_request_context():
            words = app.jinja_env.get_template("parts/correction.html").render(said=said)
        assert "360" in words and said["struck"][0]["way"] == "delivery"


class TestWhereItWent:
    """Every posting of goods in plain words, without a specialist (RI.1)."""

    @pytest.mark.law("RI.1", "R42.11")
    def test_from_the_order_to_the_return(self, browser: Browser, goods: Goods) -> None:
        entry = goods.handed_over()
        goods.paid(entry)
        goods.come_back(entry, date(2026, 4, 2), GivenBack.DOES_NOT_FIT)
        page = browser.get(f"/recipient/entitlements/{goods.entitlement.id}")
        assert page.status == 200
        for text in (
            "Where my pieces went",
            "Set aside for an order.",
            "The goods came back: they do not fit",
            "Owed to the provider: the act was accepted.",
            "Paid to the provider.",
            "Claimed back from the provider: paid goods came back, or their hand-over does not count.",
        ):
            assert page.says(text), text
        assert "10 марта" in page.text and str(entry.order.number) in page.text
        assert not page.says("Used in visits")
        assert "None" not in page.text
