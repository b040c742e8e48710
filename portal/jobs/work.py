"""The worker process: runs the tasks of the queue until it is told to stop."""

import procrastinate

from portal.db import OPTIONS, transaction
from portal.jobs import tasks  # noqa: F401 - importing registers the tasks
from portal.queue import nudge, queue

TASKS_AT_ONCE = 4
GRACE_SECONDS = 6
"""Less than whoever stops the worker waits before killing it."""


def run(database_url: str) -> None:
    """Run tasks until SIGTERM or Ctrl-C; a task that has begun is finished.

    It begins with each of those that come round by themselves, for what a worker that was killed left behind.
    """
    with transaction() as session:
        for name in sorted({task for task, _ in queue.periodic_registry.periodic_tasks}):
            nudge(session, name)
    connector = procrastinate.PsycopgConnector(
        conninfo=database_url, min_size=1, max_size=4, kwargs={"options": OPTIONS}
    )
    with queue.replace_connector(connector) as working:
        working.run_worker(concurrency=TASKS_AT_ONCE, delete_jobs="successful", shutdown_graceful_timeout=GRACE_SECONDS)
