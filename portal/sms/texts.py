"""What the SMS say: who speaks, what to do, by when, where; no health data, at most two parts (pages.md, R34.2, R34.3).

Every function gives the text in the language of the person who will read it; it needs an application context.
"""

from datetime import date
from textwrap import shorten

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from portal import format as show
from portal.models.person import Person

_OF_A_NUMBER = 24
"""So many signs of a tracking number go into an SMS; the whole one is in the cabinet."""


def code(person: Person, digits: str) -> str:
    """The one-time code for signing in."""
    with force_locale(person.language):
        return _(
            "Social services portal. Your code: %(code)s. It works for 10 minutes. Do not tell it to anyone.",
            code=digits,
        )


def programme_arrived(person: Person) -> str:
    """A programme came: choose a provider (R34.2)."""
    with force_locale(person.language):
        return _(
            "Social services portal. You may now choose who will help you. Sign in and choose: %(site)s",
            site=_site(),
        )


def programme_gives(person: Person) -> str:
    """A programme came that gives nothing to choose through the portal yet: look at it (R34.2)."""
    with force_locale(person.language):
        return _("Social services portal. Your programme has arrived. See what it gives: %(site)s", site=_site())


def choose_reminder(person: Person, until: date) -> str:
    """Nothing was chosen for a month: choose within the next one (R34.3)."""
    with force_locale(person.language):
        return _(
            "Social services portal. You have not chosen a provider yet. Please choose by %(day)s: %(site)s",
            day=_day(until),
            site=_site(),
        )


def choice_blocked(person: Person) -> str:
    """Two months without a choice: it is blocked until the person activates it (R34.3, edition 2023)."""
    with force_locale(person.language):
        return _(
            "Social services portal. No provider was chosen, so your choice is blocked. Activate it here: %(site)s",
            site=_site(),
        )


def moved(person: Person, office: str) -> str:
    """Everything of a person went to another office."""
    with force_locale(person.language):
        return _(
            "Social services portal. Your file is now at: %(office)s. %(site)s", office=_short(office), site=_site()
        )


def order_accepted(person: Person, number: int, provider: str) -> str:
    """The provider accepted the order (R83.3)."""
    with force_locale(person.language):
        return _("Order %(number)s is accepted by: %(provider)s.", number=number, provider=_short(provider))


def order_declined(person: Person, number: int) -> str:
    """The provider declined the order (R83.9)."""
    with force_locale(person.language):
        return _(
            "The provider declined order %(number)s. What it held is free again. Choose another: %(site)s",
            number=number,
            site=_site(),
        )


def order_lapsed(person: Person, number: int) -> str:
    """The provider did not answer in time (R83.4)."""
    with force_locale(person.language):
        return _(
            "The provider did not answer order %(number)s in time. What it held is free again. "
            "Choose another: %(site)s",
            number=number,
            site=_site(),
        )


def next_asked(person: Person, before: str, asked: str, due_on: date) -> str:
    """One provider does not serve her, and the next of her choices is asked now (R83.4)."""
    with force_locale(person.language):
        return _(
            "%(before)s did not take your order. %(asked)s is asked now and answers by %(day)s: %(site)s",
            before=_short(before, 25),
            asked=_short(asked, 25),
            day=_day(due_on),
            site=_site(),
        )


def order_stopped(person: Person, number: int) -> str:
    """A running service was stopped by the provider (R83.7)."""
    with force_locale(person.language):
        return _(
            "The provider stopped order %(number)s. What is unused is free again. Choose another: %(site)s",
            number=number,
            site=_site(),
        )


def order_ended(person: Person, number: int, on: date) -> str:
    """To whoever did not end it: an order ended before its time, whoever or whatever ended it (R83.6, R83.7)."""
    with force_locale(person.language):
        return _(
            "Order %(number)s ended on %(day)s. See why and what to do next: %(site)s",
            number=number,
            day=_day(on),
            site=_site(),
        )


def goods_sent(person: Person, order_number: int, number: str, until: date) -> str:
    """The goods of an order are on their way, under a tracking number (R83.8)."""
    with force_locale(person.language):
        return _(
            "The goods of order %(order)s come by %(day)s. Tracking number: %(number)s. %(site)s",
            order=order_number,
            day=_day(until),
            number=number[:_OF_A_NUMBER],
            site=_site(),
        )


