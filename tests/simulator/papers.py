"""What should be of acts, the money for them, and what of it is claimed back; the second half of the model."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from portal.rules.acts import ActStatus
from portal.rules.claims import ClaimStatus, SettlementStatus
from portal.rules.payments import PaymentStatus

if TYPE_CHECKING:
    from tests.simulator.model import Event, Order, Visit

STANDING = frozenset(ActStatus) - {
    ActStatus.RETURNED,
    ActStatus.WITHDRAWN,
    ActStatus.CANCELLED,
    ActStatus.SET_ASIDE,
}
UNSENT = frozenset({ActStatus.DRAWN_UP, ActStatus.SIGNED})
AGREED = frozenset({ActStatus.ACCEPTED, ActStatus.PAID})
DECIDED = AGREED | {ActStatus.SUBMITTED, ActStatus.UNDER_REVIEW}
UNKNOWN = UUID(int=0)  # of what the portal has not made yet


@dataclass(eq=False)
class Act:
    """An act of one order for a month; `unsigned` are the sheets that lack their signature."""

    id: UUID
    order: "Order"
    month: date
    visits: list["Visit"]
    amount: int
    document_id: UUID
    unsigned: list[tuple[UUID, Any]]
    drawn_on: date
    status: ActStatus = ActStatus.DRAWN_UP
    signed: bool = False
    sent: bool = False
    clerk: Any = None
    decided_by: Any = None
    payment: "Payment | None" = None
    minutes: int = 0
    claims: list["Claim"] = field(default_factory=list)
    office: Any = field(init=False)

    def __post_init__(self) -> None:
        self.office = self.order.office

    @property
    def covers_its_month(self) -> bool:
        """Whether nothing more is written down for its month; one accepted before the month was over holds its own."""
        whole = self.drawn_on.replace(day=1) > self.month
        return self.status in STANDING and (whole or self.status not in AGREED)

    @property
    def claimed(self) -> int:
        """Minutes whose money is claimed back, or was."""
        return sum(claim.minutes for claim in self.claims if claim.holds)

    def free(self, status: ActStatus) -> None:
        """It stands no more, and holds no visits."""
        self.status = status
        for visit in self.visits:
            if visit.act is self:
                visit.act = None

    def row(self) -> tuple[Any, ...]:
        return self.status.value, self.minutes, self.amount, self.office.id


@dataclass(eq=False)
class Payment:
    """The money for an act, what is known of its attempts, and what is kept of it for each claim."""

    id: UUID
    act: Act
    due_on: date
    not_before_on: date | None = None
    status: PaymentStatus = PaymentStatus.AWAITING
    attempt: int = 0
    approved_by: Any = None
    kept: dict["Claim", int] = field(default_factory=dict)
    counted: set["Claim"] = field(default_factory=set)
    transfer_id: str | None = None
    is_otherwise: bool = False

    @property
    def may_be_out(self) -> bool:
        """Whether money may be out for it that is not known to have arrived: it was asked for, or found otherwise."""
        return self.status is PaymentStatus.ASKED or self.is_otherwise

    def is_too_early(self, today: date) -> bool:
        """Whether its day is still to come: goods may come back in the fortnight after the acceptance."""
        return self.not_before_on is not None and today < self.not_before_on

    @property
    def transfer_out(self) -> int:
        """What of its transfer has not come back, and is not on its way back."""
        taken = [one.amount for claim in self.act.claims for one in claim.reversals if not one.is_over_for_nothing]
        return self.act.amount - self.set_off - sum(taken) if self.transfer_id else 0

    @property
    def set_off(self) -> int:
        """What of it goes to claims, and not to the provider."""
        return sum(self.kept.values())

    @property
    def concludes(self) -> bool:
        """Whether something was kept from it that does not count for its claim yet."""
        return self.status is PaymentStatus.PAID and len(self.counted) < len(self.kept)

    def row(self) -> tuple[Any, ...]:
        terms = self.not_before_on, self.due_on
        return self.status.value, self.attempt, self.act.amount, self.set_off, self.act.office.id, *terms


@dataclass(eq=False)
class Claim:
    """What a provider owes back of an act because of an event, or of goods that came back for a `reason`.

    `under_way` is kept from payments not made yet.
    """

    act: Act
    event: "Event | None"
    reason: str
    minutes: int
    amount: int
    id: UUID = UNKNOWN
    number: int = 0
    settled: int = 0
    under_way: int = 0
    is_withdrawn: bool = False
    is_set_off: bool = False
    references: set[str] = field(default_factory=set)
    reversals: list["Reversal"] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether it was not made by mistake."""
        return not self.is_withdrawn

    @property
    def left(self) -> int:
        """What may still be asked for."""
        return 0 if self.is_withdrawn else self.amount - self.settled - self.under_way

    @property
    def status(self) -> ClaimStatus:
        """Where it stands."""
        if self.is_withdrawn:
            return ClaimStatus.WITHDRAWN
        return ClaimStatus.SETTLED if self.settled == self.amount else ClaimStatus.OPEN

    def row(self) -> tuple[Any, ...]:
        of_event = self.event is None, self.reason
        return self.status.value, self.minutes, self.amount, self.settled, self.act.office.id, *of_event


@dataclass(eq=False)
class Reversal:
    """Money of a claim that is taken back from the transfer that paid it."""

    id: UUID
    claim: Claim
    amount: int
    asked_at: datetime
    status: SettlementStatus = SettlementStatus.ASKED
    due_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.due_at = self.asked_at

    @property
    def is_over_for_nothing(self) -> bool:
        """Whether it was refused."""
        return self.status is SettlementStatus.FAILED

    def row(self) -> tuple[Any, ...]:
        due_at = self.due_at if self.status is SettlementStatus.ASKED else None
        return self.status.value, self.amount, self.act_payment_id, due_at

    @property
    def has_come(self) -> bool:
        """Whether the portal knows that the money is back."""
        return self.status is SettlementStatus.DONE

    @property
    def act_payment_id(self) -> UUID | None:
        """The payment whose transfer it is taken from."""
        return self.claim.act.payment.id if self.claim.act.payment else None
