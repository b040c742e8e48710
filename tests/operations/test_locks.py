"""A row is locked after those above it, by one statement, and given as it stands after the wait."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal import db
from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.person import Person
from portal.operations import locks
from portal.rules.service import Service
from tests import factories as make

LONGEST_WAIT = 20


@pytest.fixture
def rows(fresh_database: str) -> Iterator[dict[type[Any], UUID]]:
    """A person with an entitlement and an order, by their tables, committed for real."""
    db.connect(fresh_database)
    with db.transaction() as session:
        entitlement = make.make_programme(session, service=Service.INTERPRETER)
        order = make.make_order(session, entitlement, minutes=600)
        ids: dict[type[Any], UUID] = {
            Person: entitlement.person_id,
            Entitlement: entitlement.id,
            Order: order.id,
        }
    yield ids
    db.database().dispose()


def its_entitlement(session: Session, ids: dict[type[Any], UUID]) -> Any:
    """What the lock gives of the row that somebody changed meanwhile."""
    return locks.entitlement(session, ids[Entitlement]).reminders_sent


def its_order(session: Session, ids: dict[type[Any], UUID]) -> Any:
    """The same of an order."""
    return locks.order(session, ids[Order])[0].note


@pytest.mark.parametrize(
    ("take", "held", "above", "change"),
    [
        (its_entitlement, Entitlement, [Person], {"reminders_sent": 7}),
        (its_order, Order, [Person, Entitlement], {"note": "жаңа"}),
    ],
)
def test_those_above_are_held_while_it_waits(
    rows: dict[type[Any], UUID],
    take: Callable[[Session, dict[type[Any], UUID]], Any],
    held: type[Any],
    above: list[type[Any]],
    change: dict[str, Any],
) -> None:
    def wait_and_take() -> Any:
        with db.transaction() as session:
            return take(session, rows)

    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as holder:
            row = holder.scalars(select(held).where(held.id == rows[held]).with_for_update()).one()
            taking = pool.submit(wait_and_take)
            until_held(above, rows)
            assert not taking.done(), "it gave a row that somebody holds"
            for name, value in change.items():
                setattr(row, name, value)
        assert [taking.result(LONGEST_WAIT)] == list(change.values())


def until_held(models: list[type[Any]], rows: dict[type[Any], UUID]) -> None:
    """Until somebody holds all of these rows; the test fails when nobody ever does."""
    until = time.monotonic() + LONGEST_WAIT
    while any(is_free(model, rows[model]) for model in models):
        assert time.monotonic() < until, "what stands above is not locked first"


def is_free(model: type[Any], identity: UUID) -> bool:
    """Whether the row could be locked now."""
    asked = select(model.id).where(model.id == identity).with_for_update(key_share=True, nowait=True)
    try:
        with db.transaction() as session:
            session.execute(asked)
    except OperationalError:
        return False
    return True
