"""Late news and their undoing against all that goes on: payments, acts, visits, claims; each tenge once, no waiting."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import db
from portal.actor import ESOBES
from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.claim import Claim, ClaimSettlement
from portal.models.document import DocumentKind
from portal.models.offer import Offer
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.service_log import LogEntry
from portal.operations import acts, documents, payments, person_events, review, service_log, set_offs
from portal.payments.answers import Transfer
from portal.payments.reconcile import Asked, Outcome
from portal.queries import ledger_proof
from portal.rules.acts import ActStatus
from portal.rules.claims import ClaimStatus, SettlementStatus
from portal.rules.law import RuleViolation
from portal.rules.payments import MISMATCH, PaymentStatus
from portal.rules.returns import EventKind
from portal.rules.service import HOURLY, Service
from portal.rules.service_log import NewEntry
from tests import factories as make
from tests.apps import words
from tests.factories import MONDAY
from tests.office.sent import PAID, Clerks, Sent, approved
from tests.operations.month import NOW
from tests.operations.test_late_news import KNOWN, THE_DAY
from tests.operations.test_unsigned import Mistaken
from tests.pen import signed
from tests.test_races import at_once, check_books, database  # noqa: F401 - a fixture


@pytest.mark.law("RI.2", "RI.4")
@pytest.mark.parametrize("round_number", range(4))
def test_death_against_payment(round_number: int) -> None:
    """Whoever is first: the money is stopped, or paid and claimed back; each tenge once, and the books are right."""
    payment_id = approved_payment("acct_race")
    known = MONDAY + timedelta(days=60)
    with db.reading() as session:
        act = session.get_one(Payment, payment_id).act
        person, entitlement_id = act.recipient, act.order.entitlement_id

    def die(session: Session) -> None:
        person_events.died(session, person, MONDAY.date(), ESOBES, known)

    def ask(session: Session) -> object:
        return payments.write_down(session, payment_id, known)

    asked = at_once(*((die, ask) if round_number % 2 else (ask, die)))[round_number % 2]
    if asked is not None:
        outcome = Outcome(arrived(asked))
        concluding = [lambda session: payments.conclude(session, payment_id, asked.attempt, outcome, known)] * 2
        assert sorted(at_once(*concluding, die)[:2]) == [False, True]
    check_books(entitlement_id)
    with db.transaction() as session:
        assert ledger_proof.prove(session).wrong is None
        payment = session.get_one(Payment, payment_id)
        claimed = list(session.scalars(select(Claim.amount_tiyn)))
        assert session.scalars(select(LogEntry.struck_at)).one() == known
        if asked is None:
            assert (payment.status, claimed) == (PaymentStatus.CANCELLED, [])
        else:
            assert (payment.status, claimed) == (PaymentStatus.PAID, [payment.amount_tiyn])


def arrived(asked: Asked) -> Transfer:
    """The transfer of an attempt, as it was asked for."""
    given = {
        "id": f"tr_{asked.group}",
        "amount": asked.amount_tiyn,
        "currency": "kzt",
        "destination": asked.destination,
    }
    created = int(MONDAY.timestamp())
    return Transfer.model_validate({**given, "transfer_group": asked.group, "created": created})


def approved_payment(account: str) -> UUID:
    """A payment that a second person has released."""
    with db.transaction() as session:
        act = make.make_act(session, status=ActStatus.ACCEPTED)
        session.get_one(Provider, act.provider_id).payment_account = account
        payment = Payment(
            act_id=act.id,
            provider_id=act.provider_id,
            office_id=act.office_id,
            amount_tiyn=act.amount_tiyn,
            status=PaymentStatus.APPROVED,
            due_on=date(2026, 4, 24),
            owed_at=MONDAY,
            approved_at=MONDAY,
            next_try_at=MONDAY,
        )
        session.add(payment)
        session.flush()
        return payment.id


class Crossing:
    """Payments of which something is kept for claims about other people."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.clerks = Clerks(session)

    def pay(self, sent: Sent, outcome: str) -> Payment:
        """The money for an act arrives, or is refused."""
        payment = approved(self.session, sent, self.clerks)
        asked = payments.write_down(self.session, payment.id, PAID)
        assert asked is not None
        result = Outcome(arrived(asked)) if outcome == "arrives" else Outcome(failure_code="account_closed")
        assert payments.conclude(self.session, payment.id, asked.attempt, result, PAID)
        return payment

    def claim(self, provider: Provider, service: Service, recipient: Person | None = None) -> Claim:
        """What a provider owes back of an act, to be kept from its next payments."""
        sent = Sent(self.session, service, provider, recipient)
        payment = self.pay(sent, "arrives")
        programme = sent.order.entitlement.measure.programme
        person_events.programme_closed(self.session, programme, THE_DAY, ESOBES, KNOWN)
        claim = self.session.scalars(select(Claim).where(Claim.payment_id == payment.id)).one()
        return set_offs.choose(self.session, claim.id, self.clerks.first, KNOWN)


