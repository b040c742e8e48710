"""What people sign: the bytes, kept as they were, and each signature with its proof (RI.5)."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, Json, Moment, words
from portal.models.person import Person
from portal.rules.roles import Role


class DocumentKind(StrEnum):
    """What a signed document is."""

    ORDER = "order"
    ACCEPTANCE = "acceptance"
    REFUSAL = "refusal"
    SHEET = "sheet"
    ACT = "act"
    CORRECTION = "correction"


class Document(Base):
    """Canonical JSON that says everything the page showed. `subject_id` is the order, sheet or act it is about.

    A correction is the portal's own: nobody signs it.
    """

    __tablename__ = "documents"
    id: Mapped[Id]
    kind: Mapped[DocumentKind] = mapped_column(words(DocumentKind))
    subject_id: Mapped[UUID] = mapped_column(index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    signer_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id"))
    prepared_at: Mapped[Moment]
    signatures: Mapped[list["Signature"]] = relationship(order_by="Signature.signed_at", back_populates="document")


class Signature(Base):
    """One signature over a document, with the verdict of the moment; `revocation` names the lists consulted."""

    __tablename__ = "signatures"
    __table_args__ = (UniqueConstraint("document_id", "role"),)
    id: Mapped[Id]
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    role: Mapped[Role] = mapped_column(words(Role))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    for_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    cms: Mapped[bytes] = mapped_column(LargeBinary)
    revocation: Mapped[list[str]] = mapped_column(ARRAY(Text))
    verdict: Mapped[Json]
    signed_at: Mapped[Moment]
    document: Mapped[Document] = relationship(back_populates="signatures")
    person: Mapped[Person] = relationship(foreign_keys=person_id)


class RevocationList(Base):
    """A revocation list that spoke for a signature, kept once by its SHA-256, so that the check can be repeated."""

    __tablename__ = "revocation_lists"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    der: Mapped[bytes] = mapped_column(LargeBinary)
