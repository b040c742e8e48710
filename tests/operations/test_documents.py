"""Documents and signatures: prepared as bytes, signed once by each side, never changed (RI.5)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.clock import ALMATY
from portal.models.audit import AuditRow
from portal.models.document import Document, DocumentKind, RevocationList, Signature
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations import documents
from portal.operations.documents import Signing
from portal.rules.law import RuleViolation
from portal.rules.roles import Role
from portal.signing.envelopes import canonical, sha256_hex
from portal.signing.refusals import SignatureRefused
from portal.signing.verifier import Signer, Verdict
from tests import factories as make
from tests.factories import MONDAY
from tests.pen import WRONG_KEY, Pen, signed

pytestmark = pytest.mark.law("RI.5")


class Case:
    """A recipient, a provider with its head, and documents between them."""

    def __init__(self, session: Session, kind: str = "legal") -> None:
        self.session = session
        self.recipient: Person = make.make_person(session)
        self.provider: Provider = make.make_provider(session, kind=kind)
        self.head: Person = make.make_staff(session, self.provider)
        self.she: Actor = make.as_recipient(self.recipient)
        self.they: Actor = make.as_provider(self.head, self.provider)

    def document(self, kind: DocumentKind, signer: Person | None = None, **body: Any) -> Document:
        """A document prepared for somebody to sign."""
        return documents.prepare(
            self.session,
            kind,
            uuid4(),
            {"said": "Сәлем", **body},
            recipient_id=self.recipient.id,
            provider_id=self.provider.id,
            signer_id=(signer or self.recipient).id,
            now=MONDAY,
        )


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def test_the_bytes_say_everything_and_are_the_only_ones_that_do(case: Case) -> None:
    document = case.document(DocumentKind.ORDER, minutes=120)
    assert documents.content(document) == {
        "said": "Сәлем",
        "minutes": 120,
        "document": "order",
        "prepared_at": "2026-03-02T10:00:00+05:00",
    }
    assert document.body == canonical(documents.content(document))
    assert document.sha256 == sha256_hex(document.body)


def test_a_signature_is_kept_with_its_proof(case: Case) -> None:
    document, pen = case.document(DocumentKind.ORDER), Pen()
    later = MONDAY + timedelta(minutes=5)
    signature = documents.sign(case.session, document, signed(document, b"cms", pen), case.she, later)
    assert (signature.cms, signature.signed_at, signature.role) == (b"cms", later, Role.RECIPIENT)
    assert signature.verdict["iin"] == case.recipient.iin
    assert datetime.fromisoformat(signature.verdict["checked_at"]).tzinfo is not None
    assert documents.signature_of(document, Role.RECIPIENT) is signature
    assert documents.signature_of(document, Role.PROVIDER) is None
    row = case.session.scalars(select(AuditRow).where(AuditRow.thing_id == document.id)).one()
    assert (row.action, row.for_person_id) == ("sign", case.recipient.id)
    assert row.details == {"kind": "order", "sha256": document.sha256}


def test_the_second_of_the_same_side_is_refused(case: Case) -> None:
    document = case.document(DocumentKind.ORDER)
    documents.sign(case.session, document, signed(document), case.she, MONDAY)
    with pytest.raises(RuleViolation, match="already signed"):
        documents.sign(case.session, document, signed(document), case.she, MONDAY)


def test_a_refused_signature_leaves_nothing(case: Case) -> None:
    document = case.document(DocumentKind.ORDER)
    with pytest.raises(SignatureRefused):
        documents.sign(case.session, document, signed(document, WRONG_KEY), case.she, MONDAY)
    assert case.session.scalars(select(Signature).where(Signature.document_id == document.id)).all() == []


def test_a_verdict_beforehand_counts_for_this_document_and_key_alone(case: Case) -> None:
    pen = Pen()
    one, other = (case.document(DocumentKind.ORDER, number=str(uuid4())) for _ in range(2))
    early = documents.check(case.session, signed(one, pen=pen), case.she, MONDAY)
    documents.sign(case.session, one, early, case.she, MONDAY)
    assert len(pen.expected) == 1
    documents.sign(case.session, other, early, case.she, MONDAY)
    assert len(pen.expected) == 2


def test_what_is_signed_already_is_not_checked_beforehand(case: Case) -> None:
    document = case.document(DocumentKind.ORDER)
    documents.sign(case.session, document, signed(document), case.she, MONDAY)
    again = signed(document, WRONG_KEY)
    assert documents.check(case.session, again, case.she, MONDAY) == again


@pytest.mark.parametrize(("kind", "of_organisation"), [("legal", True), ("entrepreneur", False), ("individual", False)])
def test_whose_key_it_has_to_be(session: Session, kind: str, of_organisation: bool) -> None:
    case, pen = Case(session, kind), Pen()
    act = case.document(DocumentKind.ACT)
    documents.sign(session, act, signed(act, pen=pen), case.she, MONDAY)
    documents.sign(session, act, signed(act, pen=pen), case.they, MONDAY)
    assert pen.expected == [
        Signer(case.recipient.iin),
        Signer(case.head.iin, case.provider.bin if of_organisation else None),
    ]
    assert {one.role for one in act.signatures} == {Role.RECIPIENT, Role.PROVIDER}
    named = documents.provider_signer(case.provider, case.head)
    assert named["iin"] == case.head.iin
    assert ("bin" in named) is of_organisation


def test_revocation_lists_are_kept_once_each(case: Case) -> None:
    class WithLists(Pen):
        def verify(self, data: bytes, cms: bytes, expected: Signer, moment: datetime) -> Verdict:
            found = super().verify(data, cms, expected, moment)
            return Verdict(**{name: getattr(found, name) for name in Verdict.__slots__} | {"crls": (b"one", b"two")})

    for _ in range(2):
        document = case.document(DocumentKind.ORDER, number=str(uuid4()))
        signature = documents.sign(case.session, document, Signing(document.id, b"cms", WithLists()), case.she, MONDAY)
        assert signature.revocation == [sha256_hex(b"one"), sha256_hex(b"two")]
        assert "crls" not in signature.verdict
    kept = case.session.scalars(select(RevocationList.der).where(RevocationList.sha256.in_(signature.revocation)))
    assert sorted(kept) == [b"one", b"two"]


class TestParties:
    """To whom a document is shown; to everybody else it is not there."""

    def who(self, case: Case) -> dict[str, Actor]:
        session = case.session
        other = make.make_provider(session)
        mother = make.make_representative(session, case.recipient)
        colleague = make.make_staff(session, case.provider)
        return {
            "she": case.she,
            "mother": make.as_recipient(case.recipient, by=mother),
            "head": case.they,
            "colleague": make.as_provider(colleague, case.provider),
            "specialist": make.as_specialist(make.make_specialist(session, case.provider)),
            "other recipient": make.as_recipient(make.make_person(session)),
            "other provider": make.as_provider(make.make_staff(session, other), other),
            "head, as herself": make.as_recipient(case.head),
            "she, as a provider": Actor(Role.PROVIDER, case.recipient.id, organisation_id=other.id),
            "clerk": make.as_office(make.make_clerk(session), make.office_here(session)),
            "machine": SYSTEM,
        }

    @pytest.mark.parametrize(
        ("kind", "signer", "parties"),
        [
            (DocumentKind.ORDER, "recipient", {"she"}),
            (DocumentKind.ACCEPTANCE, "head", {"head"}),
            (DocumentKind.REFUSAL, "head", {"head"}),
            (DocumentKind.ACT, "recipient", {"she", "mother", "head", "colleague"}),
        ],
    )
    def test_who_is_a_party(self, case: Case, kind: DocumentKind, signer: str, parties: set[str]) -> None:
        document = case.document(kind, getattr(case, signer))
        who = self.who(case)
        assert {name for name, actor in who.items() if documents.is_party(document, actor)} == parties
        for name, actor in who.items():
            if name in parties:
                assert documents.lock(case.session, document.id, kind, actor) is document
            else:
                with pytest.raises(LookupError):
                    documents.lock(case.session, document.id, kind, actor)

    def test_a_sheet_is_for_its_specialist(self, case: Case) -> None:
        one, two = (make.make_specialist(case.session, case.provider) for _ in range(2))
        sheet = case.document(DocumentKind.SHEET, case.session.get_one(Person, one.person_id))
        assert documents.is_party(sheet, make.as_specialist(one))
        assert not documents.is_party(sheet, make.as_specialist(two))

    def test_of_another_kind_or_nowhere_it_is_not_found(self, case: Case) -> None:
        document = case.document(DocumentKind.ORDER)
        for document_id, kind in ((document.id, DocumentKind.ACT), (uuid4(), DocumentKind.ORDER)):
            with pytest.raises(LookupError):
                documents.lock(case.session, document_id, kind, case.she)


def test_the_time_is_that_of_the_law(case: Case) -> None:
    document = case.document(DocumentKind.ORDER)
    assert document.prepared_at == MONDAY.astimezone(ALMATY)
