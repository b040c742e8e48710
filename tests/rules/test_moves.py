"""The lives of order, act and payment: nothing that is not in the table, no status without a way in and out."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest

from portal.rules import acts, claims, order_reasons, orders, payments
from portal.rules.acts import ActAction, ActStatus
from portal.rules.claims import ClaimAction, ClaimStatus, SettlementAction, SettlementStatus
from portal.rules.law import RuleViolation
from portal.rules.moves import Machine, available_actions, next_status
from portal.rules.orders import OrderAction, OrderStatus
from portal.rules.payments import PaymentAction, PaymentStatus
from portal.rules.roles import Role

MACHINES: list[tuple[Machine[Any, Any], type[StrEnum], type[StrEnum], StrEnum, frozenset[Any]]] = [
    (orders.MOVES, OrderStatus, OrderAction, OrderStatus.PLACED, orders.FINAL),
    (acts.MOVES, ActStatus, ActAction, ActStatus.DRAWN_UP, acts.FINAL),
    (payments.MOVES, PaymentStatus, PaymentAction, PaymentStatus.AWAITING, payments.FINAL),
    (claims.MOVES, ClaimStatus, ClaimAction, ClaimStatus.OPEN, claims.FINAL),
    (
        claims.SETTLEMENT_MOVES,
        SettlementStatus,
        SettlementAction,
        SettlementStatus.ASKED,
        claims.SETTLEMENT_FINAL,
    ),
]
NAMES = ["order", "act", "payment", "claim", "settlement"]
NOUNS = pytest.mark.parametrize("machine, statuses, actions, first, final", MACHINES, ids=NAMES)


def _steps_not_there() -> Iterator[Any]:
    for machine, statuses, actions, _first, _final in MACHINES:
        for status in statuses:
            for action in actions:
                if (status, action) not in machine:
                    yield pytest.param(machine, status, action, id=f"{status.__class__.__name__}-{status}-{action}")


@pytest.mark.law("R83.3", "R83.7", "R42.9", "R42.11")
@pytest.mark.parametrize("machine, status, action", list(_steps_not_there()))
def test_a_step_that_is_not_in_the_table_is_refused(machine: Machine[Any, Any], status: Any, action: Any) -> None:
    for role in Role:
        with pytest.raises(RuleViolation) as refusal:
            next_status(machine, status, action, role, "R83.3")
        assert refusal.value.message == machine.refusals[status]
        assert refusal.value.point == "R83.3"


@pytest.mark.law("R83.3", "R42.9", "R42.11")
@NOUNS
def test_a_step_is_taken_by_its_own_roles_only(
    machine: Machine[Any, Any], statuses: Any, actions: Any, first: Any, final: Any
) -> None:
    for (status, action), move in machine.items():
        assert move.roles
        for role in Role:
            if role in move.roles:
                assert next_status(machine, status, action, role, "R83.3") is move.status
            else:
                with pytest.raises(RuleViolation, match="another participant"):
                    next_status(machine, status, action, role, "R83.3")


@pytest.mark.law("R83.3", "R42.9", "R42.11")
@NOUNS
def test_every_status_is_reached_and_is_left_or_final(
    machine: Machine[Any, Any], statuses: Any, actions: Any, first: Any, final: Any
) -> None:
    reached = {first}
    while more := {move.status for (status, _), move in machine.items() if status in reached} - reached:
        reached |= more
    assert reached == set(statuses)
    assert {status for status, _ in machine} == set(statuses) - final
    assert {action for _, action in machine} == set(actions)


@pytest.mark.law("R83.3", "R42.9", "R42.11")
@NOUNS
def test_from_everywhere_an_end_can_be_reached(
    machine: Machine[Any, Any], statuses: Any, actions: Any, first: Any, final: Any
) -> None:
    ending = set(final)
    while more := {status for (status, _), move in machine.items() if move.status in ending} - ending:
        ending |= more
    assert ending == set(statuses)


@NOUNS
def test_every_status_says_why_another_step_is_refused(
    machine: Machine[Any, Any], statuses: Any, actions: Any, first: Any, final: Any
) -> None:
    assert set(machine.refusals) == set(statuses)
    assert len(set(machine.refusals.values())) == len(set(statuses))


@pytest.mark.law("R83.3", "R83.7", "R42.9")
@pytest.mark.parametrize(
    ("machine", "status", "role", "actions"),
    [
        (orders.MOVES, OrderStatus.PLACED, Role.PROVIDER, [OrderAction.ACCEPT, OrderAction.DECLINE]),
        (orders.MOVES, OrderStatus.PLACED, Role.RECIPIENT, [OrderAction.WITHDRAW]),
        (orders.MOVES, OrderStatus.ACCEPTED, Role.RECIPIENT, [OrderAction.STOP]),
        (orders.MOVES, OrderStatus.ACCEPTED, Role.OFFICE, []),
        (acts.MOVES, ActStatus.SUBMITTED, Role.PROVIDER, [ActAction.WITHDRAW]),
        (acts.MOVES, ActStatus.UNDER_REVIEW, Role.PROVIDER, []),
        (acts.MOVES, ActStatus.UNDER_REVIEW, Role.OFFICE, [ActAction.ACCEPT, ActAction.RETURN]),
        (payments.MOVES, PaymentStatus.FAILED, Role.OFFICE, [PaymentAction.LOOK_AGAIN, PaymentAction.RETRY]),
        (payments.MOVES, PaymentStatus.ASKED, Role.OFFICE, []),
    ],
    ids=lambda value: value.value if isinstance(value, StrEnum) else type(value).__name__,
)
def test_who_may_do_what_next(machine: Machine[Any, Any], status: Any, role: Role, actions: list[Any]) -> None:
    assert available_actions(machine, status, role) == actions


@pytest.mark.law("R42.9")
def test_the_provider_withdraws_only_before_the_office_takes_the_act_up() -> None:
    assert next_status(acts.MOVES, ActStatus.SUBMITTED, ActAction.WITHDRAW, Role.PROVIDER, "R42.9") == "withdrawn"
    with pytest.raises(RuleViolation, match="checking this act"):
        next_status(acts.MOVES, ActStatus.UNDER_REVIEW, ActAction.WITHDRAW, Role.PROVIDER, "R42.9")


@pytest.mark.law("RI.2")
def test_a_payment_that_was_asked_for_is_never_asked_for_again() -> None:
    asking = [status for (status, action) in payments.MOVES if action is PaymentAction.ASK]
    assert asking == [PaymentStatus.APPROVED]
    into_approved = {action for (_, action), move in payments.MOVES.items() if move.status is PaymentStatus.APPROVED}
    assert into_approved == {PaymentAction.APPROVE, PaymentAction.RETRY}
    into_asked = {(status, action) for (status, action), move in payments.MOVES.items() if move.status == "asked"}
    assert into_asked == {
        (PaymentStatus.APPROVED, PaymentAction.ASK),
        (PaymentStatus.FAILED, PaymentAction.LOOK_AGAIN),
    }


@pytest.mark.law("RI.5")
def test_a_returned_or_withdrawn_act_is_never_changed_but_replaced() -> None:
    fallen = {ActStatus.RETURNED, ActStatus.WITHDRAWN, ActStatus.CANCELLED, ActStatus.SET_ASIDE}
    assert fallen == acts.FALLEN == set(ActStatus) - acts.LIVE
    assert acts.WITH_OFFICE <= acts.LIVE


def test_every_status_and_reason_has_its_own_words() -> None:
    for of, labels in (
        (OrderStatus, orders.STATUS_LABELS),
        (order_reasons.DeclineReason, order_reasons.DECLINE_LABELS),
        (order_reasons.StopReason, order_reasons.STOP_LABELS),
        (order_reasons.CloseReason, order_reasons.CLOSE_LABELS),
        (ActStatus, acts.STATUS_LABELS),
        (acts.ReturnReason, acts.RETURN_LABELS),
        (PaymentStatus, payments.STATUS_LABELS),
        (ClaimStatus, claims.STATUS_LABELS),
        (claims.SettlementKind, claims.KIND_LABELS),
        (SettlementStatus, claims.SETTLEMENT_LABELS),
    ):
        assert list(labels) == list(of)
        assert len(set(labels.values())) == len(labels)
