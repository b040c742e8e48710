"""The doors: what is open to everybody, and that every other endpoint turns away whoever has no business there."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from portal import clock, db
from portal.models.ministry import MINISTRY_ID
from portal.models.person import Person
from portal.models.provider import Provider
from portal.rules.roles import Role
from portal.rules.service import Service
from tests import factories as make
from tests.apps import make_app, sign_in_as
from tests.factories import MONDAY

OPEN = {
    "static",
    "health.healthz",
    "public.front",
    "public.services",
    "public.help_page",
    "public.accessibility",
    "public.privacy",
    "public.view",
    "public.journal",
    "public.journal_day",
    "auth.sign_in",
    "auth.code",
    "auth.for_whom",
    "auth.sign_out",
}
"""Everything that answers without a guard. A new one is added here on purpose, or the test fails."""

MACHINES = {"esobes", "payments"}
"""Doors of other systems: a token or a signed body instead of a session."""

DOOR_OF = {
    "recipient": Role.RECIPIENT,
    "provider": Role.PROVIDER,
    "specialist": Role.SPECIALIST,
    "office": Role.OFFICE,
    "ministry": Role.MINISTRY,
}


@pytest.fixture(scope="module")
def app(new_database: object) -> Iterator[Flask]:
    """The whole portal on a database of its own."""
    assert callable(new_database)
    made = make_app(new_database())
    clock.use(lambda: MONDAY)
    yield made
    db.database().dispose()


@pytest.fixture(scope="module")
def people(app: Flask) -> dict[Role, tuple[Person, str]]:
    """Somebody in each role, with the key of their capacity."""
    with app.app_context(), db.transaction() as session:
        entitlement = make.make_programme(session, service=Service.ASSISTANT)
        recipient = session.get_one(Person, entitlement.person_id)
        provider: Provider = make.make_provider(session)
        staff, specialist = make.make_staff(session, provider), make.make_specialist(session, provider)
        clerk, office = make.make_clerk(session), make.office_here(session)
        serving = session.get_one(Person, specialist.person_id)
        return {
            Role.RECIPIENT: (recipient, f"recipient:{recipient.id}"),
            Role.PROVIDER: (staff, f"provider:{provider.id}"),
            Role.SPECIALIST: (serving, f"specialist:{provider.id}"),
            Role.OFFICE: (clerk, f"office:{office.id}"),
            Role.MINISTRY: (make.make_ministry_clerk(session), f"ministry:{MINISTRY_ID}"),
        }


def rules_of(app: Flask) -> list[Rule]:
    """Every endpoint with its address."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def address(rule: Rule) -> str:
    """An address of this endpoint for things that do not exist."""
    path = re.sub(r"<uuid:[^>]*>", lambda _: str(uuid4()), rule.rule).replace("<month>", "2026-02")
    return re.sub(r"<[^>]*>", "recipient", path)


def knock(client: FlaskClient, rule: Rule) -> dict[str, int]:
    """The answers to each way of calling an endpoint."""
    calls = {"GET": client.get, "POST": client.post}
    return {name: calls[name](address(rule)).status_code for name in calls if name in (rule.methods or ())}


def door(rule: Rule) -> str:
    """The blueprint of an endpoint."""
    return rule.endpoint.split(".")[0]


def test_every_endpoint_is_guarded_or_on_the_list(app: Flask) -> None:
    """What is not guarded is on a short list, and nothing on the list is gone."""
    unguarded = {rule.endpoint for rule in rules_of(app) if door(rule) not in {*DOOR_OF, *MACHINES}}
    assert unguarded == OPEN


def test_a_guest_is_sent_to_sign_in(app: Flask) -> None:
    """Nothing behind a guard is shown to somebody who has not signed in."""
    client = app.test_client()
    let_in = [
        (rule.endpoint, status)
        for rule in rules_of(app)
        if door(rule) in DOOR_OF
        for status in knock(client, rule).values()
        if status != 302
    ]
    assert let_in == []


@pytest.mark.parametrize("role", DOOR_OF.values())
def test_every_endpoint_with_every_role(app: Flask, people: dict[Role, tuple[Person, str]], role: Role) -> None:
    """Another role's door is shut; in one's own door, things that are not there are 404 and nothing breaks."""
    client = app.test_client()
    sign_in_as(client, *people[role])
    wrong = []
    for rule in rules_of(app):
        own = DOOR_OF.get(door(rule)) is role
        for method, status in knock(client, rule).items() if door(rule) in DOOR_OF else ():
            missing = "<uuid" in rule.rule and status != 404
            if (not own and status != 403) or (own and (status >= 500 or status == 403 or missing)):
                wrong.append((method, rule.rule, status))
    assert wrong == []


def test_machines_need_their_token(app: Flask) -> None:
    """The doors of other systems open to their token or signature only; the description of the API is read freely."""
    client = app.test_client()
    answers = {
        (rule.endpoint, status)
        for rule in rules_of(app)
        if door(rule) in MACHINES
        for status in knock(client, rule).values()
    }
    assert {(name, status) for name, status in answers if status not in {400, 401}} == {("esobes.openapi", 200)}
