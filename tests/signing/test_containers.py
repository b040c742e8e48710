"""The forms in which a signature arrives, and those that are no signature."""

import asyncio
import base64
import io
from pathlib import Path

import pytest
from asn1crypto import cms, x509

from portal.demo import ca
from portal.signing import LocalVerifier, Reason, SignatureRefused, submitted
from portal.signing.containers import LIMIT_BYTES, read
from tests.signing.people import (
    AIGUL,
    DATA,
    GANI,
    NOON,
    SHE,
    armoured,
    container,
    content,
    signed_by,
    together,
)

pytestmark = pytest.mark.law("R83.1")


def refusal(sent: bytes) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as caught:
        read(sent)
    assert caught.value.code is Reason.MALFORMED
    return caught.value


@pytest.mark.parametrize(
    "dress",
    [
        bytes,
        armoured,
        lambda der: armoured(der, "PKCS7"),
        lambda der: armoured(der, "PKCS #7 SIGNED DATA"),
        lambda der: b"\r\n" + armoured(der).replace(b"\n", b"\r\n") + b"\r\n\r\n",
        base64.b64encode,
        base64.encodebytes,
    ],
    ids=["DER", "CMS armour", "PKCS7 armour", "old armour", "Windows line ends", "base64", "base64 in lines"],
)
def test_a_signature_in_any_of_its_forms(verifier: LocalVerifier, authority: Path, dress: object) -> None:
    assert callable(dress)
    assert verifier.verify(DATA, dress(signed_by(authority)), SHE, NOON).iin == AIGUL.iin


def test_indefinite_lengths_are_read(verifier: LocalVerifier, authority: Path) -> None:
    der = signed_by(authority)
    inside = content(der).untag().contents
    ber = b"\x30\x80" + cms.ContentType("signed_data").dump() + b"\xa0\x80\x30\x80" + inside + bytes(6)
    assert verifier.verify(DATA, ber, SHE, NOON).iin == AIGUL.iin
    assert verifier.verify(DATA, armoured(ber), SHE, NOON).iin == AIGUL.iin


def test_two_signers(authority: Path) -> None:
    both = together([signed_by(authority), signed_by(authority, GANI)])
    assert len(content(both)["signer_infos"]) == 2
    assert "several people" in refusal(both).message


def test_nobody_signed(authority: Path) -> None:
    signed = content(signed_by(authority))
    signed["signer_infos"] = []
    assert "could not read" in refusal(container(signed)).message


def test_the_document_is_enclosed(authority: Path) -> None:
    signer = ca.key(authority, AIGUL.iin).signer()
    attached = asyncio.run(signer.async_sign_general_data(DATA, "sha256", detached=False))
    assert "document together with the signature" in refusal(attached.dump()).message


def test_without_the_certificate(authority: Path) -> None:
    signed = content(signed_by(authority))
    signed["certificates"] = [ca.key(authority, GANI.iin).parsed()]
    refusal(container(signed))


def test_without_signed_attributes(authority: Path) -> None:
    signed = content(signed_by(authority))
    signer = signed["signer_infos"][0]
    names = ("version", "sid", "digest_algorithm", "signature_algorithm", "signature")
    signed["signer_infos"] = [cms.SignerInfo({name: signer[name] for name in names})]
    refusal(container(signed))


def test_two_certificates_of_one_number(authority: Path) -> None:
    signed = content(signed_by(authority))
    hers = signed["certificates"][0].chosen
    twin = x509.Certificate.load(hers.dump().replace("АЙГҮЛ".encode(), "АЙГУЛ".encode()))
    assert twin.serial_number == hers.serial_number
    signed["certificates"] = [hers, twin]
    refusal(container(signed))
    signed["certificates"] = [hers, hers]
    assert read(container(signed)).holder.iin == AIGUL.iin


def test_other_kinds_of_cms() -> None:
    for kind, inside in (("data", b"hello"), ("digested_data", None)):
        value = {"content_type": kind} | ({"content": inside} if inside else {})
        refusal(cms.ContentInfo(value).dump())


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"   ",
        b"signature",
        b"0",
        b"\x00" * 100,
        b"MII",
        "қолтаңба".encode(),
        b"-----BEGIN CMS-----\n-----END CMS-----",
        b"-----BEGIN CMS-----\nTUlJ\n-----END PKCS7-----",
        b"-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80" * 20_000,
    ],
    ids=lambda sent: repr(sent[:20]),
)
def test_no_signature(sent: bytes) -> None:
    refusal(sent)


def test_something_after_the_signature(authority: Path) -> None:
    refusal(signed_by(authority) + b"more")


def test_a_huge_file_is_not_read() -> None:
    refused = refusal(b"\x30" * (LIMIT_BYTES + 1))
    assert str(refused).startswith("This file is too big")
    assert "64 kilobytes" in str(refused)


# What the form brings


class File(io.BytesIO):
    """A file of a form."""

    def __init__(self, content: bytes, filename: str | None) -> None:
        super().__init__(content)
        self.filename = filename


def test_the_hidden_field_of_the_form() -> None:
    assert submitted({"cms": "MII"}, {"cms_file": File(b"", "")}) == b"MII"
    assert submitted({"cms": "MII"}, {}) == b"MII"


def test_the_file_that_was_chosen() -> None:
    assert submitted({"cms": ""}, {"cms_file": File(b"\x30\x80", "order.cms")}) == b"\x30\x80"


@pytest.mark.parametrize("fields", [{}, {"cms": ""}, {"cms": " \n"}], ids=["no field", "empty", "blank"])
def test_nothing_was_sent(fields: dict[str, str]) -> None:
    with pytest.raises(SignatureRefused, match="no signature yet") as caught:
        submitted(fields, {"cms_file": File(b"", "")})
    assert caught.value.code is Reason.MALFORMED


def test_a_huge_file_is_not_taken_from_the_form() -> None:
    huge = File(b"x" * (10 * LIMIT_BYTES), "document.pdf")
    with pytest.raises(SignatureRefused, match="too big"):
        submitted({}, {"cms_file": huge})
    assert huge.tell() == LIMIT_BYTES + 1
