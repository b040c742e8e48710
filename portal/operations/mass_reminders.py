"""Many reminders to choose a provider, and blocks (R34.3): what `choice.remind` does for one, row for row, in sets."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from sqlalchemy import TextClause, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, DATE, TIMESTAMP
from sqlalchemy.orm import Session

from portal.models.entitlement import Entitlement
from portal.models.person import Person
from portal.operations import choice, locks, mass_executions, sms
from portal.operations.editions import edition
from portal.operations.mass_endings import Done
from portal.operations.sms import Owed
from portal.rules.entitlements import is_to_be_blocked
from portal.rules.quantities import day_of
from portal.sms import texts

_DUE = select(
    Entitlement.id,
    Entitlement.ends_on,
    Entitlement.waits_since,
    Person,
).join(Person, Person.id == Entitlement.person_id)

_CHANGED: LiteralString = """
    WITH due AS MATERIALIZED (
        SELECT * FROM unnest(:keys, :due_on) WITH ORDINALITY AS d (id, due_on, place)
    ), changed AS (
        UPDATE entitlements e
        SET reminder_due_on = d.due_on,
            reminders_sent = CASE WHEN d.due_on IS NULL THEN e.reminders_sent ELSE e.reminders_sent + 1 END,
            blocked_on = CASE WHEN d.due_on IS NULL THEN :today ELSE e.blocked_on END
        FROM due d WHERE e.id = d.id
        RETURNING e.id, e.person_id, e.service, e.year, e.quarter, e.available, e.reserved, e.blocked_on, d.place
    ), journal AS (
        INSERT INTO audit (at, role, for_person_id, thing, thing_id, action, details)
        SELECT :now, 'system', person_id, 'entitlements', id,
               CASE WHEN blocked_on IS NULL THEN 'remind' ELSE 'block' END,
               CASE WHEN blocked_on IS NULL THEN jsonb_build_object('told', true) ELSE '{}' END
        FROM changed ORDER BY place
    )"""
_COUNT: LiteralString = "\nSELECT count(*), (SELECT count(*) FROM told) FROM changed"

_REMIND: TextClause = text(",".join((_CHANGED, mass_executions.told(mass_executions.BLOCKS))) + _COUNT).bindparams(
    bindparam("keys", type_=ARRAY(Uuid)),
    bindparam("due_on", type_=ARRAY(DATE)),
    bindparam("now", type_=TIMESTAMP(timezone=True)),
    bindparam("today", type_=DATE),
)
"""Those without a next day are blocked; the others are reminded."""


def remind(session: Session, keys: Sequence[UUID], now: datetime) -> Done:
    """Nothing was chosen for a month: SMS ask to choose within the next one, or say that the choice is blocked (R34.3).

    Counts those who were told. Whoever has no phone is left: somebody else may be told for them.
    """
    locks.entitlements(session, keys)
    today = day_of(now)
    due = _DUE.where(Entitlement.id.in_(keys), Entitlement.closed_on.is_(None), Entitlement.reminder_due_on <= today)
    found = {row.id: row for row in session.execute(due)}
    still = [found[key] for key in keys if key in found]
    left = [row.id for row in still if not row.Person.phone]
    return Done(_tell(session, [row for row in still if row.Person.phone], now), left)


def _tell(session: Session, rows: Sequence[Any], now: datetime) -> int:
    if not rows:
        return 0
    today = day_of(now)
    due_on = [_next(row, today) for row in rows]
    owed = [_say(row, day, today) for row, day in zip(rows, due_on, strict=True)]
    sms.owe_many(session, owed, now)
    mass_executions.do(session, _REMIND, now, keys=[row.id for row in rows], due_on=due_on, today=today)
    return len(rows)


def _next(row: Any, today: date) -> date | None:
    """The day of the next reminder; None for a choice that is blocked now."""
    blocked = is_to_be_blocked(row.waits_since, today, edition())
    return None if blocked else choice.next_reminder(row.waits_since, today)


def _say(row: Any, day: date | None, today: date) -> Owed:
    if day is None:
        return Owed(row.Person, choice.block_about(row.Person.id, today), texts.choice_blocked(row.Person))
    until = min(day, row.ends_on)
    about = choice.reminder_about(row.Person.id, today, until)
    return Owed(row.Person, about, texts.choose_reminder(row.Person, until))
