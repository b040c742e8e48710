"""An act in the provider's cabinet: what it lacks, sending it, taking it back, correcting it (R42.5–R42.9)."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.models.act import Act
from portal.models.person import Person
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from tests.operations.month import NOW, Month
from tests.pen import WRONG_KEY
from tests.recipient.conftest import Browser


def ready(month: Month) -> Act:
    """An act that lacks only the provider's signature."""
    act = month.draw_up()
    month.sign_sheets(act)
    return month.sign(act)


@pytest.mark.law("R42.5", "R42.6")
def test_says_who_has_not_signed(session: Session, browser: Browser, month: Month) -> None:
    act = month.draw_up()
    page = browser.get(f"/provider/months/acts/{act.id}")
    assert page.status == 200
    for specialist in (month.first, month.second):
        assert session.get_one(Person, specialist.person_id).full_name in page.text
    assert not page.links("/send")
    assert browser.get(f"/provider/months/acts/{act.id}/send").goes_to == f"/provider/months/acts/{act.id}"
    refused = browser.post(f"/provider/months/acts/{act.id}/send", cms="c2lnbg==")
    assert refused.status == 422
    assert session.get_one(Act, act.id).status is ActStatus.DRAWN_UP


@pytest.mark.law("R42.8")
def test_signs_and_sends(session: Session, browser: Browser, month: Month) -> None:
    act = ready(month)
    assert browser.get(f"/provider/months/acts/{act.id}").links("/send")
    page = browser.get(f"/provider/months/acts/{act.id}/send")
    assert page.status == 200
    assert page.says("The services named above were rendered in full and on time.")
    assert month.provider.iban in page.text
    assert browser.post(f"/provider/months/acts/{act.id}/send", cms=WRONG_KEY.decode()).status == 422
    for _press in range(2):
        sent = browser.post(f"/provider/months/acts/{act.id}/send", cms="c2lnbg==")
        assert sent.goes_to == f"/provider/months/acts/{act.id}"
    found = session.get_one(Act, act.id)
    assert (found.status, found.submitted_at) == (ActStatus.SUBMITTED, NOW)


def test_goes_on_to_the_next_act_that_is_ready(session: Session, browser: Browser, month: Month) -> None:
    first, second, waiting = ready(month), ready(Month(session, beside=month)), Month(session, beside=month).draw_up()
    address = browser.get("/provider/months/acts/next").goes_to
    assert address == f"/provider/months/acts/{first.id}/send-next"
    onward = browser.post(address, cms="c2lnbg==").goes_to
    assert browser.get(onward).goes_to == f"/provider/months/acts/{second.id}/send-next"
    onward = browser.post(f"/provider/months/acts/{second.id}/send-next", cms="c2lnbg==").goes_to
    assert browser.get(onward).goes_to == "/provider/months"
    assert session.get_one(Act, waiting.id).status is ActStatus.DRAWN_UP
    assert browser.get("/provider/months/2026-03").says(
        "No other act is ready to be sent. The list says whose signatures are missing."
    )


@pytest.mark.law("R42.9")
def test_shows_before_sending_what_the_office_will_find(session: Session, browser: Browser, month: Month) -> None:
    month.entries[0].recorded_at += timedelta(days=20)
    act = ready(month)
    finding = "%(count)s of the visits were written down more than %(days)s days later."
    assert browser.get(f"/provider/months/acts/{act.id}").says(finding, count=1, days=7)
    assert browser.get(f"/provider/months/acts/{act.id}/send").says(finding, count=1, days=7)


@pytest.mark.law("R42.9")
def test_what_blocks_is_not_sent(session: Session, browser: Browser, month: Month) -> None:
    act = ready(month)
    month.order.answered_at = NOW
    page = browser.get(f"/provider/months/acts/{act.id}")
    assert "R42.3" in page.text
    assert not page.links("/send")
    assert browser.get(f"/provider/months/acts/{act.id}/send").goes_to == f"/provider/months/acts/{act.id}"
    assert browser.post(f"/provider/months/acts/{act.id}/send", cms="c2lnbg==").status == 422


