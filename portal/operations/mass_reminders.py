"""Many reminders to choose a provider (R34.3): what `choice.remind` does for one, row for row, in sets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BOOLEAN, DATE, TIMESTAMP
from sqlalchemy.orm import Session

from portal.models.entitlement import Entitlement
from portal.models.person import Person
from portal.operations import choice, locks, sms
from portal.operations.editions import edition
from portal.operations.mass_endings import Done
from portal.operations.sms import Owed
from portal.rules.entitlements import is_to_be_blocked
from portal.rules.quantities import day_of
from portal.sms import texts

_DUE = select(
    Entitlement.id,
    Entitlement.reminders_sent,
    Entitlement.ends_on,
    Entitlement.waits_since,
    Person,
).join(Person, Person.id == Entitlement.person_id)

_REMIND: TextClause = text("""
    WITH reminded AS MATERIALIZED (
        SELECT * FROM unnest(:keys, :due_on, :told) WITH ORDINALITY AS r (id, due_on, told, place)
    ), changed AS (
        UPDATE entitlements e SET reminders_sent = e.reminders_sent + 1, reminder_due_on = r.due_on
        FROM reminded r WHERE e.id = r.id
    )
    INSERT INTO audit (at, role, for_person_id, thing, thing_id, action, details)
    SELECT :now, 'system', e.person_id, 'entitlements', e.id, 'remind', jsonb_build_object('told', r.told)
    FROM reminded r JOIN entitlements e ON e.id = r.id ORDER BY r.place
""").bindparams(
    bindparam("keys", type_=ARRAY(Uuid)),
    bindparam("due_on", type_=ARRAY(DATE)),
    bindparam("told", type_=ARRAY(BOOLEAN)),
    bindparam("now", type_=TIMESTAMP(timezone=True)),
)


def remind(session: Session, keys: Sequence[UUID], now: datetime) -> Done:
    """Nothing was chosen for a month: SMS ask to choose within the next one (R34.3).

    Counts those who were told. Whoever has no phone is left: somebody else may be told for them. So is a choice that
    is to be blocked now.
    """
    locks.entitlements(session, keys)
    today = day_of(now)
    due = _DUE.where(Entitlement.id.in_(keys), Entitlement.closed_on.is_(None), Entitlement.reminder_due_on <= today)
    found = {row.id: row for row in session.execute(due)}
    still = [found[key] for key in keys if key in found]
    left = [row.id for row in still if not row.Person.phone or is_to_be_blocked(row.waits_since, today, edition())]
    return Done(_tell(session, [row for row in still if row.id not in left], now), left)


def _tell(session: Session, rows: Sequence[Any], now: datetime) -> int:
    if not rows:
        return 0
    today = day_of(now)
    due_on = [choice.next_reminder(row.waits_since, today) for row in rows]
    about = [f"reminder:{row.id}:{row.reminders_sent + 1}" for row in rows]
    owed = [
        Owed(row.Person, what, texts.choose_reminder(row.Person, min(day, row.ends_on)))
        for row, day, what in zip(rows, due_on, about, strict=True)
    ]
    new = sms.owe_many(session, owed, now)
    told = [what in new for what in about]
    keys = [row.id for row in rows]
    session.execute(_REMIND, {"keys": keys, "due_on": due_on, "told": told, "now": now})
    return sum(told)
