"""Why a signature is not taken: each reason with its own words, which say what happened, why and what to do (R83.1)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from portal.rules.law import N_, RuleViolation


class Reason(StrEnum):
    """Every reason for which a signature is not taken."""

    MALFORMED = "malformed"
    CHANGED = "changed"
    WRONG_PERSON = "wrong_person"
    WRONG_ORGANISATION = "wrong_organisation"
    LOGIN_KEY = "login_key"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    UNKNOWN_ISSUER = "unknown_issuer"
    GOST_NOT_SUPPORTED = "gost_not_supported"
    CRL_STALE = "crl_stale"


TEXTS: Mapping[Reason, str] = {
    Reason.MALFORMED: N_(
        "We could not read a signature in what was sent. Nothing is signed. "
        "Sign once more with NCALayer, or send the .cms or .p7s file that your program made."
    ),
    Reason.CHANGED: N_(
        "This signature belongs to other text than the document on this page. Nothing is signed. "
        "The document may have changed since you opened it. Read it again and sign it once more."
    ),
    Reason.WRONG_PERSON: N_(
        "This key belongs to another person. Nothing is signed. "
        "The person who is signed in here signs this document. Choose your own key and sign again."
    ),
    Reason.WRONG_ORGANISATION: N_(
        "This key is not a key of the organisation that signs this document. Nothing is signed. "
        "Choose the key that your organisation gave you and sign again."
    ),
    Reason.LOGIN_KEY: N_(
        "This key is for signing in, not for signing documents. Nothing is signed. "
        "Choose your signing key and sign again. The file names of keys for signing in often begin with AUTH."
    ),
    Reason.EXPIRED: N_(
        "This key was valid until %(valid_to_on)s, so it cannot sign any more. Nothing is signed. "
        "Choose your newer key. If you have none, get one on egov.kz or at a public service centre."
    ),
    Reason.NOT_YET_VALID: N_(
        "This key will be valid from %(valid_from_on)s, so it cannot sign yet. Nothing is signed. "
        "Choose a key that is valid today and sign again."
    ),
    Reason.REVOKED: N_(
        "This key has been revoked, so it cannot sign any more. Nothing is signed. "
        "Choose your newer key. If you have none, get one on egov.kz or at a public service centre."
    ),
    Reason.UNKNOWN_ISSUER: N_(
        "This key was not issued by the National Certification Authority, so we cannot rely on it. Nothing is signed. "
        "Choose a key of the National Certification Authority and sign again."
    ),
    Reason.GOST_NOT_SUPPORTED: N_(
        "Your key uses the GOST algorithm, which this portal cannot check yet. "
        "There is nothing wrong with your key, but nothing is signed. "
        "Sign with an RSA key, or ask the employment office for help."
    ),
    Reason.CRL_STALE: N_(
        "We could not find out whether your key is still in force. The fault is ours, not your key's. "
        "Nothing is signed, and nothing is lost. Try again in half an hour."
    ),
}

NO_SIGNATURE = N_(
    "There is no signature yet. Press the sign button and choose your key in NCALayer, "
    "or choose the .cms or .p7s file that your program made."
)
TOO_BIG = N_(
    "This file is too big to be a signature. A signature has at most %(limit)s kilobytes. "
    "Choose the .cms or .p7s file, not the document itself."
)
SEVERAL_SIGNERS = N_(
    "This file holds the signatures of several people. We need yours alone. "
    "Sign the document once more and send that file."
)
NOT_DETACHED = N_(
    "This file holds the document together with the signature. We need the signature alone. "
    "Sign again and choose a detached signature in your program."
)
WEAK_ALGORITHM = N_(
    "This signature was made in an old way that is not safe any more. Nothing is signed. "
    "Sign again with NCALayer and a key that is valid today."
)
PERSONAL_KEY_WANTED = N_(
    "This is a key of an organisation. You sign this document for yourself. Nothing is signed. "
    "Choose your personal key and sign again."
)
NO_RIGHT_TO_SIGN = N_(
    "This key does not give you the right to sign such documents for your organisation. Nothing is signed. "
    "Ask the head of the organisation to sign, or to give you a key with the right to sign."
)
CHECK_UNAVAILABLE = N_(
    "The service that checks GOST signatures does not answer. The fault is ours, not your key's. "
    "Nothing is signed, and nothing is lost. Try again in half an hour."
)
NOT_CONFIRMED = N_(
    "The service that checks GOST signatures could not confirm your key. Nothing is signed. "
    "Either the National Certification Authority did not issue the key, or its register did not answer. "
    "Try again in half an hour, or choose another key."
)


class SignatureRefused(RuleViolation):
    """The signature is not taken; `code` says why in one word, the message in sentences."""

    def __init__(self, reason: Reason, message: str | None = None, point: str = "R83.1", **figures: Any) -> None:
        super().__init__(message or TEXTS[reason], point, **figures)
        self.code = reason
