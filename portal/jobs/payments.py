"""Sending payments (R42.11): what is approved is asked for, what is unknown is looked up, each in small transactions.

Three steps, two of them committed: the attempt is written down, then the payment system is asked, then the outcome is
written down. A process that dies between them leaves an attempt that is looked up when its lease has run out.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from portal.db import reading, transaction
from portal.operations import payments
from portal.payments import reconcile
from portal.payments.client import PaymentClient
from portal.payments.reconcile import Asked, Outcome
from portal.queries.payments import due
from portal.rules.payments import PaymentStatus

log = logging.getLogger(__name__)
AT_ONCE = 50
Now = Callable[[], datetime]


def send_due(client: PaymentClient, now_fn: Now, limit: int = AT_ONCE) -> int:
    """Ask for what is approved and look up what is unknown, as far as due; says how many got an outcome.

    Safe to run twice and at once. A fault in one payment does not keep the others; it is raised at the end.
    """
    with reading() as session:
        found = due(session, now_fn(), limit)
    faults: list[Exception] = []
    settled = 0
    for payment_id, status in found:
        step = ask if status is PaymentStatus.APPROVED else look_up
        try:
            settled += step(payment_id, client, now_fn)
        except Exception as fault:  # one payment's fault must not hold back the money of the others
            log.exception("Payment %s could not be dealt with.", payment_id)
            faults.append(fault)
            _put_off(payment_id, now_fn)
    if faults:
        raise faults[0]
    return settled


def _put_off(payment_id: UUID, now_fn: Now) -> None:
    try:
        with transaction() as session:
            payments.put_off(session, payment_id, now_fn())
    except Exception:  # then it comes again as it stands
        log.exception("Payment %s could not be put off.", payment_id)


def ask(payment_id: UUID, client: PaymentClient, now_fn: Now) -> bool:
    """Make a new attempt of an approved payment; False while its outcome is not known, or when another has begun it."""
    with transaction() as session:
        asked = payments.write_down(session, payment_id, now_fn())
    if asked is None:
        return False
    # An earlier attempt was refused; should it have paid all the same, that is seen before anything is asked anew.
    outcome = reconcile.look(asked, client) if asked.attempt > 1 else reconcile.request(asked, client)
    return _conclude(payment_id, asked, outcome, now_fn)


def look_up(payment_id: UUID, client: PaymentClient, now_fn: Now) -> bool:
    """Find out what became of an attempt; only if nothing came of it, the same key and bytes are asked for again."""
    with transaction() as session:
        asked = payments.lease(session, payment_id, now_fn())
    if asked is None:
        return False
    return _conclude(payment_id, asked, reconcile.look(asked, client), now_fn)


def _conclude(payment_id: UUID, asked: Asked, outcome: Outcome, now_fn: Now) -> bool:
    with transaction() as session:
        return payments.conclude(session, payment_id, asked.attempt, outcome, now_fn())
