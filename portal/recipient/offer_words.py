"""An offer in words: the same rows in the list, side by side, and on the provider's page (RG.2)."""

from collections.abc import Sequence

from portal.format import duration, lang_span, money
from portal.i18n import gettext as _
from portal.i18n import ngettext, number
from portal.queries.goods_offers import Model
from portal.queries.offers import Found
from portal.recipient.words import getting_names, languages, ways
from portal.rules.goods_orders import Getting, GoodsOffered

Row = tuple[str, str]
DAY_HOURS = 24


def rows(offer: Found) -> list[Row]:
    """What is known of an offer: (what, its value), money first."""
    return [
        (_("You pay yourself, an hour"), surcharge(offer)),
        (_("Price of an hour"), money(offer.price_tiyn)),
        (_("The state pays, an hour"), money(offer.price_tiyn - offer.surcharge_tiyn)),
        (_("How fast they answer"), answers(offer)),
        (_("Orders left without an answer"), number(offer.lapsed)),
        (_("Free hours this month"), duration(offer.free_minutes)),
        (_("Languages"), languages(list(offer.languages))),
        (_("How they serve"), ways(offer.at_home, offer.online)),
        (_("Specialists"), number(offer.specialists)),
    ]


def goods_rows(model: Model, guaranteed_tiyn: int) -> list[Row]:
    """What the list says of a model: (what, its value), money first."""
    return [
        (_("You pay yourself, a piece"), surcharge(model)),
        (_("Price of a piece"), money(model.price_tiyn)),
        (_("The state pays, a piece"), money(min(model.price_tiyn, guaranteed_tiyn))),
        (_("Provider"), lang_span(model.name_kk, model.name_ru)),
        (_("How you get them"), getting_names(gettings(model))),
        (_("How fast they answer"), answers(model)),
    ]


def gettings(offered: GoodsOffered | Model) -> list[Getting]:
    """The ways in which a model can be got; there is at least one."""
    return [way for way, there in ((Getting.DELIVERY, offered.delivers), (Getting.PICK_UP, offered.pick_up)) if there]


def listed(offers: Sequence[Found], by_way: bool) -> list[tuple[Found, list[Row]]]:
    """What the list says of each offer; the way only where there is more than one. Labels are translated once."""
    own, fast, free, spoken, way, people = (
        _("You pay yourself, an hour"),
        _("How fast they answer"),
        _("Free hours this month"),
        _("Languages"),
        _("How they serve"),
        _("Specialists"),
    )
    return [
        (
            offer,
            [
                (own, price(offer)),
                (fast, answers(offer)),
                (free, duration(offer.free_minutes)),
                (spoken, languages(list(offer.languages))),
                *([(way, ways(offer.at_home, offer.online))] if by_way else []),
                (people, number(offer.specialists)),
            ],
        )
        for offer in offers
    ]


def price(offer: Found) -> str:
    """What she would pay herself for an hour, with what it is made of."""
    return _(
        "%(own)s (price %(price)s, the state pays %(state)s)",
        own=surcharge(offer),
        price=money(offer.price_tiyn),
        state=money(offer.price_tiyn - offer.surcharge_tiyn),
    )


def surcharge(offer: Found | Model) -> str:
    """What she would pay herself for an hour or a piece."""
    return money(offer.surcharge_tiyn) if offer.surcharge_tiyn else _("nothing")


def answers(offer: Found | Model) -> str:
    """How fast orders were answered in the last 12 months, with what the figure rests on."""
    if offer.due == 0:
        return _("No orders yet")
    basis = ngettext(
        "%(answered)s of %(num)s order was answered in time.",
        "%(answered)s of %(num)s orders were answered in time.",
        offer.due,
        answered=offer.answered,
    )
    return f"{_speed(offer.answer_hours)} {basis}" if offer.answer_hours is not None else basis


def _speed(hours: int) -> str:
    if hours <= 2 * DAY_HOURS:
        return ngettext("Usually within %(num)s hour.", "Usually within %(num)s hours.", hours)
    days = -(-hours // DAY_HOURS)
    return ngettext("Usually within %(num)s day.", "Usually within %(num)s days.", days)
