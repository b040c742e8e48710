"""What a measure gives in a period, less what the person has from other measures (R34.1, RI.2) or still uses (RM.2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.models.entitlement import Entitlement
from portal.models.person import Person
from portal.models.programme import Measure, Programme
from portal.queries import goods
from portal.rules import entitlements as rules
from portal.rules import replacements
from portal.rules.entitlements import Period, Volume
from portal.rules.goods import Item
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.programmes import NewMeasure
from portal.rules.quantities import day_of
from portal.rules.service import GOODS, Service


def volume_of(session: Session, measure: Measure) -> tuple[Volume, Item | None]:
    """What the measure says of its volume, with the yearly norm where its goods have one; and the item."""
    said = NewMeasure(
        id=measure.external_id,
        service=measure.service.value,
        valid_from=measure.valid_from,
        valid_to=measure.valid_to,
        quantity=measure.quantity,
        unit=measure.unit,
    ).volume
    if measure.service not in GOODS or measure.classifier_code is None:
        return said, None
    item = goods.items(session, [measure.classifier_code]).get(measure.classifier_code)
    return replace(said, yearly_norm=item.yearly_norm if item else None), item


def grant_of(
    session: Session, measure: Measure, programme: Programme, period: Period, since: date
) -> rules.Grant | None:
    """What the measure gives in a period from `since` on, less what the person's other measures give (RI.2)."""
    whole = whole_of(session, measure, programme, period, since)
    if whole is None:
        return None
    volume, item = volume_of(session, measure)
    others = _others(session, measure, programme, period, item, rules.once(measure.service, volume))
    already = sum(_taken(one, whole) for one in others)
    return _grant(measure, programme, period, whole.starts_on, volume, already)


def whole_of(
    session: Session, measure: Measure, programme: Programme, period: Period, since: date
) -> rules.Grant | None:
    """What the law gives for the days of the measure in a period from `since` on, whatever volume it or others have.

    Goods of which one was received before its term begin on the day on which the next is due (RM.2).
    """
    volume, item = volume_of(session, measure)
    if item is not None and rules.once(measure.service, volume):
        since = max(since, _due_on(session, measure, programme, item) or since)
    return _grant(measure, programme, period, since, Volume(yearly_norm=volume.yearly_norm), 0)


def own_units(session: Session, measure: Measure, programme: Programme, period: Period, since: date) -> int:
    """What the measure by its own volume gives for its days from `since` on, whatever others give."""
    volume, _item = volume_of(session, measure)
    own = _grant(measure, programme, period, since, volume, 0)
    return own.units if own else 0


def _due_on(session: Session, measure: Measure, programme: Programme, item: Item) -> date | None:
    received = goods.received(session, programme.person_id, [measure.id])
    if not received:
        return None
    born_on = session.get_one(Person, programme.person_id).birth_date
    return replacements.due_on(item, received, goods.terms(session), born_on)


def _others(
    session: Session, measure: Measure, programme: Programme, period: Period, item: Item | None, once: bool
) -> Sequence[Entitlement]:
    """The person's entitlements from other measures that count against this one.

    Goods that are given once: those of the same item that another programme still gives; else those of the same year
    (hygiene: of the same norm).
    """
    same: list[ColumnElement[bool]] = [
        Entitlement.person_id == programme.person_id,
        Entitlement.service == measure.service,
        Entitlement.measure_id != measure.id,
    ]
    if once:
        same += [
            Measure.classifier_code == measure.classifier_code,
            Measure.programme_id != programme.id,
            Entitlement.closed_on.is_(None),
        ]
    else:
        same.append(Entitlement.year == period.year)
    found = session.execute(
        select(Entitlement, Measure.classifier_code).join(Measure).where(*same).order_by(Entitlement.id)
    ).all()
    if item is None or item.norm is None:
        return [one for one, _code in found]
    known = goods.items(session, (code for _one, code in found))
    return [one for one, code in found if code in known and known[code].norm == item.norm]


def _grant(
    measure: Measure, programme: Programme, period: Period, since: date, volume: Volume, already: int
) -> rules.Grant | None:
    return rules.grant(
        measure.service,
        programme_from=programme.valid_from,
        programme_to=programme.valid_to,
        measure_from=measure.valid_from,
        measure_to=measure.valid_to,
        arrived_on=since,
        period=period,
        volume=volume,
        already_granted=already,
        planned_from=day_of(programme.received_at),
    )


def _taken(other: Entitlement, whole: rules.Grant) -> int:
    """How much of the same days (assistant) or of the period (all others) another entitlement takes, in units."""
    kept = other.given
    if other.service is not Service.ASSISTANT:
        return kept
    days = (other.ends_on - other.starts_on).days + 1
    a_day = min(-(-other.granted // days), ASSISTANT_MINUTES_A_DAY.on(whole.starts_on))
    last = min(other.ends_on, other.closed_on or other.ends_on, whole.ends_on)
    shared = (last - max(other.starts_on, whole.starts_on)).days + 1
    return min(kept, a_day * max(shared, 0))
