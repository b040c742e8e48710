"""What the order form begins with, and what an order comes to (R34.1, RG.2)."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.queries import entitlements
from portal.recipient.choice import Candidate, Ground
from portal.rules.guaranteed_amount import surcharge_rate
from portal.rules.orders import NewOrder
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.quantities import cost_tiyn
from portal.rules.service import Service

HALF_HOUR = 30


@dataclass(frozen=True, slots=True)
class Sum:
    """What an order comes to: hours, what the state pays of it, what she pays herself."""

    minutes: int
    days: int
    state_tiyn: int
    own_tiyn: int

    @classmethod
    def of(cls, order: NewOrder, candidate: Candidate) -> "Sum":
        """Worked out at today's price and guaranteed amount (RG.2)."""
        price, guaranteed = candidate.offer.price_tiyn, candidate.found.guaranteed_tiyn
        own = cost_tiyn(order.units, surcharge_rate(price, guaranteed))
        return cls(order.units, order.days, cost_tiyn(order.units, price) - own, own)


def proposed(session: Session, base: Ground, candidate: Candidate) -> NewOrder:
    """From tomorrow to the end of the entitlement; an assistant for as many hours a day as there are.

    How many hours of an interpreter are ordered is hers to say: nothing is proposed (0 minutes).
    """
    entitlement = base.entitlement
    first = max(clock.today() + timedelta(days=1), entitlement.starts_on)
    first, last = min(first, entitlement.ends_on), entitlement.ends_on
    if base.service is not Service.ASSISTANT:
        return NewOrder(base.service, first, last, 0, None, candidate.ways[0])
    a_day = _minutes_a_day(session, base, first, last)
    return NewOrder(base.service, first, last, a_day * ((last - first).days + 1), a_day, candidate.ways[0])


def busy_minutes_a_day(session: Session, base: Ground, first: date, last: date) -> int:
    """What her open orders already take of a day between two days."""
    entitlement = base.entitlement
    return entitlements.ordered_minutes_a_day(session, entitlement.person_id, entitlement.service, first, last)


def _minutes_a_day(session: Session, base: Ground, first: date, last: date) -> int:
    of_day = ASSISTANT_MINUTES_A_DAY.on(first) - busy_minutes_a_day(session, base, first, last)
    of_balance = base.entitlement.available // ((last - first).days + 1)
    return max(min(of_day, of_balance), 0) // HALF_HOUR * HALF_HOUR
