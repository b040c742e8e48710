"""The office's payments: the second signature, one or many at once, what failed and what to do about it."""

from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from portal.models.payment import Payment
from portal.office import failures
from portal.operations import payments as operations
from portal.payments.reconcile import Outcome
from portal.queries import payments as found
from portal.queries.payments import Pile
from portal.rules.payments import MISMATCH, PaymentStatus
from tests.office.conftest import SignIn, statements
from tests.office.sent import CHECKED, OTHER_PLACE, PAID, Clerks, Sent, accepted, approved
from tests.recipient.conftest import Browser


def status(session: Session, payment: Payment) -> PaymentStatus:
    """Where a payment stands now."""
    session.refresh(payment)
    return payment.status


@pytest.mark.law("R42.11")
def test_what_waits_and_the_sums_by_provider(session: Session, sent: Sent, clerks: Clerks, second: Browser) -> None:
    payment = accepted(session, sent, clerks)
    more = [accepted(session, Sent(session, provider=sent.provider), clerks) for _ in range(2)]
    other = accepted(session, Sent(session), clerks)
    sums = found.sums_by_provider(session, clerks.office.id)
    assert [(one.provider.id, one.count, one.amount_tiyn) for one in sums] == [
        (sent.provider.id, 3, payment.amount_tiyn * 3),
        (other.provider_id, 1, other.amount_tiyn),
    ]
    page = second.get("/office/payments")
    assert page.status == 200
    assert page.html.count('type="checkbox"') == 4
    only = second.get(f"/office/payments?provider={sent.provider.id}")
    assert only.html.count('type="checkbox"') == len(more) + 1


