"""Her page: the next step first, then what she has, what is running, and what waits for her signature."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import clock
from portal.db import get_session
from portal.format import day, month, volume
from portal.i18n import gettext as _
from portal.i18n import ngettext
from portal.left import Left, left_of
from portal.queries import acts, recipient_orders, visits
from portal.queries.acts import Waiting
from portal.queries.entitlements import ListedEntitlement, Served
from portal.queries.recipient_orders import ListedOrder
from portal.queries.visits import MonthTotal
from portal.recipient import blueprint, forecasts, measures
from portal.recipient.entitlements import is_open, may_order
from portal.recipient.measures import Named
from portal.recipient.words import TONES, recipient_id, service_name
from portal.rules.goods_orders import Getting
from portal.rules.orders import OVER, STATUS_LABELS, OrderStatus
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.service import GOODS, ORDERED


class Open(NamedTuple):
    """An entitlement that can still be served from: what is left, what will lapse, whether a provider can be chosen."""

    entitlement: ListedEntitlement
    name: str
    left: Left
    forecast: forecasts.Shown | None
    orderable: bool


@dataclass(frozen=True, slots=True)
class Cabinet:
    """Everything that her page shows; `running` are the orders that wait for an answer or are being served."""

    open: Sequence[Open]
    ended: Sequence[Named]
    orders: Sequence[ListedOrder]
    running: Sequence[ListedOrder]
    acts: Sequence[Waiting]
    disputed: Collection[UUID]
    visits: Mapping[UUID, MonthTotal]
    today: date

    @property
    def named(self) -> list[Named]:
        """All entitlements with what they are for."""
        return [*(Named(one.entitlement, one.name) for one in self.open), *self.ended]

    @property
    def minutes_a_day(self) -> int:
        """How long an assistant may help on a day (R34.1)."""
        return ASSISTANT_MINUTES_A_DAY.on(self.today)

    def to_sign(self) -> Waiting | None:
        """The act to be signed first; one with a disputed visit has to be drawn up again before."""
        return next((act for act in self.acts if act.id not in self.disputed), None)

    def without_provider(self) -> Open | None:
        """The entitlement that ends first of those that have hours and no order."""
        served = {order.entitlement_id for order in self.running}
        return next((one for one in self.open if one.orderable and one.entitlement.id not in served), None)

    def blocked(self) -> Open | None:
        """The entitlement that ends first of those whose choice waits to be activated (R34.3, edition 2023)."""
        return next((one for one in self.open if one.entitlement.blocked_on and one.left.free > 0), None)

    def coming(self) -> ListedOrder | None:
        """The order whose goods she should get first."""
        goods = [one for one in self.running if one.hand_over_due_on is not None]
        return min(goods, key=lambda one: one.hand_over_due_on or one.ends_on, default=None)

    def last_order(self, entitlement_id: UUID) -> ListedOrder | None:
        """The latest order from an entitlement."""
        return next((order for order in self.orders if order.entitlement_id == entitlement_id), None)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is due first: a sentence and, if something can be done, a button."""

    sentence: str
    button: str = ""
    href: str = ""
    note: str = ""


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The next step, the balances, what is running."""
    cabinet = load(get_session(), recipient_id())
    return render_template(
        "recipient/home.html",
        cabinet=cabinet,
        step=next_step(cabinet),
        labels=STATUS_LABELS,
        tones=TONES,
        service_name=service_name,
        ordered=ORDERED,
        goods=GOODS,
        names=measures.names(cabinet.running, cabinet.named),
    )


def load(session: Session, whom: UUID) -> Cabinet:
    """Five statements, one more when an act waits, one more when there are goods."""
    today = clock.today()
    mine = measures.named(session, whom)
    orders = recipient_orders.of_recipient(session, whom, limit=50)
    waiting = acts.to_sign_by_recipient(session, whom)
    pace = forecasts.served(session, whom, today)
    return Cabinet(
        [_open(one, orders, pace, today) for one in mine if is_open(one.entitlement)],
        [one for one in mine if not is_open(one.entitlement)],
        orders,
        [order for order in orders if order.status not in OVER],
        waiting,
        visits.disputed_acts(session, whom) if waiting else frozenset(),
        visits.of_recipient(session, whom, today),
        today,
    )


def _open(one: Named, orders: Sequence[ListedOrder], pace: Mapping[UUID, Served], today: date) -> Open:
    left = left_of(one.entitlement, orders, today)
    forecast = forecasts.shown(one.entitlement, orders, pace, today)
    return Open(*one, left, forecast, may_order(one.entitlement) and left.free > 0)


def next_step(cabinet: Cabinet) -> NextStep:
    """The thing that is due first: a signature, late goods, a choice, its block; else what she waits for."""
    coming = cabinet.coming()
    if (act := cabinet.to_sign()) is not None:
        return _sign(act, cabinet.today)
    if coming is not None and (coming.hand_over_due_on or coming.ends_on) < cabinet.today:
        return _get_late(coming)
    if (one := cabinet.without_provider()) is not None:
        return _choose(one, cabinet.last_order(one.entitlement.id))
    if (one := cabinet.blocked()) is not None:
        return _activate(one)
    return _later(cabinet, coming)


def _activate(one: Open) -> NextStep:
    return NextStep(
        _(
            "The choice is blocked: for two months no provider was chosen. "
            "Activate the choice, then you can order again."
        ),
        _("Activate the choice"),
        url_for(".show_entitlement", entitlement_id=one.entitlement.id),
        one.name,
    )


def _later(cabinet: Cabinet, coming: ListedOrder | None) -> NextStep:
    waiting = [order for order in cabinet.running if order.status is OrderStatus.PLACED]
    if waiting:
        return _wait(min(waiting, key=lambda order: order.answer_due_on))
    if coming is not None:
        return _get(coming)
    served = next((order for order in cabinet.running if order.id in cabinet.visits), None)
    if served is not None:
        return _look(served, cabinet.visits[served.id])
    return NextStep(_("There is nothing to do now."), note=_("When something needs you, it will stand here first."))


def _sign(act: Waiting, today: date) -> NextStep:
    if act.submit_due_on < today:
        note = _(
            "Its term has passed: %(day)s. Sign it when you can, so that the provider is paid.",
            day=day(act.submit_due_on),
        )
    else:
        note = _("The last day for it is %(day)s. Then the provider is paid in time.", day=day(act.submit_due_on))
    if act.service in GOODS:
        sentence = _("You got goods. The act for them waits for your signature.")
    else:
        sentence = _("The act for %(month)s waits for your signature.", month=month(act.month))
    return NextStep(
        sentence,
        _("Read and sign the act"),
        url_for(".show_act", act_id=act.id),
        note,
    )


def _choose(one: Open, last: ListedOrder | None) -> NextStep:
    entitlement, goods = one.entitlement, one.entitlement.service in GOODS
    href = url_for(".choose_goods" if goods else ".choose_provider", entitlement_id=entitlement.id)
    free = volume(one.left.free, entitlement.service)
    if last is not None and last.status is OrderStatus.LAPSED:
        sentence = _("Your order was not answered in time. Choose another provider.")
    elif last is not None and last.status is OrderStatus.DECLINED:
        sentence = _("The provider declined your order. Choose another provider.")
    else:
        sentence = _("Choose a provider: %(service)s.", service=one.name)
    note = _("You can order: %(hours)s. The last day is %(day)s.", hours=free, day=day(entitlement.ends_on))
    return NextStep(sentence, _("Choose and order") if goods else _("Choose a provider"), href, note)


def _wait(order: ListedOrder) -> NextStep:
    return NextStep(
        _("There is nothing to do now. The provider is reading your order."),
        note=_("The answer is due: %(day)s. We will send you an SMS.", day=day(order.answer_due_on)),
    )


def _get(order: ListedOrder) -> NextStep:
    due = day(order.hand_over_due_on or order.ends_on)
    if order.way == Getting.PICK_UP:
        sentence = _("Fetch the goods of order %(number)s at the provider’s by %(day)s.", number=order.number, day=due)
    else:
        sentence = _("The goods of order %(number)s are delivered by %(day)s.", number=order.number, day=due)
    return NextStep(sentence, _("Look at the order"), url_for(".show_order", order_id=order.id))


def _get_late(order: ListedOrder) -> NextStep:
    due = day(order.hand_over_due_on or order.ends_on)
    if order.way == Getting.PICK_UP:
        note = _("The term is over, and the provider may stop the order. Ask whether the goods are still kept for you.")
    else:
        note = _("The goods did not come in time. You can wait for them, or stop the order and choose others.")
    sentence = _("Order %(number)s: the last day for its goods has passed, %(day)s.", number=order.number, day=due)
    return NextStep(sentence, _("Look at the order"), url_for(".show_order", order_id=order.id), note)


def _look(order: ListedOrder, total: MonthTotal) -> NextStep:
    count = ngettext("%(num)s visit was logged this month.", "%(num)s visits were logged this month.", total.visits)
    return NextStep(
        count,
        _("Look at the visits"),
        url_for(".list_visits", order_id=order.id),
        _("Look whether everything is right. If not, you can object to a visit."),
    )
