"""Changing the official calendar: with its decree, written down, and with what it does to terms that run (RI.7).

A change moves no running term by itself. Who makes it sees first what it would move, and says whether it may.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.reference import CalendarDay
from portal.operations import moved_terms
from portal.queries import calendar_days, reference, running_terms
from portal.queries.running_terms import RunningTerm
from portal.rules.calendar_days import NewDay, check_day, check_new_years, check_texts
from portal.rules.law import N_, RuleViolation
from portal.rules.moved_terms import Moved, moved
from portal.rules.parameters import Edition
from portal.rules.roles import Role
from portal.rules.terms import Calendar

FIELDS = ("kind", "why_kk", "why_ru", "basis", "confirmed")


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change: the days that differ from what the calendar says now, and the running terms they touch."""

    changes: Sequence[NewDay]
    terms: Sequence[Moved[RunningTerm]]

    @property
    def seen(self) -> str:
        """A mark of the list of terms: another list has another one."""
        lines = (f"{one.running.stored} {one.running.id} {one.running.due_on} {one.to}\n" for one in self.terms)
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:32]


def plan(session: Session, wanted: Iterable[NewDay], edition: Edition, today: date) -> Plan:
    """What these days would change; raises RuleViolation for one that may not be in the calendar."""
    wanted = list({new.day: new for new in wanted}.values())
    for new in wanted:
        check_day(new)
        check_texts(new)
    held, before = calendar_days.every(session), reference.calendar(session)
    check_new_years(wanted, before.years)
    changes = [new for new in wanted if _differs(new, held.get(new.day))]
    touched = [new.day for new in changes if new.kind != _kind(held, new.day)]
    if not touched:
        return Plan(changes, ())
    after = Calendar.from_rows(_rows_after(held, changes))
    return Plan(changes, moved(running_terms.running(session, max(touched)), before, after, edition, today))


def change(
    session: Session,
    wanted: Iterable[NewDay],
    edition: Edition,
    actor: Actor,
    now: datetime,
    *,
    move: bool,
    seen: str = "",
) -> int:
    """Change the calendar; with `move`, also the terms of the list that was `seen`. Says how many terms it moved.

    Raises RuleViolation when nothing would change, or when the list is another one by now.
    """
    _check_actor(actor)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("calendar"))))
    found = plan(session, wanted, edition, now.date())
    if not found.changes:
        raise RuleViolation(N_("The calendar says this already, so nothing was changed."), "RI.7")
    if move and seen != found.seen:
        raise RuleViolation(
            N_("Other terms have begun or ended since this list was made. Look at the new list first."), "RI.7"
        )
    _write(session, found.changes, actor, now)
    if not move:
        return 0
    decrees = sorted({new.basis for new in found.changes})
    return moved_terms.move(session, found.terms, decrees, actor, now)


def journal_id(day: date) -> UUID:
    """By which id the journal knows a day of the calendar."""
    return uuid5(NAMESPACE_URL, f"calendar-day:{day}")


def _check_actor(actor: Actor) -> None:
    if actor.role is not Role.MINISTRY:
        raise LookupError("only the ministry keeps the calendar")


def _rows_after(held: Mapping[date, CalendarDay], changes: Iterable[NewDay]) -> Iterable[tuple[date, str]]:
    kinds = {day: row.kind for day, row in held.items()} | {new.day: new.kind for new in changes}
    return [(day, kind) for day, kind in kinds.items() if kind is not None]


def _kind(held: Mapping[date, CalendarDay], day: date) -> str | None:
    return held[day].kind if day in held else None


def _differs(new: NewDay, row: CalendarDay | None) -> bool:
    if row is None or new.kind is None:
        return (row is None) != (new.kind is None)
    return any(getattr(row, name) != getattr(new, name) for name in FIELDS)


def _write(session: Session, changes: Sequence[NewDay], actor: Actor, now: datetime) -> None:
    """The days as they are to be, each change written down with what stood there before."""
    held = calendar_days.every(session)
    for new in changes:
        row = held.get(new.day)
        record(
            session,
            actor,
            now,
            thing="calendar_days",
            thing_id=journal_id(new.day),
            action="change_calendar",
            before=row.kind if row else None,
            after=new.kind,
            day=new.day.isoformat(),
            basis=new.basis,
            was={name: getattr(row, name) for name in FIELDS} if row else None,
            becomes={name: getattr(new, name) for name in FIELDS} if new.kind else None,
        )
    gone = [new.day for new in changes if new.kind is None]
    session.execute(delete(CalendarDay).where(CalendarDay.day.in_(gone)))
    kept = [asdict(new) for new in changes if new.kind is not None]
    if kept:
        statement = insert(CalendarDay).values(kept)
        changed = {name: statement.excluded[name] for name in FIELDS}
        session.execute(statement.on_conflict_do_update(index_elements=["day"], set_=changed))
    session.expire_all()
