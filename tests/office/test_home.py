"""The office's start page: what is due when, whose money waits, and who may come in at all."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from portal import format
from portal.models.office import OfficeStaff
from portal.operations import review
from portal.queries import office_acts
from tests import factories as make
from tests.office.conftest import SignIn
from tests.office.sent import CHECKED, OTHER_PLACE, Clerks, Sent, accepted
from tests.recipient.conftest import Browser


@pytest.mark.law("R42.9")
def test_counts_by_term(session: Session, clerks: Clerks) -> None:
    today = CHECKED.date()
    for due_on in (today - timedelta(days=1), today, today + timedelta(days=3), today + timedelta(days=30)):
        sent = Sent(session)
        sent.act.check_due_on = due_on
    session.flush()
    counts = office_acts.counts(session, clerks.office.id, clerks.first_person.id, today, date(2026, 4, 12))
    assert (counts.late, counts.today, counts.this_week, counts.later, counts.mine) == (1, 1, 1, 1, 0)
    assert counts.waiting == 4


@pytest.mark.law("R42.9", "R42.11")
def test_the_next_step(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    page = first.get("/office/")
    assert page.status == 200
    assert page.says_number("%(num)s act waits for its check.", "%(num)s acts wait for their check.", 1)
    assert 'action="/office/next"' in page.html
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    page = first.get("/office/")
    assert page.says("Go on with act %(number)s", number=sent.act.number)
    review.accept(session, sent.act.id, clerks.first, CHECKED)
    page = first.get("/office/")
    assert page.says("No act waits for its check.")
    money_of_one = {"amount": " ".join(format.money(sent.act.amount_tiyn).split())}
    assert page.says_number(
        "%(num)s payment, %(amount)s in all.", "%(num)s payments, %(amount)s in all.", 1, **money_of_one
    )


def test_another_district_counts_nothing_of_ours(session: Session, sent: Sent, sign_in: SignIn) -> None:
    strangers = Clerks(session, OTHER_PLACE)
    page = sign_in(strangers.first_person, strangers.office).get("/office/")
    assert page.says("No act waits for its check.")


def test_only_people_of_the_office_come_in(session: Session, sent: Sent, clerks: Clerks, sign_in: SignIn) -> None:
    payment = accepted(session, sent, clerks)
    addresses = ("/office/", "/office/acts", f"/office/acts/{sent.act.id}", "/office/people", "/office/payments")
    stranger = sign_in(sent.recipient, clerks.office)
    for address in (*addresses, f"/office/payments/{payment.id}"):
        assert stranger.get(address).status in {302, 403}, address
    gone = session.get_one(OfficeStaff, (clerks.first_person.id, clerks.office.id))
    gone.until_on = date(2026, 3, 1)
    session.flush()
    assert sign_in(clerks.first_person, clerks.office).get("/office/").status in {302, 403}


def test_everything_is_read_in_both_languages(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    person = make.make_person(session, phone=None)
    make.make_programme(session, person)
    for address in (
        "/office/",
        "/office/acts",
        f"/office/acts/{sent.act.id}",
        f"/office/acts/{sent.act.id}/accept",
        f"/office/acts/{sent.act.id}/return",
        "/office/payments",
        "/office/people",
        "/office/people/without-phone",
        f"/office/people/{person.id}",
        f"/office/people/{person.id}/reached",
        "/office/objections",
    ):
        for language in ("kk", "ru"):
            page = first.get(f"{address}?lang={language}")
            assert page.status == 200, address
            assert f'<html lang="{language}"' in page.html
            assert page.html.count("<h1") == 1
