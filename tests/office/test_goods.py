"""Goods at the office's door: the act of a hand-over checked, paid, objected to, back again (R42.9, R42.11)."""

import re
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.actor import ESOBES
from portal.models.claim import Claim
from portal.models.office import Office
from portal.models.person import Person
from portal.models.service_log import LogEntry
from portal.operations import objections, payments, person_events, review
from portal.queries import returns
from portal.rules.acts import ActStatus
from portal.rules.goods_orders import GivenBack
from portal.rules.payments import PaymentStatus
from portal.rules.returns import EventKind
from portal.rules.service import Service
from portal.rules.service_log import ObjectionReason
from tests import factories as make
from tests.goods_case import Goods, on
from tests.office.conftest import SignIn
from tests.office.sent import OTHER_PLACE
from tests.recipient.conftest import Browser

HANDED_ON = date(2026, 3, 10)


@pytest.fixture
def case(session: Session) -> Goods:
    return Goods(session)


@pytest.fixture
def office(session: Session, case: Goods) -> Office:
    """The office of the programme."""
    return session.get_one(Office, case.entitlement.office_id)


@pytest.fixture(autouse=True)
def today(in_app: None) -> None:
    at(date(2026, 3, 12))


def at(day: date) -> None:
    """What day it is."""
    clock.use(lambda: on(day))


@pytest.fixture
def clerk(session: Session, sign_in: SignIn, case: Goods, office: Office) -> Browser:
    """Who checks."""
    return sign_in(session.get_one(Person, case.clerk.person_id), office)


@pytest.fixture
def second(session: Session, sign_in: SignIn, case: Goods, office: Office) -> Browser:
    """Who approves."""
    return sign_in(session.get_one(Person, case.second.person_id), office)


def day(of: date) -> dict[str, str]:
    """A day as its three boxes send it."""
    return {"day-day": str(of.day), "day-month": str(of.month), "day-year": str(of.year)}


@pytest.mark.law("R42.9", "R42.10")
class TestAct:
    """The act of a hand-over, without sheets and without times of day."""

    def test_its_page(self, session: Session, case: Goods, clerk: Browser) -> None:
        order = case.accepted()
        order.tracking_number, order.sent_on = "KZ 77", date(2026, 3, 5)
        entry = case.hand_over(order)
        act = case.sent(entry)
        page = clerk.get(f"/office/acts/{act.id}")
        assert page.status == 200
        for said in ("KZ 77", "360 штук", case.offer.model, "Подгузник", "вторник, 10 марта"):
            assert said in page.text, said
        assert page.says("The checks found nothing wrong.")
        assert page.says("Person, programme, order, pieces, days, signatures and sums were compared.")
        assert not page.says("Sheets") and not page.says("Specialist")
        assert page.links(f"hand-overs/{entry.id}/back")
        assert clerk.get(f"/office/acts/{act.id}/document").status == 200
        queue = clerk.get("/office/acts?service=technical_aid")
        assert queue.links(str(act.id))

    def test_taken_up_and_accepted(self, case: Goods, clerk: Browser) -> None:
        act = case.sent(case.handed_over())
        assert clerk.post(f"/office/acts/{act.id}/take-up").status == 302
        page = clerk.get(f"/office/acts/{act.id}/accept")
        assert page.status == 200
        assert "Подгузник" in page.text and "360 штук" in page.text
        assert page.says(
            "The money leaves on the 14th day at the earliest: until then the recipient may give the goods back."
        )
        assert clerk.post(f"/office/acts/{act.id}/accept").status == 302
        assert act.status is ActStatus.ACCEPTED

    def test_what_the_checks_find_speaks_of_the_hand_over(self, session: Session, case: Goods, clerk: Browser) -> None:
        entry = case.handed_over()
        act = case.sent(entry)
        case.person.died_on = HANDED_ON
        page = clerk.get(f"/office/acts/{act.id}")
        assert page.says("The goods were handed over on the day of the recipient’s death.")

    def test_of_another_office_it_is_not_found(self, session: Session, sign_in: SignIn, case: Goods) -> None:
        entry = case.handed_over()
        act = case.sent(entry)
        there = make.office_here(session, OTHER_PLACE)
        stranger = sign_in(make.make_clerk(session, there), there)
        for address in (f"/office/acts/{act.id}", f"/office/people/hand-overs/{entry.id}/back"):
            assert stranger.get(address).status == 404, address
        form = {"reason": "faulty", **day(HANDED_ON)}
        assert stranger.post(f"/office/people/hand-overs/{entry.id}/back", **form).status == 404
        assert entry.struck_at is None


