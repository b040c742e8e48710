"""Why an order is declined, stopped or closed (R83.6–R83.9): the listed reasons, and who may name which."""

from collections.abc import Mapping
from enum import StrEnum

from portal.rules.law import N_, RuleViolation, law
from portal.rules.roles import Role
from portal.rules.service import GOODS, Service


class DeclineReason(StrEnum):
    """Why a provider may decline an order, for a service or for goods (R83.3, R83.9)."""

    FORCE_MAJEURE = "force_majeure"
    LEAVING_PORTAL = "leaving_portal"
    FULLY_LOADED = "fully_loaded"
    NOT_AT_THIS_PLACE = "not_at_this_place"
    CONFIRMED_INSULTS = "confirmed_insults"
    OUT_OF_STOCK = "out_of_stock"


class StopReason(StrEnum):
    """Why a running order may be stopped (R83.7), by the recipient or by the provider."""

    NOT_BEGUN = "not_begun"
    TIMES_BROKEN = "times_broken"
    BAD_QUALITY = "bad_quality"
    IMPROPER_BEHAVIOUR = "improper_behaviour"
    RECIPIENT_MOVES = "recipient_moves"
    FORCE_MAJEURE = "force_majeure"
    CONFIRMED_INSULTS = "confirmed_insults"
    SURCHARGE_REFUSED = "surcharge_refused"
    NOT_DELIVERED = "not_delivered"
    NOT_PICKED_UP = "not_picked_up"


class CloseReason(StrEnum):
    """What ends an order by itself (R83.5, R83.6)."""

    EXPIRED = "expired"
    DEATH = "death"
    DEPARTURE = "departure"
    PROGRAMME_CLOSED = "programme_closed"
    MOVE = "move"
    HANDED_OVER = "handed_over"


DECLINE_LABELS: Mapping[DeclineReason, str] = {
    DeclineReason.FORCE_MAJEURE: N_("Circumstances beyond our control (force majeure)"),
    DeclineReason.LEAVING_PORTAL: N_("We have applied to leave the portal"),
    DeclineReason.FULLY_LOADED: N_("Our specialists have no free hours"),
    DeclineReason.NOT_AT_THIS_PLACE: N_("We do not render this service where the recipient lives"),
    DeclineReason.CONFIRMED_INSULTS: N_("We refused this recipient before because of confirmed insults"),
    DeclineReason.OUT_OF_STOCK: N_("The goods are out of stock"),
}

STOP_LABELS: Mapping[StopReason, str] = {
    StopReason.NOT_BEGUN: N_("The service did not begin on time"),
    StopReason.TIMES_BROKEN: N_("The agreed times were broken again and again"),
    StopReason.BAD_QUALITY: N_("Bad quality was not put right in the time given"),
    StopReason.IMPROPER_BEHAVIOUR: N_("The specialist behaved improperly"),
    StopReason.RECIPIENT_MOVES: N_("The recipient moves to another place"),
    StopReason.FORCE_MAJEURE: N_("Circumstances beyond the provider’s control (force majeure)"),
    StopReason.CONFIRMED_INSULTS: N_("Insults by the recipient or the family, confirmed by witnesses"),
    StopReason.SURCHARGE_REFUSED: N_("The recipient refuses to pay the surcharge"),
    StopReason.NOT_DELIVERED: N_("The goods did not come in time"),
    StopReason.NOT_PICKED_UP: N_("The recipient did not fetch the goods in time"),
}

CLOSE_LABELS: Mapping[CloseReason, str] = {
    CloseReason.EXPIRED: N_("Its last day has passed"),
    CloseReason.DEATH: N_("The recipient has died"),
    CloseReason.DEPARTURE: N_("The recipient has left the country"),
    CloseReason.PROGRAMME_CLOSED: N_("The rehabilitation programme was closed"),
    CloseReason.MOVE: N_("The recipient moves to another place"),
    CloseReason.HANDED_OVER: N_("The goods are handed over"),
}

_STOP_REASONS: Mapping[Role, tuple[StopReason, ...]] = {
    Role.RECIPIENT: (
        StopReason.NOT_BEGUN,
        StopReason.TIMES_BROKEN,
        StopReason.BAD_QUALITY,
        StopReason.IMPROPER_BEHAVIOUR,
        StopReason.RECIPIENT_MOVES,
    ),
    Role.PROVIDER: (StopReason.FORCE_MAJEURE, StopReason.CONFIRMED_INSULTS, StopReason.SURCHARGE_REFUSED),
}
_STOP_REASONS_OF_GOODS: Mapping[Role, tuple[StopReason, ...]] = {
    Role.RECIPIENT: (StopReason.NOT_DELIVERED, StopReason.RECIPIENT_MOVES),
    Role.PROVIDER: (StopReason.NOT_PICKED_UP, StopReason.FORCE_MAJEURE, StopReason.SURCHARGE_REFUSED),
}
_DECLINE_REASONS_OF_GOODS = (DeclineReason.OUT_OF_STOCK, DeclineReason.LEAVING_PORTAL)


@law("R83.3", "R83.9")
def decline_reasons(service: Service) -> tuple[DeclineReason, ...]:
    """The reasons for which a provider may decline an order of a service."""
    if service in GOODS:
        return _DECLINE_REASONS_OF_GOODS
    return tuple(reason for reason in DeclineReason if reason is not DeclineReason.OUT_OF_STOCK)


@law("R83.3", "R83.9")
def check_decline(service: Service, reason: DeclineReason) -> None:
    """An order is declined for a reason that is listed for its service."""
    if reason not in decline_reasons(service):
        raise RuleViolation(N_("Choose one of the listed reasons for declining the order."), "R83.9")


@law("R83.7")
def stop_reasons(role: Role, service: Service) -> tuple[StopReason, ...]:
    """The reasons for which `role` may stop a running order of a service; none for roles that may not."""
    return (_STOP_REASONS_OF_GOODS if service in GOODS else _STOP_REASONS).get(role, ())


@law("R83.7")
def check_stop(role: Role, service: Service, reason: StopReason) -> None:
    """A running order is stopped for a reason that is listed for whoever stops it."""
    if reason not in stop_reasons(role, service):
        raise RuleViolation(N_("Choose one of the listed reasons for stopping the service."), "R83.7")
