"""How a signature arrives: a CMS container (RFC 5652) in DER, armour or base64; one signer, the document not in it."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from asn1crypto import cms, x509

from portal.signing.certificates import Holder, holder_of
from portal.signing.refusals import (
    NO_SIGNATURE,
    NOT_DETACHED,
    SEVERAL_SIGNERS,
    TOO_BIG,
    Reason,
    SignatureRefused,
)

LIMIT_BYTES = 64 * 1024
"""A signature is 2 to 4 kilobytes; what is bigger than this is not read."""

GOST = ("1.2.398.3.10.", "1.3.6.1.4.1.6801.", "1.2.643.")
"""Algorithms of the GOST family: Kazakhstan's, its first ones, Russia's."""

_ARMOUR = re.compile(rb"-----BEGIN (CMS|PKCS7|PKCS #7 SIGNED DATA)-----\s+([A-Za-z0-9+/=\s]+?)-----END \1-----")


class Upload(Protocol):
    """A file of a form, as Werkzeug gives it."""

    filename: str | None

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes of the file."""
        ...


@dataclass(frozen=True, slots=True)
class Container:
    """A signature that has the right shape; nothing in it has been checked yet.

    It holds the signer's certificate only: what other certificates came along is not believed.
    """

    signed: cms.SignedData
    certificate: x509.Certificate
    holder: Holder
    algorithm: str
    is_gost: bool

    @property
    def der(self) -> bytes:
        """The container in DER."""
        return bytes(cms.ContentInfo({"content_type": "signed_data", "content": self.signed}).dump())


def submitted(fields: Mapping[str, str], files: Mapping[str, Upload]) -> bytes:
    """What the signing form brought: the file `cms_file` if one was chosen, else the hidden field `cms`.

    Neither, or more than `LIMIT_BYTES`, is a `SignatureRefused`.
    """
    upload = files.get("cms_file")
    sent = upload.read(LIMIT_BYTES + 1) if upload and upload.filename else fields.get("cms", "").encode()
    if not sent.strip():
        raise SignatureRefused(Reason.MALFORMED, NO_SIGNATURE)
    _check_size(sent)
    return sent


def read(sent: bytes) -> Container:
    """Take a signature apart; whatever is not a detached CMS signature of one person is a `SignatureRefused`."""
    _check_size(sent)
    try:
        return _container(_signed_data(_der(sent)))
    except SignatureRefused:
        raise
    except Exception as error:  # what bytes from outside can bring about in a parser has no end
        raise SignatureRefused(Reason.MALFORMED) from error


def _check_size(sent: bytes) -> None:
    if len(sent) > LIMIT_BYTES:
        raise SignatureRefused(Reason.MALFORMED, TOO_BIG, limit=LIMIT_BYTES // 1024)


def _der(sent: bytes) -> bytes:
    if sent[:1] == b"\x30":
        return sent
    text = sent.strip()
    if text.startswith(b"-----"):
        armoured = _ARMOUR.fullmatch(text)
        if armoured is None:
            raise binascii.Error("The armour is broken.")
        text = armoured.group(2)
    return base64.b64decode(b"".join(text.split()), validate=True)


def _signed_data(der: bytes) -> cms.SignedData:
    content = cms.ContentInfo.load(der, strict=True)
    if content["content_type"].native != "signed_data":
        raise ValueError("This is another kind of CMS.")
    return content["content"]


def _container(sent: cms.SignedData) -> Container:
    if len(sent["signer_infos"]) != 1:
        raise SignatureRefused(Reason.MALFORMED, SEVERAL_SIGNERS if len(sent["signer_infos"]) else None)
    if sent["encap_content_info"]["content"].native is not None:
        raise SignatureRefused(Reason.MALFORMED, NOT_DETACHED)
    signer = _bare(sent["signer_infos"][0])
    certificate = _certificate(sent, signer)
    signed = cms.SignedData(
        {
            "version": sent["version"].native,
            "digest_algorithms": [signer["digest_algorithm"]],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate],
            "signer_infos": [signer],
        }
    )
    return Container(signed, certificate, holder_of(certificate), _algorithm(signer), _is_gost(signer, certificate))


def _is_gost(signer: cms.SignerInfo, certificate: x509.Certificate) -> bool:
    algorithms = (
        signer["signature_algorithm"]["algorithm"],
        signer["digest_algorithm"]["algorithm"],
        certificate["tbs_certificate"]["subject_public_key_info"]["algorithm"]["algorithm"],
    )
    return any(algorithm.dotted.startswith(GOST) for algorithm in algorithms)


def _algorithm(signer: cms.SignerInfo) -> str:
    return f"{signer['signature_algorithm']['algorithm'].native} with {signer['digest_algorithm']['algorithm'].native}"


def _bare(signer: cms.SignerInfo) -> cms.SignerInfo:
    # Unsigned attributes (time stamps of others) prove nothing here: the portal's own moment counts.
    if not signer["signed_attrs"]:
        raise ValueError("The signature has no signed attributes.")
    names = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    return cms.SignerInfo({name: signer[name] for name in names})


def _certificate(sent: cms.SignedData, signer: cms.SignerInfo) -> x509.Certificate:
    enclosed = [choice.chosen for choice in sent["certificates"] if choice.name == "certificate"]
    fitting = {certificate.dump(): certificate for certificate in enclosed if _is_of(certificate, signer["sid"])}
    if len(fitting) != 1:
        raise ValueError("Not exactly one certificate fits the signer.")
    return x509.Certificate.load(next(iter(fitting)), strict=True)


def _is_of(certificate: x509.Certificate, sid: Any) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == sid.chosen.native)
    named = sid.chosen
    return bool(certificate.issuer == named["issuer"] and certificate.serial_number == named["serial_number"].native)
