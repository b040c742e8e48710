"""The provider's start page: what is due first, how much is due when, where the money is."""

from dataclasses import dataclass
from datetime import date

from flask import render_template, url_for

from portal import clock, looks
from portal import format as show
from portal.db import get_session
from portal.i18n import gettext as _
from portal.i18n import ngettext
from portal.months import written
from portal.provider import blueprint, provider_id
from portal.queries import provider_orders, provider_tasks
from portal.queries.provider_orders import Shown
from portal.queries.provider_tasks import Task, TaskKind
from portal.rules.orders import OrderStatus

LISTED = 30


@dataclass(frozen=True, slots=True)
class Due:
    """A task as the page says it."""

    sentence: str
    button: str
    href: str
    due_on: date
    in_calendar_days: bool = False


@blueprint.get("/")
def home() -> str:
    """The next step first; then everything that is due, and the money."""
    session, today = get_session(), clock.today()
    tasks = provider_tasks.of_provider(session, provider_id(), today)
    looks.listed(task.recipient_id for task in tasks[:LISTED] if task.recipient_id)
    return render_template(
        "provider/home.html",
        dues=[due(task) for task in tasks[:LISTED]],
        total=len(tasks),
        counts=provider_tasks.counts(tasks, today),
        money=provider_tasks.money(session, provider_id(), today),
        orders=provider_orders.counts(session, provider_id()),
        statuses=OrderStatus,
    )


def due(task: Task) -> Due:
    """A task in one sentence, with the button that leads to it."""
    if task.kind is TaskKind.ANSWER:
        sentence = _("Answer order %(number)s: %(name)s.", number=task.number, name=task.name)
        return Due(sentence, _("Look at the order"), url_for(".order", order_id=task.thing_id), task.due_on)
    if task.kind is TaskKind.HAND_OVER:
        return _to_hand_over(task)
    month = show.month(task.month) if task.month else ""
    if task.kind is TaskKind.DRAW_UP:
        sentence = ngettext(
            "Draw up the act of %(num)s order for %(month)s.",
            "Draw up the acts of %(num)s orders for %(month)s.",
            task.count,
            month=month,
        )
        address = url_for(".month", month=written(task.month)) if task.month else ""
        return Due(sentence, _("Open the month"), address, task.due_on)
    words = {"number": task.number, "name": task.name, "month": month}
    if task.kind is TaskKind.REPAY:
        sentence = _("Pay back %(amount)s of act %(number)s: %(name)s.", amount=show.money(task.tiyn), **words)
        return Due(sentence, _("See the claim"), url_for(".payments"), task.due_on, in_calendar_days=True)
    if task.kind is TaskKind.SEND:
        sentence = _("Send act %(number)s to the office: %(name)s, %(month)s.", **words)
    else:
        sentence = _("The office returned act %(number)s: %(name)s, %(month)s. Correct it.", **words)
    return Due(sentence, _("Open the act"), url_for(".act", act_id=task.thing_id), task.due_on)


def _to_hand_over(task: Task) -> Due:
    """Goods to hand over, the soonest term of them, and how many are late."""
    sentence = ngettext("Hand over the goods of %(num)s order.", "Hand over the goods of %(num)s orders.", task.count)
    if task.late:
        sentence += " " + ngettext("%(num)s of them is late.", "%(num)s of them are late.", task.late)
    href = url_for(".orders", shown=Shown.TO_HAND_OVER.value)
    return Due(sentence, _("See the goods to hand over"), href, task.due_on, in_calendar_days=True)
