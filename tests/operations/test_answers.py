"""The life of a placed order: answered, lapsed, taken back, stopped; each once, its hours never counted twice."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.clock import ALMATY
from portal.models.audit import AuditRow
from portal.models.document import DocumentKind
from portal.models.entitlement import Entitlement, Posting
from portal.models.message import Execution, SmsMessage
from portal.models.order import Order
from portal.models.provider import Provider
from portal.operations import answers, documents
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import DeclineReason, StopReason
from portal.rules.orders import OrderStatus
from portal.rules.roles import Role
from portal.signing.refusals import SignatureRefused
from tests import factories as make
from tests.factories import MONDAY
from tests.pen import WRONG_KEY, Pen, signed

LAST_DAY = datetime(2026, 3, 9, 23, 59, tzinfo=ALMATY)
DAY_AFTER = datetime(2026, 3, 10, 0, 0, tzinfo=ALMATY)


class Case(NamedTuple):
    """A placed order with its two sides."""

    order: Order
    entitlement: Entitlement
    she: Actor
    provider: Actor


def placed(session: Session, status: OrderStatus = OrderStatus.PLACED, kind: str = "legal") -> Case:
    person = make.make_person(session, language="ru")
    entitlement = make.make_programme(session, person)
    provider = make.make_provider(session, kind=kind)
    order = make.make_order(session, entitlement, make.make_offer(session, provider), status)
    staff = make.make_staff(session, provider)
    return Case(order, entitlement, make.as_recipient(person), make.as_provider(staff, provider))


@pytest.fixture
def case(session: Session) -> Case:
    return placed(session)


def accept(session: Session, case: Case, now: datetime = MONDAY) -> Order:
    document = answers.prepare_answer(session, case.order.id, None, "", case.provider, now)
    return answers.answer(session, signed(document), case.provider, now)


def decline(session: Session, case: Case, now: datetime = MONDAY) -> Order:
    reason = DeclineReason.FULLY_LOADED
    document = answers.prepare_answer(session, case.order.id, reason, "До января мест нет", case.provider, now)
    return answers.answer(session, signed(document), case.provider, now)


def sms_about(session: Session, order: Order) -> list[str]:
    mine = select(SmsMessage.about).where(SmsMessage.about.startswith(f"order:{order.id}:"))
    return [about.rsplit(":", 1)[1] for about in session.scalars(mine)]


def executions_of(session: Session, order: Order) -> list[str]:
    mine = select(Execution.about).where(Execution.about.startswith(f"order:{order.id}:"))
    return [about.rsplit(":", 1)[1] for about in session.scalars(mine.order_by(Execution.sequence))]


@pytest.mark.law("R83.3", "R42.4")
def test_an_accepted_order_keeps_its_hours(session: Session, case: Case) -> None:
    order = accept(session, case)
    assert order.status is OrderStatus.ACCEPTED
    assert order.answered_at == MONDAY
    assert case.entitlement.reserved == order.reserved == 1200
    assert sms_about(session, order) == ["accept"]
    assert executions_of(session, order) == ["accepted"]


@pytest.mark.law("R83.3")
def test_the_answer_names_the_order_and_the_provider(session: Session, case: Case) -> None:
    document = answers.prepare_answer(session, case.order.id, None, "", case.provider, MONDAY)
    said = documents.content(document)
    assert document.kind is DocumentKind.ACCEPTANCE
    assert said["order"] == {
        "id": str(case.order.id),
        "number": case.order.number,
        "document": str(case.order.document_id),
    }
    assert said["answer"] == "accepted"
    assert said["signers"][0]["bin"] == said["provider"]["bin"]


@pytest.mark.law("R83.3")
@pytest.mark.parametrize(("kind", "with_bin"), [("legal", True), ("entrepreneur", False), ("individual", False)])
def test_an_organisation_answers_with_its_own_key(session: Session, kind: str, with_bin: bool) -> None:
    case = placed(session, kind=kind)
    pen = Pen()
    document = answers.prepare_answer(session, case.order.id, None, "", case.provider, MONDAY)
    answers.answer(session, signed(document, pen=pen), case.provider, MONDAY)
    expected_bin = session.get_one(Provider, case.order.provider_id).bin if with_bin else None
    assert [signer.bin for signer in pen.expected] == [expected_bin]


@pytest.mark.law("R83.9")
def test_a_declined_order_gives_its_hours_back_with_the_reason(session: Session, case: Case) -> None:
    before = case.entitlement.available
    order = decline(session, case)
    assert order.status is OrderStatus.DECLINED
    assert (order.reason, order.note) == ("fully_loaded", "До января мест нет")
    assert (order.reserved, order.ended_on) == (0, MONDAY.date())
    assert case.entitlement.available == before + 1200
    assert case.entitlement.reserved == 0
    assert sms_about(session, order) == ["decline"]


def test_the_same_answer_signed_twice_is_one_answer(session: Session, case: Case) -> None:
    document = answers.prepare_answer(session, case.order.id, None, "", case.provider, MONDAY)
    first = answers.answer(session, signed(document), case.provider, MONDAY)
    second = answers.answer(session, signed(document), case.provider, MONDAY + timedelta(minutes=1))
    assert first is second
    assert second.answered_at == MONDAY
    assert len(document.signatures) == 1
    assert sms_about(session, case.order) == ["accept"]


@pytest.mark.law("R83.3")
def test_after_one_answer_another_is_refused(session: Session, case: Case) -> None:
    no = answers.prepare_answer(session, case.order.id, DeclineReason.FORCE_MAJEURE, "", case.provider, MONDAY)
    accept(session, case)
    with pytest.raises(RuleViolation, match="already been accepted"):
        answers.answer(session, signed(no), case.provider, MONDAY)
    assert case.order.status is OrderStatus.ACCEPTED
    with pytest.raises(RuleViolation, match="already been accepted"):
        answers.prepare_answer(session, case.order.id, None, "", case.provider, MONDAY)


@pytest.mark.law("R83.3", "R83.4")
def test_the_last_day_of_the_term_is_still_in_time(session: Session, case: Case) -> None:
    assert case.order.answer_due_on == LAST_DAY.date()
    assert accept(session, case, LAST_DAY).status is OrderStatus.ACCEPTED


@pytest.mark.law("R83.4")
def test_the_day_after_the_term_is_too_late_even_before_the_sweep(session: Session, case: Case) -> None:
    with pytest.raises(RuleViolation, match="has lapsed"):
        accept(session, case, DAY_AFTER)
    assert case.order.status is OrderStatus.PLACED


def test_another_providers_order_is_not_found(session: Session, case: Case) -> None:
    other = make.make_provider(session)
    stranger = make.as_provider(make.make_staff(session, other), other)
    with pytest.raises(LookupError):
        answers.prepare_answer(session, case.order.id, None, "", stranger, MONDAY)
    document = answers.prepare_answer(session, case.order.id, None, "", case.provider, MONDAY)
    with pytest.raises(LookupError):
        answers.answer(session, signed(document), stranger, MONDAY)


def test_an_order_document_is_no_answer(session: Session, case: Case) -> None:
    for unknown in (case.order.document_id, uuid4()):
        with pytest.raises(LookupError):
            answers.answer(session, signed(unknown), case.provider, MONDAY)


@pytest.mark.law("R83.3")
def test_a_wrong_key_answers_nothing(session: Session, case: Case) -> None:
    document = answers.prepare_answer(session, case.order.id, None, "", case.provider, MONDAY)
    with pytest.raises(SignatureRefused):
        answers.answer(session, signed(document, WRONG_KEY), case.provider, MONDAY)
    assert not document.signatures


@pytest.mark.law("R83.4")
def test_without_an_answer_the_order_lapses_once(session: Session, case: Case) -> None:
    before = case.entitlement.available
    assert not answers.lapse(session, case.order.id, LAST_DAY)
    assert answers.lapse(session, case.order.id, DAY_AFTER)
    assert not answers.lapse(session, case.order.id, DAY_AFTER)
    assert case.order.status is OrderStatus.LAPSED
    assert case.entitlement.available == before + 1200
    assert sms_about(session, case.order) == ["lapse"]
    assert executions_of(session, case.order) == ["lapsed"]
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == case.order.id)).one()
    assert (row.action, row.role) == ("lapse", Role.SYSTEM)


@pytest.mark.law("R83.4")
@pytest.mark.parametrize("status", [OrderStatus.ACCEPTED, OrderStatus.DECLINED, OrderStatus.WITHDRAWN])
def test_what_was_answered_does_not_lapse(session: Session, status: OrderStatus) -> None:
    case = placed(session, status)
    assert not answers.lapse(session, case.order.id, DAY_AFTER)
    assert case.order.status is status


@pytest.mark.law("R83.7")
def test_she_takes_an_order_back_before_the_answer(session: Session, case: Case) -> None:
    before = case.entitlement.available
    order = answers.withdraw(session, case.order.id, case.she, MONDAY)
    again = answers.withdraw(session, case.order.id, case.she, MONDAY + timedelta(minutes=1))
    assert order is again
    assert order.status is OrderStatus.WITHDRAWN
    assert order.ended_at == MONDAY
    assert case.entitlement.available == before + 1200
    assert session.scalar(select(func.count()).select_from(Posting).where(Posting.order_id == order.id)) == 2
    assert executions_of(session, order) == ["withdrawn"]


@pytest.mark.law("R83.7")
def test_after_the_answer_it_can_only_be_stopped(session: Session, case: Case) -> None:
    accept(session, case)
    with pytest.raises(RuleViolation, match="can only be stopped"):
        answers.withdraw(session, case.order.id, case.she, MONDAY)


@pytest.mark.law("R83.7")
def test_an_order_taken_back_cannot_be_answered(session: Session, case: Case) -> None:
    document = answers.prepare_answer(session, case.order.id, None, "", case.provider, MONDAY)
    answers.withdraw(session, case.order.id, case.she, MONDAY)
    with pytest.raises(RuleViolation, match="taken this order back"):
        answers.answer(session, signed(document), case.provider, MONDAY)


def test_only_the_recipient_takes_it_back(session: Session, case: Case) -> None:
    stranger = make.as_recipient(make.make_person(session))
    for other in (stranger, case.provider):
        with pytest.raises(LookupError):
            answers.withdraw(session, case.order.id, other, MONDAY)
    with pytest.raises(LookupError):
        answers.withdraw(session, uuid4(), case.she, MONDAY)


@pytest.mark.law("R83.7")
def test_a_stopped_service_keeps_what_was_rendered(session: Session) -> None:
    case = placed(session, OrderStatus.ACCEPTED)
    make.make_entry(session, case.order, minutes=120)
    before = case.entitlement.available
    reason = StopReason.TIMES_BROKEN
    order = answers.stop(session, case.order.id, reason, "Үш рет кешікті", case.she, MONDAY)
    again = answers.stop(session, case.order.id, reason, "Үш рет кешікті", case.she, MONDAY)
    assert order is again
    assert order.status is OrderStatus.STOPPED
    assert (order.reason, order.note) == ("times_broken", "Үш рет кешікті")
    assert (order.used, order.reserved) == (120, 0)
    assert case.entitlement.used == 120
    assert case.entitlement.available == before + 1080
    (told,) = session.scalars(select(SmsMessage).where(SmsMessage.about.startswith(f"order:{order.id}:")))
    assert told.person_id == case.provider.person_id, "she knows what she did, and the provider learns of it"
    assert str(order.number) in told.text and "02.03.2026" in told.text


@pytest.mark.law("R83.7")
def test_the_provider_stops_for_its_own_reasons_and_she_is_told(session: Session) -> None:
    case = placed(session, OrderStatus.ACCEPTED)
    with pytest.raises(RuleViolation, match="listed reasons"):
        answers.stop(session, case.order.id, StopReason.BAD_QUALITY, "", case.provider, MONDAY)
    order = answers.stop(session, case.order.id, StopReason.FORCE_MAJEURE, "", case.provider, MONDAY)
    assert order.status is OrderStatus.STOPPED
    assert sms_about(session, order) == ["stop"]


@pytest.mark.law("R83.7")
def test_her_reasons_are_not_the_providers(session: Session) -> None:
    case = placed(session, OrderStatus.ACCEPTED)
    with pytest.raises(RuleViolation, match="listed reasons"):
        answers.stop(session, case.order.id, StopReason.SURCHARGE_REFUSED, "", case.she, MONDAY)


@pytest.mark.law("R83.7")
def test_what_has_not_begun_is_taken_back_not_stopped(session: Session, case: Case) -> None:
    with pytest.raises(RuleViolation, match="has not been accepted yet"):
        answers.stop(session, case.order.id, StopReason.NOT_BEGUN, "", case.she, MONDAY)


def test_a_stranger_stops_nothing(session: Session) -> None:
    case = placed(session, OrderStatus.ACCEPTED)
    stranger = make.as_recipient(make.make_person(session))
    with pytest.raises(LookupError):
        answers.stop(session, case.order.id, StopReason.NOT_BEGUN, "", stranger, MONDAY)


@pytest.mark.law("R83.4", "R34.2")
def test_who_placed_it_is_told_when_she_has_no_phone(session: Session) -> None:
    case = placed(session)
    recipient = case.order.recipient
    mother = make.make_representative(session, recipient, language="kk")
    recipient.phone = None
    case.order.placed_by_id = mother.id
    session.flush()
    answers.lapse(session, case.order.id, DAY_AFTER)
    message = session.scalars(select(SmsMessage).where(SmsMessage.about == f"order:{case.order.id}:lapse")).one()
    assert (message.person_id, message.phone) == (mother.id, mother.phone)


@pytest.mark.law("R83.4", "R34.2")
def test_who_may_no_longer_act_for_her_learns_nothing(session: Session) -> None:
    """Whoever signed the order lost the right since: who has it now is told."""
    case = placed(session)
    recipient = case.order.recipient
    father = make.make_representative(session, recipient)
    recipient.phone = None
    case.order.placed_by_id = make.make_person(session).id
    session.flush()
    answers.lapse(session, case.order.id, DAY_AFTER)
    message = session.scalars(select(SmsMessage).where(SmsMessage.about == f"order:{case.order.id}:lapse")).one()
    assert message.person_id == father.id
