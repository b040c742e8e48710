"""The office's start page: what is late and due, whose money waits, who is to be reached; and 'take the next'."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import clock
from portal.auth import actor
from portal.clock import ALMATY
from portal.db import get_session, transaction
from portal.i18n import gettext as _
from portal.office import blueprint, clerk_id, office_id
from portal.operations import review
from portal.queries import claims, office_acts, office_entitlements, office_people, reference, returns
from portal.queries import payments as money
from portal.queries.office_acts import Stage, Wanted
from portal.rules.terms import add_months, ends_soon


@blueprint.get("/")
def home() -> str:
    """The next step first; then how much is due when, the money, and the people."""
    session, today, mine = get_session(), clock.today(), Wanted(Stage.MINE)
    in_hand = office_acts.queue(session, office_id(), clerk_id(), mine, 1)
    return render_template(
        "office/home.html",
        counts=office_acts.counts(session, office_id(), clerk_id(), today, _sunday(today)),
        in_hand=in_hand.rows[0].act if in_hand.rows else None,
        heaps=money.heaps(session, office_id()),
        piles=money.Pile,
        ends_on=reference.calendar(session).ends_on(today),
        ends_soon=ends_soon,
        **_to_look_at(session, today),
    )


@blueprint.post("/next")
def take_next() -> ResponseReturnValue:
    """Take up the act whose term ends first and open it."""
    with transaction() as session:
        act = review.take_next(session, actor(), clock.now())
    if act is None:
        flash(_("There is no act left that you could take up now."))
        return redirect(url_for(".home"))
    return redirect(url_for(".act", act_id=act.id))


def _to_look_at(session: Session, today: date) -> dict[str, Any]:
    """How many stand on each of the lists of people, programmes and claims."""
    return {
        "claimed": claims.open_heap(session, office_id()),
        "unreached": office_people.count_unreached(session, office_id(), today, _a_month_ago(today)),
        "listed": office_entitlements.counts(session, office_id(), today),
        "lowered": returns.count_lowered(session, office_id()),
        "objections": office_people.count_objected(session, office_id()),
    }


def _sunday(today: date) -> date:
    return today + timedelta(days=6 - today.weekday())


def _a_month_ago(today: date) -> datetime:
    """Whoever was reached before this is to be reached again (R34.3)."""
    return datetime.combine(add_months(today, -1), time(0), ALMATY)
