"""What became of a reversal: found by its key among those of its transfer, else asked for; never taken back twice."""

import logging
from dataclasses import dataclass

from portal.payments.client import PaymentClient
from portal.payments.errors import PaymentAuthError, PaymentConflict, PaymentError, PaymentRefused

log = logging.getLogger(__name__)
KEY = "settlement"
"""Under this name a reversal's metadata say which settlement of the portal asked for it."""


@dataclass(frozen=True, slots=True)
class AskedBack:
    """A reversal, exactly as it was written down before it was asked for. Amount in tiyn."""

    transfer_id: str
    amount_tiyn: int
    key: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """The reversal that was made, or the code of a refusal; neither while it is not known."""

    reversal_id: str = ""
    failure_code: str = ""


def take_back(asked: AskedBack, client: PaymentClient) -> CameBack:
    """Look the reversal up; only when there is none, ask for it under its key.

    The list is read first each time: an answer may have been lost, however long ago, and a key is not kept for ever.
    """
    try:
        for reversal in client.find_reversals(asked.transfer_id):
            if reversal.metadata.get(KEY) == asked.key:
                return CameBack(reversal.id)
        made = client.reverse_transfer(asked.transfer_id, asked.amount_tiyn, asked.key, {KEY: asked.key})
    except PaymentRefused as refusal:
        return CameBack(failure_code=refusal.code or "refused")
    except PaymentError as error:
        say = log.error if isinstance(error, PaymentAuthError | PaymentConflict) else log.warning
        say("The outcome of a reversal is not known yet: %s", error)
        return CameBack()
    return CameBack(made.id)
