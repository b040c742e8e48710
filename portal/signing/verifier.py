"""Is this signature the signature of this person over these bytes? (R83.1, R83.3, R42.5–42.8)

`LocalVerifier` answers for RSA and ECDSA: integrity, the chain to a trusted root, validity and revocation at the moment
of signing, a key meant for signing, and the IIN (and BIN) of the certificate. What it cannot answer, it refuses.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from asn1crypto import x509
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from portal.signing import containers
from portal.signing.certificates import (
    EMPLOYEE,
    HEAD,
    SIGNATORY,
    SIGNING,
    Holder,
    TrustError,
    read_certificates,
)
from portal.signing.containers import Container
from portal.signing.refusals import NO_RIGHT_TO_SIGN, PERSONAL_KEY_WANTED, WEAK_ALGORITHM, Reason, SignatureRefused
from portal.signing.revocation import CrlFolder, RevocationList, StaleError, is_revoked

log = logging.getLogger(__name__)

for _library in ("pyhanko", "pyhanko_certvalidator"):
    # These libraries write the name and the IIN of the signer into the log.
    logging.getLogger(_library).setLevel(logging.CRITICAL + 1)

MAY_SIGN = frozenset({HEAD, SIGNATORY, EMPLOYEE})
"""In what capacity one may sign an answer to an order or an act for an organisation."""

_KEY_USAGE = KeyUsageConstraints(key_usage={"non_repudiation"}, extd_key_usage={"email_protection"})
# pyHanko 0.38 drops `match_all_key_usages` on the way, so `check_holder` looks at both usages again.

CrlSource = Callable[[], Sequence[RevocationList]]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who is expected to sign: a person for themselves (`bin` is None) or for an organisation.

    `purposes`: one of them must stand in the certificate of an organisation's signer. `point`: the rule that asks for
    the signature.
    """

    iin: str
    bin: str | None = None
    purposes: frozenset[str] = MAY_SIGN
    point: str = "R83.1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A signature that holds: who signed, with which certificate, what was consulted; kept beside the signature.

    `crls` are the revocation lists (DER) that spoke for the chain at `checked_at`; empty if a remote service answered.
    """

    common_name: str
    iin: str
    bin: str | None
    serial: str
    issuer: str
    valid_from: datetime
    valid_to: datetime
    algorithm: str
    checked_at: datetime
    crls: tuple[bytes, ...] = ()

    @classmethod
    def on(cls, container: Container, expected: Signer, moment: datetime, crls: Iterable[bytes] = ()) -> "Verdict":
        """The verdict on a container whose every check was passed."""
        holder = container.holder
        return cls(
            common_name=holder.common_name,
            iin=expected.iin,
            bin=holder.bin,
            serial=holder.serial,
            issuer=holder.issuer,
            valid_from=holder.valid_from,
            valid_to=holder.valid_to,
            algorithm=container.algorithm,
            checked_at=moment,
            crls=tuple(crls),
        )


class SignatureVerifier(Protocol):
    """Whatever can tell whether a signature holds."""

    def verify(self, data: bytes, cms: bytes, expected: Signer, moment: datetime) -> Verdict:
        """The verdict on a signature over `data` that arrived at `moment` (aware); else raises `SignatureRefused`."""
        ...


class LocalVerifier:
    """Checks RSA and ECDSA signatures by itself, with the certificates and revocation lists that it was given."""

    def __init__(
        self,
        roots: Iterable[x509.Certificate],
        intermediates: Iterable[x509.Certificate],
        crls: CrlSource | Iterable[RevocationList],
    ) -> None:
        self._roots = list(roots)
        self._intermediates = list(intermediates)
        lists = () if callable(crls) else tuple(crls)
        self._crls: CrlSource = crls if callable(crls) else lambda: lists
        self._lock = Lock()  # the trusted certificates are parsed lazily, which two threads must not do at once

    def verify(self, data: bytes, cms: bytes, expected: Signer, moment: datetime) -> Verdict:
        """See `SignatureVerifier`; a GOST signature is one that cannot be checked here, never a false one."""
        if moment.tzinfo is None:
            raise ValueError("The moment of signing has no time zone.")
        try:
            container = containers.read(cms)
            if container.is_gost:
                raise SignatureRefused(Reason.GOST_NOT_SUPPORTED)
            with self._lock:
                return self._judge(data, container, expected, moment)
        except SignatureRefused as refused:
            refused.point = expected.point
            raise
        except SignatureValidationError as error:
            raise SignatureRefused(Reason.MALFORMED, point=expected.point) from error
        except Exception as error:  # what a forged container can bring about in a parser has no end
            log.warning("A signature could not be judged: %s", _where(error))
            raise SignatureRefused(Reason.MALFORMED, point=expected.point) from error

    def _judge(self, data: bytes, container: Container, expected: Signer, moment: datetime) -> Verdict:
        status = self._status(data, container, moment)
        if not status.intact:
            raise SignatureRefused(Reason.CHANGED)
        if not status.valid:
            raise SignatureRefused(Reason.MALFORMED)
        check_term(container.holder, moment)
        if status.trust_problem_indic is not None:
            raise SignatureRefused(*_distrust(status.trust_problem_indic))
        crls = self._check_revocation(list(status.validation_path.iter_certs(include_root=True)), moment)
        check_holder(container.holder, expected)
        return Verdict.on(container, expected, moment, crls)

    def _status(self, data: bytes, container: Container, moment: datetime) -> Any:
        # Revocation is looked up by `_check_revocation`, which is as fast on a list of a hundred thousand.
        context = ValidationContext(
            trust_roots=self._roots,
            other_certs=self._intermediates,
            allow_fetching=False,
            revocation_mode="soft-fail",
            moment=moment,
        )
        validate = async_validate_detached_cms(
            data, container.signed, signer_validation_context=context, key_usage_settings=_KEY_USAGE
        )
        return asyncio.run(validate)

    def _check_revocation(self, chain: Sequence[x509.Certificate], moment: datetime) -> list[bytes]:
        """The lists that speak for a chain (root first); refuses if one is missing or names a certificate of it."""
        lists = self._crls()
        consulted: list[bytes] = []
        for issuer, certificate in pairwise(chain):
            try:
                revoked, counting = is_revoked(certificate.serial_number, issuer, lists, moment)
            except StaleError:
                raise SignatureRefused(Reason.CRL_STALE) from None
            if revoked:
                raise SignatureRefused(Reason.REVOKED if certificate is chain[-1] else Reason.UNKNOWN_ISSUER)
            consulted += [each.der for each in counting]
        return consulted


def _distrust(problem: AdESIndeterminate) -> tuple[Reason, str | None]:
    if problem is AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE:
        return Reason.LOGIN_KEY, None
    if problem in {
        AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE,
        AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    }:
        return Reason.MALFORMED, WEAK_ALGORITHM
    return Reason.UNKNOWN_ISSUER, None


def _where(error: Exception) -> str:
    # Not the error's own words: they may quote the certificate.
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, line {last.lineno}"


def check_term(holder: Holder, moment: datetime) -> None:
    """The term of the certificate has begun and has not ended at `moment`."""
    if moment > holder.valid_to:
        raise SignatureRefused(Reason.EXPIRED, valid_to_on=holder.valid_to.astimezone(moment.tzinfo).date())
    if moment < holder.valid_from:
        raise SignatureRefused(Reason.NOT_YET_VALID, valid_from_on=holder.valid_from.astimezone(moment.tzinfo).date())


def check_holder(holder: Holder, expected: Signer) -> None:
    """The certificate is a signing key of the very person, and of the organisation for which they sign."""
    if SIGNING not in holder.purposes or not holder.binds:
        raise SignatureRefused(Reason.LOGIN_KEY)
    if holder.iin != expected.iin:
        raise SignatureRefused(Reason.WRONG_PERSON)
    if expected.bin is None and holder.bin is not None:
        raise SignatureRefused(Reason.WRONG_ORGANISATION, PERSONAL_KEY_WANTED)
    if holder.bin != expected.bin:
        raise SignatureRefused(Reason.WRONG_ORGANISATION)
    if expected.bin is not None and not holder.purposes & expected.purposes:
        raise SignatureRefused(Reason.WRONG_ORGANISATION, NO_RIGHT_TO_SIGN)


def load(trust: Path) -> LocalVerifier:
    """The verifier that believes `trust`: roots/*.pem, intermediates/*.pem, crls/*.crl (read again when they change).

    Raises `TrustError` if there is no root: nothing could be believed.
    """
    roots = read_certificates(trust / "roots")
    if not roots:
        raise TrustError("There is no root certificate in roots/ of the directory of trusted certificates.")
    return LocalVerifier(roots, read_certificates(trust / "intermediates"), CrlFolder(trust / "crls"))
