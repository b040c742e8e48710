"""Entitlements from measures (R34.1): given for a calendar year, and brought to what a newer version says."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.models.entitlement import Entitlement
from portal.models.programme import Measure, Programme
from portal.operations import choice, ledger, locks
from portal.rules import entitlements as rules
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.programmes import NewMeasure
from portal.rules.service import HOURLY, Service


def renew(session: Session, measure: Measure, year: int, now: datetime) -> Entitlement | None:
    """The entitlement of a measure for one more calendar year, when it has none yet and lasts (R34.1).

    Nothing is given for days that have passed, nor to somebody who has died or left.
    """
    programme = _lock_programme(session, measure)
    if programme is None or measure.service not in HOURLY or _holds(session, measure, year):
        return None
    grant = grant_of(session, measure, programme, year, _today(now))
    if grant is None:
        return None
    entitlement = Entitlement(
        person_id=programme.person_id,
        office_id=programme.office_id,
        measure_id=measure.id,
        service=measure.service,
        year=year,
        starts_on=grant.starts_on,
        ends_on=grant.ends_on,
        granted=0,
        available=0,
        reserved=0,
        used=0,
        returned=0,
        excess=0,
        reserved_tiyn=0,
        owed_tiyn=0,
        paid_tiyn=0,
        claimed_tiyn=0,
        recovered_tiyn=0,
        reminder_due_on=rules.reminder_due_on(_today(now), 0),
    )
    session.add(entitlement)
    ledger.grant(session, entitlement, grant.minutes, now)
    return entitlement


def adjust(session: Session, entitlement: Entitlement, measure: Measure, programme: Programme, now: datetime) -> None:
    """Bring an open entitlement to what its measure says now: its last day, and more minutes or fewer (R34.1).

    What is set aside for orders or used stays: only what is free is taken back. The caller holds the lock, and has
    seen that the measure still gives something in this year.
    """
    since = min(entitlement.starts_on, _today(now))
    grant = grant_of(session, measure, programme, entitlement.year, since)
    if grant is None:
        ledger.lower(session, entitlement, entitlement.given, now)
        return
    entitlement.starts_on, entitlement.ends_on = grant.starts_on, grant.ends_on
    difference = grant.minutes - entitlement.given
    if difference > 0:
        ledger.raise_by(session, entitlement, difference, now)
        choice.resume(session, entitlement, now)
    elif difference < 0:
        ledger.lower(session, entitlement, -difference, now)


def reopen(session: Session, entitlement: Entitlement, measure: Measure, programme: Programme, now: datetime) -> bool:
    """An entitlement that had ended lasts again, from today: what the rest of its days give is free (R42.3).

    False when the rest of its days gives nothing. The caller holds the lock.
    """
    grant = grant_of(session, measure, programme, entitlement.year, _today(now))
    used = entitlement.used if entitlement.service is Service.INTERPRETER else 0
    if grant is None or grant.minutes <= used:
        return False
    entitlement.closed_on = entitlement.close_reason = entitlement.ended_by_id = None
    entitlement.ends_on = grant.ends_on
    entitlement.reminder_due_on = rules.reminder_due_on(_today(now), 0)
    ledger.raise_by(session, entitlement, grant.minutes - used, now)
    return True


def grant_of(session: Session, measure: Measure, programme: Programme, year: int, since: date) -> rules.Grant | None:
    """What the measure gives in a year from `since` on, less what the person's other measures give (RI.2)."""
    whole = _grant(measure, programme, year, since, 0)
    if whole is None:
        return None
    others = session.scalars(
        select(Entitlement)
        .where(
            Entitlement.person_id == programme.person_id,
            Entitlement.service == measure.service,
            Entitlement.year == year,
            Entitlement.measure_id != measure.id,
        )
        .order_by(Entitlement.id)
    )
    return _grant(measure, programme, year, since, sum(_taken(one, whole) for one in others))


def of_measure(session: Session, measure_id: UUID) -> list[UUID]:
    """The entitlements of a measure, in the order in which they are locked."""
    return list(
        session.scalars(select(Entitlement.id).where(Entitlement.measure_id == measure_id).order_by(Entitlement.id))
    )


def _lock_programme(session: Session, measure: Measure) -> Programme | None:
    """The programme of a measure with its person locked; None when it is closed, or the person has died or left."""
    session.flush()
    person_id = session.scalars(select(Programme.person_id).where(Programme.id == measure.programme_id)).one()
    person = locks.person(session, person_id)
    programme = session.get_one(Programme, measure.programme_id, populate_existing=True)
    if programme.closed_at is not None or person.died_on is not None or person.departed_on is not None:
        return None
    return programme


def _holds(session: Session, measure: Measure, year: int) -> bool:
    held = select(Entitlement.id).where(Entitlement.measure_id == measure.id, Entitlement.year == year)
    return session.scalar(select(held.exists())) or False


def _grant(measure: Measure, programme: Programme, year: int, since: date, already: int) -> rules.Grant | None:
    volume = NewMeasure(
        id=measure.external_id,
        service=measure.service.value,
        valid_from=measure.valid_from,
        valid_to=measure.valid_to,
        quantity=measure.quantity,
        unit=measure.unit,
    )
    return rules.grant(
        measure.service,
        programme_from=programme.valid_from,
        programme_to=programme.valid_to,
        measure_from=measure.valid_from,
        measure_to=measure.valid_to,
        arrived_on=since,
        year=year,
        quantity_minutes=volume.quantity_minutes,
        minutes_a_day=volume.minutes_a_day,
        already_granted_minutes=already,
    )


def _taken(other: Entitlement, whole: rules.Grant) -> int:
    """How much of the same days (assistant) or of the year (interpreter) another entitlement takes, in minutes."""
    kept = other.given
    if other.service is Service.INTERPRETER:
        return kept
    days = (other.ends_on - other.starts_on).days + 1
    a_day = min(-(-other.granted // days), ASSISTANT_MINUTES_A_DAY.on(whole.starts_on))
    last = min(other.ends_on, other.closed_on or other.ends_on, whole.ends_on)
    shared = (last - max(other.starts_on, whole.starts_on)).days + 1
    return min(kept, a_day * max(shared, 0))


def _today(now: datetime) -> date:
    return now.astimezone(ALMATY).date()
