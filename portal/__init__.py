"""The portal: people with disabilities choose a provider, order a service, and see what was rendered and paid."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask

    from portal.config import Config


def create_app(config: "Config", extra: Iterable["Blueprint"] = ()) -> "Flask":
    """The application. Its modules are loaded only now: the demo's parent process imports this package, too."""
    from portal.app import create_app as build

    return build(config, extra)
