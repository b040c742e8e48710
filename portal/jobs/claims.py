"""Claimed money that comes back by itself (R42.11): transfers are reversed, what was kept from payments is counted.

A reversal takes three steps, as a payment does: it is written down, the payment system is asked, the outcome is written
down. A process that dies between them leaves one that is looked up when its lease has run out.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from portal.db import reading, transaction
from portal.operations import reversals, set_offs
from portal.payments.client import PaymentClient
from portal.payments.reversals import take_back

log = logging.getLogger(__name__)
AT_ONCE = 50
Now = Callable[[], datetime]


def count_set_offs(now_fn: Now, limit: int = AT_ONCE) -> int:
    """Count for their claims what was kept from payments that are made; says how many."""
    with reading() as session:
        found = set_offs.due(session, limit)
    return sum(_each(one, lambda one: _count(one, now_fn)) for one in found)


def send_due(client: PaymentClient, now_fn: Now, limit: int = AT_ONCE) -> int:
    """Ask for reversals and look up those whose answer never came; says how many got an outcome."""
    with reading() as session:
        found = reversals.due(session, now_fn(), limit)
    return sum(_each(one, lambda one: reverse(one, client, now_fn)) for one in found)


def reverse(settlement_id: UUID, client: PaymentClient, now_fn: Now) -> bool:
    """Take one transfer back; False while the outcome is not known, or when another process has it."""
    with transaction() as session:
        asked = reversals.lease(session, settlement_id, now_fn())
    if asked is None:
        return False
    outcome = take_back(asked, client)
    with transaction() as session:
        return reversals.conclude(session, settlement_id, outcome, now_fn())


def _count(settlement_id: UUID, now_fn: Now) -> bool:
    with transaction() as session:
        return set_offs.conclude(session, settlement_id, now_fn())


def _each(settlement_id: UUID, do: Callable[[UUID], bool]) -> bool:
    try:
        return do(settlement_id)
    except Exception:  # one fault must not hold back the money of the others; it is found again the next time
        log.exception("Settlement %s could not be dealt with.", settlement_id)
        return False
