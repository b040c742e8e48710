"""What the demo's people do, by the very operations that people use: each deed signed, and done at its own time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.actor import ESOBES
from portal.clock import ALMATY
from portal.db import transaction
from portal.demo.acting import Cast
from portal.demo.people import CANE, CLERKS, MOTHER, RECIPIENTS, ROOM_CHAIR, Firm, Somebody
from portal.jobs import payments as paying
from portal.models.entitlement import Entitlement
from portal.models.programme import Measure
from portal.models.service_log import LogEntry
from portal.operations import (
    acts,
    answers,
    entitlements,
    looks,
    objections,
    orders,
    payments,
    programmes,
    review,
)
from portal.operations import service_log as log
from portal.operations.orders import Wish
from portal.payments.client import PaymentClient
from portal.queries.looks import LOOKED, Look
from portal.rules.acts import ReturnReason
from portal.rules.order_reasons import DeclineReason
from portal.rules.orders import NewOrder
from portal.rules.programmes import NewMeasure, NewPerson, NewProgramme, NewRepresentative
from portal.rules.service import Service
from portal.rules.service_log import NewEntry, ObjectionReason
from portal.signing.verifier import SignatureVerifier

WHO = {one.key: one for one in (*RECIPIENTS, MOTHER, *CLERKS)}
CODES = {Service.SANATORIUM: "703", Service.TECHNICAL_AID: CANE, Service.WHEELCHAIR: ROOM_CHAIR}
"""What is not rendered by the hour, with its item of the classifier where the story names no other."""

Given = Service | tuple[Service, str]
"""A service of a programme, or goods with their item of the classifier."""


@dataclass(frozen=True, slots=True)
class Visits:
    """When somebody is visited: weekdays (Monday is 0), from when to when, where."""

    weekdays: tuple[int, ...]
    start: time
    end: time
    places: str = ""
    way: Literal["offline", "online"] | None = None


def at(day: date, hour: int = 10) -> datetime:
    """A moment of a day in the law's time."""
    return datetime.combine(day, time(hour), ALMATY)


