"""Documents and signatures (RI.5): prepared as bytes, shown from those bytes, signed over them, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from portal.actor import Actor
from portal.audit import record
from portal.models.document import Document, DocumentKind, RevocationList, Signature
from portal.models.person import Person
from portal.models.provider import Provider
from portal.rules.law import N_, RuleViolation
from portal.rules.roles import Role
from portal.signing.envelopes import canonical, parse, sha256_hex
from portal.signing.verifier import SignatureVerifier, Signer, Verdict

# Built once: every signature begins with it.
_TO_SIGN = (
    select(Document)
    .where(Document.id == bindparam("id"), Document.kind == bindparam("kind"))
    .options(joinedload(Document.signatures))
    .with_for_update(of=Document, key_share=True)
)

_KEEP = insert(RevocationList).on_conflict_do_nothing(index_elements=[RevocationList.sha256])


@dataclass(frozen=True, slots=True)
class Signing:
    """A signature that somebody brings: over which document, and with what it is checked."""

    document_id: UUID
    cms: bytes
    verifier: SignatureVerifier


@dataclass(frozen=True, slots=True)
class _Checked:
    """A verifier that was asked beforehand; whatever else it is asked, it asks."""

    verifier: SignatureVerifier
    question: tuple[bytes, bytes, Signer]
    verdict: Verdict

    def verify(self, data: bytes, cms: bytes, expected: Signer, moment: datetime) -> Verdict:
        """See `SignatureVerifier`."""
        if (data, cms, expected) == self.question:
            return self.verdict
        return self.verifier.verify(data, cms, expected, moment)


def prepare(
    session: Session,
    kind: DocumentKind,
    subject_id: UUID,
    body: Mapping[str, Any],
    *,
    recipient_id: UUID,
    provider_id: UUID,
    signer_id: UUID | None,
    now: datetime,
    corrects_id: UUID | None = None,
) -> Document:
    """Fix what is to be signed, byte for byte. Nothing has happened yet: only its signature makes it an act."""
    content = canonical({**body, "document": kind.value, "prepared_at": now.isoformat(timespec="seconds")})
    document = Document(
        kind=kind,
        subject_id=subject_id,
        body=content,
        sha256=sha256_hex(content),
        recipient_id=recipient_id,
        provider_id=provider_id,
        signer_id=signer_id,
        prepared_at=now,
        corrects_id=corrects_id,
    )
    session.add(document)
    session.flush()
    return document


def content(document: Document) -> dict[str, Any]:
    """What the document says, from the bytes that are signed."""
    return parse(document.body)


def lock(session: Session, document_id: UUID, kind: DocumentKind, actor: Actor) -> Document:
    """The document that `actor` is about to sign, locked; a stranger's document is not found."""
    document = session.scalars(_TO_SIGN, {"id": document_id, "kind": kind}).unique().one_or_none()
    if document is None or not is_party(document, actor):
        raise LookupError("no such document")
    return document


def provider_signer(provider: Provider, person: Person) -> dict[str, str]:
    """Who signs for a provider, as a document names them: with the key of the organisation where it is one."""
    named = {"role": Role.PROVIDER.value, "iin": person.iin, "name": person.full_name}
    return {**named, "bin": provider.bin} if provider.kind == "legal" else named


def signature_of(document: Document, role: Role) -> Signature | None:
    """The signature that a role has put on the document, if any."""
    return next((signature for signature in document.signatures if signature.role == role), None)


def check(session: Session, signing: Signing, actor: Actor, now: datetime) -> Signing:
    """The signature, checked while nothing is locked: a check elsewhere takes seconds when that service is slow.

    Raises `SignatureRefused` as `sign` does. A document that is signed already is left for `sign` to refuse.
    """
    document = session.get_one(Document, signing.document_id)
    if signature_of(document, actor.role) is not None:
        return signing
    expected = _expected(session, document, session.get_one(Person, actor.person_id), actor)
    verdict = signing.verifier.verify(document.body, signing.cms, expected, now)
    return replace(signing, verifier=_Checked(signing.verifier, (document.body, signing.cms, expected), verdict))


def sign(session: Session, document: Document, signing: Signing, actor: Actor, now: datetime) -> Signature:
    """Check a signature and keep it with its proof; raises `SignatureRefused` with its own sentence for each fault.

    The second signature of the same role is refused: the first one counts.
    """
    if signature_of(document, actor.role) is not None:
        raise RuleViolation(N_("This document is already signed. Nothing more is needed."), "RI.5")
    person = session.get_one(Person, actor.person_id)
    verdict = signing.verifier.verify(document.body, signing.cms, _expected(session, document, person, actor), now)
    signature = Signature(
        role=actor.role,
        person_id=person.id,
        for_person_id=actor.for_person_id,
        cms=signing.cms,
        revocation=[_keep_list(session, der) for der in verdict.crls],
        verdict={one.name: _plain(getattr(verdict, one.name)) for one in fields(verdict) if one.name != "crls"},
        signed_at=now,
    )
    document.signatures.append(signature)
    record(
        session,
        actor,
        now,
        thing="documents",
        thing_id=document.id,
        action="sign",
        about=document.recipient_id,
        kind=document.kind.value,
        sha256=document.sha256,
    )
    return signature


def _keep_list(session: Session, der: bytes) -> str:
    name = sha256_hex(der)
    session.connection().execute(_KEEP, {"sha256": name, "der": der})
    return name


def _expected(session: Session, document: Document, person: Person, actor: Actor) -> Signer:
    """Whose certificate it must be: the person's own, or for a provider that is an organisation, with its BIN."""
    if actor.role is not Role.PROVIDER:
        return Signer(person.iin)
    provider = session.get_one(Provider, document.provider_id)
    return Signer(person.iin, provider.bin if provider.kind == "legal" else None)


def is_party(document: Document, actor: Actor) -> bool:
    """An act is signed by both sides; every other document names the one person for whom it was prepared."""
    if document.kind is not DocumentKind.ACT and document.signer_id != actor.person_id:
        return False
    if actor.role is Role.RECIPIENT:
        return document.recipient_id == actor.for_person_id
    if actor.role is Role.SPECIALIST and document.kind is DocumentKind.ACT:
        return False
    return actor.role in {Role.PROVIDER, Role.SPECIALIST} and document.provider_id == actor.organisation_id


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
