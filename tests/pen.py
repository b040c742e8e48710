"""A pen for tests: signs for whoever is expected, or is refused, without a certificate."""

from datetime import datetime
from uuid import UUID

from portal.models.document import Document
from portal.operations.documents import Signing
from portal.signing.refusals import Reason, SignatureRefused
from portal.signing.verifier import Signer, Verdict

WRONG_KEY = b"the key of another person"


class Pen:
    """Takes every signature but that of `WRONG_KEY`, and remembers whose key each had to be."""

    def __init__(self) -> None:
        self.expected: list[Signer] = []

    def verify(self, data: bytes, cms: bytes, expected: Signer, moment: datetime) -> Verdict:
        """The verdict on a signature, as the portal's verifier gives it."""
        self.expected.append(expected)
        if cms == WRONG_KEY:
            raise SignatureRefused(Reason.WRONG_PERSON)
        return Verdict(
            common_name="СЫНАҚ АЙГҮЛ",
            iin=expected.iin,
            bin=expected.bin,
            serial="01",
            issuer="ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ",
            valid_from=moment,
            valid_to=moment,
            algorithm="rsa",
            checked_at=moment,
        )


def signed(document: Document | UUID, cms: bytes = b"signature", pen: Pen | None = None) -> Signing:
    """A signature over a document, as a door hands it to an operation."""
    return Signing(document if isinstance(document, UUID) else document.id, cms, pen or Pen())
