"""Reading offers of goods: which models of an item of the classifier come to a district, for how much (R83.2, RG.2)."""

from datetime import date, datetime, time
from functools import cache
from math import ceil
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Subquery, bindparam, func, select, true
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Integer, Text

from portal.models.offer import Offer, OfferPlace
from portal.models.provider import Provider
from portal.queries.alphabet import alphabetical
from portal.queries.offer_search import GUARANTEED, PAGE, TODAY, Statement, answers_of
from portal.queries.offers import FIGURES_MONTHS
from portal.rules.quantities import LAW_TIME
from portal.rules.service import Service
from portal.rules.terms import add_months


class Model(NamedTuple):
    """A model that is offered, with its provider and how fast that one answered in the last 12 months.

    `surcharge_tiyn` is what the recipient pays herself of a piece; `all` is how many models there are.
    """

    id: UUID
    model: str
    name_kk: str
    name_ru: str
    price_tiyn: int
    surcharge_tiyn: int
    delivers: bool
    pick_up: bool
    all: int
    answered: int
    lapsed: int
    median_seconds: float | None

    @property
    def due(self) -> int:
        """Orders whose answer was due: those answered and those that lapsed."""
        return self.answered + self.lapsed

    @property
    def answer_hours(self) -> int | None:
        """Half of the answered orders were answered within so many hours; None when there was none."""
        return None if self.median_seconds is None else max(ceil(self.median_seconds / 3600), 1)


def _here(reader: str) -> Subquery:
    """A page of the models of an item in a district, with how many there are in all."""
    surcharge = func.greatest(Offer.price_tiyn - GUARANTEED, 0, type_=BigInteger).label("surcharge_tiyn")
    name = alphabetical(Provider.name_ru if reader == "ru" else Provider.name_kk).label("by_name")
    of_offer = (Offer.id, Offer.provider_id, Offer.model, Offer.price_tiyn, Offer.delivers, Offer.pick_up)
    return (
        select(*of_offer, Provider.name_kk, Provider.name_ru, surcharge, name, func.count().over().label("all"))
        .join(Provider, Provider.id == Offer.provider_id)
        .join(OfferPlace, OfferPlace.offer_id == Offer.id)
        .where(
            Offer.classifier_code == bindparam("item", type_=Text),
            OfferPlace.place_code == bindparam("place", type_=Text),
            Offer.withdrawn_on.is_(None),
            Offer.published_on <= TODAY,
        )
        .order_by(surcharge, name, Offer.id)
        .limit(PAGE)
        .offset(bindparam("skip", type_=Integer))
        .subquery("here")
    )


@cache
def _page(reader: str) -> Statement:
    """Built once for each language: the page is cut before the figures are worked out."""
    here = _here(reader)
    answers = answers_of(here)
    columns = [answers.c[name] if name in answers.c else here.c[name] for name in Model._fields]
    found = select(*columns).select_from(here.join(answers, true()))
    return found.order_by(here.c.surcharge_tiyn, here.c.by_name, here.c.id)


def of_item(
    session: Session,
    item: str,
    service: Service,
    place: str,
    *,
    guaranteed_tiyn: int,
    today: date,
    reader: str,
    page: int = 1,
) -> list[Model]:
    """A page of the models of an item that come to a district; what she pays herself least first, to the last tie."""
    asked = {
        "item": item,
        "service": service,
        "place": place,
        "guaranteed": guaranteed_tiyn,
        "today": today,
        "since": datetime.combine(add_months(today, -FIGURES_MONTHS), time(), LAW_TIME),
        "skip": (page - 1) * PAGE,
    }
    return [Model._make(row) for row in session.connection().execute(_page(reader), asked)]
