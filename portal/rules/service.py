"""The six public services of Order 26 (rulebook 2), and what each is counted in."""

from collections.abc import Mapping
from enum import StrEnum

from portal.rules.law import N_, RuleViolation, law


class Service(StrEnum):
    """What a recipient is entitled to, in the words of the programme."""

    ASSISTANT = "assistant"
    INTERPRETER = "interpreter"
    SANATORIUM = "sanatorium"
    PROSTHETICS = "prosthetics"
    TECHNICAL_AID = "technical_aid"
    WHEELCHAIR = "wheelchair"


SERVICE_LABELS: Mapping[Service, str] = {
    Service.ASSISTANT: N_("Personal assistant"),
    Service.INTERPRETER: N_("Sign-language interpreter"),
    Service.SANATORIUM: N_("Sanatorium treatment"),
    Service.PROSTHETICS: N_("Prosthetic and orthopaedic aid"),
    Service.TECHNICAL_AID: N_("Technical aids"),
    Service.WHEELCHAIR: N_("Wheelchairs and other mobility aids"),
}

HOURLY: frozenset[Service] = frozenset({Service.ASSISTANT, Service.INTERPRETER})
"""Services that are rendered, logged and paid by the hour."""

GOODS: frozenset[Service] = frozenset({Service.PROSTHETICS, Service.TECHNICAL_AID, Service.WHEELCHAIR})
"""Services that hand over things, each an item of the classifier."""


ORDERED: frozenset[Service] = HOURLY | GOODS
"""Services that are ordered from a provider through the portal; a stay at a sanatorium is not yet."""


class Unit(StrEnum):
    """What an entitlement is counted in (RI.8)."""

    MINUTE = "minute"
    DAY = "day"
    PIECE = "piece"


@law("R26.1", "RI.8")
def unit_of(service: Service) -> Unit:
    """What the balances of a service are counted in: hours in whole minutes, a stay in days, goods by the piece."""
    if service in HOURLY:
        return Unit.MINUTE
    return Unit.PIECE if service in GOODS else Unit.DAY


@law("RG.1", "RI.8")
def units_a_price(service: Service) -> int:
    """For how many units a price and a guaranteed amount are: the 60 minutes of an hour, one day, one piece."""
    return 60 if service in HOURLY else 1


CLASSIFIER_CODE: Mapping[Service, str] = {
    Service.ASSISTANT: "701",
    Service.INTERPRETER: "702",
    Service.SANATORIUM: "703",
}
"""The item of the classifier (Order 284) under which a guaranteed amount is set."""


@law("R42.1")
def check_hourly(service: Service) -> None:
    """Only the assistant and the interpreter have a log, a sheet and a monthly act."""
    if service not in HOURLY:
        raise RuleViolation(N_("This service is not rendered by the hour, so it has no service log."), "R42.1")
