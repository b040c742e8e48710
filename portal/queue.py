"""The job queue: its application object, and the nudge that a transaction gives to a job.

What must leave the portal is first a row of its own; the job is only a nudge on the same connection, so it exists if
and only if the transaction was committed. Tasks are in `portal.jobs`, which this module does not import.
"""

import procrastinate
from sqlalchemy.orm import Session

# The worker gives it its connector; it holds the tasks.
queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(), import_paths=["portal.jobs.tasks"])

# Nudges go through one of their own, on the connection of the transaction, in the worker's threads too.
_nudges = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def nudge(session: Session, task: str) -> None:
    """Ask for `task` to run as soon as this transaction is committed."""
    connection = session.connection().connection.driver_connection
    _nudges.configure_task(task, allow_unknown=True, connection=connection).defer()
