"""An act as it lies at an office, made by the very operations that make it, and the people around it."""

from datetime import date, datetime, time
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import i18n
from portal.clock import ALMATY
from portal.config import Config
from portal.models.act import Act, Sheet
from portal.models.document import Document
from portal.models.offer import Offer
from portal.models.office import Office
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider, Specialist
from portal.models.service_log import LogEntry
from portal.operations import acts, documents, payments, review
from portal.queries.reference import guaranteed_tiyn
from portal.rules.service import Service
from tests import factories as make
from tests.pen import signed

SENT = datetime(2026, 4, 2, 11, 0, tzinfo=ALMATY)
CHECKED = datetime(2026, 4, 6, 10, 0, tzinfo=ALMATY)
PAID = datetime(2026, 4, 7, 10, 0, tzinfo=ALMATY)
OTHER_PLACE = "750000000"
"""Another office of the reference data: the city of Almaty."""


def small_app(**env: str) -> Flask:
    """What texts and terms are taken from: a language and a configuration."""
    app = Flask("portal")
    app.config["PORTAL"] = Config.from_env({"SECRET_KEY": "s" * 32, "DATABASE_URL": "postgresql://", **env})
    i18n.register(app)
    return app


class Sent:
    """An order with one specialist and two visits in March; its act is signed by all and sent to the office."""

    def __init__(
        self,
        session: Session,
        service: Service = Service.ASSISTANT,
        provider: Provider | None = None,
        recipient: Person | None = None,
        **given: object,
    ) -> None:
        self.session = session
        self.provider = provider or make.make_provider(session, **given)
        self.recipient = recipient or make.make_person(session)
        offer = session.scalars(select(Offer).where(Offer.provider_id == self.provider.id)).first()
        offer = offer or make.make_offer(session, self.provider, service)
        self.order: Order = make.make_order(session, make.make_programme(session, self.recipient, service), offer)
        self.specialist: Specialist = make.make_specialist(session, self.provider, service)
        self.entries: list[LogEntry] = [self.visit(3, 9, 120), self.visit(4, 14, 90)]
        self.head = make.make_staff(session, self.provider)
        self.staff = make.as_provider(self.head, self.provider)
        order_document = session.get_one(Document, self.order.document_id)
        by_recipient = make.as_recipient(self.recipient)
        documents.sign(session, order_document, signed(order_document), by_recipient, make.MONDAY)
        self.by_recipient = by_recipient
        self.act = self.act_again(SENT)

    def visit(self, day: int, hour: int, minutes: int) -> LogEntry:
        """A visit in March at the guaranteed amount of its day."""
        on = date(2026, 3, day)
        tiyn = guaranteed_tiyn(self.session, self.order.service, on)
        return make.make_entry(self.session, self.order, self.specialist, on, time(hour), minutes, guaranteed_tiyn=tiyn)

    def act_again(self, now: datetime) -> Act:
        """The act of March, drawn up, signed by all and sent."""
        session = self.session
        act = acts.draw_up(session, self.order.id, date(2026, 3, 1), self.staff, now)
        for sheet in session.scalars(select(Sheet).where(Sheet.act_id == act.id)).all():
            acts.sign_sheet(session, signed(sheet.document_id), make.as_specialist(self.specialist), now)
        acts.sign_by_recipient(session, signed(act.document_id), self.by_recipient, now)
        acts.submit(session, signed(act.document_id), self.staff, now)
        session.flush()
        session.refresh(act)
        return act


class Clerks:
    """Two people of an office: who accepts, and who approves."""

    def __init__(self, session: Session, place: str = make.PLACE) -> None:
        self.office: Office = make.office_here(session, place)
        self.first_person = make.make_clerk(session, self.office)
        self.second_person = make.make_clerk(session, self.office)
        self.first = make.as_office(self.first_person, self.office)
        self.second = make.as_office(self.second_person, self.office)

    def swap(self) -> "Clerks":
        """Whoever approved accepts from now on, and the other way round."""
        self.first, self.second = self.second, self.first
        self.first_person, self.second_person = self.second_person, self.first_person
        return self


def accepted(session: Session, sent: Sent, clerks: Clerks) -> Payment:
    """The payment of an act that the first clerk accepted."""
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    return review.accept(session, sent.act.id, clerks.first, CHECKED)


def approved(session: Session, sent: Sent, clerks: Clerks) -> Payment:
    """The payment that the second clerk released."""
    return payments.approve(session, accepted(session, sent, clerks).id, clerks.second, PAID)


def payment_of(session: Session, act_id: UUID) -> Payment:
    """The payment of an act."""
    return session.scalars(select(Payment).where(Payment.act_id == act_id)).one()
