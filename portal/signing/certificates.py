"""What a certificate of the National Certification Authority says, and whom the portal believes.

The owner's IIN stands in the subject's serialNumber (`IIN` and 12 digits), the BIN of their organisation in OU (`BIN`
and 12 digits); the extended key usage tells a signing key from a login key, and in what capacity the owner signs.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from pathlib import Path

from asn1crypto import pem, x509

SIGNING = "1.3.6.1.5.5.7.3.4"
"""A key that signs documents."""
LOGIN = "1.3.6.1.5.5.7.3.2"
"""A key that only opens doors."""
PERSON = "1.2.398.3.3.4.1.1"
ORGANISATION = "1.2.398.3.3.4.1.2"
HEAD = "1.2.398.3.3.4.1.2.1"
SIGNATORY = "1.2.398.3.3.4.1.2.2"
"""A person to whom the organisation gave the right to sign."""
EMPLOYEE = "1.2.398.3.3.4.1.2.5"

PERSON_KEY = (SIGNING, PERSON)
"""What NCALayer is asked to offer when a person signs for themselves."""
ORGANISATION_KEY = (SIGNING, ORGANISATION)
"""What NCALayer is asked to offer when a person signs for an organisation."""

_IIN = re.compile(r"IIN([0-9]{12})")
_BIN = re.compile(r"BIN([0-9]{12})")


class TrustError(Exception):
    """The directory of trusted certificates cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose certificate it is, what the key is for and from when until when.

    `binds`: its key usage is both digital signature and non-repudiation, as of every key that signs documents.
    """

    common_name: str
    iin: str | None
    bin: str | None
    purposes: frozenset[str]
    binds: bool
    serial: str
    issuer: str
    valid_from: datetime
    valid_to: datetime


def holder_of(certificate: x509.Certificate) -> Holder:
    """Read a certificate. An IIN or BIN that is missing, malformed or there twice is None.

    A `ValueError` for what cannot be read, or is valid only from the end of time.
    """
    usage = certificate.extended_key_usage_value
    if certificate.not_valid_before.year == MAXYEAR:
        raise ValueError("The certificate never becomes valid.")
    return Holder(
        common_name=" ".join(_texts(certificate.subject, "common_name")),
        iin=_only(_IIN, _texts(certificate.subject, "serial_number")),
        bin=_only(_BIN, _texts(certificate.subject, "organizational_unit_name")),
        purposes=frozenset(purpose.dotted for purpose in usage) if usage is not None else frozenset(),
        binds={"digital_signature", "non_repudiation"} <= _usages(certificate),
        serial=f"{certificate.serial_number:x}",
        issuer=" ".join(_texts(certificate.issuer, "common_name")),
        valid_from=certificate.not_valid_before,
        valid_to=certificate.not_valid_after,
    )


def _usages(certificate: x509.Certificate) -> set[str]:
    usage = certificate.key_usage_value
    return set(usage.native) if usage is not None else set()


def _texts(name: x509.Name, attribute: str) -> list[str]:
    pairs = [pair for names in name.chosen for pair in names]
    return [str(pair["value"].native) for pair in pairs if pair["type"].native == attribute]


def _only(pattern: re.Pattern[str], texts: Iterable[str]) -> str | None:
    found = [match.group(1) for text in texts if (match := pattern.fullmatch(text))]
    return found[0] if len(found) == 1 else None


def read_certificates(folder: Path) -> Sequence[x509.Certificate]:
    """The certificates of `*.pem` in a folder, in the order of the file names; raises `TrustError`."""
    found: list[x509.Certificate] = []
    for path in sorted(folder.glob("*.pem")):
        try:
            found += [x509.Certificate.load(der, strict=True) for _, _, der in pem.unarmor(path.read_bytes(), True)]
        except (ValueError, OSError) as error:
            raise TrustError(f"{folder.name}/{path.name} cannot be read as certificates.") from error
    return found
