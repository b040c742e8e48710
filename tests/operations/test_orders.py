"""Placing an order: what is signed, what is set aside, what is refused, and that nothing happens twice."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.models.audit import AuditRow
from portal.models.document import Document, DocumentKind, Signature
from portal.models.entitlement import Cause, Entitlement, Posting
from portal.models.offer import Offer
from portal.models.order import Order
from portal.models.reference import GuaranteedAmount
from portal.operations import answers, documents, orders
from portal.operations.orders import Wish
from portal.rules.law import RuleViolation
from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.roles import Role
from portal.rules.service import Service
from portal.signing.refusals import SignatureRefused
from tests import factories as make
from tests.factories import MONDAY
from tests.pen import WRONG_KEY, Pen, signed

TUESDAY = date(2026, 3, 3)
A_WEEK_LATER = MONDAY + timedelta(days=7)


class Case:
    """A recipient with an entitlement, and an offer where she lives."""

    def __init__(self, session: Session, service: Service = Service.ASSISTANT) -> None:
        self.person = make.make_person(session)
        self.entitlement: Entitlement = make.make_programme(session, self.person, service)
        self.offer: Offer = make.make_offer(session, service=service)
        self.she: Actor = make.as_recipient(self.person)

    def wish(self, minutes_a_day: int = 240, days: int = 10, **given: object) -> Wish:
        """Some hours a day for some days (assistant)."""
        order = NewOrder(
            service=self.entitlement.service,
            starts_on=TUESDAY,
            ends_on=TUESDAY + timedelta(days=days - 1),
            units=minutes_a_day * days,
            minutes_a_day=minutes_a_day,
            way="offline",
        )
        return Wish(self.entitlement.id, self.offer.id, replace(order, **given))  # type: ignore[arg-type]

    def hours(self, minutes: int, way: str = "offline") -> Wish:
        """So many minutes until the end of the entitlement (interpreter)."""
        wish = self.wish(units=minutes, ends_on=self.entitlement.ends_on, way=way)
        return replace(wish, order=replace(wish.order, minutes_a_day=None))


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


@pytest.mark.law("R83.1", "RG.2")
def test_what_is_signed_says_the_order_and_the_request_to_reimburse(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    said = documents.content(document)
    assert document.kind is DocumentKind.ORDER
    assert said["order"]["units"] == 2400
    assert said["order"]["price_tiyn"] == 60_000
    assert said["order"]["guaranteed_tiyn"] == said["order"]["reimbursed_tiyn"] == 58_993
    assert said["order"]["surcharge_tiyn"] == 60_000 - 58_993
    assert said["reimbursement_request"]["to_office"] == str(case.entitlement.office_id)
    assert said["reimbursement_request"]["for_provider"] == said["provider"]["bin"]
    assert [signer["iin"] for signer in said["signers"]] == [case.person.iin]


@pytest.mark.law("R83.1")
def test_preparing_changes_nothing_but_the_document(session: Session, case: Case) -> None:
    before = case.entitlement.available
    orders.prepare(session, case.wish(), case.she, MONDAY)
    assert session.scalar(select(func.count()).select_from(Order)) == 0
    assert case.entitlement.available == before


@pytest.mark.law("R83.1", "RI.1", "R83.3")
def test_a_signed_order_sets_its_hours_aside(session: Session, case: Case) -> None:
    before = case.entitlement.available
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    order = orders.place(session, signed(document), case.she, MONDAY)
    assert order.status is OrderStatus.PLACED
    assert (order.units, order.reserved, order.used) == (2400, 2400, 0)
    assert (case.entitlement.available, case.entitlement.reserved) == (before - 2400, 2400)
    assert order.answer_due_on == date(2026, 3, 10), "8 March is on a Sunday, so Monday the 9th is off"
    assert case.entitlement.reminder_due_on is None
    posting = session.scalars(select(Posting).where(Posting.order_id == order.id)).one()
    assert (posting.units, posting.cause) == (2400, Cause.ORDER_PLACED)


@pytest.mark.law("RI.6")
def test_a_representative_is_written_down_beside_the_recipient(session: Session, case: Case) -> None:
    mother = make.make_representative(session, case.person)
    acting = make.as_recipient(case.person, by=mother)
    pen = Pen()
    document = orders.prepare(session, case.wish(), acting, MONDAY)
    order = orders.place(session, signed(document, pen=pen), acting, MONDAY)
    assert [expected.iin for expected in pen.expected] == [mother.iin]
    assert (order.recipient_id, order.placed_by_id) == (case.person.id, mother.id)
    signature = session.scalars(select(Signature).where(Signature.document_id == document.id)).one()
    assert (signature.person_id, signature.for_person_id, signature.role) == (
        mother.id,
        case.person.id,
        Role.RECIPIENT,
    )
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == order.id)).one()
    assert (row.action, row.person_id, row.for_person_id) == ("place", mother.id, case.person.id)


def test_the_same_document_signed_twice_is_one_order(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    first = orders.place(session, signed(document), case.she, MONDAY)
    second = orders.place(session, signed(document, b"another click"), case.she, MONDAY)
    assert first is second
    assert case.entitlement.reserved == 2400
    assert len(document.signatures) == 1


def test_the_same_form_sent_twice_is_one_document(session: Session, case: Case) -> None:
    wish = case.wish()
    first = orders.prepare(session, wish, case.she, MONDAY)
    second = orders.prepare(session, wish, case.she, MONDAY + timedelta(seconds=3))
    assert first.id == second.id
    assert session.scalar(select(func.count()).select_from(Document)) == 1


@pytest.mark.law("RI.5")
def test_one_form_makes_at_most_one_order(session: Session, case: Case) -> None:
    """She goes back, changes the hours and sends the same form again: only one of the two can be signed."""
    wish = case.wish()
    first = orders.prepare(session, wish, case.she, MONDAY)
    changed = case.wish(minutes_a_day=60)
    second = orders.prepare(session, replace(changed, form_id=wish.form_id), case.she, MONDAY)
    assert first.id != second.id
    orders.place(session, signed(second), case.she, MONDAY)
    with pytest.raises(RuleViolation, match="already signed"):
        orders.place(session, signed(first), case.she, MONDAY)
    assert case.entitlement.reserved == 600


def test_another_form_is_another_order(session: Session, case: Case) -> None:
    for _once in range(2):
        document = orders.prepare(session, case.wish(minutes_a_day=120), case.she, MONDAY)
        orders.place(session, signed(document), case.she, MONDAY)
    assert case.entitlement.reserved == 2 * 1200


@pytest.mark.law("RG.2")
def test_a_price_that_changed_meanwhile_is_not_signed_unseen(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    case.offer.price_tiyn = 65_000
    session.flush()
    with pytest.raises(RuleViolation, match="changed its price") as refused:
        orders.place(session, signed(document), case.she, MONDAY)
    assert refused.value.figures == {"price_tiyn": 65_000}
    assert not document.signatures


@pytest.mark.law("RG.3")
def test_a_guaranteed_amount_that_changed_meanwhile_is_not_signed_unseen(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    session.add(GuaranteedAmount(code="701", valid_from=MONDAY.date(), tiyn=70_000, basis="test"))
    session.flush()
    with pytest.raises(RuleViolation, match="guaranteed amount is now"):
        orders.place(session, signed(document), case.she, MONDAY)


@pytest.mark.law("RI.1")
def test_hours_taken_meanwhile_are_refused(session: Session) -> None:
    case = Case(session, Service.INTERPRETER)
    first = orders.prepare(session, case.hours(2400), case.she, MONDAY)
    second = orders.prepare(session, case.hours(2400), case.she, MONDAY)
    orders.place(session, signed(first), case.she, MONDAY)
    with pytest.raises(RuleViolation, match="you have") as refused:
        orders.place(session, signed(second), case.she, MONDAY)
    assert refused.value.figures["left_minutes"] == 1200
    assert (case.entitlement.available, case.entitlement.reserved) == (1200, 2400)


@pytest.mark.law("RI.3", "R34.1")
def test_a_day_filled_meanwhile_by_another_order_is_refused(session: Session, case: Case) -> None:
    first = orders.prepare(session, case.wish(minutes_a_day=300), case.she, MONDAY)
    second = orders.prepare(session, case.wish(minutes_a_day=300), case.she, MONDAY)
    orders.place(session, signed(first), case.she, MONDAY)
    with pytest.raises(RuleViolation, match="a day") as refused:
        orders.place(session, signed(second), case.she, MONDAY)
    assert refused.value.figures["left_minutes"] == 180


@pytest.mark.law("RI.3")
def test_a_day_is_free_again_when_the_other_order_was_taken_back(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(minutes_a_day=480), case.she, MONDAY)
    first = orders.place(session, signed(document), case.she, MONDAY)
    answers.withdraw(session, first.id, case.she, MONDAY)
    again = orders.prepare(session, case.wish(minutes_a_day=480), case.she, MONDAY)
    assert orders.place(session, signed(again), case.she, MONDAY).reserved == 4800


@pytest.mark.law("R83.1")
def test_an_offer_withdrawn_meanwhile_is_refused(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    case.offer.withdrawn_on = MONDAY.date()
    session.flush()
    with pytest.raises(RuleViolation, match="no longer offers"):
        orders.place(session, signed(document), case.she, MONDAY)


@pytest.mark.law("R83.6")
def test_an_entitlement_closed_meanwhile_is_refused(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    case.entitlement.closed_on = MONDAY.date()
    session.flush()
    with pytest.raises(RuleViolation, match="is closed"):
        orders.place(session, signed(document), case.she, MONDAY)


@pytest.mark.law("R83.1")
def test_a_page_left_open_past_its_first_day_is_refused(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    with pytest.raises(RuleViolation, match="in the past"):
        orders.place(session, signed(document), case.she, A_WEEK_LATER)


@pytest.mark.law("R83.9")
def test_a_provider_who_does_not_come_to_her_district_is_refused(session: Session, case: Case) -> None:
    case.offer = make.make_offer(session, places=("750000000",))
    with pytest.raises(RuleViolation, match="does not come"):
        orders.prepare(session, case.wish(), case.she, MONDAY)


@pytest.mark.law("R42.7")
def test_an_interpreter_from_elsewhere_may_serve_online(session: Session) -> None:
    case = Case(session, Service.INTERPRETER)
    case.offer = make.make_offer(session, service=Service.INTERPRETER, places=("750000000",))
    document = orders.prepare(session, case.hours(600, way="online"), case.she, MONDAY)
    assert orders.place(session, signed(document), case.she, MONDAY).way == "online"


@pytest.mark.law("R34.1")
def test_an_offer_of_another_service_is_not_found(session: Session, case: Case) -> None:
    case.offer = make.make_offer(session, service=Service.INTERPRETER)
    with pytest.raises(LookupError):
        orders.prepare(session, case.wish(), case.she, MONDAY)


def test_an_offer_that_is_not_there_is_not_found(session: Session, case: Case) -> None:
    with pytest.raises(LookupError):
        orders.prepare(session, replace(case.wish(), offer_id=uuid4()), case.she, MONDAY)


def test_somebody_elses_entitlement_is_not_found(session: Session, case: Case) -> None:
    stranger = make.as_recipient(make.make_person(session))
    with pytest.raises(LookupError):
        orders.prepare(session, case.wish(), stranger, MONDAY)


def test_somebody_elses_document_is_not_found(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    stranger = make.as_recipient(make.make_person(session))
    with pytest.raises(LookupError):
        orders.place(session, signed(document), stranger, MONDAY)


def test_what_one_representative_prepared_another_does_not_sign(session: Session, case: Case) -> None:
    mother, father = (make.make_representative(session, case.person) for _each in range(2))
    document = orders.prepare(session, case.wish(), make.as_recipient(case.person, by=mother), MONDAY)
    with pytest.raises(LookupError):
        orders.place(session, signed(document), make.as_recipient(case.person, by=father), MONDAY)


@pytest.mark.law("R83.1")
def test_another_persons_key_places_nothing(session: Session, case: Case) -> None:
    document = orders.prepare(session, case.wish(), case.she, MONDAY)
    with pytest.raises(SignatureRefused):
        orders.place(session, signed(document, WRONG_KEY), case.she, MONDAY)
    assert session.scalar(select(func.count()).select_from(Order)) == 0
    assert case.entitlement.reserved == 0


def test_the_wish_is_read_back_from_what_was_signed(session: Session, case: Case) -> None:
    wish = case.wish()
    said = documents.content(orders.prepare(session, wish, case.she, MONDAY))
    assert replace(orders.wish_of(said), form_id=wish.form_id) == wish


@pytest.mark.law("R34.1", "RI.3")
@pytest.mark.parametrize(("a_day", "allowed"), [(240, True), (300, False)])
def test_orders_that_follow_each_other_take_no_day_twice(
    session: Session, case: Case, a_day: int, allowed: bool
) -> None:
    """Four hours a day to the 6th, four from the 7th on: each day has four left."""
    for first, days in ((TUESDAY, 4), (date(2026, 3, 7), 6)):
        last = first + timedelta(days=days - 1)
        make.make_order(session, case.entitlement, starts_on=first, ends_on=last, minutes=days * 240, minutes_a_day=240)
    if allowed:
        assert orders.prepare(session, case.wish(a_day), case.she, MONDAY)
    else:
        with pytest.raises(RuleViolation, match="already ordered") as refused:
            orders.prepare(session, case.wish(a_day), case.she, MONDAY)
        assert refused.value.figures["left_minutes"] == 240
