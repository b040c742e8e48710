"""The office's review of acts (R42.9–R42.11): who may, who has it, what follows from accepting and returning."""

import threading
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.actor import ESOBES
from portal.models.audit import AuditRow
from portal.models.document import Document
from portal.models.message import Execution, SmsMessage
from portal.models.payment import Payment
from portal.models.person import Kinship, Person, Representation
from portal.operations import acts, objections, person_events, review
from portal.rules.acts import ActStatus, ReturnReason
from portal.rules.law import RuleViolation
from portal.rules.payments import PaymentStatus
from portal.rules.service_log import ObjectionReason
from tests import factories as make
from tests.office.sent import CHECKED, OTHER_PLACE, Clerks, Sent

NOTE = "Үшінші күні сағат қате жазылған"


@pytest.fixture
def sent(session: Session) -> Sent:
    return Sent(session)


@pytest.fixture
def clerks(session: Session) -> Clerks:
    return Clerks(session)


@pytest.mark.law("R42.9")
def test_one_clerk_takes_an_act_up(session: Session, sent: Sent, clerks: Clerks) -> None:
    act = review.take_up(session, sent.act.id, clerks.first, CHECKED)
    assert (act.status, act.taken_up_by_id) == (ActStatus.UNDER_REVIEW, clerks.first_person.id)
    assert review.take_up(session, act.id, clerks.first, CHECKED) is act
    actions = session.scalars(select(AuditRow.action).where(AuditRow.thing_id == act.id).order_by(AuditRow.id)).all()
    assert actions == ["draw_up", "sign", "submit", "take_up"]


@pytest.mark.law("R42.9")
def test_the_second_clerk_is_told_who_has_it(session: Session, sent: Sent, clerks: Clerks) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    for step in (review.take_up, review.accept):
        with pytest.raises(RuleViolation, match=clerks.first_person.last_name):
            step(session, sent.act.id, clerks.second, CHECKED)
    with pytest.raises(RuleViolation, match=clerks.first_person.last_name):
        review.send_back(session, sent.act.id, ReturnReason.FALSE_DATA, NOTE, clerks.second, CHECKED)


@pytest.mark.law("R42.9", "RI.6")
def test_a_colleague_who_is_away_is_replaced(session: Session, sent: Sent, clerks: Clerks) -> None:
    with pytest.raises(RuleViolation, match="not been taken up"):
        review.take_over(session, sent.act.id, clerks.second, CHECKED)
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    review.take_over(session, sent.act.id, clerks.second, CHECKED)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "take_over")).one()
    assert (row.person_id, row.details["taken_from"]) == (clerks.second_person.id, str(clerks.first_person.id))
    assert review.accept(session, sent.act.id, clerks.second, CHECKED).status is PaymentStatus.AWAITING


@pytest.mark.law("R42.9", "R42.11", "R42.4")
def test_accepting_owes_the_payment_and_tells_esobes(session: Session, sent: Sent, clerks: Clerks) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    payment = review.accept(session, sent.act.id, clerks.first, CHECKED)
    assert (payment.amount_tiyn, payment.status) == (sent.act.amount_tiyn, PaymentStatus.AWAITING)
    assert (payment.provider_id, payment.office_id) == (sent.provider.id, clerks.office.id)
    assert payment.due_on == sent.act.pay_due_on == date(2026, 4, 20)
    assert (sent.act.status, sent.act.decided_at, sent.act.decided_by_id) == (
        ActStatus.ACCEPTED,
        CHECKED,
        clerks.first_person.id,
    )
    told = session.scalars(select(Execution.body).where(Execution.about == f"act:{sent.act.id}:accepted")).one()
    assert (told["kind"], told["units"]) == ("rendered", 210)


