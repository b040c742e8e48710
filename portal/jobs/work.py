"""The worker process: runs the tasks of the queue until it is told to stop."""

import procrastinate

from portal.jobs import tasks  # noqa: F401 - importing registers the tasks
from portal.queue import queue

TASKS_AT_ONCE = 4
GRACE_SECONDS = 6
"""Less than whoever stops the worker waits before killing it."""


def run(database_url: str) -> None:
    """Run tasks until SIGTERM or Ctrl-C; a task that has begun is finished."""
    connector = procrastinate.PsycopgConnector(conninfo=database_url, min_size=1, max_size=4)
    with queue.replace_connector(connector) as working:
        working.run_worker(concurrency=TASKS_AT_ONCE, delete_jobs="successful", shutdown_graceful_timeout=GRACE_SECONDS)
