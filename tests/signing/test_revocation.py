"""Revocation lists as such: who speaks for whom and when, supplements, and what is not understood."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from portal.demo.certificates import BEGIN, END, Key, issue_authority, revocation_list
from portal.signing.revocation import RevocationList, StaleError, is_revoked
from tests.signing.people import NOON

SERIAL = 0x1234
DAY = timedelta(days=1)
Revoked = x509.ReasonFlags


@pytest.fixture(scope="module")
def issuer() -> Key:
    """An authority."""
    return issue_authority("test")


def made(
    issuer: Key,
    reason: Revoked | None = None,
    begin: datetime = BEGIN,
    extension: x509.ExtensionType | None = None,
    revoked_on: datetime = BEGIN,
) -> RevocationList:
    """A list; with a reason it names SERIAL."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(begin).next_update(END)
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    if reason is not None:
        entry = x509.RevokedCertificateBuilder().serial_number(SERIAL).revocation_date(revoked_on)
        entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return RevocationList(builder.sign(issuer.private, hashes.SHA256()).public_bytes(Encoding.DER))


def revoked(issuer: Key, *lists: RevocationList, moment: datetime = NOON) -> bool:
    return is_revoked(SERIAL, issuer.parsed(), lists, moment)[0]


def test_on_the_list_or_not(issuer: Key) -> None:
    assert revoked(issuer, made(issuer, Revoked.key_compromise))
    assert not revoked(issuer, made(issuer))


def test_revoked_from_its_day_on(issuer: Key) -> None:
    later = made(issuer, Revoked.superseded, revoked_on=NOON + DAY)
    assert not revoked(issuer, later, moment=NOON)
    assert revoked(issuer, later, moment=NOON + 2 * DAY)


def test_the_newest_list_counts(issuer: Key) -> None:
    held = made(issuer, Revoked.certificate_hold)
    released = made(issuer, begin=NOON - DAY)
    assert not revoked(issuer, released, held)
    assert revoked(issuer, made(issuer), made(issuer, Revoked.unspecified, begin=NOON - DAY))


def test_supplements(issuer: Key) -> None:
    delta = x509.DeltaCRLIndicator(1)
    fresh = made(issuer, Revoked.key_compromise, NOON - DAY, delta)
    back = made(issuer, Revoked.remove_from_crl, NOON - DAY, delta)
    assert revoked(issuer, made(issuer), fresh)
    assert not revoked(issuer, made(issuer, Revoked.certificate_hold), back)
    outdated = made(issuer, Revoked.certificate_hold, NOON - 2 * DAY, delta)
    assert not revoked(issuer, made(issuer, begin=NOON - DAY), outdated)
    with pytest.raises(StaleError):
        revoked(issuer, fresh)


@pytest.mark.parametrize("moment", [BEGIN - DAY, END + DAY], ids=["not yet", "no more"])
def test_a_list_speaks_in_its_term_only(issuer: Key, moment: datetime) -> None:
    with pytest.raises(StaleError):
        revoked(issuer, made(issuer), moment=moment)


def test_an_authority_speaks_for_itself_only(issuer: Key) -> None:
    same_name = issue_authority("test")
    other_name = issue_authority("other")
    for stranger in (same_name, other_name):
        with pytest.raises(StaleError):
            revoked(issuer, made(stranger))


def test_a_list_with_a_rule_of_its_own_is_not_used(issuer: Key) -> None:
    sliced = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    with pytest.raises(ValueError, match="critical extension"):
        made(issuer, extension=sliced)


def test_armoured_lists_are_read(issuer: Key) -> None:
    der = revocation_list(issuer, [SERIAL])
    assert RevocationList(pem.armor("X509 CRL", der)).der == der
    assert revoked(issuer, RevocationList(pem.armor("X509 CRL", der)))


def test_junk_is_no_list(tmp_path: Path) -> None:
    for junk in (b"", b"junk", b"\x30\x03\x02\x01\x01"):
        with pytest.raises(ValueError):
            RevocationList(junk)
