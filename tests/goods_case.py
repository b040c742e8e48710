"""Somebody who is to get goods, a provider who has them, and an office that pays: the way from order to payment."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.models.act import Act
from portal.models.document import Document
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.office import Office
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.programme import Measure
from portal.models.provider import Provider
from portal.models.reference import GuaranteedAmount
from portal.models.service_log import LogEntry
from portal.operations import acts, answers, goods_orders, orders, payments, review
from portal.operations.orders import Wish
from portal.payments.answers import Transfer
from portal.payments.reconcile import Outcome
from portal.queries import goods
from portal.rules.goods_orders import GivenBack, last_day
from portal.rules.orders import NewOrder
from portal.rules.service import Service
from tests import factories as make
from tests.factories import MONDAY
from tests.pen import signed

NAPPIES = "6031001"
ROOM_CHAIR = "501302"
AMOUNT = 25_000
"""The guaranteed amount of a piece, in tiyn."""


def on(day: date, hour: int = 11) -> datetime:
    """A moment of a day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ALMATY)


class Goods:
    """720 pieces of an item in a programme, an offer of it at 300 tenge a piece, 250 of which the state pays."""

    def __init__(
        self, session: Session, service: Service = Service.TECHNICAL_AID, item: str = NAPPIES, pieces: int = 720
    ) -> None:
        self.session = session
        self.person: Person = make.make_person(session)
        self.she = make.as_recipient(self.person)
        self.entitlement: Entitlement = make.make_programme(session, self.person, service, pieces=pieces)
        session.get_one(Measure, self.entitlement.measure_id).classifier_code = item
        session.add(GuaranteedAmount(code=item, valid_from=date(2025, 1, 1), tiyn=AMOUNT, basis="test"))
        self.offer: Offer = make.make_goods_offer(session, item, service)
        self.provider = session.get_one(Provider, self.offer.provider_id)
        self.staff = make.as_provider(make.make_staff(session, self.provider), self.provider)
        office = session.get_one(Office, self.entitlement.office_id)
        self.clerk, self.second = (make.as_office(make.make_clerk(session, office), office) for _ in range(2))
        session.flush()

    def wish(self, pieces: int = 360, way: str = "delivery", at: datetime = MONDAY) -> Wish:
        """So many pieces, delivered."""
        one = self.entitlement
        last = last_day(one.ends_on, goods.programme_until(one), at.date())
        return Wish(one.id, self.offer.id, NewOrder(one.service, at.date(), last, pieces, None, way))

    def place(self, pieces: int = 360, way: str = "delivery", at: datetime = MONDAY) -> Order:
        """An order that she has signed."""
        document = orders.prepare(self.session, self.wish(pieces, way, at), self.she, at)
        return orders.place(self.session, signed(document), self.she, at)

    def accept(self, order: Order, at: datetime = MONDAY + timedelta(days=1)) -> Order:
        """The provider has signed the acceptance."""
        document = answers.prepare_answer(self.session, order.id, None, "", self.staff, at)
        return answers.answer(self.session, signed(document), self.staff, at)

    def accepted(self, pieces: int = 360, way: str = "delivery") -> Order:
        """An order that is to be handed over."""
        return self.accept(self.place(pieces, way))

    def hand_over(self, order: Order, day: date = date(2026, 3, 10)) -> LogEntry:
        """She has them."""
        return goods_orders.hand_over(self.session, order.id, day, uuid4(), self.staff, on(day))

    def handed_over(self, pieces: int = 360) -> LogEntry:
        """Goods that she got on 10 March."""
        return self.hand_over(self.accepted(pieces))

    def come_back(self, entry: LogEntry, day: date, reason: GivenBack = GivenBack.FAULTY) -> LogEntry:
        """The provider has them again."""
        return goods_orders.come_back(self.session, entry.id, reason, day, self.staff, on(day))

    def draw_up(self, entry: LogEntry, day: date = date(2026, 3, 11)) -> Act:
        """The act of a hand-over."""
        act = acts.draw_up(self.session, entry.order_id, entry.day, self.staff, on(day))
        self.session.refresh(act)
        return act

    def sent(self, entry: LogEntry, day: date = date(2026, 3, 11)) -> Act:
        """An act that both have signed, at the office."""
        act = self.draw_up(entry, day)
        document = self.session.get_one(Document, act.document_id)
        acts.sign_by_recipient(self.session, signed(document), self.she, on(day))
        return acts.submit(self.session, signed(document), self.staff, on(day))

    def owed(self, entry: LogEntry, day: date = date(2026, 3, 12)) -> Payment:
        """The office has accepted the act."""
        act = self.sent(entry)
        review.take_up(self.session, act.id, self.clerk, on(day))
        return review.accept(self.session, act.id, self.clerk, on(day))

    def paid(self, entry: LogEntry, day: date = date(2026, 3, 26)) -> Payment:
        """The money has arrived."""
        payment = self.owed(entry)
        payments.approve(self.session, payment.id, self.second, on(date(2026, 3, 13)))
        asked = payments.write_down(self.session, payment.id, on(day))
        assert asked is not None
        sent = {
            "id": f"tr_{payment.id}",
            "amount": asked.amount_tiyn,
            "currency": "kzt",
            "created": int(on(day).timestamp()),
        }
        arrived = Outcome(transfer=Transfer.model_validate(sent | {"destination": asked.destination}))
        assert payments.conclude(self.session, payment.id, asked.attempt, arrived, on(day))
        return payment
