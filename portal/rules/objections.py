"""Objections to visits (R42.5): how one is settled, by whom; until then the visit stays out of acts."""

from collections.abc import Mapping
from enum import StrEnum

from portal.rules.law import N_, RuleViolation, law
from portal.rules.roles import Role
from portal.rules.service import GOODS, Service
from portal.rules.service_log import Entry, ObjectionReason


class Settlement(StrEnum):
    """How an objection ended."""

    WITHDRAWN = "withdrawn"
    STRUCK = "struck"
    STANDS = "stands"


SETTLEMENT_LABELS: Mapping[Settlement, str] = {
    Settlement.WITHDRAWN: N_("The recipient took the objection back"),
    Settlement.STRUCK: N_("The visit was struck"),
    Settlement.STANDS: N_("The office decided that the visit stands"),
}

_WHO: Mapping[Settlement, frozenset[Role]] = {
    Settlement.WITHDRAWN: frozenset({Role.RECIPIENT}),
    Settlement.STRUCK: frozenset({Role.SPECIALIST, Role.PROVIDER, Role.OFFICE}),
    Settlement.STANDS: frozenset({Role.OFFICE}),
}


_OF_GOODS = (ObjectionReason.NOT_RECEIVED, ObjectionReason.DAMAGED, ObjectionReason.NOT_AS_ORDERED)


@law("R42.5")
def objection_reasons(service: Service) -> tuple[ObjectionReason, ...]:
    """For what a recipient may object to an entry of a service: a visit, or a hand-over of goods."""
    return _OF_GOODS if service in GOODS else tuple(one for one in ObjectionReason if one not in _OF_GOODS)


@law("R42.5")
def check_reason(service: Service, reason: ObjectionReason) -> None:
    """An objection names one of the reasons of its service."""
    if reason not in objection_reasons(service):
        raise RuleViolation(N_("Choose what is wrong."), "R42.5")


@law("R42.5")
def settlements(role: Role) -> tuple[Settlement, ...]:
    """The ways in which `role` may settle an open objection; none for roles that have no part in it."""
    return tuple(settlement for settlement in Settlement if role in _WHO[settlement])


@law("R42.5")
def check_objection(entry: Entry, *, act_signed: bool) -> None:
    """A recipient objects to a visit once, before signing the act that holds it."""
    if entry.struck_at is not None:
        raise RuleViolation(N_("This is already struck, so there is nothing to object to."), "R42.5")
    if entry.objected_at is not None and entry.settled_at is None:
        raise RuleViolation(N_("You have already objected to this. The provider has to answer."), "R42.5")
    if act_signed:
        raise RuleViolation(
            N_("You have signed the act with this in it. Tell the office if something is wrong."), "R42.5"
        )


@law("R42.5")
def check_settlement(entry: Entry) -> None:
    """An objection is settled once, while it is open; until then the visit stays out of acts."""
    if entry.struck_at is not None or entry.objected_at is None or entry.settled_at is not None:
        raise RuleViolation(N_("There is no open objection to this visit."), "R42.5")


@law("R42.5")
def check_settle(entry: Entry, settlement: Settlement, role: Role, note: str) -> None:
    """An open objection is settled by whoever may; everybody but the recipient says why."""
    check_settlement(entry)
    if role not in _WHO[settlement]:
        raise RuleViolation(N_("This step is for another participant to take."), "R42.5")
    if settlement is not Settlement.WITHDRAWN and not note.strip():
        raise RuleViolation(N_("Say in a few words why, so that both sides can read it."), "R42.5")


@law("R42.5")
def check_not_decided(settlement: str | None) -> None:
    """What the office has decided about a visit is not objected to again on the portal."""
    if settlement == Settlement.STANDS:
        raise RuleViolation(
            N_("The office has already decided that this stands. If you disagree, complain to the office."),
            "R42.5",
        )
