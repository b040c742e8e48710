"""Payments through the operations: a second person, written down before asked, concluded once (R42.11, RI.2)."""

import threading
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import db
from portal.models.audit import AuditRow
from portal.models.message import Execution
from portal.models.payment import Payment
from portal.models.person import Kinship
from portal.operations import payments
from portal.payments.answers import Transfer
from portal.payments.reconcile import Asked, Outcome
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from portal.rules.payments import MISMATCH, PaymentStatus
from tests.office.sent import OTHER_PLACE, PAID, Clerks, Sent, accepted, approved


@pytest.fixture
def sent(session: Session) -> Sent:
    return Sent(session)


@pytest.fixture
def clerks(session: Session) -> Clerks:
    return Clerks(session)


def arrived(asked: Asked, transfer_id: str = "tr_1") -> Outcome:
    """The outcome of a transfer that is as it was asked for."""
    given = {
        "id": transfer_id,
        "amount": asked.amount_tiyn,
        "currency": "kzt",
        "destination": asked.destination,
        "transfer_group": asked.group,
        "created": int(PAID.timestamp()),
    }
    return Outcome(Transfer.model_validate(given))


@pytest.mark.law("R42.9", "R42.11")
def test_a_second_person_approves(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = accepted(session, sent, clerks)
    assert payments.approve(session, payment.id, clerks.second, PAID) is payment
    assert (payment.status, payment.approved_by_id, payment.approved_at, payment.next_try_at) == (
        PaymentStatus.APPROVED,
        clerks.second_person.id,
        PAID,
        PAID,
    )
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == payment.id, AuditRow.action == "approve")).one()
    assert (row.person_id, row.for_person_id) == (clerks.second_person.id, sent.recipient.id)