@pytest.mark.law("R42.9")
def test_takes_a_sent_act_back_with_a_reason(session: Session, browser: Browser, month: Month) -> None:
    act = month.sent()
    address = f"/provider/months/acts/{act.id}/withdraw"
    assert browser.get(f"/provider/months/acts/{act.id}").links("/withdraw")
    assert browser.post(address, reason=" ").status == 422
    assert browser.post(address, reason="Сағаты қате").goes_to == f"/provider/months/acts/{act.id}"
    assert session.get_one(Act, act.id).status is ActStatus.WITHDRAWN
    assert "Сағаты қате" in browser.get(f"/provider/months/acts/{act.id}").text
    assert browser.post(address, reason="Тағы").status == 422


@pytest.mark.law("RI.5", "R42.9", "R42.10")
def test_a_returned_act_is_read_and_corrected(session: Session, browser: Browser, month: Month) -> None:
    act = month.sent()
    act.status, act.reason, act.note = ActStatus.RETURNED, "wrong_period_or_hours", "5 наурыз: журналда жоқ"
    act.resubmit_due_on = date(2026, 4, 7)
    page = browser.get(f"/provider/months/acts/{act.id}")
    assert page.says("The period or the hours are wrong")
    assert "5 наурыз: журналда жоқ" in page.text
    address = browser.post(f"/provider/months/acts/{act.id}/correct").goes_to
    new = session.get_one(Act, month.draw_up().id)
    assert (address, new.corrects_id, new.submit_due_on) == (
        f"/provider/months/acts/{new.id}",
        act.id,
        date(2026, 4, 7),
    )
    assert browser.get(f"/provider/months/acts/{act.id}").links(f"/provider/months/acts/{new.id}")
    assert browser.get(f"/provider/months/acts/{new.id}/document").says(
        "This act takes the place of act %(number)s.", number=act.number
    )


def test_cancels(session: Session, browser: Browser, month: Month) -> None:
    act = month.draw_up()
    assert browser.post(f"/provider/months/acts/{act.id}/cancel").goes_to == "/provider/months/2026-03"
    assert session.get_one(Act, act.id).status is ActStatus.CANCELLED
    assert browser.post(f"/provider/months/acts/{act.id}/cancel").status == 409
    assert browser.get(f"/provider/months/acts/{act.id}").status == 200


@pytest.mark.law("R42.8", "R42.5")
def test_after_a_death_it_goes_without_the_recipients_signature(
    session: Session, browser: Browser, month: Month
) -> None:
    month.recipient.died_on = date(2026, 3, 20)
    act = month.draw_up()
    assert "R42.8" in browser.get(f"/provider/months/acts/{act.id}").text
    assert browser.get(f"/provider/months/acts/{act.id}/send").status == 200
    assert browser.post(f"/provider/months/acts/{act.id}/send", cms="c2lnbg==").status == 302
    assert session.get_one(Act, act.id).without_recipient


def test_someone_elses_act_is_not_found(stranger: Browser, month: Month) -> None:
    act = ready(month)
    for tail in ("", "/document", "/send", "/send-next", "/withdraw"):
        assert stranger.get(f"/provider/months/acts/{act.id}{tail}").status == 404, tail
    for tail in ("/send", "/cancel", "/correct"):
        assert stranger.post(f"/provider/months/acts/{act.id}{tail}", cms="c2lnbg==").status == 404, tail
    assert stranger.post(f"/provider/months/acts/{act.id}/withdraw", reason="Қате").status == 404


@pytest.mark.parametrize("status", list(ActStatus))
def test_every_state_has_its_page(session: Session, browser: Browser, month: Month, status: ActStatus) -> None:
    act = month.draw_up() if status in {ActStatus.DRAWN_UP, ActStatus.SIGNED, ActStatus.CANCELLED} else month.sent()
    act.status = status
    assert browser.get(f"/provider/months/acts/{act.id}").status == 200
    assert browser.get(f"/provider/months/acts/{act.id}/document").status == 200
    assert browser.get("/provider/months/2026-03").status == 200
    assert browser.get("/provider/").status == 200


def test_the_bytes_to_sign_elsewhere(app: Flask, browser: Browser, month: Month) -> None:
    act = month.draw_up()
    page = browser.get(f"/provider/months/acts/{act.id}/document?file=1")
    assert page.response.headers["Content-Disposition"].startswith("attachment")
    assert b'"document":"act"' in page.response.data


def test_a_refusal_names_its_rule(month: Month) -> None:
    act = month.draw_up()
    with pytest.raises(RuleViolation) as refused:
        month.submit(act)
    assert refused.value.point == "R42.5"
