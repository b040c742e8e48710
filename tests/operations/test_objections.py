"""Objecting to a visit and settling it: hours, acts and the two sides (R42.5)."""

from datetime import date, timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.models.audit import AuditRow
from portal.models.entitlement import Cause, Posting
from portal.models.order import Order
from portal.models.person import Kinship
from portal.models.provider import Provider, Specialist
from portal.models.service_log import LogEntry
from portal.operations import objections, service_log
from portal.queries import service_log as log
from portal.rules.act_lines import draw_up
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from portal.rules.objections import Settlement
from portal.rules.orders import OrderStatus
from portal.rules.roles import Role
from portal.rules.service_log import ObjectionReason
from tests import factories as make
from tests.factories import MONDAY

LATER = MONDAY + timedelta(days=3)
SHORTER = ObjectionReason.SHORTER
MARCH = date(2026, 3, 1)


class Case(NamedTuple):
    """A visit with everybody whom it concerns."""

    entry: LogEntry
    order: Order
    specialist: Specialist
    she: Actor
    provider: Actor
    office: Actor


@pytest.fixture
def case(session: Session) -> Case:
    person = make.make_person(session)
    provider = make.make_provider(session)
    order = make.make_order(session, make.make_programme(session, person), make.make_offer(session, provider))
    specialist = make.make_specialist(session, provider)
    entry = make.make_entry(session, order, specialist)
    office = make.office_here(session)
    return Case(
        entry,
        order,
        specialist,
        make.as_recipient(person),
        make.as_provider(make.make_staff(session, provider), provider),
        make.as_office(make.make_clerk(session), office),
    )


def object_to(session: Session, case: Case, note: str = "Бір сағат қана болды") -> LogEntry:
    return objections.object_to(session, case.entry.id, SHORTER, note, case.she, LATER)


@pytest.mark.law("R42.5", "RI.6")
def test_she_objects_and_it_is_written_down(session: Session, case: Case) -> None:
    entry = object_to(session, case, "  Бір сағат қана болды \n")
    assert entry.is_objected
    assert (entry.objected_at, entry.objection_reason) == (LATER, "shorter")
    assert entry.objection_note == "Бір сағат қана болды"
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == entry.id)).one()
    assert (row.action, row.role, row.for_person_id) == ("object", Role.RECIPIENT, case.she.person_id)


@pytest.mark.law("R42.5", "RI.2")
def test_an_objected_visit_stays_out_of_acts_and_keeps_its_hours(session: Session, case: Case) -> None:
    other = make.make_entry(session, case.order, case.specialist, day=date(2026, 3, 4))
    object_to(session, case)
    drawn = draw_up(log.to_be_acted(session, case.order.id, MARCH), case.order.service)
    assert drawn.units == other.units
    assert drawn.left_out == (case.entry,)
    assert case.order.used == case.entry.minutes + other.minutes


def test_the_same_objection_twice_is_one(session: Session, case: Case) -> None:
    object_to(session, case)
    again = objections.object_to(
        session, case.entry.id, SHORTER, "Бір сағат қана болды", case.she, LATER + timedelta(hours=1)
    )
    assert again.objected_at == LATER
    assert len(session.scalars(select(AuditRow).where(AuditRow.thing_id == case.entry.id)).all()) == 1


@pytest.mark.law("R42.5")
def test_another_objection_while_one_is_open_is_refused(session: Session, case: Case) -> None:
    object_to(session, case)
    with pytest.raises(RuleViolation, match="already objected"):
        objections.object_to(session, case.entry.id, ObjectionReason.NOT_SERVED, "", case.she, LATER)


@pytest.mark.law("R42.5")
@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (ActStatus.DRAWN_UP, False),
        (ActStatus.SIGNED, True),
        (ActStatus.SUBMITTED, True),
        (ActStatus.UNDER_REVIEW, True),
        (ActStatus.ACCEPTED, True),
        (ActStatus.PAID, True),
        (ActStatus.RETURNED, False),
        (ActStatus.WITHDRAWN, False),
        (ActStatus.CANCELLED, False),
    ],
)
def test_she_objects_until_she_has_signed_the_act(
    session: Session, case: Case, status: ActStatus, refused: bool
) -> None:
    make.make_act(session, case.order, (case.entry,), status)
    if refused:
        with pytest.raises(RuleViolation, match="have signed the act"):
            object_to(session, case)
    else:
        assert object_to(session, case).is_objected


@pytest.mark.law("R42.5")
def test_a_struck_visit_is_not_objected_to(session: Session, case: Case) -> None:
    service_log.strike(session, case.entry.id, "Екі рет жазылған", case.provider, LATER)
    with pytest.raises(RuleViolation, match="already struck"):
        object_to(session, case)


@pytest.mark.law("R42.5")
def test_she_takes_her_objection_back(session: Session, case: Case) -> None:
    object_to(session, case)
    entry = objections.settle(session, case.entry.id, Settlement.WITHDRAWN, "", case.she, LATER)
    assert not entry.is_objected
    assert (entry.settlement, entry.settled_at) == ("withdrawn", LATER)
    assert draw_up(log.to_be_acted(session, case.order.id, MARCH), case.order.service).left_out == ()
    with pytest.raises(RuleViolation, match="no open objection"):
        objections.settle(session, case.entry.id, Settlement.WITHDRAWN, "", case.she, LATER)


