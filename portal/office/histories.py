"""A person's whole history on one page (RI.6): everything that happened, the latest first, filtered by kind."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.db import get_session
from portal.format import day, duration, lang_span, month, period, why_struck
from portal.format import money as amount
from portal.i18n import gettext as _
from portal.i18n import ngettext
from portal.models.entitlement import Purse
from portal.office import blueprint, office_id, page_number
from portal.office.entitlements import what_is_left
from portal.office.returns import reason_name, service_name, units
from portal.queries import hand_overs, looks, office_people, person_history, returns
from portal.rules.acts import STATUS_LABELS
from portal.rules.law import N_
from portal.rules.order_reasons import CLOSE_LABELS
from portal.rules.orders import STATUS_LABELS as ORDER_LABELS
from portal.rules.returns import ENDING
from portal.rules.roles import ROLE_LABELS

LINES_A_PAGE = 100


class Kind(StrEnum):
    """What a line is about."""

    NEWS = "news"
    PROGRAMME = "programme"
    ENTITLEMENT = "entitlement"
    ORDER = "order"
    VISITS = "visits"
    GOODS = "goods"
    ACT = "act"
    PAYMENT = "payment"
    RETURN = "return"
    REPRESENTATIVE = "representative"
    LOOK = "look"


KINDS = {
    Kind.NEWS: _l("News of the person"),
    Kind.PROGRAMME: _l("Programmes"),
    Kind.ENTITLEMENT: _l("Entitlements"),
    Kind.ORDER: _l("Orders"),
    Kind.VISITS: _l("Visits"),
    Kind.GOODS: _l("Goods"),
    Kind.ACT: _l("Acts"),
    Kind.PAYMENT: _l("Money"),
    Kind.RETURN: _l("Returns"),
    Kind.REPRESENTATIVE: _l("Representatives"),
    Kind.LOOK: _l("Who looked"),
}
NEWS = {
    "death": N_("The death was reported: %(day)s."),
    "departure": N_("The departure was reported: %(day)s."),
    "return": N_("The person has come back."),
    "undo_death": N_("That the person had died was a mistake; it is undone."),
    "undo_departure": N_("That the person had left was a mistake; it is undone."),
    "move": N_("The person was handed over to another office."),
}
MONEY = {
    Purse.PAID: N_("Paid to the provider."),
    Purse.CLAIMED: N_("Claimed back from the provider."),
    Purse.RECOVERED: N_("Came back from the provider."),
}
OPENED = {
    "log_entries": N_("A visit or a hand-over of goods"),
    "documents": N_("A document"),
    "payments": N_("A payment"),
}
PAGE = N_("The page of this person")


class Line(NamedTuple):
    """A line of the history: when, of which kind, what happened, more about it, the page that says all."""

    at: datetime
    kind: Kind
    what: str
    more: str = ""
    href: str = ""


@blueprint.get("/people/<uuid:person_id>/history")
def history(person_id: UUID) -> str:
    """Everything that this office knows of a person of its district."""
    person = office_people.get_for_office(get_session(), person_id, office_id())
    page, kind = page_number(), request.args.get("kind", "")
    every = lines(get_session(), person_id, kind, page * LINES_A_PAGE + 1)
    first = (page - 1) * LINES_A_PAGE
    return render_template(
        "office/history.html",
        person=person,
        lines=every[first : first + LINES_A_PAGE],
        page=page,
        has_more=len(every) > first + LINES_A_PAGE,
        kind=kind,
        kinds=KINDS,
        **_balances(person_id),
    )


def lines(session: Session, person_id: UUID, kind: str, most: int) -> list[Line]:
    """The latest `most` lines of one kind, or of all when it is none; the latest first.

    Of each kind at least as many are read, so what is left out is older than all that is shown.
    """
    told = [tell for key, tell in _TOLD.items() if kind not in set(Kind) or key == kind]
    found = [line for tell in told for line in tell(session, person_id, most)]
    return sorted(found, key=lambda line: (line.at, line.kind, line.what), reverse=True)[:most]


def _balances(person_id: UUID) -> dict[str, object]:
    session = get_session()
    given = office_people.entitlements(session, person_id, office_id())
    return {"entitlements": given, "lefts": what_is_left(session, given)}


def _news(session: Session, person_id: UUID, _most: int) -> Iterator[Line]:
    for one in person_history.news(session, person_id):
        dated = {"day": day(date.fromisoformat(one.day))} if one.action in ENDING and one.day else {}
        yield Line(one.at, Kind.NEWS, _(NEWS[one.action], **dated))


def _programmes(session: Session, person_id: UUID, _most: int) -> Iterator[Line]:
    for one in person_history.versions(session, person_id, office_id()):
        named = {"number": one.number, "version": one.version}
        texts = {
            "receive": _("Programme No. %(number)s, version %(version)s arrived.", **named),
            "close": _("Programme No. %(number)s was closed early.", number=one.number),
        }
        if one.action in texts:
            yield Line(one.at, Kind.PROGRAMME, texts[one.action])


def _entitlements(session: Session, person_id: UUID, _most: int) -> Iterator[Line]:
    for one in office_people.entitlements(session, person_id, office_id()):
        name = f"{service_name(one.service)}, {period(one.year, one.quarter)}"
        given = _("The programme gave %(hours)s.", hours=units(one.service, one.granted))
        yield Line(_morning(one.starts_on), Kind.ENTITLEMENT, given, name)
        if one.closed_on is not None:
            why = next((_(text) for key, text in CLOSE_LABELS.items() if key == one.close_reason), "")
            yield Line(_morning(one.closed_on), Kind.ENTITLEMENT, _("The entitlement ended."), f"{name}. {why}")


def _orders(session: Session, person_id: UUID, most: int) -> Iterator[Line]:
    for one in office_people.orders(session, person_id, office_id(), most):
        name = _("Order %(number)s", number=one.number)
        provider = lang_span(one.provider.name_kk, one.provider.name_ru)
        hours = _("The order was placed: %(hours)s.", hours=units(one.service, one.units))
        yield Line(one.placed_at, Kind.ORDER, f"{name}. {hours}", provider)
        if one.ended_at or one.answered_at:
            at = one.ended_at or one.answered_at or one.placed_at
            yield Line(at, Kind.ORDER, f"{name}. {_(ORDER_LABELS[one.status])}.", provider)


def _visits(session: Session, person_id: UUID, _most: int) -> Iterator[Line]:
    for one in person_history.visits(session, person_id, office_id()):
        what = ngettext(
            "%(month)s: %(num)s visit, %(hours)s.",
            "%(month)s: %(num)s visits, %(hours)s.",
            one.visits,
            month=month(one.month),
            hours=duration(one.minutes),
        )
        struck = ngettext("%(num)s visit is struck.", "%(num)s visits are struck.", one.struck) if one.struck else ""
        name = _("Order %(number)s", number=one.number)
        yield Line(_evening(one.last_on), Kind.VISITS, f"{name}, {what} {struck}", lang_span(one.name_kk, one.name_ru))


def _goods(session: Session, person_id: UUID, most: int) -> Iterator[Line]:
    for one in hand_overs.of_person(session, person_id, office_id(), most):
        name = _("Order %(number)s", number=one.order.number)
        provider = lang_span(one.order.provider.name_kk, one.order.provider.name_ru)
        got = _("The goods were handed over: %(pieces)s.", pieces=units(one.service, one.units))
        yield Line(_evening(one.day), Kind.GOODS, f"{name}. {got}", provider)
        if one.struck_at is not None:
            why = why_struck(one.strike_reason)
            said = _("The hand-over does not count: %(reason)s.", reason=why)
            yield Line(one.struck_at, Kind.GOODS, f"{name}. {said}", provider)


def _acts(session: Session, person_id: UUID, most: int) -> Iterator[Line]:
    for one in office_people.acts(session, person_id, office_id(), most):
        provider = lang_span(one.provider.name_kk, one.provider.name_ru)
        href = url_for("office.act", act_id=one.id)
        what = _("Act %(number)s for %(month)s", number=one.number, month=month(one.month))
        at = one.decided_at or one.submitted_at or one.drawn_up_at
        yield Line(at, Kind.ACT, f"{what}: {amount(one.amount_tiyn)}. {_(STATUS_LABELS[one.status])}.", provider, href)


def _money(session: Session, person_id: UUID, _most: int) -> Iterator[Line]:
    for one in person_history.money(session, person_id, office_id()):
        undone = one.source is Purse.CLAIMED and one.purse is Purse.PAID
        text = _("The claim was a mistake: the money counts as paid again.") if undone else _(MONEY[one.purse])
        act = _("Act %(number)s", number=one.number) if one.number else ""
        href = url_for("office.act", act_id=one.act_id) if one.act_id else ""
        yield Line(
            one.at, Kind.PAYMENT, f"{act}: {amount(one.tiyn)}. {text}", lang_span(one.name_kk, one.name_ru), href
        )


def _returns(session: Session, person_id: UUID, _most: int) -> Iterator[Line]:
    for one in returns.of_person(session, person_id, office_id()):
        name = f"{service_name(one.service)}, {period(one.year, one.quarter)}"
        more = f"{name}. {_('Order %(number)s', number=one.number)}" if one.number else name
        yield Line(one.at, Kind.RETURN, f"{units(one.service, one.units)}. {reason_name(one.reason)}.", more)


def _representatives(session: Session, person_id: UUID, _most: int) -> Iterator[Line]:
    for one in person_history.acting(session, person_id):
        name = f"{one.last_name} {one.first_name}"
        yield Line(_morning(one.valid_from), Kind.REPRESENTATIVE, _("Began to act for the person."), name)
        if one.valid_to is not None and one.valid_to <= clock.today():
            yield Line(_morning(one.valid_to), Kind.REPRESENTATIVE, _("Acted for the person until this day."), name)


def _looks(session: Session, person_id: UUID, most: int) -> Iterator[Line]:
    for one in looks.of_person(session, person_id, 1, most).rows:
        role = _(ROLE_LABELS[one.role]) if one.role in ROLE_LABELS else "–"
        organisation = lang_span(one.name_kk, one.name_ru) if one.name_kk else role
        yield Line(one.at, Kind.LOOK, f"{one.who or role}. {_opened(one)}.", organisation)


def _opened(seen: looks.Seen) -> str:
    """What somebody opened."""
    if seen.action == looks.LISTED:
        return _("A list with the name")
    if seen.thing == "orders" and seen.number:
        return _("Order %(number)s", number=seen.number)
    if seen.thing == "acts" and seen.number:
        return _("Act %(number)s", number=seen.number)
    return _(OPENED.get(seen.thing, PAGE))


def _evening(on: date) -> datetime:
    return datetime.combine(on, time(23, 59), clock.ALMATY)


def _morning(on: date) -> datetime:
    return datetime.combine(on, time(0), clock.ALMATY)


_TOLD: dict[Kind, Callable[[Session, UUID, int], Iterator[Line]]] = {
    Kind.NEWS: _news,
    Kind.PROGRAMME: _programmes,
    Kind.ENTITLEMENT: _entitlements,
    Kind.ORDER: _orders,
    Kind.VISITS: _visits,
    Kind.GOODS: _goods,
    Kind.ACT: _acts,
    Kind.PAYMENT: _money,
    Kind.RETURN: _returns,
    Kind.REPRESENTATIVE: _representatives,
    Kind.LOOK: _looks,
}