class Deeds:
    """What can be done up to `now`; everything later is left to whoever uses the demo."""

    def __init__(self, keys: Path, verifier: SignatureVerifier, client: PaymentClient, now: datetime) -> None:
        self.cast = Cast(keys, verifier)
        self.client = client
        self.today = now.date()
        self.last_month = (self.today.replace(day=1) - timedelta(days=1)).replace(day=1)
        before = (self.last_month - timedelta(days=1)).replace(day=1)
        self.begin = max(before - timedelta(days=14), date(self.today.year, 1, 3))

    def receive(
        self, number: int, one: Somebody, given: tuple[Given, ...], day: date, version: int = 1, hours: int = 0
    ) -> None:
        """A programme, or its newer version; `hours` in all where it does not leave them to the law."""
        until = date(self.today.year + 1, 12, 31)
        first = date(self.today.year, 1, 1)
        volume = (hours, "hour") if hours else (None, None)
        items = [what if isinstance(what, tuple) else (what, CODES.get(what)) for what in given]
        measures = tuple(
            NewMeasure(str(at_), service.value, first, until, code, *volume)
            for at_, (service, code) in enumerate(items, 1)
        )
        new = NewProgramme(
            number=f"IRP-{self.today.year}-{number:04d}",
            version=version,
            valid_from=first,
            valid_to=until,
            person=_new_person(one),
            measures=measures,
            representative=_mother() if one.key == "arman" else None,
        )
        with transaction() as session:
            programmes.receive(session, new, ESOBES, at(day))

    def order(
        self,
        one: Somebody,
        firm: Firm,
        service: Service,
        day: date,
        *,
        minutes: int = 0,
        minutes_a_day: int | None = None,
        reason: DeclineReason | None = None,
        answered: bool = True,
        otherwise: tuple[Firm, ...] = (),
        starts_in: int = 2,
    ) -> UUID:
        """An order signed on `day` and, a day later, answered; `otherwise` are asked if the one before is not there."""
        with transaction() as session:
            entitlement, offer = self.drawn_upon(session, one, service), self.cast.offer(session, firm, service)
            starts_on = min(day + timedelta(days=starts_in), entitlement.ends_on)
            days = (entitlement.ends_on - starts_on).days + 1
            total = minutes if minutes_a_day is None else minutes_a_day * days
            new = NewOrder(service, starts_on, entitlement.ends_on, total, minutes_a_day, "offline")
            actor = self.cast.recipient(session, one)
            wish = Wish(
                entitlement.id,
                offer.id,
                new,
                otherwise=tuple(self.cast.offer(session, other, service).id for other in otherwise),
            )
            document = orders.prepare(session, wish, actor, at(day))
        with transaction() as session:
            order = orders.place(session, self.cast.signed(document, one), actor, at(day, 11))
        if answered:
            self.answer(order.id, firm, reason, at(day + timedelta(days=1), 9))
        return order.id

    def orders_a_day(self, one: Somebody, firm: Firm, day: date, minutes_a_day: int) -> list[UUID]:
        """Orders of an assistant from `day` on: where hours come by quarters (edition 2023), a new one in each."""
        found = []
        while True:
            found.append(self.order(one, firm, Service.ASSISTANT, day, minutes_a_day=minutes_a_day))
            day = self.new_quarter(found[-1])
            if day + timedelta(days=2) >= self.today:
                return found

    def new_quarter(self, order_id: UUID) -> date:
        """The day after the hours of an order; once two days of it have passed, new ones are there."""
        with transaction() as session:
            ended = session.get_one(Entitlement, self.cast.order(session, order_id).entitlement_id)
            day = ended.ends_on + timedelta(days=1)
            if day + timedelta(days=2) < self.today:
                entitlements.renew(session, session.get_one(Measure, ended.measure_id), at(day, 0))
        return day

    def answer(self, order_id: UUID, firm: Firm, reason: DeclineReason | None, now: datetime) -> None:
        """The provider says yes, or no for a reason."""
        with transaction() as session:
            actor = self.cast.head(session, firm)
            document = answers.prepare_answer(session, order_id, reason, "", actor, now)
        with transaction() as session:
            answers.answer(session, self.cast.signed(document, firm.head, firm), actor, now)

    def lapse(self, order_id: UUID) -> None:
        """Nobody answered: the sweep of the day after the term lets the order lapse."""
        with transaction() as session:
            due_on = self.cast.order(session, order_id).answer_due_on
            answers.lapse(session, order_id, at(due_on + timedelta(days=1), 5))

    def visit(self, order_id: UUID, firm: Firm, by: Somebody, plan: Visits, most: int = 1000) -> None:
        """Visits by a plan, from the order's first day to its last or yesterday, each written down on its evening."""
        with transaction() as session:
            actor = self.cast.specialist(session, firm, by)
            order = self.cast.order(session, order_id)
            first, last = order.starts_on, order.ends_on
        days = [day for day in self.days(first) if day <= last and day.weekday() in plan.weekdays]
        for day in days[:most]:
            new = NewEntry(day, plan.start, plan.end, plan.places, plan.way)
            with transaction() as session:
                log.record_entry(session, order_id, new, uuid4(), actor, at(day, 19))

    def act(self, order_id: UUID, one: Somebody, firm: Firm, by: Somebody, month: date) -> UUID | None:
        """The month's act, drawn up, signed by all three and sent on the third; None when nothing was rendered."""
        now = at(_next(month) + timedelta(days=2))
        with transaction() as session:
            if not session.scalar(_in_month(order_id, month)) or now.date() > self.today:
                return None
            head = self.cast.head(session, firm)
            act = acts.draw_up(session, order_id, month, head, now)
            document = self.cast.document(session, act.document_id)
            sheets = self.cast.sheets(session, act.id)
            serving = self.cast.specialist(session, firm, by)
            actor = self.cast.recipient(session, one)
        with transaction() as session:
            for sheet in sheets:
                acts.sign_sheet(session, self.cast.signed(sheet, by), serving, now)
            acts.sign_by_recipient(session, self.cast.signed(document, one), actor, now)
            acts.submit(session, self.cast.signed(document, firm.head, firm), head, now)
        return act.id

    def accept_and_pay(self, act_id: UUID, month: date) -> None:
        """One clerk accepts the act, a second one releases the money, and it arrives."""
        now = at(_next(month) + timedelta(days=5))
        with transaction() as session:
            act = review.take_up(session, act_id, self.cast.clerk(session, WHO["zhanar"]), now)
            looks.write(
                session, {Look(LOOKED, "acts", act_id, act.recipient_id)}, self.cast.clerk(session, WHO["zhanar"]), now
            )
            payment = review.accept(session, act_id, self.cast.clerk(session, WHO["zhanar"]), now, holds_seen=True)
        with transaction() as session:
            payments.approve(session, payment.id, self.cast.clerk(session, WHO["saule"]), now)
        paying.send_due(self.client, lambda: now)

    def send_back(self, act_id: UUID, month: date) -> None:
        """The act goes back to the provider, with a reason and a sentence."""
        now = at(_next(month) + timedelta(days=5))
        if now.date() > self.today:
            return
        with transaction() as session:
            clerk = self.cast.clerk(session, WHO["zhanar"])
            review.take_up(session, act_id, clerk, now)
            note = "Парақта 14-күнгі баратын жер көрсетілмеген."
            review.send_back(session, act_id, ReturnReason.WRONG_PERIOD_OR_HOURS, note, clerk, now)

    def object(self, one: Somebody, order_id: UUID) -> None:
        """She objects to the newest visit that is in no act."""
        newest = select(LogEntry).where(LogEntry.order_id == order_id, LogEntry.act_id.is_(None))
        with transaction() as session:
            entry = session.scalars(newest.order_by(LogEntry.day.desc()).limit(1)).first()
            if entry is not None:
                actor = self.cast.recipient(session, one)
                objections.object_to(session, entry.id, ObjectionReason.SHORTER, "", actor, at(self.today, 8))

    def drawn_upon(self, session: Session, one: Somebody, service: Service) -> Entitlement:
        """What somebody's orders of a service draw upon."""
        person = self.cast.person(session, one)
        mine = select(Entitlement).where(Entitlement.person_id == person.id, Entitlement.service == service)
        return session.scalars(mine.order_by(Entitlement.starts_on.desc()).limit(1)).one()

    def whole_months(self) -> Iterator[date]:
        """The months of the story, up to the last one."""
        month = self.begin.replace(day=1)
        while month <= self.last_month:
            yield month
            month = _next(month)

    def days(self, first: date) -> Iterator[date]:
        """From a day to yesterday."""
        for number in range((self.today - first).days):
            yield first + timedelta(days=number)

    def ago(self, days: int) -> date:
        """A day before today, but within the story."""
        return max(self.today - timedelta(days=days), self.begin)


def _new_person(one: Somebody) -> NewPerson:
    return NewPerson(
        iin=one.iin,
        last_name=one.last_name,
        first_name=one.first_name,
        middle_name=one.middle_name,
        birth_date=one.born,
        language=one.language,
        place=one.place,
        address=one.address,
        phone=one.phone,
    )


def _mother() -> NewRepresentative:
    return NewRepresentative(MOTHER.iin, MOTHER.last_name, MOTHER.first_name, "parent", MOTHER.phone)


def _next(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _in_month(order_id: UUID, month: date) -> Select[UUID]:
    mine = select(LogEntry.id).where(LogEntry.order_id == order_id)
    return mine.where(LogEntry.day >= month, LogEntry.day < _next(month)).limit(1)