@pytest.mark.law("R42.5")
def test_she_may_object_again_after_taking_it_back(session: Session, case: Case) -> None:
    object_to(session, case)
    objections.settle(session, case.entry.id, Settlement.WITHDRAWN, "", case.she, LATER)
    entry = object_to(session, case, "Енді анықтадым")
    assert entry.is_objected
    assert (entry.settlement, entry.objection_note) == (None, "Енді анықтадым")


@pytest.mark.law("R42.5", "RI.1")
def test_the_provider_strikes_and_the_hours_come_back(session: Session, case: Case) -> None:
    object_to(session, case)
    used = case.order.used
    entry = objections.settle(session, case.entry.id, Settlement.STRUCK, "Қате жазылған", case.provider, LATER)
    assert (entry.struck_at, entry.settlement, entry.strike_reason) == (LATER, "struck", "Қате жазылған")
    assert case.order.used == used - entry.minutes
    assert case.order.reserved == case.order.units
    postings = session.scalars(select(Posting.cause).where(Posting.log_entry_id == entry.id).order_by(Posting.id))
    assert list(postings) == [Cause.VISIT, Cause.VISIT_STRUCK]
    with pytest.raises(RuleViolation, match="no open objection"):
        objections.settle(session, case.entry.id, Settlement.STRUCK, "Қайта", case.provider, LATER)


@pytest.mark.law("R42.5")
def test_who_served_may_strike_their_own_visit(session: Session, case: Case) -> None:
    object_to(session, case)
    assistant = make.as_specialist(case.specialist)
    assert objections.settle(session, case.entry.id, Settlement.STRUCK, "Қателестім", assistant, LATER).struck_at


@pytest.mark.law("RI.1")
def test_after_the_order_ended_the_hours_go_to_the_entitlement(session: Session, case: Case) -> None:
    object_to(session, case)
    case.order.status, case.order.ended_on = OrderStatus.STOPPED, MONDAY.date()
    available = case.order.entitlement.available
    objections.settle(session, case.entry.id, Settlement.STRUCK, "Қате", case.provider, LATER)
    assert case.order.entitlement.available == available + case.entry.minutes


@pytest.mark.law("RI.5")
def test_a_visit_in_a_standing_act_is_not_struck(session: Session, case: Case) -> None:
    make.make_act(session, case.order, (case.entry,), ActStatus.DRAWN_UP)
    object_to(session, case)
    with pytest.raises(RuleViolation, match="Cancel the act first"):
        objections.settle(session, case.entry.id, Settlement.STRUCK, "Қате", case.provider, LATER)


@pytest.mark.law("R42.5")
def test_the_office_lets_it_stand_for_good(session: Session, case: Case) -> None:
    object_to(session, case)
    entry = objections.settle(session, case.entry.id, Settlement.STANDS, "Бейнежазба растады", case.office, LATER)
    assert not entry.is_objected
    assert (entry.settlement, entry.settlement_note, entry.struck_at) == ("stands", "Бейнежазба растады", None)
    assert draw_up(log.to_be_acted(session, case.order.id, MARCH), case.order.service).left_out == ()
    with pytest.raises(RuleViolation, match="already decided"):
        object_to(session, case)


@pytest.mark.law("R42.9")
def test_nobody_of_the_office_settles_for_their_kin(session: Session, case: Case) -> None:
    object_to(session, case)
    session.add(Kinship(person_id=case.office.person_id, relative_id=case.specialist.person_id))
    session.flush()
    with pytest.raises(RuleViolation, match="your kin"):
        objections.settle(session, case.entry.id, Settlement.STANDS, "Дұрыс", case.office, LATER)


@pytest.mark.law("R42.9")
def test_a_clerk_who_serves_does_not_settle_their_own_visit(session: Session, case: Case) -> None:
    object_to(session, case)
    self = Actor(Role.OFFICE, case.specialist.person_id, organisation_id=case.office.organisation_id)
    with pytest.raises(RuleViolation, match="took part"):
        objections.settle(session, case.entry.id, Settlement.STANDS, "Дұрыс", self, LATER)


def test_others_find_no_such_visit(session: Session, case: Case) -> None:
    object_to(session, case)
    another = make.make_provider(session)
    strangers = [
        make.as_recipient(make.make_person(session)),
        make.as_provider(make.make_staff(session, another), another),
        make.as_specialist(make.make_specialist(session, session.get_one(Provider, case.order.provider_id))),
        make.as_office(make.make_clerk(session), make.office_here(session, "750000000")),
        Actor(Role.SYSTEM),
    ]
    for stranger in strangers:
        with pytest.raises(LookupError):
            objections.settle(session, case.entry.id, Settlement.STRUCK, "Қате", stranger, LATER)
        with pytest.raises(LookupError):
            objections.object_to(session, case.entry.id, SHORTER, "", stranger, LATER)
    for actor in (case.she, case.provider):
        with pytest.raises(LookupError):
            objections.settle(session, uuid4(), Settlement.STRUCK, "", actor, LATER)
