"""Sending executions to E-Sobes (R42.4): oldest first, each until it was taken; E-Sobes keeps a repeated one once.

Each is leased in a transaction of its own, sent outside of any, then marked. A process that dies in between leaves a
row that is sent again when its lease has run out.
"""

import logging
from uuid import UUID

from portal import clock
from portal.config import Config
from portal.db import transaction
from portal.esobes.client import EsobesDown, EsobesRefused, send
from portal.operations import executions

log = logging.getLogger(__name__)


def send_owed(config: Config) -> int:
    """Send what is due; says how many were taken. A refusal waits as long as a failure, for people to look at.

    When E-Sobes cannot be reached the rest is left for the next time.
    """
    taken = 0
    while config.esobes_url and (leased := _lease()) is not None:
        execution_id, body = leased
        try:
            send(config.esobes_url, config.esobes_out_token, body)
        except EsobesDown as error:
            _wait(execution_id, error)
            break
        except EsobesRefused as error:
            _wait(execution_id, error)
        else:
            with transaction() as session:
                executions.taken(session, execution_id, clock.now())
            taken += 1
    return taken


def _lease() -> tuple[UUID, dict[str, object]] | None:
    with transaction() as session:
        return executions.lease(session, clock.now())


def _wait(execution_id: UUID, error: EsobesDown | EsobesRefused) -> None:
    log.warning("Execution %s waits: %s", execution_id, error)
    with transaction() as session:
        executions.wait(session, execution_id, clock.now())
