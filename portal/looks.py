"""Whoever opens a page about a recipient leaves a row in the journal (RI.6): doors are watched, no page forgets it.

What an address names (`<uuid:order_id>`) is found by itself; a page that shows several people says whom (`listed`).
"""

import logging
from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from portal import clock
from portal.actor import Actor
from portal.auth import actor
from portal.db import get_session, transaction
from portal.operations import looks as operations
from portal.queries import looks as queries
from portal.queries.looks import LISTED, Look

MOST_REMEMBERED = 2_000
"""Readers and days."""


def watch(door: Blueprint) -> None:
    """Write down what pages of this door show of recipients."""
    door.after_request(_note)


def listed(recipient_ids: Iterable[UUID]) -> None:
    """This page shows the names of these recipients."""
    g.setdefault("listed", set()).update(recipient_ids)


def _note(response: Response) -> Response:
    """After the page: in a transaction of its own, which never breaks the page."""
    if request.method != "GET" or response.status_code != 200:
        return response
    try:
        _write(actor())
    except SQLAlchemyError:
        logging.getLogger(__name__).warning("a look at %s was not written down", request.endpoint, exc_info=True)
    return response


def _write(who: Actor) -> None:
    now = clock.now()
    seen = _remembered((who, now.date()))
    named = [(name, value) for name, value in (request.view_args or {}).items() if name in queries.WHOSE]
    fresh = [queries.whose(get_session(), name, value) for name, value in named if (name, value) not in seen]
    fresh += [Look(LISTED, "people", one, one) for one in g.get("listed", ()) if one not in seen]
    if found := [look for look in fresh if look is not None]:
        with transaction() as session:
            operations.write(session, found, who, now)
    seen.update(named, g.get("listed", ()))


def _remembered(key: object) -> set[object]:
    """What this process knows to be written today: a page that is opened again asks the database nothing."""
    kept: dict[object, set[object]] = current_app.extensions.setdefault("looks", {})
    if key not in kept and len(kept) >= MOST_REMEMBERED:
        kept.clear()
    return kept.setdefault(key, set())
