"""What has happened in the demo before today, person by person; how each deed is done stands in `deeds.py`."""

from datetime import date, time, timedelta

from portal.actor import ESOBES
from portal.db import reading, transaction
from portal.demo.deeds import CODES, WHO, Deeds, Given, Visits, at
from portal.demo.people import AID, FIRMS, NAPPIES, WHEELCHAIR
from portal.demo.purchases import Purchases
from portal.operations import person_events
from portal.queries import reference
from portal.rules.answers import answer_due_on
from portal.rules.order_reasons import DeclineReason
from portal.rules.service import Service

WHERE = {firm.key: firm for firm in FIRMS}
BATIMA = 2
"""The number of her programme."""


class Story(Deeds):
    """Tells the story up to `now`; everything later than that is left to whoever uses the demo."""

    def tell(self) -> None:
        """Everything, in the order of time for each person."""
        self._programmes()
        if self.begin + timedelta(days=6) < self.today:
            self._aigerim()
            self._batima()
            self._daniyar_before()
            self._kulpash()
            Purchases(self).tell()
        self._daniyar_now()

    def _programmes(self) -> None:
        arrivals: list[tuple[str, tuple[Given, ...], date]] = [
            ("aigerim", (Service.ASSISTANT,), self.begin),
            ("batima", (Service.ASSISTANT,), self.begin),
            ("daniyar", (Service.INTERPRETER,), self.begin),
            ("kulpash", (Service.ASSISTANT,), self.begin),
            ("arman", (Service.ASSISTANT,), self.ago(1)),
            ("sergey", (Service.INTERPRETER,), self.ago(40)),
            ("murat", (Service.ASSISTANT,), self.ago(10)),
            ("zeynep", (Service.ASSISTANT, Service.INTERPRETER, *CODES), self.ago(5)),
            ("orazbek", ((AID, NAPPIES), WHEELCHAIR), self.begin),
        ]
        for number, (key, services, day) in enumerate(arrivals, 1):
            self.receive(number, WHO[key], services, day)

    def _aigerim(self) -> None:
        """Three hours on every working day; the month before last is paid, last month waits at the office."""
        one, firm = WHO["aigerim"], WHERE["qamqor"]
        plan = Visits((0, 1, 2, 3, 4), time(9), time(12), "Емхана, дәріхана, саябақ")
        for order_id in self.orders_a_day(one, firm, self.begin + timedelta(days=1), 240):
            self.visit(order_id, firm, firm.specialists[1], plan)
            for month in self.whole_months():
                act_id = self.act(order_id, one, firm, firm.specialists[1], month)
                if act_id is not None and month < self.last_month:
                    self.accept_and_pay(act_id, month)
        self.object(one, order_id)

    def _batima(self) -> None:
        """Two hours twice a week; last month's act was returned, and a newer programme gives less than she used."""
        one, firm = WHO["batima"], WHERE["meirim"]
        for order_id in self.orders_a_day(one, firm, self.begin + timedelta(days=2), 120):
            self.visit(order_id, firm, firm.specialists[0], Visits((1, 3), time(15), time(17), "Дүкен, көрші аула"))
            for month in self.whole_months():
                act_id = self.act(order_id, one, firm, firm.specialists[0], month)
                if act_id is None:
                    continue
                if month < self.last_month:
                    self.accept_and_pay(act_id, month)
                else:
                    self.send_back(act_id, month)
        self.receive(BATIMA, one, (Service.ASSISTANT,), self.ago(4), version=2, hours=24)

    def _daniyar_before(self) -> None:
        """One order that was served and paid, one that was declined."""
        one, firm = WHO["daniyar"], WHERE["qamqor"]
        order_id = self.order(one, firm, Service.INTERPRETER, self.begin + timedelta(days=1), minutes=360)
        self.visit(order_id, firm, firm.specialists[2], Visits((2,), time(14), time(15), way="offline"), most=4)
        for month in self.whole_months():
            act_id = self.act(order_id, one, firm, firm.specialists[2], month)
            if act_id is not None and month < self.last_month:
                self.accept_and_pay(act_id, month)
        day = self.ago(20)
        self.order(one, firm, Service.INTERPRETER, day, minutes=600, reason=DeclineReason.FULLY_LOADED)

    def _kulpash(self) -> None:
        """Served on Mondays and paid for; then her death in the month before last becomes known."""
        one, firm = WHO["kulpash"], WHERE["saltanat"]
        order_id = self.order(one, firm, Service.ASSISTANT, self.begin + timedelta(days=1), minutes_a_day=120)
        self.visit(order_id, firm, firm.specialists[0], Visits((0,), time(10), time(12), "Емхана"), most=9)
        for month in self.whole_months():
            act_id = self.act(order_id, one, firm, firm.specialists[0], month)
            if act_id is not None and month < self.last_month:
                self.accept_and_pay(act_id, month)
        with transaction() as session:
            on = max(self.last_month - timedelta(days=15), self.begin)
            person_events.died(session, self.cast.person(session, one), on, ESOBES, at(self.ago(3)))

    def _daniyar_now(self) -> None:
        """He named two providers; the first did not answer, so the second was asked and has some days left."""
        one, first, second = WHO["daniyar"], WHERE["qamqor"], WHERE["tilshi"]
        day = self._day_lapsed_by(self.ago(1))
        lapses = day > self.begin
        order_id = self.order(
            one,
            first if lapses else second,
            Service.INTERPRETER,
            day if lapses else self.ago(2),
            minutes=600,
            answered=False,
            otherwise=(second,) if lapses else (),
            starts_in=20,
        )
        if lapses:
            self.lapse(order_id)

    def _day_lapsed_by(self, last: date) -> date:
        """The latest day on which an order can be placed whose term of answer is over before `last`."""
        with reading() as session:
            calendar = reference.calendar(session)
        day = last
        while answer_due_on(day, calendar) >= last:
            day -= timedelta(days=1)
        return day