@pytest.mark.law("RI.2")
def test_accepting_twice_owes_once(session: Session, sent: Sent, clerks: Clerks) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    payment = review.accept(session, sent.act.id, clerks.first, CHECKED)
    assert review.accept(session, sent.act.id, clerks.first, CHECKED) is payment
    with pytest.raises(RuleViolation, match="already accepted"):
        review.accept(session, sent.act.id, clerks.second, CHECKED)
    assert len(session.scalars(select(Payment).where(Payment.act_id == sent.act.id)).all()) == 1


@pytest.mark.law("RI.4", "R42.11")
def test_an_act_that_was_set_aside_is_not_said_to_be_accepted_again(
    session: Session, sent: Sent, clerks: Clerks
) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    review.accept(session, sent.act.id, clerks.first, CHECKED)
    person_events.died(session, sent.recipient, date(2026, 3, 3), ESOBES, CHECKED)
    assert sent.act.status is ActStatus.SET_ASIDE
    with pytest.raises(RuleViolation, match="set aside"):
        review.accept(session, sent.act.id, clerks.first, CHECKED)


@pytest.mark.law("R42.9")
def test_what_was_not_taken_up_is_not_decided(session: Session, sent: Sent, clerks: Clerks) -> None:
    with pytest.raises(RuleViolation, match="not been taken up"):
        review.accept(session, sent.act.id, clerks.first, CHECKED)
    with pytest.raises(RuleViolation, match="not been taken up"):
        review.send_back(session, sent.act.id, ReturnReason.INCOMPLETE, NOTE, clerks.first, CHECKED)


@pytest.mark.law("R42.9", "R42.10")
def test_returning_says_why_and_tells_the_provider(session: Session, sent: Sent, clerks: Clerks) -> None:
    second = make.make_staff(session, sent.provider)
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    act = review.send_back(session, sent.act.id, ReturnReason.WRONG_PERIOD_OR_HOURS, f" {NOTE} ", clerks.first, CHECKED)
    assert (act.status, act.reason, act.note) == (ActStatus.RETURNED, "wrong_period_or_hours", NOTE)
    assert act.resubmit_due_on == date(2026, 4, 9)
    wanted = select(SmsMessage.person_id).where(SmsMessage.about.startswith(f"act:{act.id}:returned"))
    assert set(session.scalars(wanted)) == {sent.head.id, second.id}
    assert session.scalars(select(Payment).where(Payment.act_id == act.id)).all() == []


@pytest.mark.law("R42.9", "RI.5")
def test_a_returned_act_is_corrected_by_a_new_one(session: Session, sent: Sent, clerks: Clerks) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    review.send_back(session, sent.act.id, ReturnReason.WRONG_PERIOD_OR_HOURS, NOTE, clerks.first, CHECKED)
    session.expire_all()
    assert {entry.act_id for entry in sent.entries} == {None}
    new = acts.correct(session, sent.act.id, sent.staff, CHECKED)
    assert (new.corrects_id, new.units) == (sent.act.id, 210)


@pytest.mark.law("R42.9")
def test_a_return_without_a_note_is_refused(session: Session, sent: Sent, clerks: Clerks) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    with pytest.raises(RuleViolation, match="few words"):
        review.send_back(session, sent.act.id, ReturnReason.FALSE_DATA, "  ", clerks.first, CHECKED)


@pytest.mark.law("R42.9")
def test_another_offices_act_is_not_found(session: Session, sent: Sent) -> None:
    strangers = Clerks(session, OTHER_PLACE)
    for step in (review.take_up, review.take_over, review.accept):
        with pytest.raises(LookupError):
            step(session, sent.act.id, strangers.first, CHECKED)
    with pytest.raises(LookupError):
        review.send_back(session, sent.act.id, ReturnReason.FALSE_DATA, NOTE, strangers.first, CHECKED)
    with pytest.raises(LookupError):
        review.take_up(session, sent.act.id, sent.staff, CHECKED)


def kin_by_blood(session: Session, sent: Sent, clerk: Person) -> None:
    session.add(Kinship(person_id=clerk.id, relative_id=sent.recipient.id))


