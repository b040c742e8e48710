"""Entitlements from measures (R34.1): given for a period, and brought to what a newer version says."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.models.entitlement import Entitlement
from portal.models.programme import Measure, Programme
from portal.operations import choice, ledger, locks, volumes
from portal.operations.editions import edition
from portal.rules import entitlements as rules
from portal.rules.entitlements import Period
from portal.rules.quantities import day_of
from portal.rules.service import GOODS, Service


def renew(session: Session, measure: Measure, now: datetime) -> Entitlement | None:
    """The entitlement of a measure for the period of today, or of its first day, when it has none yet (R34.1).

    Nothing is given for days that have passed, nor to somebody who has died or left. Either way the measure knows
    afterwards on which day it gives something next.
    """
    programme = _lock_programme(session, measure)
    if programme is None:
        measure.renew_on = None
        return None
    volume, _item = volumes.volume_of(session, measure)
    once = rules.once(measure.service, volume)
    period = _period(session, measure, max(day_of(now), measure.valid_from))
    held = _holds(session, measure, None if once else period)
    _plan(measure, programme, period, once)
    if held:
        return None
    grant = volumes.grant_of(session, measure, programme, period, day_of(now))
    if grant is None:
        _try_again(measure, programme, measure.valid_to if once else period.last, now)
        return None
    if once:
        period = Period(grant.starts_on.year)
    return _add(session, measure, programme, period, grant, now)


def adjust(session: Session, entitlement: Entitlement, measure: Measure, programme: Programme, now: datetime) -> None:
    """Bring an open entitlement to what its measure says now: its last day, and more units or fewer (R34.1).

    What is set aside for orders or used stays: only what is free is taken back. The caller holds the lock, and has
    seen that the measure still gives something in this period.
    """
    since, before = min(entitlement.starts_on, day_of(now)), (entitlement.starts_on, entitlement.ends_on)
    of_period = (session, measure, programme, _of(entitlement))
    whole = volumes.whole_of(*of_period, since)
    if whole is not None:  # its days change also where nothing is left of it
        _begin_on(entitlement, whole.starts_on)
        _end_on(entitlement, whole.ends_on, measure, programme)
    grant = volumes.grant_of(*of_period, since)
    units = grant.units if grant else 0
    if whole is not None and before == (whole.starts_on, whole.ends_on):
        # What others were given beside it was reckoned without it, so it is not taken from it for the same days.
        units = max(units, min(entitlement.given, volumes.own_units(*of_period, whole.starts_on)))
    difference = units - entitlement.given
    if difference > 0:
        ledger.raise_by(session, entitlement, difference, now)
        choice.resume(session, entitlement, now)
    elif difference < 0:
        ledger.lower(session, entitlement, -difference, now)
        choice.rest(entitlement)


def reopen(session: Session, entitlement: Entitlement, measure: Measure, programme: Programme, now: datetime) -> bool:
    """An entitlement that had ended lasts again, from today: what the rest of its days give is free (R42.3).

    False when the rest of its days gives nothing. The caller holds the lock.
    """
    grant = volumes.grant_of(session, measure, programme, _of(entitlement), day_of(now))
    used = 0 if entitlement.service is Service.ASSISTANT else entitlement.used
    if grant is None or grant.units <= used:
        return False
    entitlement.closed_on = entitlement.close_reason = entitlement.ended_by_id = None
    since = min(entitlement.starts_on, day_of(now))
    _begin_on(entitlement, (volumes.whole_of(session, measure, programme, _of(entitlement), since) or grant).starts_on)
    _end_on(entitlement, grant.ends_on, measure, programme)
    choice.wait(entitlement, now)
    ledger.raise_by(session, entitlement, grant.units - used, now)
    return True


def first_day(session: Session, entitlement: Entitlement, measure: Measure) -> date:
    """The first day on which the measure as it stands can give something of this entitlement."""
    volume, _item = volumes.volume_of(session, measure)
    once = rules.once(measure.service, volume)
    return measure.valid_from if once else max(measure.valid_from, _of(entitlement).first)


def last_day(session: Session, entitlement: Entitlement, measure: Measure) -> date:
    """The last day on which the measure as it stands can give something of this entitlement, or goods ordered of it
    can still be handed over."""
    volume, _item = volumes.volume_of(session, measure)
    if rules.once(measure.service, volume):
        return measure.valid_to
    return min(measure.valid_to, max(_of(entitlement).last, entitlement.lasts_until))


def of_measure(session: Session, measure_id: UUID) -> list[UUID]:
    """The entitlements of a measure, in the order in which they are locked."""
    return list(
        session.scalars(select(Entitlement.id).where(Entitlement.measure_id == measure_id).order_by(Entitlement.id))
    )


def wake(session: Session, person_id: UUID, service: Service, on: date) -> None:
    """Something ended early: what other measures of the service did not give because of it is given from `on`."""
    open_ones = select(Entitlement.id).where(Entitlement.measure_id == Measure.id, Entitlement.closed_on.is_(None))
    lasting = select(Programme.id).where(Programme.person_id == person_id, Programme.closed_at.is_(None))
    session.execute(
        update(Measure)
        .where(
            Measure.programme_id.in_(lasting),
            Measure.service == service,
            Measure.valid_to >= on,
            or_(Measure.renew_on.is_(None), Measure.renew_on > on),
            ~open_ones.exists(),
        )
        .values(renew_on=on)
        .execution_options(synchronize_session="fetch")
    )


def look_again(session: Session, person_id: UUID, on: date) -> None:
    """What a person's measures give next is planned anew on a day: meanwhile nothing was to be given."""
    mine = select(Programme.id).where(Programme.person_id == person_id, Programme.closed_at.is_(None))
    again = update(Measure).where(Measure.programme_id.in_(mine), Measure.valid_to >= on).values(renew_on=on)
    session.execute(again.execution_options(synchronize_session="fetch"))