@pytest.mark.law("R42.9", "R42.11")
def test_who_accepted_sees_no_button(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    payment = accepted(session, sent, clerks)
    assert 'type="checkbox"' not in first.get("/office/payments").html
    page = first.get(f"/office/payments/{payment.id}")
    assert "/approve" not in page.html
    assert first.post(f"/office/payments/{payment.id}/approve").status == 409
    assert status(session, payment) is PaymentStatus.AWAITING


@pytest.mark.law("R42.11")
def test_one_is_approved(session: Session, sent: Sent, clerks: Clerks, second: Browser) -> None:
    payment = accepted(session, sent, clerks)
    address = f"/office/payments/{payment.id}"
    assert f'action="{address}/approve"' in second.get(address).html
    assert second.post(f"{address}/approve").goes_to == address
    assert second.post(f"{address}/approve").goes_to == address, "a double click"
    assert status(session, payment) is PaymentStatus.APPROVED


@pytest.mark.law("R42.11")
def test_many_are_approved_with_a_result_for_each(
    session: Session, sent: Sent, clerks: Clerks, second: Browser
) -> None:
    good = accepted(session, sent, clerks)
    mine = accepted(session, Sent(session), clerks.swap())
    clerks.swap()
    poor = Sent(session)
    without_account = accepted(session, poor, clerks)
    poor.provider.payment_account = ""
    ids = [str(one.id) for one in (good, mine, without_account)]
    chosen = second.get("/office/payments/approve?" + "&".join(f"payment={one}" for one in [*ids, "x", str(uuid4())]))
    assert chosen.says("What you cannot approve")
    form = chosen.html.partition('method="post" action="/office/payments/approve"')[2]
    assert form.count('<input type="hidden" name="payment"') == 2
    page = second.post("/office/payments/approve", payment=ids)
    assert page.status == 200
    assert page.html.count("tag--good") == 1
    assert page.html.count("tag--late") == 2
    assert [status(session, one) for one in (good, mine, without_account)] == [
        PaymentStatus.APPROVED,
        PaymentStatus.AWAITING,
        PaymentStatus.AWAITING,
    ]


def test_nothing_selected_leads_back(second: Browser) -> None:
    assert second.get("/office/payments/approve").goes_to == "/office/payments"
    assert second.get("/office/payments/approve?payment=x").goes_to == "/office/payments"


@pytest.mark.law("R42.11")
@pytest.mark.parametrize("code", ["resource_missing", "balance_insufficient", "reversed", "never_heard_of"])
def test_a_failure_says_what_to_do_and_is_approved_again(
    session: Session, sent: Sent, clerks: Clerks, second: Browser, code: str
) -> None:
    payment = approved(session, sent, clerks)
    operations.write_down(session, payment.id, PAID)
    operations.conclude(session, payment.id, 1, Outcome(failure_code=code), PAID)
    listed = second.get("/office/payments?pile=failed")
    page = second.get(f"/office/payments/{payment.id}")
    for said in (failures.of(code).what, failures.of(code).remedy):
        assert listed.says(said) and page.says(said)
    assert second.post(f"/office/payments/{payment.id}/approve-again").goes_to == f"/office/payments/{payment.id}"
    assert status(session, payment) is PaymentStatus.APPROVED


@pytest.mark.law("R42.11", "RI.2")
def test_money_that_is_out_otherwise_says_what_to_do_and_is_looked_at_again(
    session: Session, sent: Sent, clerks: Clerks, first: Browser, second: Browser
) -> None:
    """Both clerks may look again; neither may approve beside it."""
    payment = approved(session, sent, clerks)
    operations.write_down(session, payment.id, PAID)
    operations.conclude(session, payment.id, 1, Outcome(failure_code=MISMATCH), PAID)
    address = f"/office/payments/{payment.id}"
    listed, failure = second.get("/office/payments?pile=failed"), failures.of(MISMATCH)
    for page in (first.get(address), second.get(address)):
        assert all(one.says(failure.what) and one.says(failure.remedy) for one in (listed, page))
        assert page.says("Money is out, but not as asked for") and str(payment.id) in page.text
        assert f'action="{address}/look-again"' in page.html and "/approve" not in page.html
    assert second.post(f"{address}/approve-again").status == 409
    for browser in (second, second, first):
        assert browser.post(f"{address}/look-again").goes_to == address, "a double click, and a colleague"
    assert status(session, payment) is PaymentStatus.ASKED
    page = second.get(address)
    assert page.says("The office had the payment system asked again")
    assert "/look-again" not in page.html and "/approve" not in page.html


@pytest.mark.law("R42.11")
def test_what_is_unknown_is_said_to_be_looked_up(session: Session, sent: Sent, clerks: Clerks, second: Browser) -> None:
    payment = approved(session, sent, clerks)
    operations.write_down(session, payment.id, CHECKED)
    page = second.get("/office/payments?pile=unknown")
    assert "никогда" in page.text or "It is never paid twice" in page.text
    assert second.get(f"/office/payments/{payment.id}").status == 200
    assert second.get("/office/payments?pile=paid").status == 200


def test_another_offices_payment_is_not_found(session: Session, sent: Sent, clerks: Clerks, sign_in: SignIn) -> None:
    payment = accepted(session, sent, clerks)
    strangers = Clerks(session, OTHER_PLACE)
    browser = sign_in(strangers.first_person, strangers.office)
    address = f"/office/payments/{payment.id}"
    assert browser.get(address).status == 404
    assert browser.post(f"{address}/approve").status == 404
    assert browser.post(f"{address}/approve-again").status == 404
    assert browser.post(f"{address}/look-again").status == 404
    page = browser.post("/office/payments/approve", payment=[str(payment.id)])
    assert str(sent.act.number) not in page.text
    assert status(session, payment) is PaymentStatus.AWAITING
    assert found.heaps(session, strangers.office.id)[Pile.AWAITING].count == 0


def test_the_list_asks_as_much_for_many_as_for_one(
    session: Session, sent: Sent, clerks: Clerks, second: Browser
) -> None:
    accepted(session, sent, clerks)
    with statements(session) as few:
        second.get("/office/payments")
    for _ in range(3):
        accepted(session, Sent(session), clerks)
    with statements(session) as many:
        second.get("/office/payments")
    assert len(many) == len(few)


def test_hostile_addresses_of_the_list(second: Browser) -> None:
    for query in ("pile=nowhere", "provider=x", "page=0", "pile=awaiting&page=500"):
        assert second.get(f"/office/payments?{query}").status == 200
