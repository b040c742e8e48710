"""Who may act as whom, in which order it is shown, and whom an SMS reaches."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.models.office import OfficeStaff
from portal.models.person import Kinship, Person, Representation
from portal.models.provider import ProviderStaff
from portal.queries import people
from portal.rules.roles import Role
from tests import factories as make
from tests.factories import MONDAY

TODAY = MONDAY.date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def recipient(session: Session, **given: Any) -> Person:
    person = make.make_person(session, **given)
    make.make_programme(session, person)
    return person


def represent(session: Session, person: Person, other: Person, **given: Any) -> None:
    values = {"kind": "guardian", "valid_from": date(2020, 1, 1), "valid_to": None} | given
    session.add(Representation(person_id=person.id, recipient_id=other.id, **values))
    session.flush()


@pytest.mark.law("R3.2")
def test_themselves_first_then_others_then_organisations(session: Session) -> None:
    me = recipient(session)
    provider, office = make.make_provider(session), make.office_here(session)
    make.make_specialist(session, provider, person=me)
    session.add_all(
        [
            ProviderStaff(person_id=me.id, provider_id=provider.id, is_head=True),
            OfficeStaff(person_id=me.id, office_id=office.id, since_on=YESTERDAY),
        ]
    )
    late, early = recipient(session, last_name="Яхин"), recipient(session, last_name="Абаев")
    for one in (late, early, early):
        represent(session, me, one)
    found = people.capacities(session, me.id, TODAY)
    assert [(one.role, one.for_person_id, one.organisation_id) for one in found] == [
        (Role.RECIPIENT, me.id, None),
        (Role.RECIPIENT, early.id, None),
        (Role.RECIPIENT, late.id, None),
        (Role.PROVIDER, None, provider.id),
        (Role.SPECIALIST, None, provider.id),
        (Role.OFFICE, None, office.id),
    ]
    assert len({one.key for one in found}) == 6
    assert (found[0].name_kk, found[3].name_ru) == (f"{me.last_name} Айгүл", provider.name_ru)
    assert found[0].name_ru == found[0].name_kk


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({}, True),
        ({"valid_to": TODAY}, True),
        ({"valid_to": YESTERDAY}, False),
        ({"valid_from": TODAY}, True),
        ({"valid_from": TOMORROW}, False),
    ],
)
def test_a_right_holds_within_its_days(session: Session, given: dict[str, date], holds: bool) -> None:
    me, child = make.make_person(session), recipient(session)
    represent(session, me, child, **given)
    assert bool(people.capacities(session, me.id, TODAY)) is holds
    assert ([one.id for one in people.representatives(session, child.id, TODAY)] == [me.id]) is holds
    assert ([one.id for one in people.represented(session, me.id, TODAY)] == [child.id]) is holds


@pytest.mark.parametrize(("until", "holds"), [(None, True), (TODAY, True), (YESTERDAY, False)])
def test_who_has_left_is_not_on_the_staff(session: Session, until: date | None, holds: bool) -> None:
    clerk, provider = make.make_clerk(session), make.make_provider(session)
    specialist = make.make_specialist(session, provider)
    session.get_one(OfficeStaff, (clerk.id, make.office_here(session).id)).until_on = until
    specialist.until_on = until
    session.flush()
    assert bool(people.capacities(session, clerk.id, TODAY)) is holds
    assert bool(people.capacities(session, specialist.person_id, TODAY)) is holds


@pytest.mark.law("RI.4")
def test_the_dead_act_as_nobody_and_may_be_read_by_who_acted_for_them(session: Session) -> None:
    dead, mother = recipient(session, died_on=YESTERDAY), make.make_person(session)
    represent(session, mother, dead)
    assert people.capacities(session, dead.id, TODAY) == []
    assert [one.for_person_id for one in people.capacities(session, mother.id, TODAY)] == [dead.id]


def test_who_has_nothing_to_do_here_acts_as_nobody(session: Session) -> None:
    assert people.capacities(session, make.make_person(session).id, TODAY) == []


@pytest.mark.law("R34.2")
def test_whom_an_sms_reaches(session: Session) -> None:
    child = recipient(session, phone=None)
    assert people.reader(session, child, TODAY) is child
    represent(session, make.make_person(session, phone=None, last_name="А"), child)
    mother = make.make_person(session, last_name="Б")
    represent(session, mother, child)
    assert people.reader(session, child, TODAY) is mother
    child.phone = "+77010000000"
    assert people.reader(session, child, TODAY) is child


@pytest.mark.law("R34.2", "RI.4")
def test_who_has_died_acts_and_reads_for_nobody(session: Session) -> None:
    child, mother = recipient(session, phone=None), make.make_person(session, died_on=YESTERDAY)
    represent(session, mother, child)
    assert people.reader(session, child, TODAY) is child
    assert people.readers(session, [child.id], TODAY) == {}
    assert people.representatives(session, child.id, TODAY) == []
    assert people.known(session, mother.id) is None


@pytest.mark.law("R42.9")
def test_kin_are_found_from_both_sides(session: Session) -> None:
    one, two, three = (make.make_person(session) for _ in range(3))
    session.add(Kinship(person_id=one.id, relative_id=two.id))
    represent(session, three, one, valid_to=YESTERDAY)
    assert people.relatives(session, one.id) == {two.id, three.id}
    assert people.relatives(session, two.id) == {one.id}
    assert people.relatives(session, three.id) == {one.id}