def kin_written_the_other_way(session: Session, sent: Sent, clerk: Person) -> None:
    session.add(Kinship(person_id=sent.specialist.person_id, relative_id=clerk.id))


def represents_the_recipient(session: Session, sent: Sent, clerk: Person) -> None:
    session.add(
        Representation(person_id=clerk.id, recipient_id=sent.recipient.id, kind="guardian", valid_from=date(2025, 1, 1))
    )


def wrote_the_log(session: Session, sent: Sent, clerk: Person) -> None:
    sent.entries[0].recorded_by_id = clerk.id


def drew_it_up(session: Session, sent: Sent, clerk: Person) -> None:
    sent.act.drawn_up_by_id = clerk.id


@pytest.mark.law("R42.9")
@pytest.mark.parametrize(
    "bond", [kin_by_blood, kin_written_the_other_way, represents_the_recipient, wrote_the_log, drew_it_up]
)
def test_nobody_decides_for_kin_or_on_what_they_prepared(
    session: Session, sent: Sent, clerks: Clerks, bond: object
) -> None:
    assert callable(bond)
    bond(session, sent, clerks.first_person)
    session.flush()
    with pytest.raises(RuleViolation, match="a colleague has to decide"):
        review.take_up(session, sent.act.id, clerks.first, CHECKED)
    assert review.take_next(session, clerks.first, CHECKED) is None
    review.take_up(session, sent.act.id, clerks.second, CHECKED)
    with pytest.raises(RuleViolation, match="a colleague has to decide"):
        review.take_over(session, sent.act.id, clerks.first, CHECKED)


@pytest.mark.law("R42.9")
def test_kin_that_turns_up_later_still_does_not_decide(session: Session, sent: Sent, clerks: Clerks) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    kin_by_blood(session, sent, clerks.first_person)
    session.flush()
    with pytest.raises(RuleViolation, match="your kin"):
        review.accept(session, sent.act.id, clerks.first, CHECKED)


@pytest.mark.law("R42.9", "RI.4")
def test_a_blocking_check_keeps_it_from_being_accepted(session: Session, sent: Sent, clerks: Clerks) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    sent.recipient.died_on = date(2026, 3, 3)
    with pytest.raises(RuleViolation, match="after the recipient’s death"):
        review.accept(session, sent.act.id, clerks.first, CHECKED, holds_seen=True)
    assert sent.act.status is ActStatus.UNDER_REVIEW


@pytest.mark.law("RI.5", "R42.10")
def test_a_log_changed_after_signing_keeps_it_from_being_accepted(session: Session, sent: Sent, clerks: Clerks) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    sent.entries[0].places = "Дүкен"
    session.flush()
    with pytest.raises(RuleViolation, match="log was changed"):
        review.accept(session, sent.act.id, clerks.first, CHECKED)


@pytest.mark.law("R42.9")
def test_what_a_check_holds_is_looked_at_first(session: Session, sent: Sent, clerks: Clerks) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    sent.recipient.died_on = date(2026, 3, 4)
    with pytest.raises(RuleViolation, match="Confirm that you have looked"):
        review.accept(session, sent.act.id, clerks.first, CHECKED)
    review.accept(session, sent.act.id, clerks.first, CHECKED, holds_seen=True)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "accept", AuditRow.thing == "acts")).one()
    assert row.details["findings"] == ["K5"]


@pytest.mark.law("R42.5", "R42.10")
def test_signatures_are_those_of_the_act(session: Session, sent: Sent, clerks: Clerks) -> None:
    document = session.get_one(Document, sent.act.document_id)
    assert {signature.person_id for signature in document.signatures} == {sent.recipient.id, sent.head.id}
    with pytest.raises(RuleViolation, match="You have signed"):
        objections.object_to(
            session,
            sent.entries[0].id,
            ObjectionReason.SHORTER,
            "",
            make.as_recipient(sent.recipient),
            CHECKED,
        )


