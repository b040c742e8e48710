"""Reading reference data: the official calendar, guaranteed amounts, places, offices."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, cast, func, select
from sqlalchemy.orm import Session, aliased

from portal.models.office import Office
from portal.models.reference import CalendarDay, GuaranteedAmount, Place
from portal.rules.law import N_, RuleViolation
from portal.rules.service import CLASSIFIER_CODE, Service
from portal.rules.terms import Calendar

_calendars: dict[tuple[Any, ...], Calendar] = {}

# Built once: every term begins with it.
_CALENDAR_MARK = select(
    func.count(), func.max(CalendarDay.day), func.sum(func.hashtext(cast(CalendarDay.day, Text) + CalendarDay.kind))
)


def calendar(session: Session) -> Calendar:
    """The official calendar as it stands; parsed once for each state of the table (RI.7)."""
    mark = tuple(session.connection().execute(_CALENDAR_MARK).one())
    found = _calendars.get(mark)
    if found is None:
        rows = session.execute(select(CalendarDay.day, CalendarDay.kind).order_by(CalendarDay.day)).all()
        found = Calendar.from_rows((row.day, row.kind) for row in rows)
        _calendars.clear()
        _calendars[mark] = found
    return found


# Built once: the choice page, every order and every visit ask it.
_GUARANTEED = (
    select(GuaranteedAmount.tiyn)
    .where(GuaranteedAmount.code == bindparam("code"), GuaranteedAmount.valid_from <= bindparam("day"))
    .order_by(
        GuaranteedAmount.valid_from.desc(), GuaranteedAmount.recorded_at.desc().nulls_last(), GuaranteedAmount.id.desc()
    )
    .limit(1)
)


def guaranteed_tiyn(session: Session, service: Service, day: date, item: str | None = None) -> int:
    """The guaranteed amount for one hour, or for one piece of an `item` of the classifier, on `day` (RG.1, RG.3).

    In tiyn; a missing one is refused with a sentence, and goods without an item have none.
    """
    code = item or CLASSIFIER_CODE.get(service)
    amount = session.connection().scalar(_GUARANTEED, {"code": code, "day": day})
    if amount is None:
        raise RuleViolation(
            N_("No guaranteed amount is set for %(day_on)s. The ministry must enter it first."), "RG.1", day_on=day
        )
    return amount


def office_of_place(session: Session, code: str) -> Office | None:
    """The employment office of a district or city; a district of a city of republican status has the city's."""
    return session.scalars(
        select(Office)
        .join(
            Place, (Place.code == code) & ((Office.place_code == Place.code) | (Office.place_code == Place.parent_code))
        )
        .order_by((Office.place_code == code).desc(), Office.id)
        .limit(1)
    ).first()


def places_with_region(session: Session, *, kazakh: bool) -> list[tuple[Place, str | None]]:
    """Every district and city with the name of its region (a city of the republic has none), by the alphabet."""
    region = aliased(Place)
    name = (region.name_kk if kazakh else region.name_ru).label("region")
    order = Place.sort_kk if kazakh else Place.name_ru
    found = select(Place, name).outerjoin(region, region.code == Place.parent_code).where(Place.kind != "region")
    return [(place, named) for place, named in session.execute(found.order_by(order, Place.code))]


def office(session: Session, office_id: UUID) -> Office:
    """An office by its id."""
    return session.get_one(Office, office_id)


def place(session: Session, code: str) -> Place | None:
    """A place by its KATO code; the code of a city itself or of a village finds the district it belongs to."""
    if len(code) != 9 or not code.isascii() or not code.isdigit():
        return None
    for candidate in (code, code[:5] + "0000", code[:4] + "00000"):
        found = session.get(Place, candidate)
        if found is not None:
            return found
    return None
