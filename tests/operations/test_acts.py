"""Acts through the operations: drawn up, signed by three sides, sent, taken back, corrected (R42.5–R42.9, RI.5)."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM
from portal.clock import ALMATY
from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.document import Document
from portal.models.entitlement import Entitlement
from portal.models.message import SmsMessage
from portal.models.person import Person
from portal.operations import acts, documents
from portal.queries import acts as found
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from portal.rules.orders import OrderStatus
from portal.rules.roles import Role
from portal.rules.service import Service
from portal.signing.refusals import SignatureRefused
from tests import factories as make
from tests.operations.month import MARCH, NOW, Month
from tests.pen import WRONG_KEY


@pytest.fixture
def month(session: Session) -> Month:
    """A month of an assistant."""
    return Month(session)


@pytest.mark.law("R42.1", "R42.5", "RG.2", "RI.8")
def test_draws_up_the_month(session: Session, month: Month) -> None:
    act = month.draw_up()
    rate = month.amount()
    assert (act.status, act.month, act.units) == (ActStatus.DRAWN_UP, MARCH, 330)
    assert act.amount_tiyn == 330 * rate // 60
    assert act.surcharge_tiyn == 330 * 60_000 // 60 - act.amount_tiyn
    assert [(line.units, line.price_tiyn, line.guaranteed_tiyn) for line in act.lines] == [(330, 60_000, rate)]
    assert [sheet.minutes for sheet in month.sheets(act)] == [210, 120]
    assert {entry.act_id for entry in month.entries} == {act.id}
    assert act.submit_due_on == date(2026, 4, 10)
    sms = session.scalars(select(SmsMessage).where(SmsMessage.person_id == month.recipient.id)).one()
    assert sms.about == f"act:{act.id}:to_sign"


@pytest.mark.law("RG.3")
def test_a_line_for_each_amount(session: Session, month: Month) -> None:
    month.entries[2].guaranteed_tiyn = 61_000
    act = month.draw_up()
    lines = [(line.units, line.rate_tiyn, line.amount_tiyn, line.surcharge_tiyn) for line in act.lines]
    rate = month.amount()
    assert lines == [(240, rate, 4 * rate, 240_000 - 4 * rate), (90, 60_000, 90_000, 0)]
    assert act.amount_tiyn == 4 * rate + 90_000


@pytest.mark.law("R42.5", "R42.6", "RI.5")
def test_what_is_signed(session: Session, month: Month) -> None:
    representative = make.make_representative(session, month.recipient)
    act = month.draw_up()
    said = documents.content(session.get_one(Document, act.document_id))
    assert [(signer["role"], signer["name"]) for signer in said["signers"]] == [
        ("recipient", month.recipient.full_name),
        ("recipient", representative.full_name),
        ("provider", month.provider.name_kk),
    ]
    assert said["signers"][2]["bin"] == month.provider.bin
    assert said["provider"]["iban"] == month.provider.iban
    assert (said["act"]["from"], said["act"]["to"]) == ("2026-03-02", "2026-03-31")
    assert (said["act"]["sheets"], said["act"]["copies"], said["act"]["corrects"]) == (2, 2, None)
    assert said["act"]["rows"][0]["amount_tiyn"] == act.amount_tiyn
    assert [sheet["minutes"] for sheet in said["sheets"]] == [210, 120]
    assert said["sheets"][0]["rows"][1] == {
        "id": str(month.entries[2].id),
        "day": "2026-03-05",
        "start": "14:00",
        "end": "15:30",
        "minutes": 90,
        "places": "Емхана",
    }
    sheet = documents.content(session.get_one(Document, month.sheets(act)[0].document_id))
    assert sheet["sheet"]["rows"] == said["sheets"][0]["rows"]
    assert sheet["recipient"]["phone"] == month.recipient.phone


@pytest.mark.law("R42.7")
def test_an_interpreters_sheet_says_the_way(session: Session) -> None:
    month = Month(session, Service.INTERPRETER)
    said = documents.content(session.get_one(Document, month.draw_up().document_id))
    row = said["sheets"][0]["rows"][0]
    assert row["way"] == "offline"
    assert "places" not in row


@pytest.mark.law("RI.2")
def test_drawing_up_twice_gives_the_same_act(session: Session, month: Month) -> None:
    assert month.draw_up().id == month.draw_up().id
    assert session.scalars(select(Act.id).where(Act.order_id == month.order.id)).all() == [month.draw_up().id]


@pytest.mark.law("R42.5")
def test_what_is_objected_to_stays_out(session: Session, month: Month) -> None:
    month.entries[1].objected_at, month.entries[1].objection_reason = NOW, "shorter"
    act = month.draw_up()
    assert (act.units, len(month.sheets(act)), month.entries[1].act_id) == (210, 1, None)


def test_a_struck_visit_stays_out(session: Session, month: Month) -> None:
    month.entries[1].struck_at = NOW
    assert month.draw_up().units == 210


@pytest.mark.law("R42.8")
def test_not_before_the_month_is_over(month: Month) -> None:
    with pytest.raises(RuleViolation, match="not over yet"):
        month.draw_up(datetime(2026, 3, 31, 23, 59, tzinfo=ALMATY))
    month.order.status, month.order.ended_on = OrderStatus.STOPPED, date(2026, 3, 20)
    assert month.draw_up(datetime(2026, 3, 20, 18, tzinfo=ALMATY)).units == 330


def test_nothing_to_draw_up(month: Month) -> None:
    with pytest.raises(RuleViolation, match="no visits"):
        acts.draw_up(month.session, month.order.id, date(2026, 2, 1), month.staff, NOW)


@pytest.mark.law("R42.1")
def test_someone_elses_order_and_act_are_not_found(session: Session, month: Month) -> None:
    stranger = make.make_provider(session)
    actor = make.as_provider(make.make_staff(session, stranger), stranger)
    with pytest.raises(LookupError):
        month.draw_up(actor=actor)
    with pytest.raises(LookupError):
        month.draw_up(actor=make.as_specialist(month.first))
    act = month.draw_up()
    for step in (acts.cancel, acts.correct):
        with pytest.raises(LookupError):
            step(session, act.id, actor, NOW)
    with pytest.raises(LookupError):
        acts.withdraw(session, act.id, "Қате", actor, NOW)
    with pytest.raises(LookupError):
        acts.submit(session, month.signing(act.document_id), actor, NOW)
    with pytest.raises(LookupError):
        acts.sign_by_recipient(
            session, month.signing(act.document_id), make.as_recipient(make.make_person(session)), NOW
        )
    with pytest.raises(LookupError):
        acts.sign_by_recipient(session, month.signing(act.document_id), make.as_specialist(month.first), NOW)
    with pytest.raises(LookupError):
        acts.sign_sheet(session, month.signing(month.sheets(act)[0].document_id), make.as_specialist(month.second), NOW)


@pytest.mark.law("R42.5", "R42.6", "R42.8", "R42.9")
def test_all_three_sign_and_it_is_sent(session: Session, month: Month) -> None:
    act = month.sent()
    assert act.status is ActStatus.SUBMITTED
    assert (act.submitted_at, act.check_due_on, act.without_recipient) == (NOW, date(2026, 4, 13), False)
    document = session.get_one(Document, act.document_id)
    assert [signature.role for signature in document.signatures] == [Role.RECIPIENT, Role.PROVIDER]
    steps = select(AuditRow.action).where(AuditRow.thing_id == act.id).order_by(AuditRow.id)
    assert session.scalars(steps).all() == ["draw_up", "sign", "submit"]


@pytest.mark.law("RI.2")
def test_each_signature_counts_once(session: Session, month: Month) -> None:
    act = month.sent()
    month.sign_sheets(act)
    month.sign(act)
    assert month.submit(act, datetime(2026, 4, 3, 9, tzinfo=ALMATY)).submitted_at == NOW


def test_a_wrong_key_signs_nothing(session: Session, month: Month) -> None:
    act = month.draw_up()
    with session.begin_nested() as savepoint, pytest.raises(SignatureRefused):
        actor = make.as_recipient(month.recipient)
        acts.sign_by_recipient(session, month.signing(act.document_id, WRONG_KEY), actor, NOW)
    if savepoint.is_active:
        savepoint.rollback()
    assert session.get_one(Document, act.document_id).signatures == []


@pytest.mark.law("R42.5")
def test_not_sent_without_the_recipients_signature(session: Session, month: Month) -> None:
    act = month.draw_up()
    month.sign_sheets(act)
    with pytest.raises(RuleViolation, match="recipient has not signed"):
        month.submit(act)
    assert act.status is ActStatus.DRAWN_UP


@pytest.mark.law("R42.6")
def test_not_sent_without_a_sheet_and_says_whose(session: Session, month: Month) -> None:
    act = month.draw_up()
    month.sign(act)
    with pytest.raises(RuleViolation, match="have not signed") as refused:
        month.submit(act)
    names = {session.get_one(Person, one.person_id).full_name for one in (month.first, month.second)}
    assert set(refused.value.figures["names"].split(", ")) == names
    assert not found.lacking(session, [act])[act.id].nothing


@pytest.mark.law("R42.9", "R34.1")
def test_a_blocking_check_keeps_it_from_being_sent(session: Session, month: Month) -> None:
    month.entries[0].day = date(2026, 3, 2)
    act = month.draw_up()
    month.sign_sheets(act)
    month.sign(act)
    month.order.answered_at = datetime(2026, 3, 4, 9, tzinfo=ALMATY)
    with pytest.raises(RuleViolation, match="before the provider accepted"):
        month.submit(act)


@pytest.mark.law("R42.8")
def test_late_is_no_bar(month: Month) -> None:
    assert month.sent(datetime(2026, 4, 14, 9, tzinfo=ALMATY)).status is ActStatus.SUBMITTED


@pytest.mark.law("R42.5")
def test_an_objection_after_drawing_up_stops_the_signature(month: Month) -> None:
    act = month.draw_up()
    month.entries[0].objected_at = NOW
    with pytest.raises(RuleViolation, match="drawn up again"):
        month.sign(act)
    acts.cancel(month.session, act.id, SYSTEM, NOW)
    month.session.refresh(month.entries[0])
    assert month.entries[0].act_id is None
    assert month.draw_up().units == 210


@pytest.mark.law("R42.5", "R42.8", "RI.4")
def test_after_a_death_without_the_recipients_signature_within_one_month(session: Session, month: Month) -> None:
    month.recipient.died_on = date(2026, 3, 20)
    month.order.status, month.order.ended_on = OrderStatus.CLOSED, date(2026, 3, 20)
    act = month.draw_up(datetime(2026, 4, 15, 9, tzinfo=ALMATY))
    assert act.submit_due_on == date(2026, 4, 20)
    assert session.scalars(select(SmsMessage).where(SmsMessage.about == f"act:{act.id}:to_sign")).all() == []
    said = documents.content(session.get_one(Document, act.document_id))
    assert [signer["role"] for signer in said["signers"]] == ["provider"]
    with pytest.raises(RuleViolation, match="has died"):
        month.sign(act)
    sent = month.submit(act, datetime(2026, 4, 20, 18, tzinfo=ALMATY))
    assert (sent.status, sent.without_recipient) == (ActStatus.SUBMITTED, True)


@pytest.mark.law("R42.8")
def test_a_death_after_drawing_up_gives_a_month_from_it(month: Month) -> None:
    act = month.draw_up()
    month.recipient.died_on = date(2026, 4, 5)
    month.submit(act, datetime(2026, 4, 30, 9, tzinfo=ALMATY))
    assert (act.submit_due_on, act.without_recipient) == (date(2026, 5, 5), True)


@pytest.mark.law("R42.7")
def test_after_a_death_an_interpreter_still_signs_the_sheet(session: Session) -> None:
    month = Month(session, Service.INTERPRETER)
    month.recipient.died_on = date(2026, 3, 20)
    act = month.draw_up()
    with pytest.raises(RuleViolation, match="have not signed"):
        month.submit(act)
    month.sign_sheets(act)
    assert month.submit(act).without_recipient


@pytest.mark.law("R42.9")
def test_takes_back_what_the_office_has_not_begun(session: Session, month: Month) -> None:
    act = month.sent()
    with pytest.raises(RuleViolation, match="few words"):
        acts.withdraw(session, act.id, " ", month.staff, NOW)
    acts.withdraw(session, act.id, " Сағаты қате ", month.staff, NOW)
    assert (act.status, act.note) == (ActStatus.WITHDRAWN, "Сағаты қате")
    session.refresh(month.entries[0])
    assert month.entries[0].act_id is None


@pytest.mark.law("R42.9")
def test_what_the_office_checks_is_not_taken_back(session: Session, month: Month) -> None:
    act = month.sent()
    act.status = ActStatus.UNDER_REVIEW
    with pytest.raises(RuleViolation, match="is checking this act"):
        acts.withdraw(session, act.id, "Қате", month.staff, NOW)
    with pytest.raises(RuleViolation, match="is checking this act"):
        acts.cancel(session, act.id, month.staff, NOW)


@pytest.mark.law("RI.5", "R42.9")
def test_corrects_what_was_returned_by_a_new_act(session: Session, month: Month) -> None:
    old = month.sent()
    old.status, old.reason, old.resubmit_due_on = ActStatus.RETURNED, "wrong_period_or_hours", date(2026, 4, 20)
    month.entries[2].struck_at = NOW
    new = acts.correct(session, old.id, month.staff, NOW)
    assert (new.corrects_id, new.units, new.submit_due_on) == (old.id, 240, date(2026, 4, 20))
    document = session.get_one(Document, new.document_id)
    assert document.corrects_id == old.document_id
    assert documents.content(document)["act"]["corrects"]["number"] == old.number
    assert old.status is ActStatus.RETURNED
    assert month.draw_up().id == new.id
    assert found.correction_of(session, old) is new


def test_corrects_nothing_that_stands(session: Session, month: Month) -> None:
    act = month.sent()
    with pytest.raises(RuleViolation, match="sent to the office"):
        acts.correct(session, act.id, month.staff, NOW)


@pytest.mark.law("R42.6")
def test_a_sheet_is_not_signed_once_its_act_is_cancelled(session: Session, month: Month) -> None:
    act = month.draw_up()
    acts.cancel(session, act.id, month.staff, NOW)
    with pytest.raises(RuleViolation, match="cancelled"):
        month.sign_sheets(act)


@pytest.mark.law("RI.1")
def test_an_act_moves_no_minutes(session: Session, month: Month) -> None:
    entitlement = session.get_one(Entitlement, month.order.entitlement_id)
    before = (entitlement.used, entitlement.reserved)
    act = month.draw_up()
    acts.cancel(session, act.id, month.staff, NOW)
    session.refresh(entitlement)
    assert (entitlement.used, entitlement.reserved) == before


@pytest.mark.law("R42.5", "RI.2")
def test_a_visit_settled_after_the_month_was_accepted_gets_a_further_act(session: Session, month: Month) -> None:
    month.entries[1].objected_at, month.entries[1].objection_reason = NOW, "shorter"
    first = month.draw_up()
    first.status = ActStatus.PAID
    session.flush()
    assert month.draw_up().id == first.id
    month.entries[1].settled_at, month.entries[1].settlement = NOW, "withdrawn"
    session.flush()
    further = month.draw_up()
    assert further.id != first.id
    assert (further.units, further.corrects_id) == (month.entries[1].minutes, None)
    assert month.draw_up().id == further.id