@pytest.mark.law("R42.11")
class TestPayment:
    """Paid between the 14th and the 30th day: approved early it waits."""

    def test_it_says_before_which_day_it_is_not_paid(self, case: Goods, second: Browser) -> None:
        payment = case.owed(case.handed_over())
        page = second.get(f"/office/payments/{payment.id}")
        assert page.status == 200
        assert page.says("Approved today, the payment waits for it.")
        assert "самый ранний день: четверг, 26 марта" in page.text
        assert "360 штук" in page.text
        listed = second.get(f"/office/payments/approve?payment={payment.id}")
        assert listed.says("That for goods leaves only when they cannot come back any more.")
        assert listed.says("not before %(day)s", day="четверг, 26 марта")

    def test_approved_early_it_says_when_it_leaves(self, case: Goods, second: Browser) -> None:
        payment = case.owed(case.handed_over())
        address = second.post(f"/office/payments/{payment.id}/approve").goes_to
        assert payment.status is PaymentStatus.APPROVED
        page = second.get(address)
        assert page.says(
            "The payment is approved and will be sent on %(day)s, when the goods cannot come back any more.",
            day="четверг, 26 марта",
        )
        assert page.says("The payment is approved and will be sent on that day.")

    def test_approved_in_its_days_it_leaves_now(self, case: Goods, second: Browser) -> None:
        payment = case.owed(case.handed_over())
        at(date(2026, 3, 26))
        assert not second.get(f"/office/payments/approve?payment={payment.id}").says(
            "not before %(day)s", day="четверг"
        )
        page = second.get(second.post(f"/office/payments/{payment.id}/approve").goes_to)
        assert page.says("The payment is approved and will be sent now.")
        assert not page.says("The payment is approved and will be sent on that day.")


@pytest.mark.law("RI.6", "RI.8")
class TestPerson:
    """A person's page and history say pieces and hand-overs."""

    def test_page_and_history(self, case: Goods, clerk: Browser) -> None:
        entry = case.handed_over()
        page = clerk.get(f"/office/people/{case.person.id}")
        assert page.status == 200
        assert page.says("Goods that were handed over")
        assert page.links(f"hand-overs/{entry.id}/back")
        history = clerk.get(f"/office/people/{case.person.id}/history")
        assert history.says("The goods were handed over: %(pieces)s.", pieces="360 штук")
        assert "360 минут" not in history.text and "6 часов" not in history.text
        only = clerk.get(f"/office/people/{case.person.id}/history?kind=goods")
        assert only.says("The goods were handed over: %(pieces)s.", pieces="360 штук")
        assert clerk.get(f"/office/people/{case.person.id}/history?kind=visits").status == 200

    def test_of_a_period_that_is_over_nothing_is_offered(self, case: Goods, clerk: Browser) -> None:
        """What was ordered in its last days may still come, until the day to which it lasts."""
        order = case.accepted()
        make.end_on(case.entitlement, date(2026, 3, 11), lasts_until=date(2026, 4, 9))
        page = clerk.get(f"/office/people/{case.person.id}")
        assert page.says("This period is over: nothing can be ordered of it.")
        assert "четверг, 9 апреля" in page.text and f"Осталось: {order.units} штук" in page.text
        assert not page.says("Free to order: %(free)s. In orders: %(reserved)s.", free="360 штук", reserved="360 штук")

    def test_what_came_back_says_why(self, case: Goods, clerk: Browser) -> None:
        entry = case.come_back(case.handed_over(), date(2026, 3, 12))
        for address in ("", "/history"):
            page = clerk.get(f"/office/people/{case.person.id}{address}")
            assert page.says("The goods came back: they are faulty"), address
            assert not page.links(f"hand-overs/{entry.id}/back")

    @pytest.mark.law("R83.6", "RI.4")
    def test_an_undone_death_counts_the_hand_overs_apart(self, session: Session, case: Goods, clerk: Browser) -> None:
        case.handed_over()
        person_events.died(session, case.person, date(2026, 3, 9), ESOBES, on(date(2026, 3, 12)))
        page = clerk.post(f"/office/people/{case.person.id}/undo/{EventKind.DEATH}", note="ошибка")
        assert page.status == 200
        assert page.says_number(
            "%(num)s struck hand-over of goods stands again.", "%(num)s struck hand-overs of goods stand again.", 1
        )
        assert "720 штук" in page.text
        assert "минут" not in page.text


