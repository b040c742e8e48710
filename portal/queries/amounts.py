"""Reading what the ministry sets: guaranteed amounts and the monthly index, with the order behind each row."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from portal.models.reference import GuaranteedAmount, MonthlyIndex
from portal.rules.service import CLASSIFIER_CODE, HOURLY


def guaranteed(session: Session) -> Sequence[GuaranteedAmount]:
    """Every row ever set, the newest day first; of two for one day the one that counts first."""
    newest = (GuaranteedAmount.valid_from.desc(), GuaranteedAmount.code)
    last = (GuaranteedAmount.recorded_at.desc().nulls_last(), GuaranteedAmount.id.desc())
    return session.scalars(select(GuaranteedAmount).order_by(*newest, *last)).all()


def indexes(session: Session) -> Sequence[MonthlyIndex]:
    """Every row ever set, the newest day first; of two for one day the one that counts first."""
    last = (MonthlyIndex.recorded_at.desc().nulls_last(), MonthlyIndex.id.desc())
    return session.scalars(select(MonthlyIndex).order_by(MonthlyIndex.valid_from.desc(), *last)).all()


def index_on(session: Session, day: date) -> MonthlyIndex | None:
    """The index of a day; None when there is none yet."""
    return next((one for one in indexes(session) if one.valid_from <= day), None)


def years_set(session: Session) -> set[int]:
    """The years for which every service by the hour has an amount."""
    year = extract("year", GuaranteedAmount.valid_from)
    services = func.count(GuaranteedAmount.code.distinct())
    of_hours = GuaranteedAmount.code.in_([CLASSIFIER_CODE[service] for service in HOURLY])
    complete = select(year).where(of_hours).group_by(year).having(services == len(HOURLY))
    return {int(one) for one in session.scalars(complete)}