@pytest.mark.law("R42.9")
def test_the_next_act_is_the_one_whose_term_ends_first(session: Session, sent: Sent, clerks: Clerks) -> None:
    urgent = Sent(session)
    urgent.act.check_due_on = date(2026, 4, 7)
    other = Sent(session, recipient=make.make_person(session, place_code=make.PLACE))
    other.act.check_due_on = date(2026, 4, 10)
    session.flush()
    taken = [review.take_next(session, clerks.first, CHECKED) for _ in range(4)]
    assert taken == [urgent.act, other.act, sent.act, None]


def test_two_clerks_take_up_the_same_act_at_once(fresh_database: str, app: Flask) -> None:
    db.connect(fresh_database)
    with db.transaction() as session:
        sent, clerks = Sent(session), Clerks(session)
    results = _at_once(
        app,
        lambda session: review.take_up(session, sent.act.id, clerks.first, CHECKED),
        lambda session: review.take_up(session, sent.act.id, clerks.second, CHECKED),
    )
    refused = [one for one in results if isinstance(one, RuleViolation)]
    assert len(refused) == 1
    assert refused[0].figures["name"] in {clerks.first_person.full_name, clerks.second_person.full_name}


def test_two_clerks_who_take_the_next_get_two_acts(fresh_database: str, app: Flask) -> None:
    db.connect(fresh_database)
    with db.transaction() as session:
        both, clerks = (Sent(session), Sent(session)), Clerks(session)
    results = _at_once(
        app,
        lambda session: review.take_next(session, clerks.first, CHECKED),
        lambda session: review.take_next(session, clerks.second, CHECKED),
    )
    assert {getattr(act, "id", act) for act in results} == {sent.act.id for sent in both}


def test_what_is_passed_over_stays_free_for_others(fresh_database: str, app: Flask) -> None:
    """Whoever held one person after another, in the order of terms, could wait in a circle with the day's work."""
    db.connect(fresh_database)
    with db.transaction() as session:
        sent, other, clerks = Sent(session), Sent(session), Clerks(session)
        other.act.check_due_on = date(2026, 4, 30)
        kin_by_blood(session, sent, clerks.first_person)
    free = select(Person.id).where(Person.id == sent.recipient.id).with_for_update(skip_locked=True)
    with db.transaction() as session:
        taken = review.take_next(session, clerks.first, CHECKED)
        assert taken is not None and taken.id == other.act.id
        with db.transaction() as elsewhere:
            assert elsewhere.scalar(free) == sent.recipient.id


def test_accepted_and_returned_at_once_is_one_of_both(fresh_database: str, app: Flask) -> None:
    db.connect(fresh_database)
    with db.transaction() as session:
        sent, clerks = Sent(session), Clerks(session)
        review.take_up(session, sent.act.id, clerks.first, CHECKED)
    results = _at_once(
        app,
        lambda session: review.accept(session, sent.act.id, clerks.first, CHECKED),
        lambda session: review.send_back(session, sent.act.id, ReturnReason.FALSE_DATA, NOTE, clerks.first, CHECKED),
        lambda session: review.accept(session, sent.act.id, clerks.first, CHECKED),
    )
    with db.reading() as session:
        paid = session.scalars(select(Payment)).all()
        status = session.get_one(type(sent.act), sent.act.id).status
    assert (status, len(paid)) in {(ActStatus.ACCEPTED, 1), (ActStatus.RETURNED, 0)}
    assert any(isinstance(one, RuleViolation) for one in results)


def _at_once(app: Flask, *steps: object) -> list[object]:
    """Every step in a thread, a connection and a transaction of its own; gives what each returned or was refused."""
    barrier = threading.Barrier(len(steps))
    results: list[object] = [None] * len(steps)

    def run(place: int, step: object) -> None:
        assert callable(step)
        with app.test_request_context():
            try:
                with db.transaction() as session:
                    barrier.wait(10)
                    results[place] = step(session)
            except RuleViolation as refusal:
                results[place] = refusal

    threads = [threading.Thread(target=run, args=(place, step)) for place, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
