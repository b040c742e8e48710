"""What makes pages cheap: pieces that are the same on every page are rendered once and kept."""

from flask import Flask, current_app, g
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup

from portal.i18n import language


class PortalTemplate(Template):
    """Macros see the globals of the environment, which are the same everywhere; Jinja would compare them anew."""

    def _get_default_module(self, _: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


MOST_KEPT = 2_000
LONGEST_ADDRESS = 300


def piece(name: str, address: str = "") -> Markup:
    """The template `name`, in which nothing may depend on more than the reader's language and view, and the address."""
    kept: dict[tuple[str, ...], Markup] = current_app.extensions.setdefault("pieces", {})
    key = (name, address, language(), g.get("look", ""), g.get("size", ""))
    found = kept.get(key)
    if found is None or current_app.debug:
        found = Markup(current_app.jinja_env.get_template(name).render())  # noqa: S704 - a template escapes
        if len(kept) >= MOST_KEPT:
            kept.clear()
        if len(address) <= LONGEST_ADDRESS:
            kept[key] = found
    return found


def register(app: Flask) -> None:
    """Before the first template is loaded."""
    app.jinja_env.template_class = PortalTemplate
    app.add_template_global(piece)
