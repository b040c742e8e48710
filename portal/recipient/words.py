"""How the cabinet calls things: services, ways, languages, states; the recipient for whom one acts."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from flask import abort

from portal.auth import actor
from portal.i18n import gettext as _
from portal.i18n import language
from portal.rules.acts import ActStatus
from portal.rules.goods_orders import GETTING_LABELS, Getting
from portal.rules.law import N_
from portal.rules.orders import OrderStatus
from portal.rules.service import SERVICE_LABELS, Service

LANGUAGES = {"kk": N_("Kazakh"), "ru": N_("Russian"), "en": N_("English"), "sign": N_("sign language")}

TONES = {
    OrderStatus.PLACED: "waiting",
    OrderStatus.ACCEPTED: "good",
    OrderStatus.LAPSED: "late",
    OrderStatus.DECLINED: "late",
}
"""The colour that helps the word; everything else is quiet."""

ACT_TONES = {ActStatus.DRAWN_UP: "waiting", ActStatus.PAID: "good", ActStatus.RETURNED: "late"}


def recipient_id() -> UUID:
    """For whom the signed-in person acts: themselves, or somebody whom they represent."""
    whom = actor().for_person_id
    if whom is None:
        abort(403)
    return whom


def service_name(service: Service) -> str:
    """What a service is called."""
    return _(SERVICE_LABELS[service])


def measure_name(service: Service, code: str | None, names: Mapping[str, tuple[str, str]]) -> str:
    """What a measure is for: goods by their item of the classifier (`code`, looked up in `names`), else the service."""
    if code is not None and code in names:
        return names[code][0 if language() == "kk" else 1]
    return service_name(service)


def language_name(code: str) -> str:
    """A language that is spoken or signed; one that is not known here is shown by its code."""
    return _(LANGUAGES[code]) if code in LANGUAGES else code


def languages(codes: list[str]) -> str:
    """Languages in a row."""
    return ", ".join(language_name(code) for code in codes) or _("not stated")


def ways(at_home: bool, online: bool) -> str:
    """In which ways a service is rendered."""
    if at_home and online:
        return _("in person and online")
    return _("online only") if online else _("in person")


def getting_names(ways: Iterable[str]) -> str:
    """In which ways goods are got, in a row."""
    return "; ".join(_(GETTING_LABELS[Getting(way)]) for way in ways)


def way_name(way: str) -> str:
    """The way of one order, visit or hand-over."""
    if way in set(Getting):
        return getting_names([way])
    return _("online") if way == "online" else _("in person")
