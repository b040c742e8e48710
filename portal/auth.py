"""Who is signed in, in what role they act, and the guards of the doors."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, abort, g, redirect, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from portal import clock
from portal.actor import Actor
from portal.db import get_session
from portal.models.person import Person
from portal.queries import people
from portal.queries.people import Capacity, Known
from portal.rules.roles import Role

HOMES = {
    Role.RECIPIENT: "recipient.home",
    Role.PROVIDER: "provider.home",
    Role.SPECIALIST: "specialist.home",
    Role.OFFICE: "office.home",
    Role.MINISTRY: "ministry.home",
}

login_manager = LoginManager()
login_manager.session_protection = None  # nothing here asks how fresh a sign-in is; phones change their address often


class SignedIn:
    """The person behind this browser, as Flask-Login wants it."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, person: Person | Known) -> None:
        self.person = person

    def get_id(self) -> str:
        """What the session cookie holds: the person's id, never the IIN."""
        return str(self.person.id)


def load(person_id: str) -> SignedIn | None:
    """The person of a session cookie; None when there is none any more."""
    person = people.known(get_session(), UUID(person_id))
    return SignedIn(person) if person else None


login_manager.user_loader(load)


def sign_in(person: Person) -> None:
    """Begin a new session: nothing of a guest's goes over but the chosen language."""
    _keep_only_language()
    session.setdefault("language", person.language)
    session.permanent = True
    login_user(SignedIn(person))


def sign_out() -> None:
    """End the session; nothing of it stays in this browser but the language."""
    logout_user()
    _keep_only_language()


def capacities() -> Sequence[Capacity]:
    """Everything the signed-in person may act as; asked once a request, so that a lost right ends at once."""
    found: Sequence[Capacity] | None = g.get("capacities")
    if found is None:
        found = g.capacities = people.capacities(get_session(), current_user.person.id, clock.today())
    return found


def capacity() -> Capacity | None:
    """The capacity chosen for this session; before one is chosen, the only one there is.

    A chosen one that is lost leaves none: nobody goes on in another role without knowing it.
    """
    if not current_user.is_authenticated:
        return None
    mine = capacities()
    chosen = session.get("capacity")
    if chosen is not None:
        return next((one for one in mine if one.key == chosen), None)
    return mine[0] if len(mine) == 1 else None


def choose(key: str) -> Capacity | None:
    """Act in this capacity from now on; None when it is not one of theirs."""
    found = next((one for one in capacities() if one.key == key), None)
    if found is not None:
        session["capacity"] = found.key
    return found


def actor() -> Actor:
    """Who acts in this request; only behind a guard."""
    now = capacity()
    if now is None:
        abort(403)
    return Actor(
        role=now.role,
        person_id=current_user.person.id,
        for_person_id=now.for_person_id,
        organisation_id=now.organisation_id,
    )


def only_for(door: Blueprint, *roles: Role) -> None:
    """Guard every page of a door: sign in first, choose a capacity next, and be in the right role."""

    @door.before_request
    def guard() -> Response | None:
        if not current_user.is_authenticated:
            back = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("auth.sign_in", next=back))
        chosen = capacity()
        if chosen is None:
            return redirect(url_for("auth.for_whom"))
        if chosen.role not in roles:
            abort(403)
        return None


def _keep_only_language() -> None:
    kept = {key: session[key] for key in ("language",) if key in session}
    session.clear()
    session.update(kept)


def shown(language: str) -> dict[str, object]:
    """Who is signed in and for whom they act, as the header of every page says it."""
    chosen = capacity()
    organisation = other = None
    if chosen is not None and chosen.organisation_id is not None:
        organisation = chosen.name_ru if language == "ru" else chosen.name_kk
    elif chosen is not None and chosen.for_person_id != current_user.person.id:
        other = chosen.name_kk
    return {
        "name": current_user.person.full_name,
        "acting_for": other,
        "organisation": organisation,
        "change_href": url_for("auth.for_whom", choose=1) if len(capacities()) > 1 else None,
        "sign_out_href": url_for("auth.sign_out"),
    }
