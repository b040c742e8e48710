"""Which certificates their authority has taken back: its revocation lists (RFC 5280, chapter 5).

The national lists hold a hundred thousand certificates, so they are kept as bytes and searched in compiled code.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

log = logging.getLogger(__name__)


class StaleError(Exception):
    """No list of the authority is in force at that moment: nobody can say whether the certificate is."""


class RevocationList:
    """One list, complete or a supplement (delta); raises `ValueError` for what is none or cannot be understood."""

    def __init__(self, content: bytes) -> None:
        self.der = pem.unarmor(content)[2] if pem.detect(content) else content
        self._crl = x509.load_der_x509_crl(self.der)
        self._issuer = asn1_x509.Name.load(self._crl.issuer.public_bytes())
        self._signed_by: dict[bytes, bool] = {}
        self.from_at = self._crl.last_update_utc
        self.until_at = self._crl.next_update_utc
        critical = {each.oid for each in self._crl.extensions if each.critical}
        self.is_supplement = x509.DeltaCRLIndicator.oid in {each.oid for each in self._crl.extensions}
        if critical - {x509.DeltaCRLIndicator.oid}:
            raise ValueError("The list has a critical extension that is not understood here.")

    def speaks_for(self, issuer: asn1_x509.Certificate, moment: datetime) -> bool:
        """True if this very authority signed the list and it is in force at `moment`."""
        if self._issuer != issuer.subject or self.until_at is None:
            return False
        return self.from_at <= moment <= self.until_at and self._is_signed_by(issuer)

    def says(self, serial: int, moment: datetime) -> bool | None:
        """True: revoked at `moment`; False: in force again; None: not on the list."""
        entry = self._crl.get_revoked_certificate_by_serial_number(serial)
        if entry is None:
            return None
        reasons = [each.value.reason for each in entry.extensions if isinstance(each.value, x509.CRLReason)]
        return x509.ReasonFlags.remove_from_crl not in reasons and entry.revocation_date_utc <= moment

    def _is_signed_by(self, issuer: asn1_x509.Certificate) -> bool:
        der = issuer.dump()
        key = hashlib.sha256(der).digest()
        if key not in self._signed_by:
            self._signed_by[key] = self._check_signature(der)
        return self._signed_by[key]

    def _check_signature(self, issuer: bytes) -> bool:
        try:
            public_key = x509.load_der_x509_certificate(issuer).public_key()
            return self._crl.is_signature_valid(public_key)  # type: ignore[arg-type]  # other kinds: TypeError
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return False


def is_revoked(
    serial: int, issuer: asn1_x509.Certificate, lists: Iterable[RevocationList], moment: datetime
) -> tuple[bool, tuple[RevocationList, ...]]:
    """Whether `issuer` had revoked its certificate `serial` at `moment`, and the lists that say so.

    The newest complete list counts, then the supplements to it, oldest first. None in force: `StaleError`.
    """
    speaking = sorted((each for each in lists if each.speaks_for(issuer, moment)), key=lambda each: each.from_at)
    complete = [each for each in speaking if not each.is_supplement]
    if not complete:
        raise StaleError
    counting = (
        complete[-1],
        *(each for each in speaking if each.is_supplement and each.from_at >= complete[-1].from_at),
    )
    words = [said for each in counting if (said := each.says(serial, moment)) is not None]
    return bool(words and words[-1]), counting


class CrlFolder:
    """The revocation lists (`*.crl`, DER or PEM) of a folder; a file that changes is read again.

    A file that cannot be read leaves in force what was read of it before: that grows stale by its own date.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[tuple[int, int], RevocationList | None]] = {}

    def __call__(self) -> Sequence[RevocationList]:
        """The lists as they now are."""
        self._read = {path.name: self._current(path) for path in sorted(self._folder.glob("*.crl"))}
        return [each for _, each in self._read.values() if each is not None]

    def _current(self, path: Path) -> tuple[tuple[int, int], RevocationList | None]:
        known_stamp, known = self._read.get(path.name, ((0, 0), None))
        stamp = known_stamp
        try:
            stamp = (path.stat().st_mtime_ns, path.stat().st_size)
            if stamp != known_stamp:
                return stamp, RevocationList(path.read_bytes())
        except (ValueError, TypeError, OSError) as error:
            log.warning("The revocation list %s cannot be used (%s).", path.name, type(error).__name__)
        return stamp, known
