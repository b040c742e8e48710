"""Reading a person's record is written down once a day for each reader and thing; the person sees it (RI.6)."""

from collections.abc import Collection
from datetime import datetime, time

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.clock import ALMATY
from portal.queries import looks as journal
from portal.queries.looks import Look
from portal.rules.quantities import day_of

# A look gives way: it never waits long enough to be part of a deadlock with somebody's work.
_GIVE_WAY = text("SET LOCAL lock_timeout = '250ms'")


def write(session: Session, looks: Collection[Look], actor: Actor, now: datetime) -> None:
    """Write down what was looked at today and is not written yet; always in the same order of people."""
    session.execute(_GIVE_WAY)
    today = datetime.combine(day_of(now), time(0), ALMATY)
    known = journal.written(session, looks, actor.person_id, actor.organisation_id, today)
    for look in sorted(set(looks) - known, key=lambda one: (one.about, one.thing, one.thing_id)):
        record(session, actor, now, thing=look.thing, thing_id=look.thing_id, action=look.action, about=look.about)
