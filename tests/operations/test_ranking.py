"""Ranked choice: one signature, one provider after the other; no hour lost, nobody asked twice, one message each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.clock import ALMATY
from portal.models.audit import AuditRow
from portal.models.document import Document
from portal.models.entitlement import Entitlement
from portal.models.message import SmsMessage
from portal.models.offer import Offer, OfferPlace
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.reference import GuaranteedAmount
from portal.operations import answers, documents, ledger, orders, person_events
from portal.operations.order_documents import part
from portal.operations.orders import Wish
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import DeclineReason
from portal.rules.orders import NewOrder, OrderStatus
from portal.rules.ranking import order_id
from portal.rules.roles import Role
from portal.rules.service import Service
from tests import factories as make
from tests.factories import MONDAY
from tests.operations.balances import check_books, check_ledger
from tests.pen import signed

LAPSES = datetime(2026, 3, 11, 0, 5, tzinfo=ALMATY)
"""The day after the first term: placed on Monday the 2nd, and the 9th is a day off."""


@dataclass
class Case:
    """Three providers in her order, and an order signed to them."""

    session: Session
    person: Person
    entitlement: Entitlement
    offers: list[Offer]
    order: Order

    @property
    def she(self) -> Actor:
        return make.as_recipient(self.person)

    def chain(self) -> list[Order]:
        """Everybody who was asked, in order."""
        mine = select(Order).where(Order.entitlement_id == self.entitlement.id).order_by(Order.rank)
        return list(self.session.scalars(mine))

    def decline(self, order: Order, now: datetime = MONDAY) -> Order:
        provider = self.session.get_one(Provider, order.provider_id)
        actor = make.as_provider(make.make_staff(self.session, provider), provider)
        reason = DeclineReason.FULLY_LOADED
        document = answers.prepare_answer(self.session, order.id, reason, "", actor, now)
        return answers.answer(self.session, signed(document), actor, now)

    def accept(self, order: Order, now: datetime = MONDAY) -> Order:
        provider = self.session.get_one(Provider, order.provider_id)
        actor = make.as_provider(make.make_staff(self.session, provider), provider)
        document = answers.prepare_answer(self.session, order.id, None, "", actor, now)
        return answers.answer(self.session, signed(document), actor, now)

    def messages(self) -> list[str]:
        mine = select(SmsMessage).where(SmsMessage.about.startswith("order:")).order_by(SmsMessage.owed_at)
        return [message.text for message in self.session.scalars(mine)]


def ranked(session: Session, service: Service = Service.ASSISTANT, choices: int = 3, ends: date | None = None) -> Case:
    person = make.make_person(session, language="ru")
    entitlement = make.make_programme(session, person, service)
    offers = [make.make_offer(session, service=service) for _ in range(choices)]
    first, last = date(2026, 3, 3), ends or date(2026, 3, 31)
    a_day = 240 if service is Service.ASSISTANT else None
    minutes = 240 * ((last - first).days + 1) if a_day else 1200
    new = NewOrder(service, first, last, minutes, a_day, "offline")
    wish = Wish(entitlement.id, offers[0].id, new, otherwise=tuple(offer.id for offer in offers[1:]))
    she = make.as_recipient(person)
    document = orders.prepare(session, wish, she, MONDAY)
    return Case(session, person, entitlement, offers, orders.place(session, signed(document), she, MONDAY))


@pytest.fixture
def case(session: Session) -> Case:
    return ranked(session)


@pytest.mark.law("R83.1", "RG.2")
def test_the_signature_is_over_the_whole_ranking(session: Session) -> None:
    case = ranked(session)
    case.offers[1].price_tiyn = 58_000
    wish = Wish(
        case.entitlement.id,
        case.offers[0].id,
        NewOrder(Service.ASSISTANT, date(2026, 4, 1), date(2026, 4, 10), 2400, 240, "offline"),
        otherwise=(case.offers[1].id, case.offers[2].id),
    )
    said = documents.content(orders.prepare(session, wish, case.she, MONDAY))
    bins = [session.get_one(Provider, offer.provider_id).bin for offer in case.offers]
    assert [choice["rank"] for choice in said["otherwise"]] == [2, 3]
    assert [choice["provider"]["bin"] for choice in said["otherwise"]] == bins[1:]
    assert said["reimbursement_request"]["or_for_providers"] == bins[1:]
    second, third = said["otherwise"]
    assert (second["price_tiyn"], second["reimbursed_tiyn"], second["surcharge_tiyn"]) == (58_000, 58_000, 0)
    assert (third["price_tiyn"], third["reimbursed_tiyn"], third["surcharge_tiyn"]) == (60_000, 58_993, 1_007)
    assert second["guaranteed_tiyn"] == 58_993


def test_the_same_form_with_another_ranking_is_another_document(session: Session, case: Case) -> None:
    new = NewOrder(Service.ASSISTANT, date(2026, 4, 1), date(2026, 4, 10), 2400, 240, "offline")
    with_two = Wish(case.entitlement.id, case.offers[0].id, new, otherwise=(case.offers[1].id,))
    alone = Wish(case.entitlement.id, case.offers[0].id, new, form_id=with_two.form_id)
    first = orders.prepare(session, with_two, case.she, MONDAY)
    assert orders.prepare(session, with_two, case.she, MONDAY).id == first.id
    second = orders.prepare(session, alone, case.she, MONDAY)
    assert second.id != first.id
    assert documents.content(second)["otherwise"] == []


def test_a_provider_sees_what_was_signed_for_it_and_nothing_of_the_others(session: Session, case: Case) -> None:
    said = documents.content(session.get_one(Document, case.order.document_id))
    for rank, offer in enumerate(case.offers, 1):
        mine = part(said, rank)
        others = [session.get_one(Provider, one.provider_id) for one in case.offers if one is not offer]
        assert mine["provider"]["bin"] == session.get_one(Provider, offer.provider_id).bin
        assert mine["order"]["offer_id"] == str(offer.id)
        assert mine["reimbursement_request"]["for_provider"] == mine["provider"]["bin"]
        assert not [other for other in others if other.bin in str(mine) or other.name_kk in str(mine)]


@pytest.mark.law("R83.1")
@pytest.mark.parametrize(
    ("otherwise", "message"),
    [
        (lambda offers: (offers[0],), "twice"),
        (lambda offers: (offers[1], offers[1]), "twice"),
        (lambda offers: (*offers[1:], offers[1]), "at most"),
    ],
    ids=["the first again", "the second again", "a fourth"],
)
def test_a_ranking_that_is_none_is_not_prepared(
    session: Session, case: Case, otherwise: Callable[[list[Offer]], tuple[Offer, ...]], message: str
) -> None:
    new = NewOrder(Service.ASSISTANT, date(2026, 4, 1), date(2026, 4, 10), 2400, 240, "offline")
    ids = tuple(offer.id for offer in otherwise(case.offers))
    with pytest.raises(RuleViolation, match=message):
        orders.prepare(session, Wish(case.entitlement.id, case.offers[0].id, new, otherwise=ids), case.she, MONDAY)


@pytest.mark.law("RG.2")
def test_a_second_choice_that_became_dearer_is_not_signed_unseen(session: Session, case: Case) -> None:
    new = NewOrder(Service.ASSISTANT, date(2026, 4, 1), date(2026, 4, 10), 2400, 240, "offline")
    wish = Wish(case.entitlement.id, case.offers[0].id, new, otherwise=(case.offers[1].id,))
    document = orders.prepare(session, wish, case.she, MONDAY)
    case.offers[1].price_tiyn += 100
    session.flush()
    with pytest.raises(RuleViolation, match="changed its price"):
        orders.place(session, signed(document), case.she, MONDAY)


@pytest.mark.law("R83.3", "R83.9", "RI.1")
def test_when_one_declines_the_next_is_asked_at_once(session: Session, case: Case) -> None:
    before = (case.entitlement.available, case.entitlement.reserved, case.entitlement.reserved_tiyn)
    case.decline(case.order)
    first, second = case.chain()
    assert (first.status, second.status) == (OrderStatus.DECLINED, OrderStatus.PLACED)
    assert (second.rank, second.choices, second.first_id) == (2, 3, first.id)
    assert second.id == order_id(first.id, 2)
    assert second.provider_id == case.offers[1].provider_id
    assert (second.document_id, second.placed_by_id) == (first.document_id, case.person.id)
    assert (second.units, second.starts_on, second.answer_due_on) == (
        first.units,
        first.starts_on,
        first.answer_due_on,
    )
    assert (case.entitlement.available, case.entitlement.reserved, case.entitlement.reserved_tiyn) == before
    assert case.entitlement.reminder_due_on is None
    check_books(session, case.entitlement)
    check_ledger(session)


@pytest.mark.law("R83.4")
def test_one_message_tells_both(session: Session, case: Case) -> None:
    case.decline(case.order)
    (message,) = case.messages()
    names = [session.get_one(Provider, offer.provider_id).name_ru for offer in case.offers]
    assert names[0] in message and names[1] in message and names[2] not in message
    assert "10.03.2026" in message
    answers.lapse(session, case.chain()[1].id, LAPSES)
    assert len(case.messages()) == 2
    assert names[2] in case.messages()[1]


@pytest.mark.law("R83.4", "RI.1")
def test_a_lapse_asks_the_next_for_the_days_that_are_left(session: Session, case: Case) -> None:
    assert answers.lapse(session, case.order.id, LAPSES)
    assert not answers.lapse(session, case.order.id, LAPSES), "once"
    first, second = case.chain()
    assert (first.status, second.status) == (OrderStatus.LAPSED, OrderStatus.PLACED)
    assert (second.starts_on, second.ends_on) == (date(2026, 3, 11), date(2026, 3, 31))
    assert second.units == 21 * 240 == second.reserved
    assert second.answer_due_on == date(2026, 3, 18), "a term of its own: 5 working days"
    assert case.entitlement.reserved == 21 * 240
    check_books(session, case.entitlement)


@pytest.mark.law("R83.4")
def test_an_interpreters_hours_are_asked_for_in_full(session: Session) -> None:
    case = ranked(session, Service.INTERPRETER)
    answers.lapse(session, case.order.id, LAPSES)
    second = case.chain()[1]
    assert (second.starts_on, second.units, second.minutes_a_month) == (date(2026, 3, 11), 1200, 1200)


@pytest.mark.law("RI.6")
def test_the_portal_asks_for_her_and_the_journal_says_so(session: Session, case: Case) -> None:
    case.decline(case.order)
    second = case.chain()[1]
    (row,) = session.scalars(select(AuditRow).where(AuditRow.thing_id == second.id))
    assert (row.action, row.role, row.person_id, row.for_person_id) == ("place", Role.SYSTEM, None, case.person.id)
    assert row.details["rank"] == 2


@pytest.mark.law("R83.4", "R34.3")
def test_when_none_is_left_she_is_told_and_may_choose_again(session: Session, case: Case) -> None:
    for rank in range(3):
        case.decline(case.chain()[rank])
    assert [order.status for order in case.chain()] == [OrderStatus.DECLINED] * 3
    assert case.entitlement.available == case.entitlement.granted
    assert case.entitlement.reminder_due_on == date(2026, 4, 2)
    assert len(case.messages()) == 3
    check_books(session, case.entitlement)


@pytest.mark.law("R83.3")
def test_once_one_accepts_nobody_else_is_asked(session: Session, case: Case) -> None:
    case.decline(case.order)
    case.accept(case.chain()[1])
    assert [order.status for order in case.chain()] == [OrderStatus.DECLINED, OrderStatus.ACCEPTED]
    assert not answers.lapse(session, case.chain()[1].id, LAPSES)


def withdraw_offer(case: Case) -> None:
    case.offers[1].withdrawn_on = MONDAY.date()


def dearer(case: Case) -> None:
    case.offers[1].price_tiyn += 1


def elsewhere(case: Case) -> None:
    case.session.execute(delete(OfferPlace).where(OfferPlace.offer_id == case.offers[1].id))


def in_no_such_way(case: Case) -> None:
    case.offers[1].at_home, case.offers[1].online = False, True


@pytest.mark.law("R83.1", "R83.9", "RG.2")
@pytest.mark.parametrize("change", [withdraw_offer, dearer, elsewhere, in_no_such_way])
def test_who_cannot_be_asked_as_signed_is_passed_over(
    session: Session, case: Case, change: Callable[[Case], None]
) -> None:
    change(case)
    session.flush()
    case.decline(case.order)
    first, third = case.chain()
    assert (third.rank, third.provider_id, third.first_id) == (3, case.offers[2].provider_id, first.id)
    passed = session.scalars(select(AuditRow).where(AuditRow.action == "pass_over")).one()
    assert (passed.thing_id, passed.details["rank"]) == (first.id, 2)
    assert len(case.messages()) == 1
    check_books(session, case.entitlement)


@pytest.mark.law("R83.1")
def test_a_lower_price_is_taken(session: Session, case: Case) -> None:
    case.offers[1].price_tiyn = 50_000
    session.flush()
    case.decline(case.order)
    assert case.chain()[1].price_tiyn == 50_000
    check_ledger(session)


@pytest.mark.law("RG.2", "RG.3")
def test_a_guaranteed_amount_that_fell_would_cost_her_more(session: Session, case: Case) -> None:
    session.add(GuaranteedAmount(code="701", valid_from=date(2026, 3, 10), tiyn=50_000, basis="test"))
    session.flush()
    answers.lapse(session, case.order.id, LAPSES)
    assert len(case.chain()) == 1
    assert case.entitlement.available == case.entitlement.granted


@pytest.mark.law("R83.1")
def test_when_all_days_have_passed_nobody_is_asked(session: Session) -> None:
    case = ranked(session, ends=date(2026, 3, 9))
    answers.lapse(session, case.order.id, LAPSES)
    assert len(case.chain()) == 1
    assert case.entitlement.reminder_due_on == date(2026, 4, 11)


@pytest.mark.law("RI.1")
def test_hours_that_the_programme_took_away_meanwhile_are_not_asked_for(session: Session) -> None:
    case = ranked(session, Service.INTERPRETER)
    ledger.lower(session, case.entitlement, 3000, MONDAY)
    case.decline(case.order)
    assert len(case.chain()) == 1
    assert (case.entitlement.available, case.entitlement.reserved, case.entitlement.excess) == (600, 0, 0)
    check_books(session, case.entitlement)


@pytest.mark.law("R83.6", "RI.4")
def test_after_a_death_nobody_is_asked(session: Session, case: Case) -> None:
    person_events.died(session, case.person, MONDAY.date(), Actor(Role.ESOBES), MONDAY)
    assert [order.status for order in case.chain()] == [OrderStatus.CLOSED]
    assert not answers.lapse(session, case.order.id, LAPSES)
    check_books(session, case.entitlement)


@pytest.mark.law("R83.7")
def test_taking_it_back_takes_the_whole_chain_back(session: Session, case: Case) -> None:
    answers.withdraw(session, case.order.id, case.she, MONDAY)
    assert [order.status for order in case.chain()] == [OrderStatus.WITHDRAWN]
    assert case.messages() == []
    check_books(session, case.entitlement)


@pytest.mark.law("R83.7")
def test_from_a_tab_left_open_the_order_that_was_asked_since_is_taken_back(session: Session, case: Case) -> None:
    case.decline(case.order)
    for _twice in range(2):
        taken = answers.withdraw(session, case.order.id, case.she, MONDAY)
        assert taken.rank == 2
    assert [order.status for order in case.chain()] == [OrderStatus.DECLINED, OrderStatus.WITHDRAWN]
    assert case.entitlement.available == case.entitlement.granted


@pytest.mark.law("R83.7")
def test_a_later_choice_that_has_accepted_is_not_taken_back(session: Session, case: Case) -> None:
    case.decline(case.order)
    case.accept(case.chain()[1])
    with pytest.raises(RuleViolation, match="can only be stopped"):
        answers.withdraw(session, case.order.id, case.she, MONDAY)
