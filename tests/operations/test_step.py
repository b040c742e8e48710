"""The step and the journal's pen: a status and its row are written together, or not at all (RI.6)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import audit
from portal.actor import SYSTEM, Actor
from portal.models.audit import AuditRow
from portal.operations.step import move
from portal.rules.law import RuleViolation
from portal.rules.orders import MOVES, OrderAction, OrderStatus
from portal.rules.roles import Role
from tests import factories as make
from tests.factories import MONDAY

pytestmark = pytest.mark.law("RI.6")


def test_a_step_sets_the_status_and_writes_who_when_and_for_whom(session: Session) -> None:
    order = make.make_order(session, status=OrderStatus.PLACED)
    mother = make.make_person(session)
    actor = Actor(Role.RECIPIENT, mother.id, order.recipient_id)
    move(session, order, MOVES, OrderAction.WITHDRAW, actor, MONDAY, point="R83.7", about=order.recipient_id, why="x")
    session.flush()
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == order.id)).one()
    assert order.status is OrderStatus.WITHDRAWN
    assert (row.thing, row.action, row.before, row.after) == ("orders", "withdraw", "placed", "withdrawn")
    assert (row.person_id, row.for_person_id, row.role) == (mother.id, order.recipient_id, Role.RECIPIENT)
    assert (row.at, row.details) == (MONDAY, {"why": "x"})


@pytest.mark.parametrize(
    ("status", "action", "role"),
    [
        (OrderStatus.CLOSED, OrderAction.ACCEPT, Role.PROVIDER),
        (OrderStatus.PLACED, OrderAction.ACCEPT, Role.RECIPIENT),
        (OrderStatus.PLACED, OrderAction.LAPSE, Role.OFFICE),
    ],
)
def test_a_step_that_is_not_allowed_leaves_no_trace(
    session: Session, status: OrderStatus, action: OrderAction, role: Role
) -> None:
    order = make.make_order(session, status=status)
    with pytest.raises(RuleViolation):
        move(session, order, MOVES, action, Actor(role), MONDAY, point="R83.3")
    assert order.status is status
    assert session.scalars(select(AuditRow).where(AuditRow.thing_id == order.id)).all() == []


def test_a_machine_acts_for_nobody(session: Session) -> None:
    order = make.make_order(session)
    audit.record(session, SYSTEM, MONDAY, thing="orders", thing_id=order.id, action="look")
    session.flush()
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == order.id)).one()
    assert (row.person_id, row.for_person_id, row.organisation_id, row.details) == (None, None, None, {})


def test_of_a_representative_the_journal_says_for_whom(session: Session) -> None:
    mother, child = make.make_person(session), make.make_person(session)
    actor = make.as_recipient(child, by=mother)
    assert actor.for_another and not make.as_recipient(child).for_another
    audit.record(session, actor, MONDAY, thing="people", thing_id=child.id, action="look")
    session.flush()
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == child.id)).one()
    assert (row.person_id, row.for_person_id) == (mother.id, child.id)
