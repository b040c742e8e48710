"""Goods in the demo's story: bought, brought, paid for, given back, and bought again from somebody else."""

from datetime import date, timedelta
from uuid import UUID, uuid4

from portal.db import transaction
from portal.demo.deeds import WHO, Deeds, at
from portal.demo.people import FIRMS, ORAZBEK, Firm
from portal.jobs import payments as paying
from portal.models.service_log import LogEntry
from portal.operations import acts, goods_orders, orders, payments, review
from portal.operations.orders import Wish
from portal.rules.goods_orders import GivenBack
from portal.rules.orders import NewOrder

WHERE = {firm.key: firm for firm in FIRMS}
ALL_OF_IT = timedelta(days=45)
"""So many days the whole story takes."""


class Purchases:
    """What Orazbek got; the deeds that all stories share are done by `deeds`."""

    def __init__(self, deeds: Deeds) -> None:
        self.deeds = deeds
        self.cast = deeds.cast

    def tell(self) -> None:
        """Nappies of the first quarter are paid; a chair was faulty, another one is on its way; more nappies wait."""
        kerek, medsyr, first = WHERE["kerek"], WHERE["medsyr"], self.deeds.begin
        if first + ALL_OF_IT >= self.deeds.today:
            return
        nappies = self.handed_over("Мақта L", kerek, 365, first + timedelta(days=1))
        self.accept_and_pay(self.act(nappies, kerek), nappies.day + timedelta(days=4))
        chair = self.handed_over("Қадам-1", kerek, 1, first + timedelta(days=2))
        self.act(chair, kerek)
        self.give_back(chair, kerek)
        again = self.order("Comfort R", medsyr, 1, self.deeds.ago(6))
        self.deeds.answer(again, medsyr, None, at(self.deeds.ago(5), 9))
        self.send_off(again, medsyr, self.deeds.ago(3))
        self.order("Soft L", medsyr, 365, self.deeds.ago(2))

    def order(self, model: str, firm: Firm, pieces: int, day: date) -> UUID:
        """So many pieces to be delivered, signed on a day."""
        with transaction() as session:
            offer = self.cast.model(session, firm, model)
            entitlement = self.deeds.drawn_upon(session, ORAZBEK, offer.service)
            new = NewOrder(offer.service, day, entitlement.ends_on, pieces, None, "delivery")
            actor = self.cast.recipient(session, ORAZBEK)
            document = orders.prepare(session, Wish(entitlement.id, offer.id, new), actor, at(day))
        with transaction() as session:
            return orders.place(session, self.cast.signed(document, ORAZBEK), actor, at(day, 11)).id

    def handed_over(self, model: str, firm: Firm, pieces: int, day: date) -> LogEntry:
        """Ordered on a day, accepted on the next, sent two days later, and there after a week."""
        order_id = self.order(model, firm, pieces, day)
        self.deeds.answer(order_id, firm, None, at(day + timedelta(days=1), 9))
        self.send_off(order_id, firm, day + timedelta(days=3))
        there = day + timedelta(days=7)
        with transaction() as session:
            head = self.cast.head(session, firm)
            return goods_orders.hand_over(session, order_id, there, uuid4(), head, at(there, 16))

    def send_off(self, order_id: UUID, firm: Firm, day: date) -> None:
        """The goods are handed to whoever delivers them."""
        with transaction() as session:
            head, number = self.cast.head(session, firm), f"KZ{self.cast.order(session, order_id).number}"
            goods_orders.send_off(session, order_id, number, day, head, at(day, 15))

    def act(self, entry: LogEntry, firm: Firm) -> UUID:
        """The act of a hand-over: drawn up the next day, signed by both, sent."""
        now = at(entry.day + timedelta(days=1))
        with transaction() as session:
            head = self.cast.head(session, firm)
            act = acts.draw_up(session, entry.order_id, entry.day, head, now)
            document = self.cast.document(session, act.document_id)
            actor = self.cast.recipient(session, ORAZBEK)
        with transaction() as session:
            acts.sign_by_recipient(session, self.cast.signed(document, ORAZBEK), actor, now)
            acts.submit(session, self.cast.signed(document, firm.head, firm), head, now)
        return act.id

    def accept_and_pay(self, act_id: UUID, day: date) -> None:
        """Accepted, approved, and paid on the first day on which goods may be paid for."""
        with transaction() as session:
            clerk = self.cast.clerk(session, WHO["zhanar"])
            review.take_up(session, act_id, clerk, at(day))
            payment = review.accept(session, act_id, clerk, at(day), holds_seen=True)
        with transaction() as session:
            payments.approve(session, payment.id, self.cast.clerk(session, WHO["saule"]), at(day))
        leaves = payment.not_before_on or day
        paying.send_due(self.deeds.client, lambda: at(leaves))

    def give_back(self, entry: LogEntry, firm: Firm) -> None:
        """The wheel turned out to be bent: the provider took the chair back while the office had the act."""
        day = entry.day + timedelta(days=4)
        with transaction() as session:
            head = self.cast.head(session, firm)
            goods_orders.come_back(session, entry.id, GivenBack.FAULTY, day, head, at(day))
