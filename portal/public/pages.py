"""The pages that everybody may open."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from portal import clock
from portal.format import duration
from portal.i18n import gettext as _
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY, INTERPRETER_MINUTES_A_YEAR
from portal.rules.service import ORDERED, Service

blueprint = Blueprint("public", __name__)


@dataclass(frozen=True, slots=True)
class Standard:
    """A service as the public reads about it; `here` when it is ordered on the portal."""

    service: Service
    name: str
    who: str
    volume: str

    @property
    def here(self) -> bool:
        """Whether the service is ordered on the portal already."""
        return self.service in ORDERED


def standards() -> list[Standard]:
    """The six services: what they are called, who may have them, how much."""
    return [*_by_the_hour(), *_by_programme()]


def _by_the_hour() -> list[Standard]:
    a_day = duration(ASSISTANT_MINUTES_A_DAY.on(clock.today()))
    a_year = duration(INTERPRETER_MINUTES_A_YEAR.on(clock.today()))
    return [
        Standard(
            Service.ASSISTANT,
            _("Personal assistant"),
            _("For people with a disability of the first group who find it hard to move."),
            _("Up to %(hours)s a day.", hours=a_day),
        ),
        Standard(
            Service.INTERPRETER,
            _("Sign-language interpreter"),
            _("For people with a hearing disability."),
            _("%(hours)s a calendar year.", hours=a_year),
        ),
    ]


def _by_programme() -> list[Standard]:
    volume = _("As much as your individual programme says.")
    return [
        Standard(
            Service.SANATORIUM,
            _("Sanatorium treatment"),
            _("For adults and children with a disability."),
            _("At most once a calendar year. You pay for the journey yourself."),
        ),
        Standard(
            Service.PROSTHETICS,
            _("Prosthetic and orthopaedic aid"),
            _("For people whose individual programme names it."),
            volume,
        ),
        Standard(
            Service.TECHNICAL_AID,
            _("Technical aids"),
            _("For people whose individual programme names them."),
            volume,
        ),
        Standard(
            Service.WHEELCHAIR,
            _("Wheelchairs and other mobility aids"),
            _("For people whose individual programme names them, on medical and social grounds."),
            volume,
        ),
    ]


@blueprint.get("/")
def front() -> str:
    """What the portal gives, in three lines; sign in; the six services; help."""
    return render_template("public/front.html", standards=standards())


@blueprint.get("/services")
def services() -> str:
    """The six services, each with who may have it, how much, and the way to it."""
    return render_template("public/services.html", standards=standards())


@blueprint.get("/help")
def help_page() -> str:
    """The ways to get help, none of them only by voice."""
    return render_template("public/help.html")


@blueprint.get("/accessibility")
def accessibility() -> str:
    """What was done so that everybody can use the portal, and whom to tell where it fails."""
    return render_template("public/accessibility.html")


@blueprint.get("/privacy")
def privacy() -> str:
    """Cookies and personal data."""
    return render_template("public/privacy.html")


@blueprint.get("/view")
def view() -> str:
    """Language, colours and text size on a page of their own."""
    return render_template("public/view.html")