@pytest.mark.law("R83.6", "R42.11")
class TestComingBack:
    """The office writes down for a provider that goods came back."""

    def test_what_follows_is_said_and_follows(self, case: Goods, clerk: Browser) -> None:
        entry = case.handed_over()
        payment = case.owed(entry)
        address = f"/office/people/hand-overs/{entry.id}/back"
        page = clerk.get(address)
        number = payment.act.number
        assert page.says("Act %(number)s is set aside, and its payment is cancelled.", number=number)
        for _ in range(2):
            page = clerk.post(address, reason="not_wanted", **day(date(2026, 3, 12)))
            assert page.goes_to.endswith(f"/office/people/{case.person.id}")
        assert (entry.strike_reason, payment.status) == (GivenBack.NOT_WANTED, PaymentStatus.CANCELLED)
        assert clerk.get(f"/office/acts/{payment.act_id}").status == 200
        assert clerk.get(f"/office/payments/{payment.id}").status == 200

    def test_a_refusal_keeps_what_was_typed(self, case: Goods, clerk: Browser) -> None:
        entry = case.handed_over()
        page = clerk.post(f"/office/people/hand-overs/{entry.id}/back", reason="faulty", **day(date(2026, 3, 14)))
        assert page.status == 422
        assert re.search(r'value="faulty" checked', page.html)
        assert 'value="14"' in page.html

    def test_while_the_payment_is_on_its_way(self, session: Session, case: Goods, clerk: Browser) -> None:
        entry = case.handed_over()
        payment = case.owed(entry)
        payments.approve(session, payment.id, case.second, on(date(2026, 3, 13)))
        payments.write_down(session, payment.id, on(date(2026, 3, 26)))
        at(date(2026, 3, 26))
        address = f"/office/people/hand-overs/{entry.id}/back"
        number = payment.act.number
        assert clerk.get(address).says(
            "The payment of act %(number)s is on its way just now. Wait until it has arrived.", number=number
        )
        assert clerk.post(address, reason="faulty", **day(date(2026, 3, 26))).status == 422

    def test_a_claim_says_pieces(self, session: Session, case: Goods, clerk: Browser) -> None:
        entry = case.handed_over()
        case.paid(entry)
        at(date(2026, 3, 27))
        assert (
            clerk.post(f"/office/people/hand-overs/{entry.id}/back", reason="faulty", **day(date(2026, 3, 27))).status
            == 302
        )
        claim = session.scalars(select(Claim)).one()
        page = clerk.get(f"/office/claims/{claim.id}")
        assert page.status == 200
        assert "360 штук" in page.text
        assert page.says("The goods came back: they are faulty")
        assert page.says("Goods that do not count")

    def test_they_stand_in_the_list_of_what_came_back(self, case: Goods, clerk: Browser) -> None:
        assert clerk.get("/office/returns/goods").says(
            "Nothing has come back. "
            "When a recipient gives goods back, they stand here with the reason and the provider."
        )
        case.come_back(case.handed_over(), date(2026, 3, 12), GivenBack.DOES_NOT_FIT)
        assert clerk.get("/office/returns").links("/office/returns/goods")
        page = clerk.get("/office/returns/goods")
        for said in ("Подгузник", case.offer.model, "360 штук", case.provider.name_ru, case.person.last_name):
            assert said in page.text, said
        assert page.says("The goods came back: they do not fit")
        assert "четверг, 12 марта" in page.text

    def test_a_mistake_of_the_provider_is_no_return(self, session: Session, case: Goods, clerk: Browser) -> None:
        entry = case.handed_over()
        entry.struck_at, entry.strike_reason = on(date(2026, 3, 12)), "другой заказ"
        assert "360 штук" not in clerk.get("/office/returns/goods").text
        assert "другой заказ" in clerk.get(f"/office/people/{case.person.id}").text

    @pytest.mark.law("R83.6")
    def test_of_an_entitlement_that_is_over_its_end_is_the_reason(
        self, session: Session, case: Goods, clerk: Browser, office: Office
    ) -> None:
        entry = case.handed_over()
        person_events.departed(session, case.person, date(2026, 3, 15), ESOBES, on(date(2026, 3, 16)))
        case.come_back(entry, date(2026, 3, 17))
        session.flush()
        rows = [(row.service, row.reason, row.units) for row in returns.by_reason(session, office.id)]
        assert rows == [(Service.TECHNICAL_AID, "departure", 720)]
        assert clerk.get("/office/returns").status == 200


@pytest.mark.law("R42.5")
class TestObjections:
    """An objection to a hand-over names neither a time of day nor a specialist."""

    @pytest.fixture
    def entry(self, session: Session, case: Goods) -> LogEntry:
        entry = case.handed_over()
        objections.object_to(session, entry.id, ObjectionReason.NOT_RECEIVED, "нет дома", case.she, on(HANDED_ON))
        return entry

    def test_listed_and_settled(self, entry: LogEntry, case: Goods, clerk: Browser) -> None:
        page = clerk.get("/office/objections")
        assert page.says("Hand-over on %(day)s", day="вторник, 10 марта")
        page = clerk.get(f"/office/objections/{entry.id}")
        assert page.status == 200
        assert "360 штук" in page.text and "нет дома" in page.text
        assert page.says("The hand-over stands") and page.says("Its pieces are free again and are not paid.")
        assert not page.says("Specialist") and "12:00" not in page.text
        assert clerk.post(f"/office/objections/{entry.id}", settlement="struck").status == 422
        done = clerk.post(f"/office/objections/{entry.id}", settlement="struck", note="не доставлен")
        assert done.status == 302
        assert case.entitlement.available == 720
        after = clerk.get(f"/office/objections/{entry.id}")
        assert after.says("The hand-over was struck")

    def test_it_stands(self, entry: LogEntry, case: Goods, clerk: Browser) -> None:
        assert clerk.post(f"/office/objections/{entry.id}", settlement="stands", note="подпись есть").status == 302
        assert clerk.get(f"/office/objections/{entry.id}").says("The office decided that the hand-over stands")
        act = case.sent(entry)
        review.take_up(case.session, act.id, case.clerk, on(date(2026, 3, 12)))
        assert clerk.get(f"/office/acts/{act.id}").says("The checks found nothing wrong.")
