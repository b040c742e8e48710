"""One entitlement: what the programme gives, and where its units and the money for them went (R34.1, RI.1)."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import clock
from portal.auth import actor
from portal.db import get_session, transaction
from portal.i18n import gettext as _
from portal.left import Left, left_of
from portal.models.entitlement import Entitlement
from portal.models.programme import Measure, Programme
from portal.operations import choice
from portal.queries import entitlements, goods, postings, recipient_orders
from portal.queries.entitlements import ListedEntitlement
from portal.queries.postings import ROWS_A_PAGE
from portal.recipient import blueprint, forecasts
from portal.recipient.balance_chart import chart
from portal.recipient.movement_words import PURSES, Words, money_lines
from portal.recipient.words import measure_name, recipient_id
from portal.rules.order_reasons import CLOSE_LABELS
from portal.rules.service import GOODS, ORDERED, Service


@blueprint.get("/entitlements/<uuid:entitlement_id>")
def show_entitlement(entitlement_id: UUID) -> ResponseReturnValue:
    """The balance, the forecast, every posting in words by pages, the money, and the programme behind it."""
    session = get_session()
    entitlement = entitlements.get_for_recipient(session, entitlement_id, recipient_id())
    measure = session.get_one(Measure, entitlement.measure_id)
    return render_template(
        "recipient/entitlement.html",
        entitlement=entitlement,
        name=_name(session, entitlement.service, measure.classifier_code),
        programme=session.get_one(Programme, measure.programme_id),
        closed_because=next((_(text) for key, text in CLOSE_LABELS.items() if key == entitlement.close_reason), None),
        today=clock.today(),
        on_its_way=not is_open(entitlement) and _may_still_come(entitlement),
        **_now(session, entitlement),
        **_hours(session, entitlement),
        **_money(session, entitlement),
    )


@blueprint.post("/entitlements/<uuid:entitlement_id>/activate")
def activate(entitlement_id: UUID) -> ResponseReturnValue:
    """The choice is blocked no more; reminders begin anew (edition 2023)."""
    with transaction() as session:
        choice.activate(session, entitlement_id, actor(), clock.now())
    flash(_("The choice is active again. You can choose a provider."), "success")
    return redirect(url_for(".show_entitlement", entitlement_id=entitlement_id))


def may_order(entitlement: Entitlement | ListedEntitlement) -> bool:
    """Whether something can be ordered from it now: a stay is not ordered on the portal yet, goods not early (RM.2)."""
    begun = entitlement.service not in GOODS or entitlement.starts_on <= clock.today()
    ordered = entitlement.service in ORDERED and begun
    return ordered and is_open(entitlement) and entitlement.available > 0 and entitlement.blocked_on is None


def is_open(entitlement: Entitlement | ListedEntitlement) -> bool:
    """Whether something can still be ordered from it."""
    return entitlement.closed_on is None and entitlement.ends_on >= clock.today()


def _may_still_come(entitlement: Entitlement) -> bool:
    """Whether goods that were ordered of it may be handed over: until it lasts no longer."""
    return entitlement.closed_on is None and entitlement.lasts_until >= clock.today()


def _name(session: Session, service: Service, code: str | None) -> str:
    return measure_name(service, code, goods.names(session, [code]))


def _now(session: Session, entitlement: Entitlement) -> dict[str, Any]:
    """What is left, what of it will lapse, what can be ordered; when it is over, what is left as the books have it."""
    shown: dict[str, Any] = {"may_choose": may_order(entitlement), "goods": entitlement.service in GOODS}
    if not is_open(entitlement):
        return shown | {"left": Left(entitlement.available, entitlement.reserved, 0), "forecast": None}
    today, whom = clock.today(), recipient_id()
    orders = recipient_orders.of_recipient(session, whom, limit=50)
    forecast = forecasts.shown(entitlement, orders, forecasts.served(session, whom, today), today)
    return shown | {"left": left_of(entitlement, orders, today), "forecast": forecast}


def _hours(session: Session, entitlement: Entitlement) -> dict[str, Any]:
    """A page of the list, and the chart of all months."""
    months, page = postings.months(session, entitlement.id), _number("page")
    total = sum(one.rows for one in months)
    words = Words(entitlement, min((one.first_id for one in months), default=0))
    until = min(clock.today(), entitlement.closed_on or entitlement.lasts_until)
    return {
        "chart": chart(postings.balances(months, until)),
        "months": words.months(postings.movements(session, entitlement.id, page)),
        "page": page,
        "pages": -(-total // ROWS_A_PAGE),
        "total": total,
    }


def _money(session: Session, entitlement: Entitlement) -> dict[str, Any]:
    """Where the money is now, and a page of how it came there."""
    page = _number("money")
    found = postings.money(session, entitlement.id, page)
    held = [(_(text), getattr(entitlement, f"{purse}_tiyn")) for purse, text in PURSES.items()]
    return {
        "purses": [(text, tiyn) for text, tiyn in held if tiyn],
        "money": money_lines(found[:ROWS_A_PAGE], entitlement.service),
        "money_page": page,
        "has_more_money": len(found) > ROWS_A_PAGE,
    }


def _number(name: str) -> int:
    asked = request.args.get(name, "1")
    return int(asked) if asked.isascii() and asked.isdecimal() and 0 < len(asked) < 5 and int(asked) else 1
