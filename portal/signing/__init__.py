"""The way in for signatures: what exactly is signed, how a signature arrives, and whether it holds (R83.1).

A page shows an `Envelope`, the browser brings back a CMS made by NCALayer, `submitted` takes it out of the form and the
verifier of `verifier_for` says whose it is, or raises `SignatureRefused`.
"""

from pathlib import Path

from portal.signing.certificates import ORGANISATION_KEY, PERSON_KEY, TrustError
from portal.signing.containers import submitted
from portal.signing.envelopes import Envelope, canonical, parse, sha256_hex
from portal.signing.refusals import Reason, SignatureRefused
from portal.signing.remote import LocalElseRemote, RemoteVerifier
from portal.signing.verifier import MAY_SIGN, LocalVerifier, SignatureVerifier, Signer, Verdict, load

__all__ = [
    "MAY_SIGN",
    "ORGANISATION_KEY",
    "PERSON_KEY",
    "Envelope",
    "LocalElseRemote",
    "LocalVerifier",
    "Reason",
    "RemoteVerifier",
    "SignatureRefused",
    "SignatureVerifier",
    "Signer",
    "TrustError",
    "Verdict",
    "canonical",
    "load",
    "parse",
    "sha256_hex",
    "submitted",
    "verifier_for",
]


def verifier_for(trust: Path, remote_url: str = "") -> SignatureVerifier:
    """The portal's verifier: it believes `trust`; a GOST signature goes to the service at `remote_url`, if any."""
    local = load(trust)
    return LocalElseRemote(local, RemoteVerifier(remote_url)) if remote_url else local
