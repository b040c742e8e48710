"""Why a payment failed, in words, and what the office can do about it (R42.11)."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.payments.reconcile import Standing
from portal.rules.law import N_


@dataclass(frozen=True, slots=True)
class Failure:
    """What happened to a payment, and what to do now."""

    what: str
    remedy: str


_ACCOUNT = Failure(
    N_("The payment system does not find the provider’s account, or the account takes no money."),
    N_("Ask the provider to check its account. When it is mended, approve the payment again."),
)
_OTHER = Failure(
    N_("The payment system refused the payment and gave its own reason."),
    N_("Tell the support of the portal the number of the act. When the cause is mended, approve the payment again."),
)

_FAILURES: Mapping[str, Failure] = {
    "resource_missing": _ACCOUNT,
    "account_invalid": _ACCOUNT,
    "account_closed": _ACCOUNT,
    "insufficient_capabilities_for_transfer": _ACCOUNT,
    "parameter_invalid_empty": _ACCOUNT,
    "parameter_missing": _ACCOUNT,
    "balance_insufficient": Failure(
        N_("There was not enough money on the account from which the office pays."),
        N_("Have the account filled up, then approve the payment again."),
    ),
    Standing.REVERSED.value: Failure(
        N_("The money had left and came back in full."),
        N_("Find out from the provider or the bank why it came back. Then approve the payment again."),
    ),
    Standing.MISMATCH.value: Failure(
        N_("Money has left for this payment, but not the right amount, not to the right account, or more than once."),
        N_("Have the payment system put it right, then look again. Until then nothing is paid and nothing cancelled."),
    ),
    "idempotency_conflict": Failure(
        N_("The request was mixed up with another one; no money has left."),
        N_("Approve the payment again. If it fails once more, tell the support of the portal."),
    ),
}


def of(code: str | None) -> Failure:
    """What a code means; one that nobody foresaw is for the portal's support."""
    return _FAILURES.get(code or "", _OTHER)
