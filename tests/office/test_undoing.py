"""What people see when a mistaken death is undone (R83.6): acts to be signed anew, what is paid, what stays struck."""

from datetime import date, time

import pytest
from sqlalchemy.orm import Session

from portal.models.person import Person
from portal.operations import payments
from portal.queries import office_acts
from tests import factories as make
from tests.office.conftest import Apart, SignIn
from tests.operations.month import NOW
from tests.operations.test_payments import arrived
from tests.operations.test_unsigned import DAY, NOTE, Mistaken
from tests.provider.conftest import signed_in
from tests.recipient.conftest import Browser

GOES_BACK = "Act %(number)s goes back to the provider, because a signature is missing."
STAYS_PAID = "Act %(number)s is paid and stays paid, though a signature is missing."
WHY = "The recipient’s death was reported by mistake. This act is drawn up anew, and everybody signs it."


@pytest.fixture
def case(session: Session, later: object) -> Mistaken:
    later(NOW + DAY)  # type: ignore[operator]
    return Mistaken(session)


@pytest.fixture
def clerk(case: Mistaken, sign_in: SignIn) -> Browser:
    return sign_in(case.clerks.first_person, case.clerks.office)


def in_cabinet(case: Mistaken, clerk: Browser, door: str) -> Browser:
    """A browser of the provider's clerk, or of the recipient."""
    if door == "provider":
        person = case.session.get_one(Person, case.month.staff.person_id)
        capacity = f"provider:{case.month.provider.id}"
    else:
        person, capacity = case.month.recipient, f"recipient:{case.month.recipient.id}"
    signed = signed_in(clerk.app, case.session, person, capacity)
    return Apart(clerk.app, signed.client, case.session)


@pytest.mark.law("R42.5", "R42.10")
def test_everybody_reads_why_an_act_is_to_be_signed_anew(session: Session, case: Mistaken, clerk: Browser) -> None:
    case.die()
    case.send()
    address = f"/office/people/{case.month.recipient.id}/undo/death"
    assert clerk.post(address, note=NOTE).says(GOES_BACK, number=case.act.number)
    clerk.post(address, note=NOTE, sure="1").goes_to  # noqa: B018 - it asserts
    session.expire_all()
    provider, recipient = in_cabinet(case, clerk, "provider"), in_cabinet(case, clerk, "recipient")
    for browser, door in ((clerk, "office"), (provider, "provider/months"), (recipient, "recipient")):
        page = browser.get(f"/{door}/acts/{case.act.id}")
        assert page.status == 200
        assert page.says("A signature is missing")
        assert page.says(WHY)


@pytest.mark.law("R42.5", "R42.11")
def test_what_is_paid_stays_paid_and_both_are_told(session: Session, case: Mistaken, clerk: Browser) -> None:
    case.die()
    case.send()
    payment = case.accept()
    payments.approve(session, payment.id, case.clerks.second, NOW)
    asked = payments.write_down(session, payment.id, NOW)
    assert asked is not None
    payments.conclude(session, payment.id, 1, arrived(asked), NOW)
    address, page = f"/office/people/{case.month.recipient.id}/undo/death", f"/office/acts/{case.act.id}"
    told = "This act was paid without the recipient’s signature: a death had been reported by mistake."
    assert told not in clerk.get(page).text
    assert clerk.post(address, note=NOTE).says(STAYS_PAID, number=case.act.number)
    clerk.post(address, note=NOTE, sure="1").goes_to  # noqa: B018
    rest = " What is paid stays paid. Ask the recipient whether the hours are right."
    assert clerk.get(page).says(told + rest)
    recipient = in_cabinet(case, clerk, "recipient")
    assert recipient.get(f"/recipient/acts/{case.act.id}").says(
        "This act was paid without your signature: a death had been reported by mistake. We are sorry. If something in "
        "it is wrong, tell the office."
    )
    assert office_acts.get_for_office(session, case.act.id, case.clerks.office.id).without_recipient


@pytest.mark.law("R83.6", "R34.1", "RI.3")
def test_visits_that_do_not_fit_are_listed_with_the_reason(session: Session, case: Mistaken, clerk: Browser) -> None:
    case.die()
    other = make.make_order(session, make.make_programme(session, case.month.recipient))
    struck = case.month.entries[2]
    struck.struck_at, struck.strike_reason, struck.act_id = NOW, "served_by_another", None
    make.make_entry(session, other, None, date(2026, 3, 5), time(14), 60)
    person = f"/office/people/{case.month.recipient.id}"
    clerk.post(f"{person}/undo/death", note=NOTE, sure="1").goes_to  # noqa: B018
    page = clerk.get(person)
    assert page.says("Some visits stay struck, because they do not fit any more. They are listed below.")
    assert page.says("Another specialist was with the recipient at that time")
    provider = in_cabinet(case, clerk, "provider")
    log = provider.get(f"/provider/orders/{case.month.order.id}/log?month=2026-03")
    assert log.says("Another specialist was with the recipient at that time")
    assert "served_by_another" not in log.text
