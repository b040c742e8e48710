"""OpenSSL as an independent judge: what it takes we take, what it refuses we refuse, and what it signs we read."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.demo import ca
from portal.signing import LocalVerifier, Reason, SignatureRefused, Signer
from tests.signing.people import AIGUL, DATA, GANI, NOON, ORG, SHE, signed_by

pytestmark = pytest.mark.law("R83.1")

Judge = Callable[[bytes, bytes], bool]


@pytest.fixture(scope="module")
def openssl() -> str:
    """The path of the program, which every Debian has."""
    path = shutil.which("openssl")
    assert path, "OpenSSL's command line is missing: apt-get install openssl"
    return path


@pytest.fixture
def judge(openssl: str, authority: Path, tmp_path: Path) -> Judge:
    """OpenSSL's verdict on a signature (DER) over a document at NOON."""
    trust = authority / "trust"
    lists = [
        subprocess.run([openssl, "crl", "-inform", "DER", "-in", path], check=True, capture_output=True).stdout
        for path in (trust / "crls").iterdir()
    ]
    believed = tmp_path / "believed.pem"
    authorities = [(trust / name).read_bytes() for name in ("roots/root.pem", "intermediates/intermediate.pem")]
    believed.write_bytes(b"".join(authorities + lists))

    def holds(document: bytes, signature: bytes) -> bool:
        (tmp_path / "document").write_bytes(document)
        (tmp_path / "signature").write_bytes(signature)
        asked: list[str | Path] = [
            openssl,
            "cms",
            "-verify",
            "-cades",
            "-binary",
            "-inform",
            "DER",
            "-in",
            tmp_path / "signature",
        ]
        asked += ["-content", tmp_path / "document", "-CAfile", believed, "-no-CApath", "-crl_check_all"]
        asked += ["-attime", str(int(NOON.timestamp()))]
        return subprocess.run(asked, check=False, capture_output=True).returncode == 0

    return holds


@pytest.mark.parametrize("kind", list(ca.Kind))
@pytest.mark.parametrize(("owner", "bin_"), [(AIGUL, None), (GANI, ORG.bin)], ids=["person", "organisation"])
def test_both_judge_alike(
    verifier: LocalVerifier, authority: Path, judge: Judge, kind: ca.Kind, owner: ca.KeyOwner, bin_: str | None
) -> None:
    signature = signed_by(authority, owner, kind, bin_)
    try:
        verifier.verify(DATA, signature, Signer(owner.iin, bin_), NOON)
        ours = True
    except SignatureRefused:
        ours = False
    assert judge(DATA, signature) is ours is (kind is ca.Kind.SIGN)


def test_both_see_a_changed_document(verifier: LocalVerifier, authority: Path, judge: Judge) -> None:
    signature = signed_by(authority)
    with pytest.raises(SignatureRefused):
        verifier.verify(DATA + b" ", signature, SHE, NOON)
    assert not judge(DATA + b" ", signature)


def test_both_see_a_foreign_authority(verifier: LocalVerifier, tmp_path: Path, judge: Judge) -> None:
    ca.make(tmp_path / "foreign", [AIGUL])
    signature = signed_by(tmp_path / "foreign")
    with pytest.raises(SignatureRefused):
        verifier.verify(DATA, signature, SHE, NOON)
    assert not judge(DATA, signature)


@pytest.mark.parametrize(
    "how",
    [["-outform", "DER"], ["-outform", "DER", "-cades"], ["-outform", "DER", "-keyid"], ["-outform", "PEM"]],
    ids=["plain", "CAdES", "by key identifier", "armoured"],
)
def test_what_openssl_signs_is_read(
    verifier: LocalVerifier, authority: Path, openssl: str, tmp_path: Path, how: list[str]
) -> None:
    key = authority / "keys" / f"{AIGUL.iin}.pem"
    document = tmp_path / "document"
    document.write_bytes(DATA)
    asked = [openssl, "cms", "-sign", "-binary", "-md", "sha256", "-signer", str(key), "-in", str(document), *how]
    signature = subprocess.run(asked, check=True, capture_output=True).stdout
    assert verifier.verify(DATA, signature, SHE, NOON).iin == AIGUL.iin


@pytest.mark.parametrize(
    "how", [["-noattr"], ["-econtent_type", "1.2.840.113549.1.9.16.1.4"]], ids=["no attributes", "of another kind"]
)
def test_what_is_no_signature_of_a_document(
    verifier: LocalVerifier, authority: Path, openssl: str, tmp_path: Path, how: list[str]
) -> None:
    key = authority / "keys" / f"{AIGUL.iin}.pem"
    document = tmp_path / "document"
    document.write_bytes(DATA)
    asked = [openssl, "cms", "-sign", "-binary", "-outform", "DER", "-signer", str(key), "-in", str(document), *how]
    signature = subprocess.run(asked, check=True, capture_output=True).stdout
    with pytest.raises(SignatureRefused) as caught:
        verifier.verify(DATA, signature, SHE, NOON)
    assert caught.value.code is Reason.MALFORMED
