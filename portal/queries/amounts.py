"""Reading what the ministry sets: guaranteed amounts and the monthly index, with the order behind each row."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, extract, func, or_, select
from sqlalchemy.orm import Session

from portal.models.offer import Offer
from portal.models.reference import ClassifierItem, GuaranteedAmount, MonthlyIndex
from portal.queries.paged import Page, page
from portal.rules.guaranteed_amount import HOUR_CODES
from portal.rules.service import HOURLY

ROWS_A_PAGE = 50


class Amount(NamedTuple):
    """A row, and what the classifier calls that for which it is."""

    row: GuaranteedAmount
    name_kk: str | None
    name_ru: str | None


class Without(NamedTuple):
    """An item that somebody offers and that nobody can order, because it has no amount."""

    code: str
    name_kk: str
    name_ru: str
    offers: int


_LAST_ENTERED = (GuaranteedAmount.recorded_at.desc().nulls_last(), GuaranteedAmount.id.desc())
_LATER_FIRST = (GuaranteedAmount.valid_from.desc(), *_LAST_ENTERED)


def of_hours(session: Session) -> list[Amount]:
    """Every amount of an hour ever set, the newest day first; of two for one day the one that counts first."""
    rows = session.execute(_amounts().where(GuaranteedAmount.code.in_(HOUR_CODES)))
    return [Amount._make(row) for row in rows]


def of_goods(session: Session, words: str, number: int) -> Page[Amount]:
    """A page of the amounts of a piece, ordered alike; of items whose code begins so, or whose name has all `words`."""
    wanted = _amounts().where(GuaranteedAmount.code.not_in(HOUR_CODES))
    names = (ClassifierItem.name_kk, ClassifierItem.name_ru)
    for word in words.split():
        called = [name.icontains(word, autoescape=True) for name in names]
        wanted = wanted.where(or_(GuaranteedAmount.code.startswith(word, autoescape=True), *called))
    found = page(session, wanted, number, ROWS_A_PAGE)
    return Page([Amount._make(row) for row in found.rows], found.number, found.total, found.size)


def counting(session: Session, code: str, day: date) -> GuaranteedAmount | None:
    """The amount of a code that counts on a day; None when it has none yet."""
    held = select(GuaranteedAmount).where(GuaranteedAmount.code == code, GuaranteedAmount.valid_from <= day)
    return session.scalars(held.order_by(*_LATER_FIRST).limit(1)).first()


def of_codes(session: Session, codes: Collection[str]) -> Sequence[GuaranteedAmount]:
    """Every row of these codes, ordered by code and the latest first."""
    rows = select(GuaranteedAmount).where(GuaranteedAmount.code.in_(sorted(codes)))
    return session.scalars(rows.order_by(GuaranteedAmount.code, *_LATER_FIRST)).all()


def without(session: Session, today: date) -> list[Without]:
    """The items of open offers that have no amount today, by code."""
    held = select(GuaranteedAmount.id).where(
        GuaranteedAmount.code == ClassifierItem.code, GuaranteedAmount.valid_from <= today
    )
    offered = (
        select(ClassifierItem.code, ClassifierItem.name_kk, ClassifierItem.name_ru, func.count())
        .join(Offer, Offer.classifier_code == ClassifierItem.code)
        .where(Offer.withdrawn_on.is_(None), Offer.published_on <= today, ~held.exists())
        .group_by(ClassifierItem.code)
        .order_by(ClassifierItem.code)
    )
    return [Without._make(row) for row in session.execute(offered)]


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
    by_hours = GuaranteedAmount.code.in_(HOUR_CODES)
    complete = select(year).where(by_hours).group_by(year).having(services == len(HOURLY))
    return {int(one) for one in session.scalars(complete)}


def _amounts() -> Select[*tuple[Any, ...]]:
    return (
        select(GuaranteedAmount, ClassifierItem.name_kk, ClassifierItem.name_ru)
        .outerjoin(ClassifierItem, ClassifierItem.code == GuaranteedAmount.code)
        .order_by(GuaranteedAmount.valid_from.desc(), GuaranteedAmount.code, *_LAST_ENTERED)
    )
