"""Claims at the office (R42.11): what is open, the correction, the three ways; a mistaken death undone (R83.6)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import format as show
from portal.models.person_event import PersonEvent
from portal.operations import reversals, review
from portal.payments.reversals import CameBack
from portal.queries import claims, provider_tasks
from portal.queries.provider_tasks import TaskKind
from portal.rules.claims import ClaimStatus, SettlementKind, SettlementStatus
from tests import factories as make
from tests.office.conftest import SignIn
from tests.office.sent import OTHER_PLACE, Clerks
from tests.operations.test_claims import Claimed
from tests.operations.test_late_news import KNOWN, Late
from tests.provider.conftest import signed_in
from tests.recipient.conftest import Browser

DAY = {"on-day": "13", "on-month": "4", "on-year": "2026"}


@pytest.fixture
def case(session: Session, later: object) -> Claimed:
    later(KNOWN)  # type: ignore[operator]
    return Claimed(session)


@pytest.fixture
def clerk(case: Claimed, sign_in: SignIn) -> Browser:
    return sign_in(case.clerks.first_person, case.clerks.office)


@pytest.mark.law("R42.11", "RI.5")
def test_a_claim_is_found_from_the_first_page(case: Claimed, clerk: Browser) -> None:
    home = clerk.get("/office/")
    assert home.links("/office/claims")
    listed = clerk.get("/office/claims")
    assert str(case.claim.number) in listed.text
    page = clerk.get(f"/office/claims/{case.claim.id}")
    assert page.status == 200
    assert page.says("Visits that do not count")
    assert page.says("The recipient has died")


@pytest.mark.law("R42.11")
def test_a_repayment_is_written_down(case: Claimed, clerk: Browser) -> None:
    address = f"/office/claims/{case.claim.id}/repayment"
    assert clerk.get(address).status == 200
    refused = clerk.post(address, **DAY, reference="17", amount="999999")
    assert refused.status == 422
    assert clerk.post(address, **DAY, reference="", amount="1").status == 422
    clerk.post(address, **DAY, reference="17", amount="100,50").goes_to  # noqa: B018 - it asserts
    assert case.one().amount_tiyn == 10_050
    assert "17" in clerk.get(f"/office/claims/{case.claim.id}").text


@pytest.mark.law("R42.11")
def test_the_next_payment_or_the_transfer(case: Claimed, clerk: Browser) -> None:
    page = clerk.get(f"/office/claims/{case.claim.id}")
    assert "/set-off" in page.html
    clerk.post(f"/office/claims/{case.claim.id}/set-off").goes_to  # noqa: B018
    assert clerk.get(f"/office/claims/{case.claim.id}").says("It is kept from the next payment to this provider.")
    clerk.post(f"/office/claims/{case.claim.id}/reversal").goes_to  # noqa: B018
    assert (case.one().kind, case.one().status) == (SettlementKind.REVERSAL, SettlementStatus.ASKED)
    page = clerk.get(f"/office/claims/{case.claim.id}")
    assert page.says("Under way")
    assert "/reversal" not in page.html


@pytest.mark.law("R42.11")
def test_a_late_claim_is_marked_on_both_sides(
    session: Session, case: Claimed, clerk: Browser, later: Callable[[datetime], None]
) -> None:
    """Fifteen days to pay back; two days after them the office, its list and the provider say so, in days."""
    provider = signed_in(clerk.app, session, case.sent.head, f"provider:{case.sent.provider.id}")
    pages = (
        (clerk, "/office/claims"),
        (clerk, f"/office/claims/{case.claim.id}"),
        (provider, "/provider/payments"),
        (provider, "/provider/"),
    )
    late = ("late by %(num)s day", "late by %(num)s days", 2)
    assert not any(browser.get(address).says_number(*late) for browser, address in pages)
    later(KNOWN + timedelta(days=17))
    for browser, address in pages:
        assert browser.get(address).says_number(*late), address
    tasks = provider_tasks.of_provider(session, case.sent.provider.id, KNOWN.date())
    assert [(one.kind, one.tiyn) for one in tasks if one.kind is TaskKind.REPAY] == [(TaskKind.REPAY, case.amount)]
    clerk.post(f"/office/claims/{case.claim.id}/set-off").goes_to  # noqa: B018
    tasks = provider_tasks.of_provider(session, case.sent.provider.id, KNOWN.date())
    assert TaskKind.REPAY not in {one.kind for one in tasks}, "the office keeps it from the next payment"


@pytest.mark.law("R42.11")
def test_late_claims_come_first(session: Session, case: Claimed) -> None:
    case.payment.transfer_id, made = "tr_first", [case.claim]
    for days in (3, 9):
        session.flush()
        late = Late(session)
        late.paid().transfer_id = f"tr_other_{days}"
        late.die()
        (claim,) = [one for one in late.claims() if one not in made]
        claim.due_on = case.claim.due_on - timedelta(days=days)
        made.append(claim)
    made[2].status, made[2].settled_tiyn = ClaimStatus.SETTLED, made[2].amount_tiyn
    session.flush()
    found = claims.of_office(session, case.claim.office_id, 1)
    assert [one.id for one in found.rows] == [made[1].id, made[0].id, made[2].id]
    today = case.claim.due_on + timedelta(days=1)
    assert [one.days_late(today) for one in found.rows] == [4, 1, 0]


@pytest.mark.law("R42.11")
def test_another_offices_claim_is_not_found(session: Session, case: Claimed, sign_in: SignIn) -> None:
    strangers = Clerks(session, OTHER_PLACE)
    stranger = sign_in(strangers.first_person, strangers.office)
    for address in ("", "/repayment"):
        assert stranger.get(f"/office/claims/{case.claim.id}{address}").status == 404
    for address in ("/set-off", "/reversal"):
        assert stranger.post(f"/office/claims/{case.claim.id}{address}").status == 404
    assert str(case.claim.number) not in stranger.get("/office/claims").text
    assert stranger.get(f"/office/people/{case.sent.recipient.id}/undo/death").status == 404


@pytest.mark.law("R83.6")
def test_a_mistaken_death_is_undone_after_a_second_look(session: Session, case: Claimed, clerk: Browser) -> None:
    person_id = case.sent.recipient.id
    address = f"/office/people/{person_id}/undo/death"
    assert clerk.get(f"/office/people/{person_id}").links(address)
    assert clerk.get(address).status == 200
    assert clerk.post(address, note=" ").status == 422
    look = clerk.post(address, note="Аттас адам")
    assert look.status == 200
    assert look.says("What will be restored")
    session.expire_all()
    assert case.sent.recipient.died_on is not None
    assert clerk.post(address, note="Аттас адам", sure="1").goes_to.endswith(f"/office/people/{person_id}")
    session.expire_all()
    assert case.sent.recipient.departed_on is None
    assert case.claim.status is ClaimStatus.WITHDRAWN
    assert clerk.get(address).status == 404
    assert clerk.get(f"/office/people/{person_id}/undo/departure").status == 404
    assert clerk.get(f"/office/people/{person_id}/undo/return").status == 404


@pytest.mark.law("R83.6", "R42.11", "RI.1")
def test_what_will_be_restored_is_said_as_it_will_be(session: Session, case: Claimed, clerk: Browser) -> None:
    """Of a claim nothing has come as long as its reversal failed; what had gone back before does not come again."""
    reversals.ask(session, case.claim.id, case.clerks.first, KNOWN)
    (asked,) = case.claim.settlements
    reversals.conclude(session, asked.id, CameBack(failure_code="refused"), KNOWN)
    entitlement = case.claim.act.order.entitlement
    (event,) = session.scalars(select(PersonEvent)).all()
    before = event.before["entitlements"][str(entitlement.id)]
    event.before = {**event.before, "entitlements": {str(entitlement.id): {**before, "returned": 600}}}
    session.flush()
    page = clerk.post(f"/office/people/{case.sent.recipient.id}/undo/death", note="Аттас адам")
    with clerk.app.test_request_context(), force_locale("ru"):
        amount, hours = show.money(case.claim.amount_tiyn), show.volume(entitlement.returned - 600, entitlement.service)
    assert page.says("Claim %(number)s of %(amount)s is withdrawn.", number=case.claim.number, amount=amount)
    assert page.says("%(hours)s come back", hours=hours)


@pytest.mark.law("R42.11")
def test_the_provider_sees_claims_and_set_offs(session: Session, case: Claimed, clerk: Browser) -> None:
    clerk.post(f"/office/claims/{case.claim.id}/repayment", **DAY, reference="17", amount="1")
    browser = signed_in(clerk.app, session, case.sent.head, f"provider:{case.sent.provider.id}")
    page = browser.get("/provider/payments")
    assert page.status == 200
    assert page.says("Claims against you")
    assert str(case.claim.number) in page.text
    other = make.make_provider(session)
    stranger = signed_in(clerk.app, session, make.make_staff(session, other), f"provider:{other.id}")
    assert str(case.claim.number) not in stranger.get("/provider/payments").text


@pytest.mark.law("R42.11", "RI.2")
def test_the_provider_is_not_asked_for_what_is_kept_or_on_its_way(
    session: Session, case: Claimed, clerk: Browser
) -> None:
    """Else it would pay the same money back twice."""
    browser = signed_in(clerk.app, session, case.sent.head, f"provider:{case.sent.provider.id}")
    due_on, amount, of = case.claim.due_on, case.claim.amount_tiyn, "Pay back %(amount)s by %(day)s."
    kept = "%(amount)s is kept from your next payment. You need not pay it back yourself."

    def says(text: str, tiyn: int) -> bool:
        with clerk.app.test_request_context(), force_locale("ru"):
            figures = {"amount": show.money(tiyn), "day": show.day(due_on)}
        return browser.get("/provider/payments").says(text, **figures)

    assert says(of, amount)
    clerk.post(f"/office/claims/{case.claim.id}/repayment", **DAY, reference="17", amount="1")
    assert says(of, amount - 100)
    clerk.post(f"/office/claims/{case.claim.id}/set-off")
    assert says(kept, amount - 100) and not says(of, amount - 100)
    clerk.post(f"/office/claims/{case.claim.id}/reversal")
    session.expire_all()
    assert case.claim.under_way_tiyn == amount - 100
    assert not says(kept, amount - 100) and not says(of, amount - 100)


@pytest.mark.law("RI.4", "RI.5")
@pytest.mark.parametrize("accepted_before", [False, True])
def test_the_provider_is_asked_for_a_corrected_act(
    session: Session, clerks: Clerks, sign_in: SignIn, accepted_before: bool
) -> None:
    late = Late(session)
    if accepted_before:
        review.take_up(session, late.act.id, late.clerks.first, KNOWN)
        review.accept(session, late.act.id, late.clerks.first, KNOWN, holds_seen=True)
    late.die()
    clerk = sign_in(late.clerks.first_person, late.clerks.office)
    browser = signed_in(clerk.app, session, late.sent.head, f"provider:{late.sent.provider.id}")
    page = browser.get(f"/provider/months/acts/{late.act.id}")
    assert page.says("Draw up a corrected act")
    assert page.says("Some visits of this act did not count, so it was set aside.")
    assert browser.get("/provider/").links(f"/provider/months/acts/{late.act.id}")
    assert clerk.get(f"/office/acts/{late.act.id}").status == 200
