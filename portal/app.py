"""The application with all its doors."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import current_user
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from portal import (
    auth,
    db,
    errors,
    esobes,
    format,
    frame,
    health,
    i18n,
    logs,
    ministry,
    office,
    pieces,
    provider,
    recipient,
    security,
    specialist,
)
from portal.config import Config
from portal.payments import routes as payments
from portal.public import journal, sign_in
from portal.signing import LocalVerifier, SignatureVerifier, verifier_for

TEMPLATES = Path(__file__).resolve().parent / "templates"
PUBLIC: tuple[Blueprint, ...] = (journal.blueprint, sign_in.blueprint)
"""Open to everybody; the architecture tests read this list."""
GUARDED: tuple[Blueprint, ...] = (
    recipient.blueprint,
    provider.blueprint,
    specialist.blueprint,
    office.blueprint,
    ministry.blueprint,
)
"""Doors with a guard for the signed-in."""
MACHINES: tuple[Blueprint, ...] = (esobes.door, payments.blueprint)
"""Doors for other systems: a token or a signed body instead of a session."""


class Portal(Flask):
    """Flask, without asking of every function in every request whether it is asynchronous: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


class Cookies(SecureCookieSessionInterface):
    """Flask's session in a signed cookie, with the signer made once instead of with every request."""

    def __init__(self) -> None:
        self.get_signing_serializer = cache(super().get_signing_serializer)  # type: ignore[method-assign]


def create_app(config: Config, extra: Iterable[Blueprint] = ()) -> Flask:
    """The application; `extra` are the demo's doors, which the portal itself does not know."""
    app = Portal(__name__)
    app.config["PORTAL"] = config
    app.secret_key = config.secret_key
    app.session_interface = Cookies()
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    components = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([FileSystemLoader(str(TEMPLATES)), components])
    db.connect(config.database_url)
    app.teardown_appcontext(db.close_reads)
    for part in (logs, pieces, i18n, frame, format, errors):
        part.register(app)
    security.register(app, config)
    auth.login_manager.init_app(app)
    app.context_processor(who_is_here)
    app.extensions["verifier"] = _verifier(config)
    for door in (*PUBLIC, *GUARDED, *MACHINES, health.blueprint, *extra):
        app.register_blueprint(door)
    for door in MACHINES:
        security.csrf.exempt(door)
    return app


def who_is_here() -> dict[str, object]:
    """For every page: who is signed in, and for whom they act."""
    if not current_user.is_authenticated:
        return {}
    return {"signed_in": auth.shown(session.get("language", "kk"))}


def _verifier(config: Config) -> SignatureVerifier:
    """The verifier of the trusted certificates; without any, one that believes nobody."""
    if config.signing_trust is None:
        return LocalVerifier((), (), ())
    return verifier_for(config.signing_trust, config.signing_remote_url)