def goods_handed_over(person: Person, order_number: int, on: date) -> str:
    """The provider says that the recipient has the goods; if not, that can be said at once (R83.5)."""
    with force_locale(person.language):
        return _(
            "Order %(number)s: the provider says you got the goods on %(day)s. If not, say so: %(site)s",
            number=order_number,
            day=_day(on),
            site=_site(),
        )


def goods_back(person: Person, number: int) -> str:
    """The goods came back to the provider, and can be ordered again if the programme lasts (R83.6)."""
    with force_locale(person.language):
        return _(
            "The goods of order %(number)s are back with the provider. See what is free again: %(site)s",
            number=number,
            site=_site(),
        )


def order_goes_on(person: Person, number: int) -> str:
    """To the provider: what had ended an order was a mistake (R83.6)."""
    with force_locale(person.language):
        return _("Order %(number)s goes on: it had been ended by mistake. See: %(site)s", number=number, site=_site())


def term_moved(person: Person, thing: str, number: int, until: date) -> str:
    """The calendar changed and moved one term of an order ("orders") or an act, to its new day (RI.7)."""
    with force_locale(person.language):
        said = {"number": number, "day": _day(until), "site": _site()}
        if thing == "orders":
            return _("Days off have changed. The answer to order %(number)s is due by %(day)s: %(site)s", **said)
        return _("Days off have changed. A term of act %(number)s now ends on %(day)s: %(site)s", **said)


def terms_moved(person: Person, count: int, first: date) -> str:
    """The calendar changed and moved several terms; `first` is the earliest of the new days (RI.7)."""
    with force_locale(person.language):
        return ngettext(
            "Days off have changed. %(num)s term has a new last day, %(day)s: %(site)s",
            "Days off have changed. %(num)s terms have new last days, the first is %(day)s: %(site)s",
            count,
            day=_day(first),
            site=_site(),
        )


def act_to_sign(person: Person, month: date) -> str:
    """An act waits for the recipient's signature (R42.5)."""
    with force_locale(person.language):
        return _(
            "The act for %(month)s is ready. Check it and sign it: %(site)s",
            month=show.month(month),
            site=_site(),
        )


def act_returned(person: Person, number: int, until: date) -> str:
    """The office returned an act to the provider, with a reason (R42.9)."""
    with force_locale(person.language):
        return _(
            "The office returned act %(number)s. Read the reason and send it again by %(day)s: %(site)s",
            number=number,
            day=_day(until),
            site=_site(),
        )


def act_fell(person: Person, number: int) -> str:
    """Nothing of an act stands, because of what became known since (RI.4)."""
    with force_locale(person.language):
        return _(
            "Act %(number)s no longer stands, and no new one is needed. The reason: %(site)s",
            number=number,
            site=_site(),
        )


def claim_made(person: Person, act: int, tiyn: int, until: date) -> str:
    """Part of what was paid for an act is claimed back from the provider (R42.11)."""
    with force_locale(person.language):
        return _(
            "Please pay back %(amount)s of act %(number)s by %(day)s. The reason: %(site)s",
            amount=show.money(tiyn),
            number=act,
            day=_day(until),
            site=_site(),
        )


def claim_withdrawn(person: Person, act: int, tiyn: int) -> str:
    """What was claimed back of an act was claimed by mistake (R83.6)."""
    with force_locale(person.language):
        return _(
            "The %(amount)s of act %(number)s need not be paid back: they were claimed by mistake. See: %(site)s",
            amount=show.money(tiyn),
            number=act,
            site=_site(),
        )


def services_restored(person: Person) -> str:
    """A death or departure that was reported by mistake is undone (R83.6)."""
    with force_locale(person.language):
        return _(
            "Your services had been ended by mistake. That is undone; we are sorry. See what you have: %(site)s",
            site=_site(),
        )


def _short(name: str, letters: int = 60) -> str:
    """A name in so many letters, cut between words."""
    return shorten(name, letters, placeholder="…")


def _day(value: date) -> str:
    """A day in as few letters as an SMS has."""
    return value.strftime("%d.%m.%Y")


def _site() -> str:
    """The portal's address as a person types it."""
    address: str = current_app.config["PORTAL"].public_url
    return address.removeprefix("https://").removeprefix("http://")
