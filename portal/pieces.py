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


def piece(name: str) -> Markup:
    """The template `name`, in which nothing may depend on more than the reader's language and view."""
    kept: dict[tuple[str, ...], Markup] = current_app.extensions.setdefault("pieces", {})
    key = (name, language(), g.get("look", ""), g.get("size", ""))
    if key not in kept or current_app.debug:
        kept[key] = Markup(current_app.jinja_env.get_template(name).render())  # noqa: S704 - a template escapes
    return kept[key]


def register(app: Flask) -> None:
    """Before the first template is loaded."""
    app.jinja_env.template_class = PortalTemplate
    app.add_template_global(piece)
