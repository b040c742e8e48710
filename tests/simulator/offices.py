"""Offices, and what becomes of a case when somebody moves to the district of another one, said again (R83.7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.actor import Actor
from portal.rules.order_reasons import CloseReason
from portal.rules.orders import OrderStatus
from tests.simulator import choosing, model


@dataclass(frozen=True)
class Office:
    """An employment office with the districts that are its own."""

    id: UUID
    places: tuple[str, ...]
    clerks: tuple[Actor, ...]

    def has(self, clerk: Actor) -> bool:
        """Whether somebody works there."""
        return clerk in self.clerks


def live_in(person: model.Person, place: str, office: Office, today: date) -> None:
    """They live there now: what lasts goes to the office of that place, unless it is all there."""
    person.place, person.office = place, office
    lasting = [one for one in person.programmes if not one.is_closed and one.sent.valid_to >= today]
    left = [one for one in lasting if one.office is not office]
    for programme in left:
        programme.office = office
    if left:
        bring_along(person, today)


def bring_along(person: model.Person, today: date) -> None:
    """What is open goes to the person's office; an order whose provider does not come there ends today."""
    for one in person.entitlements:
        if one.closed_on is None:
            one.office = person.office
    for order in _elsewhere(person):
        if order.way == "online" or person.place in order.offer.places:
            order.office = person.office
        else:
            order.end(OrderStatus.CLOSED, min(today, order.ends_on), CloseReason.MOVE.value)
            choosing.look(order.entitlement, today)


def _elsewhere(person: model.Person) -> Iterator[model.Order]:
    for one in person.entitlements:
        for order in one.orders:
            if order.status in model.RUNNING and order.office is not person.office:
                yield order
