"""The statements behind the choice of a provider: each built once for its way of asking, then kept.

The list is the busiest page of the portal: one statement a page, and the figures on orders come from one index.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    Select,
    Subquery,
    and_,
    any_,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Date, DateTime, Integer, Text, Uuid

from portal.models.base import words
from portal.models.offer import Offer, OfferPlace
from portal.models.order import Order
from portal.models.provider import Provider, Specialist
from portal.queries.alphabet import alphabetical
from portal.rules.orders import OrderStatus
from portal.rules.service import Service

Statement = Select[*tuple[Any, ...]]

PAGE = 20
"""Offers on one page."""

SERVICE = bindparam("service", type_=words(Service))
TODAY = bindparam("today", type_=Date)
GUARANTEED = bindparam("guaranteed", type_=BigInteger)


@cache
def page(sort: str, reader: str, anywhere: bool, speaks: bool, way: str | None, free: bool) -> Statement:
    """One page of the offers that pass the filters.

    Where the order follows from the offer itself, the page is cut before the figures are worked out.
    """
    offers = _scope(anywhere).where(_matches(speaks, way, free))
    name = Provider.name_ru if reader == "ru" else Provider.name_kk
    columns = offers.add_columns(alphabetical(name).label("by_name"), _surcharge().label("surcharge"))
    cut = sort in {"surcharge", "name"}
    if cut:
        columns = _paged(columns.order_by(*_by_offer(sort, columns.selected_columns)))
    here = columns.subquery("here")
    found = _with_figures(here)
    if cut:
        return found.order_by(*_by_offer(sort, here.c))
    return _paged(found.order_by(*_by_figures(sort, here, found.selected_columns)))


@cache
def count(anywhere: bool, speaks: bool, way: str | None, free: bool) -> Statement:
    """How many offers there are, and how many pass the filters."""
    return _scope(anywhere).with_only_columns(func.count(), func.count().filter(_matches(speaks, way, free)))


@cache
def named() -> Statement:
    """The offers whose ids are given and that stand open."""
    ids = bindparam("ids", type_=ARRAY(Uuid))
    return _with_figures(_open_offers().where(Offer.id == any_(ids)).subquery("here"))


def serves_on(day: Any) -> ColumnElement[bool]:
    """Whether a specialist still serves on a day."""
    return or_(Specialist.until_on.is_(None), Specialist.until_on >= day)


def answers_of(here: Subquery, *more: ColumnElement[Any]) -> FromClause:
    """How the provider of each offer answered orders of the service since a day; `more` is reckoned of them, too."""
    waited = cast(func.extract("epoch", Order.answered_at - Order.placed_at), Double)
    return (
        select(
            func.count(Order.answered_at).label("answered"),
            func.count().filter(Order.status == OrderStatus.LAPSED).label("lapsed"),
            func.percentile_cont(0.5).within_group(waited).label("median_seconds"),
            *more,
        )
        .where(
            Order.provider_id == here.c.provider_id,
            Order.service == SERVICE,
            Order.placed_at >= bindparam("since", type_=DateTime(timezone=True)),
        )
        .lateral("answers")
    )


def _open_offers() -> Statement:
    return (
        select(
            Offer.id,
            Offer.provider_id,
            Provider.name_kk,
            Provider.name_ru,
            Offer.price_tiyn,
            Offer.capacity_minutes_a_month,
            Offer.languages,
            Offer.at_home,
            Offer.online,
        )
        .join(Provider, Provider.id == Offer.provider_id)
        .where(Offer.service == SERVICE, Offer.withdrawn_on.is_(None), Offer.published_on <= TODAY)
    )


def _scope(anywhere: bool) -> Statement:
    """Those who come to her district; or everybody who serves online, wherever they are."""
    if anywhere:
        return _open_offers().where(Offer.online)
    place = OfferPlace.place_code == bindparam("place", type_=Text)
    return _open_offers().join(OfferPlace, OfferPlace.offer_id == Offer.id).where(place, OfferPlace.service == SERVICE)


def _matches(speaks: bool, way: str | None, free: bool) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = [true()]
    if speaks:
        wanted.append(bindparam("language", type_=Text) == any_(Offer.languages))
    if way is not None:
        wanted.append((Offer.online if way == "online" else Offer.at_home).is_(True))
    if free:
        wanted.append(Offer.price_tiyn <= GUARANTEED)
    return and_(*wanted)


def _surcharge() -> ColumnElement[int]:
    return func.greatest(Offer.price_tiyn - GUARANTEED, 0, type_=BigInteger)


def _by_offer(sort: str, of: Any) -> tuple[Any, ...]:
    by_surcharge = (of.surcharge, of.price_tiyn, of.by_name, of.id)
    return (of.by_name, of.id) if sort == "name" else by_surcharge


def _by_figures(sort: str, here: Subquery, of: Any) -> tuple[Any, ...]:
    by_offer = _by_offer("surcharge", here.c)
    if sort == "free":
        return ((of.capacity_minutes_a_month - of.busy_minutes).desc(), *by_offer)
    return (of.median_seconds.asc().nulls_last(), of.lapsed, *by_offer)


def _paged(statement: Statement) -> Statement:
    return statement.limit(PAGE).offset(bindparam("skip", type_=Integer))


def _with_figures(here: Subquery) -> Statement:
    """Each offer with those who serve, the answers of the last months, and what open orders take of this month."""
    serving = (
        select(func.count().label("specialists"))
        .where(Specialist.provider_id == here.c.provider_id, Specialist.service == SERVICE, serves_on(TODAY))
        .lateral("serving")
    )
    open_now = and_(
        Order.status.in_([OrderStatus.PLACED, OrderStatus.ACCEPTED]),
        Order.starts_on <= bindparam("month_to", type_=Date),
        Order.ends_on >= bindparam("month_from", type_=Date),
    )
    busy = func.coalesce(func.sum(Order.minutes_a_month).filter(open_now), 0).label("busy_minutes")
    orders = answers_of(here, busy)
    columns = [column for column in here.c if column.name not in {"by_name", "surcharge"}]
    return select(*columns, *serving.c, *orders.c).select_from(here.join(serving, true()).join(orders, true()))
