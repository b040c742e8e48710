"""What a signed order says (R83.1): the order, the request to reimburse, and who is asked if one does not serve."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.models.entitlement import Entitlement
from portal.models.offer import Offer
from portal.models.office import Office
from portal.models.person import Person
from portal.models.provider import Provider
from portal.queries import goods, reference
from portal.rules import guaranteed_amount
from portal.rules.orders import NewOrder
from portal.rules.ranking import order_id
from portal.rules.roles import Role
from portal.rules.service import GOODS, unit_of


def body(
    session: Session,
    first_id: UUID,
    order: NewOrder,
    entitlement: Entitlement,
    ranked: Sequence[Offer],
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Everything that is signed: the order, in the same step the request to reimburse, and who is asked otherwise."""
    recipient = session.get_one(Person, entitlement.person_id)
    office = session.get_one(Office, entitlement.office_id)
    signer = session.get_one(Person, actor.person_id)
    item = entitlement.measure.classifier_code if entitlement.service in GOODS else None
    guaranteed = reference.guaranteed_tiyn(session, entitlement.service, now.date(), item)
    provider, *others = [_provider(session, offer) for offer in ranked]
    terms = {"id": str(first_id), "entitlement_id": str(entitlement.id), **_terms(order), **_goods(session, item)}
    return {
        "signers": [{"role": Role.RECIPIENT.value, "iin": signer.iin, "name": signer.full_name}],
        "recipient": party(recipient),
        "provider": provider,
        "office": {"name_kk": office.name_kk, "name_ru": office.name_ru},
        "order": {**terms, **_money(ranked[0], guaranteed)},
        "otherwise": [
            {"rank": rank, "id": str(order_id(first_id, rank)), "provider": other, **_money(offer, guaranteed)}
            for rank, (other, offer) in enumerate(zip(others, ranked[1:], strict=True), 2)
        ],
        "reimbursement_request": {
            "to_office": str(office.id),
            "for_provider": provider["bin"],
            "or_for_providers": [other["bin"] for other in others],
            "for_order": "this",
        },
    }


def _provider(session: Session, offer: Offer) -> dict[str, str]:
    provider = session.get_one(Provider, offer.provider_id)
    return {name: getattr(provider, name) for name in ("bin", "name_kk", "name_ru", "iban", "bic")}


def _terms(order: NewOrder) -> dict[str, Any]:
    return {
        "service": order.service.value,
        "starts_on": order.starts_on.isoformat(),
        "ends_on": order.ends_on.isoformat(),
        "units": order.units,
        "unit": unit_of(order.service).value,
        "minutes_a_day": order.minutes_a_day,
        "way": order.way,
    }


def _goods(session: Session, item: str | None) -> dict[str, Any]:
    """Of goods their item of the classifier, by its code and names; the model is the offer's."""
    if item is None:
        return {}
    name_kk, name_ru = goods.names(session, [item])[item]
    return {"item": {"code": item, "name_kk": name_kk, "name_ru": name_ru}}


def _money(offer: Offer, guaranteed: int) -> dict[str, Any]:
    return {
        "offer_id": str(offer.id),
        **({"model": offer.model} if offer.classifier_code else {}),
        "price_tiyn": offer.price_tiyn,
        "guaranteed_tiyn": guaranteed,
        "reimbursed_tiyn": guaranteed_amount.reimbursed_rate(offer.price_tiyn, guaranteed),
        "surcharge_tiyn": guaranteed_amount.surcharge_rate(offer.price_tiyn, guaranteed),
    }


def party(person: Person) -> dict[str, Any]:
    """A person as a signed document names them."""
    return {"iin": person.iin, "name": person.full_name, "phone": person.phone or "", "address": person.address}


def part(said: Mapping[str, Any], rank: int) -> dict[str, Any]:
    """What was signed as it concerns one choice: the whole order for its provider, and nothing of the others."""
    request = {**said["reimbursement_request"], "or_for_providers": []}
    if rank == 1:
        return {**said, "reimbursement_request": request, "otherwise": []}
    choice = next(one for one in said["otherwise"] if one["rank"] == rank)
    order = {name: choice.get(name, value) for name, value in said["order"].items()}
    request["for_provider"] = choice["provider"]["bin"]
    return {
        **said,
        "order": order,
        "provider": choice["provider"],
        "reimbursement_request": request,
        "otherwise": [],
    }
