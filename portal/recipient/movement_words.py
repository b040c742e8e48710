"""Where hours and money went, in words: a page of postings, told month by month (RI.1).

What many lines share (days, lengths, names, reasons) is written once a page.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from itertools import groupby
from typing import NamedTuple

from flask import url_for
from markupsafe import Markup

from portal import format as show
from portal.i18n import gettext as _
from portal.models.entitlement import Account, Cause, Entitlement, Purse
from portal.queries.postings import MoneyMovement, Movement
from portal.recipient.order_life import REASONS
from portal.rules.law import N_
from portal.rules.orders import STATUS_LABELS
from portal.rules.quantities import day_of, month_of
from portal.rules.service import GOODS, Service


class Line(NamedTuple):
    """A line of the list: the day of the posting, what happened (with its link), how much."""

    day: str
    what: str
    amount: str


class Month(NamedTuple):
    """The lines of one month."""

    name: str
    lines: list[Line]


ACCOUNTS = {
    Account.GRANTED: N_("Given by your programme"),
    Account.AVAILABLE: N_("Free to order"),
    Account.RESERVED: N_("In orders"),
    Account.USED: N_("Used in visits"),
    Account.RETURNED: N_("Returned"),
}
HANDED_OVER = N_("Handed over")
"""What used pieces of goods are called: nobody visits with them."""

PURSES = {
    Purse.RESERVED: N_("Set aside for orders"),
    Purse.OWED: N_("Owed to providers after accepted acts"),
    Purse.PAID: N_("Paid to providers"),
    Purse.CLAIMED: N_("Claimed back from providers"),
    Purse.RECOVERED: N_("Came back from providers"),
}


class Words:
    """The words of one page: each day, length, order and reason is written once, however often it stands there."""

    def __init__(self, entitlement: Entitlement, first_id: int) -> None:
        self.entitlement, self.first_id = entitlement, first_id
        self.goods = entitlement.service in GOODS
        self.day, self.reason, self.text = (cache(one) for one in (show.day, _reason, _said))
        self.volume = cache(lambda units: show.volume(units, entitlement.service))
        self.order = cache(_order)
        self.ended = self.reason(entitlement.close_reason or "")

    def months(self, movements: Iterable[Movement]) -> list[Month]:
        """The lines of a page by month, in the order in which they come."""
        dated = [(day_of(one.posted_at), one) for one in movements]
        return [
            Month(show.month(month), [Line(self.day(on), self.what(one), self.volume(one.units)) for on, one in rows])
            for month, rows in groupby(dated, key=lambda pair: month_of(pair[0]))
        ]

    def what(self, one: Movement) -> str:
        """A posting in words, with the order that it belongs to."""
        said = _SAYS.get(one.cause, Words.moved)(self, one)
        if one.order_id is None:
            return said
        return Markup("{} {}").format(said, self.order(one.order_id, one.number, one.name_kk, one.name_ru))

    def programme(self, one: Movement) -> str:
        """Given, or raised and lowered by a newer version."""
        if one.id == self.first_id:
            return self.text(N_("Given by your programme."))
        if one.target is Account.RETURNED:
            return self.text(N_("Taken back: a newer version of your programme gives less."))
        return self.text(N_("Given in addition: a newer version of your programme gives more."))

    def over(self, one: Movement) -> str:
        """What an order gives back, and why it ended: for good, or by a mistake that is undone since."""
        returned = one.target is Account.RETURNED
        said = self.text(N_("Returned: the order ended.") if returned else N_("Free again: the order ended."))
        if why := self.reason(one.event or one.reason or ""):
            return " ".join((said, _("Reason: %(reason)s.", reason=why)))
        return f"{said} {self.text(STATUS_LABELS[one.status])}." if one.status else said

    def visit(self, one: Movement) -> str:
        """Used: on which day where the line names another one, from when to when, by whom."""
        if one.day is None or one.started_at is None or one.ended_at is None:
            return self.moved(one)
        if self.goods:
            return self.hand_over(one.day, posted_on=day_of(one.posted_at))
        served = {
            "start": show.hour(one.started_at),
            "end": show.hour(one.ended_at),
            "name": f"{one.first_name} {one.last_name}",
        }
        if one.day == day_of(one.posted_at):
            return _("Used from %(start)s to %(end)s. Served by: %(name)s.", **served)
        return _("Used on %(day)s, %(start)s–%(end)s. Served by: %(name)s.", day=self.day(one.day), **served)

    def hand_over(self, day: date, posted_on: date) -> str:
        """Goods that she got: on which day, where the line names another one."""
        if day == posted_on:
            return self.text(N_("Handed over to you."))
        return _("Handed over to you: %(day)s.", day=self.day(day))

    def struck(self, one: Movement) -> str:
        """Given back: a visit was struck, or goods came back."""
        if one.day is None:
            return self.moved(one)
        why = show.why_struck(one.event or one.strike_reason or "–")
        if self.goods:
            return _("The hand-over on %(day)s does not count. Reason: %(reason)s.", day=self.day(one.day), reason=why)
        return _("Given back: the visit on %(day)s is struck. Reason: %(reason)s.", day=self.day(one.day), reason=why)

    def returned(self, one: Movement) -> str:
        """What went back at the end, or by a mistake that is undone since."""
        if not (why := self.reason(one.event or "") or self.ended):
            return self.moved(one)
        return _("Returned at the end. Reason: %(reason)s.", reason=why)

    def moved(self, one: Movement) -> str:
        """Anything else, by where the hours were and where they are."""
        source, target = self.account(one.source), self.account(one.target)
        return _("Before: %(source)s. Now: %(target)s.", source=source, target=target)

    def account(self, one: Account) -> str:
        """Where units are, in the words of the service."""
        return self.text(HANDED_OVER if self.goods and one is Account.USED else ACCOUNTS[one])


_SAYS: dict[Cause, Callable[[Words, Movement], str]] = {
    Cause.PROGRAMME: Words.programme,
    Cause.ORDER_PLACED: lambda words, _one: words.text(N_("Set aside for an order.")),
    Cause.ORDER_ENDED: Words.over,
    Cause.VISIT: Words.visit,
    Cause.VISIT_STRUCK: Words.struck,
    Cause.RETURN: Words.returned,
    Cause.UNDONE: lambda words, _one: words.text(N_("As before: what had ended this was reported by mistake.")),
}

_MONEY = {
    (Purse.BUDGET, Purse.RESERVED): N_("Set aside for the order."),
    (Purse.BUDGET, Purse.OWED): N_("Owed to the provider: the act was accepted."),
    (Purse.OWED, Purse.BUDGET): N_("No longer owed: the act does not hold any more."),
    (Purse.OWED, Purse.PAID): N_("Paid to the provider."),
    (Purse.PAID, Purse.CLAIMED): N_("Claimed back from the provider: visits of a paid act were struck."),
    (Purse.CLAIMED, Purse.PAID): N_("The claim was a mistake: the money counts as paid again."),
    (Purse.CLAIMED, Purse.RECOVERED): N_("Came back from the provider."),
}
_NOT_SET_ASIDE = {
    Cause.ACT: N_("No longer set aside: the act was accepted, so it is owed."),
    Cause.ORDER_ENDED: N_("No longer set aside: the order ended."),
    Cause.VISIT_STRUCK: N_("No longer set aside: a visit was struck."),
}


_GOODS_STRUCK = {
    N_("Claimed back from the provider: visits of a paid act were struck."): N_(
        "Claimed back from the provider: paid goods came back, or their hand-over does not count."
    ),
    N_("No longer set aside: a visit was struck."): N_("No longer set aside: the hand-over does not count."),
}
"""The same said of goods."""


def money_lines(found: Iterable[MoneyMovement], service: Service) -> list[tuple[str, str, str]]:
    """A page of money: the day, what happened with which order and act, the amount."""
    text, order = cache(_said), cache(_order)
    lines: list[tuple[str, str, str]] = []
    for one in found:
        key = (one.source, one.target)
        said = _MONEY.get(key) or _NOT_SET_ASIDE.get(one.cause, N_("No longer set aside."))
        said = _GOODS_STRUCK.get(said, said) if service in GOODS else said
        act = _("Act %(number)s", number=one.act_number) if one.act_number else ""
        which = order(one.order_id, one.number, one.name_kk, one.name_ru)
        what = Markup("{} {}{}{}").format(text(said), which, ". " if act else "", act)
        lines.append((show.day(day_of(one.posted_at)), what, show.money(one.tiyn)))
    return lines


def _order(order_id: object, number: int, name_kk: str, name_ru: str) -> Markup:
    return Markup('<a class="govuk-link" href="{}">{}</a>, {}').format(
        url_for("recipient.show_order", order_id=order_id),
        _("Order %(number)s", number=number),
        show.lang_span(name_kk, name_ru),
    )


def _reason(key: str) -> str:
    """A reason of the law's lists in words; nothing for what is none."""
    return _(REASONS[key]) if key in REASONS else ""


def _said(text: str) -> str:
    return _(text)