def waiting() -> bool:
    """Whether anybody waits for a lock."""
    with db.reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


@pytest.mark.law("RI.2", "R42.11")
def test_claims_of_several_payments_are_locked_in_the_order_of_their_numbers() -> None:
    """A death cancels two payments; the claim kept from the second one is the older one."""
    with words(), db.transaction() as session:
        crossing, person = Crossing(session), make.make_person(session)
        providers = {service: make.make_provider(session, payment_account=f"acct_{service}") for service in HOURLY}
        sent = [Sent(session, service, providers[service], person) for service in sorted(HOURLY)]
        sent.sort(key=lambda one: one.order.entitlement_id)
        old, new = [crossing.claim(one.provider, one.order.service).id for one in reversed(sent)]
        assert [crossing.pay(one, "is refused").set_off_tiyn > 0 for one in sent] == [True, True]

    def die(session: Session) -> None:
        person_events.died(session, person, date(2026, 3, 2), ESOBES, KNOWN)

    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as holding:
            holding.execute(select(Claim.id).where(Claim.id == old).with_for_update())
            running = pool.submit(at_once, die)
            while not waiting():
                pass
            with db.transaction() as looking:
                free = looking.scalars(select(Claim.id).where(Claim.id == new).with_for_update(skip_locked=True)).all()
        running.result(60)
    assert free == [new]
    with db.reading() as session:
        kept = session.scalars(select(ClaimSettlement.status)).all()
        assert kept == [SettlementStatus.FAILED] * 2


@pytest.mark.law("RI.2", "RI.6", "R42.11")
def test_two_deaths_whose_payments_were_kept_for_each_other() -> None:
    """Neither waits for the other with what the other waits for: claims, or a person's part of the journal."""
    with words(), db.transaction() as session:
        crossing = Crossing(session)
        one, two = (make.make_person(session) for _ in range(2))
        providers = {service: make.make_provider(session, payment_account=f"acct_{service}") for service in HOURLY}
        assistant, interpreter = Service.ASSISTANT, Service.INTERPRETER
        crossing.claim(providers[assistant], assistant, one)
        crossing.claim(providers[interpreter], interpreter, two)
        crossing.pay(Sent(session, interpreter, providers[interpreter], one), "is refused")
        crossing.pay(Sent(session, assistant, providers[assistant], two), "is refused")

    def die(person: Person) -> Callable[[Session], None]:
        return lambda session: person_events.died(session, person, date(2026, 3, 2), ESOBES, KNOWN)

    at_once(die(one), die(two))
    with db.reading() as session:
        assert set(session.scalars(select(ClaimSettlement.status))) == {SettlementStatus.FAILED}
        assert set(session.scalars(select(Payment.set_off_tiyn))) == {0}


ACCEPTED_ON = NOW + timedelta(days=1)
FIRST_AND_SECOND = [(0, 1), (1, 0)]
"""Who is started first; both are tried, because threads are not begun at the very same moment."""


def mistaken(status: ActStatus | PaymentStatus) -> tuple[Mistaken, UUID]:
    """An act without the recipient's signature after a mistaken death, as far as `status` says; its payment or act."""
    with words(), db.transaction() as session:
        case = Mistaken(session)
        case.die()
        found = case.act.id
        if status is not ActStatus.DRAWN_UP:
            case.send()
        if status is ActStatus.UNDER_REVIEW:
            review.take_up(session, case.act.id, case.clerks.first, NOW)
        if isinstance(status, PaymentStatus):
            found = case.accept().id
            payments.approve(session, found, case.clerks.second, NOW)
        if status is PaymentStatus.ASKED:
            payments.write_down(session, found, NOW)
        return case, found


