"""An application with a page that shows every piece and every field once; for looking at them and for tests."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import create_app
from portal.config import Config
from portal.fields import (
    ChoiceField,
    CodeField,
    DayField,
    FileField,
    HoursField,
    IinField,
    ManyField,
    MinutesField,
    MoneyField,
    NoteField,
    PhoneField,
    SelectField,
    TextField,
    TimeField,
)
from portal.forms import InputRequired, PortalForm, QueryForm
from portal.frame import NavItem
from portal.rules.law import RuleViolation

COLOURS = [("red", "Қызыл", "Түс туралы"), ("blue", "Көк")]
PLACES = [("751110000", "Алматы"), ("711110000", "Астана")]


class EveryField(PortalForm):
    """One of each kind."""

    name = TextField("Аты", [InputRequired("Атын жазыңыз")], "Құжаттағыдай")
    iin = IinField("ЖСН", [InputRequired("ЖСН жазыңыз")])
    phone = PhoneField("Телефон")
    code = CodeField("Код")
    visited = DayField("Күні", [InputRequired("Күнін жазыңыз")])
    start = TimeField("Басталуы")
    minutes = MinutesField("Минут", low=1, high=480)
    hours = HoursField("Сағат", high=8)
    money = MoneyField("Сома")
    file = FileField("Файл", most_bytes=100)
    colour = ChoiceField("Түсі", [InputRequired("Түсін таңдаңыз")], choices=COLOURS)
    places = ManyField("Орындар", choices=PLACES)
    place = SelectField("Аудан", [InputRequired("Ауданын таңдаңыз")], choices=PLACES)
    note = NoteField("Ескертпе", max_length=50)


class Filter(QueryForm):
    """A form in the address."""

    name = TextField("Аты")
    place = SelectField("Аудан", choices=PLACES, empty="Барлығы")


@dataclass
class Person:
    """Who is signed in, as the frame wants it."""

    name: str = "Әсел Нұрланқызы Төлегенова"
    acting_for: str | None = "Ерлан Қуанышұлы Төлегенов"
    organisation: str | None = None
    change_href: str | None = "/gallery"
    sign_out_href: str = "/gallery/out"


STEPS = [
    {"state": "done", "text": "Тапсырысқа қол қойылды", "when": "жұма, 5 желтоқсан", "who": "Әсел Төлегенова"},
    {"state": "now", "text": "Өнім беруші жауап береді", "when": "", "who": "«Қамқор»"},
    {"state": "next", "text": "Қызмет басталады", "when": "", "who": ""},
]

blueprint = Blueprint("gallery", __name__, template_folder="templates")


@blueprint.context_processor
def _frame() -> dict[str, object]:
    items = [
        NavItem("Басты бет", "/gallery"),
        NavItem("Барулар", "/gallery/visits"),
        NavItem("Хабарлар", "/gallery/mail"),
    ]
    return {"navigation": items, "signed_in": Person()}


@blueprint.route("/gallery", methods=["GET", "POST"])
def everything() -> ResponseReturnValue:
    form = EveryField()
    if form.validate_on_submit():
        if request.form.get("refuse"):
            form.refuse(RuleViolation("At most %(most_minutes)s.", "R42.1", most_minutes=480), request.form["refuse"])
        elif request.form.get("refuse_all"):
            form.refuse(RuleViolation("At most %(most_minutes)s.", "R42.1", most_minutes=480))
        else:
            flash(str(form.form_id.data), "success")
            return redirect(url_for(".everything"))
    due = date(2026, 12, 4)
    return render_template("gallery.html", form=form, filter=Filter(), steps=STEPS, due=due), form.status


@blueprint.post("/gallery/out")
def out() -> ResponseReturnValue:
    return "out"


@blueprint.post("/gallery/refused")
def refused() -> ResponseReturnValue:
    raise RuleViolation("At most %(most_minutes)s.", "R42.1", most_minutes=150)


@blueprint.get("/gallery/broken")
def broken() -> ResponseReturnValue:
    raise ZeroDivisionError


@blueprint.get("/gallery/things/<uuid:thing_id>")
def thing(thing_id: UUID) -> ResponseReturnValue:
    return str(thing_id)


def config(**environment: str) -> Config:
    """A configuration for pages that need no database."""
    needed = {"SECRET_KEY": "a secret of the tests, thirty-two letters and more", "DATABASE_URL": "postgresql://"}
    return Config.from_env(needed | environment)


def make_app(**environment: str) -> Flask:
    """The portal with the gallery beside its doors."""
    app = create_app(config(**environment), [blueprint])
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app