def tomorrow(now: datetime) -> date:
    """The first day whose work is still to be done."""
    return day_of(now) + timedelta(days=1)


def _add(
    session: Session, measure: Measure, programme: Programme, period: Period, grant: rules.Grant, now: datetime
) -> Entitlement:
    entitlement = Entitlement(
        person_id=programme.person_id,
        office_id=programme.office_id,
        measure_id=measure.id,
        service=measure.service,
        year=period.year,
        quarter=period.quarter,
        starts_on=grant.starts_on,
        ends_on=grant.ends_on,
        lasts_until=grant.ends_on,
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
    )
    choice.wait(entitlement, now)
    session.add(entitlement)
    ledger.grant(session, entitlement, grant.units, now)
    return entitlement


def _begin_on(entitlement: Entitlement, starts_on: date) -> None:
    """It begins on another day; goods stand under the year of their first one."""
    entitlement.starts_on = starts_on
    if entitlement.service in GOODS:
        entitlement.year = starts_on.year


def _end_on(entitlement: Entitlement, ends_on: date, measure: Measure, programme: Programme) -> None:
    """It ends on another day; goods on their way keep their days, as long as the programme lasts."""
    entitlement.ends_on = ends_on
    entitlement.lasts_until = max(ends_on, min(entitlement.lasts_until, measure.valid_to, programme.valid_to))


def _plan(measure: Measure, programme: Programme, period: Period, once: bool) -> None:
    """The day on which the measure gives something next, if it lasts until then."""
    following = period.next_first
    lasts = following <= min(measure.valid_to, programme.valid_to)
    measure.renew_on = following if lasts and not once else None


def _try_again(measure: Measure, programme: Programme, last: date, now: datetime) -> None:
    """Another measure takes all that this one could give: with each day that passes, or when that one ends or gives
    less, something may be left (RI.2)."""
    on = max(tomorrow(now), measure.valid_from)
    if on <= min(measure.valid_to, programme.valid_to, last):
        measure.renew_on = on


def _period(session: Session, measure: Measure, day: date) -> Period:
    """The period of a day; a year that began by one edition goes on by it."""
    begun = session.scalars(
        select(Entitlement.quarter)
        .where(Entitlement.measure_id == measure.id, Entitlement.year == day.year)
        .order_by(Entitlement.quarter)
        .limit(1)
    ).first()
    if begun == 0:
        return Period(day.year)
    return rules.period_on(measure.service, day, edition())


def _of(entitlement: Entitlement) -> Period:
    return Period(entitlement.year, entitlement.quarter)


def _lock_programme(session: Session, measure: Measure) -> Programme | None:
    """The programme of a measure with its person locked; None when it is closed, or the person has died or left."""
    session.flush()
    person_id = session.scalars(select(Programme.person_id).where(Programme.id == measure.programme_id)).one()
    person = locks.person(session, person_id)
    programme = session.get_one(Programme, measure.programme_id, populate_existing=True)
    if programme.closed_at is not None or person.died_on is not None or person.departed_on is not None:
        return None
    return programme


def _holds(session: Session, measure: Measure, period: Period | None) -> bool:
    """Whether the measure has its entitlement of a period; without one: any at all."""
    held = select(Entitlement.id).where(Entitlement.measure_id == measure.id)
    if period is not None:
        held = held.where(Entitlement.year == period.year, Entitlement.quarter == period.quarter)
    return session.scalar(select(held.exists())) or False
