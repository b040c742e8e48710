"""Who of an office may decide (R42.9): two people, neither of them kin or the one who prepared the act."""

from collections.abc import Collection
from uuid import UUID

from portal.rules.law import N_, RuleViolation, law


@law("R42.9")
def check_decider(
    person_id: UUID, *, concerned: Collection[UUID], relatives: Collection[UUID], prepared_by: Collection[UUID]
) -> None:
    """Nobody decides on an act that is about themselves or their kin, or that they prepared.

    `concerned` are the recipient, those who act for the recipient, and those who served; `relatives` the kin of
    `person_id`; `prepared_by` who wrote the log, drew the act up or sent it.
    """
    if person_id in prepared_by:
        raise RuleViolation(N_("You took part in preparing this act, so a colleague has to decide on it."), "R42.9")
    if person_id in concerned:
        raise RuleViolation(N_("This act is about you, so a colleague has to decide on it."), "R42.9")
    if not set(concerned).isdisjoint(relatives):
        raise RuleViolation(N_("This act is about your kin, so a colleague has to decide on it."), "R42.9")


@law("R42.9", "R42.11")
def check_second_person(accepted_by: UUID | None, approver: UUID) -> None:
    """A payment is approved by somebody other than the one who accepted the act."""
    if accepted_by is None:
        raise RuleViolation(N_("This act has not been accepted yet, so its payment cannot be approved."), "R42.11")
    if accepted_by == approver:
        raise RuleViolation(
            N_("You accepted this act, so a second person of the office has to approve its payment."), "R42.11"
        )
