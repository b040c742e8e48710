"""What became of an attempt to pay: asked for, or looked up by the transfers of its group; never paid twice (RI.2)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.payments.answers import Transfer
from portal.payments.client import PaymentClient
from portal.payments.errors import PaymentAuthError, PaymentConflict, PaymentError, PaymentRefused
from portal.rules import payments as rules

log = logging.getLogger(__name__)
ATTEMPT = "attempt"
"""Under this name a transfer's metadata say which attempt of the payment made it."""


class Standing(StrEnum):
    """What is known of a payment from the transfers of its group."""

    ARRIVED = "arrived"
    REVERSED = "reversed"
    MISMATCH = rules.MISMATCH
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Asked:
    """One attempt of a payment, exactly as it was written down before it was asked for. Amount in tiyn.

    `seen_out`: money was found out for it, otherwise than asked; it is looked up and never asked for.
    """

    group: str
    attempt: int
    amount_tiyn: int
    destination: str
    act_number: int
    seen_out: bool = False

    @property
    def key(self) -> str:
        """The idempotency key: the payment and its attempt, so the same again is the same request."""
        return f"{self.group}:{self.attempt}"

    @property
    def description(self) -> str:
        """What the provider reads beside the money; nobody is named in it."""
        return f"Act {self.act_number}"

    @property
    def metadata(self) -> dict[str, str]:
        """How the transfer is found and understood again."""
        return {"payment": self.group, "act": str(self.act_number), ATTEMPT: str(self.attempt)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A transfer that arrived, or the code of a refusal; neither while it is not known.

    `all_kept`: nothing was to be transferred, because all of it is kept for claims, and nothing is out.
    """

    transfer: Transfer | None = None
    failure_code: str = ""
    all_kept: bool = False


def look(asked: Asked, client: PaymentClient) -> Outcome:
    """What became of an attempt, from the list of transfers; asks again only when that list has nothing of it.

    Money that was seen out is back when a list says so. One that does not name it any more is not believed.
    """
    try:
        found = client.find_transfers(asked.group)
    except PaymentError as error:
        return _not_known(error)
    known, transfer = standing(asked, found)
    if known is Standing.NOTHING and asked.seen_out:
        known = Standing.REVERSED if found else Standing.MISMATCH
    if known is Standing.NOTHING and asked.amount_tiyn == 0:
        return Outcome(all_kept=True)
    if known is Standing.NOTHING:
        return request(asked, client, looked=True)
    return Outcome(transfer) if known is Standing.ARRIVED else Outcome(failure_code=known.value)


def request(asked: Asked, client: PaymentClient, *, looked: bool = False) -> Outcome:
    """Ask for an attempt; `looked` says that the list of its group was found to have nothing of it."""
    try:
        transfer = client.create_transfer(
            amount_tiyn=asked.amount_tiyn,
            destination=asked.destination,
            transfer_group=asked.group,
            description=asked.description,
            metadata=asked.metadata,
            idempotency_key=asked.key,
        )
    except PaymentRefused as refusal:
        return Outcome(failure_code=refusal.code or "refused")
    except PaymentConflict as conflict:
        # The key was used with other bytes. Only a list without any transfer says that nothing came of those.
        return Outcome(failure_code="idempotency_conflict") if looked else _not_known(conflict)
    except PaymentError as error:
        return _not_known(error)
    return Outcome(transfer)


def _not_known(error: PaymentError) -> Outcome:
    say = log.error if isinstance(error, PaymentAuthError | PaymentConflict) else log.warning
    say("The outcome of a payment is not known yet: %s", error)
    return Outcome()


def standing(asked: Asked, found: Sequence[Transfer]) -> tuple[Standing, Transfer | None]:
    """What `found`, all transfers of the payment's group, say of this attempt; and the transfer that says it.

    Money that is out in any other way than whole, once and to the right account is a mismatch, which people look at:
    nothing more may be asked for while it is out. Of what came back in full only this attempt's own matters.
    """
    out = [transfer for transfer in found if transfer.amount_reversed_tiyn < transfer.amount_tiyn]
    if out:
        return (Standing.ARRIVED if len(out) == 1 and _is_as_asked(asked, out[0]) else Standing.MISMATCH), out[0]
    own = [transfer for transfer in found if transfer.metadata.get(ATTEMPT) == str(asked.attempt)]
    return (Standing.REVERSED, own[0]) if own else (Standing.NOTHING, None)


def _is_as_asked(asked: Asked, transfer: Transfer) -> bool:
    whole = transfer.amount_tiyn == asked.amount_tiyn and transfer.amount_reversed_tiyn == 0
    return whole and transfer.destination == asked.destination and transfer.transfer_group == asked.group
