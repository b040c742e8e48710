"""What stands around every page: the view chosen by the reader, the language switch, the navigation, file addresses.

Language and view are chosen in the address of any page (`?lang=ru`, `?look=dark&size=150`) and remembered, so both work
without a script and lead back to the very page one was on.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Response, current_app, g, request, url_for

from portal.i18n import LANGUAGES, Text, language
from portal.i18n import gettext as _

LOOKS = ("auto", "light", "dark", "contrast")
SIZES = ("100", "125", "150", "200")
CHOSEN_IN_ADDRESS = ("lang", "look", "size")
YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link of a door's navigation."""

    text: Text
    href: str


def navigation(*links: tuple[str, str]) -> list[NavItem]:
    """A door's links: texts (`N_`) and endpoints; made once for each language."""
    kept: dict[object, list[NavItem]] = current_app.extensions.setdefault("navigation", {})
    key = (language(), request.script_root, links)
    if key not in kept:
        kept[key] = [NavItem(_(text), url_for(endpoint)) for text, endpoint in links]
    return kept[key]


def here(items: Iterable[NavItem]) -> str | None:
    """The address of the item that this page belongs to: the longest one that the path begins with."""
    matching = [item.href for item in items if f"{request.path}/".startswith(f"{item.href.rstrip('/')}/")]
    return max(matching, key=len, default=None)


def other_choices() -> list[tuple[str, str]]:
    """The query of this page without language and view, to be kept when one of them changes."""
    return [(name, value) for name, value in request.args.items(multi=True) if name not in CHOSEN_IN_ADDRESS]


def same_page() -> str:
    """The path of this page; of the front page where this one cannot be opened by a link."""
    rule = request.url_rule
    openable = rule is None or "GET" in (rule.methods or ())
    return f"/{quote(request.path.lstrip('/'))}" if openable else url_for("public.front")


def this_page() -> str:
    """The address of this page with its query: on it hang the links to other languages and views."""
    return f"{same_page()}?{request.query_string.decode('latin-1')}"


def in_language(lang: str) -> str:
    """The address of this very page in another language."""
    others = other_choices()
    return f"{same_page()}?{urlencode([*others, ('lang', lang)]) if others else f'lang={lang}'}"


def way_back() -> str:
    """The page that the reader came from if it is ours, else the front page; never leads to another site."""
    came = urlsplit(request.referrer or "")
    if came.netloc == request.host and came.path.startswith("/") and not came.path.startswith(("//", "/\\")):
        return came.path + (f"?{came.query}" if came.query else "")
    return url_for("public.front")


def look_texts() -> dict[str, str]:
    """The looks by the words that the reader chooses them by."""
    return {"auto": _("As on the device"), "light": _("Light"), "dark": _("Dark"), "contrast": _("Yellow on black")}


def asset_url(name: str) -> str:
    """The address of a file in static/, with a version in it, so that a browser may keep the file."""
    addresses: dict[str, str] = current_app.extensions.setdefault("asset_urls", {})
    if name not in addresses or current_app.debug:
        addresses[name] = url_for("static", filename=name, v=_version(name))
    return addresses[name]


def _version(name: str) -> str | None:
    path = Path(str(current_app.static_folder)) / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else None


def _remember_view() -> None:
    """Set `g.look` and `g.size` from the address or the cookies."""
    for name, allowed in (("look", LOOKS), ("size", SIZES)):
        chosen = request.args.get(name) or request.cookies.get(name)
        setattr(g, name, chosen if chosen in allowed else allowed[0])


def _keep_view(response: Response) -> Response:
    config = current_app.config["PORTAL"]
    for name, allowed in (("look", LOOKS), ("size", SIZES)):
        if (chosen := request.args.get(name)) in allowed and request.endpoint != "static":
            response.set_cookie(name, chosen, max_age=YEAR_SECONDS, httponly=True, samesite="Lax", secure=config.https)
    return response


def register(app: Flask) -> None:
    """Give every page its frame."""
    app.before_request(_remember_view)
    app.after_request(_keep_view)
    for function in (asset_url, here, in_language, look_texts, other_choices, same_page, this_page, way_back):
        app.add_template_global(function)
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, SIZES=SIZES)
