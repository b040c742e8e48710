"""Whose signature it is, over what, and whether it counts: every reason to refuse one, and everything that is taken."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.sign.timestamps import DummyTimeStamper

from portal.clock import ALMATY
from portal.demo import ca
from portal.demo.certificates import Key, issue, issue_authority, purposes, revocation_list, subject
from portal.rules.law import RuleViolation
from portal.signing import LocalVerifier, Reason, SignatureRefused, Signer, TrustError, Verdict, load, verifier_for
from portal.signing.certificates import EMPLOYEE, HEAD, PERSON
from portal.signing.revocation import RevocationList
from tests.signing.people import (
    AIGUL,
    DANA,
    DATA,
    GANI,
    NOON,
    ORG,
    SHE,
    armoured,
    content,
    issue_for,
    issuer_of,
    root_of,
    sign_with,
    signed_by,
    with_algorithm,
    with_certificates,
)

pytestmark = pytest.mark.law("R83.1")
RSA = rsa.generate_private_key(65537, 2048)


def refusal(verifier: LocalVerifier, cms: bytes, expected: Signer = SHE, moment: datetime = NOON) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as caught:
        verifier.verify(DATA, cms, expected, moment)
    return caught.value


# What is taken


def test_a_person_signs_for_themselves(verifier: LocalVerifier, authority: Path) -> None:
    verdict = verifier.verify(DATA, signed_by(authority), SHE, NOON)
    certificate = ca.key(authority, AIGUL.iin).certificate
    crls = sorted((authority / "trust" / "crls").glob("*.crl"))
    assert verdict == Verdict(
        common_name="ӘБЕНОВА АЙГҮЛ",
        iin=AIGUL.iin,
        bin=None,
        serial=f"{certificate.serial_number:x}",
        issuer="DEMO INTERMEDIATE CA",
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
        algorithm="sha256_ecdsa with sha256",
        checked_at=NOON,
        crls=verdict.crls,
    )
    assert sorted(verdict.crls) == sorted(path.read_bytes() for path in crls)


@pytest.mark.parametrize("owner", [GANI, DANA], ids=["head", "employee"])
def test_a_person_signs_for_their_organisation(verifier: LocalVerifier, authority: Path, owner: ca.KeyOwner) -> None:
    cms = signed_by(authority, owner, bin_=ORG.bin)
    assert verifier.verify(DATA, cms, Signer(owner.iin, ORG.bin), NOON).bin == ORG.bin


def test_rsa_is_taken(verifier: LocalVerifier, authority: Path) -> None:
    key = issue_for(authority, AIGUL, private=RSA)
    verdict = verifier.verify(DATA, asyncio.run(sign_with(key)), SHE, NOON)
    assert verdict.algorithm == "sha256_rsa with sha256"


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_longer_digests_are_taken(verifier: LocalVerifier, authority: Path, digest: str) -> None:
    cms = asyncio.run(sign_with(ca.key(authority, AIGUL.iin), digest=digest))
    assert verifier.verify(DATA, cms, SHE, NOON).algorithm.endswith(digest)


def test_a_time_stamp_that_nobody_knows_does_no_harm(verifier: LocalVerifier, authority: Path) -> None:
    stamping = issue_for(authority, GANI, usage=[x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8")], private=RSA).signer()
    stamper = DummyTimeStamper(tsa_cert=stamping.signing_cert, tsa_key=stamping.signing_key)
    cms = asyncio.run(sign_with(ca.key(authority, AIGUL.iin), timestamper=stamper))
    assert content(cms)["signer_infos"][0]["unsigned_attrs"]
    assert verifier.verify(DATA, cms, SHE, NOON).iin == AIGUL.iin


def test_a_signature_directly_below_the_root_is_taken(authority: Path) -> None:
    root = root_of(authority)
    crl = RevocationList((authority / "trust" / "crls" / "root.crl").read_bytes())
    other = issue(root, subject(AIGUL, None), purposes(ca.Kind.SIGN, None))
    verifier = LocalVerifier([root.parsed()], [], [crl])
    assert verifier.verify(DATA, asyncio.run(sign_with(other)), SHE, NOON).issuer == "DEMO ROOT CA"


# What is refused


def test_other_text_than_was_signed(verifier: LocalVerifier, authority: Path) -> None:
    cms = signed_by(authority)
    with pytest.raises(SignatureRefused, match="other text") as caught:
        verifier.verify(DATA.replace(b"480", b"481"), cms, SHE, NOON)
    assert caught.value.code is Reason.CHANGED


@pytest.mark.parametrize(
    ("kind", "code"),
    [("login", Reason.LOGIN_KEY), ("expired", Reason.EXPIRED), ("revoked", Reason.REVOKED)],
)
@pytest.mark.parametrize("bin_", [None, ORG.bin], ids=["personal", "organisation"])
def test_a_key_that_does_not_count(
    verifier: LocalVerifier, authority: Path, kind: str, code: Reason, bin_: str | None
) -> None:
    assert refusal(verifier, signed_by(authority, GANI, kind, bin_), Signer(GANI.iin, bin_)).code is code


def test_a_key_without_any_purpose_of_signing(verifier: LocalVerifier, authority: Path) -> None:
    key = issue_for(authority, AIGUL, usage=[x509.ObjectIdentifier(PERSON)])
    assert refusal(verifier, asyncio.run(sign_with(key))).code is Reason.LOGIN_KEY


@pytest.mark.parametrize(
    "usages", [(True, False), (False, True), (False, False)], ids=["no binding", "no signing", "neither"]
)
def test_a_key_that_may_not_bind_anybody(verifier: LocalVerifier, authority: Path, usages: tuple[bool, bool]) -> None:
    private, issuer = ec.generate_private_key(ec.SECP256R1()), issuer_of(authority)
    builder = x509.CertificateBuilder(issuer.certificate.subject, subject(AIGUL, None), private.public_key(), 77)
    builder = builder.not_valid_before(NOON - timedelta(days=9)).not_valid_after(NOON + timedelta(days=9))
    usage = x509.KeyUsage(*usages, True, False, False, False, False, False, False)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(purposes(ca.Kind.SIGN, None)), critical=False)
    weak = Key(private, builder.sign(issuer.private, hashes.SHA256()))
    assert refusal(verifier, asyncio.run(sign_with(weak))).code is Reason.LOGIN_KEY


def test_somebody_elses_key(verifier: LocalVerifier, authority: Path) -> None:
    assert refusal(verifier, signed_by(authority, GANI)).code is Reason.WRONG_PERSON


@pytest.mark.parametrize(
    ("bin_of_key", "expected", "says"),
    [
        (None, Signer(GANI.iin, ORG.bin), "not a key of the organisation"),
        (ORG.bin, Signer(GANI.iin, "987654321098"), "not a key of the organisation"),
        (ORG.bin, Signer(GANI.iin), "for yourself"),
        (ORG.bin, Signer(GANI.iin, ORG.bin, frozenset({EMPLOYEE})), "right to sign"),
    ],
    ids=["a personal key", "another organisation", "a personal document", "without the right to sign"],
)
def test_the_wrong_organisation(
    verifier: LocalVerifier, authority: Path, bin_of_key: str | None, expected: Signer, says: str
) -> None:
    refused = refusal(verifier, signed_by(authority, GANI, bin_=bin_of_key), expected)
    assert refused.code is Reason.WRONG_ORGANISATION
    assert says in refused.message


def test_only_the_head_where_only_the_head_may_sign(verifier: LocalVerifier, authority: Path) -> None:
    expected = Signer(GANI.iin, ORG.bin, frozenset({HEAD}))
    assert verifier.verify(DATA, signed_by(authority, GANI, bin_=ORG.bin), expected, NOON).iin == GANI.iin
    refused = refusal(verifier, signed_by(authority, DANA, bin_=ORG.bin), Signer(DANA.iin, ORG.bin, frozenset({HEAD})))
    assert refused.code is Reason.WRONG_ORGANISATION


def test_before_and_after_the_term_of_the_key(verifier: LocalVerifier, authority: Path) -> None:
    early = refusal(verifier, signed_by(authority), moment=datetime(2019, 12, 31, 12, tzinfo=ALMATY))
    assert (early.code, early.figures) == (Reason.NOT_YET_VALID, {"valid_from_on": datetime(2020, 1, 1).date()})  # noqa: DTZ001
    late = refusal(verifier, signed_by(authority, AIGUL, "expired"))
    assert (late.code, late.figures) == (Reason.EXPIRED, {"valid_to_on": datetime(2021, 1, 1).date()})  # noqa: DTZ001
    assert "2021-01-01" in str(late)


def test_an_expired_key_was_good_in_its_time(verifier: LocalVerifier, authority: Path) -> None:
    cms = signed_by(authority, AIGUL, "expired")
    assert verifier.verify(DATA, cms, SHE, datetime(2020, 6, 1, tzinfo=ALMATY)).iin == AIGUL.iin


def test_a_key_was_good_before_it_was_revoked(verifier: LocalVerifier, authority: Path) -> None:
    cms = signed_by(authority, AIGUL, "revoked")
    assert verifier.verify(DATA, cms, SHE, datetime(2020, 1, 15, tzinfo=ALMATY)).iin == AIGUL.iin


def test_an_issuer_that_only_calls_itself_so(verifier: LocalVerifier, tmp_path: Path) -> None:
    ca.make(tmp_path, [AIGUL])
    assert refusal(verifier, signed_by(tmp_path)).code is Reason.UNKNOWN_ISSUER


def test_an_authority_that_came_with_the_signature(verifier: LocalVerifier, tmp_path: Path) -> None:
    ca.make(tmp_path, [AIGUL])
    cms = with_certificates(signed_by(tmp_path), [issuer_of(tmp_path), root_of(tmp_path)])
    assert refusal(verifier, cms).code is Reason.UNKNOWN_ISSUER


def test_whoever_trusts_nobody_takes_nothing(authority: Path) -> None:
    enclosed = with_certificates(signed_by(authority), [issuer_of(authority), root_of(authority)])
    assert refusal(LocalVerifier((), (), ()), enclosed).code is Reason.UNKNOWN_ISSUER


def test_a_person_is_no_authority(verifier: LocalVerifier, authority: Path) -> None:
    forged = issue(ca.key(authority, GANI.iin), subject(AIGUL, None), purposes(ca.Kind.SIGN, None))
    cms = with_certificates(asyncio.run(sign_with(forged)), [ca.key(authority, GANI.iin)])
    assert refusal(verifier, cms).code is Reason.UNKNOWN_ISSUER


def test_a_certificate_with_another_key(
    verifier: LocalVerifier, authority: Path, caplog: pytest.LogCaptureFixture
) -> None:
    thief = issue_for(authority, GANI)
    hers = ca.key(authority, AIGUL.iin)
    stolen = Key(thief.private, hers.certificate)
    assert refusal(verifier, asyncio.run(sign_with(stolen))).code is Reason.MALFORMED
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("field", "oid"),
    [
        ("signature_algorithm", "1.2.398.3.10.1.1.2.3.2"),
        ("signature_algorithm", "1.2.398.3.10.1.1.1.2"),
        ("digest_algorithm", "1.2.398.3.10.1.3.3"),
        ("digest_algorithm", "1.3.6.1.4.1.6801.1.1.1"),
    ],
)
def test_gost_is_not_called_false(verifier: LocalVerifier, authority: Path, field: str, oid: str) -> None:
    refused = refusal(verifier, with_algorithm(signed_by(authority), field, oid))
    assert refused.code is Reason.GOST_NOT_SUPPORTED
    assert "nothing wrong with your key" in refused.message


def test_an_algorithm_of_the_past(verifier: LocalVerifier, authority: Path) -> None:
    refused = refusal(verifier, asyncio.run(sign_with(ca.key(authority, AIGUL.iin), digest="sha1")))
    assert refused.code is Reason.MALFORMED
    assert "not safe any more" in refused.message


# Revocation lists


@pytest.fixture
def own(authority: Path, tmp_path: Path) -> Path:
    """A copy of the authority that a test may spoil."""
    return copytree(authority, tmp_path / "own")


def test_a_list_that_ran_out(own: Path) -> None:
    stale = revocation_list(issuer_of(own), [], end=NOON - timedelta(days=1))
    (own / "trust" / "crls" / "intermediate.crl").write_bytes(stale)
    refused = refusal(load(own / "trust"), signed_by(own))
    assert refused.code is Reason.CRL_STALE
    assert "Try again" in refused.message


@pytest.mark.parametrize("missing", ["intermediate.crl", "root.crl"])
def test_no_list_at_all(own: Path, missing: str) -> None:
    (own / "trust" / "crls" / missing).unlink()
    assert refusal(load(own / "trust"), signed_by(own)).code is Reason.CRL_STALE


def test_the_authority_itself_was_revoked(own: Path) -> None:
    serial = issuer_of(own).certificate.serial_number
    (own / "trust" / "crls" / "root.crl").write_bytes(revocation_list(root_of(own), [serial]))
    assert refusal(load(own / "trust"), signed_by(own)).code is Reason.UNKNOWN_ISSUER


def test_a_refreshed_list_is_used_at_once(own: Path) -> None:
    verifier = load(own / "trust")
    cms = signed_by(own)
    verifier.verify(DATA, cms, SHE, NOON)
    serial = ca.key(own, AIGUL.iin).certificate.serial_number
    (own / "trust" / "crls" / "intermediate.crl").write_bytes(revocation_list(issuer_of(own), [serial]))
    assert refusal(verifier, cms).code is Reason.REVOKED


def test_a_list_half_written_leaves_the_one_before(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    verifier = load(own / "trust")
    verifier.verify(DATA, signed_by(own), SHE, NOON)
    path = own / "trust" / "crls" / "intermediate.crl"
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    assert refusal(verifier, signed_by(own, AIGUL, "revoked")).code is Reason.REVOKED
    assert "intermediate.crl cannot be used" in caplog.text
    path.write_bytes(whole)
    assert verifier.verify(DATA, signed_by(own), SHE, NOON).iin == AIGUL.iin


def test_without_a_root_nothing_is_believed(tmp_path: Path) -> None:
    (tmp_path / "roots").mkdir()
    with pytest.raises(TrustError, match="no root"):
        load(tmp_path)
    (tmp_path / "roots" / "root.pem").write_text("not a certificate")
    with pytest.raises(TrustError, match=r"root\.pem"):
        verifier_for(tmp_path)


# What holds for all of them


def every_way(authority: Path) -> list[tuple[bytes, Signer]]:
    personal = [(signed_by(authority, owner, kind), SHE) for owner in (AIGUL, GANI) for kind in ca.Kind]
    work = [(signed_by(authority, GANI, kind, ORG.bin), Signer(GANI.iin, ORG.bin)) for kind in ca.Kind]
    junk = [(with_algorithm(signed_by(authority), "digest_algorithm", "1.2.3.4"), SHE), (b"\x30\x80\x00", SHE)]
    return personal + work + junk


def test_the_log_names_nobody(
    verifier: LocalVerifier, authority: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ca.make(tmp_path, [AIGUL])
    refused = 0
    for cms, expected in [*every_way(authority), (signed_by(tmp_path), SHE)]:
        try:
            verifier.verify(DATA, cms, expected, NOON)
        except SignatureRefused as error:
            refused += 1
            assert AIGUL.iin not in str(error)
            assert "ӘБЕНОВА" not in str(error).upper()
    assert refused > 8
    for secret in (AIGUL.iin, GANI.iin, ORG.bin, "ӘБЕНОВА", "СЕЙТОВ", "ҚАМҚОР"):
        assert secret not in caplog.text.upper()


def test_a_refusal_cites_the_rule_that_asks_for_the_signature(verifier: LocalVerifier, authority: Path) -> None:
    refused = refusal(verifier, signed_by(authority, GANI), Signer(AIGUL.iin, point="R42.5"))
    assert isinstance(refused, RuleViolation)
    assert refused.point == "R42.5"
    assert refusal(verifier, b"junk").point == "R83.1"


def test_a_moment_without_a_zone_is_a_fault_of_ours(verifier: LocalVerifier, authority: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        verifier.verify(DATA, signed_by(authority), SHE, NOON.replace(tzinfo=None))


def test_many_at_once(authority: Path) -> None:
    verifier = load(authority / "trust")
    cms = signed_by(authority)
    verdicts: list[Verdict] = []
    threads = [
        threading.Thread(target=lambda: verdicts.append(verifier.verify(DATA, cms, SHE, NOON))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verdicts) == 16


def fastest(check: Callable[[], object], times: int = 10) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        check()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def test_it_takes_less_than_20_milliseconds(own: Path) -> None:
    long = revocation_list(issuer_of(own), range(10**30, 10**30 + 20_000))
    (own / "trust" / "crls" / "intermediate.crl").write_bytes(long)
    verifier = load(own / "trust")
    cms = signed_by(own)
    assert fastest(lambda: verifier.verify(DATA, cms, SHE, NOON)) < 0.020


def test_a_maze_of_enclosed_certificates_takes_no_longer(verifier: LocalVerifier, authority: Path) -> None:
    maze = [issue_authority("intermediate") for _ in range(8)]
    cms = with_certificates(asyncio.run(sign_with(maze[0])), maze[1:])
    begun = time.perf_counter()
    assert refusal(verifier, cms).code in {Reason.UNKNOWN_ISSUER, Reason.LOGIN_KEY}
    assert time.perf_counter() - begun < 1


# Whatever arrives, the answer is a verdict or a refusal


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_garbage_is_refused(verifier: LocalVerifier, junk: bytes) -> None:
    for sent in (junk, b"\x30\x82" + junk, armoured(junk)):
        assert refusal(verifier, sent).code is Reason.MALFORMED


@pytest.fixture(scope="module")
def hers(authority: Path) -> bytes:
    """One signature of Aigül's, the same for all examples."""
    return signed_by(authority)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_spoilt_signature_is_refused_or_still_hers(verifier: LocalVerifier, hers: bytes, data: st.DataObject) -> None:
    cms = bytearray(hers)
    for _ in range(data.draw(st.integers(1, 3))):
        cms[data.draw(st.integers(0, len(cms) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert verifier.verify(DATA, bytes(cms), SHE, NOON).common_name == AIGUL.common_name
    except SignatureRefused as refused:
        assert refused.code in Reason
