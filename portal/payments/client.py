"""The way out for money: a Stripe-compatible payment system over HTTP. Amounts in tiyn, currency `kzt`.

A request is tried again, with the same key, only where that cannot pay twice: when nothing was sent, when the payment
system is busy (409, 429), or when it failed (5xx). An answer that never came is `PaymentUnknown`: it is looked up.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from ssl import SSLContext
from time import sleep as wait
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote, urlencode

import httpx

from portal.payments.answers import Account, Reversal, ReversalPage, Transfer, TransferPage
from portal.payments.attempts import Attempts, checked
from portal.payments.errors import PaymentAuthError, PaymentUnavailable, PaymentUnknown

CURRENCY = "kzt"
COUNTRY = "KZ"
API_VERSION = "2024-06-20"
_FORM = "application/x-www-form-urlencoded"
_PAGE = 100
_MOST_PAGES = 100

P = TypeVar("P", TransferPage, ReversalPage)
Nested = Mapping[str, "int | str | bool | Nested"]


class PaymentClient:
    """One connection to the payment system at `api_base`, for one thread; close it, or use it in a `with` block.

    `sleep` is what waits between attempts; timeouts in seconds. The key and what is sent are never logged. Raises
    `PaymentAuthError` or `PaymentUnavailable` at once where the key or the address cannot be one.
    """

    def __init__(
        self,
        api_base: str,
        api_key: str,
        *,
        connect_timeout: float = 5,
        read_timeout: float = 20,
        attempts: int = 4,
        sleep: Callable[[float], None] = wait,
    ) -> None:
        if not re.fullmatch(r"[!-~]+", api_key):
            raise PaymentAuthError("There is no usable key for the payment system.")
        headers = {"Authorization": f"Bearer {api_key}", "Stripe-Version": API_VERSION, "Content-Type": _FORM}
        timeout = httpx.Timeout(read_timeout, connect=connect_timeout)
        try:
            # trust_env would let a .netrc or a proxy of the machine decide who gets the key.
            self._http = httpx.Client(
                base_url=api_base, headers=headers, timeout=timeout, verify=_trusted(), trust_env=False
            )
        except httpx.InvalidURL:
            raise PaymentUnavailable("The payment system has no usable address.") from None
        self._attempts = Attempts(self._http, attempts, sleep)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def create_transfer(
        self,
        *,
        amount_tiyn: int,
        destination: str,
        transfer_group: str,
        description: str,
        metadata: Mapping[str, str],
        idempotency_key: str,
    ) -> Transfer:
        """Pay `amount_tiyn` to the account `destination`; the same key never pays twice.

        Raises each error of `portal.payments.errors`; an answer about other money than was asked is `PaymentUnknown`.
        """
        asked: Nested = {
            "amount": amount_tiyn,
            "currency": CURRENCY,
            "destination": destination,
            "transfer_group": transfer_group,
            "description": description,
            "metadata": metadata,
        }
        transfer = checked(Transfer, self._post("/v1/transfers", asked, idempotency_key))
        got = (transfer.amount_tiyn, transfer.destination, transfer.transfer_group)
        if got != (amount_tiyn, destination, transfer_group):
            raise PaymentUnknown("The answer is about another transfer than was asked.")
        return transfer

    def get_transfer(self, transfer_id: str) -> Transfer:
        """One transfer; `PaymentRefused` with code `resource_missing` when there is none."""
        transfer = checked(Transfer, self._get(_path("transfers", transfer_id)))
        if transfer.id != transfer_id:
            raise PaymentUnknown("The answer is about another transfer than was asked.")
        return transfer

    def find_transfers(self, transfer_group: str) -> list[Transfer]:
        """All transfers of a group, newest first; an empty list means that none was made up to now."""
        pages = self._pages("/v1/transfers", {"transfer_group": transfer_group}, TransferPage)
        found = [transfer for page in pages for transfer in page.data]
        if any(transfer.transfer_group != transfer_group for transfer in found):
            raise PaymentUnknown("The list has transfers of another group.")
        return found

    def find_reversals(self, transfer_id: str) -> list[Reversal]:
        """All that came back from a transfer, newest first."""
        pages = self._pages(_path("transfers", transfer_id, "reversals"), {}, ReversalPage)
        found = [reversal for page in pages for reversal in page.data]
        if any(reversal.transfer != transfer_id for reversal in found):
            raise PaymentUnknown("The list has reversals of another transfer.")
        return found

    def reverse_transfer(
        self, transfer_id: str, amount_tiyn: int, idempotency_key: str, metadata: Mapping[str, str] | None = None
    ) -> Reversal:
        """Take back `amount_tiyn` of a transfer; more than is left of it is `PaymentRefused`."""
        path = _path("transfers", transfer_id, "reversals")
        asked: Nested = {"amount": amount_tiyn, "metadata": metadata or {}}
        reversal = checked(Reversal, self._post(path, asked, idempotency_key))
        if (reversal.transfer, reversal.amount_tiyn) != (transfer_id, amount_tiyn):
            raise PaymentUnknown("The answer is about another reversal than was asked.")
        return reversal

    def get_account(self, account_id: str) -> Account:
        """A provider's account; `PaymentRefused` with code `resource_missing` when there is none."""
        account = checked(Account, self._get(_path("accounts", account_id)))
        if account.id != account_id:
            raise PaymentUnknown("The answer is about another account than was asked.")
        return account

    def create_account(self, *, name: str, metadata: Mapping[str, str], idempotency_key: str) -> Account:
        """Open an account that can receive transfers, for the provider of this name."""
        asked: Nested = {
            "type": "custom",
            "country": COUNTRY,
            "business_type": "company",
            "business_profile": {"name": name},
            "capabilities": {"transfers": {"requested": True}},
            "metadata": metadata,
        }
        return checked(Account, self._post("/v1/accounts", asked, idempotency_key))

    def _pages(self, path: str, asked: Mapping[str, str], model: type[P]) -> Iterator[P]:
        parameters: dict[str, int | str] = {**asked, "limit": _PAGE}
        for _ in range(_MOST_PAGES):
            page = checked(model, self._get(path, parameters))
            yield page
            if not page.has_more:
                return
            if not page.data:
                break
            parameters["starting_after"] = page.data[-1].id
        raise PaymentUnknown("The list does not end.")

    def _get(self, path: str, asked: Nested | None = None) -> bytes:
        return self._attempts.make(self._http.build_request("GET", path, params=dict(_flat(asked or {}))))

    def _post(self, path: str, asked: Nested, idempotency_key: str) -> bytes:
        if not 0 < len(idempotency_key) <= 255:
            raise ValueError("A request that moves money has a key of 1 to 255 characters.")
        content = encode(asked)
        headers = {"Idempotency-Key": idempotency_key}
        return self._attempts.make(self._http.build_request("POST", path, content=content, headers=headers))


@cache
def _trusted() -> SSLContext:
    """Whose certificates are believed; read once, because reading them takes longer than a request."""
    return httpx.create_ssl_context()


def encode(asked: Nested) -> bytes:
    """Parameters as the payment system reads them: `metadata[act]=…`, whole numbers, `true` and `false`."""
    return urlencode(list(_flat(asked))).encode()


def _flat(asked: Nested, outer: str = "") -> Iterator[tuple[str, str]]:
    for name, value in asked.items():
        key = f"{outer}[{name}]" if outer else name
        if isinstance(value, Mapping):
            yield from _flat(value, key)
        elif isinstance(value, bool):
            yield key, "true" if value else "false"
        elif isinstance(value, int | str):
            yield key, str(value)
        else:
            raise TypeError(f"{key} is neither a whole number nor text.")


def _path(*names: str) -> str:
    return "/v1/" + "/".join(quote(name, safe="") for name in names)
