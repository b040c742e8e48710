"""What came back and why (R83.6), and programmes lowered below what is in use: two lists of the office."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from flask import render_template
from flask_babel import lazy_gettext as _l

from portal import looks
from portal.db import get_session
from portal.format import volume
from portal.forms import QueryForm, SelectField
from portal.i18n import gettext as _
from portal.office import blueprint, office_id, page_number
from portal.office.entitlements import what_is_left
from portal.queries import hand_overs, returns
from portal.queries.paged import Page
from portal.queries.returns import LOWERED, TAKEN_AGAIN, Returned
from portal.rules.law import N_
from portal.rules.order_reasons import CLOSE_LABELS
from portal.rules.service import SERVICE_LABELS, Service

BLOCKS_A_PAGE = 12
REASONS = {reason.value: text for reason, text in CLOSE_LABELS.items()} | {
    LOWERED: N_("A newer version of the programme gives less"),
    TAKEN_AGAIN: N_("Taken again after it had come back"),
}


class Block(NamedTuple):
    """What came back of one service in one year: (reason, how much) each, and how much in all."""

    year: int
    service: str
    rows: list[tuple[str, str]]
    total: str


class YearFilter(QueryForm):
    """Of which year."""

    year = SelectField(_l("Year"), coerce=int, empty=_l("All years"))

    def __init__(self, years: Iterable[int]) -> None:
        super().__init__()
        self.year.choices = [(str(year), str(year)) for year in years]


@blueprint.get("/returns")
def returned() -> str:
    """Returned units by year, service and reason, with totals; of all years or of one."""
    session = get_session()
    form = YearFilter(returns.years(session, office_id()))
    year = form.year.data if form.validate() else None
    every, number = blocks(returns.by_reason(session, office_id(), year)), page_number()
    first = (number - 1) * BLOCKS_A_PAGE
    found = Page(every[first : first + BLOCKS_A_PAGE], number, len(every), BLOCKS_A_PAGE)
    came_back = hand_overs.count_came_back(session, office_id())
    return render_template("office/returns.html", form=form, year=year, found=found, came_back=came_back)


@blueprint.get("/lowered")
def lowered() -> str:
    """Entitlements of which the programme now gives less than is ordered or used."""
    found = returns.lowered(get_session(), office_id(), page_number())
    looks.listed(one.person_id for one in found.rows)
    left = what_is_left(get_session(), found.rows)
    return render_template("office/lowered.html", found=found, lefts=left, service_name=service_name, units=units)


def blocks(found: Sequence[Returned]) -> list[Block]:
    """The rows of each year and service together."""
    made = []
    for (year, service), group in groupby(found, key=lambda one: (one.year, one.service)):
        rows = list(group)
        lines = [(reason_name(one.reason), units(service, one.units)) for one in rows]
        made.append(Block(year, service_name(service), lines, units(service, sum(one.units for one in rows))))
    return made


def service_name(service: Service) -> str:
    """What a service is called."""
    return _(SERVICE_LABELS[service])


def reason_name(reason: str) -> str:
    """Why something came back."""
    return _(REASONS[reason]) if reason in REASONS else _("Another reason")


def units(service: Service, count: int) -> str:
    """So many minutes, days or pieces of a service; below nought with its sign."""
    return ("\u2212" if count < 0 else "") + volume(abs(count), service)
