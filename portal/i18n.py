"""The reader's language: Kazakh unless they chose Russian; and gettext with its types."""

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import flask_babel
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_app_context, request, session
from flask_babel import Babel
from flask_babel.speaklater import LazyString
from markupsafe import Markup

LANGUAGES = {"kk": "Қазақша", "ru": "Русский"}
"""Each language with its own name for itself."""

DEFAULT = "kk"
NARROW = "\u202f"
"""The narrow no-break space between thousands."""

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"

Text = str | LazyString
"""A text that may be translated only when it is shown."""


def gettext(message: str, **figures: Any) -> str:
    """The message in the reader's language, with its figures."""
    text = _catalogue(language()).gettext(message)
    return text % figures if figures else text


def ngettext(one: str, other: str, num: int, **figures: Any) -> str:
    """The message in the form that the number asks for in the reader's language; `%(num)s` is the number."""
    return _catalogue(language()).ngettext(one, other, num) % {"num": number(num), **figures}


def number(value: int) -> str:
    """A whole number with its thousands apart, the same in both languages."""
    return f"{value:,}".replace(",", NARROW)


def lazy_gettext(message: str, **figures: Any) -> LazyString:
    """The message, put into the reader's language when it is shown; for what is written where nobody reads yet."""
    return LazyString(gettext, message, **figures)


@cache
def _catalogue(code: str) -> NullTranslations:
    """All texts in a language. A page asks for hundreds: Flask-Babel would look for the catalogue each time anew."""
    return Translations.load(TRANSLATIONS, [code])


def language() -> str:
    """The reader's language: kk or ru; outside a request that of `flask_babel.force_locale`."""
    try:
        # Here Flask-Babel keeps what it has found or was told. Its own way there is long, and every text goes it.
        locale = g._get_current_object()._flask_babel.babel_locale
    except (RuntimeError, AttributeError):
        locale = None
    if locale is None:  # not found yet, or forgotten by a `force_locale` that has ended
        locale = flask_babel.get_locale()
    return locale.language if locale is not None and locale.language in LANGUAGES else DEFAULT


def chosen_now() -> str | None:
    """The language that this request chooses by `?lang=`, if any; signing in keeps it with the person."""
    lang = request.args.get("lang")
    return lang if lang in LANGUAGES else None


def _remember() -> None:
    """Set `g.language` before everything else; a choice in the address is kept in the session."""
    if request.endpoint == "static":
        return
    if (chosen := chosen_now()) and session.get("language") != chosen:
        session["language"] = chosen
    g.language = chosen or session.get("language", DEFAULT)


def _say_language(response: Response) -> Response:
    """Tell caches and machines the language of a page."""
    if response.mimetype == "text/html" and "language" in g:
        response.headers["Content-Language"] = g.language
    return response


def _select() -> str:
    chosen = g.get("language", DEFAULT) if has_app_context() else DEFAULT
    return chosen if chosen in LANGUAGES else DEFAULT


def _marked_gettext(message: str, **figures: Any) -> Markup:
    """For templates: the text is trusted, its figures are escaped."""
    text = _marked(message, language())
    return text % figures if figures else text


@lru_cache(maxsize=5_000)
def _marked(message: str, code: str) -> Markup:
    return Markup(_catalogue(code).gettext(message))  # noqa: S704 - texts are ours


def _marked_ngettext(one: str, other: str, num: int, **figures: Any) -> Markup:
    text = Markup(_catalogue(language()).ngettext(one, other, num))  # noqa: S704 - texts are ours
    return text % {"num": num, **figures}


def register(app: Flask) -> None:
    """Choose the language of each request; texts come from /translations."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, default_locale=DEFAULT, locale_selector=_select)
    app.jinja_env.globals.update({"_": _marked_gettext, "gettext": _marked_gettext, "ngettext": _marked_ngettext})
    app.before_request(_remember)
    app.after_request(_say_language)
