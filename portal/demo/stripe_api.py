"""The endpoints of the payment stand-in: accounts, transfers, their reversals, the balance, events."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.demo.stripe_params import (
    CURRENCY,
    LISTING,
    MOST_TIYN,
    Params,
    Refusal,
    boolean,
    currency,
    group,
    integer,
    metadata,
    one_of,
    text,
)
from portal.demo.stripe_state import State, account_body, created, new_id


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an endpoint: what it is about, its checked parameters, the account it is made for, its key."""

    state: State
    about: tuple[str, ...]
    params: Mapping[str, Any]
    account: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A way into the stand-in and its work, which returns the body of the answer or raises `Refusal`."""

    method: str
    path: str
    params: Params
    work: Callable[[Call], dict[str, Any]]


def find(method: str, path: str) -> tuple[Endpoint, tuple[str, ...]]:
    """The endpoint of a request and the identifiers in its path; raises `Refusal` (404) when there is none."""
    for endpoint in ENDPOINTS:
        match = re.fullmatch(endpoint.path, path)
        if match and endpoint.method == method:
            return endpoint, match.groups()
    message = f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help."
    raise Refusal(message, status=404)


def _missing(noun: str, object_id: str, param: str, status: int = 404) -> Refusal:
    return Refusal(f"No such {noun}: '{object_id}'", code="resource_missing", param=param, status=status)


def _create_account(call: Call) -> dict[str, Any]:
    given = call.params
    capability = given.get("capabilities", {}).get("transfers", {})
    name = given.get("business_profile", {}).get("name", "")
    account = account_body(new_id("acct"), name, transfers=capability == {"requested": "true"})
    account |= {"email": given.get("email"), "metadata": given.get("metadata", {}), "type": given.get("type", "custom")}
    call.state.add("account", account)
    return account


def _get_account(call: Call) -> dict[str, Any]:
    account = call.state.get("account", call.about[0])
    if account is None:
        raise _missing("account", call.about[0], "account")
    return account


def _create_transfer(call: Call) -> dict[str, Any]:
    given, state = call.params, call.state
    _check_destination(state, given["destination"])
    if given["amount"] > state.balance_tiyn():
        message = "You have insufficient funds in your Stripe account for this transfer."
        raise Refusal(message, code="balance_insufficient")
    transfer = {
        "id": new_id("tr"),
        "object": "transfer",
        "amount": given["amount"],
        "balance_transaction": new_id("txn"),
        "created": created(),
        "currency": CURRENCY,
        "description": given.get("description"),
        "destination": given["destination"],
        "destination_payment": new_id("py"),
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": given.get("transfer_group"),
    }
    state.add("transfer", transfer, parent=given["destination"], amount=given["amount"])
    shown = _transfer(state, transfer)
    state.record("transfer.created", shown, call.key)
    return shown


def _check_destination(state: State, account_id: str) -> None:
    account = state.get("account", account_id)
    if account is None:
        raise _missing("destination", account_id, "destination", status=400)
    if account["capabilities"].get("transfers") != "active":
        message = "Your destination account needs to have at least one of the following capabilities enabled: transfers"
        raise Refusal(message, code="insufficient_capabilities_for_transfer")


def _transfer(state: State, transfer: dict[str, Any]) -> dict[str, Any]:
    """A transfer as it stands now, with what was taken back."""
    taken_back = state.moved_tiyn("reversal", transfer["id"])
    reversals = state.all_of("reversal", parent=transfer["id"])
    url = f"/v1/transfers/{transfer['id']}/reversals"
    return transfer | {
        "amount_reversed": taken_back,
        "reversed": taken_back == transfer["amount"],
        "reversals": _page(reversals[:10], url, has_more=len(reversals) > 10) | {"total_count": len(reversals)},
    }


def _stored_transfer(call: Call) -> dict[str, Any]:
    transfer = call.state.get("transfer", call.about[0])
    if transfer is None:
        raise _missing("transfer", call.about[0], "id")
    return transfer


def _get_transfer(call: Call) -> dict[str, Any]:
    return _transfer(call.state, _stored_transfer(call))


def _list_transfers(call: Call) -> dict[str, Any]:
    found = call.state.all_of(
        "transfer",
        parent=call.params.get("destination", ""),
        transfer_group=call.params.get("transfer_group", ""),
    )
    page = _paged(found, call.params, "/v1/transfers", "transfer")
    return page | {"data": [_transfer(call.state, each) for each in page["data"]]}


def _reverse(call: Call) -> dict[str, Any]:
    transfer = _stored_transfer(call)
    left = transfer["amount"] - call.state.moved_tiyn("reversal", transfer["id"])
    amount = call.params.get("amount", left)
    if amount > left or left == 0:
        message = f"The reversal amount ({amount}) is greater than the unreversed amount of the transfer ({left})."
        raise Refusal(message, code="amount_too_large", param="amount")
    reversal = {
        "id": new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": new_id("txn"),
        "created": created(),
        "currency": CURRENCY,
        "destination_payment_refund": new_id("pyr"),
        "metadata": call.params.get("metadata", {}),
        "source_refund": None,
        "transfer": transfer["id"],
    }
    call.state.add("reversal", reversal, parent=transfer["id"], amount=amount)
    call.state.record("transfer.reversed", _transfer(call.state, transfer), call.key)
    return reversal


def _list_reversals(call: Call) -> dict[str, Any]:
    transfer_id = _stored_transfer(call)["id"]
    found = call.state.all_of("reversal", parent=transfer_id)
    return _paged(found, call.params, f"/v1/transfers/{transfer_id}/reversals", "transfer_reversal")


def _get_reversal(call: Call) -> dict[str, Any]:
    reversal = call.state.get("reversal", call.about[1])
    if reversal is None or reversal["transfer"] != call.about[0]:
        raise _missing("transfer reversal", call.about[1], "id")
    return reversal


def _balance(call: Call) -> dict[str, Any]:
    state, tiyn = call.state, call.state.balance_tiyn()
    if call.account:
        transfers = state.all_of("transfer", parent=call.account)
        tiyn = sum(each["amount"] - state.moved_tiyn("reversal", each["id"]) for each in transfers)
    amount = {"amount": tiyn, "currency": CURRENCY, "source_types": {"card": tiyn}}
    return {"object": "balance", "available": [amount], "livemode": False, "pending": [amount | {"amount": 0}]}


def _list_events(call: Call) -> dict[str, Any]:
    wanted = call.params.get("type")
    found = [_event(each) for each in call.state.events() if wanted in (None, each["type"])]
    return _paged(found, call.params, "/v1/events", "event")


def _get_event(call: Call) -> dict[str, Any]:
    for each in call.state.events():
        if each["id"] == call.about[0]:
            return _event(each)
    raise _missing("event", call.about[0], "id")


def _event(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "delivered"}


def _paged(found: Sequence[dict[str, Any]], params: Mapping[str, Any], url: str, noun: str) -> dict[str, Any]:
    """A page of what was found, newest first, after or before the object named."""
    limit, places = params.get("limit", 10), {each["id"]: place for place, each in enumerate(found)}
    for cursor in params.keys() & {"starting_after", "ending_before"}:
        if params[cursor] not in places:
            raise _missing(noun, params[cursor], cursor, status=400)
    if "ending_before" in params:
        end = places[params["ending_before"]]
        return _page(found[max(end - limit, 0) : end], url, has_more=end > limit)
    start = places[params["starting_after"]] + 1 if "starting_after" in params else 0
    return _page(found[start : start + limit], url, has_more=len(found) > start + limit)


def _page(data: Sequence[dict[str, Any]], url: str, *, has_more: bool) -> dict[str, Any]:
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


_AMOUNT = integer(1, MOST_TIYN)
_REVERSAL = Params({"amount": _AMOUNT, "metadata": metadata, "description": text(), "refund_application_fee": boolean})
_TRANSFER = Params(
    {
        "amount": _AMOUNT,
        "currency": currency,
        "destination": text(),
        "description": text(1000),
        "metadata": metadata,
        "transfer_group": text(),
        "source_type": one_of("card", "bank_account"),
    },
    required=("currency", "destination", "amount"),
)
_ACCOUNT = Params(
    {
        "type": one_of("custom", "express", "standard"),
        "country": one_of("KZ"),
        "email": text(),
        "default_currency": currency,
        "business_type": one_of("company", "individual", "non_profit", "government_entity"),
        "capabilities": group,
        "business_profile": group,
        "company": group,
        "metadata": metadata,
    }
)
_ID = r"/([A-Za-z0-9_]+)"

ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("POST", "/v1/accounts", _ACCOUNT, _create_account),
    Endpoint("GET", "/v1/accounts" + _ID, Params({}), _get_account),
    Endpoint("POST", "/v1/transfers", _TRANSFER, _create_transfer),
    Endpoint(
        "GET",
        "/v1/transfers",
        Params({**LISTING, "transfer_group": text(), "destination": text()}),
        _list_transfers,
    ),
    Endpoint("GET", "/v1/transfers" + _ID, Params({}), _get_transfer),
    Endpoint("POST", f"/v1/transfers{_ID}/reversals", _REVERSAL, _reverse),
    Endpoint("GET", f"/v1/transfers{_ID}/reversals", Params(LISTING), _list_reversals),
    Endpoint("GET", f"/v1/transfers{_ID}/reversals{_ID}", Params({}), _get_reversal),
    Endpoint("GET", "/v1/balance", Params({}), _balance),
    Endpoint("GET", "/v1/events", Params({**LISTING, "type": text()}), _list_events),
    Endpoint("GET", "/v1/events" + _ID, Params({}), _get_event),
)
