"""How the demo's people act: as whom, and with which key they sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.demo import ca
from portal.demo.people import Firm, Somebody
from portal.models.act import Sheet
from portal.models.document import Document
from portal.models.offer import Offer
from portal.models.office import OfficeStaff
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations.documents import Signing
from portal.rules.roles import Role
from portal.rules.service import Service
from portal.signing.verifier import SignatureVerifier


@dataclass(frozen=True, slots=True)
class Cast:
    """The demo's people with their keys."""

    keys: Path
    verifier: SignatureVerifier

    def person(self, session: Session, one: Somebody) -> Person:
        """The row of somebody."""
        return session.scalars(select(Person).where(Person.iin == one.iin)).one()

    def recipient(self, session: Session, one: Somebody, by: Somebody | None = None) -> Actor:
        """A recipient, or somebody who acts for them."""
        return Actor(Role.RECIPIENT, self.person(session, by or one).id, self.person(session, one).id)

    def head(self, session: Session, firm: Firm) -> Actor:
        """The head of a provider."""
        return Actor(Role.PROVIDER, self.person(session, firm.head).id, organisation_id=self.provider(session, firm).id)

    def specialist(self, session: Session, firm: Firm, one: Somebody) -> Actor:
        """Somebody who serves for a provider."""
        return Actor(Role.SPECIALIST, self.person(session, one).id, organisation_id=self.provider(session, firm).id)

    def clerk(self, session: Session, one: Somebody) -> Actor:
        """Somebody who works at an office."""
        person = self.person(session, one)
        office_id = session.scalars(select(OfficeStaff.office_id).where(OfficeStaff.person_id == person.id)).one()
        return Actor(Role.OFFICE, person.id, organisation_id=office_id)

    def provider(self, session: Session, firm: Firm) -> Provider:
        """The row of a provider."""
        return session.scalars(select(Provider).where(Provider.bin == firm.bin)).one()

    def offer(self, session: Session, firm: Firm, service: Service) -> Offer:
        """What a provider offers of a service."""
        mine = select(Offer).join(Provider).where(Provider.bin == firm.bin, Offer.service == service)
        return session.scalars(mine).one()

    def model(self, session: Session, firm: Firm, model: str) -> Offer:
        """A model of goods of a provider."""
        mine = select(Offer).join(Provider).where(Provider.bin == firm.bin, Offer.model == model)
        return session.scalars(mine).one()

    def order(self, session: Session, order_id: UUID) -> Order:
        """An order by its id."""
        return session.get_one(Order, order_id)

    def document(self, session: Session, document_id: UUID) -> Document:
        """A document by its id."""
        return session.get_one(Document, document_id)

    def sheets(self, session: Session, act_id: UUID) -> Sequence[Document]:
        """The documents of an act's sheets."""
        return session.scalars(
            select(Document).join(Sheet, Sheet.document_id == Document.id).where(Sheet.act_id == act_id)
        ).all()

    def signed(self, document: Document, one: Somebody, firm: Firm | None = None) -> Signing:
        """A signature over a document: with the person's own key, or the organisation's where the firm is one."""
        bin_ = firm.bin if firm is not None and firm.kind == "legal" else None
        return Signing(document.id, ca.sign(self.keys, one.iin, document.body, bin_=bin_), self.verifier)
