"""By whose rules this portal runs (rulebook 12)."""

from flask import current_app

from portal.rules.parameters import Edition


def edition() -> Edition:
    """The edition that the configuration names (PORTAL_EDITION); needs an application context."""
    return Edition(current_app.config["PORTAL"].edition)
