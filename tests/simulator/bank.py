"""The payment system as the simulation has it: what came back of each transfer, and answers that get lost."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from portal.payments.answers import Reversal
from portal.payments.errors import PaymentRefused, PaymentUnavailable, PaymentUnknown
from tests.simulator.rows import Wrong


class Weather(StrEnum):
    """What happens to the next request that moves money."""

    FAIR = "fair"
    ANSWER_LOST = "answer lost"
    NOT_REACHED = "not reached"
    REFUSED = "refused"


class Bank:
    """Transfers that were made, and their reversals by the key under which each was asked for."""

    def __init__(self) -> None:
        self.transfers: dict[str, int] = {}
        self.reversals: dict[str, Reversal] = {}
        self.weather = Weather.FAIR
        self.now = datetime.min.replace(tzinfo=UTC)

    def out(self, transfer_id: str) -> int:
        """What of a transfer has not come back."""
        return self.transfers[transfer_id] - sum(one.amount_tiyn for one in self._of(transfer_id))

    def find_reversals(self, transfer_id: str) -> list[Reversal]:
        """All that came back of a transfer, newest first."""
        return self._of(transfer_id)[::-1]

    def reverse_transfer(
        self, transfer_id: str, amount_tiyn: int, idempotency_key: str, metadata: Mapping[str, str]
    ) -> Reversal:
        """Take something back, as the weather has it; what was taken back before must not be asked for again."""
        if idempotency_key in self.reversals:
            raise Wrong("a transfer was asked back that had come back")
        if self.weather is Weather.NOT_REACHED:
            raise PaymentUnavailable("nobody was there")
        if self.weather is Weather.REFUSED or amount_tiyn > self.out(transfer_id):
            raise PaymentRefused("insufficient_funds", "the account is empty", "")
        said: dict[str, Any] = {
            "id": f"trr_{len(self.reversals)}",
            "amount": amount_tiyn,
            "currency": "kzt",
            "transfer": transfer_id,
            "metadata": dict(metadata),
            "created": int(self.now.timestamp()),
        }
        made = self.reversals[idempotency_key] = Reversal.model_validate(said)
        if self.weather is Weather.ANSWER_LOST:
            raise PaymentUnknown("no answer came")
        return made

    def compare(self, asked: Mapping[str, int], come: Collection[str]) -> None:
        """Raise `Wrong` when more came back than was asked for, or something counts that never came."""
        back = {key: one.amount_tiyn for key, one in self.reversals.items()}
        if not back.items() <= asked.items() or not set(come) <= set(back):
            raise Wrong(f"came back {back}, was asked for {asked}, counts {come}")

    def _of(self, transfer_id: str) -> list[Reversal]:
        return [one for one in self.reversals.values() if one.transfer == transfer_id]
