"""Deeds that stop in the middle and wait to be killed; run by test_races.py in a process of its own."""

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from portal import db
from portal.jobs import payments as paying
from portal.models.person import Person
from portal.operations import orders
from portal.payments import reconcile
from portal.payments.client import PaymentClient
from tests import factories as make
from tests.apps import words
from tests.factories import MONDAY
from tests.pen import signed


def wait_to_be_killed() -> None:
    """Say that the place is reached, and go no further."""
    print("here", flush=True)
    time.sleep(120)


def place(document_id: str, person_id: str) -> None:
    """Place an order, all but its commit."""
    with words(), db.transaction() as session:
        person = session.get_one(Person, UUID(person_id))
        orders.place(session, signed(UUID(document_id)), make.as_recipient(person), MONDAY)
        session.flush()
        wait_to_be_killed()


def pay(payment_id: str, base: str, moment: str) -> None:
    """Ask for a payment; stop before the request leaves, or when the answer has come and is not written down."""
    really = reconcile.request

    def request(*given: Any, **named: Any) -> Any:
        if moment == "before":
            wait_to_be_killed()
        outcome = really(*given, **named)
        wait_to_be_killed()
        return outcome

    setattr(reconcile, "request", request)  # noqa: B010 - the process is made to die here, so nothing puts it back
    with PaymentClient(base, "sk_test_races") as client:
        paying.ask(UUID(payment_id), client, lambda: MONDAY + timedelta(days=1))


DEEDS: dict[str, Callable[..., None]] = {"place": place, "pay": pay}


if __name__ == "__main__":
    db.connect(os.environ["DATABASE_URL"])
    DEEDS[sys.argv[1]](*sys.argv[2:])