def undo(case: Mistaken) -> Callable[[Session], object]:
    """The office undoes the death."""
    person, clerk = case.month.recipient.id, case.clerks.first
    return lambda session: person_events.undo(session, person, EventKind.DEATH, "Қате хабар", clerk, ACCEPTED_ON).id


def in_turn(order: tuple[int, int], *deeds: Callable[[Session], object]) -> list[object]:
    """Both at once, this one first; what they gave, in the order in which they are named."""
    results = at_once(*(deeds[place] for place in order))
    return [results[order.index(place)] for place in range(len(deeds))]


@pytest.mark.law("R42.5", "RI.2")
@pytest.mark.parametrize("order", FIRST_AND_SECOND * 2)
def test_undoing_against_asking_for_the_payment(order: tuple[int, int]) -> None:
    """Either the payment is not made and its act is to be signed, or it is asked for and decides by its outcome."""
    case, payment_id = mistaken(PaymentStatus.APPROVED)
    _undone, asked = in_turn(order, undo(case), lambda s: payments.write_down(s, payment_id, ACCEPTED_ON))
    standing = (ActStatus.ACCEPTED, PaymentStatus.ASKED) if asked else (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
    assert where(payment_id) == standing


@pytest.mark.law("R42.5", "RI.2")
@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("order", FIRST_AND_SECOND)
def test_undoing_against_the_outcome_of_the_payment(order: tuple[int, int], arrives: bool) -> None:
    """What arrived stays paid; what was refused is not paid, and its act is to be signed; whoever was first."""
    case, payment_id = mistaken(PaymentStatus.ASKED)
    with db.transaction() as session:
        asked = payments.lease(session, payment_id, NOW)
    assert asked is not None
    outcome = Outcome(arrived(asked)) if arrives else Outcome(failure_code="account_closed")
    in_turn(order, undo(case), lambda s: payments.conclude(s, payment_id, 1, outcome, ACCEPTED_ON))
    assert where(payment_id) == (
        (ActStatus.PAID, PaymentStatus.PAID) if arrives else (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)
    )


def where(payment_id: UUID) -> tuple[ActStatus, PaymentStatus]:
    """Where a payment and its act stand."""
    with db.reading() as session:
        payment = session.get_one(Payment, payment_id)
        return payment.act.status, payment.status


@pytest.mark.law("R42.5", "R42.11", "RI.2")
@pytest.mark.parametrize("order", FIRST_AND_SECOND)
def test_undoing_against_two_clerks_who_look_again(order: tuple[int, int]) -> None:
    """Money that is out otherwise than asked: looked at once, and nothing is given up before it is known to be back."""
    case, payment_id = mistaken(PaymentStatus.ASKED)
    with words(), db.transaction() as session:
        payments.conclude(session, payment_id, 1, Outcome(failure_code=MISMATCH), NOW)

    def look(session: Session) -> object:
        return payments.look_again(session, payment_id, case.clerks.second, ACCEPTED_ON).status

    in_turn(order, undo(case), look)
    at_once(look, look)
    assert where(payment_id) == (ActStatus.ACCEPTED, PaymentStatus.ASKED)
    with words(), db.transaction() as session:
        looked = select(AuditRow).where(AuditRow.thing_id == payment_id, AuditRow.action == "look_again")
        assert len(session.scalars(looked).all()) == 1
        assert payments.conclude(session, payment_id, 1, Outcome(failure_code="reversed"), ACCEPTED_ON)
    assert where(payment_id) == (ActStatus.SET_ASIDE, PaymentStatus.CANCELLED)


@pytest.mark.law("RI.2", "RI.4", "R83.6")
@pytest.mark.parametrize("order", FIRST_AND_SECOND * 2)
def test_undoing_against_a_payment_of_struck_days(order: tuple[int, int]) -> None:
    """A death before the visits was undone while the money arrived: it is paid once, and nothing stays claimed."""
    with words(), db.transaction() as session:
        clerks, sent = Clerks(session), Sent(session)
        payment_id = approved(session, sent, clerks).id
        asked = payments.write_down(session, payment_id, PAID)
        person_events.died(session, sent.recipient, date(2026, 3, 2), ESOBES, KNOWN)
    assert asked is not None
    person, outcome, clerk = sent.recipient.id, Outcome(arrived(asked)), clerks.first
    in_turn(
        order,
        lambda s: person_events.undo(s, person, EventKind.DEATH, "Қате хабар", clerk, KNOWN).id,
        lambda s: payments.conclude(s, payment_id, 1, outcome, KNOWN),
    )
    assert where(payment_id) == (ActStatus.PAID, PaymentStatus.PAID)
    with db.reading() as session:
        assert set(session.scalars(select(Claim.status))) <= {ClaimStatus.WITHDRAWN}
        assert set(session.scalars(select(LogEntry.struck_at))) == {None}


@pytest.mark.law("R42.5", "R42.8")
@pytest.mark.parametrize("order", FIRST_AND_SECOND * 2)
def test_undoing_against_sending_without_a_signature(order: tuple[int, int]) -> None:
    """Either it is too late to send it so, or it was sent and goes back."""
    case, act_id = mistaken(ActStatus.DRAWN_UP)
    signing, staff = signed(case.act.document_id), case.month.staff
    _undone, sent = in_turn(order, undo(case), lambda s: acts.submit(s, signing, staff, ACCEPTED_ON).status.value)
    with db.reading() as session:
        stands = session.get_one(Act, act_id).status
    assert stands is (ActStatus.DRAWN_UP if isinstance(sent, RuleViolation) else ActStatus.RETURNED)


@pytest.mark.law("R42.5", "R42.9", "RI.2")
@pytest.mark.parametrize("order", FIRST_AND_SECOND * 2)
def test_undoing_against_accepting(order: tuple[int, int]) -> None:
    """Either it went back before, or it was accepted and is set aside with its payment."""
    case, act_id = mistaken(ActStatus.UNDER_REVIEW)
    clerk = case.clerks.first
    _undone, owed = in_turn(
        order, undo(case), lambda s: review.accept(s, act_id, clerk, ACCEPTED_ON, holds_seen=True).id
    )
    with db.reading() as session:
        stands = session.get_one(Act, act_id).status
        payment = session.scalars(select(Payment.status)).all()
    refused = isinstance(owed, RuleViolation)
    assert (stands, payment) == (
        (ActStatus.RETURNED, []) if refused else (ActStatus.SET_ASIDE, [PaymentStatus.CANCELLED])
    )


@pytest.mark.law("RI.3", "R83.6")
@pytest.mark.parametrize("order", FIRST_AND_SECOND * 2)
def test_undoing_against_a_visit_of_the_same_specialist(order: tuple[int, int]) -> None:
    """A struck visit would stand again while its specialist writes down another of that time: one of them stands."""
    with words(), db.transaction() as session:
        clerks, sent = Clerks(session), Sent(session)
        person_events.died(session, sent.recipient, THE_DAY, ESOBES, KNOWN)
        other = make.make_order(session, offer=session.get_one(Offer, sent.order.offer_id))
    new = NewEntry(day=date(2026, 3, 4), start=time(15), end=time(16), places="Емхана")
    person, clerk, actor = sent.recipient.id, clerks.first, make.as_specialist(sent.specialist)
    _undone, written = in_turn(
        order,
        lambda s: person_events.undo(s, person, EventKind.DEATH, "Қате хабар", clerk, KNOWN).id,
        lambda s: service_log.record_entry(s, other.id, new, uuid4(), actor, KNOWN).id,
    )
    with db.reading() as session:
        struck = session.get_one(LogEntry, sent.entries[1].id).struck_at
    assert (struck is None) is isinstance(written, RuleViolation)


@pytest.mark.law("RI.2", "RI.5")
def test_a_correction_does_not_wait_for_who_sends_a_paid_act_again() -> None:
    """The provider's second click holds the document and waits for the person; the death holds the person."""
    with words(), db.transaction() as session:
        clerks, sent = Clerks(session), Sent(session)
        payment = approved(session, sent, clerks)
        asked = payments.write_down(session, payment.id, PAID)
        assert asked is not None
        payments.conclude(session, payment.id, 1, Outcome(arrived(asked)), PAID)

    def die(session: Session) -> None:
        session.execute(text("SET LOCAL lock_timeout = '20s'"))
        person_events.died(session, sent.recipient, THE_DAY, ESOBES, KNOWN)

    with db.transaction() as holding:
        documents.lock(holding, sent.act.document_id, DocumentKind.ACT, sent.staff)
        at_once(die)
    with db.reading() as session:
        assert session.scalars(select(Claim.status)).all() == [ClaimStatus.OPEN]
