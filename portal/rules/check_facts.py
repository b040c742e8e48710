"""What the automatic checks of an act look at, and what they find (R42.9, R42.10)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from portal.rules.act_lines import LineValue
from portal.rules.orders import OrderStatus
from portal.rules.quantities import overlap
from portal.rules.roles import Role
from portal.rules.service import GOODS, Service


class Level(StrEnum):
    """What a finding does: keeps the act from being accepted, asks a person to look, or only tells."""

    BLOCK = "block"
    HOLD = "hold"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found: its lasting code, what it does, what to say, the figures, the rule."""

    code: str
    level: Level
    message: str
    figures: Mapping[str, Any]
    point: str


@dataclass(frozen=True, slots=True)
class VisitTime:
    """When somebody served: enough to compare visits of other orders and other recipients with."""

    day: date
    started_at: datetime
    ended_at: datetime
    minutes: int
    specialist_id: UUID

    def overlaps(self, other: "VisitTime") -> bool:
        """True when both share a minute."""
        return overlap((self.started_at, self.ended_at), (other.started_at, other.ended_at))


@dataclass(frozen=True, slots=True)
class Visit(VisitTime):
    """A visit of the act as the log has it; of a hand-over `units` are pieces, and it takes no time."""

    units: int
    price_tiyn: int
    guaranteed_tiyn: int
    recorded_at: datetime
    is_objected: bool = False
    is_struck: bool = False


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """A signature over the act: whose, and whether it was found valid when it was made."""

    role: Role
    is_valid: bool


@dataclass(frozen=True, slots=True)
class ActFacts:
    """An act beside everything that it is compared with.

    `visits` are those of the act; `of_recipient` other visits of the recipient for the same service in the same
    month, `of_specialists` other visits of the act's specialists, both of all providers. `used` and `ordered`
    are units of the order; `granted` and `entitlement_used` of the entitlement.
    `year_minutes` is what was rendered to the recipient in the calendar year, this act included. Before the act is
    sent, `is_sent` is False and `sent_on` is today. `guaranteed_on` holds the guaranteed amount of each visit's day.
    """

    service: Service
    month: date
    units: int
    amount_tiyn: int
    lines: Sequence[LineValue]
    visits: Sequence[Visit]
    order_status: OrderStatus
    order_signed: bool
    accepted_on: date | None
    order_starts_on: date
    order_ends_on: date
    ordered: int
    used: int
    granted: int
    entitlement_used: int
    year_minutes: int
    submit_due_on: date
    sent_on: date
    signatures: Sequence[SignatureFacts]
    is_sent: bool = True
    unsigned_sheets: int = 0
    unchanged_since_signed: bool = True
    died_on: date | None = None
    departed_on: date | None = None
    guaranteed_on: Mapping[date, int] = field(default_factory=dict)
    of_recipient: Sequence[VisitTime] = ()
    of_specialists: Sequence[VisitTime] = ()

    def signed_by(self, role: Role) -> Collection[SignatureFacts]:
        """The signatures of a role."""
        return [signature for signature in self.signatures if signature.role is role]

    def said(self, of_visits: str, of_goods: str) -> str:
        """What a finding says of visits, or of the hand-over when the act is one of goods."""
        return of_goods if self.service in GOODS else of_visits
