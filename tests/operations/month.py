"""An order with two specialists and three visits in March, and everybody who signs its act."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.clock import ALMATY
from portal.models.act import Act, Sheet
from portal.models.document import Document
from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import acts, documents
from portal.operations.documents import Signing
from portal.queries.reference import guaranteed_tiyn
from portal.rules.service import Service
from tests import factories as make
from tests.pen import signed

MARCH = date(2026, 3, 1)
NOW = datetime(2026, 4, 2, 11, 0, tzinfo=ALMATY)


class Month:
    """An order with two specialists and three visits in March; one like `beside` is served by the same provider."""

    def __init__(self, session: Session, service: Service = Service.ASSISTANT, beside: "Month | None" = None) -> None:
        self.session = session
        offer = session.get_one(Offer, beside.order.offer_id) if beside else None
        self.order: Order = make.make_order(session, make.make_programme(session, service=service), offer)
        self.provider = session.get_one(Provider, self.order.provider_id)
        self.recipient = session.get_one(Person, self.order.recipient_id)
        self.first = make.make_specialist(session, self.provider, service)
        self.second = make.make_specialist(session, self.provider, service)
        self.entries: list[LogEntry] = [
            make.make_entry(session, self.order, self.first, date(2026, 3, 3), guaranteed_tiyn=self.amount()),
            make.make_entry(session, self.order, self.second, date(2026, 3, 4), guaranteed_tiyn=self.amount()),
            make.make_entry(
                session, self.order, self.first, date(2026, 3, 5), time(14), 90, guaranteed_tiyn=self.amount()
            ),
        ]
        self.staff = make.as_provider(make.make_staff(session, self.provider), self.provider)
        self.sign_order()

    def amount(self) -> int:
        """The guaranteed amount of an hour in March."""
        return guaranteed_tiyn(self.session, self.order.service, date(2026, 3, 3))

    def sign_order(self) -> None:
        """The order was signed when it was placed."""
        document = self.session.get_one(Document, self.order.document_id)
        documents.sign(self.session, document, signed(document), make.as_recipient(self.recipient), make.MONDAY)

    def draw_up(self, now: datetime = NOW, actor: Actor | None = None) -> Act:
        """The act of March."""
        act = acts.draw_up(self.session, self.order.id, date(2026, 3, 17), actor or self.staff, now)
        self.session.refresh(act)
        return act

    def sheets(self, act: Act) -> list[Sheet]:
        """The sheets of an act."""
        return list(self.session.scalars(select(Sheet).where(Sheet.act_id == act.id).order_by(Sheet.minutes.desc())))

    def signing(self, document_id: UUID, cms: bytes = b"signature") -> Signing:
        """A signature over a document."""
        return signed(self.session.get_one(Document, document_id), cms)

    def sign_sheets(self, act: Act, now: datetime = NOW) -> None:
        """Both specialists sign."""
        for sheet in self.sheets(act):
            specialist = self.first if sheet.specialist_id == self.first.id else self.second
            acts.sign_sheet(self.session, self.signing(sheet.document_id), make.as_specialist(specialist), now)

    def sign(self, act: Act, now: datetime = NOW) -> Act:
        """The recipient signs."""
        actor = make.as_recipient(self.recipient)
        return acts.sign_by_recipient(self.session, self.signing(act.document_id), actor, now)

    def submit(self, act: Act, now: datetime = NOW) -> Act:
        """The provider signs and sends."""
        return acts.submit(self.session, self.signing(act.document_id), self.staff, now)

    def sent(self, now: datetime = NOW) -> Act:
        """An act at the office."""
        act = self.draw_up(now)
        self.sign_sheets(act, now)
        self.sign(act, now)
        return self.submit(act, now)