@pytest.mark.law("R42.9", "R42.11")
def test_who_accepted_does_not_approve(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = accepted(session, sent, clerks)
    with pytest.raises(RuleViolation, match="second person"):
        payments.approve(session, payment.id, clerks.first, PAID)
    assert payment.status is PaymentStatus.AWAITING


@pytest.mark.law("R42.9")
def test_kin_do_not_approve(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = accepted(session, sent, clerks)
    session.add(Kinship(person_id=clerks.second_person.id, relative_id=sent.specialist.person_id))
    session.flush()
    with pytest.raises(RuleViolation, match="your kin"):
        payments.approve(session, payment.id, clerks.second, PAID)


@pytest.mark.law("R42.11")
def test_approving_again_changes_nothing(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = approved(session, sent, clerks)
    later = PAID + timedelta(hours=1)
    assert payments.approve(session, payment.id, clerks.second, later).approved_at == PAID
    third = Clerks(session).second
    with pytest.raises(RuleViolation, match="already been approved"):
        payments.approve(session, payment.id, third, later)


def test_another_offices_payment_is_not_found(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = accepted(session, sent, clerks)
    strangers = Clerks(session, OTHER_PLACE)
    for step in (payments.approve, payments.approve_again, payments.look_again):
        with pytest.raises(LookupError):
            step(session, payment.id, strangers.second, PAID)
        with pytest.raises(LookupError):
            step(session, sent.act.id, clerks.second, PAID)
        with pytest.raises(LookupError):
            step(session, payment.id, sent.staff, PAID)


@pytest.mark.law("R42.11")
def test_a_provider_without_an_account_is_not_approved(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = accepted(session, sent, clerks)
    sent.provider.payment_account = ""
    session.flush()
    with pytest.raises(RuleViolation, match="no account"):
        payments.approve(session, payment.id, clerks.second, PAID)


@pytest.mark.law("RI.4", "RI.2")
def test_a_death_that_becomes_known_stops_the_money(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = accepted(session, sent, clerks)
    sent.recipient.died_on = date(2026, 3, 3)
    session.flush()
    with pytest.raises(RuleViolation, match="after the recipient’s death"):
        payments.approve(session, payment.id, clerks.second, PAID)


@pytest.mark.law("RI.2")
def test_an_attempt_is_written_down_with_all_that_is_sent(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = approved(session, sent, clerks)
    asked = payments.write_down(session, payment.id, PAID)
    assert asked == Asked(str(payment.id), 1, payment.amount_tiyn, sent.provider.payment_account, sent.act.number)
    assert (asked.key, asked.metadata["attempt"]) == (f"{payment.id}:1", "1")
    assert (payment.status, payment.attempt, payment.destination) == (
        PaymentStatus.ASKED,
        1,
        sent.provider.payment_account,
    )
    assert payment.next_try_at == PAID + payments.LEASE
    assert payments.write_down(session, payment.id, PAID) is None


@pytest.mark.law("RI.2")
def test_what_is_asked_again_is_what_was_asked_first(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = approved(session, sent, clerks)
    first = payments.write_down(session, payment.id, PAID)
    sent.provider.payment_account = "acct_new"
    session.flush()
    assert payments.lease(session, payment.id, PAID) == first


@pytest.mark.law("R42.11", "R42.4")
def test_an_arrived_payment_makes_the_act_paid(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = approved(session, sent, clerks)
    asked = payments.write_down(session, payment.id, PAID)
    assert asked is not None
    assert payments.conclude(session, payment.id, 1, arrived(asked), PAID)
    assert (payment.status, payment.transfer_id, payment.paid_at) == (PaymentStatus.PAID, "tr_1", PAID)
    assert sent.act.status is ActStatus.PAID
    told = session.scalars(select(Execution.body).where(Execution.about == f"payment:{payment.id}:paid")).one()
    assert (told["kind"], told["amount_tiyn"]) == ("paid", payment.amount_tiyn)
    assert not payments.conclude(session, payment.id, 1, arrived(asked, "tr_2"), PAID)
    assert payments.lease(session, payment.id, PAID) is None
    assert payment.transfer_id == "tr_1"


@pytest.mark.law("R42.11")
def test_a_refused_payment_waits_for_people_and_is_approved_anew(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = approved(session, sent, clerks)
    payments.write_down(session, payment.id, PAID)
    assert payments.conclude(session, payment.id, 1, Outcome(failure_code="account_invalid"), PAID)
    assert (payment.status, payment.failure_code, payment.next_try_at) == (
        PaymentStatus.FAILED,
        "account_invalid",
        None,
    )
    assert sent.act.status is ActStatus.ACCEPTED
    with pytest.raises(RuleViolation, match="Mend the cause"):
        payments.approve(session, payment.id, clerks.second, PAID)
    with pytest.raises(RuleViolation, match="second person"):
        payments.approve_again(session, payment.id, clerks.first, PAID)
    sent.provider.payment_account = "acct_new"
    payments.approve_again(session, payment.id, clerks.second, PAID)
    asked = payments.write_down(session, payment.id, PAID)
    assert asked is not None
    assert (asked.key, asked.destination, payment.failure_code) == (f"{payment.id}:2", "acct_new", None)


def found_otherwise(session: Session, sent: Sent, clerks: Clerks) -> Payment:
    """A payment for which money is out otherwise than it was asked for."""
    payment = approved(session, sent, clerks)
    payments.write_down(session, payment.id, PAID)
    assert payments.conclude(session, payment.id, 1, Outcome(failure_code=MISMATCH), PAID)
    return payment


@pytest.mark.law("R42.11", "RI.2")
def test_money_that_is_out_otherwise_is_looked_at_again(session: Session, sent: Sent, clerks: Clerks) -> None:
    """By anybody of the office, also after news that would stop a payment: nothing is paid by it."""
    payment = found_otherwise(session, sent, clerks)
    sent.recipient.died_on = date(2026, 3, 3)
    later = PAID + timedelta(days=3)
    payments.look_again(session, payment.id, clerks.first, later)
    assert (payment.status, payment.failure_code, payment.next_try_at) == (PaymentStatus.ASKED, MISMATCH, later)
    for clerk in (clerks.first, clerks.second):  # a double click, and a colleague
        payments.look_again(session, payment.id, clerk, later + timedelta(seconds=1))
    row = session.scalars(
        select(AuditRow).where(AuditRow.thing_id == payment.id, AuditRow.action == "look_again")
    ).one()
    assert (row.person_id, row.for_person_id, row.at) == (clerks.first_person.id, sent.recipient.id, later)
    assert (row.before, row.after) == ("failed", "asked")
    asked = payments.lease(session, payment.id, later)
    assert asked is not None
    assert (asked.key, asked.seen_out) == (f"{payment.id}:1", True)
    assert not payments.conclude(session, payment.id, 1, Outcome(), later)
    assert payment.next_try_at == later + payments.FIRST_LOOK, "soon, however long ago it was asked for"


@pytest.mark.law("R42.11", "RI.2")
@pytest.mark.parametrize("looked_at", [False, True])
def test_beside_money_that_is_out_nothing_is_approved(
    session: Session, sent: Sent, clerks: Clerks, looked_at: bool
) -> None:
    payment = found_otherwise(session, sent, clerks)
    if looked_at:
        payments.look_again(session, payment.id, clerks.second, PAID)
    status = payment.status
    for step in (payments.approve, payments.approve_again):
        with pytest.raises(RuleViolation, match="Look again first"):
            step(session, payment.id, clerks.second, PAID)
    assert (payment.status, payment.failure_code) == (status, MISMATCH)


@pytest.mark.law("R42.11")
def test_only_money_that_is_out_is_looked_at_again(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = accepted(session, sent, clerks)
    with pytest.raises(RuleViolation, match="waiting for a second person"):
        payments.look_again(session, payment.id, clerks.second, PAID)
    payments.approve(session, payment.id, clerks.second, PAID)
    with pytest.raises(RuleViolation, match="already been approved"):
        payments.look_again(session, payment.id, clerks.second, PAID)
    payments.write_down(session, payment.id, PAID)
    payments.conclude(session, payment.id, 1, Outcome(failure_code="reversed"), PAID)
    with pytest.raises(RuleViolation, match="Mend the cause"):
        payments.look_again(session, payment.id, clerks.second, PAID)
    assert payment.status is PaymentStatus.FAILED


@pytest.mark.law("R42.11", "RI.2")
def test_looked_at_again_it_has_arrived(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = found_otherwise(session, sent, clerks)
    payments.look_again(session, payment.id, clerks.second, PAID)
    asked = payments.lease(session, payment.id, PAID)
    assert asked is not None
    assert payments.conclude(session, payment.id, 1, arrived(asked), PAID)
    assert (payment.status, payment.failure_code, sent.act.status) == (PaymentStatus.PAID, None, ActStatus.PAID)
    with pytest.raises(RuleViolation, match="already been made"):
        payments.look_again(session, payment.id, clerks.second, PAID)


@pytest.mark.law("R42.11", "RI.2")
def test_looked_at_again_the_money_came_back(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = found_otherwise(session, sent, clerks)
    payments.look_again(session, payment.id, clerks.second, PAID)
    assert payments.conclude(session, payment.id, 1, Outcome(failure_code="reversed"), PAID)
    payments.approve_again(session, payment.id, clerks.second, PAID)
    asked = payments.write_down(session, payment.id, PAID)
    assert asked is not None
    assert (asked.key, asked.seen_out) == (f"{payment.id}:2", False)


@pytest.mark.law("RI.2")
@pytest.mark.parametrize("status", ["awaiting", "approved", "paid", "cancelled"])
def test_the_database_settles_nothing_while_money_is_out(
    session: Session, sent: Sent, clerks: Clerks, status: str
) -> None:
    payment = found_otherwise(session, sent, clerks)
    with pytest.raises(IntegrityError, match="not_settled_while_money_is_out"), session.begin_nested():
        session.execute(update(Payment).where(Payment.id == payment.id).values(status=status))


@pytest.mark.law("RI.2")
def test_the_outcome_of_an_older_attempt_changes_nothing(session: Session, sent: Sent, clerks: Clerks) -> None:
    payment = approved(session, sent, clerks)
    payments.write_down(session, payment.id, PAID)
    payments.conclude(session, payment.id, 1, Outcome(failure_code="account_invalid"), PAID)
    payments.approve_again(session, payment.id, clerks.second, PAID)
    payments.write_down(session, payment.id, PAID)
    assert not payments.conclude(session, payment.id, 1, Outcome(failure_code="account_invalid"), PAID)
    assert payment.status is PaymentStatus.ASKED


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        (timedelta(seconds=1), payments.FIRST_LOOK),
        (timedelta(minutes=5), timedelta(minutes=5)),
        (timedelta(days=2), payments.LONGEST_WAIT),
    ],
    ids=["soon at first", "then after as long again", "at most an hour"],
)
def test_what_is_unknown_is_looked_up_later(
    session: Session, sent: Sent, clerks: Clerks, after: timedelta, wait: timedelta
) -> None:
    payment = approved(session, sent, clerks)
    payments.write_down(session, payment.id, PAID)
    assert not payments.conclude(session, payment.id, 1, Outcome(), PAID + after)
    assert (payment.status, payment.next_try_at) == (PaymentStatus.ASKED, PAID + after + wait)


def test_approved_twice_at_once_is_one_payment(fresh_database: str, app: Flask) -> None:
    db.connect(fresh_database)
    with db.transaction() as session:
        sent, clerks = Sent(session), Clerks(session)
        payment_id = accepted(session, sent, clerks).id
        third = Clerks(session).second
    barrier = threading.Barrier(3)
    refused: list[RuleViolation] = []

    def approve(actor: object) -> None:
        with app.test_request_context():
            try:
                with db.transaction() as session:
                    barrier.wait(10)
                    payments.approve(session, payment_id, actor, PAID)  # type: ignore[arg-type]
            except RuleViolation as refusal:
                refused.append(refusal)

    threads = [threading.Thread(target=approve, args=(actor,)) for actor in (clerks.second, clerks.second, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with db.reading() as session:
        rows = session.scalars(select(Payment)).all()
        approvals = session.scalars(select(AuditRow).where(AuditRow.action == "approve")).all()
    assert [row.status for row in rows] == [PaymentStatus.APPROVED]
    assert len(approvals) == 1
    assert len(refused) in {1, 2}
