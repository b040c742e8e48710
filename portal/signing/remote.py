"""Signatures by GOST algorithms: an NCANode-like HTTP service around the certified provider checks them.

The service is asked `POST /cms/verify` with the signature and the document. Its answer is not simply believed: the
container is read here first, so that it has one signer and no document of its own; the answer must name exactly one
signer, with the certificate that stands in the container; its revocation must have been looked up by OCSP.
"""

import base64
import logging
from datetime import datetime

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from portal.signing import containers
from portal.signing.containers import Container
from portal.signing.refusals import CHECK_UNAVAILABLE, NOT_CONFIRMED, Reason, SignatureRefused
from portal.signing.verifier import SignatureVerifier, Signer, Verdict, check_holder, check_term

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(10, connect=3)


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


class _Subject(_Part):
    iin: str | None = None
    bin: str | None = None


class _Revocation(_Part):
    revoked: bool
    by: str = ""


class _Certificate(_Part):
    valid: bool
    serial_number: str
    key_usage: str
    subject: _Subject
    revocations: list[_Revocation] = Field(default_factory=list)


class _SignerAnswer(_Part):
    certificates: list[_Certificate]


class _Answer(_Part):
    valid: bool
    signers: list[_SignerAnswer]


class RemoteVerifier:
    """Asks the service at `base_url`; when it does not answer, the person is asked to try later."""

    def __init__(self, base_url: str, client: httpx.Client | None = None) -> None:
        self._url = f"{base_url.rstrip('/')}/cms/verify"
        self._client = client or httpx.Client(timeout=TIMEOUT, trust_env=False)

    def verify(self, data: bytes, cms: bytes, expected: Signer, moment: datetime) -> Verdict:
        """See `SignatureVerifier`."""
        try:
            container = containers.read(cms)
            check_term(container.holder, moment)
            _check_answer(self._ask(data, container), container)
            check_holder(container.holder, expected)
        except SignatureRefused as refused:
            refused.point = expected.point
            raise
        return Verdict.on(container, expected, moment)

    def _ask(self, data: bytes, container: Container) -> _Answer:
        question = {"cms": _base64(container.der), "data": _base64(data), "revocationCheck": ["OCSP", "CRL"]}
        try:
            response = self._client.post(self._url, json=question)
            if response.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY}:
                raise SignatureRefused(Reason.CHANGED)
            response.raise_for_status()
            return _Answer.model_validate_json(response.content)
        except (httpx.HTTPError, ValidationError) as error:
            log.warning("The service that checks GOST signatures failed: %s", type(error).__name__)
            raise SignatureRefused(Reason.CRL_STALE, CHECK_UNAVAILABLE) from None


class LocalElseRemote:
    """What the local verifier cannot check because it is GOST goes to the remote one."""

    def __init__(self, local: SignatureVerifier, remote: SignatureVerifier) -> None:
        self._local = local
        self._remote = remote

    def verify(self, data: bytes, cms: bytes, expected: Signer, moment: datetime) -> Verdict:
        """See `SignatureVerifier`."""
        try:
            return self._local.verify(data, cms, expected, moment)
        except SignatureRefused as refused:
            if refused.code != Reason.GOST_NOT_SUPPORTED:
                raise
        return self._remote.verify(data, cms, expected, moment)


def _check_answer(answer: _Answer, container: Container) -> None:
    if len(answer.signers) != 1 or not answer.signers[0].certificates:
        raise SignatureRefused(Reason.MALFORMED)
    certificate = answer.signers[0].certificates[0]
    _check_same(certificate, container)
    if any(each.revoked for each in certificate.revocations):
        raise SignatureRefused(Reason.REVOKED)
    if "OCSP" not in [each.by for each in certificate.revocations]:
        raise SignatureRefused(Reason.CRL_STALE)
    if not certificate.valid:
        raise SignatureRefused(Reason.UNKNOWN_ISSUER, NOT_CONFIRMED)
    if not answer.valid:
        raise SignatureRefused(Reason.CHANGED)
    if certificate.key_usage != "SIGN":
        raise SignatureRefused(Reason.LOGIN_KEY)


def _check_same(certificate: _Certificate, container: Container) -> None:
    told = (certificate.serial_number.lower().lstrip("0"), certificate.subject.iin, certificate.subject.bin)
    if told != (container.holder.serial, container.holder.iin, container.holder.bin):
        raise SignatureRefused(Reason.MALFORMED)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
