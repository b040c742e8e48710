"""Who signs in these tests, what, and when; and how containers are taken apart and put together wrongly."""

import base64
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from asn1crypto import cms
from cryptography import x509

from portal.clock import ALMATY
from portal.demo import ca
from portal.demo.certificates import Key, KeyOwner, Kind, Org, issue, purposes, subject
from portal.signing import Signer, canonical

ORG = Org("123456789021", "«Қамқор» ЖШС")
AIGUL = KeyOwner("900101350122", "Әбенова", "Айгүл")
GANI = KeyOwner("850101350123", "Сейтов", "Ғани", ORG)
DANA = KeyOwner("880202450124", "Юсупова", "Дана", Org(ORG.bin, ORG.name, head=False))
PEOPLE = (AIGUL, GANI, DANA)

NOON = datetime(2026, 11, 22, 12, tzinfo=ALMATY)
DATA = canonical({"signer": {"iin": AIGUL.iin}, "order": "Жеке көмекші", "minutes": 480})
SHE = Signer(AIGUL.iin)


@cache
def signed_by(authority: Path, owner: KeyOwner = AIGUL, kind: str = "sign", bin_: str | None = None) -> bytes:
    """A signature over DATA, made once."""
    return ca.sign(authority, owner.iin, DATA, kind, bin_)


def issuer_of(authority: Path) -> Key:
    """The authority's key that issues people's certificates."""
    return Key.from_pem((authority / "ca" / "intermediate.pem").read_bytes())


def root_of(authority: Path) -> Key:
    """The root's key."""
    return Key.from_pem((authority / "ca" / "root.pem").read_bytes())


def issue_for(authority: Path, owner: KeyOwner, **changes: Any) -> Key:
    """A key of the authority for somebody, with an unusual purpose or kind of key."""
    usage: list[x509.ObjectIdentifier] = changes.pop("usage", purposes(Kind.SIGN, None))
    return issue(issuer_of(authority), subject(owner, None), usage, **changes)


async def sign_with(key: Key, data: bytes = DATA, digest: str = "sha256", **how: Any) -> bytes:
    """A detached signature with any key."""
    return bytes((await key.signer().async_sign_general_data(data, digest, detached=True, **how)).dump())


def content(der: bytes) -> cms.SignedData:
    """What is inside a container."""
    return cms.ContentInfo.load(der)["content"]


def container(signed: cms.SignedData) -> bytes:
    """A container around it."""
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump(force=True))


def together(ders: Iterable[bytes]) -> bytes:
    """One container with the signers of several."""
    parts = [content(der) for der in ders]
    whole = parts[0]
    whole["certificates"] = [each.chosen for part in parts for each in part["certificates"]]
    whole["signer_infos"] = [each for part in parts for each in part["signer_infos"]]
    return container(whole)


def with_certificates(der: bytes, more: Iterable[Key]) -> bytes:
    """A container with further certificates enclosed."""
    signed = content(der)
    signed["certificates"] = [each.chosen for each in signed["certificates"]] + [key.parsed() for key in more]
    return container(signed)


def with_algorithm(der: bytes, field: str, oid: str) -> bytes:
    """A container that names another algorithm."""
    signed = content(der)
    signer = signed["signer_infos"][0]
    kind = cms.DigestAlgorithm if field == "digest_algorithm" else cms.SignedDigestAlgorithm
    signer[field] = kind({"algorithm": oid})
    signed["signer_infos"] = [signer]
    return container(signed)


def armoured(der: bytes, label: str = "CMS") -> bytes:
    """In PEM armour, as NCALayer gives it."""
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n".encode()
